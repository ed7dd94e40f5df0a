package sensors

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestTheHostIsKnown(t *testing.T) {
	h := ReadHost(t.Context())
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	if h.Name != name || h.CPUs < runtime.NumCPU() || h.OS != runtime.GOOS || h.Kernel == "" {
		t.Errorf("host = %+v", h)
	}
	if runtime.GOOS == "linux" {
		meminfo, err := os.ReadFile("/proc/meminfo")
		if err != nil {
			t.Fatal(err)
		}
		kb, err := strconv.ParseUint(strings.Fields(string(meminfo))[1], 10, 64) // "MemTotal: n kB"
		if err != nil {
			t.Fatal(err)
		}
		if h.MemoryBytes != kb*1024 {
			t.Errorf("memory = %d bytes, want %d", h.MemoryBytes, kb*1024)
		}
	}
	if s := h.String(); !strings.Contains(s, name) || !strings.Contains(s, "CPUs") || strings.Contains(s, "\n") {
		t.Errorf("host in one line = %q", s)
	}
}

func TestBusySecondsAreThoseOfTheFirstLine(t *testing.T) {
	// user nice system idle iowait irq softirq steal guest guest_nice
	got, err := busySeconds([]byte("cpu  100 200 300 99999 88888 5 15 7777 50 20\ncpu0 1 1 1 1 1 1 1 1 1 1\n"))
	if err != nil || got != 6.2 {
		t.Errorf("busy = %v, %v, want 6.2", got, err)
	}
	for _, text := range []string{"", "cpu 1 2 3", "intr 1 2 3 4 5 6 7 8", "cpu a 2 3 4 5 6 7 8 9 10"} {
		if _, err := busySeconds([]byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestBusySecondsGrowWithWork(t *testing.T) {
	before, err := BusySeconds(t.Context())
	if err != nil {
		t.Skip("not measured here:", err)
	}
	sum, deadline := 0.0, time.Now().Add(300*time.Millisecond)
	for time.Now().Before(deadline) {
		for i := range 1000 {
			sum += math.Sqrt(float64(i))
		}
	}
	after, err := BusySeconds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// On a host with other work the loop may get less than the whole CPU.
	if after-before < 0.05 {
		t.Errorf("%v s busy during 0.3 s of work (%v)", after-before, sum)
	}
}

func TestTheDoctorHasAReasonForEverythingThatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	findings := Doctor(t.Context(), Places{Powercap: filepath.Join(t.TempDir(), "powercap")})
	var b bytes.Buffer
	for _, f := range findings {
		b.WriteString(f.Sensor + ": " + f.Detail + "\n")
		if !f.Works && !strings.HasPrefix(f.Detail, "not measured: ") {
			t.Errorf("%s does not work, and says %q", f.Sensor, f.Detail)
		}
		if (f.Sensor == "rapl" || f.Sensor == "gpu") && f.Works {
			t.Errorf("%s works without anything to read", f.Sensor)
		}
	}
	t.Log("\n" + b.String())
	if len(findings) != 4 {
		t.Errorf("%d findings, want 4", len(findings))
	}
}
