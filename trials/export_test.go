package trials

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
	"time"
)

// Forget drops a study from memory, as if nobody had used it for long.
func (s *Service) Forget(name string) {
	s.mu.Lock()
	st := s.studies[name]
	s.mu.Unlock()
	if st != nil {
		st.mu.Lock()
		s.drop(st)
		st.mu.Unlock()
	}
}

// InUse says that a study is in memory.
func (s *Service) InUse(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.studies[name] != nil
}

// Taken returns how many trials asks have claimed and not handed out.
func (s *Service) Taken(ctx context.Context, name string) (n int64, err error) {
	err = s.look(ctx, name, func(st *study) error {
		n = st.h.taken
		return nil
	})
	return n, err
}

// View returns what a sampler sees of a study.
func (s *Service) View(ctx context.Context, name string) (v View, err error) {
	err = s.look(ctx, name, func(st *study) error {
		v = st.h.View()
		return nil
	})
	return v, err
}

// Lease returns when the lease of a running trial ends.
func (s *Service) Lease(ctx context.Context, name string, number int64) (at time.Time, err error) {
	err = s.look(ctx, name, func(st *study) error {
		t, err := st.running(number)
		if err == nil {
			at = t.expires
		}
		return err
	})
	return at, err
}

// CompareRebuilt builds the history of a study again from the store and returns
// what is different, and what a pruner and a sampler find different.
func (s *Service) CompareRebuilt(ctx context.Context, name string) (diff string, err error) {
	err = s.look(ctx, name, func(st *study) error {
		if err := s.settle(st); err != nil {
			return err
		}
		rebuilt := &study{name: name}
		row, err := s.Store.Study(ctx, name)
		if err != nil {
			return err
		}
		rebuilt.row = *row
		if err := s.prepare(rebuilt); err != nil {
			return err
		}
		if rebuilt.h, err = s.build(ctx, rebuilt); err != nil {
			return err
		}
		a, b := st.dump(s.now()), rebuilt.dump(s.now())
		for _, key := range slices.Sorted(maps.Keys(a)) {
			if a[key] != b[key] {
				diff += fmt.Sprintf("%s:\n grown   %s\n rebuilt %s\n", key, a[key], b[key])
			}
		}
		for key := range b {
			if _, ok := a[key]; !ok {
				diff += fmt.Sprintf("%s: only rebuilt: %s\n", key, b[key])
			}
		}
		return nil
	})
	return diff, err
}

func bits(vs []float64) string {
	var b strings.Builder
	for _, v := range vs {
		if math.IsNaN(v) {
			b.WriteString("NaN ")
		} else {
			fmt.Fprintf(&b, "%x ", math.Float64bits(v))
		}
	}
	return b.String()
}

func (r *Ranked) dump() string {
	var all []float64
	for i := range r.Len() {
		all = append(all, r.At(i))
	}
	return fmt.Sprint(bits(all), r.NaN())
}

