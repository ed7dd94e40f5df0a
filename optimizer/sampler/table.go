// Package sampler holds the samplers, one file a sampler and one line a sampler
// in the table; those that take more than a file have a package below. It knows
// packages trials and optimizer/options, and goptuna behind the wall of
// goptuna.go.
package sampler

import (
	"encoding/json"

	"github.com/espalier-hpo/espalier/optimizer/options"
	"github.com/espalier-hpo/espalier/optimizer/sampler/cmaes"
	"github.com/espalier-hpo/espalier/optimizer/sampler/gp"
	"github.com/espalier-hpo/espalier/optimizer/sampler/grid"
	"github.com/espalier-hpo/espalier/optimizer/sampler/nsga2"
	"github.com/espalier-hpo/espalier/optimizer/sampler/qmc"
	"github.com/espalier-hpo/espalier/optimizer/sampler/tpe"
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
		Type: "auto",
		Summary: "Hands each trial to the sampler that suits the study and what is known of it: first points spread over the space, then a Gaussian process " +
			"while trials are few, then TPE. The trial records which one it was, and why.",
		Source:  "Espalier, docs/samplers.md, by measurement; after Optuna's AutoSampler (OptunaHub) and Vizier's and Ax's defaults.",
		Example: `{"type":"auto"}`,
	}, func() algorithm { return newAuto() }},
	{options.Entry{
		Type: "tpe",
		Summary: "A tree-structured Parzen estimator over all parameters at once: tries where good trials are dense and bad ones are not. Keeps constraints, " +
			"several objectives, conditional parameters by groups, and running trials apart. Quick at any number of trials.",
		Source: "Bergstra et al., Algorithms for Hyper-Parameter Optimization, NIPS 2011, section 4; Watanabe, Tree-Structured Parzen Estimator, arXiv 2304.11127; " +
			"Ozaki et al., Multiobjective TPE, GECCO 2020; Watanabe and Hutter, c-TPE, IJCAI 2023.",
		Example: `{"type":"tpe","startup_trials":10}`,
	}, func() algorithm { return tpe.New() }},
	{options.Entry{
		Type: "gp",
		Summary: "A Gaussian process with the expected improvement: learns the most from few trials. Models each limit by itself, several objectives, running trials, " +
			"and with cost_metric what a trial costs.",
		Source: "Snoek et al., Practical Bayesian Optimization of Machine Learning Algorithms, NIPS 2012; Ament et al., Unexpected Improvements to Expected Improvement, " +
			"NeurIPS 2023, section 4; Gardner et al., Bayesian Optimization with Inequality Constraints, ICML 2014; Lee et al., Cost-aware Bayesian Optimization, arXiv 2003.10870.",
		Example: `{"type":"gp","cost_metric":"system/cpu_seconds"}`,
	}, func() algorithm { return gp.New() }},
	{options.Entry{
		Type: "cmaes",
		Summary: "The covariance matrix adaptation evolution strategy: for one objective and two or more numeric parameters. Follows narrow valleys, given many trials. " +
			"Integers keep a margin of chance.",
		Source: "Hansen, The CMA Evolution Strategy: A Tutorial, arXiv 1604.00772; Hamano et al., CMA-ES with Margin, GECCO 2022; Nomura et al., Warm Starting CMA-ES, AAAI 2021; " +
			"Hansen, Injecting External Solutions Into CMA-ES, arXiv 1110.4181; Hansen, BIPOP-CMA-ES, GECCO 2009.",
		Example: `{"type":"cmaes"}`,
	}, func() algorithm { return cmaes.New() }},
	{options.Entry{
		Type:    "nsga2",
		Summary: "An evolutionary search that spreads over the front of several objectives; constraints come first. Each trial that ends may join the population.",
		Source:  "Deb et al., A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II, IEEE TEC 6(2), 2002; steady-state form after Durillo et al., EMO 2009.",
		Example: `{"type":"nsga2"}`,
	}, func() algorithm { return nsga2.New() }},
	{options.Entry{
		Type:    "qmc",
		Summary: "Points of a scrambled Sobol or Halton sequence, by the trial's number: covers the space more evenly than chance, whatever happened before.",
		Source:  "Joe and Kuo, Constructing Sobol Sequences with Better Two-Dimensional Projections, SIAM J. Sci. Comput. 30, 2008; Owen, Scrambling Sobol and Niederreiter-Xing Points, 1998.",
		Example: `{"type":"qmc"}`,
	}, func() algorithm { return qmc.New() }},
	{options.Entry{
		Type:    "grid",
		Summary: "Every combination once, in an order drawn from the seed; then it stops the study. A continuous parameter has as many values as points says.",
		Source:  "Espalier.",
		Example: `{"type":"grid","points":5}`,
	}, func() algorithm { return grid.New() }},
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
	{options.Entry{
		Type: "goptuna.cmaes",
		Summary: "goptuna's CMA-ES on the unit cube, for one objective and 2 to 100 numeric parameters without conditions; the others are drawn at random. " +
			"It ignores constraints, PRUNED and running trials, and coarse ints may freeze: it has no margin.",
		Source:  "github.com/c-bata/goptuna v0.9.0, cmaes.Optimizer; after Hansen, The CMA Evolution Strategy: A Tutorial, arXiv 1604.00772.",
		Example: `{"type":"goptuna.cmaes"}`,
	}, newGoptunaCMAES},
	{options.Entry{
		Type:    "goptuna.sobol",
		Summary: "goptuna's Sobol sequence by the trial's number, each axis shifted by the seed. Keeps 4 bytes a point and axis.",
		Source:  "github.com/c-bata/goptuna v0.9.0, sobol.Engine; Joe and Kuo, SIAM J. Sci. Comput. 30, 2008.",
		Example: `{"type":"goptuna.sobol"}`,
	}, newGoptunaSobol},
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
