package openapi

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func load(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

var pathParams = map[string]string{"study": "mnist", "number": "0"}

// validate checks a request as a server does, given that it has found the route.
func validate(doc *openapi3.T, method, path, contentType, body string) error {
	target := path
	for name, value := range pathParams {
		target = strings.ReplaceAll(target, "{"+name+"}", value)
	}
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", contentType)
	item := doc.Paths.Value(path)
	return openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request:    r,
		PathParams: pathParams,
		Route:      &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)},
		Options: &openapi3filter.Options{
			AuthenticationFunc:  openapi3filter.NoopAuthenticationFunc,
			MultiError:          true,
			SkipSettingDefaults: true, // else null is taken wherever there is a default
		},
	})
}

// The validator that Load chooses and a JSON Schema 2020-12 validator must say
// the same of a body.
func TestBodiesAgree(t *testing.T) {
	const (
		studies = "/v1/studies"
		study   = "/v1/studies/{study}"
		ask     = study + "/ask"
		trials  = study + "/trials"
		report  = trials + "/{number}/report"
		reports = study + "/reports"
		tell    = trials + "/{number}/tell"
	)
	tests := []struct {
		path, body string
		ok         bool
	}{
		{studies, `{"name":"a"}`, true},
		{studies, `{}`, false},
		{studies, `{"name":"-a"}`, false},
		{studies, `{"name":"a","Name":"b"}`, false},
		{studies, `{"name":"a","search_space":{"x":{"type":"float","low":0,"high":1,"log":true}}}`, true},
		{studies, `{"name":"a","search_space":{"x":{"type":"flot","low":0,"high":1}}}`, false},
		{studies, `{"name":"a","search_space":{"x":{"type":"float","low":0}}}`, false},
		{studies, `{"name":"a","search_space":{"x":{"type":"float","low":"0","high":1}}}`, false},
		{studies, `{"name":"a","search_space":{"x":{"type":"int","low":0,"high":1.5}}}`, false},
		{studies, `{"name":"a","search_space":{"x":{"type":"float","low":0,"high":1,"step":0}}}`, false},
		{studies, `{"name":"a","search_space":{"x":{"type":"categorical","choices":["a",1,true,null],"when":{"y":[null]}}}}`, true},
		{studies, `{"name":"a","search_space":{"x":{"type":"categorical","choices":[]}}}`, false},
		{studies, `{"name":"a","search_space":{"x":{"type":"categorical","choices":[[1]]}}}`, false},
		{studies, `{"name":"a","sampler":{"type":"tpe","candidates":24}}`, true},
		{studies, `{"name":"a","sampler":{"candidates":24}}`, false},
		{studies, `{"name":"a","sampler":null}`, false},
		{studies, `{"name":"a","pruner":{"type":"any","pruners":[{"type":"median"},{"type":"nop"}]}}`, true},
		{studies, `{"name":"a","objectives":[]}`, false},
		{studies, `{"name":"a","constraints":[{"metric":"m","op":"<","bound":1}]}`, false},
		{studies, `{"name":"a","budget":{"cpu_seconds":0}}`, false},
		{studies, `{"name":"a","budget":{}}`, false},
		{studies, `{"name":"a","lease_seconds":null}`, false},
		{studies, `{"name":"a","user_attrs":{"x":{"y":[null,1]}}}`, true},
		{study, `{"lease_seconds":null,"max_steps":9,"budget":{"max_trials":null,"cost":1.5}}`, true},
		{study, `{"constraints":[]}`, true},
		{study, `{"budget":{"max_trials":0}}`, false},
		{study, `{"max_retries":null}`, false},
		{study, `{"seed":1}`, false},
		{study, `{}`, false},
		{ask, `{}`, true},
		{ask, `{"count":1000,"worker":"w","lease_seconds":60}`, true},
		{ask, `{"count":0}`, false},
		{ask, `{"count":1001}`, false},
		{ask, `{"count":"1"}`, false},
		{ask, `{"count":2.0}`, true},
		{ask, `{"count":null}`, false},
		{ask, `[]`, false},
		{report, `{"step":1,"value":0.5,"source":"agent","metrics":{"a":1,"b":"NaN"}}`, true},
		{report, `{"step":1,"value":"-Infinity"}`, true},
		{report, `{"step":1,"value":"nan"}`, false},
		{report, `{"step":1,"value":null}`, false},
		{report, `{"step":-1,"value":1}`, false},
		{report, `{"step":1,"value":1,"source":"a b"}`, false},
		{report, `{}`, false},
		{reports, `{"reports":[{"trial":0,"step":1,"value":1}]}`, true},
		{reports, `{"reports":[{"step":1,"value":1}]}`, false},
		{reports, `{"reports":[]}`, false},
		{tell, `{"values":[1,"NaN"]}`, true},
		{tell, `{"values":{"loss":1}}`, true},
		{tell, `{"values":[]}`, false},
		{tell, `{"values":3}`, false},
		{tell, `{"values":{"loss":"x"}}`, false},
		{tell, `{"state":"RUNNING"}`, false},
		{trials, `{"params":{"x":1,"y":null,"z":"a"},"skip_if_exists":true}`, true},
		{trials, `{"params":{"x":{}}}`, false},
		{trials, `{"params":{},"state":"COMPLETE","values":[1],"reports":[{"step":1,"value":2,"Step":3}]}`, false},
	}
	doc, plain := load(t), tree(t)
	compiled := map[string]*jsonschema.Schema{}
	for _, test := range tests {
		method, contentType := http.MethodPost, "application/json"
		if test.path == study {
			method, contentType = http.MethodPatch, "application/merge-patch+json"
		}
		if compiled[test.path] == nil {
			compiled[test.path] = compile(t, plain, "#/paths/"+escape.Replace(test.path)+"/"+strings.ToLower(method)+
				"/requestBody/content/"+escape.Replace(contentType)+"/schema")
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled[test.path].Validate(v); (err == nil) != test.ok {
			t.Errorf("%s %s: JSON Schema says %v", test.path, test.body, err)
		}
		if err := validate(doc, method, test.path, contentType, test.body); (err == nil) != test.ok {
			t.Errorf("%s %s: kin-openapi says %v", test.path, test.body, err)
		}
	}
}

// Compiling a schema for each request costs several thousand allocations.
func TestValidationDoesNotCompile(t *testing.T) {
	const limit = 500
	doc := load(t)
	for path, body := range map[string]string{
		"/v1/studies/{study}/ask": `{"count":8,"worker":"w"}`,
		"/v1/studies":             `{"name":"a","search_space":{"x":{"type":"float","low":0,"high":1}},"pruner":{"type":"nop"}}`,
	} {
		n := testing.AllocsPerRun(20, func() {
			if err := validate(doc, http.MethodPost, path, "application/json", body); err != nil {
				t.Fatal(err)
			}
		})
		if t.Logf("%s: %v allocations", path, n); n > limit {
			t.Errorf("%s: %v allocations to validate a request, more than %d", path, n, limit)
		}
	}
}
