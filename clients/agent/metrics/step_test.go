package metrics

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestStepsAreFound(t *testing.T) {
	for _, c := range []struct{ name, step, text, want string }{
		{"epoch=", "", "epoch=3 loss=1", "3:loss=1"},
		{"epoch of a total", "", "Epoch 3/10: loss=1", "3:loss=1"},
		{"epoch in brackets", "", "Epoch: [3][ 10/391] loss=1", "3:loss=1"},
		{"iteration", "", "Iteration 7, loss = 1", "7:loss=1"},
		{"iter", "", "iter 7: loss 2, loss: 1", "7:loss=1"},
		{"step", "", "step=7 loss=1", "7:loss=1"},
		{"global_step", "", "global_step: 700 loss=1", "700:loss=1"},
		{"in brackets at the beginning", "", "[7] loss=1", "7:loss=1"},
		{"epoch before step", "", "step 300 epoch 3 loss=1", "3:loss=1"},
		{"step where the epoch has a fraction", "", "epoch 0.5 step 300 loss=1", "300:loss=1"},
		{"none in a rate", "", "5ms/step - loss: 1 - 10 iter/s", "1:loss=1"},
		{"none in a size", "", "Step size: 5\nmax_iter = 9\nEpochs: 10\nloss=1", "1:loss=1"},
		{"none in a sentence", "", "restored the state of epoch 5\nloss=1\nloss=2", "1:loss=1 2:loss=2"},
		{"none in a heading", "", "Step 1: load\nStep 2: train\nloss=1\nloss=2", "1:loss=1 2:loss=2"},
		{"alone on a line", "", "--- step 7 ---\nloss=1\nIteration 8, score = 3\nloss=2", "7:loss=1 8:loss=2"},
		{"an epoch behind a prefix in lower case", "", "INFO - epoch 3/10\nloss=1\nINFO - Epoch [4/10] begins\nloss=2", "3:loss=1 4:loss=2"},
		{"none in a share", "", "Epoch: 45%\nloss=1", "1:loss=1"},
		{"none that is too large", "", "step 99999999999999999999 loss=1", "1:loss=1"},
		{"that of the user", "Batch", "Epoch 3: batch 40 loss=1\nbatch=41\nloss=2", "40:loss=1 41:loss=2"},
		{"that of the user in JSON", "batch", `{"batch": 40, "epoch": 3, "loss": 1}`, "40:epoch=3,loss=1"},
		{"fractions from the first on", "", "epoch 1 loss=1\nepoch 1.5 loss=2\nepoch 2 loss=3", "1:loss=1 2:loss=2 3:loss=3"},
		{"a name that comes again", "", "loss=1\nacc=1\nloss=2\nacc=2", "1:loss=1 1:acc=1 2:loss=2 2:acc=2"},
		{"the first value of a step", "", "epoch 1 loss=1\nepoch 1 loss=2", "1:loss=1"},
		{"several names on several lines", "", "Epoch 1\nloss=1\nacc=2\nEpoch 2\nloss=3\nacc=4", "1:loss=1 1:acc=2 2:loss=3 2:acc=4"},
		{"the step of the line before", "", "epoch=80 loss=1\nacc=2\nacc=3", "80:loss=1 80:acc=2"},
		{"strict lines take over an epoch, too", "", "Epoch 4/9\n::metric loss=1", "4:loss=1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := readAll(t, Config{Declared: []string{"loss", "acc"}, Step: c.step}, c.text); got != c.want {
				t.Errorf("%q\ngot  %s\nwant %s", c.text, got, c.want)
			}
		})
	}
}

