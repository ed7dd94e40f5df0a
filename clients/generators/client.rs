//! Tunes a little with the client that openapi-generator makes for Rust, and checks every answer. Takes the server's URL.

use std::collections::HashMap;
use std::fmt::Debug;

use serde_json::{json, Value};

use espalier::apis::configuration::Configuration;
use espalier::apis::{analysis_api as analysis, studies_api as studies, trials_api as trials, workers_api as workers, Error};
use espalier::models::{
    categorical_distribution, float_distribution, int_distribution, AskRequest, AskedTrial, CategoricalDistribution, Decision, Direction,
    Distribution, FinishedState, Float, FloatDistribution, IntDistribution, Objective, Problem, Report, ReportsRequest, StudyCreate, StudyPatch,
    Tell, Trial, TrialList, TrialReport, TrialState,
};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const STUDY: &str = "generated-rust";

fn main() -> Outcome<()> {
    let server = std::env::args().nth(1).ok_or("usage: client URL")?;
    let mut client = Client { api: Configuration { base_path: server, ..Configuration::default() }, checked: 0 };
    client.create_study()?;
    let asked = client.ask()?;
    client.complete(asked[0].number)?;
    client.prune(asked[1].number)?;
    client.complete_by_metric(asked[2].number)?;
    client.fail(asked[3].number)?;
    client.list()?;
    client.best(asked[0].number)?;
    client.patch()?;
    client.problems()?;
    println!("rust: {} checks passed", client.checked);
    Ok(())
}

struct Client {
    api: Configuration,
    checked: usize,
}

impl Client {
    fn create_study(&mut self) -> Outcome<()> {
        let lr = FloatDistribution { log: Some(true), ..floats(1e-5, 0.1) };
        let momentum = FloatDistribution { when: Some(HashMap::from([("optimizer".into(), vec![json!("sgd")])])), ..floats(0.0, 0.99) };
        let layers = IntDistribution::new(int_distribution::Type::Int, 1, 4);
        let choices = vec![json!("adam"), json!("sgd"), json!(8), json!(true), Value::Null];
        let optimizer = CategoricalDistribution::new(categorical_distribution::Type::Categorical, choices);
        let pruner = json!({"type": "any", "pruners": [
            {"type": "median", "startup_trials": 100},
            {"type": "limit", "metric": "system/cpu_seconds", "bound": 60},
        ]});
        let study_create = StudyCreate {
            objectives: Some(vec![Objective::new("loss".into(), Direction::Minimize)]),
            search_space: Some(HashMap::from([
                ("lr".into(), Distribution::FloatDistribution(lr)),
                ("layers".into(), Distribution::IntDistribution(layers)),
                ("optimizer".into(), Distribution::CategoricalDistribution(optimizer)),
                ("momentum".into(), Distribution::FloatDistribution(momentum)),
            ])),
            sampler: Some(map(json!({"type": "random"}))),
            pruner: Some(map(pruner)),
            holdout: Some(0.0),
            seed: Some(7),
            user_attrs: Some(map(json!({"team": {"name": "vision"}}))),
            ..StudyCreate::new(STUDY.into())
        };
        let study = studies::create_study(&self.api, studies::CreateStudyParams { study_create, idempotency_key: None, load_if_exists: None })?;
        self.check("the study's name", STUDY, study.name.as_str());
        self.check("the pruner's type", &json!("any"), &study.pruner["type"]);
        self.check("the pruner's children", 2, study.pruner["pruners"].as_array().map_or(0, Vec::len));
        self.check("the attrs", &json!({"name": "vision"}), &study.user_attrs["team"]);
        self.check_space(&study.search_space);
        Ok(())
    }

    fn check_space(&mut self, space: &HashMap<String, Distribution>) {
        match (&space["lr"], &space["layers"], &space["optimizer"], &space["momentum"]) {
            (
                Distribution::FloatDistribution(lr),
                Distribution::IntDistribution(layers),
                Distribution::CategoricalDistribution(optimizer),
                Distribution::FloatDistribution(momentum),
            ) => {
                self.check("lr is logarithmic", Some(true), lr.log);
                self.check("lr's lower end", 1e-5, lr.low);
                self.check("layers' upper end", 4, layers.high);
                self.check("the choices", &json!(["adam", "sgd", 8, true, null]), &json!(optimizer.choices));
                self.check("momentum's condition", &json!({"optimizer": ["sgd"]}), &json!(momentum.when));
            }
            other => panic!("a distribution is not of its type: {other:?}"),
        }
    }

