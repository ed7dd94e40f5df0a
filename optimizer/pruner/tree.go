package pruner

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// rule is what a node does: a leaf or an operator.
type rule interface {
	// declare declares the options, whose variables hold the defaults.
	declare(s *options.Set)
	// prepare makes the defaults that depend on the study explicit, and finds
	// what the declaration cannot say.
	prepare(study *trials.StudySpec, f *findings)
}

// leaf is a rule that judges the trial. It is pure.
type leaf interface {
	rule
	needs() []trials.Need
	// judge allocates nothing.
	judge(c *trials.Case) trials.Verdict
	// explain fills in what the verdict, which is set, rests on.
	explain(c *trials.Case, e *trials.Explanation)
}

// operator is a rule that combines verdicts.
type operator interface {
	rule
	nodes() []json.RawMessage // to be replaced by the resolved ones
	verdict(v votes) trials.Verdict
}

// votes counts the verdicts of an operator's enforced children.
type votes struct{ fire, pass, unknown int }

func (v *votes) add(verdict trials.Verdict) {
	switch verdict {
	case trials.Fire:
		v.fire++
	case trials.Pass:
		v.pass++
	default:
		v.unknown++
	}
}

// findings gathers what is wrong with a node and what is only doubtful, by
// pointers into the node.
type findings struct{ faults, warnings options.Faults }

// maxDepth is how deep a tree may be.
const maxDepth = 16

// node is a node of the tree: its rule, and what every node has.
type node struct {
	typ, path string
	label     string
	mode      string
	leaf      leaf     // or
	operator  operator // one of the two
	children  []*node
	shadow    bool // it, or one above it, is in shadow mode
}

func (n *node) declare(s *options.Set, r rule) {
	n.mode = trials.Enforce
	r.declare(s)
	options.Word(s, &n.mode, "mode", "`shadow`: judged and logged, never enforced; to the node above as if it were not there.", trials.Enforce, trials.Shadow)
	s.Text(&n.label, 64, "label", "Its name in decisions; the type by default.")
}

// builder builds a tree and gathers what there is to say of it.
type builder struct {
	study    *trials.StudySpec
	faults   options.Faults
	warnings options.Faults
	leaves   []leaf
}

// place is where a node is in the tree.
type place struct {
	path   string
	depth  int // nodes above it
	shadow bool
}

type built struct {
	node     *node
	resolved json.RawMessage
}

func (b *builder) build(raw json.RawMessage, at place) built {
	if at.depth >= maxDepth {
		b.faults.Add(at.path, "the tree is deeper than %d nodes", maxDepth)
		return built{}
	}
	i, faults := options.Find(raw, "pruner", types())
	if len(faults) > 0 {
		b.faults.Below(at.path, faults)
		return built{}
	}
	r := table[i].new()
	n := &node{typ: table[i].Type, path: at.path}
	set := options.NewSet(n.typ)
	n.declare(set, r)
	if faults := set.Decode(raw); len(faults) > 0 {
		b.faults.Below(at.path, faults)
		return built{}
	}
	n.shadow = at.shadow || n.mode == trials.Shadow
	switch r := r.(type) {
	case leaf:
		n.leaf = r
		b.leaves = append(b.leaves, r)
	case operator:
		n.operator = r
		b.buildChildren(n, at)
	}
	var f findings
	r.prepare(b.study, &f)
	b.faults.Below(at.path, f.faults)
	b.warnings.Below(at.path, f.warnings)
	return built{n, set.Resolved()}
}

func (b *builder) buildChildren(n *node, at place) {
	enforced := false
	nodes := n.operator.nodes()
	for i, raw := range nodes {
		child := b.build(raw, place{
			path: fmt.Sprintf("%s/pruners/%d", at.path, i), depth: at.depth + 1, shadow: n.shadow,
		})
		if child.node == nil {
			enforced = true // nobody knows: the fault comes first
			continue
		}
		nodes[i] = child.resolved
		n.children = append(n.children, child.node)
		enforced = enforced || child.node.mode == trials.Enforce
	}
	if !enforced {
		b.warnings.Add(at.path+"/pruners", "every rule here is in shadow mode, so the verdict of %s is always unknown", n.typ)
	}
}

