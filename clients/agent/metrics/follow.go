package metrics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"
)

// File is how far a metrics file was read.
type File struct {
	path    string
	lines   *Lines
	file    *os.File // as it was when it was opened: its name may be another's since
	info    fs.FileInfo
	offset  int64
	skipped int64  // where the offset was at first
	earlier []byte // what was before that, at most maxEarlier of it; nil once it is no longer there
}

// maxEarlier is how many bytes at the end of what was there before are compared to
// see that it still is. A file that is written anew may soon be as long as it was.
const maxEarlier = 4 << 10

// MetricsFile returns a follower of a metrics file, of the lines of
// [Collector.JSONLines]. What is in the file now belongs to whatever wrote it
// before, so it must be called before the script starts. The file need not exist
// yet.
func (c *Collector) MetricsFile(path string) *File {
	m := c.newFile(path)
	m.skip()
	return m
}

func (c *Collector) newFile(path string) *File {
	return &File{path: path, lines: c.JSONLines()}
}

// skip passes over what is there. What keeps it from that, Follow will meet again.
func (m *File) skip() {
	info, err := os.Stat(m.path)
	if err != nil || !info.Mode().IsRegular() { // to open a named pipe would block
		return
	}
	file, err := os.Open(m.path)
	if err != nil {
		return
	}
	defer file.Close() //nolint:errcheck // it was only read
	if info, err = file.Stat(); err != nil {
		return
	}
	end := make([]byte, min(info.Size(), maxEarlier))
	if _, err := file.ReadAt(end, info.Size()-int64(len(end))); err == nil {
		m.info, m.offset, m.skipped, m.earlier = info, info.Size(), info.Size(), end
	}
}

// Follow reads the file as it grows: it looks every so often, four times more
// rarely until there is a file, until ctx ends, and once more then. If the file is
// cut short or written anew, or another takes its name, it is read from its
// beginning, and points that were read before are not emitted again. It may be
// called once.
//
// An error, which ends it, says that the file cannot be read or is no regular
// file.
func (m *File) Follow(ctx context.Context, every time.Duration) error {
	defer m.close()
	if err := poll(ctx, every, m.read); err != nil {
		return fmt.Errorf("read the metrics file: %w", err)
	}
	return m.lines.Close()
}

// patience is how many times more rarely is looked for what is not there yet: most
// scripts write no such file.
const patience = 4

// poll calls look now, every so often, more rarely until it has found something,
// and once more when ctx has ended.
func poll(ctx context.Context, every time.Duration, look func() (found bool, err error)) error {
	ticker := time.NewTicker(patience * every)
	defer ticker.Stop()
	for before := false; ; {
		ended := ctx.Err() != nil
		found, err := look()
		if err != nil || ended {
			return err
		}
		if found && !before {
			before = true
			ticker.Reset(every)
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// read passes on what was added since the last time. Found says that there is, or
// was, a file.
func (m *File) read() (found bool, err error) {
	info, err := os.Stat(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		return m.info != nil, m.drain() // what was written before it was removed
	}
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, fmt.Errorf("%s is no regular file", m.path)
	}
	if m.info != nil && !os.SameFile(m.info, info) {
		if err := m.drain(); err != nil {
			return true, err
		}
		m.close()
		if err := m.restart(); err != nil {
			return true, err
		}
	}
	if err := m.open(); err != nil {
		return false, ignoreAbsence(err)
	}
	if runtime.GOOS == "windows" { // where an open file can be neither removed nor replaced
		defer m.close()
	}
	anew, err := m.anew(info.Size())
	if anew {
		err = m.restart()
	}
	if err != nil {
		return true, err
	}
	return true, m.drain()
}

// open opens the file, unless it is open.
func (m *File) open() (err error) {
	if m.file != nil {
		return nil
	}
	if m.file, err = os.Open(m.path); err != nil {
		m.file = nil
		return err
	}
	m.info, err = m.file.Stat()
	return err
}

// anew says that the file, which has a size, was written from its beginning again.
func (m *File) anew(size int64) (bool, error) {
	if size < m.offset || len(m.earlier) == 0 {
		return size < m.offset, nil
	}
	now := make([]byte, len(m.earlier))
	complete, err := fill(io.NewSectionReader(m.file, m.skipped-int64(len(now)), int64(len(now))), now)
	return err == nil && !(complete && bytes.Equal(now, m.earlier)), err
}

// drain reads the open file to its end.
func (m *File) drain() error {
	if m.file == nil {
		return nil
	}
	n, err := io.Copy(m.lines, io.NewSectionReader(m.file, m.offset, 1<<62))
	m.offset += n
	return err
}

// restart prepares for a file that is read from its beginning.
func (m *File) restart() error {
	err := m.lines.Close() // the end of the last line of what was there
	m.lines.src.rewind()
	m.offset, m.earlier = 0, nil
	return err
}

func (m *File) close() {
	if m.file != nil {
		m.file.Close() //nolint:errcheck // it was only read
		m.file = nil
	}
}

// ignoreAbsence forgives a file that has vanished meanwhile.
func ignoreAbsence(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
