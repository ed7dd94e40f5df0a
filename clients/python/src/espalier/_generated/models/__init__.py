""" Contains all the data models used in inputs/outputs """

from .aggregate import Aggregate
from .amounts import Amounts
from .any_time_point import AnyTimePoint
from .ask_request import AskRequest
from .ask_response import AskResponse
from .asked_trial import AskedTrial
from .best_trials import BestTrials
from .budget import Budget
from .budget_patch import BudgetPatch
from .catalogue_entry import CatalogueEntry
from .catalogue_entry_example import CatalogueEntryExample
from .catalogue_entry_kind import CatalogueEntryKind
from .catalogue_entry_schema import CatalogueEntrySchema
from .categorical_distribution import CategoricalDistribution
from .categorical_distribution_type import CategoricalDistributionType
from .constraint import Constraint
from .constraint_op import ConstraintOp
from .constraint_result import ConstraintResult
from .constraint_result_op import ConstraintResultOp
from .crossed_limit import CrossedLimit
from .crossed_limit_op import CrossedLimitOp
from .decision import Decision
from .decision_list import DecisionList
from .decision_mode import DecisionMode
from .decision_predicts import DecisionPredicts
from .decision_reason import DecisionReason
from .decision_record import DecisionRecord
from .direction import Direction
from .equal_regret import EqualRegret
from .estimate import Estimate
from .event import Event
from .event_type import EventType
from .explanation import Explanation
from .export_study_format import ExportStudyFormat
from .export_study_table import ExportStudyTable
from .false_prunes import FalsePrunes
from .field_error import FieldError
from .field_error_in import FieldErrorIn
from .finished_state import FinishedState
from .float_distribution import FloatDistribution
from .float_distribution_type import FloatDistributionType
from .float_type_1 import FloatType1
from .get_importances_method import GetImportancesMethod
from .health import Health
from .health_status import HealthStatus
from .importance import Importance
from .importances import Importances
from .int_distribution import IntDistribution
from .int_distribution_type import IntDistributionType
from .list_trials_order_by import ListTrialsOrderBy
from .metric_declaration import MetricDeclaration
from .metric_declaration_kind import MetricDeclarationKind
from .metric_declarations import MetricDeclarations
from .metric_page import MetricPage
from .metric_point import MetricPoint
from .metric_summary import MetricSummary
from .metrics import Metrics
from .objective import Objective
from .outcome import Outcome
from .params import Params
from .problem import Problem
from .problem_code import ProblemCode
from .protect import Protect
from .pruner import Pruner
from .pruner_catalogue import PrunerCatalogue
from .pruner_cost import PrunerCost
from .pruner_mode import PrunerMode
from .quota import Quota
from .recommend_bounds import RecommendBounds
from .recommendation import Recommendation
from .regret import Regret
from .replay_censored import ReplayCensored
from .replay_decision import ReplayDecision
from .replay_false_prunes import ReplayFalsePrunes
from .replay_pool import ReplayPool
from .replay_pruner import ReplayPruner
from .replay_request import ReplayRequest
from .replay_response import ReplayResponse
from .replay_response_full import ReplayResponseFull
from .replay_result import ReplayResult
from .replay_result_saved import ReplayResultSaved
from .replay_rule import ReplayRule
from .replay_rule_saved import ReplayRuleSaved
from .replay_saved import ReplaySaved
from .replay_tried import ReplayTried
from .report import Report
from .report_result import ReportResult
from .report_results import ReportResults
from .reports_request import ReportsRequest
from .rule_savings import RuleSavings
from .rule_savings_saved import RuleSavingsSaved
from .sampler import Sampler
from .sampler_catalogue import SamplerCatalogue
from .saved import Saved
from .savings import Savings
from .savings_resources import SavingsResources
from .search_space import SearchSpace
from .spared_by import SparedBy
from .stop import Stop
from .stop_reason import StopReason
from .stop_utility import StopUtility
from .study import Study
from .study_create import StudyCreate
from .study_list import StudyList
from .study_patch import StudyPatch
from .study_state import StudyState
from .suggest_request import SuggestRequest
from .suggest_response import SuggestResponse
from .tell import Tell
from .tell_result import TellResult
from .tell_results import TellResults
from .tells_request import TellsRequest
from .transfer_request import TransferRequest
from .transfer_request_use import TransferRequestUse
from .transfer_result import TransferResult
from .trial import Trial
from .trial_counts import TrialCounts
from .trial_create import TrialCreate
from .trial_list import TrialList
from .trial_metrics import TrialMetrics
from .trial_patch import TrialPatch
from .trial_report import TrialReport
from .trial_state import TrialState
from .trial_tell import TrialTell
from .user_attrs import UserAttrs
from .value_map import ValueMap
from .verdict import Verdict
from .version import Version
from .when import When

