//go:build unix

package view

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// demo is the environment variable in which the test binary shows a view on
// its terminal instead of testing. It names a pipe: each opening of it asks
// for the next scene.
const demo = "VIEW_DEMO"

func TestMain(m *testing.M) {
	if pipe := os.Getenv(demo); pipe != "" {
		showScenes(func() { _, _ = os.ReadFile(pipe) })
		return
	}
	os.Exit(m.Run())
}

func showScenes(next func()) {
	width, height, live := Terminal(os.Stderr)
	v := New(Options{Out: os.Stderr, Live: live, Color: true, Width: width, Height: height, Now: time.Now})
	stdout := v.Output(os.Stdout)

	v.Begin(mnist())
	v.BeginTrial(trial12())
	second := trial12()
	second.Slot, second.Number, second.Params = 1, 13, "lr=0.4 hidden=256 名前=深度"
	second.Gauges[0].Used = 9.7
	second.Values = []float64{0.9, 0.7, 0.72, 0.6, 0.61, 0.4, 0.35, 0.3, 0.33}
	v.BeginTrial(second)
	for i := range 30 {
		fmt.Fprintf(stdout, "epoch=%d val_error=%.3f\n", i, 1/float64(i+1))
	}
	next()

	for i := range 5 {
		fmt.Fprintf(stdout, "\r%3d%%|%-8s|", 25*i, strings.Repeat("█", 2*i))
	}
	next()

	fmt.Fprint(stdout, "\n\x1b[32mdone\x1b[0m\n")
	v.Note("a warning")
	next()

	value := 0.1
	v.EndTrial(Outcome{Number: 12, State: "COMPLETE", Objective: "val_error", Value: &value, Duration: 14 * time.Second, CPUSeconds: 12.1, PeakMemoryBytes: 212e6})
	v.End(Summary{Study: mnist(), Wall: time.Minute, CPUSeconds: 24, PeakMemoryBytes: 212e6, EnergyJoules: 900, Next: "espalier best mnist"})
	next()
}

// tmux is a terminal with a window that shows the scenes.
type tmux struct {
	t    *testing.T
	dir  string
	pipe string
}

func newTmux(t *testing.T, width, height int) tmux {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed")
	}
	dir, err := os.MkdirTemp("", "view") // short, for the socket's path
	if err != nil {
		t.Fatal(err)
	}
	m := tmux{t, dir, filepath.Join(dir, "pipe")}
	if err := syscall.Mkfifo(m.pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.run("kill-server")
		_ = os.RemoveAll(dir)
	})
	m.run("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), os.Args[0])
	return m
}

func (m tmux) run(args ...string) string {
	m.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-u", "-S", filepath.Join(m.dir, "socket")}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", demo+"="+m.pipe)
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (m tmux) next() {
	m.t.Helper()
	if err := os.WriteFile(m.pipe, nil, 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// want waits until the screen shows a text.
func (m tmux) want(text string) {
	m.t.Helper()
	text = strings.TrimPrefix(text, "\n")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for {
		got := strings.TrimRight(m.run("capture-pane", "-p"), "\n") + "\n"
		if got == text {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			m.t.Fatalf("screen:\n%s\nwant:\n%s", got, text)
		}
	}
}

func TestARealTerminalShowsTheBlockBelowTheOutput(t *testing.T) {
	m := newTmux(t, 80, 12)
	m.want(`
epoch=24 val_error=0.040
epoch=25 val_error=0.038
epoch=26 val_error=0.037
epoch=27 val_error=0.036
epoch=28 val_error=0.034
epoch=29 val_error=0.033
mnist  12/40 trials  8 complete 3 pruned 1 failed  best 0.0312 (trial 7)
trial 12  step 14/80  val_error 0.1  █▅▃▂▁  lr=0.013 hidden=64
          cpu 3.1 s of 10 · mem 212 MB of 2 GB · 0:14 of 1:00
trial 13  step 14/80  val_error 0.33  █▆▆▄▅▂▂▁▁  lr=0.4 hidden=256 名前=深度
          cpu 9.7 s of 10 · mem 212 MB of 2 GB · 0:14 of 1:00
`)
	m.run("resize-window", "-x", "44", "-y", "12")
	m.want(`
epoch=29 val_error=0.033
mnist  12/40 trials  best 0.0312 (trial 7)
trial 12  step 14/80  val_error 0.1  █▅▃▂▁
  cpu 3.1 s of 10 · mem 212 MB of 2 GB · 0…
trial 13  step 14/80  val_error 0.33
  cpu 9.7 s of 10 · mem 212 MB of 2 GB · 0…
`)
	m.run("resize-window", "-x", "78", "-y", "8")
	m.want(`
epoch=29 val_error=0.033
mnist  12/40 trials  8 complete 3 pruned 1 failed  best 0.0312 (trial 7)
trial 12  step 14/80  val_error 0.1  █▅▃▂▁  lr=0.013 hidden=64
trial 13  step 14/80  val_error 0.33  █▆▆▄▅▂▂▁▁  lr=0.4 hidden=256 名前=深度
`)
	m.next() // a progress bar has the last line to itself
	m.want(`
epoch=29 val_error=0.033
100%|████████|
`)
	m.next()
	m.want(`
epoch=29 val_error=0.033
100%|████████|
done
a warning
mnist  12/40 trials  8 complete 3 pruned 1 failed  best 0.0312 (trial 7)
trial 12  step 14/80  val_error 0.1  █▅▃▂▁  lr=0.013 hidden=64
trial 13  step 14/80  val_error 0.33  █▆▆▄▅▂▂▁▁  lr=0.4 hidden=256 名前=深度
`)
	m.next()
	m.want(`
a warning
trial 12  complete  val_error 0.1  14s · cpu 12.1 s · peak 212 MB

mnist  12 trials  8 complete 3 pruned 1 failed
  best   val_error 0.0312 (trial 7)
  used   1m00s · cpu 24 s · peak memory 212 MB · energy 900 J
  next   espalier best mnist
`)
}
