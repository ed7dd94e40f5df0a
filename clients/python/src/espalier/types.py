"""The types of what the API takes and gives: dictionaries, as `Client` has them.

Generated from the API's document. A `Float` is a float here: the client reads and writes the words that
JSON has for NaN and the infinities. What is `NotRequired` is left out where it is not known.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

StudyName: TypeAlias = "str"
"""Unique name; part of the path."""


MetricName: TypeAlias = "str"
"""Name of a metric, its unit included; the prefix `system/` marks what is measured of the machine or the process."""


Direction: TypeAlias = "Literal['minimize', 'maximize']"
"""Which way is better."""


Aggregate: TypeAlias = "Literal['last', 'min', 'max', 'mean', 'sum', 'p95']"
"""How the values of a metric become one."""


StudyState: TypeAlias = "Literal['ACTIVE', 'STOPPED']"
"""Whether asks hand out trials."""


TrialState: TypeAlias = "Literal['RUNNING', 'WAITING', 'COMPLETE', 'PRUNED', 'FAIL']"
"""Optuna's trial states."""


Verdict: TypeAlias = "Literal['fire', 'pass', 'unknown']"
"""What one rule says; `unknown` is not enough data."""


Float: TypeAlias = "float"
"""A JSON number or one of the strings NaN, Infinity, -Infinity."""


ParamValue: TypeAlias = "str | float | bool | None"
"""A parameter's value - a number, or a categorical choice."""


Params: TypeAlias = "dict[str, ParamValue]"
"""Parameter values by name. A conditional parameter whose condition does not hold is absent."""


UserAttrs: TypeAlias = "dict[str, Any]"
"""Any JSON by name."""


Metrics: TypeAlias = "dict[str, Float]"
"""Floats by metric name (`MetricName`); model, application and `system/` metrics in one flat map."""


ReportSource: TypeAlias = "str"
"""Who reports; steps and seqs are keyed within it. Left out, it is a source of its own."""


Values: TypeAlias = "ValueList | ValueMap"
"""
Objective values - an array in the order of the study's objectives, or a map by metric. Answers always have the
array.
"""


ValueList: TypeAlias = "list[Float]"


ValueMap: TypeAlias = "dict[str, Float]"


class Objective(TypedDict):
    """What is optimised."""

    metric: MetricName
    direction: Direction


Objectives: TypeAlias = "list[Objective]"


class MetricDeclaration(TypedDict):
    """What is known of a metric beforehand; a metric need not be declared to be reported."""

    kind: NotRequired[Literal["model", "system", "application"]]
    """By default `system` for names with the prefix `system/`, else `model`."""
    unit: NotRequired[str]
    """For display; the base unit the name ends in."""
    aggregate: NotRequired[Aggregate]
    """`last` by default. `sum` also says that each report carries an increment."""


MetricDeclarations: TypeAlias = "dict[str, MetricDeclaration]"
"""Declarations by metric name."""


class Constraint(TypedDict):
    """A bound on a metric's aggregate, evaluated by the server from the reports."""

    metric: MetricName
    op: Literal["<=", ">="]
    bound: float
    aggregate: NotRequired[Aggregate]
    """The metric's declared aggregate by default."""


Constraints: TypeAlias = "list[Constraint]"


class Budget(TypedDict):
    """
    What the study may spend; when any of it is used up, asks say `stop` and running trials get `should_prune` with
    the reason `budget`. Summed over all trials, failed and retried ones included; from `system/cpu_seconds`,
    `system/gpu_seconds`, `system/energy_joules` and `system/cost` as they are reported.
    """

    max_trials: NotRequired[int]
    """Trials handed out, retries included; added history does not count."""
    wall_seconds: NotRequired[float]
    """The clock since the first ask."""
    trial_seconds: NotRequired[float]
    """The sum over the trials of how long each took."""
    cpu_seconds: NotRequired[float]
    gpu_seconds: NotRequired[float]
    energy_joules: NotRequired[float]
    cost: NotRequired[float]
    """In the currency of `system/cost`."""


class BudgetPatch(TypedDict):
    """A limit set to null is removed."""

    max_trials: NotRequired[int | None]
    wall_seconds: NotRequired[float | None]
    trial_seconds: NotRequired[float | None]
    cpu_seconds: NotRequired[float | None]
    gpu_seconds: NotRequired[float | None]
    energy_joules: NotRequired[float | None]
    cost: NotRequired[float | None]


class Amounts(TypedDict):
    """Amounts by unit; what was not measured is left out."""

    trials: NotRequired[float]
    wall_seconds: NotRequired[float]
    """The clock since the first ask."""
    trial_seconds: NotRequired[float]
    """The sum over the trials of how long each took."""
    cpu_seconds: NotRequired[float]
    gpu_seconds: NotRequired[float]
    energy_joules: NotRequired[float]
    cost: NotRequired[float]


Distribution: TypeAlias = "FloatDistribution | IntDistribution | CategoricalDistribution"
"""What a parameter may be."""


class FloatDistribution(TypedDict):
    """A float in [low, high], both included; of `log` and `step` at most one."""

    type: Literal["float"]
    low: float
    high: float
    log: NotRequired[bool]
    step: NotRequired[float]
    when: NotRequired[When]


