//go:build unix

package main

import "syscall"

// cpuSeconds is the CPU time, user and system, that this process has used so far.
// A worker is a process with one trial at a time, so a difference of two readings is what that trial cost.
func cpuSeconds() (seconds float64, measured bool) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, false
	}
	nanoseconds := usage.Utime.Nano() + usage.Stime.Nano()
	return float64(nanoseconds) / 1e9, true
}
