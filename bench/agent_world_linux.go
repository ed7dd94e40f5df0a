package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// agentServer is "espalier serve".
type agentServer struct {
	cmd *exec.Cmd
	url string
}

// serve starts a server and waits until it listens.
func (b *agentBench) serve(db, listen string) (*agentServer, error) {
	n := b.count.Add(1)
	addr := filepath.Join(b.dir, fmt.Sprintf("addr-%d", n))
	cmd := exec.Command(b.binary, "serve", "--listen", listen, "--db", db, "--addr-file", addr, "--log-level", "warn")
	cmd.Env = b.environ("")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	log, err := os.Create(filepath.Join(b.dir, fmt.Sprintf("server-%d", n)))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &agentServer{cmd: cmd}
	err = until(b.ctx, 20*time.Second, "the server listens", func() bool {
		text, err := os.ReadFile(addr)
		s.url = strings.TrimSpace(string(text))
		return err == nil && bytes.HasSuffix(text, []byte("\n"))
	})
	if err != nil {
		s.kill()
		text, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	return s, nil
}

// kill ends the server as a crash does.
func (s *agentServer) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// environ is the environment of a program under test: nothing of the caller's
// settings, and its temporary files here.
func (b *agentBench) environ(log string) []string {
	env := []string{"TMPDIR=" + b.dir, logEnv + "=" + log}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "ESPALIER_") && !strings.HasPrefix(v, "TMPDIR=") {
			env = append(env, v)
		}
	}
	return env
}

// makeStudy makes a study that minimises loss under a rule, or under none.
func (b *agentBench) makeStudy(c *espalier.Client, pruner string) (string, error) {
	name := fmt.Sprintf("bench-%d", b.count.Add(1))
	spec := map[string]any{
		"name": name, "seed": 1, "sampler": map[string]any{"type": "random"},
		"objectives":   []any{map[string]any{"metric": "loss", "direction": "minimize"}},
		"search_space": map[string]any{"x": map[string]any{"type": "float", "low": 0, "high": 1}},
	}
	if pruner != "" {
		spec["pruner"] = json.RawMessage(pruner)
	}
	body, err := json.Marshal(spec)
	if err != nil {
		return "", err
	}
	_, err = api.Read[api.Study](c.API().CreateStudyWithBody(b.ctx, nil, "application/json", bytes.NewReader(body)))
	return name, err
}

// agentRun is "espalier run", at work on the first trial of a study.
type agentRun struct {
	cmd    *exec.Cmd
	study  string
	log    string // what its processes say of themselves; see [say]
	errors string // what the agent says, a file
	ended  chan struct{}
	at     time.Time // when; after ended
	err    error     // after ended
}

// agentOrder says what to run.
type agentOrder struct {
	binary, server string // those of the bench if left out
	study          string
	flags          []string
	do             []string // what the script does; see [act]
}

// start starts an agent.
func (b *agentBench) start(o agentOrder) (*agentRun, error) {
	if o.binary == "" {
		o.binary = b.binary
	}
	if o.server == "" {
		o.server = b.server.url
	}
	n := b.count.Add(1)
	a := &agentRun{
		study: o.study, ended: make(chan struct{}),
		log: filepath.Join(b.dir, fmt.Sprintf("log-%d", n)), errors: filepath.Join(b.dir, fmt.Sprintf("errors-%d", n)),
	}
	args := append([]string{"run", "--server", o.server, "--study", o.study, "--state", filepath.Join(b.dir, "state"), "--quiet"}, o.flags...)
	args = append(args, "--", b.self, "agent", "do")
	a.cmd = exec.Command(o.binary, append(args, o.do...)...)
	a.cmd.Env = b.environ(a.log)
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stderr, err := os.Create(a.errors)
	if err != nil {
		return nil, err
	}
	defer func() { _ = stderr.Close() }()
	a.cmd.Stderr = stderr
	if err := a.cmd.Start(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	b.agents = append(b.agents, a)
	b.mu.Unlock()
	go func() {
		a.err = a.cmd.Wait()
		a.at = time.Now()
		close(a.ended)
	}()
	return a, nil
}

// end kills an agent that has not ended, and with it goes its tree.
func (a *agentRun) end() {
	select {
	case <-a.ended:
		return
	default:
	}
	_ = syscall.Kill(-a.cmd.Process.Pid, syscall.SIGKILL)
	<-a.ended
}

// finish waits until an agent has ended, and returns the trial as the server
// has it, which must be in a state.
func (b *agentBench) finish(c *espalier.Client, a *agentRun, limit time.Duration, want api.TrialState) (*api.Trial, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-a.ended:
	case <-timer.C:
		return nil, fmt.Errorf("the agent has not ended within %v", limit)
	case <-b.ctx.Done():
		return nil, b.ctx.Err()
	}
	t, err := api.Read[api.Trial](c.API().GetTrial(b.ctx, a.study, 0))
	if err == nil && t.State != want {
		err = fmt.Errorf("the trial is %s, not %s", t.State, want)
	}
	if err = errors.Join(a.err, err); err != nil {
		text, _ := os.ReadFile(a.errors)
		return &t, fmt.Errorf("%w\n%s", err, text)
	}
	return &t, nil
}

// said returns what the processes of a tree have said so far about a topic.
func (a *agentRun) said(topic string) []string {
	text, _ := os.ReadFile(a.log) // there is none before they say something
	var out []string
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, topic+" "); ok && strings.HasSuffix(rest, "\n") {
			out = append(out, strings.TrimSuffix(rest, "\n"))
		}
	}
	return out
}

// crew is the processes of a tree: numbers, and the moments of their starts,
// which name them for good.
type crew map[int]string

// gather waits until so many processes have said that they are up.
func (b *agentBench) gather(a *agentRun, processes int) (crew, error) {
	err := until(b.ctx, 20*time.Second, fmt.Sprintf("%d processes are up", processes), func() bool { return len(a.said("up")) >= processes })
	if err != nil {
		text, _ := os.ReadFile(a.errors)
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	c := crew{}
	for _, text := range a.said("up") {
		pid, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		if s := statOf(pid); s != nil {
			c[pid] = s[startField]
		}
	}
	return c, nil
}

// left is how many of them are still there, were it as zombies.
func (c crew) left() (n int) {
	for pid, start := range c {
		if s := statOf(pid); s != nil && s[startField] == start {
			n++
		}
	}
	return n
}

// Fields of /proc/PID/stat, counted from the state behind the name.
const (
	parentField = 1
	userField   = 11 // CPU time, in hundredths of a second
	systemField = 12
	startField  = 19
)

// statOf returns what /proc/PID/stat says behind the name, nil if there is no
// such process.
func statOf(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) <= startField {
		return nil
	}
	return fields
}
