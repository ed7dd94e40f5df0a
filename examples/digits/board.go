package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// board shows what the workers tell: a line for each trial that ended, on a terminal a status line below them, at last a sum.
type board struct {
	out      *os.File
	terminal bool
	epochs   int // of a full trial
	running  map[int]progress
	ended    []progress
}

func newBoard(out *os.File, epochs int) *board {
	info, err := out.Stat()
	b := &board{out: out, epochs: epochs, running: map[int]progress{}}
	b.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	fmt.Fprintln(out, "trial  state     epochs  best val error   CPU s")
	return b
}

func (b *board) show(p progress) {
	b.clear()
	if p.State == "RUNNING" {
		b.running[p.Trial] = p
	} else {
		delete(b.running, p.Trial)
		b.ended = append(b.ended, p)
		fmt.Fprintln(b.out, p)
	}
	if b.terminal {
		b.status()
	}
}

// String is the line of a trial that ended.
func (p progress) String() string {
	cpu, bestError := "-", "-"
	if p.CPUSeconds != nil {
		cpu = fmt.Sprintf("%.2f", *p.CPUSeconds)
	}
	if p.Epochs > 0 {
		bestError = fmt.Sprintf("%.4f", p.BestError)
	}
	line := fmt.Sprintf("%5d  %-8s  %6d  %14s  %6s", p.Trial, p.State, p.Epochs, bestError, cpu)
	if p.DecidedBy != "" || p.Sentence != "" {
		line += strings.TrimRight("  "+p.DecidedBy+": "+p.Sentence, ": ")
	}
	return line
}

// clear takes the status line away.
func (b *board) clear() {
	if b.terminal {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
}

func (b *board) status() {
	text := fmt.Sprintf("%d ended, running", len(b.ended))
	for _, number := range slices.Sorted(maps.Keys(b.running)) {
		text += fmt.Sprintf(" %d (%d/%d)", number, b.running[number].Epochs, b.epochs)
	}
	fmt.Fprint(b.out, text[:min(len(text), 79)])
}

// sumUp counts what this run measured; only what pruning saved is an estimate.
func (b *board) sumUp(wall time.Duration) {
	states, rules := map[string]int{}, map[string]int{}
	trained, notTrained := 0, 0
	used, saved, measured := 0.0, 0.0, true
	for _, p := range slices.Concat(b.ended, slices.Collect(maps.Values(b.running))) {
		states[p.State]++
		trained += p.Epochs
		if p.State == "PRUNED" {
			rules[p.DecidedBy]++
			notTrained += b.epochs - p.Epochs
		}
		if p.CPUSeconds == nil {
			measured = measured && p.Epochs == 0
			continue
		}
		used += *p.CPUSeconds
		if p.State == "PRUNED" {
			saved += float64(b.epochs-p.Epochs) * *p.CPUSeconds / float64(p.Epochs)
		}
	}
	cpuUsed, cpuSaved := "CPU not measured", ""
	if measured {
		cpuUsed = fmt.Sprintf("%.1f CPU s", used)
		cpuSaved = fmt.Sprintf(", about %.1f CPU s (estimate: at each pruned trial's own CPU seconds per epoch)", saved)
	}
	fmt.Fprintf(b.out, "trials    %s in %.1f s\n", counts(states), wall.Seconds())
	if len(rules) > 0 {
		fmt.Fprintf(b.out, "pruned by %s\n", counts(rules))
	}
	fmt.Fprintf(b.out, "used      %d epochs, %s\n", trained, cpuUsed)
	fmt.Fprintf(b.out, "saved     %d epochs not trained%s\n", notTrained, cpuSaved)
}

func counts(of map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("%d %s", of[name], name))
	}
	return strings.Join(parts, ", ")
}
