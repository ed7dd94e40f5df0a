package metrics

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// readEvents returns what is in the event files of a folder now.
func readEvents(t *testing.T, c Config, dir string) *points {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	collector, p := collect(c)
	if err := collector.newEventFiles(dir).Follow(ctx, time.Hour); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRealEventFilesAreRead(t *testing.T) {
	for _, c := range []struct {
		dir      string
		prefixes map[string]string // by run
	}{
		{"torch", map[string]string{".": "", "both_a": "both_a/", "both_b": "both_b/"}},
		{"tensorboardX", map[string]string{".": ""}},
		{"tensorflow", map[string]string{"train": "train/", "validation": "validation/"}},
	} {
		t.Run(c.dir, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", "events", c.dir+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var truth map[string]map[string][][2]any
			if err := json.Unmarshal(text, &truth); err != nil {
				t.Fatal(err)
			}
			p := readEvents(t, Config{}, filepath.Join("testdata", "events", c.dir))
			count := 0
			for run, tags := range truth {
				for tag, want := range tags {
					name := c.prefixes[run] + tag
					steps, values := p.curve(name)
					count += len(values)
					if len(values) != len(want) {
						t.Errorf("%s: got %v, want %v", name, values, want)
						continue
					}
					for i := range want {
						v := number64(t, want[i][1])
						if float64(steps[i]) != want[i][0] || !near(values[i], v) {
							t.Errorf("%s: got %v at %d, want %v", name, values[i], steps[i], want[i])
						}
					}
				}
			}
			if count != len(p.got) {
				t.Errorf("got %d points, want %d: %s", len(p.got), count, p)
			}
			if len(p.warns) > 0 {
				t.Errorf("warned: %q", p.warns)
			}
		})
	}
}

// number64 returns a value of a JSON document that may be the text of NaN.
func number64(t *testing.T, v any) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// near says that a value is another one, or what a float of 32 bits makes of it.
func near(got, want float64) bool {
	return got == want || got == float64(float32(want)) || math.IsNaN(got) && math.IsNaN(want)
}

func TestTheOnlyRunGivesNoPrefix(t *testing.T) {
	p := readEvents(t, Config{Declared: []string{"val_loss"}}, filepath.Join("testdata", "events", "lightning"))
	_, got := p.curve("val_loss")
	want := truth(t, "lightning.json", "val_loss")
	if !slices.EqualFunc(got, want, near) {
		t.Errorf("got %v, want %v", got, want)
	}
	p = readEvents(t, Config{Declared: []string{"eval_loss"}}, filepath.Join("testdata", "events", "trainer"))
	_, got = p.curve("eval_loss") // its tag is eval/loss
	if want := history(t, "trainer-epoch.json", "eval_loss"); !slices.EqualFunc(got, want, near) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// field appends a field with bytes to a message.
func field(b []byte, n protowire.Number, data []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), data)
}

// varint appends a field with a number to a message.
func varint(b []byte, n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}

// tensorOf makes a TensorProto of a scalar as its bytes.
func tensorOf(kind uint64, content []byte) []byte {
	return field(field(varint(nil, 1, kind), 2, nil), 4, content)
}

// event makes the record of an event with one value.
func event(step uint64, tag string, rest []byte) []byte {
	value := append(field(nil, 1, []byte(tag)), rest...)
	return recordOf(field(varint(nil, 2, step), 5, field(nil, 1, value)))
}

// simple makes the record of an event with a simple value.
func simple(step uint64, tag string, v float32) []byte {
	return event(step, tag, protowire.AppendFixed32(protowire.AppendTag(nil, 2, protowire.Fixed32Type), math.Float32bits(v)))
}

// recordOf frames the bytes of an event.
func recordOf(data []byte) []byte {
	mask := func(b []byte) []byte {
		crc := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
		return binary.LittleEndian.AppendUint32(nil, (crc>>15|crc<<17)+0xa282ead8)
	}
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	return slices.Concat(length, mask(length), data, mask(data))
}

