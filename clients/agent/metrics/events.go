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

// EventFiles is how far the event files of a folder were read.
type EventFiles struct {
	c        *Collector
	dir      string
	src      *source
	files    map[string]*eventFile
	prefixes map[string]string // of metrics, by the folder of a run
	first    bool              // a run was found, which has no prefix
}

// EventFiles returns a follower of TensorBoard's event files in a folder and below
// it. What is in them now belongs to whatever wrote it before, so it must be
// called before the script starts. The folder need not exist yet.
func (c *Collector) EventFiles(dir string) *EventFiles {
	e := c.newEventFiles(dir)
	paths, err := e.paths()
	if err != nil {
		return e // Follow will meet it again
	}
	for _, name := range paths {
		if info, err := os.Stat(name); err == nil {
			e.files[name] = &eventFile{earlier: info.Size()}
		}
	}
	return e
}

func (c *Collector) newEventFiles(dir string) *EventFiles {
	return &EventFiles{c: c, dir: dir, src: newSource(c), files: map[string]*eventFile{}, prefixes: map[string]string{}}
}

// Follow reads the scalars in the event files as they grow: it looks every so
// often, four times more rarely until there is something to read, until ctx ends,
// and once more then.
//
// A sub-folder is what TensorBoard calls a run. The name of a metric is its tag.
// It is prefixed with the path of the run, as in validation/epoch_loss, so that
// the metrics of several runs differ; but not in the folder itself or else in the
// run that is found first, whose name, often a date, tells nothing, and which may
// stay the only one. Runs named train, validation and the like always have their
// name as a prefix, so that no metric's name depends on which was found first. A
// run whose files do not grow is not found.
//
// A file that is damaged is not read beyond the damage. An error, which ends it,
// says that the folder cannot be read.
func (e *EventFiles) Follow(ctx context.Context, every time.Duration) error {
	if err := poll(ctx, every, e.read); err != nil {
		return fmt.Errorf("read the event files: %w", err)
	}
	return nil
}

// read reads what was added since the last time. Found says that a run was.
func (e *EventFiles) read() (found bool, err error) {
	paths, err := e.paths()
	if err != nil {
		return false, err
	}
	for _, name := range paths {
		if err := e.readFile(name); err != nil {
			return false, err
		}
	}
	return len(e.prefixes) > 0, nil
}

// paths returns the event files that there are, runs above before those below.
func (e *EventFiles) paths() (paths []string, err error) {
	if target, err := filepath.EvalSymlinks(e.dir); err == nil {
		e.dir = target // a walk does not follow its root
	}
	err = filepath.WalkDir(e.dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return ignoreAbsence(err)
		}
		if entry.Type().IsRegular() && strings.Contains(entry.Name(), "tfevents") {
			paths = append(paths, name)
		}
		return nil
	})
	slices.SortStableFunc(paths, func(a, b string) int {
		return strings.Count(a, string(filepath.Separator)) - strings.Count(b, string(filepath.Separator))
	})
	return paths, err
}

// readFile reads what was added to one file.
func (e *EventFiles) readFile(name string) error {
	f := e.files[name]
	if f == nil {
		f = &eventFile{}
		e.files[name] = f
	}
	file, err := os.Open(name)
	if err != nil {
		return ignoreAbsence(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	if unchanged, err := f.unchanged(file); unchanged || err != nil {
		return err
	}
	if f.foreign == nil {
		f.prefix, f.foreign = e.prefix(filepath.Dir(name)), map[string]bool{}
	}
	err = f.read(file, e.take)
	if errors.Is(err, errDamaged) {
		e.src.say("damaged "+name, "the event file %s is not read beyond byte %d: %v", name, f.offset, err)
		return nil
	}
	return err
}

// take emits a scalar.
func (e *EventFiles) take(name string, step int64, v float64) {
	if name, ok := e.c.canonical(name); ok && step >= 0 && step <= maxStep {
		e.src.emit([]Value{{name, v}}, step, false)
	}
}

// parts are names of runs that are parts of one.
var parts = []string{"train", "training", "val", "valid", "validation", "eval", "evaluation", "test"}

// prefix returns what distinguishes the metrics of a run.
func (e *EventFiles) prefix(dir string) string {
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

func (e *EventFiles) taken(prefix string) bool {
	for _, p := range e.prefixes {
		if p == prefix {
			return true
		}
	}
	return false
}
