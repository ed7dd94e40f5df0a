// Package pruner holds the rules that stop a trial early, one file a rule and
// one line a rule in the table. A pruner is a tree of them: its leaves judge a
// running trial, its operators combine their verdicts. It knows packages trials
// and optimizer/options.
package pruner

import (
	"encoding/json"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// entry is a line of the table.
type entry struct {
	options.Entry
	new   func() rule  // with the defaults in place
	class trials.Class // of its verdicts
	// The defaults of its timing: with warms it passes the first tenth of a
	// trial, and at least 3 steps; interval is interval_steps, 1 if 0.
	warms    bool
	interval int64
}

// The kinds of rules.
const (
	quality  = "quality"
	resource = "resource"
	combines = "operator"
)

// table lists every type of node. The first one is the default.
var table = []entry{
	{Entry: options.Entry{
		Type: "nop", Kind: combines,
		Summary: "Never fires.",
		Example: `{"type":"nop"}`,
	}, new: newNop},
	{Entry: options.Entry{
		Type: "threshold", Kind: quality,
		Summary: "Fires when the latest value is outside [lower, upper], or is NaN.",
		Source:  "Optuna, optuna.pruners.ThresholdPruner.",
		Example: `{"type":"threshold","metric":"train_loss","upper":100}`,
	}, new: newThreshold},
	{Entry: options.Entry{
		Type: "percentile", Kind: quality,
		Summary: "Fires when the best value so far is worse than a percentile of the COMPLETE trials at the same step. Decides exactly as Optuna does.",
		Source:  "Optuna, optuna.pruners.PercentilePruner.",
		Example: `{"type":"percentile","percentile":25,"warmup_steps":5}`,
	}, new: newPercentile, class: trials.Quality},
	{Entry: options.Entry{
		Type: "median", Kind: quality,
		Summary: "percentile with percentile 50: fires when the best value so far is worse than the median of the COMPLETE trials at the same step.",
		Source:  "Optuna, optuna.pruners.MedianPruner; after Golovin et al., Google Vizier, KDD 2017, section 3.2.",
		Example: `{"type":"median","warmup_steps":5}`,
	}, new: newMedian, class: trials.Quality},
	{Entry: options.Entry{
		Type: "limit", Kind: resource,
		Summary: "A hard limit: fires when a metric's aggregate so far is beyond a bound. NaN is unknown.",
		Example: `{"type":"limit","metric":"system/cpu_seconds","bound":600}`,
	}, new: newLimit},
	{Entry: options.Entry{
		Type: "any", Kind: combines,
		Summary: "Fires if one rule fires; otherwise is unknown if one is unknown, and passes if all pass.",
		Source:  "Kleene's three-valued or.",
		Example: `{"type":"any","pruners":[{"type":"median"},{"type":"limit","metric":"system/rss_bytes","bound":2e9}]}`,
	}, new: newAny},
	{Entry: options.Entry{
		Type: "all", Kind: combines,
		Summary: "Fires if all rules fire; otherwise passes if one passes, and is unknown if none does.",
		Source:  "Kleene's three-valued and.",
		Example: `{"type":"all","pruners":[{"type":"median"},{"type":"limit","metric":"system/wall_seconds","bound":60}]}`,
	}, new: newAll},
	{Entry: options.Entry{
		Type: "k_of_n", Kind: combines,
		Summary: "Fires if k of the rules fire; passes once they no longer can.",
		Example: `{"type":"k_of_n","k":1,"pruners":[{"type":"median"},{"type":"limit","metric":"system/wall_seconds","bound":60}]}`,
	}, new: newKOfN},
	{Entry: options.Entry{
		Type: "not", Kind: combines,
		Summary: "Fires where the rule below passes, and the other way round. Of use inside `all`.",
		Source:  "Kleene's three-valued not.",
		Example: `{"type":"not","pruner":{"type":"median"}}`,
	}, new: newNot},
	{Entry: options.Entry{
		Type: "gate", Kind: combines,
		Summary: "Lets a rule decide while a condition on a metric holds; else it passes.",
		Example: `{"type":"gate","metric":"epoch_seconds","op":">=","bound":10,"then":{"type":"median"}}`,
	}, new: newGate},
	{Entry: options.Entry{
		Type: "sequence", Kind: combines,
		Summary: "The verdict of the first rule that is not unknown: the best one that has enough data decides.",
		Example: `{"type":"sequence","pruners":[{"type":"median","startup_trials":20},{"type":"threshold","upper":10}]}`,
	}, new: newSequence},
	{Entry: options.Entry{
		Type: "preset", Kind: combines,
		Summary: "A ready tree: quality rules by name, and the resource rules that the study's constraints call for. It is replaced by what it stands for when the study is made.",
		Example: `{"type":"preset","preset":"safe"}`,
	}, new: newPreset},
}

// Table is the table of pruners. The zero value is ready for use.
type Table struct{}

var _ trials.Pruners = Table{}

// New implements [trials.Pruners]. Without a node it is the first in the table.
func (Table) New(study *trials.StudySpec, raw json.RawMessage) (trials.Pruner, json.RawMessage, []trials.FieldError, error) {
	if options.Absent(raw) {
		raw = json.RawMessage(table[0].Example)
	}
	b := builder{study: study}
	root := b.build(raw, place{})
	if err := b.faults.Err(); err != nil {
		return nil, nil, nil, err
	}
	t := &tree{root: root.node, needs: b.needs(), lanes: b.lanes, screens: b.screens, timely: b.timely}
	return t, root.resolved, b.warnings, nil
}

// Catalogue implements [trials.Pruners].
func (Table) Catalogue() []trials.CatalogueEntry {
	out := make([]trials.CatalogueEntry, len(table))
	for i := range table {
		var n node
		set := options.NewSet(table[i].Type)
		n.when = newTiming(&table[i])
		n.declare(set, table[i].new())
		out[i] = table[i].Catalogue(set)
	}
	return out
}