func TestABarIsReadWhenTheNextStepBegins(t *testing.T) {
	c, p := collect(Config{Declared: []string{"loss", "val_loss"}})
	lines := c.Text()
	for _, part := range []struct{ text, want string }{
		{"Epoch 1/2\n", ""},
		{"\r1/2 ━━ loss: 3", ""},
		{"\r2/2 ━━ loss: 2 - val_loss: 1\n", ""},
		{"Epoch 2/2\n", "1:loss=2,val_loss=1"},
		{"1/2 ━━ loss: 1\n", "1:loss=2,val_loss=1"},
		{"saved; val_loss=0.25\n", "1:loss=2,val_loss=1 2:val_loss=0.25"}, // a line that is complete does not wait
		{"2/2 ━━ loss: 0.5\n", "1:loss=2,val_loss=1 2:val_loss=0.25"},
	} {
		fmt.Fprint(lines, part.text)
		if got := p.String(); got != part.want {
			t.Errorf("after %q: got %s, want %s", part.text, got, part.want)
		}
	}
	write(t, lines, "")
	if got, want := p.String(), "1:loss=2,val_loss=1 2:val_loss=0.25 2:loss=0.5"; got != want {
		t.Errorf("at the end: got %s, want %s", got, want)
	}
}

func TestARegularExpressionFindsMetrics(t *testing.T) {
	re := regexp.MustCompile(`round (?P<step>\d+) .*loss (?P<val_loss>\S+)(?: took (?P<took>\S+)s)?`)
	got := readAll(t, Config{Declared: []string{"val/loss", "acc"}, Regex: re}, strings.Join([]string{
		"round 3 gives loss 0.5 took 2.5s, acc: 0.25",
		"round 4 gives loss unknown",
		"round 5 gives loss inf",
		"no round",
	}, "\n"))
	if want := "3:acc=0.25,val/loss=0.5,took=2.5 5:val/loss=+Inf"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFormatsLimitWhatIsRead(t *testing.T) {
	text := "::metric a=1\n{\"b\": 1}\nc: 1\nd: 1 (step 2)\n"
	for format, want := range map[Format]string{
		Auto: "1:a=1 1:b=1 1:c=1 2:d=1", JSON: "1:a=1 1:b=1", Strict: "1:a=1", None: "",
	} {
		if got := readAll(t, Config{Declared: []string{"c"}, Format: format}, text); got != want {
			t.Errorf("format %d: got %s, want %s", format, got, want)
		}
	}
}

func TestWarningsAreSaidOnce(t *testing.T) {
	c, p := collect(Config{Declared: []string{"loss"}})
	lines, records := c.Text(), c.JSONLines()
	write(t, lines, "epoch 5 loss=1\nepoch 4 loss=1\nepoch 3 loss=1\nepoch 3 loss=1\nepoch 3 loss=1\n"+
		"::metric loss\n::metric\n::metric loss=a\n")
	write(t, records, "{\"loss\": 1\nno record\n\n[1]\n")
	want := []string{
		`steps are read from "epoch"`,
		`step 4 of "loss" came after step 5`,
		`"loss" came more than once at step 3: the first value of a step counts`,
		`a line with metrics is skipped, for "loss" is not NAME=NUMBER: "::metric loss"`,
	}
	if !slices.Equal(p.warns, want) {
		t.Errorf("got  %q\nwant %q", p.warns, want)
	}
}

func TestNamesAreMadeValid(t *testing.T) {
	c, p := collect(Config{Declared: []string{"val_loss", "system/cpu"}})
	write(t, c.Text(), `{"Val Loss": 1, "größe (m)": 2, "/x": 3, "system/cpu": 4, "": 5, "level": "3", "ts": 6}`+"\n"+
		"system/cpu=5 val_loss=2\n")
	write(t, c.JSONLines(), `{"Val Loss": 1, "system/cpu": 4, "n": "3", "timestamp": 7, "b": true, "`+strings.Repeat("x", 200)+`": 1}`+"\n")
	want := "1:val_loss=1,gr_e_m_=2,_/x=3 2:val_loss=2 1:Val_Loss=1,system/cpu=4,n=3," + strings.Repeat("x", 128) + "=1"
	if p.String() != want {
		t.Errorf("got  %s\nwant %s", p, want)
	}
}
