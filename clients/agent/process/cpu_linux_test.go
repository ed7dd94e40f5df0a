package process

import (
	"os"
	"testing"
	"time"
)

func TestCPUTimeIsWhatTheProcessesUsed(t *testing.T) {
	for _, load := range []struct {
		name, do  string
		processes int
	}{
		{"one long child", "burn 1s", 1},
		{"20 short children that are waited for", "waited 250ms", 21},
		{"orphans of parents that ended at once", "orphans 400ms", 17},
		{"daemons in sessions of their own", "daemons 400ms", 17},
	} {
		t.Run(load.name, func(t *testing.T) {
			eachTier(t, func(t *testing.T, g *Groups) {
				checkCPU(t, begin(t, g, load.do), load.processes)
			})
		})
	}
}

// checkCPU samples a tree until it ends, and compares; what is in doubt may be
// too low.
func checkCPU(t *testing.T, r *run, processes int) (u Usage, want float64) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	last := 0.0
	for len(r.Pids()) > 0 {
		<-tick.C
		u := r.Usage()
		if u.CPUSeconds < last {
			t.Errorf("CPUSeconds falls from %v to %v", last, u.CPUSeconds)
		}
		last = u.CPUSeconds
	}
	want, n := r.truth(t)
	u, err := r.Close()
	if err != nil {
		t.Errorf("Close() = %v", err)
	}
	t.Logf("%s: %.4f s of %.4f s (%+.2f %%), last sample %.4f s", u.Accounting, u.CPUSeconds, want, 100*(u.CPUSeconds/want-1), last)
	if n != processes {
		t.Errorf("%d processes say what they used, want %d", n, processes)
	}
	if d := u.CPUSeconds/want - 1; d < -0.02 && u.Doubt == "" || d > 0.02 {
		t.Errorf("CPUSeconds = %v, want %v within 2 %%", u.CPUSeconds, want)
	}
	return u, want
}

func TestAParentThatIgnoresSIGCHLDIsMeasuredOrInDoubt(t *testing.T) {
	eachTier(t, func(t *testing.T, g *Groups) {
		u, want := checkCPU(t, begin(t, g, "ignoring 400ms"), 6)
		if doubt := u.Doubt != ""; doubt != (g == nil) {
			t.Errorf("Doubt = %q with accounting %s", u.Doubt, u.Accounting)
		}
		if u.CPUSeconds < want/2 { // sampled every 100 ms, a child is not seen for the last 100
			t.Errorf("CPUSeconds = %v of %v: what ended is not counted as it was last seen", u.CPUSeconds, want)
		}
	})
}

func TestAProcessThatIgnoresSIGCHLDLaterIsNoticedAtTheNextLook(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	now := time.Now()
	r := begin(t, nil, "late", func(o *Options) {
		o.Extra, o.Now = []*os.File{in}, func() time.Time { return now }
	})
	r.up(t, 1)
	for range 3 {
		if u := r.Usage(); u.Doubt != "" {
			t.Errorf("before: Doubt = %q", u.Doubt)
		}
		now = now.Add(time.Second)
	}
	_ = out.Close()
	r.up(t, 1)
	if u := r.Usage(); u.Doubt != ignoring {
		t.Errorf("after: Doubt = %q, want %q", u.Doubt, ignoring)
	}
}

func TestACommandThatNobodyLookedAtTellsThatItIgnoredSIGCHLD(t *testing.T) {
	for do, want := range map[string]string{"ignoring 20ms": ignoring, "burn 20ms": ""} {
		r := begin(t, nil, do)
		within(t, 10*time.Second, "Done closes", r.Done())
		if u, err := r.Close(); err != nil || u.Doubt != want {
			t.Errorf("%s: Doubt = %q, %v, want %q", do, u.Doubt, err, want)
		}
	}
}
