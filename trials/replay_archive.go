package trials

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math"
)

// RecordArchive reads what [Service.Export] wrote as a recording, with every
// metric.
func RecordArchive(in io.Reader) (*Recording, error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	var r *recorder
	open := false
	end := func() {
		if open {
			r.end()
			open = false
		}
	}
	for line := 1; lines.Scan(); line++ {
		raw := bytes.TrimSpace(lines.Bytes())
		if len(raw) == 0 {
			continue
		}
		var l struct {
			Type string    `json:"type"`
			Spec StudySpec `json:"spec"`
		}
		err := json.Unmarshal(raw, &l)
		switch {
		case err != nil:
		case l.Type == "study" && r == nil:
			rec := &Recording{Study: &l.Spec}
			if err = rec.Resolve(); err == nil {
				r = newRecorder(rec.Study, nil)
			}
		case r == nil || l.Type == "study":
			err = Errorf(InvalidRequest, "an archive begins with one line of type study")
		case l.Type == "trial":
			end()
			var t archiveTrial
			if err = json.Unmarshal(raw, &t); err == nil {
				t.Trial.Handed, t.Trial.Created = t.Handed, t.Created
				open = r.begin(&t.Trial)
			}
		case l.Type == "report" && open:
			err = r.archived(raw)
		}
		if err != nil {
			return nil, Errorf(InvalidRequest, "line %d: %v", line, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if r == nil {
		return nil, Errorf(InvalidRequest, "the archive is empty")
	}
	end()
	return r.finish(), nil
}

// archived takes in a line of type report.
func (r *recorder) archived(raw []byte) error {
	var p archiveReport
	if err := json.Unmarshal(raw, &p); err != nil {
		return err
	}
	step, elapsed := int64(Absent), math.NaN()
	if p.Step != nil {
		step = *p.Step
	}
	if p.Elapsed != nil {
		elapsed = *p.Elapsed
	}
	if p.Trial != r.trial.Number || step < Absent {
		return Errorf(InvalidRequest, "a report comes after its trial, and has a step of at least 0")
	}
	r.report(step, elapsed, p.Time)
	for name, v := range p.Metrics {
		r.value(name, float64(v))
	}
	return nil
}
