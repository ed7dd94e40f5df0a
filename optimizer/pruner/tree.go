package pruner

import (
	"cmp"
	"encoding/json"
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
	// judge allocates nothing while it does not fire.
	judge(c *trials.Case) trials.Verdict
	// explain fills in what the verdict, which is set, rests on.
	explain(c *trials.Case, e *trials.Explanation)
}

// decides is a leaf whose explain sets the verdict as well: to judge costs it as
// much again.
type decides interface{ explainDecides() }

// laned is a leaf that reads lanes, each of which it makes once.
type laned interface{ lanes() []*trials.Lane }

// timely is a leaf that reads the clock, and may fire between two reports.
type timely interface{ timely() bool }

// warmed is a leaf that passes over what was sampled in the warm-up.
type warmed interface{ warm(seconds float64) }

// classed is a leaf whose class depends on its options.
type classed interface{ class() trials.Class }

// screener is a leaf that judges params before they are tried.
type screener interface {
	// screen returns nil where there is nothing to say.
	screen(q *trials.Screening) *trials.Refusal
}

// bounded is a leaf that holds trials to limits.
type bounded interface{ limits() []trials.RuleLimit }

// operator is a rule that combines the verdicts of the nodes below it.
type operator interface {
	rule
	below() []slot
	verdict(v votes) trials.Verdict
}

// guarded is an operator that judges as well: the nodes below are asked only
// if its own verdict, guard, is to fire, which is its verdict without any.
type guarded interface {
	operator
	needs() []trials.Need
	guard(c *trials.Case) trials.Verdict
	explain(c *trials.Case, e *trials.Explanation)
}

// slot is where an operator has a node; it is replaced by the resolved one.
type slot struct {
	path string // below the operator's
	raw  *json.RawMessage
}

// votes counts the verdicts of an operator's enforced children, and keeps the
// first that is not unknown.
type votes struct {
	fire, pass, unknown int
	first               trials.Verdict
}

func (v *votes) add(verdict trials.Verdict) {
	switch verdict {
	case trials.Fire:
		v.fire++
	case trials.Pass:
		v.pass++
	default:
		v.unknown++
	}
	if v.first == trials.Unknown {
		v.first = verdict
	}
}

// hasty is an operator whose verdict may be known before all children spoke.
type hasty interface{ settled(v votes) bool }

// findings gathers what is wrong with a node and what is only doubtful, by
// pointers into the node.
type findings struct{ faults, warnings options.Faults }

// warnT warns that a rule waits for the last step of a trial.
func (f *findings) warnT(study *trials.StudySpec) {
	if study.MaxSteps == 0 {
		f.warnings.Add("", "is unknown until five COMPLETE trials agree on the last step of a trial: say max_steps")
		f.warnings[len(f.warnings)-1].Code = "max_steps_unknown"
	}
}

// maxJudged is how often one rule may be judged for one report.
const maxJudged = 256

// maxDepth is how deep a tree may be.
const maxDepth = 16

// node is a node of the tree: its rule, and what every node has.
type node struct {
	typ, path string
	label     string
	mode      string
	when      timing
	class     trials.Class
	leaf      leaf     // or
	operator  operator // one of the two
	guarded   guarded  // the operator, if it is
	hasty     hasty    // likewise
	inverts   bool     // a child that is not asked yet is unknown to it, not a pass
	children  []*node
	shadow    bool   // it, or one above it, is in shadow mode
	shadows   bool   // it, or one below it, is in shadow mode itself
	curve     string // the metric whose steps the timing counts
	sampled   bool   // it reads no curve, and needs no step
}

func (n *node) declare(s *options.Set, r rule) {
	n.mode = trials.Enforce
	r.declare(s)
	if _, idle := r.(nop); !idle {
		n.when.declare(s)
	}
	options.Word(s, &n.mode, "mode", "`shadow`: judged and logged, never enforced; to the node above as if it were not there.", trials.Enforce, trials.Shadow)
	s.Text(&n.label, 64, "label", "Its name in decisions; the type by default.")
}

// builder builds a tree and gathers what there is to say of it.
type builder struct {
	study    *trials.StudySpec
	faults   options.Faults
	warnings options.Faults
	wants    []trials.Need
	lanes    []*trials.Lane
	screens  []screen
	limits   []trials.RuleLimit
	timely   bool
}

// screen is a rule that screens, and where it is.
type screen struct {
	rule screener
	node *node
}

