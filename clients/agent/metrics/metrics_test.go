package metrics

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// points collects what a Collector emits, as text: "3:loss=0.5,acc=1".
type points struct {
	got   []Point
	warns []string
}

func (p *points) String() string {
	var out []string
	for _, point := range p.got {
		values := make([]string, len(point.Values))
		for i, v := range point.Values {
			values[i] = fmt.Sprintf("%s=%v", v.Name, v.V)
		}
		step := fmt.Sprint(point.Step)
		if point.Final {
			step = "final"
		}
		out = append(out, step+":"+strings.Join(values, ","))
	}
	return strings.Join(out, " ")
}

// collect returns a Collector and what it emits and warns of.
func collect(c Config) (*Collector, *points) {
	p := &points{}
	c.Warn = func(s string) { p.warns = append(p.warns, s) }
	return NewCollector(c, func(point Point) { p.got = append(p.got, point) }), p
}

// readAll returns the points of a text as String writes them.
func readAll(t *testing.T, c Config, text string) string {
	t.Helper()
	collector, p := collect(c)
	write(t, collector.Text(), text)
	return p.String()
}

func TestEveryFormIsRead(t *testing.T) {
	for _, c := range []struct{ name, declared, text, want string }{
		{"a strict line", "", "::metric step=3 val_loss=0.25 acc=nan\n", "3:val_loss=0.25,acc=NaN"},
		{"a strict result", "", "::result val_loss=0.21\n", "final:val_loss=0.21"},
		{"a strict line of the agent's own", "", "::metric step=1 system/rss_bytes=5\n", "1:system/rss_bytes=5"},
		{"strict lines without a step", "", "::metric a=1\n::metric b=1\n::metric a=2\n", "1:a=1 1:b=1 2:a=2"},
		{"a JSON object", "", `{"step": 4, "val": {"loss": 0.5, "ok": true}, "acc": Infinity, "m": [1]}`, "4:val/loss=0.5,acc=+Inf"},
		{"a JSON object by its step", "", `{"epoch": 1, "step": 400, "loss": 0.5}`, "400:loss=0.5"},
		{"Syne Tune", "", `[tune-metric]: {"epoch": 2, "loss": 0.5, "st_worker_time": 1.5}`, "2:loss=0.5,st_worker_time=1.5"},
		{"guild", "", "val_loss: 0.25 (step 12)", "12:val_loss=0.25"},
		{"Katib", "loss", "2024-03-05T10:11:12.123456789Z loss=0.5", "1:loss=0.5"},
		{"Katib without a number", "loss", "loss=", ""},
		{"SMAC", "cost", "cost=0.5; runtime=0.01; status=SUCCESS", "1:cost=0.5"},
		{"Hugging Face", "loss", "{'loss': 0.5, 'grad_norm': 1.25, 'learning_rate': 5e-05, 'epoch': 1.0}", "1:loss=0.5"},
		{"newer Hugging Face", "loss", "{'loss': '0.5', 'epoch': '2'}", "2:loss=0.5"},
		{"NumPy 2 in a dict", "loss", "{'loss': np.float64(0.5), 'epoch': 3}", "3:loss=0.5"},
		{"LightGBM", "l2", "[50]\tvalid_0's l2: 0.24", "50:l2=0.24"},
		{"LightGBM with its set", "valid_0/l2", "[50]\tvalid_0's l2: 0.24", "50:valid_0/l2=0.24"},
		{"LightGBM joined", "valid_0_l2", "[50]\ttraining's l2: 0.1\tvalid_0's l2: 0.24", "50:valid_0_l2=0.24"},
		{"XGBoost", "eval_rmse", "[3]\ttrain-rmse:0.5\teval-rmse:0.6", "3:eval_rmse=0.6"},
		{"libsvm", "cross_validation_accuracy", "Cross Validation Accuracy = 97.3%", "1:cross_validation_accuracy=97.3"},
		{"fastText", "avg.loss", "Progress: 100.0% words/sec/thread:  123 lr:  0.000000 avg.loss:  1.234 ETA:   0h 0m 0s", "1:avg.loss=1.234"},
		{"an epoch a line before", "loss", "Epoch 3/10\nloss: 0.5\n", "3:loss=0.5"},
		{"an epoch behind a log's prefix", "loss", "12:30:45 INFO Epoch 3/10\nloss: 0.5\n", "3:loss=0.5"},
		{"an epoch and its batches", "loss", "Epoch [1/2], Step [100/200], Loss: 0.9\nEpoch [1/2], Step [200/200], Loss: 0.8\nEpoch [2/2], Step [100/200], Loss: 0.7\n", "1:loss=0.8 2:loss=0.7"},
		{"a share of an epoch", "loss", "Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.3\nTrain Epoch: 1 [640/60000 (1%)]\tLoss: 1.3\n", "1:loss=1.3"},
		{"CRLF", "loss", "epoch 1 loss=1\r\nepoch 2 loss=2\r\n", "1:loss=1 2:loss=2"},
		{"colours", "loss", "\x1b[32mloss\x1b[0m: \x1b[1m0.5\x1b[0m", "1:loss=0.5"},
		{"a title of the terminal", "loss", "\x1b]0;loss=9\x07loss=1", "1:loss=1"},
		{"backspaces", "loss", "loss=9\b1", "1:loss=1"},
		{"a bar", "loss", "\r 0%| loss=3\r 50%| loss=2\r100%| loss=1\n", "1:loss=1"},
		{"a bar over epochs", "loss", "\rEpoch 0:  0%| loss=3\rEpoch 0: 100%| loss=2\rEpoch 1: 50%| loss=1\rEpoch 1: 100%| loss=0\r          \r", "0:loss=2 1:loss=0"},
		{"what C prints of a NaN", "loss", "loss=-nan", "1:loss=NaN"},
		{"infinity", "loss", "loss=-inf acc=1", "1:loss=-Inf"},
		{"bytes that are no UTF-8", "loss", "\xff\xfe loss=0.5 \xff", "1:loss=0.5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := readAll(t, Config{Declared: strings.Fields(c.declared)}, c.text)
			if got != c.want {
				t.Errorf("%q\ngot  %s\nwant %s", c.text, got, c.want)
			}
		})
	}
}

