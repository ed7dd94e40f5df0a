package replay

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/espalier-hpo/espalier/trials"
)

// at says where in a file something is wrong.
func at(line int, column string, err error) error {
	if column != "" {
		return trials.Errorf(trials.InvalidRequest, "line %d, column %s: %v", line, column, err)
	}
	return trials.Errorf(trials.InvalidRequest, "line %d: %v", line, err)
}

// What a column of a CSV file holds, if it is no metric.
const (
	isTrial = -1 - iota
	isStep
	isCluster
	isState
)

// header reads the first line: the names of the columns, and of each the metric
// or what else it holds.
func (b *builder) header(cells []string) (names []string, holds []int, err error) {
	words := map[string]int{"trial": isTrial, "step": isStep, "cluster": isCluster, "state": isState}
	seen := map[string]bool{}
	for _, cell := range cells {
		name := strings.TrimSpace(strings.TrimPrefix(cell, "\xef\xbb\xbf"))
		if seen[name] {
			return nil, nil, at(1, name, errors.New("is there twice"))
		}
		seen[name] = true
		k, word := words[name]
		if !word {
			if k, err = b.metric(name); err != nil {
				return nil, nil, at(1, name, err)
			}
		}
		names, holds = append(names, name), append(holds, k)
	}
	if !seen["trial"] || !seen["step"] || len(b.names) == 0 {
		return nil, nil, at(1, "", errors.New("the header must name trial, step and at least one metric"))
	}
	return names, holds, nil
}

func (b *builder) readCSV(in io.Reader) error {
	r := csv.NewReader(in)
	r.ReuseRecord, r.TrimLeadingSpace = true, true
	cells, err := r.Read()
	if err != nil {
		return at(1, "", err)
	}
	names, holds, err := b.header(cells)
	if err != nil {
		return err
	}
	for {
		cells, err := r.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &broken):
			return at(broken.Line, "", broken.Err)
		case err != nil:
			return err
		}
		number, _ := r.FieldPos(0)
		p := point{values: make([]float64, len(b.names)), has: make([]bool, len(b.names))}
		var words [5]string // by what they are, turned round
		for i, cell := range cells {
			cell = strings.TrimSpace(cell)
			switch k := holds[i]; {
			case k == isStep:
				p.step, err = stepOf(cell)
			case k < 0:
				words[-k] = cell
			default:
				p.values[k], p.has[k], err = cellOf(cell)
			}
			if err != nil {
				return at(number, names[i], err)
			}
		}
		if err := b.row(words[-isTrial], words[-isCluster], words[-isState], p); err != nil {
			return at(number, "", err)
		}
	}
}

// row takes in a report of a trial.
func (b *builder) row(name, cluster, state string, p point) error {
	s, err := stateOf(state)
	if err != nil {
		return err
	}
	if name == "" {
		return errors.New("the trial has no name")
	}
	i, known := b.trials[name]
	if !known {
		i = len(b.list)
		b.trials[strings.Clone(name)] = i
		b.list = append(b.list, curve{name: strings.Clone(name), cluster: strings.Clone(cluster), state: s})
	}
	c := &b.list[i]
	if c.cluster != cluster {
		return fmt.Errorf("trial %q is in cluster %q and in %q", name, c.cluster, cluster)
	}
	if s != "" && c.state != s {
		if known && c.state != "" {
			return fmt.Errorf("trial %q is %s and %s", name, c.state, s)
		}
		c.state = s
	}
	c.rows = append(c.rows, p)
	return nil
}

// maxStep is the highest step: what a float64 holds exactly.
const maxStep = 1 << 53

func stepOf(cell string) (int64, error) {
	v, err := strconv.ParseFloat(cell, 64) // also of "3.0"
	if err != nil || v != math.Trunc(v) || v < 0 || v > maxStep {
		return 0, fmt.Errorf("%q is not a step: an integer of at least 0", cell)
	}
	return int64(v), nil
}

