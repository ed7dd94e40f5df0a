package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	yaml "github.com/oasdiff/yaml3"
)

// version is one that every generator and validator of 3.0 takes.
const version = "3.0.3"

// A document is the root of an OpenAPI document; its methods change it in
// place. Errors begin with a JSON Pointer.
type document struct{ root *yaml.Node }

func (doc document) lower() error {
	for _, key := range []string{"webhooks", "jsonSchemaDialect"} {
		if get(doc.root, key) != nil {
			return fmt.Errorf("/%s: not in OpenAPI 3.0", key)
		}
	}
	if got := get(doc.root, "openapi"); got == nil || !strings.HasPrefix(got.Value, "3.1.") {
		return errors.New("/openapi: wants 3.1")
	}
	set(doc.root, "openapi", text(version))
	if info := get(doc.root, "info"); info != nil {
		lowerInfo(info)
	}
	return doc.lowerAll(doc.root, "")
}

// lowerInfo puts the summary before the description, and an address in the
// place of the licence's identifier.
func lowerInfo(info *yaml.Node) {
	if summary := remove(info, "summary"); summary != nil {
		describe(info, func(description string) string { return summary.Value + "\n\n" + description })
	}
	if license := get(info, "license"); license != nil {
		if id := get(license, "identifier"); id != nil {
			rename(license, "identifier", "url", text("https://spdx.org/licenses/"+id.Value+".html"))
		}
	}
}

// lowerAll goes through what is not a schema and lowers every schema in it.
func (doc document) lowerAll(node *yaml.Node, pointer string) error {
	return each(node, pointer, func(key string, value *yaml.Node, at string) error {
		switch {
		case key == "example", key == "examples", strings.HasPrefix(key, "x-"):
			return nil
		case key == "schema":
			return doc.lowerSchema(value, at)
		case at == "/components/schemas":
			return each(value, at, doc.schemaAt)
		case key == "requestBody" && get(value, "$ref") == nil:
			// Generated clients send null in the place of a body that is left out.
			set(value, "required", yes())
			return doc.lowerAll(value, at)
		default:
			return doc.lowerAll(value, at)
		}
	})
}

// resolve returns the schema that a reference leads to, any other as it is.
func (doc document) resolve(schema *yaml.Node) (*yaml.Node, error) {
	ref := get(schema, "$ref")
	if ref == nil {
		return schema, nil
	}
	found := doc.root
	for _, key := range strings.Split(strings.TrimPrefix(ref.Value, "#/"), "/") {
		if found = get(found, unescape.Replace(key)); found == nil {
			return nil, fmt.Errorf("%s: nothing there", ref.Value)
		}
	}
	return found, nil
}

// each calls visit on every member of a mapping and on every item of a
// sequence, whose key is its index; anything else has none.
func each(node *yaml.Node, pointer string, visit func(key string, value *yaml.Node, pointer string) error) error {
	for i, value := range node.Content {
		key := strconv.Itoa(i)
		if node.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			key = node.Content[i-1].Value
		}
		if err := visit(key, value, pointer+"/"+escape.Replace(key)); err != nil {
			return err
		}
	}
	return nil
}
