//go:build !linux

package process

import (
	"errors"
	"runtime"

	"github.com/shirou/gopsutil/v3/mem"
)

// Groups is where the control groups of commands can be made: on Linux only. A
// nil *Groups is nowhere.
type Groups struct{}

// FindGroups returns nil where control groups are "off", and else an error that
// says that this system has none.
func FindGroups(where string) (*Groups, error) {
	if where == "off" {
		return nil, nil //nolint:nilnil // a nil *Groups is nowhere
	}
	return nil, errors.New("only Linux has control groups")
}

// Close does nothing on this system.
func (g *Groups) Close() error { return nil }

// Describe says in sentences what the control groups measure: here nothing.
func (g *Groups) Describe() []string {
	return []string{"There are no control groups on this system: processes are sampled, and short ones are not seen."}
}

// Limits returns what this process, and all that it starts, may use: how many
// processors; which ones; and how much memory, in bytes, 0 if that is unknown.
func Limits() (cpus int, allowed []int, memoryBytes int64) {
	for c := range runtime.NumCPU() {
		allowed = append(allowed, c)
	}
	if m, err := mem.VirtualMemory(); err == nil {
		memoryBytes = int64(m.Total)
	}
	return len(allowed), allowed, memoryBytes
}
