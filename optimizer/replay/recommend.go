package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// recommend searches the grid of trees on one half of the settings for the one
// that saves the most within the bounds, and plays it on the other half.
func (e Engine) recommend(ctx context.Context, p *pool, req *trials.ReplayRequest) (*trials.Recommendation, error) {
	const leastSettings = 20 // of which half are searched
	if n := len(p.clusters); n < leastSettings {
		return nil, trials.Errorf(trials.NotEnoughData, "A recommendation needs trials of at least %d settings; there are %d.", leastSettings, n)
	}
	if p.rec.Adaptive != "" && !req.IgnoreSampler {
		return nil, trials.Errorf(trials.NotEnoughData, "A recommendation draws studies, but %s learnt from the trials before: say ignore_sampler to draw them all the same.", p.rec.Adaptive)
	}
	first, second := halves(len(p.clusters), req.Seed)
	orders := max(req.Orders, leastOrders)
	out := &trials.Recommendation{MaxRegret: e.maxRegret(p, req)}
	cands, err := e.grid(p, req)
	if err != nil {
		return nil, err
	}
	out.Candidates = len(cands)
	search := e.session(ctx, p, req, orders, first)
	if err := search.play(ctx, cands); err != nil {
		return nil, err
	}
	best, most := -1, 0.0
	for i := range cands {
		tried := search.tried(&cands[i], out.MaxRegret, req.Recommend.MaxBestLost)
		out.Tried = append(out.Tried, tried)
		if tried.Qualified {
			out.Qualified++
		}
		if v := tried.Saved.Value; tried.Qualified && v != nil && *v > most {
			best, most = i, *v
		}
	}
	if best < 0 {
		out.Sentence = fmt.Sprintf("None qualifies: of %d pruners none keeps the chance of losing the best trial, and of a regret above %.4g, below %.3g %% with %.3g %% confidence on half of %d settings.",
			out.Candidates, out.MaxRegret, 100*req.Recommend.MaxBestLost, 100*req.Confidence, len(p.clusters))
		return out, nil
	}
	chosen := cands[best]
	result := search.result(&chosen)
	out.Searched, out.Pruner = &result, chosen.Pruner
	confirm := e.session(ctx, p, req, orders, second)
	again := []candidate{chosen}
	if err := confirm.play(ctx, again); err != nil {
		return nil, err
	}
	tried := confirm.tried(&again[0], out.MaxRegret, req.Recommend.MaxBestLost)
	confirmed := confirm.result(&again[0])
	out.Found, out.Holds, out.Confirmed, out.RegretAbove = true, tried.Qualified, &confirmed, &tried.RegretAbove
	held := "they hold"
	if !out.Holds {
		held = "they do not hold"
	}
	out.Sentence = fmt.Sprintf("%s saves the most of the %d of %d pruners that keep to the bounds on one half of the settings; on the other half %s.",
		chosen.Name, out.Qualified, out.Candidates, held)
	return out, nil
}

// leastOrders is how many studies a recommendation rests on at least.
const leastOrders = 500

// halves splits the settings at random.
func halves(n int, seed int64) (first, second []int32) {
	for _, i := range rand.New(rand.NewPCG(uint64(seed), ^uint64(0))).Perm(n) {
		if len(first) < (n+1)/2 {
			first = append(first, int32(i))
		} else {
			second = append(second, int32(i))
		}
	}
	return first, second
}

// maxRegret returns the regret from which on it counts: as asked for, else the
// median spread of the repeats of a setting, else 1 % of the best value.
func (e Engine) maxRegret(p *pool, req *trials.ReplayRequest) float64 {
	if r := req.Recommend.MaxRegret; r != nil {
		return *r
	}
	var spreads []float64
	for _, c := range p.clusters {
		low, high := math.NaN(), math.NaN()
		n := 0
		for _, i := range c {
			if v := p.items[i].final; !math.IsNaN(v) {
				low, high = least(low, v), -least(-high, -v)
				n++
			}
		}
		if n > 1 {
			spreads = append(spreads, high-low)
		}
	}
	if len(spreads) > 0 {
		slices.Sort(spreads)
		return quantile(spreads, 0.5)
	}
	return 0.01 * finiteOr(math.Abs(p.best), 0)
}