func TestNoiseIsNotRead(t *testing.T) {
	declared := []string{"loss", "v_num", "host", "url", "time", "downloading", "acc", "gpu01", "version"}
	for _, line := range []string{
		"v_num: three", "Downloading: ...", "host=gpu01:8080", "url=http://host:80/x", "loss=", "loss: ", "12:30:45",
		"time: 12:30:45", "loss: 12:30", "version=1.2.3", "acc: 3/10", "loss: 0,25", "loss=0x1F", "loss: 5ms",
		"val_loss=1", "val loss: 1", "--loss=0.1", "xloss=1", "loss: info", "loss: nano", "loss=-", "loss=.", "acc == 1 is best",
		"valid's loss: 1", "loss/best=1", "loss=1e5x", "loss: 2024-01-02",
	} {
		if got := readAll(t, Config{Declared: declared}, line); got != "" {
			t.Errorf("%q was read as %s", line, got)
		}
	}
}

func TestWhatIsNotDeclaredIsOnlySeen(t *testing.T) {
	c, p := collect(Config{Declared: []string{"val_loss"}})
	lines := c.Text()
	fmt.Fprint(lines, "v_num=3\nDownloading: 45%\n12:30:45 started\nloss: 0.5 - acc: 0.7\nlr = 0.1, loss=1, best val_loss: 3\n")
	if p.String() != "" {
		t.Errorf("got %s", p)
	}
	if got, want := fmt.Sprint(c.Seen()), "[v_num Downloading loss acc lr best val_loss]"; got != want {
		t.Errorf("seen: got %s, want %s", got, want)
	}
}

// write passes a text to a stream, and ends it.
func write(t testing.TB, lines *Lines, text string) {
	t.Helper()
	if n, err := lines.Write([]byte(text)); n != len(text) || err != nil {
		t.Fatalf("write: %d, %v", n, err)
	}
	if err := lines.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestALongLineIsCutAndNotBuffered(t *testing.T) {
	c, p := collect(Config{Declared: []string{"loss"}})
	lines := c.Text()
	fmt.Fprint(lines, "loss=1 ")
	for range 1 << 10 { // 1 MiB
		fmt.Fprint(lines, strings.Repeat("x", 1<<10))
	}
	fmt.Fprint(lines, " loss=2\nloss=3\n"+strings.Repeat("y", 1<<20)+" loss=4\nloss=5\n")
	if got, want := p.String(), "1:loss=1 2:loss=3 3:loss=5"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if cap(lines.line) > 2*maxLine {
		t.Errorf("%d bytes are held", cap(lines.line))
	}
}

func TestABarOfManyMegabytesIsNotBuffered(t *testing.T) {
	c, p := collect(Config{Declared: []string{"loss"}})
	lines := c.Text()
	for i := range 20_000 {
		fmt.Fprintf(lines, "\r%5d/20000 |%s| loss=%d", i, strings.Repeat("#", 200), i)
	}
	if got := p.String(); got != "" {
		t.Errorf("before its end: got %s", got)
	}
	fmt.Fprint(lines, "\n")
	if got, want := p.String(), "1:loss=19999"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if cap(lines.line) > 2*maxLine {
		t.Errorf("%d bytes are held", cap(lines.line))
	}
}

func TestTheNumberOfNamesIsLimited(t *testing.T) {
	c, p := collect(Config{})
	lines := c.JSONLines()
	for i := range 2 * maxNames {
		fmt.Fprintf(lines, "{\"step\": 1, \"m%d\": 1}\n", i)
	}
	if len(p.got) != maxNames || len(p.warns) != 1 {
		t.Errorf("got %d points, warned %q", len(p.got), p.warns)
	}
	if got := len(c.Seen()); got != maxSeen {
		t.Errorf("%d names were seen, want %d", got, maxSeen)
	}
}

func TestWhatIsWrittenIsNeitherKeptNorChanged(t *testing.T) {
	c, p := collect(Config{Declared: []string{"loss"}})
	lines := c.Text()
	for _, part := range []string{"epoch 1 \x1b[1mlo", "ss=1\b2\nepoch 2", " loss=3\r", "\n"} {
		chunk := []byte(part)
		fmt.Fprintf(lines, "%s", chunk)
		if string(chunk) != part {
			t.Errorf("%q became %q", part, chunk)
		}
		for i := range chunk {
			chunk[i] = '9'
		}
	}
	if got, want := p.String(), "1:loss=2 2:loss=3"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestManyStreamsAreReadAtOnce(t *testing.T) {
	c, p := collect(Config{Declared: []string{"loss"}})
	var streams sync.WaitGroup
	for range 8 {
		streams.Go(func() {
			text, records := c.Text(), c.JSONLines()
			for i := range 100 {
				fmt.Fprintf(text, "step %d loss=1 other=2\n", i)
				fmt.Fprintf(records, "{\"step\": %d, \"loss\": 1}\n", i)
				c.Seen()
			}
			write(t, text, "")
		})
	}
	streams.Wait()
	if got, want := len(p.got), 8*2*100; got != want {
		t.Errorf("got %d points, want %d", got, want)
	}
}
