package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"github.com/espalier-hpo/espalier/openapi"
	"github.com/espalier-hpo/espalier/trials"
)

const (
	maxBody  = 1 << 20
	maxBatch = 32 << 20
	maxDepth = 64
	keptBody = 64 << 10 // a larger buffer is not used again
)

// payload is the body of a request, read whole. It takes the place of the
// request's Body until it is answered.
type payload struct {
	bytes.Buffer
	limited io.LimitedReader
	reports reportReader
	report  trials.Report
}

var payloads = sync.Pool{New: func() any { return new(payload) }}

// Close implements [io.Closer].
func (p *payload) Close() error { return nil }

func (p *payload) release() {
	if p.Cap() <= keptBody {
		p.Reset()
		payloads.Put(p)
	}
}

// readBody reads a body of at most limit bytes.
func readBody(r *http.Request, limit int64) (*payload, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	p := payloads.Get().(*payload) //nolint:forcetypeassert // the pool holds nothing else
	p.limited = io.LimitedReader{R: r.Body, N: limit + 1}
	n, err := p.ReadFrom(&p.limited)
	p.limited.R = nil
	switch {
	case err != nil:
		p.release()
		return nil, trials.Errorf(trials.InvalidRequest, "The body could not be read: %v.", err)
	case n > limit:
		p.release()
		return nil, tooLarge(limit)
	}
	return p, nil
}

func tooLarge(limit int64) error {
	return trials.Errorf(trials.PayloadTooLarge, "The body is larger than %d bytes.", limit)
}

// checkType refuses a body that does not say it is of the media type. Where
// JSON is asked for, any form of it will do.
func checkType(r *http.Request, want string) error {
	given := r.Header.Get("Content-Type")
	if given == "application/json" && want != archiveType {
		return nil
	}
	media, _, err := mime.ParseMediaType(given)
	isJSON := media == "application/json" || strings.HasSuffix(media, "+json")
	if err == nil && (media == want || isJSON && want != archiveType) {
		return nil
	}
	return trials.Errorf(trials.UnsupportedMediaType, "The body must be %s, and say so in Content-Type; it says %q.", want, given)
}

// checkDepth refuses a body that is nested too deep, before anything that
// recurses sees it.
func checkDepth(body []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch b := body[i]; {
		case quoted:
			if b == '\\' {
				i++
			}
			quoted = b != '"'
		case b == '"':
			quoted = true
		case b == '{' || b == '[':
			if depth++; depth > maxDepth {
				return malformed("", fmt.Sprintf("nested deeper than %d levels at byte %d", maxDepth, i))
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return nil
}

func malformed(pointer, detail string) error {
	return &trials.Error{
		Code: trials.MalformedJSON, Detail: "The body is not well-formed JSON.",
		Fields: []trials.FieldError{{In: "body", Pointer: pointer, Detail: detail}},
	}
}

// parse reads a body as JSON of whatever shape, strictly: UTF-8, no member
// twice, nothing after the end.
func parse(body []byte) (any, error) {
	if err := checkDepth(body); err != nil {
		return nil, err
	}
	var v any
	return v, jsonError(json.Unmarshal(body, &v))
}

// binder hands the body to the generated code.
type binder struct{}

// Bind implements [echo.Binder]. Without a body it is io.EOF.
func (binder) Bind(target any, c echo.Context) error {
	p, ok := c.Request().Body.(*payload)
	if !ok || p.Len() == 0 {
		return io.EOF
	}
	switch t := target.(type) {
	case *openapi.ReportsRequest:
		return bindReports(p.Bytes(), t)
	case interface{ Fill(raw []byte) any }:
		target = t.Fill(p.Bytes())
	}
	return jsonError(json.Unmarshal(p.Bytes(), target, decoding))
}

// readReportBody reads a body that is one report. It is valid until the request
// is answered.
func readReportBody(c echo.Context) (*trials.Report, error) {
	p, ok := c.Request().Body.(*payload)
	if !ok {
		return nil, io.EOF
	}
	return &p.report, p.reports.read(&p.Buffer, &p.report)
}

// maxReports is how many reports a batch may have.
const maxReports = 10000

// bindReports reads a batch of reports, which no validator has seen.
func bindReports(body []byte, t *openapi.ReportsRequest) error {
	if err := checkDepth(body); err != nil {
		return err
	}
	if err := jsonError(json.Unmarshal(body, t, decoding, json.RejectUnknownMembers(true))); err != nil {
		return err
	}
	if n := len(t.Reports); n < 1 || n > maxReports {
		return trials.Invalid("/reports", "there must be 1 to %d reports", maxReports)
	}
	return nil
}

// decoding is how JSON becomes the types of the domain.
var decoding = json.WithUnmarshalers(json.JoinUnmarshalers(
	json.UnmarshalFromFunc(func(d *jsontext.Decoder, r *trials.Report) error { return readReport(d, r, nil) }),
	json.UnmarshalFromFunc(func(d *jsontext.Decoder, r *trials.TrialReport) error { return readReport(d, &r.Report, &r.Trial) }),
	json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *int64) error { return readInteger(d, v) }),
	json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *int) error {
		var wide int64
		err := readInteger(d, &wide)
		*v = int(wide)
		return err
	}),
))

// readInteger reads an integer, which may be written 3.0 or 3e0.
func readInteger(d *jsontext.Decoder, out *int64) error {
	raw, err := d.ReadValue()
	if err != nil {
		return err
	}
	v, ok := integer(raw)
	if !ok {
		return trials.Invalid(string(d.StackPointer()), "must be an integer of 64 bits")
	}
	*out = v
	return nil
}

func integer(raw []byte) (int64, bool) {
	if v, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return v, true
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

// jsonError says where JSON is wrong.
func jsonError(err error) error {
	var (
		own       *trials.Error
		syntactic *jsontext.SyntacticError
		semantic  *json.SemanticError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntactic):
		return malformed(string(syntactic.JSONPointer), "is there twice")
	case errors.As(err, &syntactic):
		return malformed(string(syntactic.JSONPointer), fmt.Sprintf("%v, at byte %d", syntactic.Err, syntactic.ByteOffset))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return malformed("", "it ends too early")
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &semantic):
		return trials.Invalid(string(semantic.JSONPointer), "is not a member of this object")
	case errors.As(err, &semantic) && semantic.Err != nil:
		return trials.Invalid(string(semantic.JSONPointer), "%v", semantic.Err)
	case errors.As(err, &semantic):
		return trials.Invalid(string(semantic.JSONPointer), "is not of the right type")
	default:
		return malformed("", err.Error())
	}
}
