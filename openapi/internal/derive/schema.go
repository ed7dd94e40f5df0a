package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"
)

// keywords are those of a schema that both versions have, or that lowerSchema
// turns into some that 3.0 has.
var keywords = strings.Fields(`$ref additionalProperties allOf anyOf const default deprecated description discriminator enum
	example examples exclusiveMaximum exclusiveMinimum externalDocs format items maxItems maxLength maxProperties maximum
	minItems minLength minProperties minimum multipleOf not oneOf pattern properties readOnly required title type
	uniqueItems writeOnly`)

func (doc document) schemaAt(_ string, schema *yaml.Node, pointer string) error {
	return doc.lowerSchema(schema, pointer)
}

// lowerSchema turns a schema, and all it is made of, into OpenAPI 3.0's.
func (doc document) lowerSchema(schema *yaml.Node, pointer string) error {
	if schema.Kind != yaml.MappingNode {
		return nil // additionalProperties: true
	}
	for i := 0; i < len(schema.Content); i += 2 {
		key := schema.Content[i].Value
		if !slices.Contains(keywords, key) && !strings.HasPrefix(key, "x-") {
			return fmt.Errorf("%s: the keyword %s is not in OpenAPI 3.0", pointer, key)
		}
	}
	for _, key := range []string{"properties", "allOf", "anyOf", "oneOf"} {
		if children := get(schema, key); children != nil {
			if err := each(children, pointer+"/"+key, doc.schemaAt); err != nil {
				return err
			}
		}
	}
	for _, key := range []string{"items", "additionalProperties", "not"} {
		if child := get(schema, key); child != nil {
			if err := doc.lowerSchema(child, pointer+"/"+key); err != nil {
				return err
			}
		}
	}
	for _, step := range []func(*yaml.Node) error{
		lowerType, doc.lowerUnion, doc.lowerDiscriminator, lowerReference, lowerBounds, lowerEnum, lowerExamples, lowerOpen,
	} {
		if err := step(schema); err != nil {
			return fmt.Errorf("%s: %w", pointer, err)
		}
	}
	return nil
}

// lowerType turns the type null beside another into nullable.
func lowerType(schema *yaml.Node) error {
	types := get(schema, "type")
	if types == nil || types.Kind != yaml.SequenceNode {
		return nil
	}
	var rest []*yaml.Node
	for _, item := range types.Content {
		if item.Value != "null" {
			rest = append(rest, item)
		}
	}
	if len(rest) != 1 {
		return errors.New("several types are not in OpenAPI 3.0: use anyOf")
	}
	set(schema, "type", rest[0])
	if len(rest) < len(types.Content) {
		after(schema, "type", "nullable", yes())
	}
	return nil
}

// lowerUnion turns the variant null into nullable, and a union that generators
// get wrong into what they get right. One variant beside null is allOf of it,
// which they read as the variant itself. In lists and maps their unions have no
// null, and as variants they cannot write lists and maps: such a union is any
// value. Variants of different types exclude each other: anyOf is oneOf, which
// more of them can do.
func (doc document) lowerUnion(schema *yaml.Node) error {
	for _, key := range []string{"anyOf", "oneOf"} {
		union := get(schema, key)
		if union == nil {
			continue
		}
		variants := slices.DeleteFunc(slices.Clone(union.Content), isNull)
		if len(variants) < len(union.Content) {
			after(schema, key, "nullable", yes())
		}
		union.Content = variants
		types, err := doc.types(variants)
		if err != nil {
			return err
		}
		switch {
		case len(variants) == 1:
			rename(schema, key, "allOf", union)
		case get(schema, "nullable") != nil, slices.Contains(types, "array"), slices.Contains(types, "map"):
			remove(schema, key)
		case key == "anyOf" && distinct(types):
			rename(schema, key, "oneOf", union)
		}
	}
	return nil
}

func isNull(schema *yaml.Node) bool {
	only := get(schema, "type")
	return only != nil && only.Value == "null"
}

