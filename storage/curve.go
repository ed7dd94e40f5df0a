package storage

import (
	"encoding/binary"
	"math"

	"github.com/espalier-hpo/espalier/trials"
)

// A sealed trial is one blob that holds its reports by columns and loses
// nothing of them:
//
//	version      byte, 1 with times in milliseconds, 2 with microseconds
//	n            uvarint, the number of reports
//	columns      uvarint, the number of columns of values
//	directory    per column: uvarint metric, uvarint length of its section
//	lengths      uvarint each, of the sections of reports, in the order below
//	sections     seq, step, at, decision, source, client: integers
//	             elapsed: floats
//	             order: where a report's values are not in the order of the columns
//	             then the columns of values: floats
//
// so that one metric is decoded without a look at the others. A metric that a
// report has twice has a second column of the same id.
//
// Integers are either a byte 0 and two varints, the first and the constant
// difference, or a byte 1 and a varint of each difference to the one before.
// Differences wrap around, so that every int64 survives.
//
// Floats are a byte 0 (none), 1 (each report has one) or 2 and a bitmap of n
// bits, then eight bytes each, little-endian.
//
// The order lists reports: uvarint number of reports; for each a uvarint index,
// a uvarint number of values, and a uvarint column for each value.
const (
	curveMillis = 1 // is read, and no longer written
	curveMicros = 2
)

const (
	seqSection = iota
	stepSection
	atSection
	decisionSection
	sourceSection
	clientSection
	elapsedSection
	orderSection
	sections
)

const (
	floatsNone = iota
	floatsAll
	floatsSome
)

// column holds the values of one metric by report.
type column struct {
	metric uint32
	at     []int // of reports, ascending
	values []float64
}

// sealReports packs the reports of one trial.
func sealReports(rows []trials.ReportRow) []byte {
	columns, order := columnsOf(rows)
	var part [sections][]byte
	ints := func(section int, get func(*trials.ReportRow) int64) {
		part[section] = appendIntegers(nil, rows, get)
	}
	ints(seqSection, func(r *trials.ReportRow) int64 { return r.Seq })
	ints(stepSection, func(r *trials.ReportRow) int64 { return r.Step })
	ints(atSection, func(r *trials.ReportRow) int64 { return r.At.UnixMicro() })
	ints(decisionSection, func(r *trials.ReportRow) int64 { return int64(r.Decision) })
	ints(sourceSection, func(r *trials.ReportRow) int64 { return int64(r.Source) })
	ints(clientSection, func(r *trials.ReportRow) int64 { return r.Client })
	part[elapsedSection] = appendFloats(nil, elapsedOf(rows), len(rows))
	part[orderSection] = order

	out := []byte{curveMicros}
	out = binary.AppendUvarint(out, uint64(len(rows)))
	out = binary.AppendUvarint(out, uint64(len(columns)))
	bodies := make([][]byte, len(columns))
	for i := range columns {
		bodies[i] = appendFloats(nil, &columns[i], len(rows))
		out = binary.AppendUvarint(out, uint64(columns[i].metric))
		out = binary.AppendUvarint(out, uint64(len(bodies[i])))
	}
	for _, p := range part {
		out = binary.AppendUvarint(out, uint64(len(p)))
	}
	for _, p := range part {
		out = append(out, p...)
	}
	for _, b := range bodies {
		out = append(out, b...)
	}
	return out
}

// columnsOf turns the values of reports into columns, by first appearance, and
// returns the section of reports whose values have another order.
func columnsOf(rows []trials.ReportRow) ([]column, []byte) {
	var columns []column
	byMetric := map[uint32][]int{} // its columns
	used := map[uint32]int{}       // how often a report has had it so far
	var order, places []byte
	odd := uint64(0)
	for i := range rows {
		clear(used)
		places = places[:0]
		last, ordered := -1, true
		for _, v := range rows[i].Values {
			k := used[v.Metric]
			used[v.Metric]++
			if k == len(byMetric[v.Metric]) {
				byMetric[v.Metric] = append(byMetric[v.Metric], len(columns))
				columns = append(columns, column{metric: v.Metric})
			}
			c := byMetric[v.Metric][k]
			columns[c].at = append(columns[c].at, i)
			columns[c].values = append(columns[c].values, v.Value)
			places = binary.AppendUvarint(places, uint64(c))
			ordered, last = ordered && c > last, c
		}
		if !ordered {
			odd++
			order = binary.AppendUvarint(order, uint64(i))
			order = binary.AppendUvarint(order, uint64(len(rows[i].Values)))
			order = append(order, places...)
		}
	}
	return columns, append(binary.AppendUvarint(nil, odd), order...)
}

func elapsedOf(rows []trials.ReportRow) *column {
	var c column
	for i := range rows {
		if !math.IsNaN(rows[i].Elapsed) {
			c.at, c.values = append(c.at, i), append(c.values, rows[i].Elapsed)
		}
	}
	return &c
}

func appendIntegers(b []byte, rows []trials.ReportRow, get func(*trials.ReportRow) int64) []byte {
	first, delta := get(&rows[0]), int64(0)
	if len(rows) > 1 {
		delta = get(&rows[1]) - first
	}
	steady := true
	for i := 1; i < len(rows) && steady; i++ {
		steady = get(&rows[i])-get(&rows[i-1]) == delta
	}
	if steady {
		return binary.AppendVarint(binary.AppendVarint(append(b, 0), first), delta)
	}
	b = append(b, 1)
	last := int64(0)
	for i := range rows {
		v := get(&rows[i])
		b = binary.AppendVarint(b, v-last)
		last = v
	}
	return b
}

func appendFloats(b []byte, c *column, n int) []byte {
	switch len(c.at) {
	case 0:
		return append(b, floatsNone)
	case n:
		b = append(b, floatsAll)
	default:
		b = append(b, floatsSome)
		bitmap := len(b)
		b = append(b, make([]byte, (n+7)/8)...)
		for _, i := range c.at {
			b[bitmap+i/8] |= 1 << (i % 8)
		}
	}
	for _, v := range c.values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}
