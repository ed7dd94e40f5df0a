package agent

import (
	"errors"
	"os"
	"syscall"
)

// lock marks a file as in use for as long as it stays open, which it is anyway.
func lock(*os.File) error { return nil }

// sharingViolation is ERROR_SHARING_VIOLATION: another has the file open.
const sharingViolation = syscall.Errno(32)

// inUse says that somebody has a file open.
func inUse(path string) bool {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return false
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ, 0, nil, syscall.OPEN_EXISTING, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return errors.Is(err, sharingViolation)
	}
	_ = syscall.CloseHandle(h)
	return false
}
