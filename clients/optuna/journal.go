package optuna

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"
)

// The operations of a journal.
const (
	createStudy = iota
	deleteStudy
	setStudyUserAttr
	setStudySystemAttr
	createTrial
	setTrialParam
	setTrialStateValues
	setTrialIntermediateValue
	setTrialUserAttr
	setTrialSystemAttr
	discardTrials // of Rustuna only; Optuna passes over it
)

// states are Optuna's states by their numbers.
var states = [...]string{running, complete, pruned, failed, waiting}

// entry is one line of a journal. Which members it has depends on the operation.
type entry struct {
	Op          *int                       `json:"op_code"`
	StudyID     int64                      `json:"study_id"`
	StudyName   string                     `json:"study_name"`
	Directions  []int                      `json:"directions"`
	UserAttr    map[string]json.RawMessage `json:"user_attr"`
	SystemAttr  map[string]json.RawMessage `json:"system_attr"`
	TrialID     int                        `json:"trial_id"`
	Name        string                     `json:"param_name"`
	Inner       float                      `json:"param_value_internal"`
	Dist        string                     `json:"distribution"`
	State       *int                       `json:"state"`
	Value       *float                     `json:"value"`
	Values      []float                    `json:"values"`
	Step        int64                      `json:"step"`
	StepValue   float                      `json:"intermediate_value"`
	Start       string                     `json:"datetime_start"`
	End         string                     `json:"datetime_complete"`
	Dists       map[string]string          `json:"distributions"`
	Params      map[string]float           `json:"params"`
	UserAttrs   map[string]json.RawMessage `json:"user_attrs"`
	SystemAttrs map[string]json.RawMessage `json:"system_attrs"`
	StepValues  map[string]float           `json:"intermediate_values"`
}

// journal is what came of a journal file's operations. All of it is in memory:
// a trial's lines are anywhere in the file.
type journal struct {
	list     []*Study
	nextID   int64
	trials   []*trial // by Optuna's id
	of       map[int64][]*trial
	dists    map[string]*Distribution
	doubtful []string
	wall     *time.Location
}

