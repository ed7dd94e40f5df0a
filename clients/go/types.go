package espalier

import "github.com/espalier-hpo/espalier/clients/go/api"

// The types of the API, whose fields package api explains.
type (
	// StudySpec is what a study is made of; only Name is needed.
	StudySpec = api.StudyCreate
	// StudyInfo is a study as the server has it.
	StudyInfo = api.Study
	// StudyPatch changes a study; what is left out stays.
	StudyPatch = api.StudyPatch
	// StudyState is ACTIVE or STOPPED.
	StudyState = api.StudyState
	// StopReason is why a study hands out no more trials.
	StopReason = api.StopReason
	// Objective is a metric that is optimised, and which way.
	Objective = api.Objective
	// Direction is which way is better.
	Direction = api.Direction
	// Constraint is a bound on a metric, judged by the server.
	Constraint = api.Constraint
	// Budget is what a study may spend.
	Budget = api.Budget
	// Stop ends a study by itself.
	Stop = api.Stop
	// Protect spares trials while they are good.
	Protect = api.Protect
	// Quota bounds what may be pruned in all.
	Quota = api.Quota

	// SearchSpace is distributions by parameter name.
	SearchSpace = api.SearchSpace
	// Distribution is one of the three below.
	Distribution = api.Distribution
	// FloatDistribution is a float in [Low, High].
	FloatDistribution = api.FloatDistribution
	// IntDistribution is an integer in [Low, High].
	IntDistribution = api.IntDistribution
	// CategoricalDistribution is one of the choices.
	CategoricalDistribution = api.CategoricalDistribution
	// When makes a parameter exist only with these values of others.
	When = api.When
	// Params are values by parameter name.
	Params = api.Params

	// Metrics are floats by metric name; they may be NaN and infinite.
	Metrics = api.Metrics
	// MetricPoint is a report as it was stored.
	MetricPoint = api.MetricPoint
	// Decision says whether a trial is to go on, and why.
	Decision = api.Decision
	// DecisionRecord is a decision of the log.
	DecisionRecord = api.DecisionRecord
	// DecisionMode is enforce, shadow or spared.
	DecisionMode = api.DecisionMode
	// Explanation is the verdict of a rule.
	Explanation = api.Explanation

	// AskRequest says what trials are wished for.
	AskRequest = api.AskRequest
	// FrozenTrial is a trial as the server has it.
	FrozenTrial = api.Trial
	// TrialState is one of the five below.
	TrialState = api.TrialState
	// TrialSpec is a trial to enqueue or to add.
	TrialSpec = api.TrialCreate
	// Tell is the end of a trial, with all that may be said of it.
	Tell = api.Tell
	// Event is what changed in a study.
	Event = api.Event

	// Importances says which parameters a metric depends on.
	Importances = api.Importances
	// Savings is what pruning saved, and what it risked.
	Savings = api.Savings

	// Problem is what the server refused.
	Problem = api.Problem
	// FieldError is one fault of a request.
	FieldError = api.FieldError
	// ProblemCode says what kind of problem it is. The codes are in package api.
	ProblemCode = api.ProblemCode
)

// The directions.
const (
	Minimize = api.DirectionMinimize
	Maximize = api.DirectionMaximize
)

// The states of trials.
const (
	Running  = api.TrialStateRUNNING
	Waiting  = api.TrialStateWAITING
	Complete = api.TrialStateCOMPLETE
	Pruned   = api.TrialStatePRUNED
	Failed   = api.TrialStateFAIL
)
