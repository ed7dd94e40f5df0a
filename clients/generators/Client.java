import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.espalier.ApiClient;
import org.espalier.ApiException;
import org.espalier.api.AnalysisApi;
import org.espalier.api.StudiesApi;
import org.espalier.api.TrialsApi;
import org.espalier.api.WorkersApi;
import org.espalier.model.AskRequest;
import org.espalier.model.AskedTrial;
import org.espalier.model.CategoricalDistribution;
import org.espalier.model.Decision;
import org.espalier.model.Direction;
import org.espalier.model.Distribution;
import org.espalier.model.Explanation;
import org.espalier.model.FieldError;
import org.espalier.model.FinishedState;
import org.espalier.model.FloatDistribution;
import org.espalier.model.IntDistribution;
import org.espalier.model.MetricPoint;
import org.espalier.model.ModelFloat;
import org.espalier.model.Objective;
import org.espalier.model.Problem;
import org.espalier.model.Report;
import org.espalier.model.ReportResult;
import org.espalier.model.ReportsRequest;
import org.espalier.model.Study;
import org.espalier.model.StudyCreate;
import org.espalier.model.Tell;
import org.espalier.model.Trial;
import org.espalier.model.TrialList;
import org.espalier.model.TrialReport;
import org.espalier.model.TrialState;

/** Tunes a little with the client that openapi-generator makes for Java, and checks every answer. Takes the server's URL. */
public class Client {
    private static final String STUDY = "generated-java";

    private final StudiesApi studies;
    private final WorkersApi workers;
    private final TrialsApi trials;
    private final AnalysisApi analysis;
    private int checked;

    private Client(String server) {
        ApiClient client = new ApiClient().setBasePath(server);
        studies = new StudiesApi(client);
        workers = new WorkersApi(client);
        trials = new TrialsApi(client);
        analysis = new AnalysisApi(client);
    }

    public static void main(String[] args) throws Exception {
        Client client = new Client(args[0]);
        client.createStudy();
        List<AskedTrial> asked = client.ask();
        client.complete(asked.get(0).getNumber());
        client.prune(asked.get(1).getNumber());
        client.completeByMetric(asked.get(2).getNumber());
        client.fail(asked.get(3).getNumber());
        client.list();
        client.best(asked.get(0).getNumber());
        client.problems();
        System.out.println("java: " + client.checked + " checks passed");
        System.exit(0); // OkHttp's threads would linger
    }

    private void createStudy() throws ApiException {
        Study study = studies.createStudy(
                new StudyCreate()
                        .name(STUDY)
                        .objectives(List.of(new Objective().metric("loss").direction(Direction.MINIMIZE)))
                        .searchSpace(Map.of(
                                "lr", new Distribution(floats(1e-5, 0.1).log(true)),
                                "layers", new Distribution(
                                        new IntDistribution().type(IntDistribution.TypeEnum.INT).low(1L).high(4L)),
                                "optimizer", new Distribution(choices("adam", "sgd", 8, true, null)),
                                "momentum", new Distribution(floats(0, 0.99).when(Map.of("optimizer", List.of("sgd"))))))
                        .sampler(Map.of("type", "random"))
                        .pruner(Map.of("type", "any", "pruners", List.of(
                                Map.of("type", "median", "startup_trials", 100),
                                Map.of("type", "limit", "metric", "system/cpu_seconds", "bound", 60))))
                        .holdout(0.0)
                        .seed(7L)
                        .userAttrs(Map.of("team", Map.of("name", "vision"))),
                null, null);
        check("the study's name", STUDY, study.getName());
        check("the pruner's type", "any", study.getPruner().get("type"));
        check("the pruner's children", 2, ((List<?>) study.getPruner().get("pruners")).size());
        check("the attrs", Map.of("name", "vision"), study.getUserAttrs().get("team"));
        checkSpace(study.getSearchSpace());
    }

    private void checkSpace(Map<String, Distribution> space) {
        FloatDistribution lr = (FloatDistribution) space.get("lr").getActualInstance();
        check("lr is logarithmic", true, lr.getLog());
        check("lr's lower end", 1e-5, lr.getLow());
        check("layers' upper end", 4L, ((IntDistribution) space.get("layers").getActualInstance()).getHigh());
        List<Object> optimizers = ((CategoricalDistribution) space.get("optimizer").getActualInstance()).getChoices();
        check("the choices", Arrays.asList("adam", "sgd", 8.0, true, null), optimizers);
        check("momentum's condition", Map.of("optimizer", List.of("sgd")),
                ((FloatDistribution) space.get("momentum").getActualInstance()).getWhen());
    }

    private List<AskedTrial> ask() throws ApiException {
        List<AskedTrial> asked = workers.askTrials(STUDY, new AskRequest().count(4).worker("java"), "\"java-ask\"").getTrials();
        check("trials asked", 4, asked.size());
        for (AskedTrial trial : asked) {
            double lr = ((Number) trial.getParams().get("lr")).doubleValue();
            check("lr is in range", true, lr >= 1e-5 && lr <= 0.1);
            check("momentum is there with sgd alone", "sgd".equals(trial.getParams().get("optimizer")),
                    trial.getParams().containsKey("momentum"));
        }
        return asked;
    }