// tried says how a candidate did.
func (s *session) tried(c *candidate, maxRegret, maxLost float64) trials.ReplayTried {
	rows, k := c.rows, s.pool.cost
	out := trials.ReplayTried{
		Name:  c.Name,
		Saved: s.survey.portion(func(i int) part { return part{s.bases[i].full[k] - rows[i].spent[k], s.bases[i].full[k]} }),
		BestLost: s.survey.rate(func(i int) part {
			return share(rows[i].lostFeasible)
		}),
		RegretAbove: s.survey.rate(func(i int) part {
			switch r := rows[i].requirement; {
			case math.IsNaN(r):
				return part{}
			case r > maxRegret:
				return share(1)
			default:
				return share(0)
			}
		}),
	}
	within := func(e trials.Estimate) bool { return e.High != nil && *e.High <= maxLost }
	out.Qualified = within(out.BestLost) && within(out.RegretAbove)
	return out
}

// grid returns the trees that are searched: of each of the quality rules below
// and of the resource rules that the constraints call for, as in the presets.
func (e Engine) grid(p *pool, req *trials.ReplayRequest) ([]candidate, error) {
	resource, err := e.resourceRules(p, req)
	if err != nil {
		return nil, err
	}
	var out []candidate
	add := func(name, node string) {
		tree, err := json.Marshal(map[string]any{"type": "any", "label": name, "pruners": append(slices.Clone(resource), json.RawMessage(node))})
		if err != nil {
			return
		}
		if c, err := e.candidate(p.rec, req, trials.ReplayPruner{Name: name, Pruner: tree}); err == nil { // a rule that cannot serve this study is passed over
			out = append(out, c)
		}
	}
	end := max(p.study.MaxSteps, 10)
	part := func(share float64) int64 { return max(1, int64(math.Ceil(share*float64(end)))) }
	var medians, fits []string
	for _, warm := range []float64{0.06, 0.1, 0.2, 0.3} {
		for _, keep := range []int{25, 50, 75} {
			node := fmt.Sprintf(`{"type":"percentile","percentile":%d,"warmup_steps":%d,"warmup_fraction":0}`, keep, part(warm))
			add(fmt.Sprintf("percentile %d from %d", keep, part(warm)), node)
			if keep == 50 && (warm == 0.1 || warm == 0.2) {
				medians = append(medians, node)
			}
		}
	}
	for _, points := range []int64{6, 8, 12, 20} {
		node := fmt.Sprintf(`{"type":"curve_fit","min_points":%d}`, points)
		add(fmt.Sprintf("curve_fit %d", points), node)
		fits = append(fits, node)
		for i, median := range medians {
			add(fmt.Sprintf("all: median from %d, curve_fit %d", part(0.1*float64(i+1)), points), fmt.Sprintf(`{"type":"all","pruners":[%s,%s]}`, median, node))
		}
	}
	for _, eta := range []int{2, 3, 4} {
		for _, grace := range []float64{0.05, 0.1, 0.2} {
			for _, floor := range []int{1, 6} {
				node := fmt.Sprintf(`{"type":"asha","min_resource":%d,"reduction_factor":%d,"min_rung_population":%d}`, part(grace), eta, floor)
				add(fmt.Sprintf("asha %d from %d, at least %d", eta, part(grace), floor), node)
				if eta == 3 && grace == 0.1 && floor == 6 {
					for i, median := range medians {
						add(fmt.Sprintf("2 of 3: median from %d, asha 3, curve_fit 8", part(0.1*float64(i+1))), fmt.Sprintf(`{"type":"k_of_n","k":2,"pruners":[%s,%s,%s]}`, median, node, fits[1]))
					}
				}
			}
		}
	}
	return out, nil
}

// resourceRules returns the rules of the preset safe but for the last one, which
// is of quality.
func (e Engine) resourceRules(p *pool, req *trials.ReplayRequest) ([]json.RawMessage, error) {
	safe := trials.ReplayPruner{Pruner: json.RawMessage(`{"type":"preset","preset":"safe"}`)}
	c, err := e.candidate(p.rec, req, safe)
	if err != nil {
		return nil, err
	}
	var tree struct{ Pruners []json.RawMessage }
	if err := json.Unmarshal(c.Pruner, &tree); err != nil || len(tree.Pruners) == 0 {
		return nil, err
	}
	return tree.Pruners[:len(tree.Pruners)-1], nil
}