// place is where a node is in the tree.
type place struct {
	path   string
	depth  int   // nodes above it
	looks  int64 // how often the nodes above may judge it for one report
	shadow bool
	held   bool // only together with others does it prune
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
	n := &node{typ: table[i].Type, path: at.path, class: table[i].class, curve: b.study.Objectives[0].Metric}
	n.when = newTiming(&table[i])
	set := options.NewSet(n.typ)
	n.declare(set, r)
	if faults := set.Decode(raw); len(faults) > 0 {
		b.faults.Below(at.path, faults)
		return built{}
	}
	if p, ok := r.(*preset); ok {
		return b.build(p.expand(b.study, n), at)
	}
	n.shadow = at.shadow || n.mode == trials.Shadow
	n.shadows = n.mode == trials.Shadow
	var f findings
	r.prepare(b.study, &f)
	n.when.prepare(b.study, &f)
	if at.looks*n.when.looks() > maxJudged {
		f.faults.Add("/confirm", "confirm and cooldown_steps multiply down the tree: a report would be judged more than %d times", maxJudged)
	}
	if w, ok := r.(warmed); ok {
		w.warm(n.when.seconds)
	}
	b.faults.Below(at.path, f.faults)
	b.warnings.Below(at.path, f.warnings)
	if k, ok := r.(classed); ok {
		n.class = k.class()
	}
	switch r := r.(type) {
	case leaf:
		n.leaf = r
		b.take(n, r)
		b.bound(n, at)
	case operator:
		n.operator = r
		n.hasty, _ = r.(hasty)
		_, n.inverts = r.(*not)
		if g, ok := r.(guarded); ok {
			n.guarded = g
			b.wants = append(b.wants, g.needs()...)
			n.counts(g.needs())
		}
		b.buildChildren(n, at)
	}
	return built{n, set.Resolved()}
}

// take gathers what a leaf reads.
func (b *builder) take(n *node, r leaf) {
	needs := r.needs()
	b.wants = append(b.wants, needs...)
	n.counts(needs)
	if l, ok := r.(laned); ok {
		for _, lane := range l.lanes() {
			lane.ID = len(b.lanes)
			b.lanes = append(b.lanes, lane)
		}
	}
	if t, ok := r.(timely); ok && t.timely() {
		b.timely = true
	} else {
		n.class |= trials.Timeless
	}
	if s, ok := r.(screener); ok && !n.shadow {
		b.screens = append(b.screens, screen{rule: s, node: n})
	}
}

// bound gathers the limits of a rule that prunes by itself.
func (b *builder) bound(n *node, at place) {
	r, ok := n.leaf.(bounded)
	if !ok || n.shadow || at.held || len(b.faults) > 0 {
		return
	}
	for _, l := range r.limits() {
		l.Rule, l.Path = cmp.Or(n.label, n.typ), n.path
		b.limits = append(b.limits, l)
	}
}

// counts sets the metric whose steps the timing counts: the first that the rule
// reads as a curve.
func (n *node) counts(needs []trials.Need) {
	for _, need := range needs {
		if need.Series {
			n.curve = need.Metric
			return
		}
	}
	n.sampled = true
}

func (b *builder) buildChildren(n *node, at place) {
	enforced := false
	_, whole := n.operator.(*anyOf)
	slots := n.operator.below()
	for _, s := range slots {
		child := b.build(*s.raw, place{path: at.path + s.path, depth: at.depth + 1, looks: at.looks * n.when.looks(), shadow: n.shadow, held: at.held || !whole})
		if child.node == nil {
			enforced = true // nobody knows: the fault comes first
			continue
		}
		*s.raw = child.resolved
		n.children = append(n.children, child.node)
		enforced = enforced || child.node.mode == trials.Enforce
		n.shadows = n.shadows || child.node.shadows
	}
	if !enforced && len(slots) > 0 {
		b.warnings.Add(at.path+"/pruners", "every rule here is in shadow mode, so the verdict of %s is always unknown", n.typ)
	}
}

