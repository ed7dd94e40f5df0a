// Package optuna reads the studies that Optuna keeps in an SQLite file or in a
// journal file, of its versions 2 to 5, and writes them as the archive that
// POST /v1/import takes. The files are only read, and may be in use. It knows
// nothing of ours but the form of that archive.
package optuna

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Study is a study as Optuna has it.
type Study struct {
	Name       string
	Directions []string // minimize or maximize, one an objective
	Trials     int
	UserAttrs  map[string]json.RawMessage

	id          int64
	metricNames []string // of the objectives, if they were set
}

// Trial states in Optuna's words.
const (
	running  = "RUNNING"
	waiting  = "WAITING"
	complete = "COMPLETE"
	pruned   = "PRUNED"
	failed   = "FAIL"
)

// trial is a trial as Optuna has it.
type trial struct {
	number          int64
	state           string
	params          []param // in the order in which they were suggested
	values          []float64
	steps           []step
	userAttrs       map[string]json.RawMessage
	systemAttrs     map[string]json.RawMessage
	started, ended  time.Time // zero if it is not known
	valuesAreMisfit bool      // one of them is missing
}

// param is a parameter of a trial. The value is Optuna's inner one: a number, or
// the index of a choice.
type param struct {
	name  string
	dist  *Distribution
	value float64
}

// step is one intermediate value.
type step struct {
	step  int64
	value float64
}

// source is a file of either kind.
type source interface {
	studies(ctx context.Context) ([]Study, error)
	// each calls visit with every trial of a study, by number. The trial is the
	// visitor's only until it returns.
	each(ctx context.Context, study *Study, visit func(*trial) error) error
	// notes says what of the file itself could not be read.
	notes() []string
	io.Closer
}

// File is a file with studies. It must be closed.
type File struct {
	source
	path string
	all  []Study
}

// The beginnings by which a file's kind is known.
const (
	sqliteMagic = "SQLite format 3\x00"
	urlScheme   = "sqlite://"
)

// Open opens a file: a path, or a storage URL such as sqlite:///study.db, as
// Optuna takes it. What kind of file it is its content says. The wall is where
// the clock hung by which versions before 5 wrote their times.
func Open(ctx context.Context, path string, wall *time.Location) (*File, error) {
	if rest, ok := strings.CutPrefix(path, urlScheme); ok {
		rest, _, _ = strings.Cut(rest, "?")
		path = strings.TrimPrefix(rest, "/")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	src, err := open(ctx, path, wall)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out := &File{source: src, path: path}
	if out.all, err = src.studies(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), src.Close())
	}
	return out, nil
}

func open(ctx context.Context, path string, wall *time.Location) (source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Unwrap(err) // it names the path, too
	}
	defer f.Close() //nolint:errcheck // it was only read
	in := bufio.NewReaderSize(f, 1<<20)
	head, err := in.Peek(len(sqliteMagic))
	switch {
	case string(head) == sqliteMagic:
		return openDatabase(ctx, path, wall)
	case len(bytes.TrimSpace(head)) == 0 && (err == nil || errors.Is(err, io.EOF)):
		return nil, errors.New("the file is empty")
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case head[0] == '{':
		return readJournal(in, wall)
	default:
		return nil, errors.New("this is neither an SQLite database nor a journal of Optuna")
	}
}

// Studies returns the studies of the file, in the order in which they were made.
func (f *File) Studies() []Study { return f.all }

// find returns a study by name; the only one for an empty name.
func (f *File) find(name string) (*Study, error) {
	names := make([]string, len(f.all))
	for i := range f.all {
		if f.all[i].Name == name || name == "" && len(f.all) == 1 {
			return &f.all[i], nil
		}
		names[i] = f.all[i].Name
	}
	switch {
	case len(f.all) == 0:
		return nil, fmt.Errorf("%s holds no study", f.path)
	case name == "":
		return nil, fmt.Errorf("%s holds %d studies, one must be named: %s", f.path, len(names), strings.Join(names, ", "))
	default:
		return nil, fmt.Errorf("%s holds no study %q, but %s", f.path, name, strings.Join(names, ", "))
	}
}
