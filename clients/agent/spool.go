package agent

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// record is what a server is to be told of a trial: one of three.
type record struct {
	Report *api.TrialReport `json:"report,omitempty"`
	Attrs  api.UserAttrs    `json:"attrs,omitempty"`
	Tell   *api.Tell        `json:"tell,omitempty"`

	// Fallback is told if the server finds that Tell lacks a value.
	Fallback *api.Tell `json:"fallback,omitempty"`
	// Sample says that the report holds what the agent measured by itself, of
	// which some may be left out when there is no more room.
	Sample bool `json:"sample,omitempty"`
	// urgent is a report that a decision may follow from.
	urgent bool
}

// spoolHead is the first line of a spool: where its records belong. A study of
// the same name that was made at another time is another study.
type spoolHead struct {
	Server  string    `json:"server"`
	Study   string    `json:"study"`
	Created time.Time `json:"created"` // the study
	Trial   int64     `json:"trial"`
}

// spool keeps the records of one trial on disk, a line of JSON each, while the
// server is away. There is no file before the first record.
type spool struct {
	path string
	head spoolHead
	most int64 // bytes

	file *os.File
	size int64
	full bool // thinned, and too large all the same: samples are left out
}

// maxSpool is how large a spool may grow before samples are thinned out.
const maxSpool = 64 << 20

// newSpool returns the spool of a trial in a folder, under a name that no other
// has. The file is locked while the spool is in use.
func newSpool(dir string, head spoolHead) *spool {
	name := fmt.Sprintf("%s~%d~%s.jsonl", head.Study, head.Trial, rand.Text())
	return &spool{path: filepath.Join(dir, name), head: head, most: maxSpool}
}

// empty says that there is nothing to send.
func (s *spool) empty() bool { return s.file == nil }

// add puts records at the end. Reports that nobody printed are left out once the
// spool is full; metrics never are.
func (s *spool) add(records []record) error {
	if s.file == nil {
		if err := s.create(); err != nil {
			return err
		}
	}
	var lines bytes.Buffer
	for i := range records {
		if s.full && records[i].Sample {
			continue
		}
		if err := appendLine(&lines, &records[i]); err != nil {
			return err
		}
	}
	if n, err := s.file.Write(lines.Bytes()); err != nil {
		if n > 0 { // half a line would spoil the next one
			err = errors.Join(err, s.file.Truncate(s.size))
		}
		return fmt.Errorf("spool: %w", err)
	}
	s.size += int64(lines.Len())
	if s.size > s.most && !s.full {
		return s.thin()
	}
	return nil
}

func (s *spool) create() error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	var line bytes.Buffer
	if err := errors.Join(lock(f), appendLine(&line, s.head)); err != nil {
		return errors.Join(err, f.Close())
	}
	n, err := f.Write(line.Bytes())
	if err != nil {
		return errors.Join(fmt.Errorf("spool: %w", err), f.Close())
	}
	s.file, s.size, s.full = f, int64(n), false
	return nil
}

func appendLine(b *bytes.Buffer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	b.Write(line)
	b.WriteByte('\n')
	return nil
}

// thin leaves out every second sample. If that does not help, later ones are
// left out as well.
func (s *spool) thin() error {
	fresh := &spool{path: s.path + ".thin", head: s.head, most: 1 << 62}
	odd := false
	_, err := eachRecord(s.path, func(r *record) error {
		if r.Sample {
			if odd = !odd; odd {
				return nil
			}
		}
		return fresh.add([]record{*r})
	})
	if err != nil || fresh.file == nil {
		return errors.Join(err, fresh.remove())
	}
	if err := errors.Join(s.file.Close(), os.Rename(fresh.path, s.path)); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	s.file, s.size, s.full = fresh.file, fresh.size, fresh.size > s.most*3/4
	return nil
}

// remove ends the spool: all of it was sent.
func (s *spool) remove() error {
	if s.file == nil {
		return nil
	}
	err := errors.Join(s.file.Close(), os.Remove(s.path))
	s.file, s.size = nil, 0
	if errors.Is(err, fs.ErrNotExist) {
		return nil // somebody else sent it, which is harmless
	}
	return err
}

// close leaves the spool for another process to send.
func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	err := errors.Join(s.file.Sync(), s.file.Close())
	s.file = nil
	return err
}

// eachRecord calls each with the records of a spool in order. A line that was
// cut off, as by a full disk or a crash, is passed over.
func eachRecord(path string, each func(*record) error) (spoolHead, error) {
	var head spoolHead
	f, err := os.Open(path)
	if err != nil {
		return head, fmt.Errorf("spool: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	in := bufio.NewReaderSize(f, 64<<10)
	for n := 0; ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return head, nil
		}
		if err != nil {
			return head, fmt.Errorf("spool: %w", err)
		}
		if n == 0 {
			if err := json.Unmarshal(line, &head); err != nil || head.Server == "" || head.Study == "" {
				return head, fmt.Errorf("spool: %s is no spool", path)
			}
			continue
		}
		var r record
		if json.Unmarshal(line, &r) != nil {
			continue
		}
		if err := each(&r); err != nil {
			return head, err
		}
	}
}
