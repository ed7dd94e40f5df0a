package openapi

import (
	"context"
	"net/http"
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// loadDerived parses and validates openapi-3.0.yaml.
func loadDerived(t *testing.T) *openapi3.T {
	t.Helper()
	b, err := os.ReadFile("openapi-3.0.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestDerivedDocumentHasEveryOperation(t *testing.T) {
	doc, derived := load(t), loadDerived(t)
	if derived.OpenAPI != "3.0.3" || derived.Info.Version != doc.Info.Version {
		t.Errorf("OpenAPI %s, version %s; want 3.0.3 and %s", derived.OpenAPI, derived.Info.Version, doc.Info.Version)
	}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			other := derived.Paths.Value(path)
			if other == nil || other.GetOperation(method) == nil || other.GetOperation(method).OperationID != operation.OperationID {
				t.Errorf("%s %s: not in the derived document", method, path)
			}
		}
	}
}

// A client that was made from the derived document may send what that takes.
func TestDerivedDocumentTakesTheSameBodies(t *testing.T) {
	const (
		studies = "/v1/studies"
		study   = "/v1/studies/{study}"
		ask     = study + "/ask"
		trials  = study + "/trials"
		report  = trials + "/{number}/report"
		tell    = trials + "/{number}/tell"
	)
	const (
		good = iota
		bad
		looser // bad, but generators have no words for it: the derived document takes it, the server refuses it
	)
	tests := []struct {
		path, body string
		want       int
	}{
		{studies, `{"name":"a"}`, good},
		{studies, `{"name":"-a"}`, bad},
		{studies, `{"name":"a","Name":"b"}`, bad},
		{studies, `{"name":"a","search_space":{"x":{"type":"float","low":0,"high":1,"log":true}}}`, good},
		{studies, `{"name":"a","search_space":{"x":{"type":"int","low":0,"high":3,"when":{"y":["a"]}}}}`, good},
		{studies, `{"name":"a","search_space":{"x":{"type":"categorical","choices":["a",1,true,null]}}}`, good},
		{studies, `{"name":"a","search_space":{"x":{"type":"flot","low":0,"high":1}}}`, bad},
		{studies, `{"name":"a","search_space":{"x":{"low":0,"high":1}}}`, bad},
		{studies, `{"name":"a","search_space":{"x":{"type":"float","low":0}}}`, bad},
		{studies, `{"name":"a","search_space":{"x":{"type":"float","low":0,"high":1,"choices":[1]}}}`, bad},
		{studies, `{"name":"a","search_space":{"x":{"type":"int","low":0,"high":1.5}}}`, bad},
		{studies, `{"name":"a","search_space":{"x":{"type":"float","low":0,"high":1,"step":0}}}`, bad},
		{studies, `{"name":"a","search_space":{"x":{"type":"float","low":0,"high":1,"step":1e-9}}}`, good},
		{studies, `{"name":"a","search_space":{"x":{"type":"categorical","choices":[]}}}`, bad},
		{studies, `{"name":"a","search_space":{"x":{"type":"categorical","choices":[[1]]}}}`, looser},
		{studies, `{"name":"a","direction":"maximize"}`, good},
		{studies, `{"name":"a","direction":"up"}`, bad},
		{studies, `{"name":"a","pruner":{"type":"any","pruners":[{"type":"median"},{"type":"nop"}]}}`, good},
		{studies, `{"name":"a","pruner":{"pruners":[]}}`, bad},
		{studies, `{"name":"a","pruner":null}`, bad},
		{studies, `{"name":"a","pruner":{"type":3}}`, looser},
		{studies, `{"name":"a","budget":{"cpu_seconds":0}}`, bad},
		{studies, `{"name":"a","budget":{"cpu_seconds":0.5}}`, good},
		{studies, `{"name":"a","lease_seconds":null}`, bad},
		{studies, `{"name":"a","user_attrs":{"x":{"y":[null,1]}}}`, good},
		{study, `{"lease_seconds":null,"max_steps":null,"holdout":null,"budget":{"max_trials":null,"cost":null}}`, good},
		{study, `{"protect":null,"quota":null,"stop":null}`, good},
		{study, `{"protect":{"top_k":2},"stop":{"utility":{"cost_weight":1}}}`, good},
		{study, `{"protect":{"top":2}}`, bad},
		{study, `{"stop":{"utility":{"cost_weight":0}}}`, bad},
		{study, `{"budget":{"max_trials":0}}`, bad},
		{study, `{"budget":null}`, bad},
		{study, `{"max_retries":null}`, bad},
		{ask, `{}`, good},
		{ask, `{"count":0}`, bad},
		{ask, `{"params":{"x":null,"y":1.5,"z":"a"}}`, good},
		{report, `{"step":1,"value":"-Infinity","metrics":{"a":1,"b":"NaN","c":1.5}}`, good},
		{report, `{"step":1,"value":"nan"}`, bad},
		{report, `{"step":1,"value":null}`, bad},
		{report, `{}`, bad},
		{tell, `{"values":[1,"NaN"],"state":"COMPLETE"}`, good},
		{tell, `{"values":{"loss":1}}`, good},
		{tell, `{"values":3}`, looser},
		{tell, `{"values":null}`, bad},
		{tell, `{"state":"RUNNING"}`, bad},
		{trials, `{"params":{"x":1,"y":null},"reports":[{"step":1,"value":2}]}`, good},
		{trials, `{"params":{"x":1},"reports":[{"step":1,"value":2,"Step":3}]}`, bad},
	}
	doc, derived := load(t), loadDerived(t)
	for _, test := range tests {
		method, contentType := http.MethodPost, "application/json"
		if test.path == study {
			method, contentType = http.MethodPatch, "application/merge-patch+json"
		}
		if err := validate(doc, method, test.path, contentType, test.body); (err == nil) != (test.want == good) {
			t.Errorf("%s %s: openapi.yaml says %v", test.path, test.body, err)
		}
		if err := validate(derived, method, test.path, contentType, test.body); (err == nil) != (test.want != bad) {
			t.Errorf("%s %s: openapi-3.0.yaml says %v", test.path, test.body, err)
		}
	}
}
