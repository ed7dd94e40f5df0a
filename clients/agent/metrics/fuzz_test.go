package metrics

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// samples are the lines that fuzzing and the benchmarks begin with.
func samples(t testing.TB) (out [][]byte) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, bytes.SplitAfter(text, []byte{'\n'})...)
	}
	return out
}

var fuzzed = Config{Declared: []string{"loss", "val_loss", "eval-rmse", "valid_0's l2", "avg.loss", "Cross Validation Accuracy", "a_"}}

// FuzzText checks that no output panics, that where it is cut does not matter,
// and that the quick look at a line passes all that is read from it.
func FuzzText(f *testing.F) {
	for _, line := range samples(f) {
		f.Add(line, 7)
	}
	f.Add([]byte("::metric step=1 a=nan\n::result a=-inf\n{\"step\": 1, \"a\": {\"b\": [NaN], \"c\": \"1\"}}\nloss: 1 (step 3)"), 1)
	f.Add([]byte("\x1b[1mloss\x1b]0;x\x07=1\b2\r\n\rEPOCH 3/4\r\xff a_: 1 a: 2 loss = tensor(0.5)"), 3)
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		for _, step := range []string{"", "Round"} {
			c := fuzzed
			c.Step = step
			whole, p := collect(c)
			write(t, whole.Text(), string(text))
			parts, q := collect(c)
			lines := parts.Text()
			for part := range slices.Chunk(text, 1+(cut&0xff)) {
				fmt.Fprintf(lines, "%s", part)
			}
			if cap(lines.line) > 2*maxLine {
				t.Errorf("%d bytes are held", cap(lines.line))
			}
			write(t, lines, "")
			if p.String() != q.String() {
				t.Errorf("at once %s, in parts %s", p, q)
			}
			for _, point := range p.got {
				for _, v := range point.Values {
					if !valid(v.Name) {
						t.Errorf("%q is no name", v.Name)
					}
				}
				if (point.Step < 0) != point.Final || point.Step > maxStep {
					t.Errorf("step %d, final %v", point.Step, point.Final)
				}
			}
			whole.curious.Store(false)
			all, from := whole.sieve(text), 0
			for line := range bytes.SplitSeq(text, []byte{'\n'}) {
				among := all.passes(from, from+len(line)) || dirty(line)
				from += len(line) + 1
				line = clean(nil, line)
				sieve := whole.sieve(line)
				passed := sieve.passes(0, len(line))
				var r record
				whole.readText(trim(line), &r)
				if read := len(r.values) > 0 || len(r.steps) > 0; read && !(passed && among) {
					t.Errorf("%q is passed over, but holds %v and steps %v", line, r.values, r.steps)
				}
			}
		}
	})
}

// FuzzJSONLines checks that no record panics, and that none that package
// encoding/json reads is malformed.
func FuzzJSONLines(f *testing.F) {
	f.Add([]byte(`{"step":3,"val_loss":0.25,"a":{"b":Infinity},"c":[1,{"d":2}],"e":"NaN","\u00e9":-0e5,"n":null}`))
	f.Add([]byte(`{"a":{"a":{"a":[[[{}]]]}}} `))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, p := collect(Config{})
		write(t, c.JSONLines(), string(text))
		var object map[string]any
		deep := bytes.Count(text, []byte{'['})+bytes.Count(text, []byte{'{'}) > maxDepth
		if bytes.ContainsAny(text, "\r\n\b\x1b") || len(text) > maxLine || deep || json.Unmarshal(text, &object) != nil || object == nil {
			return
		}
		for _, w := range p.warns {
			if strings.Contains(w, "skipped") {
				t.Errorf("%q: %s", text, w)
			}
		}
	})
}