class IntDistribution(TypedDict):
    """An integer in [low, high], both included."""

    type: Literal["int"]
    low: int
    high: int
    log: NotRequired[bool]
    step: NotRequired[int]
    when: NotRequired[When]


class CategoricalDistribution(TypedDict):
    """One of the choices."""

    type: Literal["categorical"]
    choices: list[ParamValue]
    when: NotRequired[When]


When: TypeAlias = "dict[str, list[ParamValue]]"
"""
The parameter exists only when each parent named here has one of the values listed. Parents are parameters of the
same search space, without cycles; an absent parent has no value, so its children are absent too.
"""


SearchSpace: TypeAlias = "dict[str, Distribution]"
"""Distributions by parameter name."""


Sampler: TypeAlias = "dict[str, Any]"
"""
How new trials are sampled: a `type` and its options. `GET /v1/samplers` publishes each type's options as JSON
Schema; they are checked strictly, and a fault is named by its pointer. Chance is seeded by the study's `seed` and
the trial's number.
"""


Pruner: TypeAlias = "dict[str, Any]"
"""
When a running trial is stopped early: a tree of rules, at most 16 deep. A node is a `type` and its options; every
node's verdict is `fire`, `pass` or `unknown` (not enough data). `GET /v1/pruners` publishes each type's options as
JSON Schema; they are checked strictly, and a fault is named by its pointer.
"""


PrunerMode: TypeAlias = "Literal['enforce', 'shadow']"
"""`shadow` - judged and logged, never enforced."""


Holdout: TypeAlias = "float"
"""
Share of the trials that no prediction prunes - every 1/holdout-th, from a phase the seed gives. What pruners would
have done is logged, so that false prunes can be counted. A limit that was crossed prunes them too. Left out - 0.05
with a preset as the pruner, else 0.
"""


class Protect(TypedDict):
    """Trials that predictions of quality spare while they are so good."""

    top_k: NotRequired[int]
    """The k best of all trials at their step; left out - 1."""
    within: NotRequired[float]
    """Within this fraction of the incumbent's value; left out - 0.01."""
    tag: NotRequired[str]
    """Trials whose user attr of this name is true."""


class Quota(TypedDict):
    """Bounds what predictions of quality may prune in all."""

    max_prune_fraction: NotRequired[float]
    """Of the last `per_trials` trials that ended; left out - 0.8."""
    per_trials: NotRequired[int]
    """Left out - 20."""
    min_live: NotRequired[int]
    """So many running trials always stay; left out - 1."""


class Stop(TypedDict):
    """
    Ends the study by itself, with the rule as `stop_reason`. The rules read the COMPLETE trials that are not known
    to be infeasible, of a study with one objective.
    """

    target: NotRequired[float]
    """Stops once a trial is at least as good."""
    no_improvement_trials: NotRequired[int]
    """Stops when so many trials in a row ended without a new best."""
    min_improvement: NotRequired[float]
    """By how much a new best must be better to count; left out - any."""
    regret_below: NotRequired[float]
    """
    Stops when, with 95 % confidence, no trial drawn as the ones so far is better than the best by more than this
    (the noise of the objective, say).
    """
    min_trials: NotRequired[int]
    """COMPLETE trials before `regret_below` is asked; left out - 20."""
    utility: NotRequired[dict[str, Any]]
    """Stops when a trial won less, of late, than it cost."""


class StudyCreate(TypedDict):
    """See the API's document for StudyCreate."""

    name: StudyName
    direction: NotRequired[Direction]
    """Short for one objective with the metric `value`; not beside `objectives`. Neither - minimize `value`."""
    objectives: NotRequired[Objectives]
    metrics: NotRequired[MetricDeclarations]
    constraints: NotRequired[Constraints]
    search_space: NotRequired[SearchSpace]
    """Left out - each ask or suggest brings its own."""
    sampler: NotRequired[Sampler]
    """`auto` by default. The default of the day is stored with the study: a later one never touches it."""
    pruner: NotRequired[Pruner]
    """The preset `safe` by default; what it stands for is stored likewise."""
    holdout: NotRequired[Holdout]
    protect: NotRequired[Protect]
    quota: NotRequired[Quota]
    budget: NotRequired[Budget]
    stop: NotRequired[Stop]
    max_steps: NotRequired[int]
    """
    The steps a full trial takes; rules that project or take shares of it need it. Left out - learnt once 5 COMPLETE
    trials agree on their last step within 5 %.
    """
    seed: NotRequired[int]
    """Left out - drawn and shown."""
    lease_seconds: NotRequired[int]
    """A RUNNING trial unheard of for this long is set to FAIL."""
    max_retries: NotRequired[int]
    """How often the params of a trial whose lease ran out are enqueued again."""
    user_attrs: NotRequired[UserAttrs]


