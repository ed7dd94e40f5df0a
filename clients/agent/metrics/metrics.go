// Package metrics reads metrics out of what a training script prints and
// writes: lines for a machine, JSON lines, TensorBoard event files, and the free
// text of the usual libraries. It knows nothing of trials, servers or processes;
// it turns bytes into [Point]s.
//
// What a line of stdout or stderr says is read by the first of these forms that
// fits:
//
//   - `::metric step=3 val_loss=0.25`, and `::result val_loss=0.21` for the final
//     values;
//   - a JSON object, {"epoch": 3, "val": {"loss": 0.25}}, whose members are
//     flattened with "/"; after Syne Tune's `[tune-metric]:`, too;
//   - guild's `val_loss: 0.25 (step 3)`, and nothing else on the line;
//   - `name=value` and `name: value` anywhere, for declared names only, and the
//     named groups of a regular expression.
//
// A declared name is found whatever the case of its letters, and with a space,
// "_", "-", "/", "." or "'s " for one another: val_loss finds "Val Loss: 0.25".
// It is read only as a whole: loss finds neither "val_loss=1" nor "val loss: 1".
// The number must end where it ends: "12:30:45", "3/10" and "1.2.3" are none.
//
// A point belongs to the step its record names; else to the epoch, iteration or
// step on its line, or to the "[n]" that begins it; else to the one that a line
// before named or announced, such as "Epoch 3/10"; else steps are counted from 1,
// one more each time a name comes again. Where several are named, a record for a machine goes by its
// step, free text by its epoch. An epoch that has a fraction is no step, from
// there on: another name of the line is asked, or steps are counted.
//
// A progress bar, be it overwritten by \r or printed line by line within a step,
// yields the last values of each step, when the next step begins; without a step,
// its last values. Else the first value of a step is the one that counts.
//
// A metrics file and event files may have been there before the script was: what
// they hold then is not the script's, and is passed over.
//
// Names are those of the server, ^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]{0,127}$. In any
// other name each run of other characters becomes one "_", one is put before a
// first character that may not begin a name, and the rest is cut off. Names that
// begin with "system/" are read only from forms made for it: ::metric, ::result,
// descriptor 3 and the metrics file.
package metrics

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
)

// Point is one observation: the values that belong to one step.
type Point struct {
	Step   int64 // from 0 to 2^53-1; -1 where Final
	Values []Value
	Final  bool // the values of the objectives as a result, no point of a curve
}

// Value is the value of a metric. It may be NaN or infinite.
type Value struct {
	Name string
	V    float64
}

// Format says what is read of stdout and stderr. Descriptor 3, the metrics file
// and event files are read in any case.
type Format int

// The formats.
const (
	Auto   Format = iota // every form
	Strict               // only ::metric and ::result
	JSON                 // those and JSON objects
	None                 // nothing
)

// Config says what to read.
type Config struct {
	// Declared are the names that free text is searched for.
	Declared []string
	// Step is the name that carries the step. Empty, it is recognised: epoch,
	// iteration, iter, global_step, step, and [n] at the beginning of a line.
	Step string
	// Regex finds metrics on lines that no form for a machine fits: a named
	// group is a metric of that name, or of the declared name that differs only
	// in separators; the group "step" is the step. Every line is matched, so its
	// speed is that of Text. Nil is none.
	Regex  *regexp.Regexp
	Format Format
	// Warn is told, once each, by what rule steps are found, and of steps that
	// go back, of values that are left out, and of malformed records. It must
	// not call the Collector. Nil is silence.
	Warn func(string)
}

// Limits of what a source may make a Collector hold.
const (
	maxLine  = 64 << 10 // bytes of a line; the rest of it is skipped
	maxNames = 4096     // different metrics, as the server has it
	maxSeen  = 256      // names that Seen returns
	maxStep  = 1<<53 - 1
)

// Collector gathers the points of all sources of one trial. It is safe for
// several goroutines.
type Collector struct {
	config   Config
	emit     func(Point)
	declared []declaredName
	ends     [256]bool  // the bytes that may end a declared name in a text
	before   [256]uint8 // what a byte before a separator may be
	begins   [256]bool  // the letters with which the names in text begin
	text     []string   // what carries the step in free text, in order of precedence
	fields   []string   // and in a record for a machine

	// curious is true while a declared name has not been met: so long, what
	// looks like a metric is noted for Seen, which costs time.
	curious atomic.Bool

	mu      sync.Mutex // held while emit and Warn run
	warned  map[string]bool
	names   map[string]bool // of points, to bound their number
	missing map[string]bool // declared names not met
	seen    []string
	noted   map[string]bool // what is in seen
}

// NewCollector returns a Collector that calls emit for each point, in order and
// one at a time, while the bytes that hold it are written. Emit owns the point.
// It must not block for long, for the script's output waits meanwhile, and must
// not call the Collector.
func NewCollector(c Config, emit func(Point)) *Collector {
	out := &Collector{
		config: c, emit: emit,
		text:   []string{epoch, "iteration", "iter", "global_step", "step"},
		fields: []string{"step", "global_step", epoch, "iteration", "iter"},
		warned: map[string]bool{}, names: map[string]bool{},
		missing: map[string]bool{}, noted: map[string]bool{},
	}
	if c.Step != "" {
		out.text = []string{strings.ToLower(c.Step)}
		out.fields = []string{c.Step}
	}
	for _, name := range c.Declared {
		out.declare(name)
	}
	out.tabulate()
	out.curious.Store(true)
	return out
}

// Seen returns the names of all that looked like a metric, declared or not, in
// the order of their first appearance: at most 256, and none that first came
// after every declared one had.
func (c *Collector) Seen() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.seen...)
}

// note keeps a name for Seen. The caller holds the lock.
func (c *Collector) note(name string) {
	if name == "" || c.noted[name] || len(c.seen) == maxSeen {
		return
	}
	c.noted[name] = true
	if c.seen = append(c.seen, name); len(c.seen) == maxSeen {
		c.curious.Store(false)
	}
}

// warn says something, once for each key. The caller holds the lock.
func (c *Collector) warn(key, format string, args ...any) {
	if c.config.Warn == nil || c.warned[key] {
		return
	}
	c.warned[key] = true
	c.config.Warn(fmt.Sprintf(format, args...))
}

// admit counts a name among those of the trial. The caller holds the lock.
func (c *Collector) admit(name string) bool {
	if c.names[name] {
		return true
	}
	if len(c.names) == maxNames {
		c.warn("names", "more than %d different metrics: %q and other new ones are left out", maxNames, name)
		return false
	}
	c.names[name] = true
	c.note(name)
	delete(c.missing, name)
	if len(c.declared) > 0 && len(c.missing) == 0 {
		c.curious.Store(false)
	}
	return true
}
