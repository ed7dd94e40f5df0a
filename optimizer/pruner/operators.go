package pruner

import (
	"encoding/json"
	"fmt"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// maxChildren is how many rules one operator may have.
const maxChildren = 32

// several is what the operators over a list of rules have in common.
type several struct{ pruners []json.RawMessage }

func (b *several) declare(s *options.Set) {
	s.Nodes(&b.pruners, maxChildren, "pruners", "The rules it combines, judged in their order as far as needed; those in shadow mode do not count.").Required()
}

func (b *several) prepare(*trials.StudySpec, *findings) {}

func (b *several) below() []slot {
	out := make([]slot, len(b.pruners))
	for i := range b.pruners {
		out[i] = slot{fmt.Sprintf("/pruners/%d", i), &b.pruners[i]}
	}
	return out
}

// anyOf is Kleene's or.
type anyOf struct{ several }

func newAny() rule { return &anyOf{} }

func (*anyOf) settled(v votes) bool { return v.fire > 0 }

func (*anyOf) verdict(v votes) trials.Verdict {
	switch {
	case v.fire > 0:
		return trials.Fire
	case v.unknown > 0:
		return trials.Unknown
	default:
		return trials.Pass
	}
}

// allOf is Kleene's and.
type allOf struct{ several }

func newAll() rule { return &allOf{} }

func (*allOf) settled(v votes) bool { return v.pass > 0 }

func (*allOf) verdict(v votes) trials.Verdict {
	switch {
	case v.pass > 0:
		return trials.Pass
	case v.unknown > 0:
		return trials.Unknown
	default:
		return trials.Fire
	}
}

// kOfN fires if k of the rules do; it passes once they cannot.
type kOfN struct {
	several
	k int64
}

func newKOfN() rule { return &kOfN{} }

func (o *kOfN) declare(s *options.Set) {
	s.Int(&o.k, "k", "How many rules must fire.").AtLeast(1).AtMost(maxChildren).Required()
	o.several.declare(s)
}

func (o *kOfN) prepare(_ *trials.StudySpec, f *findings) {
	if int(o.k) > len(o.pruners) {
		f.faults.Add("/k", "must be at most the number of rules, %d", len(o.pruners))
	}
}

func (o *kOfN) settled(v votes) bool { return v.fire >= int(o.k) }

func (o *kOfN) verdict(v votes) trials.Verdict {
	switch k := int(o.k); {
	case v.fire >= k:
		return trials.Fire
	case v.fire+v.unknown >= k:
		return trials.Unknown
	default:
		return trials.Pass
	}
}

// sequence is the verdict of the first rule that has one.
type sequence struct{ several }

func newSequence() rule { return &sequence{} }

func (*sequence) settled(v votes) bool { return v.first != trials.Unknown }

func (*sequence) verdict(v votes) trials.Verdict { return v.first }

// one is what the operators over one rule have in common.
type one struct {
	name   string
	pruner json.RawMessage
}

func (o *one) below() []slot {
	if len(o.pruner) == 0 {
		return nil
	}
	return []slot{{"/" + o.name, &o.pruner}}
}

func (*one) verdict(v votes) trials.Verdict { return v.first }

// not turns a verdict round.
type not struct{ one }

func newNot() rule { return &not{one{name: "pruner"}} }

func (o *not) declare(s *options.Set) {
	s.Node(&o.pruner, "pruner", "The rule whose verdict is turned round.").Required()
}

func (o *not) prepare(_ *trials.StudySpec, f *findings) {
	f.warnings.Add("", "fires wherever the rule below passes: enforce it only together with another")
}

func (*not) verdict(v votes) trials.Verdict {
	switch v.first {
	case trials.Fire:
		return trials.Pass
	case trials.Pass:
		return trials.Fire
	default:
		return trials.Unknown
	}
}

// gate lets a rule decide while a condition holds; else it passes.
type gate struct {
	one
	metric    string
	op        string
	bound     float64
	aggregate trials.Aggregate
}

func newGate() rule { return &gate{one: one{name: "then"}, op: "<="} }

func (g *gate) declare(s *options.Set) {
	s.Metric(&g.metric, "metric", "Of the condition; the first objective's by default.")
	options.Word(s, &g.op, "op", "On which side of the bound the condition holds; the bound is included.", "<=", ">=")
	s.Number(&g.bound, "bound", "In the metric's own unit.").Required()
	options.Word(s, &g.aggregate, "aggregate", "How the values so far become one; the metric's own by default.",
		trials.Last, trials.Min, trials.Max, trials.Mean, trials.Sum, trials.P95)
	s.Node(&g.pruner, "then", "The rule that decides while the condition holds.").Required()
}

func (g *gate) prepare(study *trials.StudySpec, _ *findings) {
	defaultMetric(study, &g.metric)
	if g.aggregate == "" {
		g.aggregate = study.AggregateOf(g.metric)
	}
}

func (g *gate) needs() []trials.Need {
	return []trials.Need{{Metric: g.metric, Quantile: g.aggregate == trials.P95}}
}

func (g *gate) guard(c *trials.Case) trials.Verdict {
	v, ok := c.Aggregate(g.metric, g.aggregate)
	switch {
	case !ok || v != v: //nolint:gocritic // NaN
		return trials.Unknown
	case g.op == "<=" && v <= g.bound, g.op == ">=" && v >= g.bound:
		return trials.Fire
	default:
		return trials.Pass
	}
}

func (g *gate) explain(c *trials.Case, e *trials.Explanation) {
	e.Metric = g.metric
	v, ok := c.Aggregate(g.metric, g.aggregate)
	if !ok {
		e.Sentence = notReported(g.metric)
		return
	}
	e.Observed = map[string]trials.Float{string(g.aggregate): trials.Float(v)}
	u := unitOf(c.Study, g.metric)
	value, bound := u.pair(v, g.bound)
	e.Sentence = fmt.Sprintf("%s is %s; the rule is asked while it is %s %s.", upperFirst(noun(g.metric)), value, g.op, bound)
}

// tally says what the rules below an operator said, where none of them decides.
func (n *node) tally(v votes) string {
	return fmt.Sprintf("Of the rules below %d fire, %d pass and %d are unknown.", v.fire, v.pass, v.unknown)
}
