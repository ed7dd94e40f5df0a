package importance_test

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"maps"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/importance"
	"github.com/espalier-hpo/espalier/trials"
)

// recording is testdata/optuna.json.gz: what record_optuna.py wrote.
type recording struct {
	Optuna  string  `json:"optuna"`
	Studies []study `json:"studies"`
}

type study struct {
	Name     string                `json:"name"`
	Space    trials.SearchSpace    `json:"space"`
	Columns  map[string][]*float64 `json:"columns"`
	Target   []float64             `json:"target"`
	PedAnova map[string]float64    `json:"ped_anova"`
	Fanova   map[string]float64    `json:"fanova"`
}

func recorded(t *testing.T) []study {
	t.Helper()
	f, err := os.Open("testdata/optuna.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.NewDecoder(z).Decode(&r); err != nil {
		t.Fatal(err)
	}
	if len(r.Studies) < 8 {
		t.Fatalf("%d studies are recorded", len(r.Studies))
	}
	return r.Studies
}

func (s *study) request(t *testing.T, method string) *trials.ImportanceRequest {
	t.Helper()
	columns := map[string][]float64{}
	for name, values := range s.Columns {
		for _, v := range values {
			if v == nil {
				nan := math.NaN()
				v = &nan
			}
			columns[name] = append(columns[name], *v)
		}
	}
	return request(t, s.Space, columns, s.Target, method)
}

func TestPedAnovaIsThatOfOptuna(t *testing.T) {
	for _, s := range recorded(t) {
		got := byName(of(t, s.request(t, importance.PedAnova)))
		worst := 0.0
		for name, want := range s.PedAnova {
			worst = max(worst, math.Abs(got[name]-want))
		}
		rho := spearman(got, s.PedAnova)
		t.Logf("%-26s Spearman %.3f, largest difference %.1e", s.Name, rho, worst)
		if len(got) != len(s.PedAnova) || worst > 1e-9 || rho < 0.9 {
			t.Errorf("%s: got %v, want %v", s.Name, got, s.PedAnova)
		}
	}
}

// Where a space has log ranges or more than two choices the two differ by
// intent: see fanova.
func TestFanovaIsNearThatOfOptunaOnLinearRanges(t *testing.T) {
	compared := 0
	for _, s := range recorded(t) {
		if slices.ContainsFunc(slices.Collect(maps.Values(s.Space)), func(d trials.Distribution) bool { return d.Log || len(d.Choices) > 2 }) {
			continue
		}
		compared++
		got := byName(of(t, s.request(t, importance.Fanova)))
		worst := 0.0
		for name, want := range s.Fanova {
			worst = max(worst, math.Abs(got[name]-want))
		}
		rho := spearman(got, s.Fanova)
		t.Logf("%-26s Spearman %.3f, largest difference %.3f", s.Name, rho, worst)
		if worst > 0.05 || rho < 0.9 {
			t.Errorf("%s: got %v, want %v", s.Name, got, s.Fanova)
		}
	}
	if compared < 4 {
		t.Errorf("only %d studies were compared", compared)
	}
}

// spearman is the rank correlation of a and b over the names of b.
func spearman(a, b map[string]float64) float64 {
	var names []string
	for name := range b {
		names = append(names, name)
	}
	x, y := ranks(names, a), ranks(names, b)
	mean := float64(len(names)-1) / 2
	var xy, xx, yy float64
	for i := range names {
		xy += (x[i] - mean) * (y[i] - mean)
		xx += (x[i] - mean) * (x[i] - mean)
		yy += (y[i] - mean) * (y[i] - mean)
	}
	return xy / math.Sqrt(xx*yy)
}

// ranks gives equals the mean of their places.
func ranks(names []string, v map[string]float64) []float64 {
	sorted := slices.SortedFunc(slices.Values(names), func(a, b string) int { return cmp.Compare(v[a], v[b]) })
	out := make([]float64, len(names))
	for i, name := range names {
		first := slices.IndexFunc(sorted, func(o string) bool { return v[o] == v[name] })
		last := first
		for last+1 < len(sorted) && v[sorted[last+1]] == v[name] {
			last++
		}
		out[i] = float64(first+last) / 2
	}
	return out
}
