package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// work runs "espalier run" in this process against the server; what the agent
// keeps is the test's own.
func (s *server) work(t *testing.T, args ...string) result {
	t.Helper()
	return call(t, s.agentEnv(), "", append([]string{"run"}, args...)...)
}

func (s *server) agentEnv() environ {
	return environ{"ESPALIER_SERVER": s.url, "ESPALIER_STATE": filepath.Join(s.dir, "state")}
}

// create makes the study "toy", which minimises val_loss over lr, with more
// members.
func (s *server) create(t *testing.T, more string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "study.yaml")
	text := "name: toy\nobjectives: [{metric: val_loss, direction: minimize}]\n" +
		"search_space: {lr: {type: float, low: 1e-5, high: 0.1, log: true}}\nseed: 1\n" + more
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.ok(t, "study", "create", "-f", file)
}

// trial reads a trial of the study "toy".
func (s *server) trial(t *testing.T, number int64) api.Trial {
	t.Helper()
	out, err := api.Read[api.Trial](s.client(t).API().GetTrial(t.Context(), "toy", number))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// agentAttrs are what the agent kept with a trial.
func agentAttrs(t *testing.T, trial *api.Trial) map[string]any {
	t.Helper()
	attrs, ok := trial.UserAttrs["agent"].(map[string]any)
	if !ok {
		t.Fatalf("trial %d has no attrs of the agent: %v", trial.Number, trial.UserAttrs)
	}
	return attrs
}

// expect checks how a command ended and how its first trial did.
func (s *server) expect(t *testing.T, r result, code int, state api.TrialState, reason string) api.Trial {
	t.Helper()
	if r.code != code {
		t.Errorf("exit %d, want %d\n%s%s", r.code, code, r.stdout, r.stderr)
	}
	trial := s.trial(t, 0)
	if trial.State != state || trial.Reason != reason {
		t.Errorf("trial 0 is %s with reason %q, want %s with %q\n%s", trial.State, trial.Reason, state, reason, r.stderr)
	}
	return trial
}

func TestAScriptThatKnowsNothingIsTunedAndMeasured(t *testing.T) {
	s := start(t, nil)
	s.create(t, "budget: {max_trials: 3}")
	r := s.work(t, "--study", "toy", "--count", "0", "--", "sh", "-c",
		`i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo "epoch $i val_loss: 0.$((5-i))"; done; echo "lr is $1"; sleep 0.3; exit 0`, "script", "{lr}")
	trial := s.expect(t, r, 0, api.TrialStateCOMPLETE, "")
	if len(trial.Values) != 1 || trial.Values[0] != 0.2 {
		t.Errorf("values %v, want 0.2, the last that was printed", trial.Values)
	}
	if m := trial.Metrics["val_loss"]; m.Count != 3 || m.Max != 0.4 {
		t.Errorf("val_loss %+v, want three points", m)
	}
	for _, metric := range []string{"system/cpu_seconds", "system/wall_seconds", "system/memory_bytes", "system/peak_memory_bytes", "system/rss_bytes", "system/processes", "system/threads"} {
		if _, ok := trial.Metrics[metric]; !ok {
			t.Errorf("%s was not measured", metric)
		}
	}
	attrs := agentAttrs(t, &trial)
	if !slices.Contains([]string{"cgroup_v2", "cgroup_v1", "reaped", "sampled"}, attrs["accounting"].(string)) || attrs["memory"] == nil || attrs["exit_code"] != 0.0 {
		t.Errorf("the agent kept %v, want how CPU time and memory were measured, and the exit code", attrs)
	}
	if missing, ok := attrs["not_measured"].(map[string]any); !ok || missing["system/gpu_seconds"] == nil {
		t.Errorf("the agent kept %v, want why there is no GPU time", attrs)
	}
	if strings.Count(r.stdout, "lr is ") != 3 || !strings.Contains(r.stdout, "epoch 1 val_loss: 0.4\nepoch 2 val_loss: 0.3\n") {
		t.Errorf("the output did not pass through:\n%s", r.stdout)
	}
	fits(t, r.stderr, `trial 2  complete  val_loss 0\.2 `)
	fits(t, r.stderr, `toy  3 trials  3 complete`)
	fits(t, r.stderr, `the study ended: budget`)
}

func TestHowAScriptEndsIsToldAndIsTheExitCode(t *testing.T) {
	tests := map[string]struct {
		script string
		code   int
		state  api.TrialState
		reason string
		says   string
	}{
		"its own exit code":        {`echo bad >&2; exit 3`, 3, api.TrialStateFAIL, "exit_code", "exit code 3\nbad"},
		"a signal":                 {`kill -9 $$`, 137, api.TrialStateFAIL, "exit_code", "signal 9"},
		"no objective":             {`echo accuracy=1`, 1, api.TrialStateFAIL, "no_objective", "val_loss was never printed; what was: accuracy"},
		"a value that is NaN":      {`echo val_loss=nan`, 1, api.TrialStateFAIL, "not_finite", "NaN"},
		"a result that is NaN":     {`echo epoch=1 val_loss=3; echo ::result val_loss=nan`, 1, api.TrialStateFAIL, "not_finite", "NaN"},
		"a value as a result":      {`echo epoch=1 val_loss=3; echo ::result val_loss=0.5 latency_seconds=2`, 0, api.TrialStateCOMPLETE, "", ""},
		"a value in descriptor 3":  {`echo '{"step": 1, "val_loss": 0.5}' >&3`, 0, api.TrialStateCOMPLETE, "", ""},
		"a value in a file":        {`echo '{"step": 1, "val_loss": 0.5}' >$ESPALIER_METRICS_FILE`, 0, api.TrialStateCOMPLETE, "", ""},
		"a value as a JSON line":   {`echo '{"epoch": 1, "val_loss": 0.5}'`, 0, api.TrialStateCOMPLETE, "", ""},
		"a value on stderr":        {`echo 'epoch 1 val_loss=0.5' >&2`, 0, api.TrialStateCOMPLETE, "", ""},
		"a daemon that is left":    {`echo val_loss=0.5; sleep 1000 & exit 0`, 0, api.TrialStateCOMPLETE, "", ""},
		"a last line without end":  {`printf 'epoch=1 val_loss=0.5'`, 0, api.TrialStateCOMPLETE, "", ""},
		"metrics in several lines": {`echo epoch=1 x=1; echo epoch=1 val_loss=0.5; echo epoch=1 val_loss=9`, 0, api.TrialStateCOMPLETE, "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			s.create(t, "metrics: {x: {}}\npruner: {type: nop}")
			r := s.work(t, "--study", "toy", "--", "sh", "-c", tt.script)
			trial := s.expect(t, r, tt.code, tt.state, tt.reason)
			if !strings.Contains(trial.Error, tt.says) {
				t.Errorf("error %q, want %q in it", trial.Error, tt.says)
			}
			if tt.state == api.TrialStateCOMPLETE && (len(trial.Values) != 1 || trial.Values[0] != 0.5) {
				t.Errorf("values %v, want 0.5", trial.Values)
			}
		})
	}
}

