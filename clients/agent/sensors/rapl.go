package sensors

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Powercap is where Linux keeps the energy counters of the processor.
const Powercap = "/sys/class/powercap"

// RAPL adds up the energy counters of all packages and their memory (Intel's
// running average power limit, which AMD offers too). It is safe for several
// goroutines.
//
// A reading that failed is passed over: the counters go on meanwhile, so the
// next good one covers the time between. A counter that went round more than
// once in that time counts once.
type RAPL struct {
	mu      sync.Mutex
	domains []domain
	total   uint64 // microjoules
}

// domain is one counter: microjoules that begin again after max.
type domain struct {
	name      string
	file      string
	last, max uint64
}

// OpenRAPL finds the counters below root (Powercap, except in tests) and reads
// them once. The error says why there is nothing to measure.
func OpenRAPL(root string) (*RAPL, error) {
	domains, err := findDomains(root)
	if err != nil {
		return nil, err
	}
	for i := range domains {
		d := &domains[i]
		if d.last, err = readCounter(d.file); errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("%s is readable by root alone (CVE-2020-8694)", d.file)
		} else if err != nil {
			return nil, err
		}
		if d.max, err = readCounter(filepath.Join(filepath.Dir(d.file), "max_energy_range_uj")); err != nil {
			return nil, err
		}
	}
	return &RAPL{domains: domains}, nil
}

// findDomains returns each package and its memory once. The same package is
// there again behind another interface (mmio), and within psys, the platform.
func findDomains(root string) ([]domain, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not there: this kernel, virtual machine or container shows no energy counters", root)
	}
	if err != nil {
		return nil, err
	}
	names := map[string]string{} // of the zones, by their folders
	for _, e := range entries {
		if b, err := os.ReadFile(filepath.Join(root, e.Name(), "name")); err == nil {
			names[e.Name()] = strings.TrimSpace(string(b))
		}
	}
	found := map[string]string{} // domain to folder
	for zone, name := range names {
		levels := strings.Split(zone, ":")
		switch {
		case len(levels) == 2 && strings.HasPrefix(name, "package-"):
		case len(levels) == 3 && name == "dram":
			name = names[levels[0]+":"+levels[1]] + " dram"
		default: // parts of a package, psys, other devices
			continue
		}
		if old, ok := found[name]; !ok || strings.Contains(old, "mmio") {
			found[name] = zone
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s holds no energy counter of a processor (modprobe intel_rapl_msr, unless this is a virtual machine)", root)
	}
	domains := make([]domain, 0, len(found))
	for name, zone := range found {
		domains = append(domains, domain{name: name, file: filepath.Join(root, zone, "energy_uj")})
	}
	slices.SortFunc(domains, func(a, b domain) int { return strings.Compare(a.name, b.name) })
	return domains, nil
}

func readCounter(file string) (uint64, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", file, err)
	}
	return n, nil
}

// Domains returns what is added up, such as "package-0" and "package-0 dram".
func (r *RAPL) Domains() []string {
	names := make([]string, len(r.domains))
	for i, d := range r.domains {
		names[i] = d.name
	}
	return names
}

// Joules is the energy of the host since OpenRAPL. With an error, it is that
// of the last good reading.
func (r *RAPL) Joules() (total float64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := make([]uint64, len(r.domains))
	for i, d := range r.domains {
		if now[i], err = readCounter(d.file); err != nil {
			return float64(r.total) / 1e6, fmt.Errorf("reading the energy of %s: %w", d.name, err)
		}
	}
	for i := range r.domains {
		d := &r.domains[i]
		r.total += d.since(now[i])
		d.last = now[i]
	}
	return float64(r.total) / 1e6, nil
}

// since is the energy since the last reading.
func (d *domain) since(now uint64) uint64 {
	switch {
	case now >= d.last:
		return now - d.last
	case d.last <= d.max:
		return d.max - d.last + now
	default: // no counter that goes round at max
		return 0
	}
}
