//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
)

// Who uses a server of this machine that was started on the spot has a lock that
// others may have too, on a file named after the server's port; who ends the
// server needs the file for itself. The Python client does the same.

// shareFile is the file of a server, empty if its URL has no port.
func shareFile(server string) string {
	u, err := url.Parse(server)
	if err != nil || u.Port() == "" {
		return ""
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("espalier-%d-%s.lock", os.Getuid(), u.Port()))
}

// share notes that this process uses a server, until leave is called. It waits
// for who is about to end it. Without a place for the file nobody is told.
func share(server string) (leave func()) {
	path := shareFile(server)
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
		if err != nil {
			return func() {}
		}
		err = flock(f, syscall.LOCK_SH)
		if err != nil || same(f, path) {
			return func() { _ = f.Close() }
		}
		_ = f.Close() // who ended the server has removed it meanwhile
	}
}

// lastUser returns once no other process uses a server, at once if wait is
// false, and says whether that is so; the file is then gone.
func lastUser(server string, wait bool) bool {
	path := shareFile(server)
	f, err := os.Open(path)
	if err != nil {
		return true
	}
	defer func() { _ = f.Close() }()
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	if err := flock(f, how); errors.Is(err, syscall.EWOULDBLOCK) {
		return false
	}
	_ = os.Remove(path)
	return true
}

func flock(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func same(f *os.File, path string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}
