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
	// trial, and at least 3 steps; seconds is warmup_seconds; interval is
	// interval_steps, 1 if 0.
	warms    bool
	seconds  float64
	interval int64
}

// The kinds of rules.
const (
	quality     = "quality"
	resource    = "resource"
	application = "application"
	combines    = "operator"
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
		Summary: "Fires when the value at the highest step, else the latest one, is outside [lower, upper] or is NaN. Decides exactly as Optuna does.",
		Source:  "Optuna, optuna.pruners.ThresholdPruner.",
		Example: `{"type":"threshold","metric":"train_loss","upper":100}`,
	}, new: newThreshold},
	{Entry: options.Entry{
		Type: "non_finite", Kind: quality,
		Summary: "Fires when training broke down: a value was NaN or infinite, or the latest one is many times worse than the trial's best.",
		Source:  "Optuna, optuna.pruners.ThresholdPruner, of NaN; the rest is ours.",
		Example: `{"type":"non_finite","metric":"train_loss","divergence_factor":20}`,
	}, new: newNonFinite},
	{Entry: options.Entry{
		Type: "percentile", Kind: quality,
		Summary: "Fires when the best value so far is worse than a percentile of the COMPLETE trials at the same step. Decides exactly as Optuna does; other implementations are presets.",
		Source:  "Optuna, optuna.pruners.PercentilePruner; presets: Golovin et al., Google Vizier, KDD 2017, section 3.2; Ray Tune, MedianStoppingRule; Kubeflow Katib, medianstop.",
		Example: `{"type":"percentile","percentile":25,"warmup_steps":5}`,
	}, new: newPercentile, class: trials.Quality},
	{Entry: options.Entry{
		Type: "median", Kind: quality,
		Summary: "percentile with percentile 50: fires when the best value so far is worse than the median of the COMPLETE trials at the same step.",
		Source:  "Optuna, optuna.pruners.MedianPruner; presets: Golovin et al., Google Vizier, KDD 2017, section 3.2; Ray Tune, MedianStoppingRule; Kubeflow Katib, medianstop.",
		Example: `{"type":"median","warmup_steps":5}`,
	}, new: newMedian, class: trials.Quality},
	{Entry: options.Entry{
		Type: "curve_fit", Kind: quality,
		Summary: "Fires when the trial's own curve, by power laws averaged, does not end among the best even with luck. Enforce it together with a percentile.",
		Source:  "Ours; after Domhan et al., Speeding up automatic hyperparameter optimization, IJCAI 2015, section 3, with power laws and least squares in place of eleven forms and Markov chains.",
		Example: `{"type":"curve_fit","min_points":12}`,
	}, new: newCurveFit, class: trials.Quality, interval: 2},
	{Entry: options.Entry{
		Type: "prechelt", Kind: quality,
		Summary: "Fires when the trial's own loss is too far above its lowest (gl), too far for the progress of training (pq), or rises from strip to strip (up).",
		Source:  "Prechelt, Automatic early stopping using cross validation, Neural Networks 11:761, 1998; of losses below 0 as EarlyStopping.jl.",
		Example: `{"type":"prechelt","metric":"val_loss","rule":"pq","train_metric":"train_loss"}`,
	}, new: newPrechelt, class: trials.Quality, warms: true},
	{Entry: options.Entry{
		Type: "convex_bound", Kind: quality,
		Summary: "Fires when the trial's local line, drawn on to its last step, ends worse than the best COMPLETE trial: a convex curve does no better. Of curves that are not convex it is wrong.",
		Source:  "Mohr and van Rijn, Fast and informative model selection using learning curve cross-validation (LCCV), IEEE TPAMI 2023 (arXiv 2111.13914), section 4, along steps in place of data sizes.",
		Example: `{"type":"convex_bound","confirm":2}`,
	}, new: newConvexBound, class: trials.Quality, warms: true},
	{Entry: options.Entry{
		Type: "plateau", Kind: quality,
		Summary: "Fires when the last values hardly differ: their standard deviation is at most std.",
		Source:  "Ray Tune, ray.tune.stopper.TrialPlateauStopper.",
		Example: `{"type":"plateau","std":0.001,"num_results":8}`,
	}, new: newPlateau, class: trials.Quality, warms: true},
	{Entry: options.Entry{
		Type: "marginal_utility", Kind: quality,
		Summary: "Fires when going on no longer pays: the next reports are expected to gain less than they cost.",
		Source:  "After the utility of Lee et al., Cost-sensitive freeze-thaw Bayesian optimization (CFBO), 2025 (arXiv 2510.21379), and stopping by the value of information; the forecast is ours.",
		Example: `{"type":"marginal_utility","cost_weight":0.0001,"cost_metric":"system/wall_seconds"}`,
	}, new: newMarginalUtility, class: trials.Quality, warms: true},
	{Entry: options.Entry{
		Type: "peer_regression", Kind: quality,
		Summary: "Fires when COMPLETE trials, by their curves so far and their params, say that the trial ends worse than the best with probability delta.",
		Source:  "After Baker et al., Accelerating neural architecture search using performance prediction, 2017 (arXiv 1705.10823), section 3; a ridge in place of support vectors, its error by leaving one out.",
		Example: `{"type":"peer_regression","train_min":30,"delta":0.99}`,
	}, new: newPeerRegression, class: trials.Quality, warms: true},
	{Entry: options.Entry{
		Type: "asha", Kind: quality,
		Summary: "Successive halving that never waits: fires at a rung unless the trial is among the best 1/reduction_factor of those that passed it before.",
		Source:  "Li et al., A System for Massively Parallel Hyperparameter Tuning, MLSys 2020, section 4, in the stopping form of Ray's AsyncHyperBandScheduler; Optuna, optuna.pruners.SuccessiveHalvingPruner.",
		Example: `{"type":"asha","min_resource":5,"reduction_factor":3}`,
	}, new: newASHA, class: trials.Quality},
	{Entry: options.Entry{
		Type: "hyperband", Kind: quality,
		Summary: "Successive halving in several brackets with later and later first rungs, so that slow starters are not all lost.",
		Source:  "Li et al., Hyperband, JMLR 2018, section 3, with the brackets side by side; Optuna, optuna.pruners.HyperbandPruner.",
		Example: `{"type":"hyperband","max_resource":81,"reduction_factor":3}`,
	}, new: newHyperband, class: trials.Quality},
	{Entry: options.Entry{
		Type: "patience", Kind: combines,
		Summary: "Lets a rule decide once the trial stopped improving; without one it fires then.",
		Source:  "Optuna, optuna.pruners.PatientPruner.",
		Example: `{"type":"patience","patience":5,"then":{"type":"median"}}`,
	}, new: newPatience, class: trials.Quality},
	{Entry: options.Entry{
		Type: "wilcoxon", Kind: quality,
		Summary: "Fires when the trial is worse than the best one on the steps of both, such as folds, by the signed-rank test.",
		Source:  "Optuna, optuna.pruners.WilcoxonPruner, with the p-value of SciPy's wilcoxon; Pocock, Group sequential methods, Biometrika 1977, of the correction.",
		Example: `{"type":"wilcoxon","p_threshold":0.1}`,
	}, new: newWilcoxon, class: trials.Quality},
	{Entry: options.Entry{
		Type: "one_epoch_topk", Kind: quality,
		Summary: "A baseline: at one early step fires unless the trial is among the k best there so far, and never again.",
		Source:  "Egele et al., Is One Epoch All You Need For Multi-Fidelity Hyperparameter Optimization?, ESANN 2023.",
		Example: `{"type":"one_epoch_topk","probe_steps":1,"k":5}`,
	}, new: newTopK, class: trials.Quality},
	{Entry: options.Entry{
		Type: "pareto_asha", Kind: quality,
		Summary: "asha of several metrics: trials are ordered by Pareto fronts, and inside one so that those that go on are spread.",
		Source:  "Schmucker et al., Multi-objective Asynchronous Successive Halving, 2021, section 3.",
		Example: `{"type":"pareto_asha","metrics":["loss","latency"],"min_resource":5}`,
	}, new: newParetoASHA, class: trials.Quality},
	{Entry: options.Entry{
		Type: "limit", Kind: resource,
		Summary: "A hard limit: fires when a metric's aggregate so far is beyond a bound. NaN is unknown.",
		Example: `{"type":"limit","metric":"system/cpu_seconds","bound":600}`,
	}, new: newLimit},
	{Entry: options.Entry{
		Type: "projected_total", Kind: resource,
		Summary: "Fires when what a running total (time, energy, money) is heading for is above a limit, also by the lower end of its prediction interval.",
		Source:  "Ours: the normal prediction interval for the sum of the steps left.",
		Example: `{"type":"projected_total","metric":"system/cpu_seconds","limit":600}`,
	}, new: newProjectedTotal, class: trials.Forecast},
	{Entry: options.Entry{
		Type: "exhaustion_trend", Kind: resource,
		Summary: "Fires when a metric in time, such as memory, grows so steadily that it reaches a limit before the trial ends.",
		Source:  "Mann, Econometrica 13, 1945 (the test for a trend); Sen, JASA 63, 1968 (the slope and its interval); Page, Biometrika 41, 1954 (the jump). What the windows keep is ours.",
		Example: `{"type":"exhaustion_trend","metric":"system/rss_bytes","limit":8e9}`,
	}, new: newExhaustionTrend, class: trials.Forecast},
	{Entry: options.Entry{
		Type: "slo_quantile", Kind: application,
		Summary: "Fires when a quantile of a latency, a throughput or a size is surely beyond an objective for it.",
		Source:  "David and Nagaraja, Order Statistics, 2003, section 7.1: distribution-free confidence intervals for quantiles.",
		Example: `{"type":"slo_quantile","metric":"latency_ms","slo":50}`,
	}, new: newSLOQuantile, class: trials.Forecast},
	{Entry: options.Entry{
		Type: "sustained_limit", Kind: resource,
		Summary: "Fires when a metric in time, such as memory or power, stays beyond a limit: for so long on end, or in so many of the latest windows.",
		Source:  "Beyer et al., The Site Reliability Workbook, 2018, chapter 5 (alerts that last, over windows); Prometheus, the option for of alerting rules.",
		Example: `{"type":"sustained_limit","metric":"system/rss_bytes","limit":8e9,"hard_limit":9.5e9}`,
	}, new: newSustainedLimit, seconds: 30},
	{Entry: options.Entry{
		Type: "budget", Kind: resource,
		Summary: "Fires when a trial has spent its budget, or, of a study's budget, when what is left is too little for this trial and all that are better.",
		Source:  "Ours.",
		Example: `{"type":"budget","scope":"trial","unit":"cpu_seconds","limit":600}`,
	}, new: newBudget},
	{Entry: options.Entry{
		Type: "constraint_probability", Kind: resource,
		Summary: "Refuses params, or fires on a trial, whose total of a metric is above a limit with a high probability, by a ridge regression on the trials that ended.",
		Source:  "Gardner et al., Bayesian Optimization with Inequality Constraints, ICML 2014, section 3 (the probability of a constraint holding); the model is ours.",
		Example: `{"type":"constraint_probability","metric":"system/cpu_seconds","limit":600}`,
	}, new: newConstraintProbability, class: trials.Forecast},
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
	root := b.build(raw, place{looks: 1})
	if err := b.faults.Err(); err != nil {
		return nil, nil, nil, err
	}
	t := &tree{root: root.node, needs: b.needs(), lanes: b.lanes, screens: b.screens, limits: b.limits, timely: b.timely}
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
