package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// cell is one study by Optuna.
type cell struct {
	problem, rival, arrangement string
	seed                        int
}

// track is the regret of a recorded study: pairs of the evaluation after which
// it changed, and what it was then.
type track struct {
	evaluations int
	changes     []float64
}

func (t *track) at(evaluation int) float64 {
	out := nan
	for i := 0; i+1 < len(t.changes) && int(t.changes[i]) <= evaluation; i += 2 {
		out = t.changes[i+1]
	}
	return out
}

// record is what quality/record.py wrote.
type record map[cell]*track

func readRecord(dir string) (record, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "curves.jsonl"))
	if err != nil {
		return nil, err
	}
	out := record{}
	for text := range bytes.Lines(raw) {
		if !bytes.HasSuffix(text, []byte("\n")) {
			break // it is being written
		}
		c, t, err := readCell(text)
		if err != nil {
			return nil, err
		}
		if old := out[c]; old == nil || old.evaluations < t.evaluations {
			out[c] = t
		}
	}
	return out, nil
}

func readCell(text []byte) (cell, *track, error) {
	var line struct {
		Cell  string
		Curve []float64
	}
	if err := json.Unmarshal(text, &line); err != nil {
		return cell{}, nil, err
	}
	part := strings.Split(line.Cell, "/")
	if len(part) != 5 {
		return cell{}, nil, fmt.Errorf("cell %q", line.Cell)
	}
	seed, err := strconv.Atoi(part[3])
	if err != nil {
		return cell{}, nil, err
	}
	evaluations, err := strconv.Atoi(part[4])
	if err != nil {
		return cell{}, nil, err
	}
	return cell{part[0], part[1], part[2], seed}, &track{evaluations, line.Curve}, nil
}

// rivals returns the rivals that were recorded on a problem.
func (r record) rivals(problem, arrangement string) []string {
	var out []string
	for c := range r {
		if c.problem == problem && c.arrangement == arrangement && !slices.Contains(out, c.rival) {
			out = append(out, c.rival)
		}
	}
	slices.Sort(out)
	return out
}

// regrets returns a rival's regret after so many evaluations by seed, and
// whether all those seeds were recorded so far.
func (r record) regrets(c cell, evaluation int, seeds []int) ([]float64, bool) {
	out, all := make([]float64, 0, len(seeds)), true
	for _, c.seed = range seeds {
		t := r[c]
		if t == nil || t.evaluations < evaluation {
			all = false
			continue
		}
		out = append(out, t.at(evaluation))
	}
	return out, all
}

// gpSeeds is how many seeds of GPSampler were recorded: 0 to 10.
const gpSeeds = 11

// choosing returns the seeds on which the best rival is chosen.
func choosing(rival string) []int {
	if rival == "gp" {
		return count(0, gpSeeds)
	}
	return count(0, 15)
}

// comparing returns the seeds on which a chosen rival is compared: others than
// it was chosen on, but for GPSampler, which has no others. That flatters it.
func comparing(rival string) []int {
	if rival == "gp" {
		return count(0, gpSeeds)
	}
	return count(15, 31)
}

func count(from, to int) []int {
	var out []int
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

// best returns Optuna's best rival on a problem after so many evaluations, and
// the rivals that were left out because their record is not complete.
func (r record) best(problem, arrangement string, evaluation int) (best string, missing []string) {
	least := math.Inf(1)
	for _, rival := range r.rivals(problem, arrangement) {
		c := cell{problem: problem, rival: rival, arrangement: arrangement}
		chosen, all := r.regrets(c, evaluation, choosing(rival))
		if _, compared := r.regrets(c, evaluation, comparing(rival)); !all || !compared {
			missing = append(missing, rival)
			continue
		}
		if m := middle(chosen); m < least {
			best, least = rival, m
		}
	}
	return best, missing
}

// check records two random cells again and prints whether they are the same.
func (r record) check(ctx context.Context, dir string) error {
	python := os.Getenv(optunaEnv)
	if python == "" {
		fmt.Fprintf(os.Stderr, "\n  %s names no Python with Optuna: the record is not checked.\n\n", optunaEnv)
		return nil
	}
	cells := make([]cell, 0, len(r))
	for c := range r {
		cells = append(cells, c)
	}
	slices.SortFunc(cells, func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.problem, b.problem), cmp.Compare(a.rival, b.rival), cmp.Compare(a.arrangement, b.arrangement), cmp.Compare(a.seed, b.seed))
	})
	same, total := 0.0, 0.0
	for range 2 {
		c := cells[rand.IntN(len(cells))]
		key := fmt.Sprintf("%s/%s/%s/%d/%d", c.problem, c.rival, c.arrangement, c.seed, r[c].evaluations)
		command := exec.CommandContext(ctx, python, filepath.Join(dir, "record.py"), "--cell", key)
		command.Env, command.Stderr = append(os.Environ(), "OMP_NUM_THREADS=1"), os.Stderr
		text, err := command.Output()
		if err != nil {
			return fmt.Errorf("recording %s again: %w", key, err)
		}
		_, again, err := readCell(text)
		if err != nil {
			return err
		}
		total++
		if slices.Equal(again.changes, r[c].changes) {
			same++
		} else {
			fmt.Printf("# %s was recorded as %v and is now %v\n", key, r[c].changes, again.changes)
		}
		fmt.Printf("# recorded again: %s\n", key)
	}
	line("record_cells_as_recorded", same, "==", total, fmt.Sprintf("(of %g random ones)", total))
	return nil
}