func TestEveryKindOfScalarTensorIsRead(t *testing.T) {
	le := binary.LittleEndian
	one := func(kind uint64, n protowire.Number, packed []byte) []byte {
		return field(nil, 8, field(field(varint(nil, 1, kind), 2, nil), n, packed))
	}
	content := func(kind uint64, b []byte) []byte { return field(nil, 8, tensorOf(kind, b)) }
	file := slices.Concat(
		event(1, "float", content(1, le.AppendUint32(nil, math.Float32bits(0.5)))),
		event(1, "float_val", one(1, 5, le.AppendUint32(nil, math.Float32bits(1.5)))),
		event(1, "double", content(2, le.AppendUint64(nil, math.Float64bits(0.1)))),
		event(1, "double_val", one(2, 6, le.AppendUint64(nil, math.Float64bits(0.2)))),
		event(1, "half", content(19, le.AppendUint16(nil, 0x3c01))),
		event(1, "half_val", one(19, 13, protowire.AppendVarint(nil, 0xc000))),
		event(1, "tiny", content(19, le.AppendUint16(nil, 1))),
		event(1, "inf", content(19, le.AppendUint16(nil, 0xfc00))),
		event(1, "nan", content(19, le.AppendUint16(nil, 0x7c01))),
		event(1, "bfloat", content(14, le.AppendUint16(nil, 0x3fc0))),
		event(1, "zero", field(nil, 8, varint(nil, 1, 1))),
		event(1, "text", content(7, []byte("word"))),
		event(1, "vector", field(nil, 8, field(tensorOf(1, make([]byte, 8)), 2, field(nil, 2, varint(nil, 1, 2))))),
		event(1, "hparams", append(content(1, make([]byte, 4)), field(nil, 9, field(nil, 1, field(nil, 1, []byte("hparams"))))...)),
	)
	p := readEvents(t, Config{}, folder(t, map[string][]byte{"events.out.tfevents.1": file}))
	want := "1:float=0.5 1:float_val=1.5 1:double=0.1 1:double_val=0.2 1:half=1.0009765625 1:half_val=-2 " +
		"1:tiny=5.960464477539063e-08 1:inf=-Inf 1:nan=NaN 1:bfloat=1.5 1:zero=0"
	if p.String() != want {
		t.Errorf("got  %s\nwant %s", p, want)
	}
}

// folder makes a folder of files.
func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestALargeRecordIsPassedOver(t *testing.T) {
	file := slices.Concat(simple(1, "a", 1), recordOf(make([]byte, 3*maxRecord)), simple(2, "a", 2))
	p := readEvents(t, Config{}, folder(t, map[string][]byte{"events.out.tfevents.1": file}))
	if want := "1:a=1 2:a=2"; p.String() != want {
		t.Errorf("got %s, want %s", p, want)
	}
}

func TestADamagedEventFileIsReadUpToTheDamage(t *testing.T) {
	whole := slices.Concat(simple(1, "a", 1), simple(2, "a", 2), simple(3, "a", 3))
	size := len(whole) / 3
	for at := size; at < 2*size; at++ { // every byte of the second record
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0x40
		p := readEvents(t, Config{}, folder(t, map[string][]byte{"events.out.tfevents.1": damaged}))
		if want := "1:a=1"; p.String() != want {
			t.Fatalf("byte %d: got %s, want %s", at, p, want)
		}
		if len(p.warns) != 1 || !strings.Contains(p.warns[0], "not read beyond byte") {
			t.Fatalf("byte %d: warned %q", at, p.warns)
		}
	}
}

// growing is a Collector whose points a test can wait for.
type growing struct {
	*Collector
	mu   sync.Mutex
	p    points
	done chan error
}

