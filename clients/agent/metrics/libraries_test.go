package metrics

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// curve returns the values of a metric, and the steps they belong to.
func (p *points) curve(name string) (steps []int64, values []float64) {
	for _, point := range p.got {
		for _, v := range point.Values {
			if v.Name == name {
				steps, values = append(steps, point.Step), append(values, v.V)
			}
		}
	}
	return steps, values
}

// readFile reads a captured output, cut into pieces of a few bytes, as a pipe
// may.
func readFile(t *testing.T, c Config, name string) *points {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	collector, p := collect(c)
	lines := collector.Text()
	for n := 1; len(text) > 0; n = n%97 + 1 {
		n = min(n, len(text))
		fmt.Fprintf(lines, "%s", text[:n])
		text = text[n:]
	}
	write(t, lines, "")
	return p
}

// truth reads what the library itself says that the values were: the member of a
// JSON document at a path.
func truth(t *testing.T, name string, path ...string) []float64 {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	for _, member := range path {
		document = document.(map[string]any)[member]
	}
	var out []float64
	for _, v := range document.([]any) {
		switch v := v.(type) {
		case float64:
			out = append(out, v)
		case string:
			f, err := strconv.ParseFloat(v, 64)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, f)
		}
	}
	return out
}

// history reads a member of the log history of the Trainer.
func history(t *testing.T, name, member string) (out []float64) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]float64
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if v, ok := row[member]; ok {
			out = append(out, v)
		}
	}
	return out
}

// from returns n steps that begin at first, every apart.
func from(first, every, n int64) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = first + every*int64(i)
	}
	return out
}

func TestRealOutputIsRead(t *testing.T) {
	for _, c := range []struct {
		file, declared, metric string
		want                   []float64
		steps                  []int64
		digits                 float64 // how far the library rounds what it prints, relative to the value
	}{
		{"keras-1.txt", "val_loss", "", truth(t, "keras-1.json", "val_loss"), from(1, 1, 3), 1e-4},
		{"keras-1.txt", "loss", "", truth(t, "keras-1.json", "loss"), from(1, 1, 3), 1e-4},
		{"keras-1.txt", "val_accuracy", "", truth(t, "keras-1.json", "val_accuracy"), from(1, 1, 3), 1e-4},
		{"keras-2.txt", "val_loss", "", truth(t, "keras-2.json", "val_loss"), from(1, 1, 3), 1e-4},
		{"keras-2.txt", "accuracy", "", truth(t, "keras-2.json", "accuracy"), from(1, 1, 3), 1e-4},
		{"xgboost.txt", "eval_rmse", "", truth(t, "xgboost.json", "eval", "rmse"), from(0, 1, 12), 1e-4},
		{"xgboost.txt", "train-mae", "", truth(t, "xgboost.json", "train", "mae"), from(0, 1, 12), 1e-3},
		{"lightgbm.txt", "valid_0_l2", "", every(truth(t, "lightgbm.json", "valid_0", "l2"), 5), from(5, 5, 8), 1e-5},
		{"lightgbm.txt", "l1", "", every(truth(t, "lightgbm.json", "valid_0", "l1"), 5), from(5, 5, 8), 1e-5},
		{"lightgbm.txt", "training's l2", "training_s_l2", every(truth(t, "lightgbm.json", "training", "l2"), 5), from(5, 5, 8), 1e-5},
		{"sklearn-grid.txt", "score", "", truth(t, "sklearn-grid.json", "score"), from(1, 1, 6), 1e-3},
		{"sklearn-mlp.txt", "loss", "", truth(t, "sklearn-mlp.json", "loss"), from(1, 1, 8), 1e-7},
		{"sklearn-mlp.txt", "validation_score", "", truth(t, "sklearn-mlp.json", "validation_score"), from(1, 1, 8), 1e-5},
		{"tqdm.txt", "loss", "", truth(t, "tqdm.json", "loss"), from(1, 1, 3), 1e-2},
		{"tqdm.txt", "val_loss", "", truth(t, "tqdm.json", "val_loss"), from(0, 1, 3), 1e-3},
		{"katib.txt", "accuracy", "", truth(t, "katib.json", "accuracy"), from(1, 1, 5), 0},
		{"katib.txt", "loss", "", truth(t, "katib.json", "loss"), from(1, 1, 5), 0},
		{"lightning.txt", "val_loss", "", truth(t, "lightning.json", "val_loss"), from(0, 1, 3), 2e-3},
		{"lightning.txt", "train_loss", "", truth(t, "lightning.json", "train_loss"), from(0, 1, 3), 2e-3},
		{"trainer-epoch.txt", "eval_loss", "", history(t, "trainer-epoch.json", "eval_loss"), from(1, 1, 3), 0},
		{"trainer-epoch.txt", "loss", "", history(t, "trainer-epoch.json", "loss"), from(1, 1, 3), 0},
		{"trainer-steps.txt", "loss", "", history(t, "trainer-steps.json", "loss"), from(1, 1, 8), 0},
		{"trainer-steps.txt", "eval_loss", "", history(t, "trainer-steps.json", "eval_loss"), from(1, 1, 3), 0},
		{"svm-train.txt", "cross_validation_accuracy", "", []float64{81}, from(1, 1, 1), 0},
		{"liblinear-train.txt", "cross_validation_accuracy", "", []float64{70}, from(1, 1, 1), 0},
		{"fasttext.txt", "avg.loss", "", []float64{0.207727}, from(1, 1, 1), 0},
	} {
		t.Run(c.file+" "+c.declared, func(t *testing.T) {
			if c.metric == "" {
				c.metric = c.declared
			}
			p := readFile(t, Config{Declared: []string{c.declared}}, c.file)
			steps, got := p.curve(c.metric)
			if len(got) != len(c.want) {
				t.Fatalf("got %d values, want %d: %s", len(got), len(c.want), p)
			}
			for i, want := range c.want {
				same := math.Abs(got[i]-want) <= c.digits*math.Max(1, math.Abs(want)) || math.IsNaN(got[i]) && math.IsNaN(want)
				if !same || steps[i] != c.steps[i] {
					t.Errorf("got %v at step %d, want %v at %d", got[i], steps[i], want, c.steps[i])
				}
			}
		})
	}
}

// every returns each n-th value.
func every(values []float64, n int) (out []float64) {
	for i := n - 1; i < len(values); i += n {
		out = append(out, values[i])
	}
	return out
}
