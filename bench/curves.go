package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// curvesEnv names the folder with recorded learning curves. They are others'
// data and not part of the repository:
//
//	nasbench_nlp_wikitext2_logs.zip  NAS-Bench-NLP, WikiText-2 (github.com/fmsnew/nas-bench-nlp-release)
//	taskset_lstm128_p128.json.gz     TaskSet (github.com/machinelearningnuremberg/DPL, data/taskset)
//	taskset_gru128.json.gz           likewise
const curvesEnv = "ESPALIER_CURVES"

// The metrics of the recordings.
const (
	valLoss    = "val_loss"
	parameters = "parameters"
)

// column is what the files hold: numbers, and null for what is none.
type column []*float64

func (c column) at(i int) float64 {
	if i >= len(c) || c[i] == nil {
		return math.NaN()
	}
	return *c[i]
}

// decode reads JSON in which NaN may stand as a bare word.
func decode(raw []byte, v any) error {
	return json.Unmarshal(bytes.ReplaceAll(raw, []byte("NaN"), []byte("null")), v)
}

// recording returns an empty recording of a loss that is minimised.
func recording(name string, steps int64, metrics ...string) *trials.Recording {
	return &trials.Recording{
		Study: &trials.StudySpec{
			Name: name, MaxSteps: steps, SearchSpace: trials.SearchSpace{},
			Objectives: []trials.Objective{{Metric: valLoss, Direction: trials.Minimize}},
			Metrics:    map[string]trials.MetricDeclaration{parameters: {Kind: "application"}},
		},
		Metrics: append([]string{valLoss}, metrics...), Workers: 1,
	}
}

// curve makes a trial of a loss by report, up to its first NaN, which ends it.
func curve(number int, loss column) trials.RecordedTrial {
	t := trials.RecordedTrial{State: trials.Complete}
	t.Number, t.Dense = int64(number), true
	var values []float64
	for i := range loss {
		v := loss.at(i)
		values, t.Steps = append(values, v), append(t.Steps, int64(i))
		if math.IsNaN(v) {
			t.State = trials.Fail
			break
		}
		t.Value = v
	}
	t.Tracks = []trials.Track{{Values: values}}
	return t
}

// loadNLP reads the runs of NAS-Bench-NLP: validation loss, seconds and number
// of parameters by epoch, from 0; runs of one architecture are a cluster.
func loadNLP(dir string) (*trials.Recording, error) {
	archive, err := zip.OpenReader(filepath.Join(dir, "nasbench_nlp_wikitext2_logs.zip"))
	if err != nil {
		return nil, err
	}
	defer archive.Close() //nolint:errcheck // it was only read
	rec := recording("nas-bench-nlp", 50, trials.WallSeconds, parameters)
	for i, file := range archive.File {
		var run struct {
			Losses  column  `json:"val_losses"`
			Seconds column  `json:"wall_times"`
			Params  float64 `json:"num_params"`
			Recipe  string  `json:"recepie"`
		}
		if err := readZipped(file, &run); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name, err)
		}
		t := curve(i, run.Losses)
		t.Cluster = run.Recipe
		sum, seconds, size := 0.0, make([]float64, t.Len()), make([]float64, t.Len())
		for k := range seconds {
			sum += run.Seconds.at(k)
			seconds[k], size[k] = sum, run.Params
		}
		t.Elapsed = seconds
		t.Tracks = append(t.Tracks, trials.Track{Values: seconds}, trials.Track{Values: size})
		rec.Trials = append(rec.Trials, t)
	}
	return rec, rec.Resolve()
}

func readZipped(file *zip.File, v any) error {
	r, err := file.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return decode(raw, v)
}

// loadTaskSet reads one task of TaskSet: the validation loss before training
// and after each of 50 intervals, by settings of an optimiser. There are no
// times.
func loadTaskSet(dir, file string) (*trials.Recording, error) {
	f, err := os.Open(filepath.Join(dir, file))
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(unzipped)
	if err != nil {
		return nil, err
	}
	var runs []struct {
		HP    map[string]float64 `json:"hp"`
		Valid struct {
			Loss column `json:"loss"`
		} `json:"valid"`
	}
	if err := decode(raw, &runs); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	rec := recording("taskset", 51)
	for i := range runs {
		t := curve(i, runs[i].Valid.Loss)
		t.Values = runs[i].HP
		rec.Trials = append(rec.Trials, t)
		for _, name := range slices.Sorted(maps.Keys(runs[i].HP)) {
			v := runs[i].HP[name]
			d, known := rec.Study.SearchSpace[name]
			if !known {
				d = trials.Distribution{Type: trials.FloatKind, Low: v, High: v, Log: true}
			}
			d.Low, d.High = math.Min(d.Low, v), math.Max(d.High, v)
			rec.Study.SearchSpace[name] = d
		}
	}
	return rec, rec.Resolve()
}