    fn ask(&mut self) -> Outcome<Vec<AskedTrial>> {
        let ask_request = AskRequest { count: Some(4), worker: Some("rust".into()), ..AskRequest::new() };
        let idempotency_key = Some("\"rust-ask\"".into());
        let asked = workers::ask_trials(&self.api, workers::AskTrialsParams { study: STUDY.into(), ask_request, idempotency_key })?.trials;
        self.check("trials asked", 4, asked.len());
        for trial in &asked {
            let lr = trial.params["lr"].as_f64().ok_or("lr is no number")?;
            self.check("lr is in range", true, (1e-5..=0.1).contains(&lr));
            let sgd = trial.params["optimizer"] == "sgd";
            self.check("momentum is there with sgd alone", sgd, trial.params.contains_key("momentum"));
        }
        Ok(asked)
    }

    fn complete(&mut self, number: i64) -> Outcome<()> {
        let first = self.report(number, Report { step: Some(1), value: Some(Float::Number(0.75)), ..Report::new() })?;
        self.check("a good report does not prune", false, first.should_prune);
        self.check("the decision's mode", "enforce", first.mode.as_str());
        self.check("the decision's step", Some(1), first.step);
        let metrics = Some(HashMap::from([("grad_norm".into(), Float::String("NaN".into()))]));
        self.report(number, Report { step: Some(2), value: Some(Float::Number(1.0)), metrics, ..Report::new() })?;
        let name = Some(vec!["loss".into(), "grad_norm".into()]);
        let request = trials::ListMetricsParams { study: STUDY.into(), number, page_size: None, page_token: None, name };
        let points = trials::list_metrics(&self.api, request)?.points;
        self.check("points", 2, points.len());
        self.check("a whole number comes back", &Float::Number(1.0), &points[1].metrics["loss"]);
        self.check("NaN comes back", &Float::String("NaN".into()), &points[1].metrics["grad_norm"]);
        let told = self.tell(number, Tell { value: Some(Float::Number(1.0)), ..Tell::new() })?;
        self.check("its state", TrialState::Complete, told.state);
        self.check("its value", Some(vec![Float::Number(1.0)]), told.values);
        Ok(())
    }

    fn prune(&mut self, number: i64) -> Outcome<()> {
        let metrics = Some(HashMap::from([("system/cpu_seconds".into(), Float::Number(61.5))]));
        let decision = self.report(number, Report { step: Some(1), value: Some(Float::Number(0.5)), metrics, ..Report::new() })?;
        self.check("a limit that is crossed prunes", true, decision.should_prune);
        self.check("who decided", Some("limit"), decision.decided_by.as_deref());
        self.check("the reason", Some("pruner"), decision.reason.as_deref());
        let children = decision.explanation.and_then(|explanation| explanation.children).ok_or("nothing is explained")?;
        self.check("what is explained", Some("system/cpu_seconds"), children[1].metric.as_deref());
        self.check("by how much", &Some(Float::Number(1.5)), &children[1].margin);
        let told = self.tell(number, Tell { state: Some(FinishedState::Pruned), ..Tell::new() })?;
        self.check("its state", TrialState::Pruned, told.state);
        self.check("its last value", Some(Float::Number(0.5)), told.last_values.and_then(|mut values| values.remove("loss")));
        Ok(())
    }

    fn complete_by_metric(&mut self, number: i64) -> Outcome<()> {
        let told = self.tell(number, Tell { values: Some(Some(json!({"loss": 2.5}))), ..Tell::new() })?;
        self.check("its value by metric", Some(vec![Float::Number(2.5)]), told.values);
        Ok(())
    }

    fn fail(&mut self, number: i64) -> Outcome<()> {
        let good = TrialReport { step: Some(1), value: Some(Float::String("Infinity".into())), ..TrialReport::new(number) };
        let bad = TrialReport { step: Some(1), value: Some(Float::Number(1.0)), ..TrialReport::new(99) };
        let reports_request = ReportsRequest::new(vec![good, bad]);
        let results = workers::report_batch(&self.api, workers::ReportBatchParams { study: STUDY.into(), reports_request })?.results;
        self.check("the first of a batch", Some(false), results[0].decision.as_ref().map(|decision| decision.should_prune));
        self.check("the second of a batch", Some("trial_not_found"), results[1].problem.as_ref().map(|problem| problem.code.as_str()));
        let told = self.tell(number, Tell { state: Some(FinishedState::Fail), reason: Some("oom".into()), ..Tell::new() })?;
        self.check("its reason", Some("oom"), told.reason.as_deref());
        Ok(())
    }