func TestWhatCannotBeStartedExitsAsAShellDoes(t *testing.T) {
	s := start(t, nil)
	s.create(t, "")
	file := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(file, []byte("no program"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.expect(t, s.work(t, "--study", "toy", "--", "/does/not/exist"), 127, api.TrialStateFAIL, "cannot_start")
	if r := s.work(t, "--study", "toy", "--", file); r.code != 126 {
		t.Errorf("exit %d, want 126\n%s", r.code, r.stderr)
	}
	if r := s.work(t, "--study", "toy", "--count", "0", "--", "/does/not/exist"); r.code != 1 {
		t.Errorf("exit %d of many trials, want 1: it gives up\n%s", r.code, r.stderr)
	}
	if n := s.trial(t, 2); n.State != api.TrialStateFAIL {
		t.Errorf("trial 2 is %s", n.State)
	}
}

func TestLimitsHoldForASilentScript(t *testing.T) {
	burn := `while :; do :; done`
	tests := map[string]struct {
		flags  []string
		script string
		code   int
		metric string
		bound  float64
	}{
		"time":                                  {[]string{"--timeout", "0.5s"}, `sleep 1000`, 124, "system/wall_seconds", 0.5},
		"CPU time":                              {[]string{"--cpu-limit", "0.4", "--sample", "100ms"}, burn, 0, "system/cpu_seconds", 0.4},
		"memory":                                {[]string{"--mem-limit", "60M"}, `exec python3 -c 'b = bytes(1) * 90000000; input() if 0 else __import__("time").sleep(1000)'`, 0, "system/memory_bytes", 60e6},
		"memory of processes that were sampled": {[]string{"--mem-limit", "60M", "--cgroup", "off"}, `python3 -c 'b = bytes(1) * 90000000; __import__("time").sleep(1000)' & wait`, 0, "system/memory_bytes", 60e6},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.HasPrefix(name, "memory") {
				needs(t, "python3")
			}
			s := start(t, nil)
			s.create(t, "")
			r := s.work(t, append(append([]string{"--study", "toy", "--grace", "1s"}, tt.flags...), "--", "sh", "-c", tt.script)...)
			trial := s.expect(t, r, tt.code, api.TrialStatePRUNED, "limit")
			if deref(trial.Feasible) || len(trial.Constraints) != 1 {
				t.Fatalf("trial 0 is feasible, or has not one limit: %+v", trial.Constraints)
			}
			c := trial.Constraints[0]
			if c.Metric != tt.metric || deref(c.Bound) != tt.bound || !(*c.Observed > api.Float(tt.bound)) || *c.Violation != *c.Observed-api.Float(tt.bound) {
				t.Errorf("crossed %+v, want %s beyond %v", c, tt.metric, tt.bound)
			}
		})
	}
}

