package openapi

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/oasdiff/yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

type object = map[string]any

// tree is the document as plain maps and slices, references left as they are.
func tree(t *testing.T) object {
	t.Helper()
	b, err := yaml.YAMLToJSON(Document)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v.(object)
}

func at(t *testing.T, v any, pointer string) any {
	t.Helper()
	for _, key := range strings.Split(strings.TrimPrefix(pointer, "#/"), "/") {
		child, ok := v.(object)[unescape.Replace(key)]
		if !ok {
			t.Fatalf("%s: nothing there", pointer)
		}
		v = child
	}
	return v
}

var (
	escape   = strings.NewReplacer("~", "~0", "/", "~1")
	unescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// walk calls visit on every object of the document, but for what examples hold.
func walk(v any, pointer string, visit func(pointer string, o object)) {
	switch v := v.(type) {
	case object:
		visit(pointer, v)
		for key, child := range v {
			if key != "value" && key != "examples" || strings.HasSuffix(pointer, "/properties") {
				walk(child, pointer+"/"+escape.Replace(key), visit)
			}
			if key == "examples" && strings.Contains(pointer, "/content/") {
				visit(pointer+"/examples", child.(object))
			}
		}
	case []any:
		for _, child := range v {
			walk(child, pointer+"/-", visit)
		}
	}
}

// schemas calls visit on the schema and on all that it is made of, through
// references if follow says where they lead.
func schemas(schema any, pointer string, follow func(ref string) any, visit func(pointer string, schema object)) {
	o, ok := schema.(object)
	if !ok {
		return // additionalProperties: true
	}
	visit(pointer, o)
	if ref, ok := o["$ref"].(string); ok && follow != nil {
		schemas(follow(ref), ref, follow, visit)
	}
	for _, key := range []string{"properties", "anyOf", "allOf", "oneOf"} {
		switch children := o[key].(type) {
		case object:
			for name, child := range children {
				schemas(child, pointer+"/"+key+"/"+name, follow, visit)
			}
		case []any:
			for _, child := range children {
				schemas(child, pointer+"/"+key+"/-", follow, visit)
			}
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		schemas(o[key], pointer+"/"+key, follow, visit)
	}
}

// followOnce resolves each reference once, so that recursion ends.
func followOnce(t *testing.T, doc object) func(string) any {
	seen := map[string]bool{}
	return func(ref string) any {
		if seen[ref] {
			return nil
		}
		seen[ref] = true
		return at(t, doc, ref)
	}
}

// everySchema calls visit on every schema of the document.
func everySchema(doc object, visit func(pointer string, schema object)) {
	walk(doc["paths"], "#/paths", func(pointer string, o object) {
		schemas(o["schema"], pointer+"/schema", nil, visit)
	})
	for kind, components := range doc["components"].(object) {
		for name, component := range components.(object) {
			pointer := "#/components/" + kind + "/" + name
			if kind == "schemas" {
				schemas(component, pointer, nil, visit)
				continue
			}
			walk(component, pointer, func(pointer string, o object) {
				schemas(o["schema"], pointer+"/schema", nil, visit)
			})
		}
	}
}

func everyOperation(doc object, visit func(path, method string, operation object)) {
	for path, item := range doc["paths"].(object) {
		for method, operation := range item.(object) {
			if method != "parameters" {
				visit(path, method, operation.(object))
			}
		}
	}
}

func names(v any) []string {
	var s []string
	list, _ := v.([]any)
	for _, name := range list {
		s = append(s, name.(string))
	}
	return s
}

func TestOperations(t *testing.T) {
	doc := tree(t)
	codes := names(at(t, doc, "#/components/schemas/ProblemCode/enum"))
	ids := map[string]bool{}
	everyOperation(doc, func(path, method string, operation object) {
		id, _ := operation["operationId"].(string)
		if id == "" || ids[id] {
			t.Errorf("%s %s: operationId %q is missing or there twice", method, path, id)
		}
		ids[id] = true
		if summary, _ := operation["summary"].(string); summary == "" || strings.HasSuffix(summary, ".") {
			t.Errorf("%s: wants a summary, without a full stop", id)
		}
		if len(names(operation["tags"])) != 1 {
			t.Errorf("%s: wants one tag", id)
		}
		responses := operation["responses"].(object)
		problem, _ := responses["default"].(object)
		if problem == nil {
			problem, _ = responses["503"].(object)
		}
		if problem["$ref"] != "#/components/responses/Problem" {
			t.Errorf("%s: wants a problem among its responses", id)
		}
		own := names(operation["x-problems"])
		for _, code := range own {
			if !slices.Contains(codes, code) {
				t.Errorf("%s: ProblemCode does not know %q", id, code)
			}
		}
		for parameter, code := range map[string]string{"{study}": "study_not_found", "{number}": "trial_not_found"} {
			if strings.Contains(path, parameter) && !slices.Contains(own, code) {
				t.Errorf("%s: x-problems wants %s", id, code)
			}
		}
	})
}

// keywords are those that kin-openapi's validator for 3.0 and a JSON Schema
// validator read alike. It skips const, if, prefixItems, contains, propertyNames,
// patternProperties, dependent* and unevaluated*, and nobody sees a misspelling.
var keywords = strings.Fields(`$ref description type format enum default examples properties required additionalProperties
	items anyOf allOf oneOf discriminator minimum maximum exclusiveMinimum minLength maxLength minItems maxItems
	minProperties maxProperties pattern x-extensible-enum`)

func TestNoSkippedKeywords(t *testing.T) {
	everySchema(tree(t), func(pointer string, schema object) {
		for key := range schema {
			if !slices.Contains(keywords, key) {
				t.Errorf("%s: keyword %s", pointer, key)
			}
		}
		// Next to a reference the validator for 3.0 reads nothing.
		if _, ok := schema["$ref"]; ok {
			for key := range schema {
				if key != "$ref" && key != "description" {
					t.Errorf("%s: %s beside $ref", pointer, key)
				}
			}
		}
	})
}

// In a flow mapping an unquoted comma or colon begins a member without a value.
func TestNoEmptyMembers(t *testing.T) {
	walk(tree(t), "#", func(pointer string, o object) {
		for key, v := range o {
			if v == nil {
				t.Errorf("%s: member %q is empty", pointer, key)
			}
		}
	})
}

func TestNames(t *testing.T) {
	snake := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	everySchema(tree(t), func(pointer string, schema object) {
		properties, _ := schema["properties"].(object)
		for name := range properties {
			if !snake.MatchString(name) && pointer != "#/components/schemas/TrialCounts" {
				t.Errorf("%s: property %s is not in snake_case", pointer, name)
			}
		}
		for _, name := range names(schema["required"]) {
			if properties[name] == nil {
				t.Errorf("%s: requires %s, which is no property", pointer, name)
			}
		}
	})
}

// encoding/json matches names without their case: a request's object must not
// let in what the validator does not know.
func TestRequestsAreClosed(t *testing.T) {
	doc := tree(t)
	open := []string{"#/components/schemas/Sampler", "#/components/schemas/Pruner", "#/components/schemas/UserAttrs"}
	everyOperation(doc, func(path, method string, operation object) {
		if operation["requestBody"] == nil {
			return
		}
		for contentType, media := range at(t, operation, "#/requestBody/content").(object) {
			schemas(media.(object)["schema"], method+" "+path+" "+contentType, followOnce(t, doc), func(pointer string, schema object) {
				if schema["type"] != "object" || slices.Contains(open, pointer) {
					return
				}
				if _, isMap := schema["additionalProperties"].(object); !isMap && schema["additionalProperties"] != false {
					t.Errorf("%s: wants additionalProperties: false", pointer)
				}
			})
		}
	})
}

// A client that fills in defaults would send them with every patch.
func TestPatchesHaveNoDefaults(t *testing.T) {
	doc := tree(t)
	for _, name := range []string{"StudyPatch", "TrialPatch"} {
		pointer := "#/components/schemas/" + name
		schemas(at(t, doc, pointer), pointer, followOnce(t, doc), func(pointer string, schema object) {
			if _, ok := schema["default"]; ok {
				t.Errorf("%s: has a default", pointer)
			}
		})
	}
}

func TestComponentsAreUsed(t *testing.T) {
	doc := tree(t)
	used := map[string]bool{}
	walk(doc, "#", func(_ string, o object) {
		if ref, ok := o["$ref"].(string); ok {
			used[ref] = true
		}
	})
	for kind, components := range doc["components"].(object) {
		for name := range components.(object) {
			if pointer := "#/components/" + kind + "/" + name; !used[pointer] && kind != "securitySchemes" {
				t.Errorf("%s is used nowhere", pointer)
			}
		}
	}
}

func TestExamples(t *testing.T) {
	doc := tree(t)
	check := func(pointer, schemaPointer string, example any) {
		if err := compile(t, doc, schemaPointer).Validate(example); err != nil {
			b, _ := json.Marshal(example)
			t.Errorf("%s: %s: %v", pointer, b, err)
		}
	}
	everySchema(doc, func(pointer string, schema object) {
		examples, _ := schema["examples"].([]any)
		for _, example := range examples {
			check(pointer, pointer, example)
		}
	})
	walk(doc["paths"], "#/paths", func(pointer string, o object) {
		if examples, ok := o["examples"].(object); ok && o["schema"] != nil {
			for name, example := range examples {
				check(pointer+"/examples/"+name, pointer+"/schema", example.(object)["value"])
			}
		}
	})
}

// compile makes a JSON Schema 2020-12 validator of one schema of the document.
func compile(t *testing.T, doc object, pointer string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:openapi", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("mem:openapi" + strings.NewReplacer("{", "%7B", "}", "%7D").Replace(pointer))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
