package agent

import (
	"os"
	"syscall"
)

const (
	setPipeSize = 1031    // F_SETPIPE_SZ
	pipeSize    = 1 << 20 // the most that an ordinary user may have, unless the host says otherwise
)

// widen gives a pipe more room, so that a script which prints much waits less.
func widen(f *os.File) {
	if c, err := f.SyscallConn(); err == nil {
		_ = c.Control(func(fd uintptr) {
			_, _, _ = syscall.Syscall(syscall.SYS_FCNTL, fd, setPipeSize, pipeSize) // else it is as large as it is
		})
	}
}
