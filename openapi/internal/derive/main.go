// Package main derives an OpenAPI 3.0 document from the one that is written by
// hand, OpenAPI 3.1, for generators of clients that lag: they get the same
// requests and answers in words they know. It knows none of our packages.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	yaml "github.com/oasdiff/yaml3"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: derive FROM TO")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "derive:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	source, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	derived, err := derive(source)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	header := fmt.Sprintf("# Code generated from %s by openapi/internal/derive; DO NOT EDIT.\n", from)
	return os.WriteFile(to, append([]byte(header), derived...), 0o644)
}

// derive returns the OpenAPI 3.0 form of an OpenAPI 3.1 document, its members
// in the same order. What 3.0 cannot say is an error that names the place.
func derive(source []byte) ([]byte, error) {
	var file yaml.Node
	if err := yaml.Unmarshal(source, &file); err != nil {
		return nil, err
	}
	if file.Kind != yaml.DocumentNode || file.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("not an OpenAPI document")
	}
	doc := document{file.Content[0]}
	if err := doc.lower(); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&file); err != nil {
		return nil, err
	}
	if err := encoder.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
