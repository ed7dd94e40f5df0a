package process

import (
	"bytes"
	"os"
	"strconv"
)

// HostOOMKills returns how many processes the kernel has ended for want of
// memory since it started, on the whole host. It is for a tree without a control
// group of its own; false where the kernel does not count them (before 4.13).
func HostOOMKills() (int64, bool) {
	text, err := os.ReadFile("/proc/vmstat")
	if err != nil {
		return 0, false
	}
	_, after, ok := bytes.Cut(text, []byte("\noom_kill "))
	if !ok {
		return 0, false
	}
	line, _, _ := bytes.Cut(after, []byte("\n"))
	n, err := strconv.ParseInt(string(line), 10, 64)
	return n, err == nil
}
