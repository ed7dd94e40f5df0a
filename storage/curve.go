package storage

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// A sealed trial is one blob that holds its reports by columns and loses
// nothing of them:
//
//	version      byte
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
const curveVersion = 1

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
	ints(atSection, func(r *trials.ReportRow) int64 { return r.At.UnixMilli() })
	ints(decisionSection, func(r *trials.ReportRow) int64 { return int64(r.Decision) })
	ints(sourceSection, func(r *trials.ReportRow) int64 { return int64(r.Source) })
	ints(clientSection, func(r *trials.ReportRow) int64 { return r.Client })
	part[elapsedSection] = appendFloats(nil, elapsedOf(rows), len(rows))
	part[orderSection] = order

	out := []byte{curveVersion}
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

// curve is a sealed trial whose header is read.
type curve struct {
	n       int
	metrics []uint32
	columns [][]byte // by column, its section
	part    [sections][]byte
}

// parse reads the header of a sealed trial. It makes nothing anew when c is
// used again. The parts refer to body.
func (c *curve) parse(body []byte) error {
	in := input{b: body}
	if in.byte() != curveVersion {
		return errDamaged
	}
	n, columns := in.uvarint(), in.uvarint()
	if columns > uint64(len(in.b)) || n > math.MaxInt32 { // a column has a byte or more in the directory
		return errDamaged
	}
	c.n = int(n)
	c.metrics, c.columns = c.metrics[:0], c.columns[:0]
	lengths := make([]uint64, 0, 16)
	for range columns {
		c.metrics = append(c.metrics, uint32(in.uvarint()))
		lengths = append(lengths, in.uvarint())
	}
	var partLengths [sections]uint64
	for i := range partLengths {
		partLengths[i] = in.uvarint()
	}
	for i, length := range partLengths {
		c.part[i] = in.take(length)
	}
	for _, length := range lengths {
		c.columns = append(c.columns, in.take(length))
	}
	return in.err
}

// integers appends the values of a section to out.
func (c *curve) integers(out []int64, section int) ([]int64, error) {
	in := input{b: c.part[section]}
	if in.byte() == 0 {
		v, delta := in.varint(), in.varint()
		for range c.n {
			out = append(out, v)
			v += delta
		}
		return out, in.err
	}
	v := int64(0)
	for i := 0; i < c.n && in.err == nil; i++ {
		v += in.varint()
		out = append(out, v)
	}
	return out, in.err
}

// floats are the values of a section, not decoded.
type floats struct {
	bitmap []byte // nil: each report has a value, or none has
	values []byte
	all    bool
}

func (c *curve) floats(section []byte) (floats, error) {
	in := input{b: section}
	var f floats
	have := 0
	switch in.byte() {
	case floatsNone:
	case floatsAll:
		f.all, have = true, c.n
	case floatsSome:
		f.bitmap = in.take(uint64(c.n+7) / 8)
		for i := range f.bitmap {
			for b := f.bitmap[i]; b != 0; b &= b - 1 {
				have++
			}
		}
	default:
		return f, errDamaged
	}
	f.values = in.take(uint64(have) * 8)
	return f, in.err
}

// next returns the value of report i, if it has one. It must be called once for
// each i, in order.
func (f *floats) next(i int) (float64, bool) {
	if !f.all && (f.bitmap == nil || f.bitmap[i/8]&(1<<(i%8)) == 0) {
		return 0, false
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(f.values))
	f.values = f.values[8:]
	return v, true
}

// open returns a reader of each column that wanted has, all if it is nil.
func (c *curve) open(wanted func(uint32) bool) ([]floats, []uint32, error) {
	readers := make([]floats, 0, len(c.columns))
	metrics := make([]uint32, 0, len(c.columns))
	for i, m := range c.metrics {
		if wanted != nil && !wanted(m) {
			continue
		}
		f, err := c.floats(c.columns[i])
		if err != nil {
			return nil, nil, err
		}
		readers, metrics = append(readers, f), append(metrics, m)
	}
	return readers, metrics, nil
}

