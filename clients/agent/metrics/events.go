package metrics

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// FollowEvents reads the scalars of TensorBoard's event files in a folder and
// below it as they grow: it looks every so often until ctx ends, and once more
// then. The folder need not exist yet.
//
// A sub-folder is what TensorBoard calls a run. The name of a metric is its tag.
// It is prefixed with the path of the run, as in validation/epoch_loss, so that
// the metrics of several runs differ; but not in the folder itself or else in the
// run that is found first, whose name, often a date, tells nothing, and which may
// stay the only one. Runs named train, validation and the like always have their
// name as a prefix, so that no metric's name depends on which was found first.
//
// A file that is damaged is not read beyond the damage. An error, which ends it,
// says that the folder cannot be read.
func (c *Collector) FollowEvents(ctx context.Context, dir string, every time.Duration) error {
	e := &events{c: c, dir: dir, src: newSource(c), files: map[string]*eventFile{}, prefixes: map[string]string{}}
	if err := poll(ctx, every, e.read); err != nil {
		return fmt.Errorf("read the event files: %w", err)
	}
	return nil
}

// events is what was read of a folder.
type events struct {
	c        *Collector
	dir      string
	src      *source
	files    map[string]*eventFile
	prefixes map[string]string // of metrics, by the folder of a run
	first    bool              // a run was found, which has no prefix
}

// read reads what was added since the last time.
func (e *events) read() error {
	if target, err := filepath.EvalSymlinks(e.dir); err == nil {
		e.dir = target // a walk does not follow its root
	}
	var paths []string
	err := filepath.WalkDir(e.dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return ignoreAbsence(err)
		}
		if entry.Type().IsRegular() && strings.Contains(entry.Name(), "tfevents") {
			paths = append(paths, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(paths, func(a, b string) int { // runs above before those below
		return strings.Count(a, string(filepath.Separator)) - strings.Count(b, string(filepath.Separator))
	})
	for _, name := range paths {
		if err := e.readFile(name); err != nil {
			return err
		}
	}
	return nil
}

// readFile reads what was added to one file.
func (e *events) readFile(name string) error {
	f := e.files[name]
	if f == nil {
		f = &eventFile{prefix: e.prefix(filepath.Dir(name)), foreign: map[string]bool{}}
		e.files[name] = f
	}
	file, err := os.Open(name)
	if err != nil {
		return ignoreAbsence(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	err = f.read(file, e.take)
	if errors.Is(err, errDamaged) {
		e.src.say("damaged "+name, "the event file %s is not read beyond byte %d: %v", name, f.offset, err)
		return nil
	}
	return err
}

// take emits a scalar.
func (e *events) take(name string, step int64, v float64) {
	if name, ok := e.c.canonical(name); ok && step >= 0 && step <= maxStep {
		e.src.emit([]Value{{name, v}}, step, false)
	}
}

// parts are names of runs that are parts of one.
var parts = []string{"train", "training", "val", "valid", "validation", "eval", "evaluation", "test"}

// prefix returns what distinguishes the metrics of a run.
func (e *events) prefix(dir string) string {
	if p, ok := e.prefixes[dir]; ok {
		return p
	}
	relative, err := filepath.Rel(e.dir, dir)
	if err != nil {
		relative = dir
	}
	relative = filepath.ToSlash(relative)
	p := relative + "/"
	switch base := path.Base(relative); {
	case relative == ".":
		e.first = true
		p = ""
	case slices.Contains(parts, base):
		if !e.taken(base + "/") {
			p = base + "/"
		}
	case !e.first:
		e.first = true
		p = ""
	}
	e.prefixes[dir] = p
	return p
}

func (e *events) taken(prefix string) bool {
	for _, p := range e.prefixes {
		if p == prefix {
			return true
		}
	}
	return false
}
