package api

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

var answers = sync.Pool{New: func() any { return new([]byte) }}

var jsonType = []string{"application/json"}

// sendDecision answers a report. Nearly every decision is quiet, and a quiet
// one is written without reflection.
func sendDecision(w http.ResponseWriter, d *trials.Decision) error {
	buf := answers.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	defer answers.Put(buf)
	body, err := appendDecision((*buf)[:0], d)
	if err != nil {
		return err
	}
	*buf = body
	w.Header()["Content-Type"] = jsonType
	_, err = w.Write(body)
	return err
}

// appendDecision appends the JSON of a decision, the same as encoding/json's,
// and a line feed.
func appendDecision(b []byte, d *trials.Decision) ([]byte, error) {
	if d.Explanation != nil || d.Reason != "" || d.DecidedBy != "" || d.Counterfactual != "" {
		full := bytes.NewBuffer(b)
		err := trials.EncodeJSON(full, d)
		return full.Bytes(), err
	}
	b = strconv.AppendInt(append(b, `{"trial":`...), d.Trial, 10)
	b = append(append(b, `,"state":"`...), d.State...)
	b = strconv.AppendBool(append(b, `","should_prune":`...), d.ShouldPrune)
	b = append(append(append(b, `,"mode":"`...), d.Mode...), '"')
	if d.Step != nil {
		b = strconv.AppendInt(append(b, `,"step":`...), *d.Step, 10)
	}
	if d.Ignored {
		b = append(b, `,"ignored":true`...)
	}
	if d.PrunerVersion != 0 {
		b = strconv.AppendInt(append(b, `,"pruner_version":`...), d.PrunerVersion, 10)
	}
	if d.LeaseExpires != nil {
		b = append(d.LeaseExpires.AppendFormat(append(b, `,"lease_expires":"`...), time.RFC3339Nano), '"')
	}
	return append(b, '}', '\n'), nil
}