// FuzzEvents checks that no event file panics, and that where it is cut does not
// matter.
func FuzzEvents(f *testing.F) {
	for _, pattern := range []string{"*/events*", "*/*/events*"} {
		names, err := filepath.Glob(filepath.Join("testdata", "events", pattern))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			file, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(file, len(file)/2)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte, cut int) {
		var got, want int
		take := func(n *int) func(string, int64, float64) {
			return func(string, int64, float64) { *n++ }
		}
		whole := &eventFile{foreign: map[string]bool{}}
		wantErr := whole.read(bytes.NewReader(file), take(&want))
		parts := &eventFile{foreign: map[string]bool{}}
		err := parts.read(bytes.NewReader(file[:max(0, min(cut, len(file)))]), take(&got))
		if err == nil {
			err = parts.read(bytes.NewReader(file), take(&got))
		}
		if got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("got %d and %v, want %d and %v", got, err, want, wantErr)
		}
		// The bytes of an event, whose checksum the fuzzer would not guess.
		whole.event(file, take(&got)) //nolint:errcheck // that it does not panic is enough
		tensor(file)                  //nolint:errcheck // the same
	})
}

// plain are lines of ~100 bytes that hold no metric.
var plain = []string{
	"2026-01-02 12:30:45,123 INFO worker 3: loaded shard 17 of 240 from /data/train/part-00017.tfrecord (32.1 MB)",
	"Downloading and preparing the data set, this may take some minutes; see the documentation for a mirror near",
	"[rank3] /opt/venv/lib/python3.11/site-packages/torch/utils/data.py:123: UserWarning: this call is deprecated",
	"DEBUG:root:opened http://gpu01:8080/status after 3 attempts, lr schedule is cosine, warm-up is 500, seed is 1",
}

func benchmark(b *testing.B, c Config, lines []string) {
	b.Helper()
	collector := NewCollector(c, func(Point) {})
	text := collector.Text()
	fmt.Fprintln(text, "::metric val_loss=1") // from here on, nothing is noted for Seen
	var chunk []byte
	count := 0
	for ; len(chunk) < 32<<10; count++ {
		chunk = append(append(chunk, lines[count%len(lines)]...), '\n')
	}
	b.SetBytes(int64(len(chunk)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := text.Write(chunk); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*count), "ns/line")
}

func BenchmarkPlainLines(b *testing.B) { benchmark(b, Config{Declared: []string{"val_loss"}}, plain) }

func BenchmarkPlainLinesBeforeAMetricIsMet(b *testing.B) {
	benchmark(b, Config{Declared: []string{"val_loss", "never"}}, plain)
}

func BenchmarkLinesWithoutSeparators(b *testing.B) {
	benchmark(b, Config{Declared: []string{"val_loss"}}, []string{string(bytes.Repeat([]byte("x"), 100))})
}

func BenchmarkRegularExpression(b *testing.B) {
	benchmark(b, Config{Declared: []string{"val_loss"}, Regex: regexp.MustCompile(`loss is (?P<val_loss>\S+)`)}, plain)
}

func BenchmarkMetricLines(b *testing.B) {
	for _, line := range []string{
		"::metric step=3 val_loss=0.25",
		`{"step": 3, "val_loss": 0.25, "val": {"acc": 0.5}}`,
		"15/15 - 0s - 765us/step - accuracy: 0.5042 - loss: 0.7925 - val_accuracy: 0.4812 - val_loss: 0.7547",
		"{'eval_loss': 0.69, 'val_loss': 0.5, 'grad_norm': 0.05440136790275574, 'learning_rate': 0.0, 'epoch': 3.0}",
		"[10]\ttrain-rmse:0.06170\ttrain-mae:0.03861\teval-rmse:0.12921\tval-loss:0.10362",
	} {
		b.Run(line[:8], func(b *testing.B) { benchmark(b, Config{Declared: []string{"val_loss"}}, []string{line}) })
	}
}

func BenchmarkEvents(b *testing.B) {
	dir := b.TempDir()
	var file []byte
	for i := range 1000 {
		file = append(file, simple(uint64(i), "loss", 1)...)
	}
	if err := os.WriteFile(filepath.Join(dir, "events.out.tfevents.1"), file, 0o644); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for b.Loop() {
		c := NewCollector(Config{}, func(Point) {})
		if err := c.newEventFiles(dir).Follow(ctx, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}
