package metrics

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAMetricsFileIsFollowed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "metrics.jsonl")
	g := grow(Config{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { g.done <- g.Follow(ctx, name, time.Millisecond) }()

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
	go func() { g.done <- g.Follow(ctx, name, time.Millisecond) }()
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
	if err := c.Follow(ctx, filepath.Join(t.TempDir(), "none"), time.Hour); err != nil || len(p.got) > 0 {
		t.Errorf("got %v and %s", err, p)
	}
	if err := c.FollowEvents(ctx, filepath.Join(t.TempDir(), "none"), time.Hour); err != nil || len(p.got) > 0 {
		t.Errorf("events: got %v and %s", err, p)
	}
}

func TestAFolderIsNoMetricsFile(t *testing.T) {
	c, _ := collect(Config{})
	dir := t.TempDir()
	err := c.Follow(context.Background(), dir, time.Hour)
	if err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("got %v", err)
	}
}
