package replay_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/pruner"
	"github.com/espalier-hpo/espalier/optimizer/replay"
	"github.com/espalier-hpo/espalier/trials"
)

// show describes what was read: of each trial its state, value and cluster, and
// its curves.
func show(rec *trials.Recording) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s to %d:", rec.Study.Objectives[0].Direction, rec.Study.Objectives[0].Metric, rec.Study.MaxSteps)
	for i := range rec.Trials {
		t := &rec.Trials[i]
		fmt.Fprintf(&b, " [%s", t.State)
		if t.State == trials.Complete {
			fmt.Fprintf(&b, " %g", t.Value)
		}
		if t.Cluster != "" {
			fmt.Fprintf(&b, " of %s", t.Cluster)
		}
		fmt.Fprintf(&b, " at %v", t.Steps)
		for k, name := range rec.Metrics {
			fmt.Fprintf(&b, " %s", name)
			for j, v := range t.Tracks[k].Values {
				if t.Tracks[k].Has != nil && !t.Tracks[k].Has[j] {
					b.WriteString(" -")
				} else {
					fmt.Fprintf(&b, " %g", v)
				}
			}
		}
		b.WriteString("]")
	}
	return b.String()
}

func TestCurvesFromElsewhere(t *testing.T) {
	for name, test := range map[string]struct {
		text, want string
		format     replay.Format
	}{
		"rows in any order, and cells left empty": {
			text: "step,trial,loss,system/cpu_seconds\n2,a,0.5,\n1,a,0.7,3\n1,b,0.9,4\n2.0, b ,0.8,9\n",
			want: "minimize loss to 2: [COMPLETE 0.5 at [1 2] loss 0.7 0.5 system/cpu_seconds 3 -] [COMPLETE 0.8 at [1 2] loss 0.9 0.8 system/cpu_seconds 4 9]",
		},
		"increments are added up": {
			text:   "trial,step,acc,system/cpu_seconds\na,0,0.5,3\na,1,0.6,4\n",
			format: replay.Format{Direction: trials.Maximize, Increments: []string{"system/cpu_seconds"}},
			want:   "maximize acc to 2: [COMPLETE 0.6 at [0 1] acc 0.5 0.6 system/cpu_seconds 3 7]",
		},
		"a curve that ends in NaN failed, a short one was cut short": {
			text: "trial,step,cluster,loss\na,1,x,1\na,2,x,nan\nb,1,y,inf\nb,2,y,1\nc,1,x,2\n",
			want: "minimize loss to 2: [FAIL of x at [1 2] loss 1 NaN] [COMPLETE 1 of y at [1 2] loss +Inf 1] [PRUNED of x at [1] loss 2]",
		},
		"the state that is said": {
			text: "\ufefftrial,step,state,loss\na,1,complete,1\nb,1,,1\nb,2,PRUNED,1\n",
			want: "minimize loss to 2: [COMPLETE 1 at [1] loss 1] [PRUNED at [1 2] loss 1 1]",
		},
		"JSON lines with bare words": {
			text: `{"trial": "NaN", "cluster": 7, "params": {"lr": 0.1, "opt": "a"}, "steps": [1, 2], "metrics": {"loss": [Infinity, 1], "x": [null, -Infinity]}}` + "\n\n" +
				`{"trial": 2, "params": {"lr": 0.2, "opt": "b"}, "state": "FAIL", "steps": [1], "metrics": {"loss": [NaN]}}`,
			format: replay.Format{Metric: "loss"},
			want:   "minimize loss to 2: [COMPLETE 1 of 7 at [1 2] loss +Inf 1 x NaN -Inf] [FAIL at [1] loss NaN x -]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := show(read(t, test.text, test.format)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
	rec := read(t, `{"trial":"a","params":{"lr":0.1,"opt":"x"},"steps":[1],"metrics":{"loss":[1]}}`+"\n"+
		`{"trial":"b","params":{"lr":0.2,"opt":"y"},"steps":[1],"metrics":{"loss":[1]}}`, replay.Format{})
	if d := rec.Study.SearchSpace["lr"]; d.Low != 0.1 || d.High != 0.2 || len(rec.Study.SearchSpace["opt"].Choices) != 2 || rec.Trials[1].Values["lr"] != 0.2 {
		t.Errorf("params %v in %v, want their ranges", rec.Trials[1].Values, rec.Study.SearchSpace)
	}
}

func TestWhatIsWrongWithAFile(t *testing.T) {
	for text, want := range map[string]string{
		"":                                                   "the file is empty",
		"trial,loss\na,1\n":                                  "line 1: the header must name trial, step",
		"trial,step,loss,loss\n":                             "line 1, column loss: is there twice",
		"trial,step,a loss\n":                                `line 1, column a loss: "a loss" is not a valid name`,
		"trial,step,loss\na,1,x\n":                           `line 2, column loss: "x" is not a number`,
		"trial,step,loss\na,1,1\na,-1,1\n":                   `line 3, column step: "-1" is not a step`,
		"trial,step,loss\na,1.5,1\n":                         `line 2, column step: "1.5" is not a step`,
		"trial,step,loss\na,1,1\na,1,2\n":                    `trial "a" has step 1 twice`,
		"trial,step,loss\na,1\n":                             "line 2: wrong number of fields",
		"trial,step,loss\n,1,1\n":                            "line 2: the trial has no name",
		"trial,step,state,loss\na,1,DONE,1\n":                `line 2: "DONE" is not COMPLETE`,
		"trial,step,state,loss\na,1,COMPLETE,\n":             `trial "a" is COMPLETE, but its last value`,
		"trial,step,a,b\nx,1,1,1\n":                          "say which metric the trials are judged by: a, b",
		`{"trial":"a"`:                                       "line 1: unexpected EOF",
		`{"trial":"a","steps":[1],"loss":[1]}`:               `line 1: json: unknown field "loss"`,
		`{"trial":"a","steps":[1,2],"metrics":{"loss":[1]}}`: "line 1, column metrics.loss: has 1 values for 2 steps",
		`{"trial":"a","steps":[],"metrics":{"loss":[]}}`:     "line 1, column steps: is empty",
		"{\"trial\":\"a\",\"steps\":[1],\"metrics\":{\"loss\":[1]}}\n{\"trial\":\"a\",\"steps\":[1],\"metrics\":{\"loss\":[1]}}": `line 2, column trial: "a" is there twice`,
		`{"type":"study","archive":1,"spec":{"name":"s"}}` + "\n" + `{"type":"trial","number":"x"}`:                              "line 2:",
	} {
		_, err := replay.ReadCurves(strings.NewReader(text), replay.Format{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}

// FuzzReadCurves holds that whatever can be read can be played.
func FuzzReadCurves(f *testing.F) {
	for _, text := range []string{
		four, "trial,step,loss\na,0,NaN\nb,1,\n", `{"trial":"a","steps":[1],"metrics":{"loss":[Infinity],"system/cpu_seconds":[null]}}`,
		"trial,step,state,loss\na,1,PRUNED,1\nb,9,FAIL,1\nc,9,,2\n", `{"type":"study","archive":1,"spec":{"name":"s"}}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rec, err := replay.ReadCurves(strings.NewReader(text), replay.Format{})
		if err != nil {
			return
		}
		for i := range rec.Trials {
			if len(rec.Trials[i].Tracks) != len(rec.Metrics) {
				t.Fatalf("trial %d has %d tracks of %d metrics", i, len(rec.Trials[i].Tracks), len(rec.Metrics))
			}
		}
		for _, orders := range []int{1, 3} {
			req := &trials.ReplayRequest{Orders: orders, Workers: orders, Pruners: []trials.ReplayPruner{{Pruner: json.RawMessage(median)}}}
			out, err := replay.Engine{Pruners: pruner.Table{}}.Replay(context.Background(), rec, req) // that of t ends with the time to fuzz
			if err == nil {
				_, err = json.Marshal(out)
			}
			if code := trials.ErrorCode(err); err != nil && code != trials.NotEnoughData {
				t.Fatalf("%v (%s)", err, code)
			}
		}
	})
}

func TestThePictureIsWhole(t *testing.T) {
	for name, orders := range map[string]int{"recorded": 1, "random": 50} {
		out := play(t, read(t, four, replay.Format{}), &trials.ReplayRequest{Orders: orders}, median, `{"type":"nop","label":"<none> & co"}`)
		var b strings.Builder
		if err := replay.Draw(&b, out); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"&lt;none&gt; &amp; co", "Savings and risk", "polyline"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %s in the picture", name, want)
			}
		}
		d := xml.NewDecoder(strings.NewReader(b.String()))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if strings.Contains(b.String(), fmt.Sprint(math.NaN())) {
			t.Errorf("%s: there is a NaN in the picture", name)
		}
	}
}
