package replay

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// doubts warns of what the recording cannot answer. Each warning has a code.
func doubts(p *pool, req *trials.ReplayRequest) []trials.FieldError {
	var out []trials.FieldError
	warn := func(code, pointer, format string, args ...any) {
		out = append(out, trials.FieldError{In: "body", Pointer: pointer, Code: code, Detail: fmt.Sprintf(format, args...)})
	}
	if name := p.rec.Adaptive; name != "" {
		what := "only the recorded order is played"
		if req.IgnoreSampler {
			what = "the orders that are drawn are none that it would have proposed"
		}
		if req.Orders > 1 || req.IgnoreSampler {
			warn("sampler_dependent", "/orders", "was recorded with %s, which learns from the trials before, also from those that were pruned: %s", name, what)
		} else {
			warn("sampler_dependent", "", "was recorded with %s, which learns from the trials before: with another pruner it would have proposed other trials", name)
		}
	}
	if p.rec.Workers > 1 && slices.ContainsFunc(p.resources, func(r string) bool { return r == wall || r == "cpu_seconds" }) {
		warn("contention", "", "up to %d trials ran at once: if they shared a machine, their times hold for that many only", p.rec.Workers)
	}
	short := 0
	for i := range p.items {
		if p.items[i].cutShort {
			short++
		}
	}
	if short > 0 {
		warn("cut_short", "", "%d of %d trials were recorded cut short: what a laxer pruner would have seen of them is not known", short, len(p.items))
	}
	if len(p.study.Objectives) > 1 {
		warn("first_objective", "", "has %d objectives: values are those of %s alone", len(p.study.Objectives), p.study.Objectives[0].Metric)
	}
	if p.rec.LeftOut > 0 {
		warn("left_out", "", "%d trials have not ended, or reported nothing, and are left out", p.rec.LeftOut)
	}
	if req.Orders > 1 && req.Trials > (len(p.clusters)+1)/2 {
		warn("orderings_only", "/trials", "is more than half of the %d settings: the intervals hold for other orders of them, not for others, and are too narrow", len(p.clusters))
	}
	return out
}

// answer fills in what all pruners share.
func (s *session) answer(out *trials.ReplayResponse, req *trials.ReplayRequest) {
	p, n := s.pool, len(s.draws.studies)
	out.Recorded = trials.ReplayPool{
		Trials: len(p.items), Settings: len(p.clusters), LeftOut: p.rec.LeftOut, LastStep: p.lastStep,
	}
	feasible := 0.0
	for i := range p.items {
		switch it := &p.items[i]; {
		case it.end == trials.Complete:
			out.Recorded.Full++
		case it.cutShort:
			out.Recorded.CutShort++
		default:
			out.Recorded.Failed++
		}
		if p.items[i].feasible {
			feasible++
		}
	}
	out.Orders, out.Order, out.Trials, out.Workers = n, "random", s.draws.size, s.workers
	if s.draws.kind == ofNothing {
		out.Order = "recorded"
	}
	out.Seed, out.Confidence, out.Intervals, out.Tolerance = req.Seed, req.Confidence, s.draws.kind, s.tolerance
	out.Cost, out.Constraint = p.resources[p.cost], p.study.Constraints
	out.Objective, out.Direction = p.study.Objectives[0].Metric, p.study.Objectives[0].Direction
	if len(p.study.Constraints) > 0 {
		out.Feasible = known(feasible / float64(len(p.items)))
	}
	out.Full = map[string]float64{}
	shares := map[int32]float64{}
	with, squares := 0.0, 0.0
	for i := range s.bases {
		b := &s.bases[i]
		for k, name := range p.resources {
			out.Full[name] += b.full[k] / float64(n)
		}
		if b.setting >= 0 {
			shares[b.setting]++
			with++
		}
	}
	for _, v := range shares {
		squares += v * v
	}
	if squares > 0 {
		out.DistinctBest = with * with / squares
	}
	out.AnyTime = s.anyTime(func(i int) *[grid]float64 { return &s.bases[i].curve })
}

// anyTime returns the quartiles of the curves over the studies.
func (s *session) anyTime(curve func(study int) *[grid]float64) []trials.AnyTimePoint {
	out := make([]trials.AnyTimePoint, grid)
	var at []float64
	for k := range out {
		at = at[:0]
		for i := range s.bases {
			if !math.IsNaN(s.bases[i].bestFeasible) {
				at = append(at, curve(i)[k])
			}
		}
		out[k].Share = float64(k) / (grid - 1)
		if len(at) > 0 {
			slices.Sort(at)
			out[k].Quartile, out[k].Median, out[k].Third = known(quantile(at, 0.25)), known(quantile(at, 0.5)), known(quantile(at, 0.75))
		}
	}
	return out
}

