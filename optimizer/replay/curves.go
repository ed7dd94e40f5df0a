package replay

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/espalier-hpo/espalier/trials"
)

// Format says how a file of curves is to be read.
type Format struct {
	Metric      string // the objective; by default the only column that is no running total
	Direction   trials.Direction
	Constraints []trials.Constraint
	Increments  []string // metrics whose values are what was added since the report before
	MaxSteps    int64    // of a full trial; by default as the longest curve says
}

// maxLine is how long a line of a file may be.
const maxLine = 32 << 20

// ReadCurves reads learning curves from elsewhere: CSV with a header, JSON
// lines, or an archive that `espalier export` wrote.
//
// CSV has the columns trial and step, may have cluster and state, and then a
// column a metric. An empty cell is a value that was not reported.
//
// A line of JSON lines is a trial: {"trial": "a", "cluster": "...", "params":
// {...}, "state": "COMPLETE", "steps": [1, 2], "metrics": {"loss": [0.9, 0.8]}}.
//
// NaN, null, Infinity and -Infinity may stand bare in both; null is NaN. Where
// the state is left out a trial is COMPLETE that reached the last step of all
// with a number, FAIL if its curve ends in NaN or infinity, else it counts as
// cut short (PRUNED). Trials are in the order in which the file has them first.
func ReadCurves(in io.Reader, f Format) (*trials.Recording, error) {
	r := bufio.NewReaderSize(in, 64<<10)
	head, err := r.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	b := builder{format: f, trials: map[string]int{}, metrics: map[string]int{}}
	switch {
	case len(text) == 0:
		return nil, trials.Errorf(trials.InvalidRequest, "the file is empty")
	case text[0] == '{' && isArchive(text):
		return readArchive(r, f)
	case text[0] == '{':
		err = b.readLines(r)
	default:
		err = b.readCSV(r)
	}
	if err != nil {
		return nil, err
	}
	return b.recording()
}

// isArchive says that the first line is that of an archive.
func isArchive(text []byte) bool {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return bytes.HasPrefix(line, []byte(`{"type":"study"`))
}

func readArchive(in io.Reader, f Format) (*trials.Recording, error) {
	if len(f.Increments) > 0 || f.Metric != "" || f.Direction != "" {
		return nil, trials.Errorf(trials.InvalidRequest, "an archive says itself what its metrics are: leave the metric, its direction and increments out")
	}
	rec, err := trials.RecordArchive(in)
	if err == nil && len(f.Constraints) > 0 {
		rec.Study.Constraints = f.Constraints
		err = rec.Resolve()
	}
	return rec, err
}

// builder gathers what a file holds.
type builder struct {
	format  Format
	trials  map[string]int // by name
	list    []curve
	metrics map[string]int
	names   []string // of the metrics
}

// curve is a trial as a file has it.
type curve struct {
	name    string
	cluster string
	state   trials.State
	params  map[string]any
	rows    []point
}

// point is one report; NaN in place of what is not there, where has is false.
type point struct {
	step   int64
	values []float64
	has    []bool
}

func (b *builder) metric(name string) (int, error) {
	if k, ok := b.metrics[name]; ok {
		return k, nil
	}
	if !trials.ValidMetricName(name) {
		return 0, fmt.Errorf("%q is not a valid name of a metric", name)
	}
	b.metrics[name] = len(b.names)
	b.names = append(b.names, name)
	return len(b.names) - 1, nil
}

// states are those that a file may say.
var states = map[string]trials.State{
	"COMPLETE": trials.Complete, "PRUNED": trials.Pruned, "FAIL": trials.Fail, "": "",
}

func stateOf(text string) (trials.State, error) {
	s, ok := states[strings.ToUpper(text)]
	if !ok {
		return "", fmt.Errorf("%q is not COMPLETE, PRUNED or FAIL", text)
	}
	return s, nil
}

// recording turns what was gathered into a recording.
func (b *builder) recording() (*trials.Recording, error) {
	objective, err := b.objective()
	if err != nil {
		return nil, err
	}
	for _, name := range b.format.Increments {
		if _, ok := b.metrics[name]; !ok {
			return nil, trials.Errorf(trials.InvalidRequest, "there is no metric %q to add up", name)
		}
	}
	last, zero := int64(0), false
	for i := range b.list {
		rows := b.list[i].rows
		slices.SortStableFunc(rows, func(x, y point) int { return cmp.Compare(x.step, y.step) })
		if n := len(rows); n > 0 {
			last, zero = max(last, rows[n-1].step), zero || rows[0].step == 0
		}
	}
	spec := &trials.StudySpec{
		Objectives:  []trials.Objective{{Metric: b.names[objective], Direction: cmp.Or(b.format.Direction, trials.Minimize)}},
		Constraints: b.format.Constraints, MaxSteps: b.format.MaxSteps, SearchSpace: b.space(),
	}
	if spec.MaxSteps == 0 {
		if spec.MaxSteps = last; zero {
			spec.MaxSteps++
		}
	}
	rec := &trials.Recording{Study: spec, Metrics: b.names, Workers: 1}
	for i := range b.list {
		t, err := b.trial(i, objective, last)
		if err != nil {
			return nil, err
		}
		rec.Trials = append(rec.Trials, t)
	}
	for i := range rec.Trials {
		rec.Trials[i].Values = inner(spec.SearchSpace, b.list[i].params)
	}
	return rec, rec.Resolve()
}