class StudyPatch(TypedDict):
    """What changes; a member left out stays as it is."""

    metrics: NotRequired[MetricDeclarations]
    constraints: NotRequired[Constraints]
    """In place of those before; feasibility is recomputed."""
    sampler: NotRequired[Sampler]
    pruner: NotRequired[Pruner]
    holdout: NotRequired[float | None]
    protect: NotRequired[Protect | None]
    quota: NotRequired[Quota | None]
    budget: NotRequired[BudgetPatch]
    stop: NotRequired[Stop | None]
    max_steps: NotRequired[int | None]
    lease_seconds: NotRequired[int | None]
    """Null - 3600 again."""
    max_retries: NotRequired[int]
    user_attrs: NotRequired[UserAttrs]


class Study(TypedDict):
    """See the API's document for Study."""

    name: StudyName
    state: StudyState
    stop_reason: NotRequired[StopReason]
    objectives: Objectives
    metrics: NotRequired[MetricDeclarations]
    constraints: NotRequired[Constraints]
    search_space: SearchSpace
    sampler: Sampler
    pruner: Pruner
    """With every default explicit."""
    pruner_version: int
    """Counts up with every change of `pruner`, `holdout`, `protect` and `quota`; decisions name it."""
    holdout: NotRequired[Holdout]
    protect: NotRequired[Protect]
    quota: NotRequired[Quota]
    budget: NotRequired[Budget]
    stop: NotRequired[Stop]
    spent: Amounts
    max_steps: NotRequired[int]
    seed: int
    lease_seconds: int
    max_retries: int
    user_attrs: UserAttrs
    trial_counts: TrialCounts
    warnings: NotRequired[list[FieldError]]
    """What looks doubtful in sampler and pruner."""
    datetime_start: str


StopReason: TypeAlias = "str"
"""Why asks hand out no more trials."""


class TrialCounts(TypedDict):
    """See the API's document for TrialCounts."""

    RUNNING: int
    WAITING: int
    COMPLETE: int
    PRUNED: int
    FAIL: int


class StudyList(TypedDict):
    """See the API's document for StudyList."""

    studies: list[Study]
    next_page_token: NotRequired[str]
    """Left out on the last page."""


class Trial(TypedDict):
    """See the API's document for Trial."""

    number: int
    state: TrialState
    params: Params
    distributions: SearchSpace
    values: NotRequired[list[Float]]
    """Objective values, in order of the study's objectives; of COMPLETE trials only."""
    last_values: NotRequired[Metrics]
    """Of a PRUNED or FAIL trial - what it last reported of each objective's metric. Not a result."""
    metrics: NotRequired[dict[str, MetricSummary]]
    """Summary of everything reported."""
    constraints: NotRequired[list[ConstraintResult]]
    """
    In order of the study's constraints; after them what was told as `limits_crossed`, and, once it has ended, the
    limits of the pruner's rules.
    """
    feasible: NotRequired[bool]
    """Left out while a constraint's metric has not been reported and none is violated."""
    violation: NotRequired[Float]
    """The total violation of the constraints; left out when feasible or unknown."""
    attempt: int
    """1, and one more for each retry."""
    retry_of: NotRequired[int]
    """The trial that FAILed and whose params these are."""
    decision: NotRequired[Decision]
    """The decision that pruned it, or the latest."""
    sampled_by: NotRequired[str]
    """The sampler that suggested it; left out for params given by hand."""
    sampling_reason: NotRequired[str]
    """Why that sampler, or where the params are from, in a sentence."""
    max_steps: NotRequired[int]
    """As asked for; left out - the study's."""
    holdout: NotRequired[bool]
    """No prediction prunes it."""
    user_attrs: UserAttrs
    worker: NotRequired[str]
    reason: NotRequired[str]
    """Why it was PRUNED or FAILed, in a word."""
    error: NotRequired[str]
    datetime_start: NotRequired[str]
    datetime_complete: NotRequired[str]
    lease_expires: NotRequired[str]


class MetricSummary(TypedDict):
    """See the API's document for MetricSummary."""

    count: int
    last: Float
    min: Float
    max: Float
    mean: Float
    sum: Float
    p95: NotRequired[Float]
    """Only where an objective or a constraint asks for it."""


class ConstraintResult(TypedDict):
    """See the API's document for ConstraintResult."""

    metric: MetricName
    observed: NotRequired[Float]
    """The aggregate so far; left out until the metric is reported."""
    violation: NotRequired[Float]
    """observed - bound for `<=`, bound - observed for `>=`: above 0 is violated. Left out while it is not known."""
    censored: NotRequired[bool]
    """
    A forecast stopped the trial: it would have come to `observed` at the least, or at the most for `>=`. Where that
    is within the bound, nothing is known.
    """
    bound: NotRequired[float]
    """
    Of a limit that is not a constraint of the study: of the worker's own, as it was told, or of a rule of the
    pruner.
    """
    op: NotRequired[Literal["<=", ">="]]
    """Likewise."""
    rule: NotRequired[str]
    """Label or type of the rule of the pruner whose limit it is."""


class TrialCreate(TypedDict):
    """See the API's document for TrialCreate."""

    params: Params
    distributions: NotRequired[SearchSpace]
    state: NotRequired[TrialState]
    """WAITING by default; RUNNING is not taken."""
    value: NotRequired[Float]
    """Short for `values` with one entry."""
    values: NotRequired[Values]
    metrics: NotRequired[Metrics]
    """Final metrics beside those in `reports`."""
    reports: NotRequired[list[Report]]
    reason: NotRequired[str]
    """Of PRUNED and FAIL, e.g. oom."""
    error: NotRequired[str]
    """Of FAIL."""
    skip_if_exists: NotRequired[bool]
    """When a trial with the same params exists already, whatever its state, make none and return that one."""
    user_attrs: NotRequired[UserAttrs]


