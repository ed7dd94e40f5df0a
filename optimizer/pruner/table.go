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
	new func() rule // with the defaults in place
}

// The kinds of rules.
const (
	quality  = "quality"
	resource = "resource"
	combines = "operator"
)

// table lists every type of node. The first one is the default.
var table = []entry{
	{options.Entry{
		Type: "nop", Kind: combines,
		Summary: "Never fires.",
		Example: `{"type":"nop"}`,
	}, newNop},
	{options.Entry{
		Type: "threshold", Kind: quality,
		Summary: "Fires when the latest value is outside [lower, upper], or is NaN.",
		Source:  "Optuna, optuna.pruners.ThresholdPruner.",
		Example: `{"type":"threshold","metric":"train_loss","upper":100}`,
	}, newThreshold},
	{options.Entry{
		Type: "percentile", Kind: quality,
		Summary: "Fires when the best value so far is worse than a percentile of the COMPLETE trials at the same step. Decides exactly as Optuna does.",
		Source:  "Optuna, optuna.pruners.PercentilePruner.",
		Example: `{"type":"percentile","percentile":25,"warmup_steps":5}`,
	}, newPercentile},
	{options.Entry{
		Type: "median", Kind: quality,
		Summary: "percentile with percentile 50: fires when the best value so far is worse than the median of the COMPLETE trials at the same step.",
		Source:  "Optuna, optuna.pruners.MedianPruner; after Golovin et al., Google Vizier, KDD 2017, section 3.2.",
		Example: `{"type":"median","warmup_steps":5}`,
	}, newMedian},
	{options.Entry{
		Type: "limit", Kind: resource,
		Summary: "A hard limit: fires when a metric's aggregate so far is beyond a bound. NaN is unknown.",
		Example: `{"type":"limit","metric":"system/cpu_seconds","bound":600}`,
	}, newLimit},
	{options.Entry{
		Type: "any", Kind: combines,
		Summary: "Fires if one rule fires; otherwise is unknown if one is unknown, and passes if all pass.",
		Source:  "Kleene's three-valued or.",
		Example: `{"type":"any","pruners":[{"type":"median"},{"type":"limit","metric":"system/rss_bytes","bound":2e9}]}`,
	}, newAny},
	{options.Entry{
		Type: "all", Kind: combines,
		Summary: "Fires if all rules fire; otherwise passes if one passes, and is unknown if none does.",
		Source:  "Kleene's three-valued and.",
		Example: `{"type":"all","pruners":[{"type":"median"},{"type":"limit","metric":"system/wall_seconds","bound":60}]}`,
	}, newAll},
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
	return &tree{root: root.node, needs: b.needs()}, root.resolved, b.warnings, nil
}

// Catalogue implements [trials.Pruners].
func (Table) Catalogue() []trials.CatalogueEntry {
	out := make([]trials.CatalogueEntry, len(table))
	for i := range table {
		var n node
		set := options.NewSet(table[i].Type)
		n.declare(set, table[i].new())
		out[i] = table[i].Catalogue(set)
	}
	return out
}
