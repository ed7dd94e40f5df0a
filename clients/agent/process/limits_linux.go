package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// place is a hierarchy of control groups: where it is mounted, and the
// directory of this process in it, empty if that is not in sight.
type place struct{ mount, dir string }

// places are all of them; v1 by controller.
type places struct {
	v2 place
	v1 map[string]place
}

func ownPlaces() (places, error) {
	mounts, err1 := os.ReadFile("/proc/self/mountinfo")
	groups, err2 := os.ReadFile("/proc/self/cgroup")
	if err := errors.Join(err1, err2); err != nil {
		return places{}, fmt.Errorf("find the control groups: %w", err)
	}
	return parsePlaces(mounts, groups), nil
}

// parsePlaces reads /proc/self/mountinfo and /proc/self/cgroup (cgroups(7)).
func parsePlaces(mounts, groups []byte) places {
	own := make(map[string]string) // by controller; cgroup v2 has none
	for line := range bytes.Lines(groups) {
		parts := strings.SplitN(strings.TrimSpace(string(line)), ":", 3)
		if len(parts) == 3 {
			for _, controller := range strings.Split(parts[1], ",") {
				own[controller] = parts[2]
			}
		}
	}
	p := places{v1: make(map[string]place)}
	for line := range bytes.Lines(mounts) {
		before, after, found := strings.Cut(string(line), " - ")
		at, kind := strings.Fields(before), strings.Fields(after)
		if !found || len(at) < 5 || len(kind) < 3 {
			continue
		}
		root, mount := unescape(at[3]), unescape(at[4])
		switch kind[0] {
		case "cgroup2":
			if p.v2.mount == "" {
				p.v2 = place{mount, inMount(mount, root, own[""])}
			}
		case "cgroup":
			for _, controller := range strings.Split(kind[2], ",") {
				if path, ok := own[controller]; ok && p.v1[controller].mount == "" {
					p.v1[controller] = place{mount, inMount(mount, root, path)}
				}
			}
		}
	}
	return p
}

// inMount returns the directory of a group in a mount that shows only what is
// below root.
func inMount(mount, root, path string) string {
	rest, found := strings.CutPrefix(path, strings.TrimSuffix(root, "/"))
	if !found || path == "" || rest != "" && rest[0] != '/' || strings.Contains(path, "/..") {
		return ""
	}
	return filepath.Join(mount, rest)
}

// unescape undoes what mountinfo does to blanks.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// upwards returns the directory of this process and those above it.
func (p place) upwards() []string {
	if p.dir == "" {
		return nil
	}
	dirs := []string{p.dir}
	for dir := p.dir; dir != p.mount && len(dir) > len(p.mount); {
		dir = filepath.Dir(dir)
		dirs = append(dirs, dir)
	}
	return dirs
}

// Limits returns what this process, and all that it starts, may use: how many
// processors, after affinity and quotas, at least 1 and rounded down; which
// ones; and how much memory, in bytes. Quotas and limits are the least of all
// control groups from its own upwards.
func Limits() (cpus int, allowed []int, memoryBytes int64) {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) == nil {
		for c := range len(set) * strconv.IntSize {
			if set.IsSet(c) {
				allowed = append(allowed, c)
			}
		}
	}
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		kib, _ := value(b, "MemTotal:")
		memoryBytes = kib << 10
	}
	cpus = len(allowed)
	p, err := ownPlaces()
	if err != nil {
		return cpus, allowed, memoryBytes
	}
	quota, limit := p.limits()
	if quota > 0 {
		cpus = min(cpus, int(quota))
	}
	if limit > 0 {
		memoryBytes = min(memoryBytes, limit)
	}
	return max(1, cpus), allowed, memoryBytes
}

// limits returns the least quota, in processors, and the least limit, in bytes,
// of all groups upwards; 0 is none.
func (p places) limits() (quota float64, bytes int64) {
	least := func(q float64, b int64) {
		if q > 0 && (quota == 0 || q < quota) {
			quota = q
		}
		if b > 0 && (bytes == 0 || b < bytes) {
			bytes = b
		}
	}
	for _, dir := range p.v2.upwards() {
		most, period := 0.0, 0.0
		if w := words(dir, "cpu.max"); len(w) == 2 {
			most, period = number(w[:1]), number(w[1:])
		}
		least(ratio(most, period), int64(number(words(dir, "memory.max"))))
	}
	for _, dir := range p.v1["cpu"].upwards() {
		least(ratio(number(words(dir, "cpu.cfs_quota_us")), number(words(dir, "cpu.cfs_period_us"))), 0)
	}
	for _, dir := range p.v1["memory"].upwards() {
		least(0, int64(number(words(dir, "memory.limit_in_bytes"))))
	}
	return quota, bytes
}

// number returns the number of a file of one word; 0 if it has none, or "max".
func number(words []string) float64 {
	if len(words) != 1 {
		return 0
	}
	v, err := strconv.ParseFloat(words[0], 64)
	if err != nil {
		return 0
	}
	return v
}

func ratio(most, period float64) float64 {
	if most <= 0 || period <= 0 {
		return 0
	}
	return most / period
}