class TrialPatch(TypedDict):
    """See the API's document for TrialPatch."""

    user_attrs: UserAttrs


class TrialList(TypedDict):
    """See the API's document for TrialList."""

    trials: list[Trial]
    next_page_token: NotRequired[str]
    """Left out on the last page."""


class BestTrials(TypedDict):
    """See the API's document for BestTrials."""

    trials: list[Trial]


TransferRequest = TypedDict(
    "TransferRequest",
    {
        "from": "StudyName",
        "use": "Literal['history', 'best']",
        "count": "NotRequired[int]",
    },
)


class TransferResult(TypedDict):
    """See the API's document for TransferResult."""

    added: int
    """Trials that are history now."""
    enqueued: int
    """Trials that wait to be asked for."""
    skipped: int
    """Trials whose params do not fit or are there already."""


class Importances(TypedDict):
    """See the API's document for Importances."""

    metric: MetricName
    method: str
    trials: int
    """On how many trials it rests."""
    importances: list[Importance]


class Importance(TypedDict):
    """See the API's document for Importance."""

    param: str
    importance: float
    trials: int
    """That have the parameter."""


class AskRequest(TypedDict):
    """See the API's document for AskRequest."""

    count: NotRequired[int]
    search_space: NotRequired[SearchSpace]
    """In place of the study's (Optuna's fixed_distributions)."""
    params: NotRequired[Params]
    """What these trials get; the others are sampled."""
    worker: NotRequired[str]
    """Who works on it; shown in the trial."""
    lease_seconds: NotRequired[int]
    """In place of the study's."""
    max_steps: NotRequired[int]
    """The steps these trials take, in place of the study's."""


class AskResponse(TypedDict):
    """See the API's document for AskResponse."""

    trials: list[AskedTrial]
    stop: bool
    """No more trials will come."""
    stop_reason: NotRequired[StopReason]
    retry_after: NotRequired[int]
    """Seconds to wait before asking again; only in an empty answer that is not a stop."""


class AskedTrial(TypedDict):
    """See the API's document for AskedTrial."""

    number: int
    params: Params
    attempt: int
    retry_of: NotRequired[int]
    sampled_by: NotRequired[str]
    sampling_reason: NotRequired[str]
    """Why that sampler, or where the params are from, in a sentence."""
    lease_expires: str
    holdout: NotRequired[bool]
    """No prediction will prune it."""
    user_attrs: NotRequired[UserAttrs]
    warnings: NotRequired[list[FieldError]]
    """Which fixed params it could not have."""


class SuggestRequest(TypedDict):
    """See the API's document for SuggestRequest."""

    search_space: SearchSpace
    replace: NotRequired[bool]
    """Of a param that the trial has with another distribution, draw another value in place of refusing it."""


class SuggestResponse(TypedDict):
    """See the API's document for SuggestResponse."""

    params: Params
    warnings: NotRequired[list[FieldError]]
    """Which fixed params it could not have."""


class Report(TypedDict):
    """One observation; `value` or `metrics` or both. One with neither `step` nor `seq` is stored at least once."""

    source: NotRequired[ReportSource]
    step: NotRequired[int]
    """Makes it a point of the learning curve; steps need not be consecutive."""
    elapsed_seconds: NotRequired[float]
    """Since the trial began, by the server's clock if left out; counts as the metric `system/wall_seconds`."""
    seq: NotRequired[int]
    """The client's number for a report without `step`, unique in the trial and `source`; makes a retry harmless."""
    value: NotRequired[Float]
    """Short for the single objective's metric in `metrics`."""
    metrics: NotRequired[Metrics]


class TrialReport(TypedDict):
    """See the API's document for TrialReport."""

    trial: int
    source: NotRequired[ReportSource]
    step: NotRequired[int]
    elapsed_seconds: NotRequired[float]
    seq: NotRequired[int]
    value: NotRequired[Float]
    metrics: NotRequired[Metrics]


class ReportsRequest(TypedDict):
    """See the API's document for ReportsRequest."""

    reports: list[TrialReport]


class ReportResults(TypedDict):
    """See the API's document for ReportResults."""

    results: list[ReportResult]


class ReportResult(TypedDict):
    """Either `decision` or `problem`."""

    decision: NotRequired[Decision]
    problem: NotRequired[Problem]


