package process

import (
	"errors"
	"math"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

const mib = 1 << 20

// memoryTiers are the ways to measure memory that this machine has.
func memoryTiers(t *testing.T, f func(t *testing.T, g *Groups, tier string)) {
	t.Run(MemoryPSS, func(t *testing.T) { f(t, nil, MemoryPSS) })
	t.Run(MemoryCgroup, func(t *testing.T) { f(t, memoryGroups(t), MemoryCgroup) })
}

func memoryGroups(t *testing.T) *Groups {
	t.Helper()
	g, err := FindGroups("auto")
	if err != nil {
		t.Skip(err)
	}
	if !g.has("memory") && g.memory1 == "" {
		t.Skip("there is no memory controller: ", strings.Join(g.Describe(), " "))
	}
	return g
}

func TestMemoryIsWhatWasAllocated(t *testing.T) {
	memoryTiers(t, func(t *testing.T, g *Groups, tier string) {
		empty, full := begin(t, g, "hold 1"), begin(t, g, "hold 200")
		empty.up(t, 1)
		full.up(t, 1)
		base, u := empty.Exact(), full.Exact()
		t.Logf("%s: %d MiB, peak %d MiB, RSS %d MiB; the process itself %d MiB", u.Memory,
			u.MemoryBytes/mib, u.PeakMemoryBytes/mib, u.RSSBytes/mib, base.MemoryBytes/mib)
		if u.Memory != tier {
			t.Errorf("Memory = %s, want %s", u.Memory, tier)
		}
		if got := float64(u.MemoryBytes-base.MemoryBytes) / mib; math.Abs(got-200) > 20 {
			t.Errorf("200 MiB are measured as %.0f", got)
		}
		if u.PeakMemoryBytes < u.MemoryBytes {
			t.Errorf("PeakMemoryBytes = %d is below MemoryBytes = %d", u.PeakMemoryBytes, u.MemoryBytes)
		}
		last, err := full.Close()
		if err != nil {
			t.Errorf("Close() = %v", err)
		}
		if last.PeakMemoryBytes < u.MemoryBytes || last.Processes != 0 || last.RSSBytes != 0 {
			t.Errorf("after the end: %+v", last)
		}
	})
}

func TestSharedMemoryIsCountedOnce(t *testing.T) {
	memoryTiers(t, func(t *testing.T, g *Groups, tier string) {
		r := begin(t, g, "share 200")
		r.up(t, 3)
		u := r.Exact()
		t.Logf("%s: %d MiB, RSS %d MiB", u.Memory, u.MemoryBytes/mib, u.RSSBytes/mib)
		if u.Memory != tier || u.MemoryBytes < 200*mib || u.MemoryBytes > 260*mib {
			t.Errorf("3 processes that share 200 MiB hold %d MiB (%s)", u.MemoryBytes/mib, u.Memory)
		}
		if u.RSSBytes < 600*mib {
			t.Errorf("RSSBytes = %d MiB, want at least 600", u.RSSBytes/mib)
		}
	})
}

func TestSharesOfMemoryAreReadWhenItIsTime(t *testing.T) {
	now, cost := time.Unix(0, 0), time.Duration(0)
	r := begin(t, nil, "hold 20", func(o *Options) {
		o.Now = func() time.Time { now = now.Add(cost); return now }
	})
	r.up(t, 1)
	if u := r.Usage(); u.Memory != MemoryPSS {
		t.Fatalf("Memory = %s, want %s", u.Memory, MemoryPSS)
	}
	for _, c := range []struct {
		name string
		look func() Usage
		prep func(m *meter)
		read bool
	}{
		{"at once", r.Usage, func(*meter) {}, false},
		{"ten seconds later", r.Usage, func(*meter) { now = now.Add(pssEvery) }, true},
		{"when asked for exactly", r.Exact, func(*meter) {}, true},
		{"when there is more", r.Usage, func(m *meter) { m.pssRSS -= m.pssRSS / 5 }, true},
		{"when there is less", r.Usage, func(m *meter) { m.pssRSS += m.pssRSS / 5 }, true},
		{"and that took long", r.Exact, func(*meter) { cost = 100 * time.Millisecond }, true},
		{"ten seconds after it took long", r.Usage, func(*meter) { now = now.Add(pssEvery) }, false},
		{"twenty after", r.Usage, func(*meter) { now = now.Add(pssEvery) }, true},
	} {
		r.mu.Lock()
		r.meter.pss = 7 // what was read last
		c.prep(&r.meter)
		r.mu.Unlock()
		if u := c.look(); (u.MemoryBytes >= 20*mib) != c.read {
			t.Errorf("%s: MemoryBytes = %d, want it read: %v", c.name, u.MemoryBytes, c.read)
		}
	}
}

func TestTheKernelEndsWhatExceedsItsMemory(t *testing.T) {
	r := begin(t, memoryGroups(t), "hold 400", func(o *Options) { o.MemoryLimit = 64 * mib })
	within(t, 20*time.Second, "Done closes", r.Done())
	u, err := r.Close()
	if err != nil {
		t.Errorf("Close() = %v", err)
	}
	if e := r.Exit(); e.Signal != syscall.SIGKILL || u.OOMKills != 1 {
		t.Errorf("Exit() = %+v, OOMKills = %d, want killed, 1", e, u.OOMKills)
	}
	if got := float64(u.PeakMemoryBytes) / mib; math.Abs(got-72) > 7.2 { // the kernel's own charges may exceed it
		t.Errorf("PeakMemoryBytes = %v MiB, want 72 within 10 %%", got)
	}
}

func TestWhatCannotBeMeasuredIsSaid(t *testing.T) {
	r := begin(t, nil, "pause")
	r.up(t, 1)
	u := r.Usage()
	if u.Missing["oom_kills"] == "" || u.Missing["read_bytes"] != "" {
		t.Errorf("without a group Missing = %v, want oom_kills only", u.Missing)
	}
	eachTier(t, func(t *testing.T, g *Groups) {
		short := begin(t, g, "exit 0")
		within(t, 5*time.Second, "Done closes", short.Done())
		u, err := short.Close()
		if err != nil || u.CPUSeconds <= 0 {
			t.Errorf("of a command that nobody looked at: %+v, %v", u, err)
		}
		for _, size := range []string{"memory_bytes", "rss_bytes", "threads", "processes"} {
			if u.Missing[size] != tooShort {
				t.Errorf("Missing[%s] = %q, want %q", size, u.Missing[size], tooShort)
			}
		}
		if (u.Missing["peak_memory_bytes"] == "") != (u.PeakMemoryBytes > 0) {
			t.Errorf("PeakMemoryBytes = %d, Missing = %v", u.PeakMemoryBytes, u.Missing)
		}
	})
	last, err := r.Close()
	if err != nil || last.Missing["memory_bytes"] != "" || last.Missing["peak_memory_bytes"] != "" || last.PeakMemoryBytes == 0 {
		t.Errorf("of one that was looked at: %+v, %v", last, err)
	}
}

func TestStorageCountsWhatEndedProcessesWrote(t *testing.T) {
	dir := t.TempDir()
	r := begin(t, nil, "", func(o *Options) {
		o.Argv = []string{"/bin/sh", "-c", "dd if=/dev/zero of=file bs=1M count=8 conv=fsync 2>/dev/null; echo up; exec cat <&3"}
		in, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = errors.Join(in.Close(), out.Close()) })
		o.Extra, o.Dir, o.Env = []*os.File{in}, dir, []string{"PATH=/bin:/usr/bin"}
	})
	r.up(t, 1)
	if u := r.Usage(); u.WriteBytes < 8*mib || u.WriteBytes > 10*mib {
		t.Errorf("WriteBytes = %d after 8 MiB (%v)", u.WriteBytes, u.Missing)
	}
	u, err := r.Close()
	if err != nil || u.WriteBytes < 8*mib || u.WriteBytes > 10*mib {
		t.Errorf("in the end WriteBytes = %d after 8 MiB (%v), %v", u.WriteBytes, u.Missing, err)
	}
}
