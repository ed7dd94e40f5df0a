//go:build unix

package sensors

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// fakeSMI is a program that answers a single question with the file answer,
// and when it is to go on (-lms) hands on what the test writes into a pipe.
type fakeSMI struct {
	t    *testing.T
	dir  string
	path string

	mu    sync.Mutex
	clock time.Time
	notes []string
}

const twoCards = "0, GPU-aa, NVIDIA L4, 0, 1, 20.00, 23034\n1, GPU-bb, Tesla, 4, 4 GB, 0, 0, [N/A], [Not Supported]\n"

func newFakeSMI(t *testing.T, answer string) *fakeSMI {
	t.Helper()
	f := &fakeSMI{t: t, dir: t.TempDir(), clock: time.Unix(1e9, 0)}
	f.path = filepath.Join(f.dir, "nvidia-smi")
	f.script(`dir=$(dirname "$0")
echo "$@" >>"$dir/calls"
case "$*" in
*-lms*) exec cat "$dir/feed" ;;
*) cat "$dir/answer" ;;
esac`)
	if err := os.WriteFile(filepath.Join(f.dir, "answer"), []byte(answer), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(f.dir, "feed"), 0o644); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fakeSMI) script(text string) {
	f.t.Helper()
	if err := os.WriteFile(f.path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fakeSMI) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clock
}

func (f *fakeSMI) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = f.clock.Add(d)
}

func (f *fakeSMI) noted() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.notes...)
}

var quick = pace{answer: 10 * time.Second, silence: 10 * time.Second, retry: 5 * time.Millisecond, slowest: 20 * time.Millisecond}

func (f *fakeSMI) open(p pace) *GPUs {
	f.t.Helper()
	g, err := openGPUs(f.t.Context(), GPUOptions{
		NvidiaSMI: f.path, Every: time.Second, Now: f.now,
		Note: func(s string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.notes = append(f.notes, s)
		},
	}, p)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(g.Close)
	return g
}

// feed returns the pipe into the running fake; it blocks until there is one.
func (f *fakeSMI) feed() *os.File {
	f.t.Helper()
	w, err := os.OpenFile(filepath.Join(f.dir, "feed"), os.O_WRONLY, 0)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = w.Close() })
	return w
}

// say writes a line after some time has passed, and waits until it is taken.
func (f *fakeSMI) say(w *os.File, g *GPUs, d time.Duration, line string) {
	f.t.Helper()
	f.pass(d)
	if _, err := w.WriteString(line + "\n"); err != nil {
		f.t.Fatal(err)
	}
	r, ok := parse(line)
	if !ok {
		f.t.Fatalf("no line of nvidia-smi: %q", line)
	}
	eventually(f.t, func() bool {
		_, at, ok := g.Latest(r.gpu.Index)
		return ok && at.Equal(f.now())
	})
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it did not happen within 10 s")
		}
	}
}

func wantEnergy(t *testing.T, g *GPUs, index int, want float64, wantOK bool) {
	t.Helper()
	if got, ok := g.EnergyJoules(index); math.Abs(got-want) > 1e-9 || ok != wantOK {
		t.Errorf("energy of GPU %d = %v, %v, want %v, %v", index, got, ok, want, wantOK)
	}
}