class Decision(TypedDict):
    """See the API's document for Decision."""

    trial: int
    state: TrialState
    should_prune: bool
    reason: NotRequired[DecisionReason]
    """Left out when nothing fires."""
    decided_by: NotRequired[str]
    """Label (or type) of the deciding rule."""
    mode: DecisionMode
    explanation: NotRequired[Explanation]
    """Left out of the answer to a report while nothing fires, unless asked for by `explain`."""
    counterfactual: NotRequired[str]
    """The nearest change that would have turned the verdict, in one sentence."""
    spared_by: NotRequired[SparedBy]
    """Of the mode `spared`."""
    predicts: NotRequired[str]
    """What the deciding rule predicts; left out of a limit that was crossed."""
    saved_estimate: NotRequired[Metrics]
    """
    What the steps left would cost at the trial's own cost per step so far - steps, wall_seconds, cpu_seconds ...;
    left out while the last step is not known.
    """
    incumbent: NotRequired[Float]
    """The best value of the study at that moment, of one with a single objective."""
    pruner_version: NotRequired[int]
    step: NotRequired[int]
    """The step it was made at."""
    ignored: NotRequired[bool]
    """This step or seq had been reported before; its first values stay."""
    lease_expires: NotRequired[str]


DecisionMode: TypeAlias = "str"
"""
`shadow` and `spared` - what fired is only logged, `should_prune` stays false. `spared` - it would have pruned, if
holdout, protect or quota had not spared the trial.
"""


SparedBy: TypeAlias = "str"
"""What spared a trial."""


DecisionReason: TypeAlias = "str"
"""Whose decision it is."""


class Explanation(TypedDict):
    """
    A node of the pruner with its verdict. A resource rule and a quality rule read alike - observed, limit,
    predicted, margin.
    """

    type: str
    """The node's `type`."""
    label: NotRequired[str]
    path: NotRequired[str]
    """JSON Pointer into the study's pruner; empty for the root."""
    metric: NotRequired[MetricName]
    verdict: Verdict
    mode: NotRequired[PrunerMode]
    unit: NotRequired[str]
    """Of limit and margin, where it is known."""
    observed: NotRequired[Metrics]
    """Numbers the verdict rests on, by name, e.g. used, n, lhs, peers."""
    predicted: NotRequired[Metrics]
    """Numbers predicted from them, by name, e.g. total, lower95."""
    limit: NotRequired[Float]
    """The limit, or the bar set by the peers."""
    margin: NotRequired[Float]
    """By how much it is beyond the limit; negative inside."""
    probability: NotRequired[Float]
    """That the verdict is right, of rules that state it."""
    sentence: str
    """One plain sentence with number, unit and limit; of an operator, the deciding child's."""
    children: NotRequired[list[Explanation]]


class DecisionRecord(TypedDict):
    """A logged decision."""

    trial: int
    state: TrialState
    should_prune: bool
    reason: NotRequired[DecisionReason]
    """Left out when nothing fires."""
    decided_by: NotRequired[str]
    """Label (or type) of the deciding rule."""
    mode: DecisionMode
    explanation: NotRequired[Explanation]
    """Left out of the answer to a report while nothing fires, unless asked for by `explain`."""
    counterfactual: NotRequired[str]
    """The nearest change that would have turned the verdict, in one sentence."""
    spared_by: NotRequired[SparedBy]
    """Of the mode `spared`."""
    predicts: NotRequired[str]
    """What the deciding rule predicts; left out of a limit that was crossed."""
    saved_estimate: NotRequired[Metrics]
    """
    What the steps left would cost at the trial's own cost per step so far - steps, wall_seconds, cpu_seconds ...;
    left out while the last step is not known.
    """
    incumbent: NotRequired[Float]
    """The best value of the study at that moment, of one with a single objective."""
    pruner_version: int
    step: NotRequired[int]
    """The step it was made at."""
    ignored: NotRequired[bool]
    """This step or seq had been reported before; its first values stay."""
    lease_expires: NotRequired[str]
    id: str
    time: str
    outcome: NotRequired[Outcome]


Outcome: TypeAlias = "str"
"""
Of a decision that was not enforced. A quality verdict was `wrong` if the trial, COMPLETE and feasible, was better
than the incumbent of that moment; a forecast was, if the limit was not crossed. `censored` - the trial ended
otherwise; `pending` - it has not ended.
"""


class DecisionList(TypedDict):
    """See the API's document for DecisionList."""

    decisions: list[DecisionRecord]
    next_page_token: NotRequired[str]
    """Left out on the last page."""


class Tell(TypedDict):
    """See the API's document for Tell."""

    value: NotRequired[Float]
    """Short for `values` with one entry."""
    values: NotRequired[Values]
    state: NotRequired[FinishedState]
    """COMPLETE when left out."""
    metrics: NotRequired[Metrics]
    """Final metrics, e.g. a latency or a model size."""
    reason: NotRequired[str]
    """In a word, why it was PRUNED or FAILed. A trial that FAILed as `interrupted` does not count for `max_trials`."""
    error: NotRequired[str]
    """Why it FAILed, or was PRUNED by its worker, at length."""
    retry: NotRequired[bool]
    """Of FAIL - its params are asked again, as another trial with `retry_of`; not if it should have been pruned."""
    limits_crossed: NotRequired[CrossedLimits]
    unused_params: NotRequired[UnusedParams]
    user_attrs: NotRequired[UserAttrs]


UnusedParams: TypeAlias = "list[str]"
"""
Params that were asked for and that the trial turned out not to have: it is rid of them. They are not in the study's
search space.
"""


FinishedState: TypeAlias = "Literal['COMPLETE', 'PRUNED', 'FAIL']"
"""The states a trial ends in."""


