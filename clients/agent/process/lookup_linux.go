package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

func startError(name string, err error) *StartError {
	if errors.Is(err, fs.ErrNotExist) {
		return &StartError{Code: 127, Name: name, Err: err}
	}
	return &StartError{Code: 126, Name: name, Err: err}
}

// lookUp finds a command as a shell does: a name with a slash from dir, others
// along the PATH of the command's own environment.
func lookUp(name, dir string, env []string) (string, error) {
	if dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return "", fmt.Errorf("start %s: there is no folder %s to start it in", name, dir)
		}
	}
	if strings.Contains(name, "/") {
		if err := executable(from(dir, name)); err != nil {
			return "", startError(name, err)
		}
		return name, nil
	}
	var found error = unix.ENOENT
	for _, folder := range filepath.SplitList(variable(env, "PATH")) {
		path := filepath.Join(folder, name) // an empty one is where the command starts
		err := executable(from(dir, path))
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENOTDIR) {
			found = err
		}
	}
	return "", startError(name, found)
}

// from returns where a path leads that is taken from dir.
func from(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return errors.Unwrap(err)
	case info.IsDir():
		return unix.EISDIR
	default:
		return unix.Access(path, unix.X_OK)
	}
}

// variable returns the last value of a variable of an environment.
func variable(env []string, name string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if v, found := strings.CutPrefix(env[i], name+"="); found {
			return v
		}
	}
	return ""
}
