// Package data holds the 8x8 handwritten digits of UCI and scikit-learn; README.md names their origin and licences.
package data

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/espalier-hpo/espalier/examples/digits/mlp"
)

//go:embed digits.csv.gz
var compressed []byte

const (
	maxPixel  = 16
	trainSize = 1097
	valSize   = 350
	splitSeed = 1998
)

// Load gives 1,097 images to train on, 350 to validate and 350 to test; always the same ones.
func Load() (train, val, test mlp.Set, err error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, nil, nil, fmt.Errorf("digits: %w", err)
	}
	rows, err := csv.NewReader(unzipped).ReadAll()
	if err != nil {
		return nil, nil, nil, fmt.Errorf("digits: %w", err)
	}
	all := make(mlp.Set, len(rows))
	for i, row := range rows {
		if all[i], err = example(row); err != nil {
			return nil, nil, nil, fmt.Errorf("digits: line %d: %w", i+1, err)
		}
	}
	rng := rand.New(rand.NewPCG(splitSeed, 0))
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:trainSize], all[trainSize : trainSize+valSize], all[trainSize+valSize:], nil
}

func example(row []string) (mlp.Example, error) {
	pixels := row[:len(row)-1]
	e := mlp.Example{X: make([]float64, len(pixels))}
	for i, text := range pixels {
		pixel, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return e, err
		}
		e.X[i] = pixel / maxPixel
	}
	label, err := strconv.Atoi(row[len(row)-1])
	e.Label = label
	return e, err
}