// needs merges what the rules need, by metric.
func (b *builder) needs() []trials.Need {
	merged := map[string]trials.Need{}
	for _, need := range b.wants {
		merged[need.Metric] = merged[need.Metric].And(need)
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
	root    *node
	needs   []trials.Need
	lanes   []*trials.Lane
	screens []screen
	limits  []trials.RuleLimit
	timely  bool
}

func (t *tree) Needs() []trials.Need  { return t.needs }
func (t *tree) Lanes() []*trials.Lane { return t.lanes }
func (t *tree) Timely() bool          { return t.timely }

func (t *tree) Limits() []trials.RuleLimit { return t.limits }

func (t *tree) Judge(c *trials.Case) (verdict trials.Verdict, shadow bool) {
	verdict, shadow = t.root.judge(c)
	if t.root.mode == trials.Shadow {
		return trials.Unknown, shadow
	}
	return verdict, shadow
}

func (t *tree) Screen(q *trials.Screening) *trials.Refusal {
	var worst *trials.Refusal
	for i := range t.screens {
		s := &t.screens[i]
		no := s.rule.screen(q)
		if no == nil || worst != nil && (worst.Refuse && !no.Refuse || worst.Refuse == no.Refuse && worst.Probability >= no.Probability) {
			continue
		}
		worst = no
		if no.Why != nil {
			no.Why.Type, no.Why.Label, no.Why.Path, no.Why.Verdict = s.node.typ, s.node.label, s.node.path, trials.Fire
		}
	}
	return worst
}

// judge returns the verdict of a node, whatever its mode, and whether a shadow
// node fires, itself included.
func (n *node) judge(c *trials.Case) (verdict trials.Verdict, shadow bool) {
	if n.when.waits(c, n.curve) {
		return trials.Pass, false
	}
	verdict, shadow = n.now(c)
	if verdict == trials.Fire && n.when.holdsBack(c, n) {
		verdict = trials.Pass
	}
	return verdict, shadow || n.mode == trials.Shadow && verdict == trials.Fire
}

// now returns what the rule itself says, and whether a shadow node below fires.
func (n *node) now(c *trials.Case) (verdict trials.Verdict, shadow bool) {
	if n.leaf != nil {
		if n.class&c.Without != 0 {
			return trials.Unknown, false
		}
		return n.leaf.judge(c), false
	}
	if n.guarded != nil {
		if n.class&c.Without != 0 {
			return trials.Unknown, false
		}
		if verdict = n.guarded.guard(c); verdict != trials.Fire || len(n.children) == 0 {
			return verdict, false
		}
	}
	var v votes
	for i, child := range n.children {
		if n.inverts && child.when.waits(c, child.curve) {
			v.add(trials.Unknown)
			continue
		}
		said, s := child.judge(c)
		shadow = shadow || s
		if child.mode != trials.Enforce {
			continue
		}
		v.add(said)
		if n.hasty != nil && n.hasty.settled(v) && !n.shadowsAfter(i) {
			break
		}
	}
	return n.combine(v), shadow
}

// shadowsAfter says that a child after the i-th has a node in shadow mode, which
// must be judged also where it no longer counts.
func (n *node) shadowsAfter(i int) bool {
	if !n.shadows {
		return false
	}
	for _, child := range n.children[i+1:] {
		if child.shadows {
			return true
		}
	}
	return false
}

func (n *node) combine(v votes) trials.Verdict {
	if v == (votes{}) {
		return trials.Unknown
	}
	return n.operator.verdict(v)
}

func (t *tree) Explain(c *trials.Case) (trials.Explanation, *trials.Explanation) {
	var out trials.Explanation
	t.root.explain(c, &out)
	if t.root.mode == trials.Enforce && out.Verdict == trials.Fire {
		return out, t.root.decidedBy(&out)
	}
	return out, t.root.firstShadow(&out)
}

func (n *node) explain(c *trials.Case, e *trials.Explanation) {
	e.Type, e.Label, e.Path = n.typ, n.label, n.path
	if n.shadow {
		e.Mode = trials.Shadow
	}
	if n.when.waits(c, n.curve) {
		e.Verdict, e.Sentence = trials.Pass, n.when.why(c, n.curve)
		return
	}
	n.explainNow(c, e)
	if e.Verdict == trials.Fire && n.when.holdsBack(c, n) {
		e.Verdict, e.Counterfactual = trials.Pass, ""
		e.Sentence += n.when.butHeldBack()
	}
}

func (n *node) explainNow(c *trials.Case, e *trials.Explanation) {
	switch {
	case n.leaf != nil && n.class&c.Without != 0:
		e.Sentence = "It is not asked now."
		return
	case n.leaf != nil:
		e.Class = n.class
		if _, ok := n.leaf.(decides); !ok {
			e.Verdict = n.leaf.judge(c)
		}
		n.leaf.explain(c, e)
		return
	case n.guarded != nil:
		e.Verdict, e.Class = n.guarded.guard(c), n.class
		n.guarded.explain(c, e)
		if e.Verdict != trials.Fire || len(n.children) == 0 {
			return
		}
	}
	var v votes
	e.Children = make([]trials.Explanation, len(n.children))
	for i, child := range n.children {
		child.explain(c, &e.Children[i])
		if n.inverts && child.when.waits(c, child.curve) {
			e.Children[i].Verdict = trials.Unknown
		}
		if child.mode == trials.Enforce {
			v.add(e.Children[i].Verdict)
		}
	}
	e.Verdict = n.combine(v)
	i := n.deciding(e)
	switch {
	case i >= 0:
		e.Sentence, e.Counterfactual = e.Children[i].Sentence, e.Children[i].Counterfactual
	case v == votes{}:
		e.Sentence = "Every rule below is in shadow mode."
	default:
		e.Sentence = n.tally(v)
	}
}

// deciding returns the place of the child that decides: the first enforced one
// with the operator's own verdict, -1 if there is none.
func (n *node) deciding(e *trials.Explanation) int {
	for i, child := range n.children {
		if i < len(e.Children) && child.mode == trials.Enforce && e.Children[i].Verdict == e.Verdict {
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
		if i == len(e.Children) {
			break
		}
		if found := child.firstShadow(&e.Children[i]); found != nil {
			return found
		}
	}
	return nil
}