// types returns the variants' types, "" where there is none or there are
// several. An integer is a number, and an object without properties a map.
func (doc document) types(variants []*yaml.Node) ([]string, error) {
	types := make([]string, len(variants))
	for i, variant := range variants {
		variant, err := doc.resolve(variant)
		if err != nil {
			return nil, err
		}
		if of := get(variant, "type"); of != nil {
			types[i] = strings.Replace(of.Value, "integer", "number", 1)
		}
		if types[i] == "object" && get(variant, "properties") == nil {
			types[i] = "map"
		}
	}
	return types, nil
}

// distinct says whether no value has two of the types.
func distinct(types []string) bool {
	objects := slices.Contains(types, "object") && slices.Contains(types, "map")
	return !objects && !slices.Contains(types, "") && len(slices.Compact(slices.Sorted(slices.Values(types)))) == len(types)
}

// lowerDiscriminator leaves the discriminator out where it says nothing that
// the variants do not: each demands a value of its own of that property.
// Generators that make the discriminator a tag beside the property (for Rust,
// say) write it twice and cannot read it.
func (doc document) lowerDiscriminator(schema *yaml.Node) error {
	discriminator := get(schema, "discriminator")
	if discriminator == nil {
		return nil
	}
	property := get(discriminator, "propertyName").Value
	for _, variant := range get(schema, "oneOf").Content {
		variant, err := doc.resolve(variant)
		if err != nil {
			return err
		}
		if !pins(variant, property) {
			return fmt.Errorf("a variant does not require %s and fix it by an enum of one value", property)
		}
	}
	remove(schema, "discriminator")
	return nil
}

// pins says whether a schema requires a property and gives it only one value.
func pins(schema *yaml.Node, property string) bool {
	required, properties := get(schema, "required"), get(schema, "properties")
	if required == nil || properties == nil || get(properties, property) == nil {
		return false
	}
	values := get(get(properties, property), "enum")
	return values != nil && len(values.Content) == 1 &&
		slices.ContainsFunc(required.Content, func(name *yaml.Node) bool { return name.Value == property })
}

// lowerReference makes room for what stands beside a reference: 3.0 ignores it.
func lowerReference(schema *yaml.Node) error {
	if get(schema, "$ref") != nil && len(schema.Content) > 2 {
		set(schema, "allOf", list(mapping("$ref", remove(schema, "$ref"))))
	}
	return nil
}

// lowerBounds turns the number of an exclusive bound into a bound and a flag.
func lowerBounds(schema *yaml.Node) error {
	for exclusive, bound := range map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"} {
		value := get(schema, exclusive)
		if value == nil {
			continue
		}
		if get(schema, bound) != nil {
			return fmt.Errorf("has both %s and %s", bound, exclusive)
		}
		rename(schema, exclusive, bound, value)
		after(schema, bound, exclusive, yes())
	}
	return nil
}

// lowerEnum turns const into an enum. An enum that may grow becomes a string
// with the known values in its description: what generators make of an enum
// fails on a value that is new.
func lowerEnum(schema *yaml.Node) error {
	if value := get(schema, "const"); value != nil {
		rename(schema, "const", "enum", list(value))
	}
	if get(schema, "x-extensible-enum") == nil {
		return nil
	}
	known := remove(schema, "enum")
	if known == nil {
		return errors.New("x-extensible-enum without an enum")
	}
	var names []string
	for _, value := range known.Content {
		names = append(names, value.Value)
	}
	set(schema, "x-extensible-enum", known)
	describe(schema, func(description string) string {
		return strings.TrimSpace(description + " One of " + strings.Join(names, ", ") + "; more may come.")
	})
	return nil
}

// lowerExamples keeps the first of the examples.
func lowerExamples(schema *yaml.Node) error {
	if examples := get(schema, "examples"); examples != nil {
		rename(schema, "examples", "example", examples.Content[0])
	}
	return nil
}

// lowerOpen makes an object that is open beside its properties a map with
// required names: generators that make structs of it drop all that is open.
func lowerOpen(schema *yaml.Node) error {
	open := get(schema, "additionalProperties")
	if open != nil && open.Value == "true" {
		remove(schema, "properties")
	}
	return nil
}