class TrialTell(TypedDict):
    """See the API's document for TrialTell."""

    trial: int
    value: NotRequired[Float]
    values: NotRequired[Values]
    state: NotRequired[FinishedState]
    metrics: NotRequired[Metrics]
    reason: NotRequired[str]
    error: NotRequired[str]
    retry: NotRequired[bool]
    limits_crossed: NotRequired[CrossedLimits]
    unused_params: NotRequired[UnusedParams]
    user_attrs: NotRequired[UserAttrs]


CrossedLimits: TypeAlias = "list[CrossedLimit]"
"""
Of PRUNED and FAIL - limits of the worker's own that the trial crossed: the memory of its machine, say. They make it
infeasible, by so much, as constraints of the study do.
"""


class CrossedLimit(TypedDict):
    """See the API's document for CrossedLimit."""

    metric: MetricName
    op: NotRequired[Literal["<=", ">="]]
    bound: float
    observed: float
    """Beyond the bound."""


class TellsRequest(TypedDict):
    """See the API's document for TellsRequest."""

    tells: list[TrialTell]


class TellResults(TypedDict):
    """See the API's document for TellResults."""

    results: list[TellResult]


class TellResult(TypedDict):
    """Either `trial` or `problem`."""

    trial: NotRequired[Trial]
    problem: NotRequired[Problem]


class MetricPage(TypedDict):
    """See the API's document for MetricPage."""

    points: list[MetricPoint]
    next_page_token: NotRequired[str]
    """Left out on the last page."""


class MetricPoint(TypedDict):
    """See the API's document for MetricPoint."""

    source: NotRequired[ReportSource]
    step: NotRequired[int]
    seq: NotRequired[int]
    elapsed_seconds: NotRequired[float]
    time: str
    """When the server got it."""
    metrics: Metrics


class SamplerCatalogue(TypedDict):
    """See the API's document for SamplerCatalogue."""

    samplers: list[CatalogueEntry]


class PrunerCatalogue(TypedDict):
    """See the API's document for PrunerCatalogue."""

    pruners: list[CatalogueEntry]


class CatalogueEntry(TypedDict):
    """See the API's document for CatalogueEntry."""

    type: str
    kind: NotRequired[str]
    """Of pruners."""
    summary: str
    source: NotRequired[str]
    """The paper, with section."""
    schema: dict[str, Any]
    """The node, `type` included, as JSON Schema."""
    example: NotRequired[dict[str, Any]]
    """A node ready for use."""


class Savings(TypedDict):
    """See the API's document for Savings."""

    counterfactual: str
    """What the savings are measured against."""
    last_step: NotRequired[int]
    """Of a full trial; left out while it is not known."""
    trial_counts: TrialCounts
    pruned_trials: int
    refused_points: int
    """Points that a rule refused before they were tried."""
    resources: dict[str, Saved]
    """
    By resource - steps, wall_seconds, cpu_seconds, gpu_seconds, energy_joules, cost, co2_grams; what was not
    measured is left out.
    """
    by_rule: list[RuleSavings]
    false_prunes: FalsePrunes
    pruner: PrunerCost
    notes: NotRequired[list[str]]


class Saved(TypedDict):
    """See the API's document for Saved."""

    used: float
    saved: NotRequired[float]
    """Left out while the last step of a full trial is not known."""
    saved_low: NotRequired[float]
    """
    Lower end of the 95 % prediction interval of the sum, errors that all trials share included; left out with fewer
    than 5 COMPLETE trials to learn them from.
    """
    saved_high: NotRequired[float]
    """Upper end."""
    saved_fraction: NotRequired[float]
    """Saved over used and saved."""
    factor: NotRequired[float]
    """By which it was computed from energy_joules."""


class RuleSavings(TypedDict):
    """See the API's document for RuleSavings."""

    decided_by: str
    """Label (or type) of the deciding rule; `worker` - the worker told PRUNED by itself."""
    pruned_trials: int
    saved: NotRequired[dict[str, float]]
    """By resource."""
    false_prunes: NotRequired[FalsePrunes]


class FalsePrunes(TypedDict):
    """See the API's document for FalsePrunes."""

    checked: int
    """Fires that did not stop their trial and have an outcome."""
    wrong: int
    censored: int
    """Left out - the trial ended otherwise."""
    pending: int
    rate: NotRequired[float]
    """P(wrong | fired); left out without data - unknown, not 0."""
    rate_low: NotRequired[float]
    """Wilson interval at 95 %."""
    rate_high: NotRequired[float]
    effective: NotRequired[float]
    """Kish's effective number of fires, where shares of the holdout are mixed."""
    needs_more: int
    """About how many more fires for an interval of 5 percentage points to either side."""


class PrunerCost(TypedDict):
    """What judging cost since the study was loaded into memory."""

    decisions: int
    seconds: float
    """Of a processor, measured at one decision in 16."""
    since: str


