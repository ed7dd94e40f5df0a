package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// confined makes a control group that holds so much memory, in which an agent
// can be started, and returns the file that takes a process in.
func confined(t *testing.T, bytes int64) string {
	t.Helper()
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Skip("there are no control groups")
	}
	for _, try := range []struct{ controller, root, limit, swap string }{
		{":memory:", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"},
		{"0::", "/sys/fs/cgroup", "memory.max", "memory.swap.max"},
	} {
		for line := range strings.Lines(string(own)) {
			_, path, ok := strings.Cut(strings.TrimSpace(line), try.controller)
			if !ok {
				continue
			}
			dir := filepath.Join(try.root, path, fmt.Sprintf("espalier-test-%d", os.Getpid()))
			if err := os.Mkdir(dir, 0o755); err != nil {
				continue
			}
			t.Cleanup(func() { // its groups below are gone by then
				until(t, "the control group is empty", func() bool {
					err := os.Remove(dir)
					return err == nil || errors.Is(err, os.ErrNotExist)
				})
			})
			if os.WriteFile(filepath.Join(dir, try.limit), fmt.Append(nil, bytes), 0o600) == nil {
				_ = os.WriteFile(filepath.Join(dir, try.swap), fmt.Append(nil, bytes), 0o600) // where swap is counted
				return filepath.Join(dir, "cgroup.procs")
			}
		}
	}
	t.Skip("no control group with a memory controller can be made here")
	return ""
}

func TestATrialThatTheKernelEndsForWantOfMemoryFailsAsOOM(t *testing.T) {
	for name, flags := range map[string]string{"with a control group": "", "without one": "--cgroup off"} {
		t.Run(name, func(t *testing.T) {
			needs(t, "python3")
			s := startReal(t)
			s.create(t, "")
			procs := confined(t, 150_000_000)
			agent := exec.Command("sh", "-c", fmt.Sprintf(
				`echo $$ >%s; exec %s run --server %s --state %s --study toy %s -- python3 -c 'b = bytes(1) * 400000000'`,
				procs, s.binary, s.url, filepath.Join(s.dir, "state"), flags))
			said := &buffer{}
			agent.Stderr = said
			if err := agent.Start(); err != nil {
				t.Fatal(err)
			}
			if code := exit(t, agent); code != 137 {
				t.Errorf("exit %d, want 137\n%s", code, said)
			}
			trial := s.trial(t, 0)
			if trial.State != api.TrialStateFAIL || trial.Reason != "oom" {
				t.Errorf("trial 0 is %s with reason %q, want FAIL with oom\n%s", trial.State, trial.Reason, said)
			}
			if deref(trial.Feasible) || len(trial.Constraints) != 1 || trial.Constraints[0].Metric != "system/memory_bytes" || !(*trial.Violation > 0) {
				t.Errorf("trial 0 keeps %+v, want a violation of the memory", trial.Constraints)
			}
		})
	}
}