func TestCardsAreListedAndWatched(t *testing.T) {
	f := newFakeSMI(t, twoCards)
	g := f.open(quick)
	list := g.List()
	if len(list) != 2 ||
		list[0] != (GPU{Index: 0, UUID: "GPU-aa", Name: "NVIDIA L4", MemoryTotalBytes: 23034 << 20}) ||
		list[1].Name != "Tesla, 4, 4 GB" || !math.IsNaN(list[1].MemoryTotalBytes) {
		t.Errorf("list = %+v", list)
	}
	w := f.feed()
	f.say(w, g, time.Second, "0, GPU-aa, NVIDIA L4, 37, 1024, 61.25, 23034")
	s, at, ok := g.Latest(0)
	want := Sample{UtilizationRatio: 0.37, MemoryBytes: 1 << 30, PowerWatts: 61.25}
	if s != want || !at.Equal(f.now()) || !ok {
		t.Errorf("latest = %+v, %v, %v, want %+v now", s, at, ok, want)
	}
	if _, _, ok := g.Latest(7); ok {
		t.Error("GPU 7 has a sample")
	}
	calls, err := os.ReadFile(filepath.Join(f.dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	once := "--query-gpu=index,uuid,name,utilization.gpu,memory.used,power.draw,memory.total --format=csv,noheader,nounits"
	if want := once + "\n" + once + " -lms 1000\n"; string(calls) != want {
		t.Errorf("calls = %q, want %q", calls, want)
	}
}

func TestWhatACardDoesNotTellIsNotZero(t *testing.T) {
	f := newFakeSMI(t, "0, GPU-aa, X, [N/A], [Not Supported], [Unknown Error], [N/A]\n")
	g := f.open(quick)
	s, _, ok := g.Latest(0)
	if !ok || !math.IsNaN(s.UtilizationRatio) || !math.IsNaN(s.MemoryBytes) || !math.IsNaN(s.PowerWatts) {
		t.Errorf("latest = %+v, %v, want NaN thrice", s, ok)
	}
	w := f.feed()
	f.say(w, g, time.Second, "0, GPU-aa, X, [N/A], 5, ERR!, [N/A]")
	wantEnergy(t, g, 0, 0, false)
	f.say(w, g, time.Second, "0, GPU-aa, X, [N/A], 5, 100, [N/A]")
	wantEnergy(t, g, 0, 0, false)
	f.say(w, g, time.Second, "0, GPU-aa, X, [N/A], 5, [N/A], [N/A]")
	f.say(w, g, time.Second, "0, GPU-aa, X, [N/A], 5, 50, [N/A]")
	wantEnergy(t, g, 0, 150, true) // two seconds at 75 W
}

func TestEnergyIsPowerOverTimeWithoutTheGaps(t *testing.T) {
	f := newFakeSMI(t, twoCards) // 20 W
	g := f.open(quick)
	w := f.feed()
	f.say(w, g, 2*time.Second, "0, GPU-aa, NVIDIA L4, 90, 1, 100, 23034")
	wantEnergy(t, g, 0, 120, true)
	f.say(w, g, time.Second, "0, GPU-aa, NVIDIA L4, 90, 1, 300, 23034")
	wantEnergy(t, g, 0, 320, true)
	wantEnergy(t, g, 1, 0, false)

	f.pass(time.Minute)
	if _, _, ok := g.Latest(0); ok {
		t.Error("a sample of a minute ago is the latest")
	}
	f.say(w, g, 0, "0, GPU-aa, NVIDIA L4, 90, 1, 300, 23034")
	wantEnergy(t, g, 0, 320, true)
	if got := g.Unmeasured(0); got != time.Minute {
		t.Errorf("unmeasured = %v, want 1m", got)
	}
	f.say(w, g, time.Second, "0, GPU-aa, NVIDIA L4, 90, 1, 300, 23034")
	wantEnergy(t, g, 0, 620, true)
}

func TestNvidiaSMIThatDiesIsStartedAgain(t *testing.T) {
	f := newFakeSMI(t, twoCards)
	g := f.open(quick)
	for i := range 3 {
		w := f.feed()
		f.say(w, g, time.Second, "0, GPU-aa, NVIDIA L4, 1, 1, 20, 23034")
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool { return len(f.noted()) == i+1 })
	}
	if note := f.noted()[0]; note != "nvidia-smi ended: the figures of the GPUs pause until it answers again" {
		t.Errorf("note = %q", note)
	}
	wantEnergy(t, g, 0, 60, true)
}

func TestNvidiaSMIThatKeepsFailingIsNotedOnce(t *testing.T) {
	f := newFakeSMI(t, twoCards)
	f.script(`dir=$(dirname "$0")
case "$*" in
*-lms*) echo x >>"$dir/tries"; exit 9 ;;
*) cat "$dir/answer" ;;
esac`)
	f.open(quick)
	eventually(t, func() bool {
		tries, err := os.ReadFile(filepath.Join(f.dir, "tries"))
		return err == nil && len(tries) >= 2*4
	})
	if notes := f.noted(); len(notes) != 1 || !strings.Contains(notes[0], "exit status 9") {
		t.Errorf("notes = %q, want one about exit status 9", notes)
	}
}

func TestNvidiaSMIThatFallsSilentIsReplaced(t *testing.T) {
	f := newFakeSMI(t, twoCards)
	p := quick
	p.silence = -900 * time.Millisecond // 100 ms in all
	g := f.open(p)
	eventually(t, func() bool { return len(f.noted()) == 1 })
	if note := f.noted()[0]; !strings.Contains(note, "fell silent") {
		t.Errorf("note = %q", note)
	}
	f.pass(time.Second)
	eventually(t, func() bool { // some may be replaced before they are fed
		w := f.feed()
		_, _ = w.WriteString("0, GPU-aa, NVIDIA L4, 1, 1, 20, 23034\n")
		_ = w.Close()
		_, at, ok := g.Latest(0)
		return ok && at.Equal(f.now())
	})
}

func TestWhyThereAreNoGPUs(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"no driver":  {"echo \"NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\"; echo more; exit 9", `nvidia-smi says "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."`},
		"no devices": {"echo No devices were found; exit 6", `nvidia-smi says "No devices were found"`},
		"mute":       {"exit 255", "nvidia-smi: exit status 255"},
		"empty":      {"exit 0", "nvidia-smi knows no GPU"},
		"hangs":      {"exec sleep 1000", "nvidia-smi did not answer within 200ms"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeSMI(t, "")
			f.script(c.script)
			p := quick
			if name == "hangs" {
				p.answer = 200 * time.Millisecond
			}
			g, err := openGPUs(t.Context(), GPUOptions{NvidiaSMI: f.path, Now: f.now}, p)
			if err == nil {
				g.Close()
				t.Fatal("it was opened")
			}
			if err.Error() != c.want {
				t.Errorf("error = %q, want %q", err, c.want)
			}
		})
	}
	t.Run("absent", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := OpenGPUs(t.Context(), GPUOptions{Now: time.Now})
		if err == nil || !strings.HasPrefix(err.Error(), "nvidia-smi is not in PATH") {
			t.Errorf("error = %v", err)
		}
	})
}

func TestCloseEndsNvidiaSMI(t *testing.T) {
	f := newFakeSMI(t, twoCards)
	g := f.open(quick)
	w := f.feed()
	f.say(w, g, time.Second, "0, GPU-aa, NVIDIA L4, 1, 1, 20, 23034")
	g.Close()
	// Nobody reads any more, so there is no process.
	if _, err := w.WriteString("0\n"); err == nil {
		t.Error("nvidia-smi reads on")
	}
	wantEnergy(t, g, 0, 20, true)
	g.Close()
}

func TestTheEndOfTheContextEndsNvidiaSMI(t *testing.T) {
	f := newFakeSMI(t, twoCards)
	ctx, cancel := context.WithCancel(t.Context())
	g, err := openGPUs(ctx, GPUOptions{NvidiaSMI: f.path, Now: f.now}, quick)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-g.done
}

func TestTheDoctorNamesTheCards(t *testing.T) {
	f := newFakeSMI(t, twoCards)
	got := findGPUs(t.Context(), f.path)
	want := Finding{Sensor: "gpu", Works: true, Detail: "0 NVIDIA L4, 1 Tesla, 4, 4 GB (power not measured)"}
	if got != want {
		t.Errorf("finding = %+v, want %+v", got, want)
	}
}