class ReplayRequest(TypedDict):
    """What pruners would have done."""

    pruners: NotRequired[list[ReplayPruner]]
    """May be left out with `recommend`."""
    orders: NotRequired[int]
    """
    How many studies are played. 1, the default, is the recorded one in its order; more are drawn at random from its
    trials.
    """
    trials: NotRequired[int]
    """The size of a study that is drawn: by default half of the different settings, at most 60."""
    seed: NotRequired[int]
    """Of the draws."""
    workers: NotRequired[int]
    """Simulated; by default as recorded, of drawn studies 1."""
    constraints: NotRequired[list[Constraint]]
    """In the place of the study's, if given."""
    confidence: NotRequired[float]
    """Of the intervals, 0.95 by default."""
    cost: NotRequired[str]
    """
    The resource that the equal-regret ratio and the any-time curve count: wall_seconds by default where it was
    recorded, else steps.
    """
    tolerance: NotRequired[float]
    """Of the equal-regret ratio, as a share of the best value; 0.01 by default."""
    ignore_sampler: NotRequired[bool]
    """Draws studies also where the sampler learnt from the trials before, as if it had not."""
    recommend: NotRequired[RecommendBounds]


class ReplayPruner(TypedDict):
    """One pruner that is replayed, with what bounds it."""

    name: NotRequired[str]
    pruner: Pruner
    holdout: NotRequired[Holdout]
    protect: NotRequired[Protect]
    quota: NotRequired[Quota]


class RecommendBounds(TypedDict):
    """
    Asks for the pruner that saves the most of those that keep to the bounds, with the confidence of the intervals.
    """

    max_best_lost: NotRequired[float]
    """
    The probability that the best trial of a study is cut, and that its regret is above max_regret; 0.05 by default.
    """
    max_regret: NotRequired[float]
    """
    In the objective's unit. By default it is the noise floor: the spread of repeats where there are any, else 1 %
    of the best value.
    """


class Estimate(TypedDict):
    """
    A figure and its interval; each is left out where it is not known, the interval of a single study always. What
    the interval is, and is not, says ReplayResponse.
    """

    value: NotRequired[float]
    low: NotRequired[float]
    high: NotRequired[float]


class ReplayResponse(TypedDict):
    """
    Says what pruners would have done. Every figure of a pruner is paired with a run without one of the same trials
    in the same order, and all pruners play the same studies. An interval takes in two levels of chance: which
    settings were recorded, and which of them, in which order, the studies met. A setting is a cluster of trials and
    is in a study at most once. The error that comes with the settings is estimated by the infinitesimal jackknife
    for subsamples, that of the studies by their spread; of means the interval is normal, of rates and probabilities
    Wilson's of as many independent events as have the same error, of quantiles Woodruff's. No event in n studies
    gives Wilson's interval of n, so that it is not no risk. In simulations of 60 to 200 settings intervals of 95 %
    held the truth in 84 to 98 of 100 cases, the fewest where the best few settings decide. It is not an interval
    for other models, data or numbers of trials. A few settings are the best of nearly all studies, see
    distinct_best: the chance of losing the best is known for such settings, and less well for others.
    """

    recorded: ReplayPool
    orders: int
    """Studies that were played."""
    order: str
    """Recorded, or random."""
    trials: int
    """Of a study."""
    workers: int
    """That were simulated."""
    seed: int
    confidence: float
    intervals: str
    """Settings, orderings (too narrow), or none."""
    cost: str
    """The resource that ratios and curves count."""
    tolerance: float
    direction: Direction
    objective: str
    feasible: NotRequired[float]
    """Share of the trials, with constraints."""
    constraints: NotRequired[list[Constraint]]
    full: dict[str, float]
    """What a study costs without a pruner, by resource."""
    any_time: list[AnyTimePoint]
    """The curve without a pruner."""
    distinct_best: float
    """
    How many different settings are the best of a study, effectively: 1 over the sum of the squares of their shares.
    """
    pruners: list[ReplayResult]
    recommendation: NotRequired[Recommendation]
    warnings: NotRequired[list[FieldError]]
    """Each with a code."""


class ReplayPool(TypedDict):
    """Counts what was recorded."""

    trials: int
    """With at least one report."""
    settings: int
    """Different ones: clusters."""
    full: int
    """COMPLETE ones."""
    failed: int
    """Ended without a value, by itself."""
    cut_short: int
    left_out: int
    """Had not ended, or reported nothing."""
    last_step: int


class ReplayResult(TypedDict):
    """Says what one pruner would have done."""

    name: str
    pruner: Pruner
    """Resolved."""
    holdout: NotRequired[float]
    protect: NotRequired[Protect]
    quota: NotRequired[Quota]
    saved: dict[str, ReplaySaved]
    """By resource."""
    cut: Estimate
    """Share of the trials."""
    best_lost: Estimate
    """
    The probability that the best trial of a study is cut; of trials that tie for it, that all are.
    best_feasible_lost is of the best within the constraints, and left out without any.
    """
    best_feasible_lost: NotRequired[Estimate]
    top_tenth_lost: Estimate
    """Share of the best tenth of a study that is cut."""
    regret_requirement: Regret
    """
    Regret is by how much the best value left is worse. As a requirement a constraint shuts out what breaks it: both
    are the best feasible ones. As a proxy for cost it shuts out nothing: both are the best of all.
    """
    regret_proxy: Regret
    false_prunes: ReplayFalsePrunes
    equal_regret: EqualRegret
    any_time: list[AnyTimePoint]
    by_rule: list[ReplayRule]
    censored: NotRequired[ReplayCensored]
    """If trials were recorded cut short."""
    decisions: NotRequired[list[ReplayDecision]]
    """In the recorded order."""


