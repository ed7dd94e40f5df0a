package metrics

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAMetricsFileIsFollowed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "metrics.jsonl")
	g := grow(Config{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	m := g.MetricsFile(name)
	go func() { g.done <- m.Follow(ctx, time.Millisecond) }()

	appendFile(t, name, []byte("{\"step\": 1, \"loss\": 0.5}\n{\"step\": 2, "))
	g.wait(t, "1:loss=0.5")
	appendFile(t, name, []byte("\"loss\": NaN}\n"))
	g.wait(t, "1:loss=0.5 2:loss=NaN")

	// Another file takes its name, with what was there and more.
	other := name + ".new"
	appendFile(t, other, []byte("{\"step\": 1, \"loss\": 0.5}\n{\"step\": 2, \"loss\": 9}\n{\"step\": 3, \"loss\": 0.3}\n"))
	if err := os.Rename(other, name); err != nil {
		t.Fatal(err)
	}
	g.wait(t, "1:loss=0.5 2:loss=NaN 3:loss=0.3")

	// It is cut short and written again.
	if err := os.WriteFile(name, []byte("{\"step\": 4, \"loss\": 1}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	g.wait(t, "1:loss=0.5 2:loss=NaN 3:loss=0.3 4:loss=1")

	// The last line has no end, and is read when there will be no more.
	appendFile(t, name, []byte("::result loss=0.25"))
	cancel()
	if err := <-g.done; err != nil {
		t.Error(err)
	}
	g.wait(t, "1:loss=0.5 2:loss=NaN 3:loss=0.3 4:loss=1 final:loss=0.25")
	if len(g.p.warns) > 0 {
		t.Errorf("warned: %q", g.p.warns)
	}
}

func TestAMetricsFileWithoutStepsThatIsWrittenAgainIsCountedOnce(t *testing.T) {
	name := filepath.Join(t.TempDir(), "metrics.jsonl")
	g := grow(Config{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	m := g.MetricsFile(name)
	go func() { g.done <- m.Follow(ctx, time.Millisecond) }()
	for n := range 3 {
		other := name + ".new"
		if err := os.WriteFile(other, []byte(strings.Repeat("{\"loss\": 1}\n", n+1)), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(other, name); err != nil {
			t.Fatal(err)
		}
		g.wait(t, strings.Join([]string{"1:loss=1", "2:loss=1", "3:loss=1"}[:n+1], " "))
	}
	cancel()
	if err := <-g.done; err != nil {
		t.Error(err)
	}
}

func TestAMetricsFileThatNeverComesIsNoError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c, p := collect(Config{})
	if err := c.newFile(filepath.Join(t.TempDir(), "none")).Follow(ctx, time.Hour); err != nil || len(p.got) > 0 {
		t.Errorf("got %v and %s", err, p)
	}
	if err := c.newEventFiles(filepath.Join(t.TempDir(), "none")).Follow(ctx, time.Hour); err != nil || len(p.got) > 0 {
		t.Errorf("events: got %v and %s", err, p)
	}
}

func TestAFolderIsNoMetricsFile(t *testing.T) {
	c, _ := collect(Config{})
	dir := t.TempDir()
	err := c.newFile(dir).Follow(context.Background(), time.Hour)
	if err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("got %v", err)
	}
}

func TestAMetricsFileThatWasThereBeforeIsNotRead(t *testing.T) {
	const old = "{\"step\": 1, \"loss\": 0.5}\n{\"step\": 2, \"loss\": 0.25}\n"
	write := func(content string) func(*testing.T, string) {
		return func(t *testing.T, name string) {
			t.Helper()
			if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func(t *testing.T, name string)
		want   string
	}{
		{"left alone", func(*testing.T, string) {}, ""},
		{"appended to", func(t *testing.T, name string) {
			t.Helper()
			appendFile(t, name, []byte("{\"step\": 1, \"loss\": 7}\n"))
		}, "1:loss=7"},
		{"cut short", write("{\"step\": 1, \"loss\": 7}\n"), "1:loss=7"},
		{"written again, as long", write(strings.ReplaceAll(old, "0.", "7.")), "1:loss=7.5 2:loss=7.25"},
		{"written again, longer", write(strings.ReplaceAll(old, "0.", "7.") + "{\"step\": 3, \"loss\": 7}\n"), "1:loss=7.5 2:loss=7.25 3:loss=7"},
		{"replaced", func(t *testing.T, name string) {
			t.Helper()
			write(old)(t, name+".new")
			if err := os.Rename(name+".new", name); err != nil {
				t.Fatal(err)
			}
		}, "1:loss=0.5 2:loss=0.25"},
		{"removed", func(t *testing.T, name string) {
			t.Helper()
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "metrics.jsonl")
			write(old)(t, name)
			collector, p := collect(Config{})
			m := collector.MetricsFile(name)
			c.change(t, name)
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if err := m.Follow(ctx, time.Hour); err != nil {
				t.Fatal(err)
			}
			if got := p.String(); got != c.want || len(p.warns) > 0 {
				t.Errorf("got %q, want %q; warned: %q", got, c.want, p.warns)
			}
		})
	}
}

func TestAMetricsFileThatWasThereBeforeIsFollowed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "metrics.jsonl")
	appendFile(t, name, []byte(strings.Repeat("{\"step\": 1, \"loss\": 0.5}\n", maxEarlier)))
	g := grow(Config{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	m := g.MetricsFile(name)
	go func() { g.done <- m.Follow(ctx, time.Millisecond) }()
	appendFile(t, name, []byte("{\"step\": 5, \"loss\": 1}\n"))
	g.wait(t, "5:loss=1")
	appendFile(t, name, []byte("{\"step\": 6, \"loss\": 2}\n"))
	g.wait(t, "5:loss=1 6:loss=2")
	if err := os.WriteFile(name, []byte("{\"step\": 7, \"loss\": 3}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	g.wait(t, "5:loss=1 6:loss=2 7:loss=3")
	cancel()
	if err := <-g.done; err != nil || len(g.p.warns) > 0 {
		t.Errorf("got %v, warned: %q", err, g.p.warns)
	}
}

func TestWhatIsNotThereIsLookedForMoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var at []time.Duration
		began := time.Now()
		err := poll(ctx, time.Second, func() (bool, error) {
			at = append(at, time.Since(began))
			if len(at) == 5 {
				cancel()
			}
			return len(at) == 3, nil // it is removed again
		})
		want := []time.Duration{0, 4 * time.Second, 8 * time.Second, 9 * time.Second, 10 * time.Second, 10 * time.Second}
		if err != nil || !slices.Equal(at, want) {
			t.Errorf("looked at %v, want %v; %v", at, want, err)
		}
	})
}