func TestAConstraintOfTheStudyStopsASilentScript(t *testing.T) {
	s := start(t, nil)
	s.create(t, "constraints: [{metric: system/wall_seconds, op: '<=', bound: 1}]")
	r := s.work(t, "--study", "toy", "--grace", "1s", "--pruned-exit", "9", "--", "sleep", "1000")
	trial := s.expect(t, r, 9, api.TrialStatePRUNED, "pruner")
	if d := trial.Decision; d == nil || d.DecidedBy != "limit" || len(trial.Constraints) != 1 || deref(trial.Feasible) {
		t.Errorf("trial 0 is %+v, want the server's decision and a violation", trial)
	}
	fits(t, r.stderr, `trial 0  pruned .* limit: .*the limit is 1 s`)
}

func TestAPruneReachesASilentScriptThroughTheStopFileAndASignal(t *testing.T) {
	for name, script := range map[string]string{
		"it ends at the signal":     `trap 'exit 0' TERM; touch "$READY"; while :; do sleep 0.05; done`,
		"it looks for the file":     `trap '' TERM; touch "$READY"; while [ ! -e "$ESPALIER_STOP_FILE" ]; do sleep 0.05; done; echo val_loss=1; exit 0`,
		"it ignores both":           `trap '' TERM; touch "$READY"; while :; do sleep 0.05; done`,
		"only a grandchild is left": `trap '' TERM; (setsid sh -c 'trap "" TERM; while :; do sleep 0.05; done' &); touch "$READY"; while [ ! -e "$ESPALIER_STOP_FILE" ]; do sleep 0.05; done`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			s.create(t, "")
			ready := filepath.Join(t.TempDir(), "ready")
			ended := make(chan result, 1)
			go func() {
				ended <- s.work(t, "--study", "toy", "--grace", "1s", "--", "env", "READY="+ready, "sh", "-c", script)
			}()
			appears(t, ready)
			if _, err := api.Read[api.Decision](s.client(t).API().PruneTrial(t.Context(), "toy", 0)); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			trial := s.expect(t, <-ended, 0, api.TrialStatePRUNED, "operator")
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
			if agentAttrs(t, &trial)["stop_seconds"] == nil {
				t.Errorf("the agent did not keep how long the stop took: %v", trial.UserAttrs)
			}
		})
	}
}

// appears waits for a file.
func appears(t *testing.T, file string) {
	t.Helper()
	until(t, file+" appears", func() bool { _, err := os.Stat(file); return err == nil })
}

