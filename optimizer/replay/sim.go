package replay

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/espalier-hpo/espalier/trials"
)

// player plays studies under one pruner. It belongs to one goroutine.
type player struct {
	pool    *pool
	play    *trials.Play
	pruner  trials.Pruner // nil: none
	study   *trials.StudySpec
	bounded bool // something may spare a trial
	explain bool // say which rule decides

	// Of the study being played.
	items  []int32
	cut    []int32   // by place: the report at which it is cut, -1 if it is not
	cutBar []float64 // the incumbent then, signed; +Inf without one
	by     []string
	why    []string
	best   float64 // the incumbent, signed
	used   float64 // of the resource that curves count
	gains  []gain  // each new incumbent

	actors []actor
	order  []int32
	spans  []span
}

// gain is a new incumbent, and what had been used by then.
type gain struct{ used, value float64 }

// newPlayer prepares a player. Without a pruner it only adds up.
func newPlayer(p *pool, study *trials.StudySpec, pruner trials.Pruner) *player {
	pl := &player{pool: p, pruner: pruner, study: study}
	if pruner != nil {
		pl.play = trials.NewPlay(study, pruner, p.rec.Metrics)
		pl.bounded = study.Protect != nil || study.Quota != nil || study.Holdout != nil && *study.Holdout > 0
	}
	return pl
}

func (pl *player) begin(items []int32) {
	n := len(items)
	pl.items, pl.gains = items, pl.gains[:0]
	pl.best, pl.used = math.Inf(1), 0
	pl.cut, pl.cutBar = resize(pl.cut, n), resize(pl.cutBar, n)
	for i := range pl.cut {
		pl.cut[i] = -1
	}
	if pl.explain {
		pl.by, pl.why = resize(pl.by, n), resize(pl.why, n)
	}
	if pl.play != nil {
		pl.play.Reset()
	}
}

func resize[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }

// fires says that a trial is to be cut at its latest report.
func (pl *player) fires(live *trials.Live, place int) bool {
	verdict, _ := pl.play.Judge(live)
	if verdict != trials.Fire || pl.bounded && pl.play.Spared(live) != "" {
		return false
	}
	if pl.explain {
		tree, by := pl.play.Explain(live)
		if by == nil {
			by = &tree
		}
		pl.by[place], pl.why[place] = cmp.Or(by.Label, by.Type), by.Sentence
	}
	return true
}

// ended takes in that a trial ended by itself.
func (pl *player) ended(it *item) {
	if it.feasible && it.final < pl.best {
		pl.best = it.final
		pl.gains = append(pl.gains, gain{pl.used, it.final})
	}
}

// sequence plays a study whose trials run one after another.
func (pl *player) sequence(items []int32) {
	pl.begin(items)
	cost := pl.pool.cost
	for place, at := range items {
		it := &pl.pool.items[at]
		last := it.tape.Len() - 1
		if pl.play == nil {
			pl.used += it.full[cost]
			pl.ended(it)
			continue
		}
		live := pl.play.StartAs(it.tape, int64(place))
		for i := 0; i <= last; i++ {
			pl.play.Feed(live)
			if (i < last || !it.whole) && pl.fires(live, place) {
				pl.cut[place], pl.cutBar[place] = int32(i), pl.best
				break
			}
		}
		if k := pl.cut[place]; k >= 0 {
			pl.play.End(live, trials.Pruned, nil)
			pl.used += it.spent[cost][k]
			continue
		}
		pl.play.End(live, it.end, it.values)
		pl.used += it.full[cost]
		pl.ended(it)
	}
}

// actor is a trial that runs.
type actor struct {
	at, start float64 // when it reports next, and began
	place     int32
	next      int32 // report
	live      *trials.Live
}

// workers plays a study on so many workers: each takes the next trial as soon
// as its own ended. Of what happens at once the earlier trial comes first.
func (pl *player) workers(items []int32, n int) {
	pl.begin(items)
	pl.actors = pl.actors[:0]
	next := 0
	for ; next < min(n, len(items)); next++ {
		pl.actors = append(pl.actors, pl.hire(next, 0))
	}
	for len(pl.actors) > 0 {
		first := 0
		for i := range pl.actors {
			if a, b := &pl.actors[i], &pl.actors[first]; a.at < b.at || a.at == b.at && a.place < b.place {
				first = i
			}
		}
		a := &pl.actors[first]
		it := &pl.pool.items[items[a.place]]
		last := int32(it.tape.Len() - 1)
		done, i := pl.step(a, it, last), a.next
		now := a.at
		if !done && i < last {
			a.next++
			a.at = a.start + it.times[a.next]
			continue
		}
		pl.finish(a, it, done)
		if next < len(items) {
			pl.actors[first] = pl.hire(next, now)
			next++
		} else {
			pl.actors = slices.Delete(pl.actors, first, first+1)
		}
	}
}

func (pl *player) hire(place int, now float64) actor {
	it := &pl.pool.items[pl.items[place]]
	a := actor{at: now + it.times[0], start: now, place: int32(place)}
	if pl.play != nil {
		a.live = pl.play.StartAs(it.tape, int64(place))
	}
	return a
}