func doc(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// dump writes down everything that a study's memory holds, bit by bit.
func (st *study) dump(now time.Time) map[string]string {
	h := st.h
	row := st.stored()
	out := map[string]string{
		"row": fmt.Sprint(doc(row.Spec), row.ID, row.State, row.Version, row.PrunerVersion, row.NextNumber, row.Handed,
			row.Created, row.FirstAsk, row.Counts, doc(row.Spent)),
		"names": fmt.Sprintf("%q", h.names), "wanted": fmt.Sprintf("%+v", h.wanted), "needs": fmt.Sprintf("%+v", h.needs),
		"numbers": fmt.Sprint(h.numbers), "states": fmt.Sprint(h.states), "values": bits(h.values),
		"violations": bits(h.violations), "last": bits(h.last), "lastStep": fmt.Sprint(h.lastStep),
		"column": fmt.Sprint(h.column), "dists": doc(h.dists), "best": fmt.Sprint(h.best), "place": fmt.Sprint(h.place),
		"expired": fmt.Sprint(h.expired), "counts": fmt.Sprint(h.counts), "spent": bits(h.spent[:]),
		"ended": bits([]float64{h.ended}), "handed": fmt.Sprint(h.handed), "taken": fmt.Sprint(h.taken), "nextEnd": fmt.Sprint(h.nextEnd),
		"ids": fmt.Sprint(h.ids), "open": fmt.Sprint(len(h.open), len(h.byNum)),
	}
	out["rules"] = fmt.Sprintf("%+v", h.rules)
	for i, l := range h.limits {
		out[fmt.Sprintf("limit %d", i)] = fmt.Sprint(l.Metric, l.Op, l.Bound, l.Aggregate, l.Implicit, bits(l.Slack), l.Censored)
	}
	for i, c := range h.columns {
		out[fmt.Sprintf("column %d", i)] = c.Name + doc(c.Dist) + bits(c.Values)
	}
	out["ends"] = fmt.Sprint(h.usualEnd, h.lastSteps.dump())
	for id, f := range h.finals {
		out["finals of "+h.names[id]] = f.dump()
	}
	for id, vs := range h.totals {
		out["totals of "+h.names[id]] = bits(vs)
	}
	for id, kept := range h.kept {
		for at := range kept {
			out[fmt.Sprintf("curve of %s at %d", h.names[id], at)] = fmt.Sprint(kept[at].Steps, bits(kept[at].Values))
		}
	}
	for i, l := range h.lanes {
		out[fmt.Sprintf("lane %d", i)] = fmt.Sprint(l.marks, l.last, l.ended.dump())
		for bracket, rungs := range l.rungs {
			for mark := range rungs {
				out[fmt.Sprintf("lane %d, bracket %d at %v", i, bracket, l.marks[mark])] = rungs[mark].dump() + fmt.Sprint(rungs[mark].all)
			}
		}
	}
	for _, p := range h.peers {
		for at, s := range p.carried {
			out[fmt.Sprintf("form of %s (%v) at %d", h.names[p.metric], p.Peers, at)] = fmt.Sprint(s.Steps, bits(s.Values))
		}
		for step := range p.steps {
			if s := p.at(int64(step)); s != nil {
				out[fmt.Sprintf("peers of %s (%v) at %d", h.names[p.metric], p.Peers, step)] = s.dump()
			}
		}
	}
	for _, t := range h.open {
		t.dump(h, out)
		if t.State == Running {
			kase := &Case{Study: st.h.study, History: h, Trial: t, Now: now}
			verdict, shadow := st.pruner.Judge(kase)
			tree, by := st.pruner.Explain(kase)
			out[fmt.Sprintf("verdict on %d", t.Number)] = fmt.Sprint(verdict, shadow, doc(tree), doc(by))
		}
	}
	sample, err := sample(st.sampler, &SampleRequest{Study: st.h.study, Space: st.space, Number: st.row.NextNumber, View: h.View()})
	values := ""
	for _, name := range slices.Sorted(maps.Keys(sample.Values)) {
		values += name + "=" + bits([]float64{sample.Values[name]})
	}
	out["sample"] = fmt.Sprint(values, sample.By, err)
	return out
}

func (t *Live) dump(h *History, out map[string]string) {
	at := func(what string) string { return fmt.Sprintf("trial %d: %s", t.Number, what) }
	shown := h.show(t)
	shown.LeaseExpires = nil
	out[at("shown")] = doc(shown)
	out[at("stored")] = fmt.Sprint(doc(t.Fixed), t.LeaseSeconds, t.Handed, t.EndedSeq, t.Reports, t.Version, t.Created, bits(shown.Spent[:]), t.taken)
	space := doc(nil)
	if t.State == Running || len(t.Distributions) > 0 { // else the ask brings it
		space = fmt.Sprint(t.space.Names, doc(t.space.Dists))
	}
	values := ""
	for _, name := range slices.Sorted(maps.Keys(t.values)) {
		values += name + "=" + bits([]float64{t.values[name]})
	}
	out[at("values")] = space + values
	for id, tally := range t.tallies {
		if tally.Count > 0 {
			out[at("tally of "+h.names[id])] = fmt.Sprint(tally.Count, bits([]float64{tally.Last, tally.Min, tally.Max, tally.Sum}), bits(tally.sorted))
		}
	}
	for id, c := range t.curves {
		if c != nil {
			out[at("curve of "+h.names[id])] = fmt.Sprint(c.Steps, bits(c.Values), bits([]float64{c.Min, c.Max}))
		}
	}
	for id, s := range t.samples {
		out[at("samples of "+h.names[id])] = fmt.Sprint(s)
	}
	for i, l := range t.lanes {
		out[at(fmt.Sprint("lane ", i))] = fmt.Sprintf("%+v", l)
	}
	out[at("end")] = fmt.Sprint(t.end(h))
	for _, k := range t.keys {
		if len(k.steps.keys)+len(k.seqs.keys) > 0 {
			out[at("keys of "+h.names[k.source])] = fmt.Sprint(k.steps, k.seqs)
		}
	}
	fired := slices.Collect(maps.Keys(t.fired))
	sort.Strings(fired)
	out[at("log")] = doc(t.log) + strings.Join(fired, ",") + doc(t.pruned)
}
