package trials

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// doubts returns what is doubtful of a pruner in the light of what the study's
// trials reported: a metric that none of them did, a limit that each of them
// broke.
func (s *Service) doubts(ctx context.Context, st *study, spec *StudySpec) ([]FieldError, error) {
	if len(st.h.numbers) == 0 {
		return nil, nil
	}
	seen := map[string]*span{}
	q := TrialQuery{States: []State{Complete, Pruned, Fail}, Order: ByNumberDesc, Limit: walkPage}
	found, err := s.Store.Trials(ctx, st.row.ID, q)
	if err != nil {
		return nil, err
	}
	for i := range found {
		for name, sum := range found[i].Metrics {
			v, ok := sum.Value(spec.AggregateOf(name))
			if !ok || math.IsNaN(v) {
				continue
			}
			if seen[name] == nil {
				seen[name] = &span{v}
			}
			seen[name].low = math.Min(seen[name].low, v)
		}
	}
	var out []FieldError
	walkNodes(spec.Pruner, "/pruner", func(at string, n *limited) {
		if n.Metric == "" {
			return
		}
		met := seen[n.Metric]
		if met == nil {
			if !st.knows(n.Metric) {
				out = append(out, FieldError{In: "body", Pointer: at + "/metric", Code: "metric_not_reported", Detail: "no trial has reported it so far"})
			}
			return
		}
		for name, v := range map[string]*float64{"bound": n.Bound, "limit": n.Limit, "slo": n.SLO} {
			if v != nil && n.Op != ">=" && *v < met.low {
				out = append(out, FieldError{
					In: "body", Pointer: at + "/" + name, Code: "limit_below_all",
					Detail: fmt.Sprintf("is below what every one of the last %d trials reached: the least is %.6g", len(found), met.low),
				})
			}
		}
	})
	slices.SortFunc(out, func(a, b FieldError) int { return cmp.Compare(a.Pointer, b.Pointer) })
	return out, nil
}

// stale returns the rules that hold trials to the bound which a constraint had
// before, as those that took it from there do.
func stale(before, now *StudySpec) []FieldError {
	var out []FieldError
	walkNodes(now.Pruner, "/pruner", func(at string, n *limited) {
		for name, v := range map[string]*float64{"bound": n.Bound, "limit": n.Limit, "slo": n.SLO} {
			of := func(c Constraint) bool { return v != nil && c.Metric == n.Metric && c.Bound == *v }
			if slices.ContainsFunc(before.Constraints, of) && !slices.ContainsFunc(now.Constraints, of) {
				out = append(out, FieldError{
					In: "body", Pointer: at + "/" + name, Code: "bound_of_old_constraint",
					Detail: fmt.Sprintf("still holds trials to %.6g, which the study's constraint had before: change the pruner as well", *v),
				})
			}
		}
	})
	return out
}

// span is the least value that trials reached.
type span struct{ low float64 }

// knows says that a trial has reported a metric, a running one included.
func (st *study) knows(metric string) bool {
	_, ok := st.h.ids[metric]
	return ok
}

// limited is a node as far as doubts look at it.
type limited struct {
	Metric string   `json:"metric"`
	Op     string   `json:"op"`
	Bound  *float64 `json:"bound"`
	Limit  *float64 `json:"limit"`
	SLO    *float64 `json:"slo"`
	branches
}

// branches are the nodes below a node of a pruner.
type branches struct {
	Pruners []json.RawMessage `json:"pruners"`
	Pruner  json.RawMessage   `json:"pruner"`
	Then    json.RawMessage   `json:"then"`
}

// below calls each with every node below, and its place.
func (b *branches) below(each func(at string, node json.RawMessage)) {
	for i, child := range b.Pruners {
		each(fmt.Sprintf("/pruners/%d", i), child)
	}
	if len(b.Pruner) > 0 {
		each("/pruner", b.Pruner)
	}
	if len(b.Then) > 0 {
		each("/then", b.Then)
	}
}

// walkNodes calls each with every node of a pruner.
func walkNodes(node json.RawMessage, at string, each func(at string, n *limited)) {
	var n limited
	if json.Unmarshal(node, &n) != nil {
		return
	}
	each(at, &n)
	n.below(func(place string, child json.RawMessage) { walkNodes(child, at+place, each) })
}