    private void complete(long number) throws ApiException {
        Decision first = workers.reportTrial(STUDY, number, new Report().step(1L).value(number(0.75)), null);
        check("a good report does not prune", false, first.getShouldPrune());
        check("the decision's mode", "enforce", first.getMode());
        check("the decision's step", 1L, first.getStep());
        workers.reportTrial(STUDY, number,
                new Report().step(2L).value(number(1)).metrics(Map.of("grad_norm", new ModelFloat("NaN"))), null);
        List<MetricPoint> points = trials.listMetrics(STUDY, number, null, null, List.of("loss", "grad_norm")).getPoints();
        check("points", 2, points.size());
        check("a whole number comes back", 1.0, points.get(1).getMetrics().get("loss").getActualInstance());
        check("NaN comes back", "NaN", points.get(1).getMetrics().get("grad_norm").getActualInstance());
        Trial told = workers.tellTrial(STUDY, number, new Tell().value(number(1)));
        check("its state", TrialState.COMPLETE, told.getState());
        check("its value", 1.0, told.getValues().get(0).getActualInstance());
    }

    private void prune(long number) throws ApiException {
        Decision decision = workers.reportTrial(STUDY, number,
                new Report().step(1L).value(number(0.5)).metrics(Map.of("system/cpu_seconds", number(61.5))), null);
        check("a limit that is crossed prunes", true, decision.getShouldPrune());
        check("who decided", "limit", decision.getDecidedBy());
        check("the reason", "pruner", decision.getReason());
        Explanation limit = decision.getExplanation().getChildren().get(1);
        check("what is explained", "system/cpu_seconds", limit.getMetric());
        check("by how much", 1.5, limit.getMargin().getActualInstance());
        Trial told = workers.tellTrial(STUDY, number, new Tell().state(FinishedState.PRUNED));
        check("its state", TrialState.PRUNED, told.getState());
        check("its last value", 0.5, told.getLastValues().get("loss").getActualInstance());
    }

    private void completeByMetric(long number) throws ApiException {
        Trial told = workers.tellTrial(STUDY, number, new Tell().values(Map.of("loss", 2.5)));
        check("its value by metric", 2.5, told.getValues().get(0).getActualInstance());
    }

    private void fail(long number) throws ApiException {
        List<ReportResult> results = workers.reportBatch(STUDY, new ReportsRequest().reports(List.of(
                new TrialReport().trial(number).step(1L).value(new ModelFloat("Infinity")),
                new TrialReport().trial(99L).step(1L).value(number(1))))).getResults();
        check("the first of a batch", false, results.get(0).getDecision().getShouldPrune());
        check("the second of a batch", "trial_not_found", results.get(1).getProblem().getCode());
        Trial told = workers.tellTrial(STUDY, number, new Tell().state(FinishedState.FAIL).reason("oom"));
        check("its reason", "oom", told.getReason());
    }

    private void list() throws ApiException {
        TrialList page = trials.listTrials(STUDY, 3, null, null, null, null);
        check("trials on the first page", 3, page.getTrials().size());
        checkSpace(page.getTrials().get(0).getDistributions());
        TrialList last = trials.listTrials(STUDY, 3, page.getNextPageToken(), null, null, null);
        check("trials on the last page", 1, last.getTrials().size());
        check("a page after the last", null, last.getNextPageToken());
        TrialList ended = trials.listTrials(STUDY, null, null, List.of(TrialState.COMPLETE, TrialState.PRUNED), null, null);
        check("trials by state", List.of(TrialState.COMPLETE, TrialState.PRUNED, TrialState.COMPLETE),
                ended.getTrials().stream().map(Trial::getState).collect(Collectors.toList()));
    }

    private void best(long number) throws ApiException {
        List<Trial> best = analysis.getBestTrials(STUDY).getTrials();
        check("how many are best", 1, best.size());
        check("the best trial", number, best.get(0).getNumber());
    }

    private void problems() throws Exception {
        try {
            studies.createStudy(new StudyCreate().name("backwards").searchSpace(Map.of("x", new Distribution(floats(2, 1)))), null, null);
            throw new AssertionError("a range that is backwards was taken");
        } catch (ApiException e) {
            Problem problem = Problem.fromJson(e.getResponseBody());
            check("the status", 400, e.getCode());
            check("the code", "invalid_request", problem.getCode());
            FieldError error = problem.getErrors().get(0);
            check("the place", true, error.getPointer().startsWith("/search_space/x"));
        }
        try {
            workers.askTrials("nobody", new AskRequest(), null);
            throw new AssertionError("a study that is not there gave a trial");
        } catch (ApiException e) {
            check("the status", 404, e.getCode());
            check("the code", "study_not_found", Problem.fromJson(e.getResponseBody()).getCode());
        }
    }

    private static FloatDistribution floats(double low, double high) {
        return new FloatDistribution().type(FloatDistribution.TypeEnum.FLOAT).low(low).high(high);
    }

    private static CategoricalDistribution choices(Object... choices) {
        return new CategoricalDistribution().type(CategoricalDistribution.TypeEnum.CATEGORICAL).choices(Arrays.asList(choices));
    }

    private static ModelFloat number(double value) {
        return new ModelFloat(value);
    }

    private void check(String what, Object want, Object got) {
        if (!Objects.equals(want, got)) {
            throw new AssertionError(what + ": got " + got + ", want " + want);
        }
        checked++;
    }
}