// until waits for something to be true.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for deadline := time.Now().Add(limit); !is(); <-poll.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestAnInterruptedTrialIsResumedByTheNextAgent(t *testing.T) {
	s := start(t, nil)
	s.create(t, "budget: {max_trials: 1}")
	ready := filepath.Join(t.TempDir(), "ready")
	script := `trap 'echo half >"$ESPALIER_CHECKPOINT_DIR/model"; exit 0' TERM
if [ -e "$ESPALIER_CHECKPOINT_DIR/model" ]; then echo "epoch=2 val_loss=$ESPALIER_ATTEMPT"; exit 0; fi
echo epoch=1 val_loss=7; touch ` + ready + `; while :; do sleep 0.05; done`
	ctx, interrupt := context.WithCancel(t.Context())
	var stdout, stderr buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"run", "--study", "toy", "--resume", "--", "sh", "-c", script}, s.agentEnv().get, nil, &stdout, &stderr)
	}()
	appears(t, ready)
	interrupt()
	if code := <-ended; code != exitAgain {
		t.Errorf("exit %d, want 75\n%s", code, &stderr)
	}
	first := s.trial(t, 0)
	if first.State != api.TrialStateFAIL || first.Reason != "interrupted" {
		t.Errorf("trial 0 is %s with reason %v, want FAIL, interrupted", first.State, first.Reason)
	}
	r := s.work(t, "--study", "toy", "--count", "0", "--resume", "--", "sh", "-c", script)
	second := s.trial(t, 1)
	if r.code != 0 || second.State != api.TrialStateCOMPLETE || second.Attempt != 2 || deref(second.RetryOf) != 0 || second.Values[0] != 2 {
		t.Errorf("exit %d and trial 1 %+v, want it COMPLETE as a second attempt that found the checkpoint\n%s", r.code, second, r.stderr)
	}
}

func TestATrialThatSomebodyElseEndedIsLetGo(t *testing.T) {
	s := start(t, nil)
	s.create(t, "")
	ready := filepath.Join(t.TempDir(), "ready")
	ended := make(chan result, 1)
	go func() {
		ended <- s.work(t, "--study", "toy", "--grace", "1s", "--", "sh", "-c", "touch "+ready+"; exec sleep 1000")
	}()
	appears(t, ready)
	gone := api.Tell{State: api.FinishedStateFAIL, Reason: "lease_expired"}
	if _, err := api.Check(s.client(t).API().TellTrial(t.Context(), "toy", 0, gone)); err != nil {
		t.Fatal(err)
	}
	r := <-ended
	s.expect(t, r, 143, api.TrialStateFAIL, "lease_expired")
	fits(t, r.stderr, `lost: it is FAIL on the server`)
}

func TestAScriptMayTellItsOwnResult(t *testing.T) {
	needs(t, "curl")
	s := start(t, nil)
	s.create(t, "")
	r := s.work(t, "--study", "toy", "--", "sh", "-c",
		`curl -s "$ESPALIER_SERVER/v1/studies/$ESPALIER_STUDY/trials/$ESPALIER_TRIAL/tell" --json '{"value": 0.25}' >/dev/null`)
	if trial := s.expect(t, r, 0, api.TrialStateCOMPLETE, ""); trial.Values[0] != 0.25 {
		t.Errorf("values %v, want what the script told", trial.Values)
	}
}

func TestTheEnvironmentOfAScript(t *testing.T) {
	s := start(t, nil)
	s.create(t, "")
	t.Setenv("ESPALIER_TOKEN", "") // in the environment of the script it would be seen
	r := s.work(t, "--study", "toy", "--cpus", "1", "--", "sh", "-c", `env; cat "$ESPALIER_PARAMS_FILE"; ls -d "$ESPALIER_CHECKPOINT_DIR"; echo val_loss=1`)
	if r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	for _, want := range []string{
		`(?m)^ESPALIER_STUDY=toy$`, `(?m)^ESPALIER_TRIAL=0$`, `(?m)^ESPALIER_ATTEMPT=1$`, `(?m)^ESPALIER_PARAM_LR=[0-9.e-]+$`,
		`(?m)^ESPALIER_PARAMS=\{"lr":`, `(?m)^\{"lr":[0-9.e-]+\}$`, `(?m)^ESPALIER_METRICS_FD=3$`, `(?m)^PYTHONUNBUFFERED=1$`, `(?m)^OMP_NUM_THREADS=1$`,
		`(?m)^ESPALIER_SERVER=` + s.url,
	} {
		fits(t, r.stdout, want)
	}
	if strings.Contains(r.stdout, "ESPALIER_TOKEN") {
		t.Errorf("the token is in the environment:\n%s", r.stdout)
	}
	for _, name := range []string{"ESPALIER_PARAMS_FILE", "ESPALIER_CHECKPOINT_DIR"} {
		_, value, _ := strings.Cut(r.stdout, name+"=")
		value, _, _ = strings.Cut(value, "\n")
		if _, err := os.Stat(value); err == nil || value == "" {
			t.Errorf("%s=%q is still there", name, value)
		}
	}
}