// readJournal replays a journal as Optuna does: an operation on what is not there
// or on a trial that ended has lost a race, and does nothing.
func readJournal(in *bufio.Reader, wall *time.Location) (*journal, error) {
	j := &journal{wall: wall, of: map[int64][]*trial{}, dists: map[string]*Distribution{}}
	discarded := 0
	for line := 1; ; line++ {
		text, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if len(text) > 0 {
				j.doubtful = append(j.doubtful, fmt.Sprintf("line %d, the last, is cut off", line))
			}
			break
		}
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		var e entry
		if err := json.Unmarshal(standard(text), &e); err != nil {
			return nil, fmt.Errorf("line %d is not one of a journal: %w", line, err)
		}
		if e.Op == nil {
			return nil, fmt.Errorf("line %d is not one of a journal: it has no op_code", line)
		}
		if *e.Op == discardTrials {
			discarded++
			continue
		}
		if err := j.apply(*e.Op, &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	if discarded > 0 {
		j.doubtful = append(j.doubtful, fmt.Sprintf("%d operations that discard trials were passed over, as Optuna does", discarded))
	}
	return j, nil
}

func (j *journal) Close() error    { return nil }
func (j *journal) notes() []string { return j.doubtful }

func (j *journal) studies(context.Context) ([]Study, error) {
	var out []Study
	for _, s := range j.list {
		s.Trials = len(j.of[s.id])
		out = append(out, *s)
	}
	return out, nil
}

func (j *journal) each(ctx context.Context, s *Study, visit func(*trial) error) error {
	for _, t := range j.of[s.id] {
		if err := ctx.Err(); err != nil {
			return err
		}
		slices.SortFunc(t.steps, func(a, b step) int { return cmp.Compare(a.step, b.step) })
		if err := visit(t); err != nil {
			return err
		}
	}
	return nil
}

// study returns a study, nil if there is none.
func (j *journal) study(id int64) *Study {
	if i := slices.IndexFunc(j.list, func(s *Study) bool { return s.id == id }); i >= 0 {
		return j.list[i]
	}
	return nil
}

func (j *journal) apply(op int, e *entry) error {
	switch op {
	case createStudy:
		j.createStudy(e)
	case deleteStudy:
		j.list = slices.DeleteFunc(j.list, func(s *Study) bool { return s.id == e.StudyID })
		delete(j.of, e.StudyID)
	case setStudyUserAttr:
		if s := j.study(e.StudyID); s != nil {
			maps.Copy(s.UserAttrs, e.UserAttr)
		}
	case setStudySystemAttr:
		if s := j.study(e.StudyID); s != nil {
			s.name(e.SystemAttr)
		}
	case createTrial:
		return j.createTrial(e)
	case setTrialParam, setTrialStateValues, setTrialIntermediateValue, setTrialUserAttr, setTrialSystemAttr:
		if e.TrialID < 0 || e.TrialID >= len(j.trials) {
			return nil
		}
		if t := j.trials[e.TrialID]; t.state == running || t.state == waiting {
			return j.change(t, op, e)
		}
	default:
		return fmt.Errorf("op_code %d is not one of Optuna 5", op)
	}
	return nil
}

func (j *journal) createStudy(e *entry) {
	if slices.ContainsFunc(j.list, func(s *Study) bool { return s.Name == e.StudyName }) {
		return
	}
	s := &Study{Name: e.StudyName, id: j.nextID, UserAttrs: map[string]json.RawMessage{}}
	for _, d := range e.Directions {
		s.Directions = append(s.Directions, directionOf(d == 2))
	}
	j.nextID++
	j.list = append(j.list, s)
}

func (j *journal) createTrial(e *entry) error {
	if j.study(e.StudyID) == nil {
		return nil
	}
	t := &trial{
		number: int64(len(j.of[e.StudyID])), state: running, values: floats(e.Values),
		userAttrs: map[string]json.RawMessage{}, systemAttrs: map[string]json.RawMessage{},
	}
	maps.Copy(t.userAttrs, e.UserAttrs)
	maps.Copy(t.systemAttrs, e.SystemAttrs)
	if e.Value != nil {
		t.values = []float64{float64(*e.Value)}
	}
	if err := t.enter(e.State); err != nil {
		return err
	}
	t.started, t.ended = j.time(e.Start), j.time(e.End)
	for _, name := range slices.Sorted(maps.Keys(e.Params)) {
		if err := j.setParam(t, name, float64(e.Params[name]), e.Dists[name]); err != nil {
			return err
		}
	}
	for text, v := range e.StepValues {
		at, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is no step", text)
		}
		t.steps = append(t.steps, step{at, float64(v)})
	}
	j.trials = append(j.trials, t)
	j.of[e.StudyID] = append(j.of[e.StudyID], t)
	return nil
}

// enter sets the state of a trial by its number, if one is given.
func (t *trial) enter(state *int) error {
	if state == nil {
		return nil
	}
	if *state < 0 || *state >= len(states) {
		return fmt.Errorf("%d is not a state of a trial", *state)
	}
	t.state = states[*state]
	return nil
}

// change applies an operation to a trial that has not ended.
func (j *journal) change(t *trial, op int, e *entry) error {
	switch op {
	case setTrialParam:
		return j.setParam(t, e.Name, float64(e.Inner), e.Dist)
	case setTrialStateValues:
		if err := t.enter(e.State); err != nil {
			return err
		}
		if at := j.time(e.Start); !at.IsZero() {
			t.started = at
		}
		t.ended = j.time(e.End)
		if e.Values != nil {
			t.values = floats(e.Values)
		}
	case setTrialIntermediateValue:
		if n := len(t.steps); n > 0 && t.steps[n-1].step >= e.Step {
			t.steps = slices.DeleteFunc(t.steps, func(s step) bool { return s.step == e.Step })
		}
		t.steps = append(t.steps, step{e.Step, float64(e.StepValue)})
	case setTrialUserAttr:
		maps.Copy(t.userAttrs, e.UserAttr)
	case setTrialSystemAttr:
		maps.Copy(t.systemAttrs, e.SystemAttr)
	}
	return nil
}

func (j *journal) setParam(t *trial, name string, value float64, text string) (err error) {
	d := j.dists[text]
	if d == nil {
		if d, err = parseDistribution([]byte(text)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		j.dists[text] = d
	}
	t.params = slices.DeleteFunc(t.params, func(p param) bool { return p.name == name })
	t.params = append(t.params, param{name, d, value})
	return nil
}

// time reads a time as Python's isoformat writes it, zero if there is none:
// with an offset since version 5, else by the clock on the wall.
func (j *journal) time(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999"} {
		if at, err := time.ParseInLocation(layout, text, j.wall); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}
