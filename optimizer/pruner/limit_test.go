package pruner_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// resourceNodes are the rules about limits; %v is the limit.
var resourceNodes = []string{
	`{"type":"limit","metric":"m","bound":%v}`,
	`{"type":"projected_total","metric":"m","limit":%v}`,
	`{"type":"projected_total","metric":"m","limit":%v,"growth":"linear"}`,
	`{"type":"projected_total","metric":"system/wall_seconds","limit":%v}`,
	`{"type":"exhaustion_trend","metric":"m","limit":%v,"window_seconds":1}`,
	`{"type":"exhaustion_trend","metric":"m","limit":%v,"window_seconds":0.3,"min_samples":24,"horizon_seconds":5000,"envelope":false,"alpha":0.2}`,
	`{"type":"slo_quantile","metric":"m","slo":%v,"min_samples":5}`,
	`{"type":"slo_quantile","metric":"m","slo":%v,"min_samples":5,"kind":"throughput"}`,
	`{"type":"slo_quantile","metric":"m","slo":%v,"kind":"size"}`,
	`{"type":"sustained_limit","metric":"m","limit":%v,"window_seconds":1,"for_seconds":3,"warmup_seconds":0}`,
	`{"type":"sustained_limit","metric":"m","limit":%v,"window_seconds":1,"for_seconds":3,"direction":"maximize","aggregate":"p95","stale_seconds":100}`,
	`{"type":"sustained_limit","metric":"m","limit":%v,"window_seconds":0.1,"warmup_seconds":2,"aggregate":"ewma","stale_seconds":10,"hysteresis":0.5}`,
	`{"type":"budget","scope":"trial","unit":"cpu_seconds","limit":%v}`,
	`{"type":"budget","scope":"study","unit":"cpu_seconds","limit":%v,"soft":0.3}`,
	`{"type":"budget","scope":"study","unit":"wall_seconds","limit":%v,"soft":0.3}`,
	`{"type":"constraint_probability","metric":"system/cpu_seconds","limit":%v,"at":"step","train_min":5,"p":0.6}`,
}

// incident is a report of a trial, or its end.
type incident struct {
	at    time.Duration
	trial int
	trials.Report
	end trials.State
}

// incidents draws a history: sane, or with all that can go wrong.
func incidents(r *rand.Rand, sane bool) (out []incident) {
	odd := []float64{nan, inf, -inf, 0, -1, -1e300, 1e300, math.MaxFloat64, math.SmallestNonzeroFloat64}
	value := func(v float64) float64 {
		if sane || r.IntN(4) > 0 {
			return v
		}
		return append(odd, 1e9*v, 1e-9*v)[r.IntN(len(odd)+2)]
	}
	total, step := map[int]float64{}, map[int]int64{}
	now, each := time.Duration(0), math.Exp(4*r.NormFloat64())
	for range r.IntN(150) {
		now += time.Duration(r.IntN(2000)) * time.Millisecond
		k := r.IntN(8) * r.IntN(2)
		total[k] += each * r.Float64()
		step[k] += 1 + int64(r.IntN(2))
		i := incident{at: now, trial: k, Report: trials.Report{Step: step[k], Seq: trials.Absent, Elapsed: nan}}
		switch r.IntN(8) {
		case 0:
			i.Step = trials.Absent
		case 1:
			i.Step = []int64{0, 1, 3, 1e6, 1 << 52}[r.IntN(5)]
		case 2:
			if !sane {
				i.Elapsed = odd[r.IntN(len(odd))]
			}
		}
		for _, name := range []string{"m", cpuSeconds} {
			i.Metrics = append(i.Metrics, trials.Metric{Name: name, Value: value(total[k])})
		}
		i.Metrics = append(i.Metrics, trials.Metric{Name: "loss", Value: value(r.NormFloat64())})
		out = append(out, i)
		if k > 0 && r.IntN(4) == 0 {
			out = append(out, incident{at: now, trial: k, end: []trials.State{trials.Complete, trials.Complete, trials.Pruned, trials.Fail}[r.IntN(4)]})
			total[k], step[k] = 0, 0
		}
	}
	return out
}