// result sums a candidate's studies up.
func (s *session) result(c *candidate) trials.ReplayResult {
	p, rows, v := s.pool, c.rows, s.survey
	out := trials.ReplayResult{
		Name: c.Name, Pruner: c.Pruner, Holdout: c.Holdout, Protect: c.Protect, Quota: c.Quota,
		Saved: map[string]trials.ReplaySaved{}, Decisions: c.log,
	}
	for k, name := range p.resources {
		out.Saved[name] = s.saved(rows, k)
	}
	out.Cut = v.portion(func(i int) part { return part{float64(rows[i].cut), float64(rows[i].trials)} })
	out.BestLost = v.rate(func(i int) part { return share(rows[i].lost) })
	out.TopTenthLost = v.portion(func(i int) part { return share(rows[i].topTenth) })
	if len(p.study.Constraints) > 0 {
		e := v.rate(func(i int) part { return share(rows[i].lostFeasible) })
		out.BestFeasibleLost = &e
	}
	out.Requirement = s.regret(func(i int) (float64, bool) { return rows[i].requirement, rows[i].none })
	out.Proxy = s.regret(func(i int) (float64, bool) { return rows[i].proxy, rows[i].noneProxy })
	out.FalsePrunes = s.falsePrunes(rows)
	out.EqualRegret = trials.EqualRegret{
		Ratio: v.figure(func(i int) part {
			if math.IsNaN(s.bases[i].bestFeasible) {
				return part{}
			}
			return part{rows[i].reach, s.bases[i].reach}
		}),
		Reached: v.rate(func(i int) part {
			switch {
			case math.IsNaN(s.bases[i].bestFeasible):
				return part{}
			case rows[i].reached:
				return share(1)
			default:
				return share(0)
			}
		}),
	}
	out.AnyTime = s.anyTime(func(i int) *[grid]float64 { return &rows[i].curve })
	out.ByRule = s.byRule(c.rules)
	if p.short {
		out.Censored = s.censored(rows)
	}
	return out
}

// saved sums up what was saved of one resource.
func (s *session) saved(rows []row, k int) trials.ReplaySaved {
	bases := s.bases
	out := trials.ReplaySaved{
		Share:  s.survey.portion(func(i int) part { return part{bases[i].full[k] - rows[i].spent[k], bases[i].full[k]} }),
		Amount: s.survey.figure(func(i int) part { return share(bases[i].full[k] - rows[i].spent[k]) }),
	}
	if !s.pool.short || out.Share.Value == nil {
		return out
	}
	var spent, recorded, extended, toEnd, toLast float64
	for i := range rows {
		spent += rows[i].spent[k]
		recorded += rows[i].recorded[k]
		extended += rows[i].extended[k]
		toEnd += bases[i].recorded[k]
		toLast += bases[i].extended[k]
	}
	all := []float64{*out.Share.Value, 1 - recorded/toEnd, 1 - recorded/toLast, 1 - extended/toLast}
	out.ShareAtLeast, out.ShareAtMost = known(slices.Min(all)), known(slices.Max(all))
	return out
}

func (s *session) regret(of func(study int) (regret float64, none bool)) trials.Regret {
	value := func(i int) float64 { r, _ := of(i); return r }
	out := trials.Regret{
		Mean:   s.survey.figure(func(i int) part { return share(value(i)) }),
		Median: s.survey.quantileOf(0.5, value),
		P95:    s.survey.quantileOf(0.95, value),
	}
	for i := range s.draws.studies {
		r, none := of(i)
		if math.IsNaN(r) {
			continue
		}
		out.Of++
		if none {
			out.None++
		}
	}
	if out.Of > 0 {
		out.None /= float64(out.Of)
	}
	return out
}

func (s *session) falsePrunes(rows []row) trials.ReplayFalsePrunes {
	var out trials.ReplayFalsePrunes
	rate := func(i int) part { return part{float64(rows[i].wrong), float64(rows[i].known)} }
	out.Rate = s.survey.rate(rate)
	out.Random = s.survey.portion(func(i int) part { return part{float64(rows[i].randomWrong), float64(rows[i].randomCut)} })
	n, known := float64(len(rows)), 0.0
	for i := range rows {
		out.Cut += float64(rows[i].cut) / n
		out.Unknown += float64(rows[i].unknown) / n
		known += float64(rows[i].known)
	}
	if out.Rate.Value != nil && out.Rate.Low == nil { // of a single study
		low, high := trials.Wilson(*out.Rate.Value, known, s.survey.z)
		out.Rate.Low, out.Rate.High = &low, &high
	}
	return out
}

func (s *session) byRule(rules []ruleRow) []trials.ReplayRule {
	sums := map[string]*trials.ReplayRule{}
	n := float64(len(rules))
	for _, r := range rules {
		for by, sum := range r {
			t := sums[by]
			if t == nil {
				t = &trials.ReplayRule{DecidedBy: by, Saved: map[string]float64{}}
				sums[by] = t
			}
			t.Trials += float64(sum.trials) / n
			for k, name := range s.pool.resources {
				t.Saved[name] += sum.saved[k] / n
			}
		}
	}
	out := []trials.ReplayRule{}
	for _, r := range sums {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b trials.ReplayRule) int {
		return cmp.Or(-cmp.Compare(a.Trials, b.Trials), cmp.Compare(a.DecidedBy, b.DecidedBy))
	})
	return out
}

func (s *session) censored(rows []row) *trials.ReplayCensored {
	out := &trials.ReplayCensored{}
	n, with := float64(len(rows)), 0.0
	for i := range rows {
		out.RunOn += float64(rows[i].runOn) / n
		out.Cut += float64(rows[i].cutShort) / n
		if !math.IsNaN(rows[i].lostAtMost) {
			out.BestLostAtMost += rows[i].lostAtMost
			with++
		}
	}
	out.BestLostAtMost /= math.Max(1, with)
	return out
}
