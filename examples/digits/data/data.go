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
	var all mlp.Set
	for _, row := range rows {
		values := make([]float64, len(row))
		for i, text := range row {
			if values[i], err = strconv.ParseFloat(text, 64); err != nil {
				return nil, nil, nil, fmt.Errorf("digits: %w", err)
			}
		}
		pixels, digit := values[:len(values)-1], values[len(values)-1]
		for i := range pixels {
			pixels[i] /= maxPixel
		}
		all = append(all, mlp.Example{X: pixels, Label: int(digit)})
	}
	rng := rand.New(rand.NewPCG(splitSeed, 0))
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:trainSize], all[trainSize : trainSize+valSize], all[trainSize+valSize:], nil
}