__all__ = (
    "Aggregate",
    "Amounts",
    "AnyTimePoint",
    "AskedTrial",
    "AskRequest",
    "AskResponse",
    "BestTrials",
    "Budget",
    "BudgetPatch",
    "CatalogueEntry",
    "CatalogueEntryExample",
    "CatalogueEntryKind",
    "CatalogueEntrySchema",
    "CategoricalDistribution",
    "CategoricalDistributionType",
    "Constraint",
    "ConstraintOp",
    "ConstraintResult",
    "ConstraintResultOp",
    "CrossedLimit",
    "CrossedLimitOp",
    "Decision",
    "DecisionList",
    "DecisionMode",
    "DecisionPredicts",
    "DecisionReason",
    "DecisionRecord",
    "Direction",
    "EqualRegret",
    "Estimate",
    "Event",
    "EventType",
    "Explanation",
    "ExportStudyFormat",
    "ExportStudyTable",
    "FalsePrunes",
    "FieldError",
    "FieldErrorIn",
    "FinishedState",
    "FloatDistribution",
    "FloatDistributionType",
    "FloatType1",
    "GetImportancesMethod",
    "Health",
    "HealthStatus",
    "Importance",
    "Importances",
    "IntDistribution",
    "IntDistributionType",
    "ListTrialsOrderBy",
    "MetricDeclaration",
    "MetricDeclarationKind",
    "MetricDeclarations",
    "MetricPage",
    "MetricPoint",
    "Metrics",
    "MetricSummary",
    "Objective",
    "Outcome",
    "Params",
    "Problem",
    "ProblemCode",
    "Protect",
    "Pruner",
    "PrunerCatalogue",
    "PrunerCost",
    "PrunerMode",
    "Quota",
    "Recommendation",
    "RecommendBounds",
    "Regret",
    "ReplayCensored",
    "ReplayDecision",
    "ReplayFalsePrunes",
    "ReplayPool",
    "ReplayPruner",
    "ReplayRequest",
    "ReplayResponse",
    "ReplayResponseFull",
    "ReplayResult",
    "ReplayResultSaved",
    "ReplayRule",
    "ReplayRuleSaved",
    "ReplaySaved",
    "ReplayTried",
    "Report",
    "ReportResult",
    "ReportResults",
    "ReportsRequest",
    "RuleSavings",
    "RuleSavingsSaved",
    "Sampler",
    "SamplerCatalogue",
    "Saved",
    "Savings",
    "SavingsResources",
    "SearchSpace",
    "SparedBy",
    "Stop",
    "StopReason",
    "StopUtility",
    "Study",
    "StudyCreate",
    "StudyList",
    "StudyPatch",
    "StudyState",
    "SuggestRequest",
    "SuggestResponse",
    "Tell",
    "TellResult",
    "TellResults",
    "TellsRequest",
    "TransferRequest",
    "TransferRequestUse",
    "TransferResult",
    "Trial",
    "TrialCounts",
    "TrialCreate",
    "TrialList",
    "TrialMetrics",
    "TrialPatch",
    "TrialReport",
    "TrialState",
    "TrialTell",
    "UserAttrs",
    "ValueMap",
    "Verdict",
    "Version",
    "When",
)
