package api

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/labstack/echo/v4"

	"github.com/espalier-hpo/espalier/openapi"
	"github.com/espalier-hpo/espalier/trials"
)

const archiveType = "application/x-ndjson"

// operation is what the document says of one operation's requests.
type operation struct {
	query  openapi3.Parameters
	header openapi3.Parameters
	// The body: its media type (empty: there is none), its largest size (0: any,
	// it is streamed) and its schema (nil: whoever decodes it checks it).
	media    string
	required bool
	limit    int64
	schema   *openapi3.Schema
	byHand   string // a member that is checked when it is decoded
}

// newChecks returns the middleware that holds each operation to the document.
func newChecks() (map[string][]echo.MiddlewareFunc, error) {
	doc, err := openapi.Load()
	if err != nil {
		return nil, err
	}
	out := map[string][]echo.MiddlewareFunc{}
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			op := newOperation(item, o)
			out[o.OperationID] = []echo.MiddlewareFunc{op.check}
		}
	}
	return out, nil
}

func newOperation(item *openapi3.PathItem, o *openapi3.Operation) *operation {
	op := &operation{limit: maxBody}
	for _, p := range append(append(openapi3.Parameters{}, item.Parameters...), o.Parameters...) {
		switch p.Value.In {
		case openapi3.ParameterInQuery:
			op.query = append(op.query, p)
		case openapi3.ParameterInHeader:
			op.header = append(op.header, p)
		}
	}
	if o.RequestBody == nil {
		return op
	}
	op.required = o.RequestBody.Value.Required
	for media, content := range o.RequestBody.Value.Content { // there is one
		op.media, op.schema = media, content.Schema.Value
	}
	switch o.OperationID {
	case "importStudy":
		op.limit, op.schema = 0, nil
	case "reportTrial":
		op.schema = nil
	case "reportBatch":
		op.limit, op.schema = maxBatch, nil
	case "createTrial":
		op.limit, op.byHand = maxBatch, "reports"
	case "tellBatch":
		op.limit = maxBatch
	}
	return op
}

// check refuses requests that the document does not allow, and reads the body.
func (o *operation) check(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := o.checkParams(c); err != nil {
			return err
		}
		if o.media == "" {
			return next(c)
		}
		if o.limit == 0 {
			if err := checkType(c.Request(), o.media); err != nil {
				return err
			}
			return next(c)
		}
		p, err := readBody(c.Request(), o.limit)
		if err != nil {
			return err
		}
		defer p.release()
		if err := o.checkBody(c.Request(), p); err != nil {
			return err
		}
		c.Request().Body = p
		return next(c)
	}
}

func (o *operation) checkBody(r *http.Request, p *payload) error {
	if p.Len() == 0 {
		if o.required {
			return trials.Invalid("", "a body is needed")
		}
		return nil
	}
	if err := checkType(r, o.media); err != nil || o.schema == nil {
		return err
	}
	v, err := parse(p.Bytes())
	if err != nil {
		return err
	}
	if m, ok := v.(map[string]any); ok && o.byHand != "" {
		delete(m, o.byHand)
	}
	return invalid(bodyFaults(o.schema.VisitJSON(v, openapi3.MultiErrors())))
}

func (o *operation) checkParams(c echo.Context) error {
	faults := pathFaults(c)
	r := c.Request()
	if r.URL.RawQuery != "" {
		faults = append(faults, o.queryFaults(r)...)
	}
	for _, p := range o.header {
		if len(r.Header.Values(p.Value.Name)) > 0 {
			faults = append(faults, paramFaults(r, nil, p.Value)...)
		}
	}
	return invalid(faults)
}

func invalid(faults []trials.FieldError) error {
	if len(faults) == 0 {
		return nil
	}
	return &trials.Error{Code: trials.InvalidRequest, Detail: "The request is not valid.", Fields: faults}
}

// pathFaults checks the two parameters that paths have.
func pathFaults(c echo.Context) []trials.FieldError {
	var out []trials.FieldError
	for i, name := range c.ParamNames() {
		value, detail := unescaped(c, c.ParamValues()[i]), ""
		switch {
		case name == "study" && !validStudyName(value):
			detail = "must match ^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$"
		case name == "number" && !validNumber(value):
			detail = integerForms
		default:
			continue
		}
		out = append(out, trials.FieldError{In: openapi3.ParameterInPath, Name: name, Detail: detail})
	}
	return out
}

// param is a parameter of the path, unescaped.
func param(c echo.Context, name string) string { return unescaped(c, c.Param(name)) }

func unescaped(c echo.Context, value string) string {
	if c.Request().URL.RawPath != "" {
		value, _ = url.PathUnescape(value) // else it would have found no route
	}
	return value
}

func validStudyName(s string) bool {
	if s == "" || len(s) > 128 || strings.ContainsRune("_.-", rune(s[0])) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

func validNumber(s string) bool {
	n, err := strconv.ParseUint(s, 10, 63)
	return err == nil && n <= maxSafe
}

func (o *operation) queryFaults(r *http.Request) []trials.FieldError {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return []trials.FieldError{{In: openapi3.ParameterInQuery, Detail: err.Error()}}
	}
	var out []trials.FieldError
	for _, name := range slices.Sorted(maps.Keys(query)) {
		values := query[name]
		p := o.query.GetByInAndName(openapi3.ParameterInQuery, name)
		switch {
		case p == nil:
			out = append(out, trials.FieldError{In: openapi3.ParameterInQuery, Name: name, Detail: "is not a parameter of this operation"})
		case len(values) > 1 && !p.Schema.Value.Type.Is(openapi3.TypeArray):
			out = append(out, trials.FieldError{In: openapi3.ParameterInQuery, Name: name, Detail: "is there more than once"})
		default:
			out = append(out, paramFaults(r, query, p)...)
		}
	}
	return out
}

func paramFaults(r *http.Request, query url.Values, p *openapi3.Parameter) []trials.FieldError {
	err := openapi3filter.ValidateParameter(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, QueryParams: query, Options: &openapi3filter.Options{SkipSettingDefaults: true, MultiError: true},
	}, p)
	if err == nil {
		return nil
	}
	return []trials.FieldError{{In: p.In, Name: p.Name, Detail: reason(err)}}
}
