// Package exact holds what other implementations of pruning rules decided, for
// tests that compare ours with them decision by decision. It is imported by
// tests only.
//
// vectors.py let Optuna's pruners and Ray's schedulers, and short functions of
// its own for the rules that no library offers, judge random histories: studies
// whose trials report one after another or several at a time, with gaps, ties,
// NaN and infinite values. It wrote vectors.json, which has seeds and decisions
// but no values: [SplitMix64] and the drawing of histories are written in both
// languages, and the tests of this package prove by checksums that the values,
// and the order in which they are reported, are the same doubles in both.
//
// A pruned trial stops reporting, so what follows depends on the decisions. A
// test therefore walks the [Event]s of a [History], which follow what was
// recorded, asks its own rule at every report and compares:
//
//	vectors, err := exact.Load()
//	for _, config := range vectors.Of("SuccessiveHalvingPruner") {
//		rule := ours(config.Kwargs)
//		for history := range config.Histories() {
//			for event := range history.Events() {
//				switch event.Kind {
//				case exact.Start: // trial event.Trial begins
//				case exact.Report: // it reports event.Value at event.Step:
//					// compare with event.Prune
//				case exact.End: // it ends as event.State, with event.Value
//				}
//			}
//		}
//	}
//
// [SignedRanks], [Prechelt] and [Fits] are numbers rather than histories: of
// SciPy's signed-rank test, of stopping criteria that look at one trial only,
// and of an extrapolation.
//
// To record again, for other versions or more histories, run vectors.py as its
// first lines say, and commit both files.
package exact

import (
	"bytes"
	"compress/zlib"
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math"
)

//go:embed vectors.json
var file []byte

// Vectors is everything that was recorded.
type Vectors struct {
	// Versions of what was asked, by name.
	Versions map[string]string
	Groups   []*Group
	Signed   SignedRanks
	Prechelt Prechelt
	Fits     Fits
}

// Group is what was recorded of one rule.
type Group struct {
	// Rule is the class that was asked, one of
	//
	//	Optuna's MedianPruner, PercentilePruner, SuccessiveHalvingPruner, HyperbandPruner,
	//	PatientPruner, ThresholdPruner, WilcoxonPruner
	//	Ray's    MedianStoppingRule, AsyncHyperBandScheduler
	//	others   VizierMedian, KatibMedianStop: functions of vectors.py
	Rule    string
	Configs []*Config
	// Decisions counts all reports, Pruned those that were answered with stop.
	Decisions, Pruned int

	values, events string // checksums
}

// Config is one configuration of a rule.
type Config struct {
	// Kwargs are the arguments of the class, as JSON. A pruner that wraps another
	// has {"wrapped_pruner": {"MedianPruner": {...}}} or null there.
	Kwargs json.RawMessage
	// Shape names what its histories are like: curves, long, swapped, strided,
	// folds, folds-mean, shuffled, shuffled-mean, equal, plain, gaps or nan.
	// vectors.py describes them.
	Shape string
	// Count is the number of its histories.
	Count int

	seed     uint64
	shape    shape
	outcomes []byte // of each trial: the report at which it was pruned, from 1, or 0
}

// Of returns the configurations of a rule, none if it was not recorded.
func (v *Vectors) Of(rule string) []*Config {
	for _, g := range v.Groups {
		if g.Rule == rule {
			return g.Configs
		}
	}
	return nil
}

// Histories draws the histories of the configuration, in order.
func (c *Config) Histories() iter.Seq[*History] {
	return func(yield func(*History) bool) {
		outcomes := c.outcomes
		for i := range c.Count {
			h := draw(c.seed, uint64(i), c.shape)
			h.outcomes, outcomes = outcomes[:len(h.Trials)], outcomes[len(h.Trials):]
			if !yield(h) {
				return
			}
		}
	}
}

// Load reads what was recorded.
func Load() (*Vectors, error) {
	var in stored
	if err := json.Unmarshal(file, &in); err != nil {
		return nil, fmt.Errorf("read vectors.json: %w", err)
	}
	out := &Vectors{Versions: in.Versions}
	for _, g := range in.Groups {
		group, err := g.open(in.Shapes)
		if err != nil {
			return nil, fmt.Errorf("read %s in vectors.json: %w", g.Rule, err)
		}
		out.Groups = append(out.Groups, group)
	}
	var err error
	if out.Signed, err = in.Wilcoxon.open(); err != nil {
		return nil, fmt.Errorf("read the p-values in vectors.json: %w", err)
	}
	if out.Prechelt, err = in.Prechelt.open(); err != nil {
		return nil, fmt.Errorf("read Prechelt's criteria in vectors.json: %w", err)
	}
	if out.Fits, err = in.Fits.open(); err != nil {
		return nil, fmt.Errorf("read the predictions in vectors.json: %w", err)
	}
	return out, nil
}

// stored is the form of vectors.json.
type stored struct {
	Versions map[string]string
	Shapes   map[string]shape
	Groups   []storedGroup
	Wilcoxon storedRanks
	Prechelt storedPrechelt
	Fits     storedFits
}

type storedGroup struct {
	Rule              string
	Seed              uint64
	Histories         int // a configuration
	Decisions, Pruned int
	Values, Events    string
	Configs           []struct {
		Kwargs json.RawMessage
		Shape  string
		Trials int
	}
	Outcomes string
}

func (g *storedGroup) open(shapes map[string]shape) (*Group, error) {
	outcomes, err := unpack(g.Outcomes)
	if err != nil {
		return nil, err
	}
	out := &Group{
		Rule: g.Rule, Decisions: g.Decisions, Pruned: g.Pruned,
		values: g.Values, events: g.Events,
	}
	for i, c := range g.Configs {
		shape, ok := shapes[c.Shape]
		if !ok || c.Trials > len(outcomes) {
			return nil, fmt.Errorf("configuration %d has no shape or too few outcomes", i)
		}
		out.Configs = append(out.Configs, &Config{
			Kwargs: c.Kwargs, Shape: c.Shape, Count: g.Histories,
			seed: g.Seed*1000 + uint64(i), shape: shape, outcomes: outcomes[:c.Trials],
		})
		outcomes = outcomes[c.Trials:]
	}
	return out, nil
}

// unpack undoes base64 of zlib.
func unpack(text string) ([]byte, error) {
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// doubles undoes base64 of little-endian doubles.
func doubles(text string) ([]float64, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(raw)/8)
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return out, nil
}