func grow(c Config) *growing {
	g := &growing{done: make(chan error, 1)}
	c.Warn = func(s string) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.p.warns = append(g.p.warns, s)
	}
	g.Collector = NewCollector(c, func(point Point) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.p.got = append(g.p.got, point)
	})
	return g
}

// wait blocks until the points are those wanted.
func (g *growing) wait(t *testing.T, want string) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(10 * time.Second)
	for {
		g.mu.Lock()
		got := g.p.String()
		g.mu.Unlock()
		if got == want {
			return
		}
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}

// appendFile adds to a file, which it makes if need be.
func appendFile(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestEventFilesAreFollowed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	g := grow(Config{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	e := g.EventFiles(dir)
	go func() { g.done <- e.Follow(ctx, time.Millisecond) }()

	train := filepath.Join(dir, "2026-01-02", "train", "events.out.tfevents.1")
	appendFile(t, train, simple(1, "loss", 1))
	g.wait(t, "1:train/loss=1")
	second := simple(2, "loss", 2)
	for i := range second { // it arrives byte by byte
		appendFile(t, train, second[i:i+1])
	}
	g.wait(t, "1:train/loss=1 2:train/loss=2")
	appendFile(t, filepath.Join(dir, "2026-01-02", "validation", "events.out.tfevents.2.v2"), simple(2, "loss", 3))
	g.wait(t, "1:train/loss=1 2:train/loss=2 2:validation/loss=3")
	appendFile(t, filepath.Join(dir, "2026-01-02", "train", "events.out.tfevents.3"), simple(3, "loss", 4))
	g.wait(t, "1:train/loss=1 2:train/loss=2 2:validation/loss=3 3:train/loss=4")

	third := simple(4, "loss", 5)
	appendFile(t, train, third[:20])
	cancel()
	if err := <-g.done; err != nil {
		t.Error(err)
	}
	g.wait(t, "1:train/loss=1 2:train/loss=2 2:validation/loss=3 3:train/loss=4")
}

func TestEventFilesThatWereThereBeforeAreNotRead(t *testing.T) {
	metadata := field(nil, 9, field(nil, 1, field(nil, 1, []byte("hparams"))))
	old := slices.Concat(simple(1, "loss", 1), event(1, "of_a_plugin", append(field(nil, 8, varint(nil, 1, 1)), metadata...)))
	begun := simple(2, "loss", 2)
	dir := folder(t, map[string][]byte{
		"a/events.out.tfevents.1": old,
		"b/events.out.tfevents.2": slices.Concat(old, begun[:20]),
		"c/events.out.tfevents.3": slices.Concat(old, old),
	})
	g := grow(Config{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	e := g.EventFiles(dir)
	go func() { g.done <- e.Follow(ctx, time.Millisecond) }()

	// The one that is new is of the run that is found first, though not the first.
	appendFile(t, filepath.Join(dir, "d", "events.out.tfevents.4"), simple(1, "loss", 4))
	g.wait(t, "1:loss=4")
	// One that was there grows, from the middle of a record.
	appendFile(t, filepath.Join(dir, "b", "events.out.tfevents.2"), begun[20:])
	g.wait(t, "1:loss=4 2:b/loss=2")
	appendFile(t, filepath.Join(dir, "b", "events.out.tfevents.2"), slices.Concat(
		event(3, "of_a_plugin", field(nil, 8, varint(nil, 1, 1))), simple(3, "loss", 3)))
	g.wait(t, "1:loss=4 2:b/loss=2 3:b/loss=3")
	// One is cut short.
	if err := os.WriteFile(filepath.Join(dir, "c", "events.out.tfevents.3"), simple(4, "loss", 5), 0o644); err != nil {
		t.Fatal(err)
	}
	g.wait(t, "1:loss=4 2:b/loss=2 3:b/loss=3 4:c/loss=5")
	cancel()
	if err := <-g.done; err != nil || len(g.p.warns) > 0 {
		t.Errorf("got %v, warned: %q", err, g.p.warns)
	}
}