class ReplaySaved(TypedDict):
    """What was saved of one resource, a study."""

    share: Estimate
    """Of what a study costs without a pruner."""
    amount: Estimate
    share_at_least: NotRequired[float]
    """The least and the most that the share may be, where trials were recorded cut short; see ReplayCensored."""
    share_at_most: NotRequired[float]


class Regret(TypedDict):
    """
    In the objective's unit, at least 0. A study in which nothing was left to select counts as if its worst value
    had been.
    """

    mean: Estimate
    median: Estimate
    p95: Estimate
    none: float
    """Share of studies in which nothing was left."""
    studies: int
    """With something to lose."""


class ReplayFalsePrunes(TypedDict):
    """
    Compares each trial that is cut with the incumbent at that moment: it was wrong if the trial would have ended
    better, within the constraints. Random is the same of a pruner that cuts as many trials as late, but which ones
    is left to chance.
    """

    rate: Estimate
    """Share of the trials cut."""
    random: Estimate
    cut: float
    """Trials a study."""
    unknown: float
    """Of them, whose end was not recorded."""


class EqualRegret(TypedDict):
    """
    Compares what it costs to come within a tolerance of the best feasible value of a study. A study that never does
    is charged what all of it costs without a pruner.
    """

    ratio: Estimate
    """To the same without a pruner; both are means over the studies."""
    reached: Estimate
    """Share of the studies."""


class AnyTimePoint(TypedDict):
    """
    The regret (as a requirement) at a share of what a study costs without a pruner: median and quartiles over the
    studies, left out while that many have nothing to select.
    """

    share: float
    median: NotRequired[float]
    quartile_1: NotRequired[float]
    quartile_3: NotRequired[float]


class ReplayRule(TypedDict):
    """What one deciding rule cut and saved, a study. It is counted in the first hundred studies."""

    decided_by: str
    trials: float
    saved: dict[str, float]


class ReplayCensored(TypedDict):
    """
    Says what the recording cannot answer: trials that a pruner had cut short. Where the replay would have let one
    run on, the figures take it to run to its last step at its own cost per step and to end without a value. What is
    saved is at least, and at most, what follows if all such trials ended where the recording does, or the ones that
    run on end there and the others would have run to the last step.
    """

    run_on: float
    """Trials a study that the replay would have let run on."""
    cut: float
    """That it cuts as well."""
    best_lost_at_most: float
    """The chance of losing the best if every trial that was recorded cut short would have been the best."""


class ReplayDecision(TypedDict):
    """One prune of the recorded study."""

    trial: int
    step: int
    decided_by: str
    sentence: str
    value: NotRequired[float]
    """How the trial would have ended; left out where that was not recorded, or not with a value."""
    incumbent: NotRequired[float]
    """The best value at that moment."""
    beat_incumbent: NotRequired[bool]
    """Left out where it is not known."""


class Recommendation(TypedDict):
    """
    The pruner that saved the most on one half of the settings among those that kept to the bounds, with its figures
    on the other half.
    """

    found: bool
    sentence: str
    candidates: int
    """That were tried."""
    qualified: int
    """On the first half."""
    holds: bool
    """The bounds hold on the second half as well."""
    max_regret: float
    regret_above: NotRequired[Estimate]
    """The probability of a regret above max_regret."""
    pruner: NotRequired[Pruner]
    """As it can be given to a study."""
    searched: NotRequired[ReplayResult]
    confirmed: NotRequired[ReplayResult]
    tried: NotRequired[list[ReplayTried]]
    """All candidates with their figures on the first half."""


class ReplayTried(TypedDict):
    """One candidate of a recommendation."""

    name: str
    saved: Estimate
    """Share of the cost."""
    best_lost: Estimate
    regret_above: Estimate
    qualified: bool


class Event(TypedDict):
    """What `data:` of a server-sent event holds."""

    type: str
    """`decision` - a rule fired, enforced or not."""
    trial: NotRequired[int]
    """Left out for `study`."""
    revision: int
    """Counts the changes of the study."""


class Health(TypedDict):
    """See the API's document for Health."""

    status: Literal["ok"]


class Version(TypedDict):
    """See the API's document for Version."""

    version: str
    api: str
    commit: NotRequired[str]


class Problem(TypedDict):
    """RFC 9457, with a stable `code` and the places of bad input."""

    type: str
    """Names the kind; `/problems/{code}` describes it."""
    title: str
    status: int
    detail: NotRequired[str]
    instance: NotRequired[str]
    code: ProblemCode
    trace_id: NotRequired[str]
    errors: NotRequired[list[FieldError]]


FieldError = TypedDict(
    "FieldError",
    {
        "in": "Literal['body', 'path', 'query', 'header']",
        "pointer": "NotRequired[str]",
        "name": "NotRequired[str]",
        "detail": "str",
        "code": "NotRequired[str]",
    },
)


ProblemCode: TypeAlias = "str"