func TestWrongUseOfRunExitsWith64BeforeATrialIsAsked(t *testing.T) {
	s := start(t, nil)
	s.create(t, "")
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no study":           {[]string{"--", "true"}, `which study`},
		"no command":         {[]string{"--study", "toy"}, `what to run`},
		"a near miss":        {[]string{"--study", "toy", "--", "p", "{lrr}"}, `did you mean \{lr\}`},
		"strict":             {[]string{"--study", "toy", "--strict", "--", "p"}, `does not take lr`},
		"a flag of nobody's": {[]string{"--study", "toy", "--frob", "--", "p"}, `unknown flag`},
		"a size":             {[]string{"--study", "toy", "--mem-limit", "8Q", "--", "p"}, `want a size`},
		"a time":             {[]string{"--study", "toy", "--timeout", "soon", "--", "p"}, `want a time`},
		"a price":            {[]string{"--study", "toy", "--price", "beer=3", "--", "p"}, `unknown "beer"`},
		"a price of energy":  {[]string{"--study", "toy", "--price", "kwh=3", "--no-gpu", "--", "p"}, `the energy is not measured`},
		"a signal":           {[]string{"--study", "toy", "--prune-signal", "FROB", "--", "p"}, `no signal`},
		"GPUs":               {[]string{"--study", "toy", "--gpus", "x", "--", "p"}, `--gpus`},
		"an output":          {[]string{"--study", "toy", "-o", "json", "--", "p"}, `no --output`},
		"an expression":      {[]string{"--study", "toy", "--metric-regex", "(", "--", "p"}, `--metric-regex`},
		"a group":            {[]string{"--study", "toy", "--cgroup", "/does/not/exist", "--", "p"}, `--cgroup`},
		"server and db":      {[]string{"--study", "toy", "--db", "x.db", "--server", s.url, "--", "p"}, `exclude each other`},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "a price of energy" {
				if _, err := os.Stat("/sys/class/powercap/intel-rapl:0"); err == nil {
					t.Skip("the energy is measured here")
				}
			}
			r := s.work(t, tt.args...)
			if r.code != exitRunUsage {
				t.Errorf("exit %d, want 64", r.code)
			}
			fits(t, r.stderr, tt.want)
		})
	}
	if r := s.work(t, "--study", "nosuch", "--", "p"); r.code != 1 || !strings.Contains(r.stderr, "nosuch") {
		t.Errorf("of a study that is not there: exit %d, %s", r.code, r.stderr)
	}
	if n := len(decoded[api.TrialList](t, s.ok(t, "trial", "list", "toy", "-o", "json")).Trials); n != 0 {
		t.Errorf("%d trials were asked", n)
	}
	l := reserve(t)
	if r := call(t, environ{}, "", "run", "--server", "http://"+l, "--wait-server", "0", "--study", "toy", "--", "p"); r.code != exitUnreachable {
		t.Errorf("without a server: exit %d, want 69\n%s", r.code, r.stderr)
	}
}

