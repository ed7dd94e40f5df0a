package api

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/espalier-hpo/espalier/trials"
)

// bodyFaults turns what the validator says of a body into faults, each at the
// very member.
func bodyFaults(err error) []trials.FieldError {
	var (
		many   openapi3.MultiError
		schema *openapi3.SchemaError
		out    []trials.FieldError
	)
	switch {
	case err == nil:
		return nil
	case isMulti(err, &many):
		for _, e := range many {
			out = append(out, bodyFaults(e)...)
		}
		return out
	case !errors.As(err, &schema):
		return []trials.FieldError{{In: "body", Detail: err.Error()}}
	case schema.Origin != nil && schema.SchemaField == "oneOf" || schema.SchemaField == "allOf":
		if out = bodyFaults(errors.Unwrap(schema.Origin)); len(out) > 1 {
			out = slices.DeleteFunc(out, func(f trials.FieldError) bool { return f.Detail == "must be of type null" }) // that it could be left out is no help
		}
		if len(out) > 0 {
			return out
		}
	}
	return []trials.FieldError{schemaFault(schema)}
}

// isMulti says whether err is several errors, as the validator wraps them.
func isMulti(err error, many *openapi3.MultiError) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		switch e := err.(type) { //nolint:errorlint // As would find the first of them
		case openapi3.MultiError:
			*many = e
			return true
		case *openapi3.SchemaError:
			return false
		}
	}
	return false
}

func schemaFault(e *openapi3.SchemaError) trials.FieldError {
	at := pointer(e.JSONPointer())
	member, detail := "", e.Reason
	switch e.SchemaField {
	case "properties":
		member = quoted(e.Reason)
		detail = "is not a member of this object" + meant(member, slices.Collect(maps.Keys(e.Schema.Properties)))
	case "required":
		detail = "is missing"
	case "discriminator":
		member = e.Schema.Discriminator.PropertyName
		detail = discriminated(e)
	case "anyOf":
		detail = "does not fit: " + e.Schema.Description
	case "pattern":
		detail = "must match " + e.Schema.Pattern
	case "type":
		detail = "must be of type " + strings.Join(e.Schema.Type.Slice(), " or ")
	case "enum":
		detail = "must be one of " + oneOf(e.Schema.Enum)
	}
	if member != "" {
		at += pointer([]string{member})
	}
	return trials.FieldError{In: "body", Pointer: at, Detail: detail}
}

// discriminated says what a missing or unknown type could be, the nearest
// first.
func discriminated(e *openapi3.SchemaError) string {
	given, isText := e.Value.(string)
	names := slices.Sorted(maps.Keys(e.Schema.Discriminator.Mapping))
	if isText {
		slices.SortStableFunc(names, func(a, b string) int { return trials.EditDistance(a, given) - trials.EditDistance(b, given) })
	}
	return "must be one of " + strings.Join(names, ", ")
}

func oneOf(values []any) string {
	var out []string
	for _, v := range values {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

// meant suggests the name that was likely meant.
func meant(given string, names []string) string {
	best, at := "", 3 // more than two letters off is another word
	slices.Sort(names)
	for _, name := range names {
		if d := trials.EditDistance(given, name); d < at {
			best, at = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// quoted returns what stands in quotes in a reason of the validator.
func quoted(reason string) string {
	from, to := strings.IndexByte(reason, '"'), strings.LastIndexByte(reason, '"')
	if from < 0 || to <= from {
		return ""
	}
	s, err := strconv.Unquote(reason[from : to+1])
	if err != nil {
		return ""
	}
	return s
}

var escapes = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is a JSON Pointer (RFC 6901).
func pointer(path []string) string {
	var b strings.Builder
	for _, token := range path {
		b.WriteString("/" + escapes.Replace(token))
	}
	return b.String()
}

// reason says in a few words what is wrong with a parameter.
func reason(err error) string {
	var (
		schema *openapi3.SchemaError
		parse  *openapi3filter.ParseError
		req    *openapi3filter.RequestError
	)
	switch {
	case errors.As(err, &schema):
		return schemaFault(schema).Detail
	case errors.As(err, &parse) && parse.Reason != "":
		return "is " + strings.TrimPrefix(parse.Reason, "is ")
	case errors.As(err, &req) && req.Reason != "":
		return req.Reason
	default:
		return err.Error()
	}
}
