package pruner_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/espalier-hpo/espalier/optimizer/pruner/exact"
	"github.com/espalier-hpo/espalier/trials"
)

// The vectors of these tests were computed by numpy, by functions that share no
// code with ours: exact/vectors.py.

func vectors(t *testing.T) *exact.Vectors {
	t.Helper()
	v, err := exact.Load()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPrecheltAgreesWithNumpy(t *testing.T) {
	v := vectors(t)
	const node = `{"type":"prechelt","warmup_steps":0,"warmup_fraction":0,"rule":%q,%s}`
	compared, fired := 0, 0
	for curve := range v.Prechelt.All() {
		for i, criterion := range v.Prechelt.Criteria {
			var rule string
			switch criterion.Rule {
			case "GL":
				rule = fmt.Sprintf(node, "gl", fmt.Sprintf(`"alpha":%v`, criterion.Alpha))
			case "PQ":
				rule = fmt.Sprintf(node, "pq", fmt.Sprintf(`"alpha":%v,"train_metric":"train"`, criterion.Alpha))
			case "UP":
				rule = fmt.Sprintf(node, "up", fmt.Sprintf(`"successive":%v`, criterion.Alpha))
			case "progress": // alone: no gl is above 1e9 %
				rule = fmt.Sprintf(node, "gl", `"alpha":1e9,"train_metric":"train"`)
			}
			s := newScene(t, study(), rule)
			for report := range curve.Valid {
				s.last = s.h.Report(s.trial, trials.Report{Step: int64(report), Seq: trials.Absent, Elapsed: math.NaN(), Metrics: []trials.Metric{
					{Name: "loss", Value: curve.Valid[report]}, {Name: "train", Value: curve.Train[report]},
				}}, noon)
				verdict, _ := s.p.Judge(s.at())
				want := curve.Holds(i, report)
				if criterion.Rule == "PQ" {
					want = want || curve.Holds(len(v.Prechelt.Criteria)-1, report) // progress
				}
				compared++
				if want {
					fired++
				}
				if got := verdict == trials.Fire; got != want {
					t.Fatalf("%v at report %d: %v, want %v", criterion, report, got, want)
				}
			}
		}
	}
	t.Logf("%d verdicts, %d of them fire", compared, fired)
}

func TestCurveFitAgreesWithNumpy(t *testing.T) {
	v := vectors(t)
	compared, worst := 0, 0.0
	for p := range v.Fits.All() {
		for _, first := range []int64{0, 1} {
			spec := study()
			spec.MaxSteps = int64(len(p.Curve))
			s := newScene(t, spec, `{"type":"curve_fit","interval_steps":1,"min_trials":0,"min_points":3,"flat_share":0}`)
			s.peer(trials.Complete, "loss", point{1, 0.5})
			for i, y := range p.Curve[:p.N] {
				s.report(s.trial, first+int64(i), "loss", y)
			}
			tree, _ := s.p.Explain(s.at())
			mean, sd := float64(tree.Predicted["final"]), float64(tree.Predicted["sd"])
			off := math.Max(math.Abs(mean-p.Mean)/math.Abs(p.Mean), math.Abs(sd-p.Sd)/p.Sd)
			compared, worst = compared+1, math.Max(worst, off)
			if !(off <= 1e-9) {
				t.Errorf("from %d of %d values: %v +- %v, want %v +- %v", p.N, len(p.Curve), mean, sd, p.Mean, p.Sd)
			}
			fires := p.Mean-1.64*p.Sd > 0.5
			if got := s.judge(); (got == "fire") != fires {
				t.Errorf("from %d of %d values: %s: %s", p.N, len(p.Curve), got, tree.Sentence)
			}
		}
	}
	t.Logf("%d predictions, off by %.1g at most", compared, worst)
}