    fn list(&mut self) -> Outcome<()> {
        let page = self.page(None, None)?;
        self.check("trials on the first page", 3, page.trials.len());
        self.check_space(&page.trials[0].distributions);
        let last = self.page(page.next_page_token, None)?;
        self.check("trials on the last page", 1, last.trials.len());
        self.check("a page after the last", None, last.next_page_token);
        let ended = self.page(None, Some(vec![TrialState::Complete, TrialState::Pruned]))?;
        let states: Vec<_> = ended.trials.iter().map(|trial| trial.state).collect();
        self.check("trials by state", vec![TrialState::Complete, TrialState::Pruned, TrialState::Complete], states);
        Ok(())
    }

    fn best(&mut self, number: i64) -> Outcome<()> {
        let best = analysis::get_best_trials(&self.api, analysis::GetBestTrialsParams { study: STUDY.into() })?.trials;
        self.check("how many are best", 1, best.len());
        self.check("the best trial", number, best[0].number);
        Ok(())
    }

    /// In a merge patch null takes away, and what is left out stays.
    fn patch(&mut self) -> Outcome<()> {
        let set = StudyPatch { max_steps: Some(Some(27)), lease_seconds: Some(Some(60)), ..StudyPatch::new() };
        self.check("the steps are set", Some(27), self.update(set)?.max_steps);
        let study = self.update(StudyPatch { max_steps: Some(None), ..StudyPatch::new() })?;
        self.check("null takes the steps away", None, study.max_steps);
        self.check("the lease stays", 60, study.lease_seconds);
        Ok(())
    }

    fn problems(&mut self) -> Outcome<()> {
        let space = HashMap::from([("x".into(), Distribution::FloatDistribution(floats(2.0, 1.0)))]);
        let study_create = StudyCreate { search_space: Some(space), ..StudyCreate::new("backwards".into()) };
        let refused = studies::create_study(&self.api, studies::CreateStudyParams { study_create, idempotency_key: None, load_if_exists: None });
        let problem = problem(refused)?;
        self.check("the status", 400, problem.status);
        self.check("the code", "invalid_request", problem.code.as_str());
        let pointer = problem.errors.and_then(|errors| errors[0].pointer.clone()).ok_or("no pointer")?;
        self.check("the place", true, pointer.starts_with("/search_space/x"));

        let request = workers::AskTrialsParams { study: "nobody".into(), ask_request: AskRequest::new(), idempotency_key: None };
        let problem = self::problem(workers::ask_trials(&self.api, request))?;
        self.check("the status", 404, problem.status);
        self.check("the code", "study_not_found", problem.code.as_str());
        Ok(())
    }

    fn report(&self, number: i64, report: Report) -> Outcome<Decision> {
        let request = workers::ReportTrialParams { study: STUDY.into(), number, report, explain: None };
        Ok(workers::report_trial(&self.api, request)?)
    }

    fn tell(&self, number: i64, tell: Tell) -> Outcome<Trial> {
        Ok(workers::tell_trial(&self.api, workers::TellTrialParams { study: STUDY.into(), number, tell })?)
    }

    fn update(&self, study_patch: StudyPatch) -> Outcome<espalier::models::Study> {
        let request = studies::UpdateStudyParams { study: STUDY.into(), study_patch, if_match: None };
        Ok(studies::update_study(&self.api, request)?)
    }

    fn page(&self, page_token: Option<String>, state: Option<Vec<TrialState>>) -> Outcome<TrialList> {
        let request =
            trials::ListTrialsParams { study: STUDY.into(), page_size: Some(3), page_token, state, feasible: None, order_by: None };
        Ok(trials::list_trials(&self.api, request)?)
    }

    fn check<T: PartialEq + Debug>(&mut self, what: &str, want: T, got: T) {
        assert!(want == got, "{what}: got {got:?}, want {want:?}");
        self.checked += 1;
    }
}

fn floats(low: f64, high: f64) -> FloatDistribution {
    FloatDistribution::new(float_distribution::Type::Float, low, high)
}

/// The members of an object.
fn map(object: Value) -> HashMap<String, Value> {
    object.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The problem that refused a request; an error if it was not refused, or not with a problem.
fn problem<T, E>(outcome: Result<T, Error<E>>) -> Outcome<Problem> {
    match outcome {
        Err(Error::ResponseError(response)) => Ok(serde_json::from_str(&response.content)?),
        Err(_) => Err("the request failed without an answer".into()),
        Ok(_) => Err("what is wrong was taken".into()),
    }
}
