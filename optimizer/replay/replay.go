// Package replay plays recorded trials under other pruners: what would they
// have saved, and what would they have lost. The rules are those of a running
// study, judged in a real history (package trials, Play). It knows package
// trials and nobody else; the table of pruners is handed in.
package replay

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/espalier-hpo/espalier/trials"
)

// Engine implements [trials.Replayer].
type Engine struct {
	Pruners trials.Pruners
	Procs   int // goroutines; 0: as many as there are processors
	// Progress is called, by one goroutine at a time, with how many studies
	// were played, times pruners.
	Progress func(done, total int)
}

var _ trials.Replayer = Engine{}

// Replay implements [trials.Replayer]. The same request on the same recording
// gets the same answer, whatever the number of goroutines. The request's
// defaults are made explicit.
func (e Engine) Replay(ctx context.Context, rec *trials.Recording, req *trials.ReplayRequest) (*trials.ReplayResponse, error) {
	if err := req.Resolve(); err != nil {
		return nil, err
	}
	study, err := req.With(rec.Study, &trials.ReplayPruner{})
	if err != nil {
		return nil, err
	}
	p, err := newPool(rec, study, req.Cost)
	if err != nil {
		return nil, err
	}
	finished := 0
	for i := range p.items {
		if p.items[i].tape.Reported(rec.Metrics, study.Objectives[0].Metric) {
			finished++
		}
	}
	if finished < 2 {
		return nil, trials.Errorf(trials.NotEnoughData, "A replay needs at least 2 trials that ended and have a curve of %s; there are %d.", study.Objectives[0].Metric, finished)
	}
	cands, err := e.candidates(rec, req)
	if err != nil {
		return nil, err
	}
	out := &trials.ReplayResponse{Warnings: doubts(p, req), Pruners: []trials.ReplayResult{}}
	orders := req.Orders
	if rec.Adaptive != "" && !req.IgnoreSampler {
		orders = 1
	}
	if req.Recommend != nil {
		if out.Recommendation, err = e.recommend(ctx, p, req); err != nil {
			return nil, err
		}
	}
	s := e.session(ctx, p, req, orders, nil)
	if err := s.play(ctx, cands); err != nil {
		return nil, err
	}
	s.answer(out, req)
	for i := range cands {
		out.Pruners = append(out.Pruners, s.result(&cands[i]))
	}
	return out, nil
}

// candidate is a pruner that is played.
type candidate struct {
	trials.ReplayPruner
	study *trials.StudySpec
	rows  []row
	rules []ruleRow
	log   []trials.ReplayDecision
}

// candidates checks the pruners of a request.
func (e Engine) candidates(rec *trials.Recording, req *trials.ReplayRequest) ([]candidate, error) {
	var out []candidate
	var bad []trials.FieldError
	for i := range req.Pruners {
		c, err := e.candidate(rec, req, req.Pruners[i])
		if err != nil {
			bad = append(bad, below(fmt.Sprintf("/pruners/%d/pruner", i), err)...)
			continue
		}
		out = append(out, c)
	}
	if len(bad) > 0 {
		return nil, &trials.Error{Code: trials.InvalidRequest, Detail: "The request is not valid.", Fields: bad}
	}
	return out, nil
}

// below moves the faults of a node to its place in the request.
func below(at string, err error) []trials.FieldError {
	e, ok := err.(*trials.Error) //nolint:errorlint // the table returns no other
	if !ok || len(e.Fields) == 0 {
		return []trials.FieldError{{In: "body", Pointer: at, Detail: err.Error()}}
	}
	out := make([]trials.FieldError, len(e.Fields))
	for i, f := range e.Fields {
		f.Pointer = at + f.Pointer
		out[i] = f
	}
	return out
}

func (e Engine) candidate(rec *trials.Recording, req *trials.ReplayRequest, p trials.ReplayPruner) (candidate, error) {
	study, err := req.With(rec.Study, &p)
	if err != nil {
		return candidate{}, err
	}
	_, node, _, err := e.Pruners.New(study, p.Pruner)
	if err != nil {
		return candidate{}, err
	}
	study.Pruner, p.Pruner = node, node
	p.Name = cmp.Or(p.Name, nameOfNode(node))
	return candidate{ReplayPruner: p, study: study}, nil
}

// nameOfNode is the label or the type of a node.
func nameOfNode(node json.RawMessage) string {
	var n struct{ Type, Label string }
	_ = json.Unmarshal(node, &n) // the table has resolved it
	return cmp.Or(n.Label, n.Type)
}

// session is one set of studies, which several pruners play.
type session struct {
	engine    Engine
	pool      *pool
	draws     *draws
	survey    *survey
	bases     []base
	workers   int
	events    []event // of the recorded study, where its times are known
	seed      int64
	tolerance float64
}

// session draws the studies, of the settings given or of all.
func (e Engine) session(ctx context.Context, p *pool, req *trials.ReplayRequest, orders int, from []int32) *session {
	s := &session{engine: e, pool: p, seed: req.Seed, tolerance: *req.Tolerance, workers: max(1, req.Workers)}
	if from == nil {
		from = make([]int32, len(p.clusters))
		for i := range from {
			from[i] = int32(i)
		}
	}
	if orders == 1 {
		s.draws = recordedOrder(p)
		if req.Workers == 0 && timed(p.rec) {
			s.events, s.workers = p.events(), max(1, p.rec.Workers)
		}
	} else {
		s.draws = newDraws(p, from, orders, req.Trials, req.Seed)
	}
	s.survey = newSurvey(p, s.draws, req.Confidence)
	s.bases = make([]base, len(s.draws.studies))
	plain := newPlayer(p, nil, nil)
	for i := range s.bases {
		if ctx.Err() != nil {
			break // play says so
		}
		s.run(plain, i)
		s.bases[i] = plain.measureBase(s.tolerance)
	}
	return s
}

