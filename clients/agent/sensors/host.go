package sensors

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/host"
	"github.com/shirou/gopsutil/v3/mem"
)

// Host is what is known of the machine: of the whole of it, whatever part of
// it this process may use. A field that the system does not tell is zero.
type Host struct {
	Name        string
	CPUs        int    // logical ones
	CPUModel    string // of the first
	MemoryBytes uint64
	OS          string // "linux"
	Platform    string // "debian 13.1"
	Kernel      string // "6.12.48"
}

// ReadHost reads the facts of the host.
func ReadHost(ctx context.Context) Host {
	h := Host{OS: runtime.GOOS, CPUs: runtime.NumCPU()}
	if name, err := os.Hostname(); err == nil {
		h.Name = name
	}
	if n, err := cpu.CountsWithContext(ctx, true); err == nil && n > 0 {
		h.CPUs = n
	}
	if infos, err := cpu.InfoWithContext(ctx); err == nil && len(infos) > 0 {
		h.CPUModel = strings.TrimSpace(infos[0].ModelName)
	}
	if m, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		h.MemoryBytes = m.Total
	}
	if platform, _, version, err := host.PlatformInformationWithContext(ctx); err == nil {
		h.Platform = strings.TrimSpace(platform + " " + version)
	}
	if kernel, err := host.KernelVersionWithContext(ctx); err == nil {
		h.Kernel = kernel
	}
	return h
}

// String is the host in one line.
func (h Host) String() string {
	parts := []string{fmt.Sprintf("%s: %d CPUs", h.Name, h.CPUs)}
	if h.CPUModel != "" {
		parts[0] += " (" + h.CPUModel + ")"
	}
	if h.MemoryBytes > 0 {
		parts = append(parts, fmt.Sprintf("%.1f GB of memory", float64(h.MemoryBytes)/1e9))
	}
	system := h.OS
	if h.Platform != "" {
		system = h.Platform
	}
	if h.Kernel != "" {
		system += ", kernel " + h.Kernel
	}
	return strings.Join(append(parts, system), ", ")
}

// BusySeconds is the CPU time that everything on the host has used since it
// started, kernel and interrupts included, what a hypervisor stole excluded.
func BusySeconds(ctx context.Context) (float64, error) {
	if runtime.GOOS == "linux" {
		b, err := os.ReadFile("/proc/stat")
		if err != nil {
			return 0, err
		}
		return busySeconds(b)
	}
	times, err := cpu.TimesWithContext(ctx, false)
	if err != nil {
		return 0, fmt.Errorf("reading the CPU times of the host: %w", err)
	}
	if len(times) == 0 {
		return 0, fmt.Errorf("the system tells no CPU times of the host")
	}
	t := times[0]
	return t.User + t.Nice + t.System + t.Irq + t.Softirq, nil
}

// ticks is USER_HZ, in which /proc/stat counts, whatever the kernel's own HZ.
const ticks = 100

// busySeconds reads the first line of /proc/stat: cpu user nice system idle
// iowait irq softirq steal guest guest_nice. Guests are within user and nice.
func busySeconds(stat []byte) (float64, error) {
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	fields := strings.Fields(string(line))
	if len(fields) < 8 || fields[0] != "cpu" {
		return 0, fmt.Errorf("/proc/stat begins with %.40q", line)
	}
	var sum uint64
	for _, i := range []int{1, 2, 3, 6, 7} {
		n, err := strconv.ParseUint(fields[i], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/stat: %w", err)
		}
		sum += n
	}
	return float64(sum) / ticks, nil
}