// cellOf reads a value; false if there is none.
func cellOf(cell string) (v float64, has bool, err error) {
	switch strings.ToLower(cell) {
	case "":
		return math.NaN(), false, nil
	case "null", "none", "na", "n/a":
		return math.NaN(), true, nil
	}
	v, err = strconv.ParseFloat(cell, 64) // also of NaN, inf and Infinity
	if errors.Is(err, strconv.ErrRange) {
		err = nil // infinite, or zero
	}
	if err != nil {
		return 0, false, fmt.Errorf("%q is not a number", cell)
	}
	return v, true, nil
}

func (b *builder) readLines(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for number := 1; lines.Scan(); number++ {
		raw := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\xef\xbb\xbf")))
		if len(raw) == 0 {
			continue
		}
		var l line
		d := json.NewDecoder(bytes.NewReader(quoteWords(raw)))
		d.DisallowUnknownFields()
		err := d.Decode(&l)
		if err == nil && d.More() {
			err = errors.New("there is more than one value")
		}
		column := ""
		if err == nil {
			column, err = b.line(&l)
		}
		if err != nil {
			return at(number, column, err)
		}
	}
	return lines.Err()
}

// line takes in a trial; column says where it is wrong.
func (b *builder) line(l *line) (column string, err error) {
	name, cluster := nameIn(l.Trial), nameIn(l.Cluster)
	if _, twice := b.trials[name]; twice {
		return "trial", fmt.Errorf("%q is there twice", name)
	}
	if len(l.Steps) == 0 {
		return "steps", errors.New("is empty")
	}
	for name, v := range l.Params {
		switch v.(type) {
		case string, float64, bool, nil:
		default:
			return "params." + name, errors.New("must be a string, a number, true, false or null")
		}
	}
	metrics := slices.Sorted(maps.Keys(l.Metrics))
	for _, metric := range metrics {
		if _, err := b.metric(metric); err != nil {
			return "metrics", err
		}
		if len(l.Metrics[metric]) != len(l.Steps) {
			return "metrics." + metric, fmt.Errorf("has %d values for %d steps", len(l.Metrics[metric]), len(l.Steps))
		}
	}
	for i, step := range l.Steps {
		if step < 0 || step > maxStep {
			return "steps", fmt.Errorf("%d is not a step: an integer of at least 0", step)
		}
		p := point{step: step, values: make([]float64, len(b.names)), has: make([]bool, len(b.names))}
		for _, metric := range metrics {
			k := b.metrics[metric]
			p.values[k], p.has[k] = math.NaN(), true
			if v := l.Metrics[metric][i]; v != nil {
				p.values[k] = float64(*v)
			}
		}
		if err := b.row(name, cluster, l.State, p); err != nil {
			return "", err
		}
	}
	b.list[len(b.list)-1].params = l.Params
	return "", nil
}

// nameIn is a name that may be written as a number.
func nameIn(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// quoteWords puts the words NaN, Infinity and -Infinity, which JSON has not,
// into quotes where they stand bare.
func quoteWords(raw []byte) []byte {
	if !bytes.Contains(raw, []byte("NaN")) && !bytes.Contains(raw, []byte("Infinity")) {
		return raw
	}
	out := make([]byte, 0, len(raw)+64)
	for i := 0; i < len(raw); {
		if raw[i] == '"' {
			end := stringEnd(raw, i)
			out, i = append(out, raw[i:end]...), end
			continue
		}
		word := ""
		for _, w := range []string{"NaN", "-Infinity", "Infinity"} {
			if bytes.HasPrefix(raw[i:], []byte(w)) {
				word = w
				break
			}
		}
		if word == "" {
			out, i = append(out, raw[i]), i+1
			continue
		}
		out, i = append(append(append(out, '"'), word...), '"'), i+len(word)
	}
	return out
}

// stringEnd returns where a string that begins at i ends.
func stringEnd(raw []byte, i int) int {
	for k := i + 1; k < len(raw); k++ {
		switch raw[k] {
		case '\\':
			k++
		case '"':
			return k + 1
		}
	}
	return len(raw)
}