// run plays one study.
func (s *session) run(pl *player, study int) {
	switch items := s.draws.studies[study]; {
	case s.events != nil:
		pl.recorded(items, s.events)
	case s.workers == 1:
		pl.sequence(items)
	default:
		pl.workers(items, s.workers)
	}
}

const (
	chunk     = 8   // studies a goroutine takes at a time
	explained = 100 // studies of which it is known which rule decided
)

// play plays all studies under all candidates.
func (s *session) play(ctx context.Context, cands []candidate) error {
	studies, res := len(s.draws.studies), len(s.pool.resources)
	for i := range cands {
		c := &cands[i]
		c.rows, c.rules = make([]row, studies), make([]ruleRow, min(studies, explained))
		blocks := make([]float64, 3*res*studies)
		for k := range c.rows {
			b := blocks[3*res*k : 3*res*(k+1)]
			c.rows[k].spent, c.rows[k].recorded, c.rows[k].extended = b[:res:res], b[res:2*res:2*res], b[2*res:]
		}
	}
	chunks := (studies + chunk - 1) / chunk
	total := len(cands) * chunks
	procs := s.engine.Procs
	if procs == 0 {
		procs = runtime.GOMAXPROCS(0)
	}
	var next, done atomic.Int64
	var group sync.WaitGroup
	var lock sync.Mutex
	var first error
	for range min(procs, total) {
		group.Go(func() {
			w := worker{session: s, cands: cands}
			for {
				at := int(next.Add(1)) - 1
				if at >= total {
					return
				}
				err := ctx.Err()
				if err == nil {
					err = w.chunk(at/chunks, at%chunks*chunk)
				}
				lock.Lock()
				first = cmp.Or(first, err)
				if s.engine.Progress != nil && first == nil {
					s.engine.Progress(int(done.Add(1))*chunk, total*chunk)
				}
				lock.Unlock()
				if err != nil {
					next.Store(int64(total))
					return
				}
			}
		})
	}
	group.Wait()
	return first
}

// worker is a goroutine with its player.
type worker struct {
	*session
	cands []candidate
	at    int // of the candidate that pl plays
	pl    *player
}

// chunk plays some studies of a candidate. A rule that panics costs the replay,
// not the process.
func (w *worker) chunk(at, from int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &trials.Error{Code: trials.Internal, Err: fmt.Errorf("replaying %s: %v", w.cands[at].Name, r)}
		}
	}()
	c := &w.cands[at]
	if w.pl == nil || w.at != at {
		pruner, _, _, err := w.engine.Pruners.New(c.study, c.study.Pruner)
		if err != nil {
			return err
		}
		w.pl, w.at = newPlayer(w.pool, c.study, pruner), at
	}
	for i := from; i < min(from+chunk, len(w.draws.studies)); i++ {
		w.one(c, i)
	}
	return nil
}

// one plays and measures one study.
func (w *worker) one(c *candidate, i int) {
	pl, r := w.pl, &c.rows[i]
	pl.explain = i < explained
	w.run(pl, i)
	pl.measure(&w.bases[i], w.tolerance, r)
	if pl.explain {
		c.rules[i] = pl.byRule()
	}
	starts, times := []float64(nil), 1
	if w.draws.kind == ofNothing {
		c.log, times = pl.decisions(), manyTimes
		if w.events != nil {
			starts = w.starts()
		}
	}
	for k := range times {
		cut, wrong := pl.byChance(chance(w.seed, i+k), w.workers, starts)
		r.randomCut, r.randomWrong = r.randomCut+cut, r.randomWrong+wrong
	}
}

// manyTimes is how often the cuts of the recorded study are left to chance.
const manyTimes = 200

// starts returns when the trials of the recorded study began.
func (s *session) starts() []float64 {
	out := make([]float64, len(s.pool.items))
	for i := range out {
		out[i] = s.pool.items[i].rec.Start
	}
	return out
}

// ruleRow is what each deciding rule cut and saved in a study.
type ruleRow map[string]*ruleSum

type ruleSum struct {
	trials int
	saved  []float64
}

func (pl *player) byRule() ruleRow {
	out := ruleRow{}
	for place, k := range pl.cut {
		if k < 0 {
			continue
		}
		sum := out[pl.by[place]]
		if sum == nil {
			sum = &ruleSum{saved: make([]float64, len(pl.pool.resources))}
			out[pl.by[place]] = sum
		}
		sum.trials++
		it := &pl.pool.items[pl.items[place]]
		for i := range sum.saved {
			sum.saved[i] += it.full[i] - it.spent[i][k]
		}
	}
	return out
}

// decisions returns the prunes of the study just played.
func (pl *player) decisions() []trials.ReplayDecision {
	var out []trials.ReplayDecision
	sign := pl.pool.sign
	for place, k := range pl.cut {
		if k < 0 {
			continue
		}
		it, bar := &pl.pool.items[pl.items[place]], pl.cutBar[place]
		d := trials.ReplayDecision{
			Trial: it.tape.Number, Step: it.tape.Steps[k], DecidedBy: pl.by[place], Sentence: pl.why[place],
			Value: known(sign * it.final), Incumbent: known(sign * bar),
		}
		if !it.cutShort {
			beat := it.feasible && it.final < bar
			d.BeatIncumbent = &beat
		}
		out = append(out, d)
	}
	return out
}

// finiteOr returns v, or another number in the place of one that is not finite.
func finiteOr(v, other float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return other
	}
	return v
}