// needs merges what the leaves need, by metric.
func (b *builder) needs() []trials.Need {
	merged := map[string]trials.Need{}
	for _, l := range b.leaves {
		for _, need := range l.needs() {
			m := merged[need.Metric]
			m.Metric = need.Metric
			m.Quantile = m.Quantile || need.Quantile
			m.Peers = m.Peers || need.Peers
			m.Series = m.Series || need.Series
			merged[need.Metric] = m
		}
	}
	return slices.SortedFunc(maps.Values(merged), func(a, b trials.Need) int { return cmp.Compare(a.Metric, b.Metric) })
}

func types() []string {
	out := make([]string, len(table))
	for i := range table {
		out[i] = table[i].Type
	}
	return out
}

// tree implements [trials.Pruner].
type tree struct {
	root  *node
	needs []trials.Need
}

func (t *tree) Needs() []trials.Need { return t.needs }

func (t *tree) Judge(c *trials.Case) (verdict trials.Verdict, shadow bool) {
	verdict, shadow = t.root.judge(c)
	if t.root.mode == trials.Shadow {
		return trials.Unknown, shadow
	}
	return verdict, shadow
}

// judge returns the verdict of a node, whatever its mode, and whether a shadow
// node fires, itself included.
func (n *node) judge(c *trials.Case) (verdict trials.Verdict, shadow bool) {
	if n.leaf != nil {
		verdict = n.leaf.judge(c)
		return verdict, n.mode == trials.Shadow && verdict == trials.Fire
	}
	var v votes
	for _, child := range n.children {
		said, s := child.judge(c)
		shadow = shadow || s
		if child.mode == trials.Enforce {
			v.add(said)
		}
	}
	verdict = n.combine(v)
	return verdict, shadow || n.mode == trials.Shadow && verdict == trials.Fire
}

func (n *node) combine(v votes) trials.Verdict {
	if v == (votes{}) {
		return trials.Unknown
	}
	return n.operator.verdict(v)
}

func (t *tree) Explain(c *trials.Case) (trials.Explanation, *trials.Explanation) {
	out := t.root.explain(c)
	if t.root.mode == trials.Enforce && out.Verdict == trials.Fire {
		return out, t.root.decidedBy(&out)
	}
	return out, t.root.firstShadow(&out)
}

func (n *node) explain(c *trials.Case) trials.Explanation {
	e := trials.Explanation{Type: n.typ, Label: n.label, Path: n.path}
	if n.shadow {
		e.Mode = trials.Shadow
	}
	if n.leaf != nil {
		e.Verdict = n.leaf.judge(c)
		n.leaf.explain(c, &e)
		return e
	}
	var v votes
	for _, child := range n.children {
		said := child.explain(c)
		e.Children = append(e.Children, said)
		if child.mode == trials.Enforce {
			v.add(said.Verdict)
		}
	}
	e.Verdict = n.combine(v)
	if i := n.deciding(&e); i >= 0 {
		e.Sentence, e.Counterfactual = e.Children[i].Sentence, e.Children[i].Counterfactual
	} else {
		e.Sentence = "Every rule below is in shadow mode."
	}
	return e
}

// deciding returns the place of the child that decides: the first enforced one
// with the operator's own verdict, -1 if there is none.
func (n *node) deciding(e *trials.Explanation) int {
	for i, child := range n.children {
		if child.mode == trials.Enforce && e.Children[i].Verdict == e.Verdict {
			return i
		}
	}
	return -1
}

// decidedBy returns the first leaf that made a node fire.
func (n *node) decidedBy(e *trials.Explanation) *trials.Explanation {
	for n.leaf == nil {
		i := n.deciding(e)
		if i < 0 {
			return e
		}
		n, e = n.children[i], &e.Children[i]
	}
	return e
}

// firstShadow returns the leaf that made the first node in shadow mode fire,
// nil if none fires.
func (n *node) firstShadow(e *trials.Explanation) *trials.Explanation {
	if n.mode == trials.Shadow && e.Verdict == trials.Fire {
		return n.decidedBy(e)
	}
	for i, child := range n.children {
		if found := child.firstShadow(&e.Children[i]); found != nil {
			return found
		}
	}
	return nil
}
