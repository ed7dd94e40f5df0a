package main

import (
	"strings"
	"testing"
)

// wrap makes a document of one schema, S, and others that it may refer to.
func wrap(schema string) string {
	return `openapi: 3.1.0
info:
  title: T
components:
  schemas:
    S: ` + schema + `
    Cat: {type: object, required: [type], properties: {type: {type: string, enum: [cat]}}}
    Dog: {type: object, required: [type], properties: {type: {type: string, enum: [dog]}}}
    Map: {type: object, additionalProperties: {type: string}}
    Loose: {type: object, properties: {type: {type: string}}}
`
}

func TestSchemasAreLowered(t *testing.T) {
	tests := []struct{ name, schema, want string }{
		{"null beside a type", `{type: [integer, 'null'], minimum: 1}`, `{type: integer, nullable: true, minimum: 1}`},
		{"one type in a list", `{type: [integer]}`, `{type: integer}`},
		{"null beside a reference", `{oneOf: [{$ref: '#/components/schemas/Cat'}, {type: 'null'}]}`, `{allOf: [{$ref: '#/components/schemas/Cat'}], nullable: true}`},
		{"null in a union", `{description: d, anyOf: [{type: string}, {type: number}, {type: 'null'}]}`, `{description: d, nullable: true}`},
		{"a map in a union", `{description: d, anyOf: [{type: string}, {$ref: '#/components/schemas/Map'}]}`, `{description: d}`},
		{"a list in a union", `{description: d, oneOf: [{type: string}, {type: array, items: {type: string}}]}`, `{description: d}`},
		{"different types", `{anyOf: [{type: string}, {type: integer}, {$ref: '#/components/schemas/Cat'}]}`, `{oneOf: [{type: string}, {type: integer}, {$ref: '#/components/schemas/Cat'}]}`},
		{"the same type twice", `{anyOf: [{type: number}, {type: integer}]}`, `{anyOf: [{type: number}, {type: integer}]}`},
		{"a variant without a type", `{anyOf: [{type: string}, {enum: [1]}]}`, `{anyOf: [{type: string}, {enum: [1]}]}`},
		{"a discriminator", `{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}], discriminator: {propertyName: type}}`, `{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}`},
		{"beside a reference", `{$ref: '#/components/schemas/Cat', description: d}`, `{description: d, allOf: [{$ref: '#/components/schemas/Cat'}]}`},
		{"exclusive bounds", `{type: number, exclusiveMinimum: 0, exclusiveMaximum: 1}`, `{type: number, minimum: 0, exclusiveMinimum: true, maximum: 1, exclusiveMaximum: true}`},
		{"const", `{type: string, const: a}`, `{type: string, enum: [a]}`},
		{"examples", `{type: string, examples: [a, b]}`, `{type: string, example: a}`},
		{"an open enum", `{type: string, description: Of what., x-extensible-enum: true, enum: [a, b]}`, `{type: string, description: 'Of what. One of a, b; more may come.', x-extensible-enum: [a, b]}`},
		{"an open object", `{type: object, required: [a], additionalProperties: true, properties: {a: {type: string}}}`, `{type: object, required: [a], additionalProperties: true}`},
		{"what is inside", `{type: array, items: {type: object, properties: {examples: {type: [string, 'null']}}}}`, `{type: array, items: {type: object, properties: {examples: {type: string, nullable: true}}}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := derive([]byte(wrap(test.schema)))
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(wrap(test.want), "3.1.0", "3.0.3", 1)
			if string(got) != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

func TestTheRestIsLowered(t *testing.T) {
	const source = `openapi: 3.1.0
info:
  title: T
  summary: Short.
  description: Long.
  license: {name: MIT, identifier: MIT}
paths:
  /a:
    post:
      parameters:
        - {name: q, in: query, schema: {type: number, exclusiveMinimum: 0}}
      requestBody:
        required: false
        content:
          application/json:
            schema: {type: [string, 'null']}
            examples: {one: {value: {type: [string, 'null']}}}
`
	const want = `openapi: 3.0.3
info:
  title: T
  description: |-
    Short.

    Long.
  license: {name: MIT, url: 'https://spdx.org/licenses/MIT.html'}
paths:
  /a:
    post:
      parameters:
        - {name: q, in: query, schema: {type: number, minimum: 0, exclusiveMinimum: true}}
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: string, nullable: true}
            examples: {one: {value: {type: [string, 'null']}}}
`
	got, err := derive([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestWhatCannotBeSaidIsRefused(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"an old document", "openapi: 3.0.3\n", "/openapi"},
		{"webhooks", "openapi: 3.1.0\nwebhooks: {}\n", "/webhooks"},
		{"no document", "- a\n", "not an OpenAPI document"},
		{"an unknown keyword", wrap(`{type: array, items: {prefixItems: []}}`), "/components/schemas/S/items: the keyword prefixItems"},
		{"several types", wrap(`{type: [string, number]}`), "/components/schemas/S: several types"},
		{"both bounds", wrap(`{minimum: 0, exclusiveMinimum: 0}`), "has both minimum and exclusiveMinimum"},
		{"an open enum without values", wrap(`{type: string, x-extensible-enum: true}`), "x-extensible-enum without an enum"},
		{"a discriminator that is needed", wrap(`{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Loose'}], discriminator: {propertyName: type}}`), "fix it by an enum"},
		{"a reference to nothing", wrap(`{anyOf: [{$ref: '#/components/schemas/Fox'}, {type: string}]}`), "#/components/schemas/Fox: nothing there"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := derive([]byte(test.source))
			if err == nil {
				t.Fatalf("got %s, want an error with %q", got, test.want)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, want %q in it", err, test.want)
			}
		})
	}
}
