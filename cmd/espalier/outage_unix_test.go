//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// realServer is the real server, on a port that it comes back to.
type realServer struct {
	server
	t      *testing.T
	binary string
	addr   string
	cmd    *exec.Cmd
}

func startReal(t *testing.T) *realServer {
	t.Helper()
	s := &realServer{t: t, binary: buildBinary(t), addr: reserve(t)}
	s.dir, s.url = t.TempDir(), "http://"+s.addr
	s.env = environ{"ESPALIER_SERVER": s.url}
	s.up()
	t.Cleanup(s.down)
	return s
}

// up starts the server and waits until it serves.
func (s *realServer) up() {
	s.t.Helper()
	s.cmd = exec.Command(s.binary, "serve", "--listen", s.addr, "--db", filepath.Join(s.dir, "real.db"), "--log-level", "warn")
	var log buffer
	s.cmd.Stderr = &log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	until(s.t, "the server serves", func() bool { return answers(s.t.Context(), s.url) })
}

// down kills the server.
func (s *realServer) down() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// agent starts the real agent. Its standard error is what it says.
func (s *realServer) agent(args ...string) (*exec.Cmd, *buffer) {
	s.t.Helper()
	cmd := exec.Command(s.binary, append([]string{"run", "--server", s.url, "--state", filepath.Join(s.dir, "state"), "--study", "toy"}, args...)...)
	said := &buffer{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, said
}

// exit waits for the agent and returns its exit code.
func exit(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	select {
	case <-done:
		return cmd.ProcessState.ExitCode()
	case <-time.After(2 * limit):
		t.Fatal("the agent does not end")
		return -1
	}
}

// steps reads what the server has of val_loss, by step.
func (s *realServer) steps(trial int64) map[int64]float64 {
	s.t.Helper()
	names, size := []string{"val_loss"}, 1000
	page, err := api.Read[api.MetricPage](s.client(s.t).API().ListMetrics(s.t.Context(), "toy", trial, &api.ListMetricsParams{Name: names, PageSize: &size}))
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[int64]float64{}
	for _, p := range page.Points {
		if p.Step == nil {
			continue // the final figures
		}
		if _, twice := out[*p.Step]; twice {
			s.t.Errorf("step %d is there twice", *p.Step)
		}
		out[*p.Step] = p.Metrics["val_loss"]
	}
	return out
}

// training prints a metric of 100 steps, and goes on past half of them once a
// file is there.
func training(dir string) []string {
	return []string{"--", "sh", "-c", fmt.Sprintf(`i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo "epoch=$i val_loss=$((1000-i))"
[ $i -eq 20 ] && touch %[1]s/early; [ $i -eq 50 ] && until [ -e %[1]s/go ]; do sleep 0.05; done; sleep 0.01; done`, dir)}
}

func (s *realServer) complete(trial int64) {
	s.t.Helper()
	if got := s.trial(s.t, trial); got.State != api.TrialStateCOMPLETE || len(got.Values) != 1 || got.Values[0] != 900 {
		s.t.Errorf("trial %d is %s with values %v, want COMPLETE with 900", trial, got.State, got.Values)
	}
	steps := s.steps(trial)
	for step := int64(1); step <= 100; step++ {
		if v, ok := steps[step]; !ok || v != float64(1000-step) {
			s.t.Errorf("step %d: %v, %v, want %d", step, v, ok, 1000-step)
		}
	}
}

func TestTrainingGoesOnWhileTheServerIsAway(t *testing.T) {
	s := startReal(t)
	s.create(t, "pruner: {type: nop}")
	dir := t.TempDir()
	agent, said := s.agent(training(dir)...)
	appears(t, filepath.Join(dir, "early"))
	s.down()
	spooled := func() []string {
		found, _ := filepath.Glob(filepath.Join(s.dir, "state", "spool", "*.jsonl"))
		return found
	}
	until(t, "the agent spools", func() bool { return len(spooled()) == 1 })
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, "more is spooled", func() bool {
		raw, err := os.ReadFile(spooled()[0])
		return err == nil && bytes.Contains(raw, []byte(`"step":80`))
	})
	s.up()
	if code := exit(t, agent); code != 0 {
		t.Errorf("exit %d, want 0\n%s", code, said)
	}
	fits(t, said.String(), `the server is away .*; training goes on`)
	s.complete(0)
	if left := spooled(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// strand kills the server in mid-trial and waits for the agent to give up on it.
// It returns what the agent said.
func (s *realServer) strand(dir string) *buffer {
	s.t.Helper()
	agent, said := s.agent(append([]string{"--wait-server", "1s"}, training(dir)...)...)
	appears(s.t, filepath.Join(dir, "early"))
	s.down()
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if code := exit(s.t, agent); code != exitAgain {
		s.t.Errorf("exit %d, want 75\n%s", code, said)
	}
	return said
}

func TestWhatIsLeftIsFlushedLater(t *testing.T) {
	s := startReal(t)
	s.create(t, "pruner: {type: nop}")
	said := s.strand(t.TempDir())
	fits(t, said.String(), `next +espalier flush`)
	env := environ{"ESPALIER_SERVER": s.url, "ESPALIER_STATE": filepath.Join(s.dir, "state")}
	if r := call(t, env, "", "flush"); r.code != exitAgain {
		t.Errorf("without a server: exit %d, want 75\n%s", r.code, r.stderr)
	}
	s.up()
	if r := call(t, environ{"ESPALIER_SERVER": "http://127.0.0.1:9", "ESPALIER_STATE": env["ESPALIER_STATE"]}, "", "flush"); r.code != 0 || !strings.Contains(r.stdout, "1 trials are of other servers") {
		t.Errorf("of another server: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	r := call(t, env, "", "flush")
	if r.code != 0 {
		t.Errorf("exit %d, want 0\n%s", r.code, r.stderr)
	}
	fits(t, r.stdout, `sent +1 trials`)
	s.complete(0)
	if r := call(t, env, "", "flush"); r.code != 0 || !strings.Contains(r.stdout, "sent  0 trials") {
		t.Errorf("once more: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}

func TestASpoolIsNotSentToAnotherStudyOfTheName(t *testing.T) {
	s := startReal(t)
	s.create(t, "pruner: {type: nop}")
	s.strand(t.TempDir())
	s.up()
	env := environ{"ESPALIER_SERVER": s.url, "ESPALIER_STATE": filepath.Join(s.dir, "state")}
	s.ok(t, "study", "delete", "toy", "--yes")
	if r := call(t, env, "", "flush"); r.code != exitAgain || !strings.Contains(r.stderr, "is not there any more") {
		t.Errorf("without the study: exit %d, want 75\n%s%s", r.code, r.stdout, r.stderr)
	}
	s.create(t, "pruner: {type: nop}")
	s.ask(t, "toy")
	if r := call(t, env, "", "flush"); r.code != exitAgain || !strings.Contains(r.stderr, "another of that name") {
		t.Errorf("to another study: exit %d, want 75\n%s%s", r.code, r.stdout, r.stderr)
	}
	if trial := s.trial(t, 0); trial.State != api.TrialStateRUNNING || len(trial.Metrics) > 0 {
		t.Errorf("the other study's trial is %s with %v", trial.State, trial.Metrics)
	}
}

func TestOutputThatNobodyTakesHoldsNoAgentUp(t *testing.T) {
	s := startReal(t)
	s.create(t, "")
	r, w, err := os.Pipe() // nobody reads
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = r.Close(), w.Close() }()
	agent := exec.Command(s.binary, "run", "--server", s.url, "--state", filepath.Join(s.dir, "state"), "--study", "toy", "--grace", "1s", "--", "yes")
	said := &buffer{}
	agent.Stdout, agent.Stderr = w, said
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "the trial runs", func() bool { return strings.Contains(said.String(), "begins") })
	for range 2 {
		if err := agent.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	if code := exit(t, agent); code != exitAgain {
		t.Errorf("exit %d, want 75\n%s", code, said)
	}
}

func TestAHardLimitOfTheStudyHoldsWhileTheServerIsSilent(t *testing.T) {
	s := startReal(t)
	s.create(t, "constraints: [{metric: system/wall_seconds, op: '<=', bound: 2}]")
	dir := t.TempDir()
	agent, said := s.agent("--grace", "1s", "--", "sh", "-c", "touch "+dir+"/ready; exec sleep 1000")
	appears(t, filepath.Join(dir, "ready"))
	if err := s.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	until(t, "the script is stopped", func() bool { return strings.Contains(said.String(), "trial 0  pruned") })
	if err := s.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if code := exit(t, agent); code != 0 {
		t.Errorf("exit %d, want 0\n%s", code, said)
	}
	if trial := s.trial(t, 0); trial.State != api.TrialStatePRUNED || deref(trial.Feasible) {
		t.Errorf("trial 0 is %s, feasible %v; want PRUNED and a violation", trial.State, deref(trial.Feasible))
	}
}

func TestATrialOfARestartedServerHasALeaseOfItsFullLength(t *testing.T) {
	s := startReal(t)
	s.create(t, "")
	s.askFor(t, "toy", espalier.AskRequest{LeaseSeconds: 1})
	s.down()
	gone := time.NewTimer(1200 * time.Millisecond) // longer than the lease
	<-gone.C
	before := time.Now()
	s.up()
	trial := s.trial(t, 0)
	if trial.State != api.TrialStateRUNNING || trial.LeaseExpires.Before(before.Add(900*time.Millisecond)) {
		t.Errorf("trial 0 is %s until %v, want RUNNING for a second from %v", trial.State, trial.LeaseExpires, before)
	}
	until(t, "the lease expires", func() bool { return s.trial(t, 0).State == api.TrialStateFAIL })
}

func TestTheSecondInterruptKills(t *testing.T) {
	s := startReal(t)
	s.create(t, "")
	dir := t.TempDir()
	agent, said := s.agent("--grace", "1h", "--", "sh", "-c", `trap "touch `+dir+`/asked" TERM; echo $$ >`+dir+`/pid; touch `+dir+`/ready; while :; do sleep 0.05; done`)
	appears(t, filepath.Join(dir, "ready"))
	if err := agent.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	appears(t, filepath.Join(dir, "asked"))
	if err := agent.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := exit(t, agent); code != exitAgain {
		t.Errorf("exit %d, want 75\n%s", code, said)
	}
	if alive(pidIn(t, dir+"/pid")) {
		t.Error("the script is alive")
	}
	if trial := s.trial(t, 0); trial.Reason != "interrupted" {
		t.Errorf("trial 0 has reason %q", trial.Reason)
	}
}

func pidIn(t *testing.T, file string) int {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// stopped says that a process was stopped by a signal.
func stopped(pid int) bool {
	raw, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, after, _ := strings.Cut(string(raw), ") ")
	return strings.HasPrefix(after, "T")
}

func TestAStoppedAgentStopsItsScriptAndGoesOnWithIt(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("there is no /proc")
	}
	s := startReal(t)
	s.create(t, "")
	dir := t.TempDir()
	agent, said := s.agent("--", "sh", "-c", `echo $$ >`+dir+`/pid; touch `+dir+`/ready; until [ -e `+dir+`/go ]; do sleep 0.05; done; echo val_loss=1`)
	appears(t, filepath.Join(dir, "ready"))
	pid := pidIn(t, dir+"/pid")
	if err := agent.Process.Signal(syscall.SIGTSTP); err != nil {
		t.Fatal(err)
	}
	until(t, "both are stopped", func() bool { return stopped(pid) && stopped(agent.Process.Pid) })
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := agent.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if code := exit(t, agent); code != 0 {
		t.Errorf("exit %d, want 0\n%s", code, said)
	}
}

func TestAKilledAgentLeavesNothingBehind(t *testing.T) {
	s := startReal(t)
	s.create(t, "max_retries: 1")
	dir := t.TempDir()
	agent, _ := s.agent("--", "sh", "-c", `setsid sh -c 'echo $$ >`+dir+`/escaped; sleep 1000' & echo $$ >`+dir+`/pid; sleep 0.1; touch `+dir+`/ready; wait`)
	appears(t, filepath.Join(dir, "ready"))
	appears(t, filepath.Join(dir, "escaped"))
	root, escaped := pidIn(t, dir+"/pid"), pidIn(t, dir+"/escaped")
	if err := agent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	until(t, "the tree ends", func() bool { return !alive(root) && !alive(escaped) })
}

// alive says that a process is there and no zombie.
func alive(pid int) bool {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(raw), ") ")
	return !strings.HasPrefix(after, "Z")
}
