package exact

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"
	"testing"
)

func load(t *testing.T) *Vectors {
	t.Helper()
	v, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSplitMix64(t *testing.T) {
	s := SplitMix64(1234567)
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423} {
		if got := s.Next(); got != want {
			t.Errorf("number %d is %d, want %d", i, got, want)
		}
	}
}

// The checksums were taken by vectors.py over what it drew and what happened.
func TestHistoriesAreTheRecordedOnes(t *testing.T) {
	v := load(t)
	for _, g := range v.Groups {
		t.Run(g.Rule, func(t *testing.T) {
			t.Parallel()
			values, events := sha256.New(), sha256.New()
			histories, decisions, pruned := 0, 0, 0
			for _, c := range g.Configs {
				drawn, played, trials := sha256.New(), sha256.New(), 0
				for h := range c.Histories() {
					histories++
					trials += len(h.Trials)
					addHistory(drawn, h)
					d, p := addEvents(played, h)
					decisions, pruned = decisions+d, pruned+p
				}
				if trials != len(c.outcomes) {
					t.Errorf("%s: %d trials were drawn, %d recorded", c.Kwargs, trials, len(c.outcomes))
				}
				values.Write(drawn.Sum(nil))
				events.Write(played.Sum(nil))
			}
			compare(t, "values", values, g.values)
			compare(t, "events", events, g.events)
			if decisions != g.Decisions || pruned != g.Pruned {
				t.Errorf("%d decisions, %d to prune; want %d and %d", decisions, pruned, g.Decisions, g.Pruned)
			}
			t.Logf("%d configurations, %d histories, %d decisions, %d to prune", len(g.Configs), histories, decisions, pruned)
		})
	}
}

func compare(t *testing.T, what string, got hash.Hash, want string) {
	t.Helper()
	if sum := hex.EncodeToString(got.Sum(nil)); sum != want {
		t.Errorf("checksum of the %s is %s, want %s", what, sum, want)
	}
}

// addHistory adds all values that were drawn, reported or not.
func addHistory(to hash.Hash, h *History) {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(h.Trials)))
	b = append(b, bit(h.Maximize), byte(h.Workers))
	for _, trial := range h.Trials {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(trial.Points)))
		b = append(b, bit(trial.Fails))
		for _, p := range trial.Points {
			b = binary.LittleEndian.AppendUint64(b, uint64(p.Step))
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.Value))
		}
	}
	to.Write(b)
}

// addEvents adds what happened, and counts the decisions.
func addEvents(to hash.Hash, h *History) (decisions, pruned int) {
	var b []byte
	for e := range h.Events() {
		switch {
		case e.Kind == Report:
			b = binary.LittleEndian.AppendUint32(b, uint32(e.Trial))
			b = binary.LittleEndian.AppendUint64(b, uint64(e.Step))
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(e.Value))
			b = append(b, bit(e.Prune))
			decisions++
			pruned += int(bit(e.Prune))
		case e.Kind == End && e.State != Pruned:
			b = binary.LittleEndian.AppendUint32(b, uint32(e.Trial))
			b = append(b, bit(e.State == Complete))
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(e.Value))
		}
	}
	to.Write(b)
	return decisions, pruned
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func addFloats(to hash.Hash, values []float64) {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(values)))
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	to.Write(b)
}

func TestCurvesAreTheRecordedOnes(t *testing.T) {
	v := load(t)

	differing := sha256.New()
	for i := range v.Signed.drawn {
		addFloats(differing, differences(v.Signed.seed, uint64(i)))
	}
	compare(t, "differences", differing, v.Signed.values)
	vectors := 0
	for d, p := range v.Signed.All() {
		vectors++
		if len(d) < 2 || p <= 0 || p > 1 {
			t.Errorf("the p-value of %v is %v", d, p)
		}
	}

	curves, words := sha256.New(), 0
	for c := range v.Prechelt.All() {
		addFloats(curves, c.Train)
		addFloats(curves, c.Valid)
		words += len(c.words)
	}
	compare(t, "training curves", curves, v.Prechelt.values)
	if words != len(v.Prechelt.words) {
		t.Errorf("%d bytes of criteria were used, %d recorded", words, len(v.Prechelt.words))
	}

	decays := sha256.New()
	for i := range v.Fits.drawn {
		addFloats(decays, noisyDecay(v.Fits.seed, uint64(i)))
	}
	compare(t, "decays", decays, v.Fits.values)
	predictions := 0
	for p := range v.Fits.All() {
		predictions++
		if !(p.Sd > 0) || p.N >= len(p.Curve) {
			t.Errorf("prediction from %d of %d values: %v +- %v", p.N, len(p.Curve), p.Mean, p.Sd)
		}
	}
	t.Logf("%d p-values, %d reports of training curves, %d predictions", vectors, words/2, predictions)
}

// At the first report every rule is asked; GL cannot hold there, and nothing but
// GL holds inside a strip.
func TestCriteriaHoldWhereTheyMay(t *testing.T) {
	v := load(t)
	held := make([]int, len(v.Prechelt.Criteria))
	for c := range v.Prechelt.All() {
		for report := range c.Valid {
			for i, criterion := range v.Prechelt.Criteria {
				if !c.Holds(i, report) {
					continue
				}
				held[i]++
				inside := (report+1)%v.Prechelt.Strip != 0
				if report == 0 || inside && criterion.Rule != "GL" {
					t.Errorf("%v holds at report %d", criterion, report)
				}
			}
		}
	}
	for i, criterion := range v.Prechelt.Criteria {
		if held[i] == 0 {
			t.Errorf("%v holds nowhere", criterion)
		}
	}
}
