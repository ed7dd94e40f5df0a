package storage

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/espalier-hpo/espalier/trials"
)

// curve is a sealed trial whose header is read.
type curve struct {
	n       int
	tick    int64 // of its times, in microseconds
	metrics []uint32
	columns [][]byte // by column, its section
	part    [sections][]byte
}

// parse reads the header of a sealed trial. It makes nothing anew when c is
// used again. The parts refer to body.
func (c *curve) parse(body []byte) error {
	in := input{b: body}
	switch in.byte() {
	case curveMillis:
		c.tick = 1000
	case curveMicros:
		c.tick = 1
	default:
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

// time is an entry of the section of times.
func (c *curve) time(at int64) time.Time { return fromMicro(at * c.tick) }

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
			Trial: number, Seq: ints[seqSection][i], Step: ints[stepSection][i], At: c.time(ints[atSection][i]),
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

// pointInts are the sections of integers that points needs: seq, step and at.
type pointInts [atSection + 1][]int64

// points yields step, at, elapsed and values of the metrics wanted, of the
// reports that have one of those metrics. The row is used again, its values are
// not.
func (c *curve) points(number int64, wanted func(uint32) bool, ints *pointInts, each func(*trials.ReportRow) error) error {
	columns, metrics, err := c.open(wanted)
	if err != nil || len(columns) == 0 {
		return err
	}
	for s := range ints {
		if ints[s], err = c.integers(ints[s][:0], s); err != nil {
			return err
		}
	}
	elapsed, err := c.floats(c.part[elapsedSection])
	if err != nil {
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
		took, timed := elapsed.next(i)
		if len(values) == from {
			continue
		}
		if !timed {
			took = math.NaN()
		}
		row.Seq, row.Step, row.At = ints[seqSection][i], ints[stepSection][i], c.time(ints[atSection][i])
		row.Elapsed, row.Values = took, values[from:len(values):len(values)]
		if err := each(&row); err != nil {
			return err
		}
	}
	return nil
}

// pointRow is a report of which only seq, step, at, elapsed and values are to be
// filled in.
func pointRow(number int64) trials.ReportRow {
	return trials.ReportRow{Trial: number, Client: trials.Absent, Elapsed: math.NaN()}
}