func TestADryRunStartsNothing(t *testing.T) {
	s := start(t, nil)
	s.create(t, "")
	r := s.work(t, "--study", "toy", "--dry-run", "--", "train", "--lr", "{lr}", "{{x}}", "a b")
	if r.code != 0 || !strings.HasPrefix(r.stdout, `"train" "--lr" "0.001" "{x}" "a b"`) && !strings.HasPrefix(r.stdout, `"train" "--lr" "0.00`) {
		t.Errorf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	fits(t, r.stdout, `(?m)^ESPALIER_PARAM_LR=`)
	if n := len(decoded[api.TrialList](t, s.ok(t, "trial", "list", "toy", "-o", "json")).Trials); n != 0 {
		t.Errorf("%d trials were asked", n)
	}
}

func TestSeveralTrialsAtATimeShareTheProcessors(t *testing.T) {
	s := start(t, nil)
	s.create(t, "budget: {max_trials: 4}")
	meet := t.TempDir()
	r := s.work(t, "--study", "toy", "--parallel", "2", "--", "sh", "-c",
		// Each waits until another trial is at work beside it.
		`touch `+meet+`/$ESPALIER_TRIAL; until [ "$(ls `+meet+` | wc -l)" -ge 2 ]; do sleep 0.02; done; echo threads $OMP_NUM_THREADS; echo epoch=1 val_loss=1`)
	if r.code != 0 || strings.Count(r.stderr, "complete  val_loss") != 4 {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	fits(t, r.stdout, `threads [1-9]`)
}

func TestAnAgentGivesUpOnAScriptThatAlwaysFails(t *testing.T) {
	s := start(t, nil)
	s.create(t, "")
	r := s.work(t, "--study", "toy", "--count", "0", "--retries", "1", "--", "false")
	if r.code != 1 {
		t.Errorf("exit %d, want 1\n%s", r.code, r.stderr)
	}
	fits(t, r.stderr, `gave up: the first 3 trials all failed`)
	if again := s.trial(t, 1); again.Attempt != 2 || deref(again.RetryOf) != 0 {
		t.Errorf("trial 1 %+v, want a second attempt at the first", again)
	}
}

func TestMetricsUnderOtherNames(t *testing.T) {
	s := start(t, nil)
	s.create(t, "metrics: {speed: {}}")
	r := s.work(t, "--study", "toy", "--metric", "val_loss=Cross Validation Error", "--metric-regex", `rate (?P<speed>[0-9.]+)/s`, "--final", "best", "--", "sh", "-c",
		`echo 'Cross Validation Error = 3'; echo 'Cross Validation Error = 1'; echo 'Cross Validation Error = 2'; echo 'rate 7.5/s'`)
	trial := s.expect(t, r, 0, api.TrialStateCOMPLETE, "")
	if trial.Values[0] != 1 || trial.Metrics["speed"].Last != 7.5 || trial.Metrics["val_loss"].Count != 3 {
		t.Errorf("values %v and metrics %v, want the best, 1, of three, and the speed", trial.Values, trial.Metrics)
	}
}

func TestEnergyThatIsModelledIsLabelledAndPriced(t *testing.T) {
	if _, err := os.Stat("/sys/class/powercap/intel-rapl:0/energy_uj"); err == nil {
		t.Skip("the energy is measured here")
	}
	s := start(t, nil)
	s.create(t, "")
	r := s.work(t, "--study", "toy", "--energy-model", "core=100", "--price", "cpu=3600,kwh=3600000", "--", "sh", "-c",
		`i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo val_loss=1`)
	trial := s.expect(t, r, 0, api.TrialStateCOMPLETE, "")
	cpu, joules, cost := trial.Metrics["system/cpu_seconds"].Max, trial.Metrics["system/energy_joules"].Max, trial.Metrics["system/cost"].Max
	if cpu <= 0 || joules < 99*cpu || joules > 101*cpu || cost < 0.99*(cpu+joules) || cost > 1.01*(cpu+joules) {
		t.Errorf("%v CPU s, %v J, cost %v; want 100 J a CPU second, and 1 for each of both", cpu, joules, cost)
	}
	if agentAttrs(t, &trial)["energy"] != "modelled" {
		t.Errorf("the agent kept %v, want the energy as modelled", trial.UserAttrs)
	}
}

func TestEachTrialAtATimeHasAGPUOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	smi := `#!/bin/sh
cards() { printf '0, GPU-a, Card, 50, 1024, 100, 8192\n1, GPU-b, Card, 25, 512, [N/A], 8192\n'; }
case "$*" in *-lms*) while cards; do sleep 0.1; done ;; *) cards ;; esac
`
	if err := os.WriteFile(filepath.Join(dir, "nvidia-smi"), []byte(smi), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	s := start(t, nil)
	s.create(t, "budget: {max_trials: 2}")
	meet := t.TempDir()
	r := s.work(t, "--study", "toy", "--gpus", "auto", "--price", "gpu=3600", "--", "sh", "-c",
		`touch `+meet+`/$ESPALIER_TRIAL; until [ "$(ls `+meet+` | wc -l)" -ge 2 ]; do sleep 0.02; done; echo card $CUDA_VISIBLE_DEVICES; sleep 0.5; echo val_loss=1`)
	if r.code != 0 || !strings.Contains(r.stdout, "card 0\n") || !strings.Contains(r.stdout, "card 1\n") {
		t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	for number := range int64(2) {
		trial := s.trial(t, number)
		wall, gpu, cost := trial.Metrics["system/wall_seconds"].Max, trial.Metrics["system/gpu_seconds"].Max, trial.Metrics["system/cost"].Max
		if gpu <= 0 || gpu > wall+1 || cost < 0.99*gpu || cost > 1.01*gpu {
			t.Errorf("trial %d: %v s of %v s, cost %v; want one GPU, at 1 a second", number, gpu, wall, cost)
		}
		// Each is the first GPU of its trial, whichever card it is.
		_, watts := trial.Metrics["system/gpu0/power_watts"]
		card := trial.UserAttrs["agent"].(map[string]any)["gpus"].([]any)[0]
		if use := trial.Metrics["system/gpu0/utilization_ratio"].Max; watts != (card == 0.0) || use != map[any]api.Float{0.0: 0.5, 1.0: 0.25}[card] {
			t.Errorf("trial %d on card %v: utilization %v, power known: %v", number, card, use, watts)
		}
	}
	if r := s.work(t, "--study", "toy", "--gpus", "auto", "--parallel", "3", "--", "true"); r.code != exitRunUsage {
		t.Errorf("three at a time on two cards: exit %d\n%s", r.code, r.stderr)
	}
}

func TestAStudyIsMadeAndTunedOnAServerOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "study.yaml")
	text := "name: own\nbudget: {max_trials: 2}\nsearch_space:\n  n: {type: int, low: 1, high: 3}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	db, env := filepath.Join(dir, "own.db"), environ{"ESPALIER_STATE": dir}
	r := call(t, env, "", "run", "--create", file, "--db", db, "--", "sh", "-c", "echo value=$1", "x", "{n}")
	if r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	fits(t, r.stderr, `own  2 trials  2 complete`)
	fits(t, r.stderr, `espalier serve --db `)
	s := start(t, nil, "--db", db)
	if best := s.ok(t, "best", "own"); !strings.Contains(best, "COMPLETE") {
		t.Errorf("the database holds %s", best)
	}
}

func TestDoctorSaysWhatWorksAndWhyNot(t *testing.T) {
	s := start(t, nil)
	r := call(t, s.agentEnv(), "", "doctor")
	if r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	for _, sensor := range []string{"host", "cpu", "rapl", "gpu", "cgroup", "limits", "affinity", "spool", "server"} {
		fits(t, r.stdout, `(?m)^(ok|no)  `+sensor+` +\S.*$`)
	}
	fits(t, r.stdout, `(?m)^ok  server +`+s.url+` is Espalier`)
	if got := decoded[[]finding](t, call(t, s.agentEnv(), "", "doctor", "-o", "json").stdout); len(got) < 9 {
		t.Errorf("as JSON: %+v", got)
	}
}

func TestOutputOfEachTrialIsKept(t *testing.T) {
	s := start(t, nil)
	s.create(t, "")
	dir := filepath.Join(t.TempDir(), "logs")
	r := s.work(t, "--study", "toy", "--log-dir", dir, "--quiet", "--", "sh", "-c", `echo to stdout; echo to stderr >&2; echo val_loss=1`)
	if r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "toy-0.log"))
	if err != nil || !bytes.Contains(kept, []byte("to stdout\n")) || !bytes.Contains(kept, []byte("to stderr\n")) {
		t.Errorf("the log holds %q, %v", kept, err)
	}
	if strings.Contains(r.stderr, "trial 0") {
		t.Errorf("quiet, it said %s", r.stderr)
	}
}