// rows yields the reports whole; number is the trial's. Seq must be above
// after. The row is used again, its values are not.
func (c *curve) rows(number, after int64, each func(*trials.ReportRow) error) error {
	var ints [elapsedSection][]int64
	for s := range ints {
		var err error
		if ints[s], err = c.integers(nil, s); err != nil {
			return err
		}
	}
	elapsed, err := c.floats(c.part[elapsedSection])
	if err != nil {
		return err
	}
	columns, metrics, err := c.open(nil)
	if err != nil {
		return err
	}
	order := newOrderReader(c.part[orderSection])
	var row trials.ReportRow
	buf := make([]trials.MetricValue, len(columns))
	have := make([]bool, len(columns))
	for i := range c.n {
		row = trials.ReportRow{
			Trial: number, Seq: ints[seqSection][i], Step: ints[stepSection][i], At: time.UnixMilli(ints[atSection][i]).UTC(),
			Decision: uint32(ints[decisionSection][i]), Source: uint32(ints[sourceSection][i]),
			Client: ints[clientSection][i], Elapsed: math.NaN(),
		}
		if v, ok := elapsed.next(i); ok {
			row.Elapsed = v
		}
		for k := range columns {
			v, ok := columns[k].next(i)
			buf[k], have[k] = trials.MetricValue{Metric: metrics[k], Value: v}, ok
		}
		if row.Values, err = order.arrange(i, buf, have); err != nil {
			return err
		}
		if row.Seq <= after {
			continue
		}
		if err := each(&row); err != nil {
			return err
		}
	}
	return nil
}

// orderReader puts the values of reports into their order.
type orderReader struct {
	in   input
	left uint64
	next uint64 // the report that comes next in the list
}

func newOrderReader(section []byte) *orderReader {
	o := &orderReader{in: input{b: section}}
	o.left = o.in.uvarint()
	o.advance()
	return o
}

func (o *orderReader) advance() {
	o.next = math.MaxUint64
	if o.left > 0 {
		o.left--
		o.next = o.in.uvarint()
	}
}

// arrange returns the values that report i has.
func (o *orderReader) arrange(i int, buf []trials.MetricValue, have []bool) ([]trials.MetricValue, error) {
	var out []trials.MetricValue
	if uint64(i) != o.next {
		n := 0
		for _, ok := range have {
			if ok {
				n++
			}
		}
		if n > 0 {
			out = make([]trials.MetricValue, 0, n)
		}
		for k, ok := range have {
			if ok {
				out = append(out, buf[k])
			}
		}
		return out, o.in.err
	}
	for range o.in.uvarint() {
		k := o.in.uvarint()
		if k >= uint64(len(buf)) || o.in.err != nil {
			return nil, errDamaged
		}
		out = append(out, buf[k])
	}
	o.advance()
	return out, o.in.err
}

// points yields step and values of the metrics wanted, of the reports that have
// a step and one of those metrics. The row is used again, its values are not.
func (c *curve) points(number int64, wanted func(uint32) bool, ints *[2][]int64, each func(*trials.ReportRow) error) error {
	columns, metrics, err := c.open(wanted)
	if err != nil || len(columns) == 0 {
		return err
	}
	if ints[0], err = c.integers(ints[0][:0], seqSection); err != nil {
		return err
	}
	if ints[1], err = c.integers(ints[1][:0], stepSection); err != nil {
		return err
	}
	values := make([]trials.MetricValue, 0, c.n*len(columns)) // of all reports: one allocation
	row := pointRow(number)
	for i := range c.n {
		from := len(values)
		for k := range columns {
			if v, ok := columns[k].next(i); ok {
				values = append(values, trials.MetricValue{Metric: metrics[k], Value: v})
			}
		}
		row.Seq, row.Step, row.Values = ints[0][i], ints[1][i], values[from:len(values):len(values)]
		if row.Step == trials.Absent || len(row.Values) == 0 {
			continue
		}
		if err := each(&row); err != nil {
			return err
		}
	}
	return nil
}

// pointRow is a report of which only seq, step and values are to be filled in.
func pointRow(number int64) trials.ReportRow {
	return trials.ReportRow{Trial: number, Client: trials.Absent, Elapsed: math.NaN()}
}