// step plays the next report of a trial and says whether it is cut there.
func (pl *player) step(a *actor, it *item, last int32) (cut bool) {
	i, cost := a.next, it.spent[pl.pool.cost]
	pl.used += cost[i]
	if i > 0 {
		pl.used -= cost[i-1]
	}
	if pl.play == nil {
		return false
	}
	pl.play.Feed(a.live)
	if (i < last || !it.whole) && pl.fires(a.live, int(a.place)) {
		pl.cut[a.place], pl.cutBar[a.place] = i, pl.best
		return true
	}
	return false
}

func (pl *player) finish(a *actor, it *item, cut bool) {
	if cut {
		pl.play.End(a.live, trials.Pruned, nil)
		return
	}
	if pl.play != nil {
		pl.play.End(a.live, it.end, it.values)
	}
	pl.used += it.full[pl.pool.cost] - it.total[pl.pool.cost]
	pl.ended(it)
}

// events returns what happened in the recorded study, in its order. In one
// moment a trial starts before it reports, and ends after.
func (p *pool) events() []event {
	var out []event
	for place := range p.items {
		rec := p.items[place].rec
		out = append(out, event{rec.Start, int32(place), starts})
		for i, at := range rec.Stamps {
			out = append(out, event{at, int32(place), int32(i)})
		}
		out = append(out, event{rec.End, int32(place), ends})
	}
	slices.SortStableFunc(out, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.place, b.place), cmp.Compare(a.report, b.report))
	})
	return out
}

// recorded plays the study as it was recorded: every trial starts, reports and
// ends when it did, but for those that are cut, which end at that report; or
// when they did if that was their last one.
func (pl *player) recorded(items []int32, events []event) {
	pl.begin(items)
	actors := make([]actor, len(items))
	gone := make([]bool, len(items))
	for _, e := range events {
		a, it := &actors[e.place], &pl.pool.items[items[e.place]]
		last := int32(it.tape.Len() - 1)
		switch {
		case gone[e.place]:
		case e.report == starts:
			a.place = e.place
			if pl.play != nil {
				a.live = pl.play.Start(it.tape)
			}
		case e.report == ends:
			pl.finish(a, it, pl.cut[e.place] >= 0)
			gone[e.place] = true
		case pl.cut[e.place] >= 0: // it was cut at its last report
		case it.rec.Added:
			pl.add(a, it)
		case pl.step(a, it, last) && a.next < last:
			pl.finish(a, it, true)
			gone[e.place] = true
		default:
			if pl.cut[e.place] >= 0 {
				pl.play.Prune(a.live)
			}
			a.next++
		}
	}
}

// add plays a report of a trial that was added as history.
func (pl *player) add(a *actor, it *item) {
	cost := it.spent[pl.pool.cost]
	pl.used += cost[a.next]
	if a.next > 0 {
		pl.used -= cost[a.next-1]
	}
	if pl.play != nil {
		pl.play.Feed(a.live)
	}
	a.next++
}

// span is when a trial ran.
type span struct {
	until float64
	place int32
	cut   bool
}

// byChance returns how many trials would be cut, and how many of them wrongly,
// if it were left to chance which trial is cut at which of the reports at which
// one was. Trials too short for theirs are not cut.
func (pl *player) byChance(rng *rand.PCG, workers int, starts []float64) (cut, wrong int) {
	pl.order = append(pl.order[:0], pl.cut...)
	r := rand.New(rng)
	r.Shuffle(len(pl.order), func(i, j int) { pl.order[i], pl.order[j] = pl.order[j], pl.order[i] })
	pl.spans = pl.spans[:0]
	free := pl.actors[:0]
	for place, at := range pl.items {
		it := &pl.pool.items[at]
		k, s := pl.order[place], span{place: int32(place)}
		if last := int32(it.tape.Len() - 1); k >= 0 && (k < last || k == last && !it.whole) {
			s.cut = true
		} else {
			k = last
		}
		switch {
		case starts != nil:
			s.until = starts[place] + it.times[k]
		case workers == 1:
			s.until = float64(place)
		default:
			s.until = employ(&free, workers, it.times[k])
		}
		pl.spans = append(pl.spans, s)
	}
	pl.actors = free[:0]
	if workers > 1 || starts != nil {
		slices.SortFunc(pl.spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.until, b.until), cmp.Compare(a.place, b.place)) })
	}
	best := math.Inf(1)
	for _, s := range pl.spans {
		it := &pl.pool.items[pl.items[s.place]]
		switch {
		case s.cut && !it.cutShort:
			cut++
			if it.feasible && it.final < best {
				wrong++
			}
		case !s.cut && it.feasible && it.final < best:
			best = it.final
		}
	}
	return cut, wrong
}

// employ gives work to the worker that is free first and returns when it is
// done.
func employ(workers *[]actor, n int, takes float64) float64 {
	if len(*workers) < n {
		*workers = append(*workers, actor{at: takes})
		return takes
	}
	first := 0
	for i := range *workers {
		if (*workers)[i].at < (*workers)[first].at {
			first = i
		}
	}
	(*workers)[first].at += takes
	return (*workers)[first].at
}
