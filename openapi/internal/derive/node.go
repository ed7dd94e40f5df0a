package main

import (
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"
)

// A mapping node holds its members one after the other, key and value in turn;
// the functions here read and change it by key and keep the order.

func index(mapping *yaml.Node, key string) int {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// get returns the value of a member, nil if there is none.
func get(node *yaml.Node, key string) *yaml.Node {
	if node.Kind != yaml.MappingNode {
		return nil
	}
	if i := index(node, key); i >= 0 {
		return node.Content[i+1]
	}
	return nil
}

// set replaces the value of a member, or adds the member at the end.
func set(mapping *yaml.Node, key string, value *yaml.Node) {
	if i := index(mapping, key); i >= 0 {
		mapping.Content[i+1] = value
		return
	}
	mapping.Content = append(mapping.Content, text(key), value)
}

// after adds a member behind another one.
func after(mapping *yaml.Node, other, key string, value *yaml.Node) {
	mapping.Content = slices.Insert(mapping.Content, index(mapping, other)+2, text(key), value)
}

// rename puts a member in the place of another.
func rename(mapping *yaml.Node, old, key string, value *yaml.Node) {
	i := index(mapping, old)
	mapping.Content[i], mapping.Content[i+1] = text(key), value
}

// remove takes a member out and returns its value, nil if there is none.
func remove(mapping *yaml.Node, key string) *yaml.Node {
	i := index(mapping, key)
	if i < 0 {
		return nil
	}
	value := mapping.Content[i+1]
	mapping.Content = slices.Delete(mapping.Content, i, i+2)
	return value
}

// describe changes the description, which may be missing.
func describe(mapping *yaml.Node, change func(string) string) {
	if description := get(mapping, "description"); description != nil {
		description.Value = change(description.Value)
		return
	}
	set(mapping, "description", text(change("")))
}

func text(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}

func yes() *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"}
}

func list(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, Content: items}
}

func mapping(key string, value *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Content: []*yaml.Node{text(key), value}}
}

// These make a key a part of a JSON Pointer, and back.
var (
	escape   = strings.NewReplacer("~", "~0", "/", "~1")
	unescape = strings.NewReplacer("~1", "/", "~0", "~")
)
