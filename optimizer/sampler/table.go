// Package sampler holds the samplers, one file a sampler and one line a sampler
// in the table. It knows packages trials and optimizer/options, and goptuna
// behind the wall of goptuna.go.
package sampler

import (
	"encoding/json"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/trials"
)

// entry is a line of the table.
type entry struct {
	options.Entry
	new func() algorithm // with the defaults in place
}

// algorithm is a sampler with its options.
type algorithm interface {
	trials.Sampler
	// Declare declares the options, whose variables hold the defaults.
	Declare(s *options.Set)
	// Prepare refuses what can never work with the study.
	Prepare(study *trials.StudySpec, space *trials.Space, faults *options.Faults)
}

// table lists the samplers. The first one is the default.
var table = []entry{
	{options.Entry{
		Type:    "random",
		Summary: "Draws every parameter uniformly, on its log scale where it has one, whatever happened before.",
		Source:  "Bergstra and Bengio, Random Search for Hyper-Parameter Optimization, JMLR 13, 2012.",
		Example: `{"type":"random"}`,
	}, newRandom},
	{options.Entry{
		Type:    "goptuna.random",
		Summary: "goptuna's random sampler: draws every parameter uniformly, on its log scale where it has one.",
		Source:  "github.com/c-bata/goptuna v0.9.0, RandomSampler.",
		Example: `{"type":"goptuna.random"}`,
	}, newGoptunaRandom},
	{options.Entry{
		Type: "goptuna.tpe",
		Summary: "goptuna's TPE, each parameter by itself, for one objective. The same requests do not give the same suggestions: " +
			"goptuna draws from the global source of chance. It ignores constraints and running trials. A PRUNED trial counts as worse " +
			"than every COMPLETE one, the longer it ran the better. Known defects of goptuna remain: it seldom tells its candidates apart.",
		Source:  "github.com/c-bata/goptuna v0.9.0, tpe.Sampler; after Bergstra et al., Algorithms for Hyper-Parameter Optimization, NIPS 2011, section 4.",
		Example: `{"type":"goptuna.tpe","startup_trials":10}`,
	}, newGoptunaTPE},
}

// Table is the table of samplers. The zero value is ready for use.
type Table struct{}

var _ trials.Samplers = Table{}

// New implements [trials.Samplers]. Without a node it is the first in the table.
func (Table) New(study *trials.StudySpec, space *trials.Space, node json.RawMessage) (trials.Sampler, json.RawMessage, error) {
	if options.Absent(node) {
		node = json.RawMessage(table[0].Example)
	}
	types := make([]string, len(table))
	for i := range table {
		types[i] = table[i].Type
	}
	i, faults := options.Find(node, "sampler", types)
	if err := faults.Err(); err != nil {
		return nil, nil, err
	}
	a, set := table[i].new(), options.NewSet(table[i].Type)
	a.Declare(set)
	if faults = set.Decode(node); len(faults) == 0 {
		a.Prepare(study, space, &faults)
	}
	if err := faults.Err(); err != nil {
		return nil, nil, err
	}
	return a, set.Resolved(), nil
}

// Catalogue implements [trials.Samplers].
func (Table) Catalogue() []trials.CatalogueEntry {
	out := make([]trials.CatalogueEntry, len(table))
	for i := range table {
		set := options.NewSet(table[i].Type)
		table[i].new().Declare(set)
		out[i] = table[i].Catalogue(set)
	}
	return out
}