// happen plays incidents before a rule until a judgement is enough; it returns at
// which.
func happen(t *testing.T, spec *trials.StudySpec, node string, all []incident, enough func(i int, s *scene, c *trials.Case) bool) int {
	s := newScene(t, spec, node)
	live := map[int]*trials.Live{0: s.trial}
	for n, i := range all {
		now := noon.Add(i.at)
		if live[i.trial] == nil {
			live[i.trial] = s.h.Start(s.next, map[string]float64{"x": float64(n%7) / 2}, now)
			s.next++
		}
		s.trial = live[i.trial]
		if i.end != "" {
			var values []float64
			if i.end == trials.Complete {
				values = []float64{1}
			}
			s.h.End(s.trial, i.end, values, now)
			delete(live, i.trial)
			continue
		}
		s.last = s.h.Report(s.trial, i.Report, now)
		c := s.at()
		c.Now = now
		if enough(n, s, c) {
			return n
		}
	}
	return -1
}

var instead = regexp.MustCompile(`^Would have continued with a (?:limit|budget) of (\S+)(?: s)? or (?:more|less)`)

// Whatever happens a rule says something, and where it fires, the limit with
// which it says that the trial would have continued is one with which it would.
func TestLimitsThatWouldHaveDone(t *testing.T) {
	fired, tried := 0, 0
	for seed := range uint64(1600) {
		r := rand.New(rand.NewPCG(seed, 7))
		node := resourceNodes[int(seed)%len(resourceNodes)]
		spec := study()
		spec.Metrics = map[string]trials.MetricDeclaration{"m": {}}
		spec.MaxSteps = []int64{0, 1, 10, 50, 1e6}[r.IntN(5)]
		spec.SearchSpace = trials.SearchSpace{"x": {Type: trials.FloatKind, High: 5}}
		limit := math.Exp(4 * r.NormFloat64())
		if strings.Contains(node, "wall") || strings.Contains(node, "sustained") {
			limit = 5 + 10*r.Float64()
		}
		all, text := incidents(r, int(seed)/len(resourceNodes)%2 == 0), ""
		at := happen(t, spec, fmt.Sprintf(node, limit), all, func(_ int, s *scene, c *trials.Case) bool {
			said, _ := s.p.Judge(c)
			for range 3 {
				e, _ := s.p.Explain(c)
				if c.Back == 0 {
					text = e.Counterfactual
					if e.Verdict != said {
						t.Errorf("seed %d: Explain says %v, Judge %v", seed, e.Verdict, said)
					}
				}
				if e.Sentence == "" || strings.Contains(e.Sentence+e.Counterfactual, "%!") {
					t.Errorf("seed %d: says %q, %q", seed, e.Sentence, e.Counterfactual)
				}
				c.Back += 7
			}
			return said == trials.Fire
		})
		if at < 0 {
			continue
		}
		fired++
		match := instead.FindStringSubmatch(text)
		if match == nil {
			if !strings.HasSuffix(text, "without this rule.") {
				t.Errorf("seed %d: counterfactual %q", seed, text)
			}
			continue
		}
		other, err := strconv.ParseFloat(match[1], 64)
		if err != nil || other <= 0 && !strings.Contains(node, `"m"`) {
			continue
		}
		tried++
		happen(t, spec, fmt.Sprintf(node, match[1]), all, func(n int, s *scene, c *trials.Case) bool {
			if said, _ := s.p.Judge(c); n == at && said == trials.Fire {
				t.Errorf("seed %d, %s with limit %v: %q, but with %v it fires as well", seed, node, limit, text, other)
			}
			return n == at
		})
	}
	if t.Logf("%d fire, %d limits tried", fired, tried); tried < 300 {
		t.Error("the test shows little")
	}
}
