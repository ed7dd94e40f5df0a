package sensors

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// powercap is a folder like the kernel's, with one value a file.
type powercap struct {
	t    *testing.T
	root string
}

func newPowercap(t *testing.T) powercap { return powercap{t, t.TempDir()} }

func (p powercap) write(zone, file, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Join(p.root, zone), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.root, zone, file), []byte(text+"\n"), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p powercap) zone(zone, name string, energy, most uint64) {
	p.t.Helper()
	p.write(zone, "name", name)
	p.write(zone, "energy_uj", fmt.Sprint(energy))
	p.write(zone, "max_energy_range_uj", fmt.Sprint(most))
}

func (p powercap) energy(zone string, energy uint64) {
	p.t.Helper()
	p.write(zone, "energy_uj", fmt.Sprint(energy))
}

func (p powercap) open() *RAPL {
	p.t.Helper()
	r, err := OpenRAPL(p.root)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

func wantJoules(t *testing.T, r *RAPL, want float64) {
	t.Helper()
	got, err := r.Joules()
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("joules = %v, want %v", got, want)
	}
}

const fullRange = 262143328850 // of a real package

func TestPackagesAndTheirMemoryAreCountedOnce(t *testing.T) {
	p := newPowercap(t)
	p.write("intel-rapl", "enabled", "1")
	p.write("intel-rapl-mmio", "enabled", "1")
	p.zone("intel-rapl:0", "package-0", 1_000_000, fullRange)
	p.zone("intel-rapl:0:0", "core", 1_000_000, fullRange)
	p.zone("intel-rapl:0:1", "uncore", 1_000_000, fullRange)
	p.zone("intel-rapl:0:2", "dram", 1_000_000, 65712999613)
	p.zone("intel-rapl:1", "package-1", 1_000_000, fullRange)
	p.zone("intel-rapl:1:0", "dram", 1_000_000, 65712999613)
	p.zone("intel-rapl:2", "psys", 1_000_000, fullRange)
	p.zone("intel-rapl-mmio:0", "package-0", 1_000_000, fullRange)
	p.zone("dtpm:0", "soc", 1_000_000, fullRange)

	r := p.open()
	want := []string{"package-0", "package-0 dram", "package-1", "package-1 dram"}
	if got := r.Domains(); !slices.Equal(got, want) {
		t.Errorf("domains = %q, want %q", got, want)
	}
	wantJoules(t, r, 0)
	p.energy("intel-rapl:0", 6_000_000)
	p.energy("intel-rapl:0:2", 3_000_000)
	p.energy("intel-rapl:1", 4_000_000)
	p.energy("intel-rapl:1:0", 2_000_000)
	for _, zone := range []string{"intel-rapl:0:0", "intel-rapl:0:1", "intel-rapl:2", "intel-rapl-mmio:0", "dtpm:0"} {
		p.energy(zone, 100_000_000)
	}
	wantJoules(t, r, 11)
}

func TestAPackageThatOnlyMMIOShowsIsCounted(t *testing.T) {
	p := newPowercap(t)
	p.zone("intel-rapl-mmio:0", "package-0", 0, fullRange)
	r := p.open()
	p.energy("intel-rapl-mmio:0", 4_000_000)
	wantJoules(t, r, 4)
}

func TestACounterThatGoesRoundGoesOn(t *testing.T) {
	p := newPowercap(t)
	p.zone("intel-rapl:0", "package-0", 9_000_000, 10_000_000)
	r := p.open()
	p.energy("intel-rapl:0", 500_000)
	wantJoules(t, r, 1.5)
	p.energy("intel-rapl:0", 600_000)
	wantJoules(t, r, 1.6)
}

func TestAReadErrorIsNeitherZeroNorAWrap(t *testing.T) {
	p := newPowercap(t)
	p.zone("intel-rapl:0", "package-0", 1_000_000, fullRange)
	p.zone("intel-rapl:1", "package-1", 1_000_000, fullRange)
	r := p.open()
	p.energy("intel-rapl:0", 3_000_000)
	wantJoules(t, r, 2)

	// One package can be read and has moved, the other cannot.
	p.energy("intel-rapl:0", 4_000_000)
	for _, text := range []string{"", "garbage", "-1"} {
		p.write("intel-rapl:1", "energy_uj", text)
		got, err := r.Joules()
		if err == nil || !strings.Contains(err.Error(), "package-1") {
			t.Errorf("error = %v, want one about package-1", err)
		}
		if got != 2 {
			t.Errorf("joules after an error = %v, want 2 as before", got)
		}
	}
	if err := os.Remove(filepath.Join(p.root, "intel-rapl:1", "energy_uj")); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Joules(); err == nil || got != 2 {
		t.Errorf("joules without a file = %v, %v, want 2 and an error", got, err)
	}

	p.energy("intel-rapl:0", 5_000_000)
	p.energy("intel-rapl:1", 1_500_000)
	wantJoules(t, r, 4.5)
}

func TestWhyThereIsNoRAPL(t *testing.T) {
	if _, err := OpenRAPL(filepath.Join(t.TempDir(), "powercap")); err == nil || !strings.Contains(err.Error(), "is not there") {
		t.Errorf("without the folder: %v", err)
	}
	p := newPowercap(t)
	p.zone("intel-rapl:0", "psys", 1, fullRange)
	if _, err := OpenRAPL(p.root); err == nil || !strings.Contains(err.Error(), "no energy counter") {
		t.Errorf("with psys alone: %v", err)
	}
}
