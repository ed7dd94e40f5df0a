package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const deadline = 10 * time.Second

func TestWhatAKilledAgentAndItsShimLeftIsRemoved(t *testing.T) {
	if _, err := FindGroups("auto"); err != nil {
		t.Skip(err)
	}
	_, others, theirs := agent(t, "auto")
	pid, pids, dirs := agent(t, "auto")
	if len(dirs) == 0 {
		t.Fatal("the agent has no groups")
	}
	// The agent is stopped first, for it ends the tree of a shim that has died.
	if err := errors.Join(syscall.Kill(pid, syscall.SIGSTOP), syscall.Kill(pids[0], syscall.SIGKILL), syscall.Kill(pid, syscall.SIGKILL)); err != nil {
		t.Fatal(err)
	}
	p := newProc()
	eventually(t, deadline, "the agent has ended", func() bool { return !p.lives(pid) })
	g, err := FindGroups("auto")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(g.Describe())
	haveEnded(t, pids)
	for _, dir := range dirs {
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the group %s is left (%v)", dir, err)
		}
		if !slices.ContainsFunc(g.Describe(), func(s string) bool { return strings.Contains(s, filepath.Base(dir)) }) {
			t.Errorf("Describe() = %q does not say that %s was removed", g.Describe(), dir)
		}
	}
	for _, pid := range others {
		if !p.lives(pid) {
			t.Errorf("process %d of an agent that lives has ended", pid)
		}
	}
	for _, dir := range theirs {
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("the group of an agent that lives is gone: %v", err)
		}
	}
}

func TestOnlyGroupsOfAgentsThatHaveEndedAreStale(t *testing.T) {
	c := exec.Command("/bin/true")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	base, ended := t.TempDir(), c.Process.Pid
	stale := []string{fmt.Sprintf("espalier-mnist-7-%d", ended), fmt.Sprintf("espalier-probe-%d", ended)}
	kept := []string{
		fmt.Sprintf("espalier-mnist-7-%d", os.Getpid()), fmt.Sprintf("other-mnist-7-%d", ended),
		fmt.Sprintf("espalier-mnist-%d-own", ended), "espalier-test-1764082571000000000", "espalier-", "espalier-0", "espalier-a--1x",
	}
	for _, name := range slices.Concat(stale, kept) {
		if err := os.Mkdir(filepath.Join(base, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if got := removeStale(base, base, filepath.Join(base, "none")); !slices.Equal(got, stale) {
		t.Errorf("removeStale() = %q, want %q", got, stale)
	}
	for _, name := range kept {
		if _, err := os.Stat(filepath.Join(base, name)); err != nil {
			t.Errorf("%v", err)
		}
	}
}
