package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"
)

// Follow reads a metrics file, of the lines of [Collector.JSONLines], as it
// grows: it looks every so often until ctx ends, and once more then. The file
// need not exist yet. If it is cut short or another takes its name, it is read
// from its beginning, and points that were there before are not emitted again.
//
// An error, which ends it, says that the file cannot be read or is no regular
// file.
func (c *Collector) Follow(ctx context.Context, path string, every time.Duration) error {
	t := &tail{path: path, lines: c.JSONLines()}
	defer t.close()
	if err := poll(ctx, every, t.read); err != nil {
		return fmt.Errorf("read the metrics file: %w", err)
	}
	return t.lines.Close()
}

// poll calls read now, every so often, and once more when ctx has ended.
func poll(ctx context.Context, every time.Duration, read func() error) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		ended := ctx.Err() != nil
		if err := read(); err != nil || ended {
			return err
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// tail is how far a file was read.
type tail struct {
	path   string
	lines  *Lines
	file   *os.File // as it was when it was opened: its name may be another's since
	info   fs.FileInfo
	offset int64
}

// read passes on what was added since the last time.
func (t *tail) read() error {
	info, err := os.Stat(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return t.drain() // what was written before it was removed
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file", t.path)
	}
	if t.info != nil && !os.SameFile(t.info, info) {
		if err := t.drain(); err != nil {
			return err
		}
		t.close()
		if err := t.restart(); err != nil {
			return err
		}
	} else if info.Size() < t.offset {
		if err := t.restart(); err != nil {
			return err
		}
	}
	if t.file == nil {
		if t.file, err = os.Open(t.path); err != nil {
			return ignoreAbsence(err)
		}
		if t.info, err = t.file.Stat(); err != nil {
			return err
		}
	}
	err = t.drain()
	if runtime.GOOS == "windows" { // where an open file can be neither removed nor replaced
		t.close()
	}
	return err
}

// drain reads the open file to its end.
func (t *tail) drain() error {
	if t.file == nil {
		return nil
	}
	n, err := io.Copy(t.lines, io.NewSectionReader(t.file, t.offset, 1<<62))
	t.offset += n
	return err
}

// restart prepares for a file that is read from its beginning.
func (t *tail) restart() error {
	err := t.lines.Close() // the end of the last line of what was there
	t.lines.src.rewind()
	t.offset = 0
	return err
}

func (t *tail) close() {
	if t.file != nil {
		t.file.Close() //nolint:errcheck // it was only read
		t.file = nil
	}
}

// ignoreAbsence forgives a file that has vanished meanwhile.
func ignoreAbsence(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