func TestUnitsOfFlags(t *testing.T) {
	for text, want := range map[string]int64{"512": 512, "1k": 1000, "8G": 8e9, "8GB": 8e9, "1.5M": 1.5e6, "2Ki": 2048, "1GiB": 1 << 30, "x": 0, "": 0, "-1": 0, "8Q": 0, "nan": 0} {
		var z size
		if err := z.Set(text); (err == nil) != (want > 0) || int64(z) != want {
			t.Errorf("size %q = %d, %v, want %d", text, z, err, want)
		}
	}
	for text, want := range map[string]time.Duration{"90": 90 * time.Second, "1.5": 1500 * time.Millisecond, "2m": 2 * time.Minute, "0": 0, "-1": -1, "x": -1, "NaN": -1, "-3s": -1, "1e300": -1} {
		var d duration
		if err := d.Set(text); (err == nil) != (want >= 0) || err == nil && time.Duration(d) != want {
			t.Errorf("duration %q = %v, %v, want %v", text, time.Duration(d), err, want)
		}
	}
}

func TestAReportWithTooManyMetricsSpoilsNoOther(t *testing.T) {
	needs(t, "python3")
	s := start(t, nil)
	s.create(t, "")
	r := s.work(t, "--study", "toy", "--", "python3", "-c", `
import json
print('::metric step=1 val_loss=0.7')
print(json.dumps({'step': 2, **{'k%d' % i: 1 for i in range(300)}, 'val_loss': 0.6}))
print('::metric step=3 val_loss=0.5')
for i in range(300): print('::result m%d=1' % i)`)
	trial := s.expect(t, r, 0, api.TrialStateCOMPLETE, "")
	if m := trial.Metrics["val_loss"]; m.Count != 3 || trial.Values[0] != 0.5 {
		t.Errorf("val_loss %+v and values %v, want three points and the last of them", m, trial.Values)
	}
	fits(t, r.stderr, `at most 200 metrics`)
}

