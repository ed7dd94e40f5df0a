//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAServerEndsWithTheLastWhoUsesIt(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const url = "http://127.0.0.1:7"
	first, second := share(url), share(url)
	first()
	if lastUser(url, false) {
		t.Error("nobody is said to use the server, and somebody does")
	}
	over := make(chan bool)
	go func() { over <- lastUser(url, true) }()
	second()
	if !<-over {
		t.Error("somebody is said to use the server, and nobody does")
	}
	if _, err := os.Stat(shareFile(url)); err == nil {
		t.Error("the lock's file is still there")
	}
	third := share(url)
	if lastUser(url, false) {
		t.Error("who comes later is not seen")
	}
	third()
}

func TestARunKeepsItsServerForOthersWhoUseIt(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir := t.TempDir()
	file, place, script := filepath.Join(dir, "study.yaml"), filepath.Join(dir, "url"), `echo $ESPALIER_SERVER >$0.new && mv $0.new $0 && cat $0.go && echo value=1`
	if err := os.WriteFile(file, []byte("name: shared\nbudget: {max_trials: 1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(place+".go", 0o600); err != nil {
		t.Fatal(err)
	}
	stderr, code := &buffer{}, make(chan int, 1)
	go func() {
		code <- run(t.Context(), []string{"run", "--create", file, "--db", filepath.Join(dir, "s.db"), "--", "sh", "-c", script, place},
			environ{"ESPALIER_STATE": dir}.get, strings.NewReader(""), &buffer{}, stderr)
	}()
	until(t, "the script", func() bool { _, err := os.Stat(place); return err == nil })
	b, err := os.ReadFile(place)
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(string(b))
	leave := share(url)
	if err := os.WriteFile(place+".go", nil, 0o600); err != nil { // the script goes on
		t.Fatal(err)
	}
	until(t, "word that others use the server", func() bool { return strings.Contains(stderr.String(), "other processes use the server at "+url) })
	if !answers(t.Context(), url) {
		t.Error("the server has ended")
	}
	leave()
	select {
	case c := <-code:
		if c != 0 || answers(t.Context(), url) {
			t.Errorf("exit %d, and the server must be gone\n%s", c, stderr)
		}
	case <-time.After(limit):
		t.Fatal("the run does not end")
	}
}