// objective returns the place of the metric that the trials are judged by.
func (b *builder) objective() (int, error) {
	if b.format.Metric != "" {
		if k, ok := b.metrics[b.format.Metric]; ok {
			return k, nil
		}
		return 0, trials.Errorf(trials.InvalidRequest, "there is no metric %q; there is %s", b.format.Metric, strings.Join(b.names, ", "))
	}
	found := -1
	for k, name := range b.names {
		if trials.RunningTotal(name) || strings.HasPrefix(name, "system/") {
			continue
		}
		if found >= 0 {
			return 0, trials.Errorf(trials.InvalidRequest, "say which metric the trials are judged by: %s", strings.Join(b.names, ", "))
		}
		found = k
	}
	if found < 0 {
		return 0, trials.Errorf(trials.InvalidRequest, "there is no metric that the trials could be judged by")
	}
	return found, nil
}

func (b *builder) trial(i, objective int, last int64) (trials.RecordedTrial, error) {
	c := &b.list[i]
	t := trials.RecordedTrial{State: c.state, Cluster: c.cluster, Value: math.NaN()}
	t.Number = int64(i)
	for k := range b.names {
		t.Tracks = append(t.Tracks, c.track(k, slices.Contains(b.format.Increments, b.names[k])))
	}
	final := math.NaN()
	for j := range c.rows {
		if j > 0 && c.rows[j].step == c.rows[j-1].step {
			return t, trials.Errorf(trials.InvalidRequest, "trial %q has step %d twice", c.name, c.rows[j].step)
		}
		t.Steps = append(t.Steps, c.rows[j].step)
		if t.Tracks[objective].Has[j] {
			final = t.Tracks[objective].Values[j]
		}
	}
	finite := !math.IsNaN(final) && !math.IsInf(final, 0)
	switch {
	case t.State == trials.Complete && !finite:
		return t, trials.Errorf(trials.InvalidRequest, "trial %q is COMPLETE, but its last value of %s is no finite number", c.name, b.names[objective])
	case t.State != "":
	case !finite:
		t.State = trials.Fail
	case t.Steps[t.Len()-1] == last:
		t.State = trials.Complete
	default:
		t.State = trials.Pruned
	}
	if t.State == trials.Complete {
		t.Value = final
	}
	if k, ok := b.metrics[trials.WallSeconds]; ok && !slices.Contains(t.Tracks[k].Has, false) {
		t.Elapsed = t.Tracks[k].Values
	}
	t.Tidy(len(b.names))
	return t, nil
}

// track returns the values of a metric, added up if they are increments.
func (c *curve) track(metric int, increments bool) trials.Track {
	n, sum := len(c.rows), 0.0
	out := trials.Track{Values: make([]float64, n), Has: make([]bool, n)}
	for j := range c.rows {
		v := math.NaN()
		if p := &c.rows[j]; metric < len(p.has) && p.has[metric] {
			v, out.Has[j] = p.values[metric], true
		}
		if increments && !math.IsNaN(v) {
			sum += v
			v = sum
		}
		out.Values[j] = v
	}
	return out
}

// space makes distributions of the params: of numbers a range, of others the
// choices. What cannot be one is left out.
func (b *builder) space() trials.SearchSpace {
	seen := map[string][]any{}
	for i := range b.list {
		for name, v := range b.list[i].params {
			if !slices.Contains(seen[name], v) {
				seen[name] = append(seen[name], v)
			}
		}
	}
	out := trials.SearchSpace{}
	for name, values := range seen {
		d := trials.Distribution{Type: trials.CategoricalKind, Choices: values}
		if low, high, ok := extent(values); ok {
			d = trials.Distribution{Type: trials.FloatKind, Low: low, High: high, Log: low > 0 && high >= 1000*low}
		}
		one := trials.SearchSpace{name: d}
		if _, err := one.Compile(""); err == nil {
			out[name] = d
		}
	}
	return out
}

func extent(values []any) (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		f, isNumber := v.(float64)
		if !isNumber {
			return 0, 0, false
		}
		low, high = math.Min(low, f), math.Max(high, f)
	}
	return low, high, len(values) > 0
}

func inner(space trials.SearchSpace, params map[string]any) map[string]float64 {
	out := map[string]float64{}
	for name, v := range params {
		if d, ok := space[name]; ok {
			if x, err := d.Encode(v); err == nil {
				out[name] = x
			}
		}
	}
	return out
}

// line is a trial in JSON lines.
type line struct {
	Trial   json.RawMessage            `json:"trial"`
	Cluster json.RawMessage            `json:"cluster"`
	Params  map[string]any             `json:"params"`
	State   string                     `json:"state"`
	Steps   []int64                    `json:"steps"`
	Metrics map[string][]*trials.Float `json:"metrics"`
}
