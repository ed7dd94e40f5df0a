//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package agent

import (
	"errors"
	"os"
	"syscall"
)

// lock marks a file as in use for as long as it stays open.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// inUse says that somebody has a file open that is marked so.
func inUse(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close() //nolint:errcheck // it was only looked at
	return errors.Is(lock(f), syscall.EWOULDBLOCK)
}
