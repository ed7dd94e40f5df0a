package pruner

import (
	"fmt"
	"testing"

	"github.com/espalier-hpo/espalier/trials"
)

func TestLimitsOfRules(t *testing.T) {
	study := trials.StudySpec{
		Objectives: []trials.Objective{{Metric: "loss", Direction: trials.Minimize}}, MaxSteps: 100,
		Metrics: map[string]trials.MetricDeclaration{"tokens": {Aggregate: trials.Sum}},
	}
	for node, want := range map[string]string{
		`{"type":"nop"}`: ``,
		`{"type":"limit","metric":"acc","op":">=","bound":0.5,"label":"floor"}`:                                                                 `floor "" acc >= 0.5 last;`,
		`{"type":"projected_total","metric":"system/cost","limit":9}`:                                                                           `projected_total "" system/cost <= 9 max;`,
		`{"type":"projected_total","metric":"tokens","limit":9}`:                                                                                `projected_total "" tokens <= 9 sum;`,
		`{"type":"exhaustion_trend","metric":"system/rss_bytes","limit":9}`:                                                                     `exhaustion_trend "" system/rss_bytes <= 9 max;`,
		`{"type":"slo_quantile","metric":"ms","slo":9}`:                                                                                         `slo_quantile "" ms <= 9 p95;`,
		`{"type":"slo_quantile","metric":"ms","slo":9,"q":0.5}`:                                                                                 `slo_quantile "" ms <= 9 max, loose;`,
		`{"type":"slo_quantile","metric":"qps","slo":9,"kind":"throughput"}`:                                                                    `slo_quantile "" qps >= 9 min, loose;`,
		`{"type":"slo_quantile","metric":"b","slo":9,"kind":"size"}`:                                                                            `slo_quantile "" b <= 9 max;`,
		`{"type":"sustained_limit","metric":"w","limit":9,"hard_limit":12}`:                                                                     `sustained_limit "" w <= 9 max, loose;sustained_limit "" w <= 12 max, loose;`,
		`{"type":"sustained_limit","metric":"w","limit":9,"direction":"maximize"}`:                                                              `sustained_limit "" w >= 9 min, loose;`,
		`{"type":"budget","scope":"trial","unit":"cost","limit":10,"hard":0.5}`:                                                                 `budget "" system/cost <= 5 max;`,
		`{"type":"budget","scope":"study","unit":"cost","limit":10}`:                                                                            ``,
		`{"type":"constraint_probability","metric":"system/cost","limit":9}`:                                                                    `constraint_probability "" system/cost <= 9 max;`,
		`{"type":"threshold","metric":"loss","upper":9}`:                                                                                        ``,
		`{"type":"limit","metric":"a","bound":1,"mode":"shadow"}`:                                                                               ``,
		`{"type":"any","pruners":[{"type":"median"},{"type":"any","pruners":[{"type":"limit","metric":"a","bound":1}]}]}`:                       `limit "/pruners/1/pruners/0" a <= 1 last;`,
		`{"type":"any","mode":"shadow","pruners":[{"type":"limit","metric":"a","bound":1}]}`:                                                    ``,
		`{"type":"all","pruners":[{"type":"limit","metric":"a","bound":1},{"type":"any","pruners":[{"type":"limit","metric":"b","bound":1}]}]}`: ``,
		`{"type":"not","pruner":{"type":"limit","metric":"a","bound":1}}`:                                                                       ``,
		`{"type":"gate","metric":"b","bound":1,"then":{"type":"limit","metric":"a","bound":1}}`:                                                 ``,
	} {
		p, _, _, err := Table{}.New(&study, []byte(node))
		if err != nil {
			t.Errorf("%s: %v", node, err)
			continue
		}
		got := ""
		for _, l := range p.Limits() {
			got += fmt.Sprintf("%s %q %s %s %v %s", l.Rule, l.Path, l.Metric, l.Op, l.Bound, l.Aggregate)
			if l.Loose {
				got += ", loose"
			}
			got += ";"
		}
		if got != want {
			t.Errorf("%s: limits %s, want %s", node, got, want)
		}
	}
}