func TestAScriptSaysNothingOfWhatIsMeasured(t *testing.T) {
	s := start(t, nil)
	s.create(t, "")
	r := s.work(t, "--study", "toy", "--", "sh", "-c", "echo ::metric step=1 val_loss=1 system/cpu_seconds=-5; echo ::result system/cpu_seconds=-5; sleep 0.1")
	trial := s.expect(t, r, 0, api.TrialStateCOMPLETE, "")
	if m := trial.Metrics["system/cpu_seconds"]; m.Count == 0 || m.Min < 0 {
		t.Errorf("CPU seconds %+v, want what was measured", m)
	}
}

func TestMetricsOfAnotherTrialAreNotTaken(t *testing.T) {
	s := start(t, nil)
	s.create(t, "budget: {max_trials: 2}")
	file := filepath.Join(t.TempDir(), "m.jsonl")
	r := s.work(t, "--study", "toy", "--count", "0", "--metrics-file", file, "--", "sh", "-c",
		`sleep 0.5; [ {trial} = 0 ] && echo '{"step": 1, "val_loss": 0.5}' >>`+file+`; exit 0`)
	s.expect(t, r, 0, api.TrialStateCOMPLETE, "")
	if second := s.trial(t, 1); second.Reason != "no_objective" {
		t.Errorf("trial 1 is %s with values %v, want it without an objective", second.State, second.Values)
	}
	if r := s.work(t, "--study", "toy", "--parallel", "2", "--metrics-file", file, "--", "true"); r.code != exitRunUsage {
		t.Errorf("one file for several trials at a time: exit %d\n%s", r.code, r.stderr)
	}
}

func TestFoldersThatCannotBeMadeAreFoundBeforeATrialIsAsked(t *testing.T) {
	s := start(t, nil)
	s.create(t, "")
	for _, flags := range [][]string{{"--state", "/proc/nope"}, {"--log-dir", "/proc/nope"}, {"--checkpoints", "/proc/nope"}} {
		r := s.work(t, append(append([]string{"--study", "toy"}, flags...), "--", "true")...)
		if r.code != exitRunUsage {
			t.Errorf("%v: exit %d, want 64\n%s", flags, r.code, r.stderr)
		}
		fits(t, r.stderr, `the folder for `)
	}
	if n := len(decoded[api.TrialList](t, s.ok(t, "trial", "list", "toy", "-o", "json")).Trials); n != 0 {
		t.Errorf("%d trials were asked", n)
	}
}

func TestAnAggregateMayBeFiniteThoughTheLastValueIsNot(t *testing.T) {
	s := start(t, nil)
	s.create(t, "metrics: {val_loss: {aggregate: min}}\npruner: {type: nop}")
	r := s.work(t, "--study", "toy", "--", "sh", "-c", "echo epoch=1 val_loss=0.5; echo epoch=2 val_loss=nan")
	if trial := s.expect(t, r, 0, api.TrialStateCOMPLETE, ""); trial.Values[0] != 0.5 {
		t.Errorf("values %v, want the least", trial.Values)
	}
	fits(t, r.stderr, `trial 0  complete  val_loss 0\.5 `)
}
