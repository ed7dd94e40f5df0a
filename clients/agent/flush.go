package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	espalier "github.com/espalier-hpo/espalier/clients/go"
)

// Flushed is what became of the spools in a folder.
type Flushed struct {
	Sent  int // spools of this server that were sent, and removed
	Lost  int // of which came too late: the trial's lease had expired
	Left  int // that could not be sent, or whose study is not there any more
	Busy  int // that an agent is still at work on
	Other int // of other servers
}

// Flush sends what earlier agents left in a folder of spools for a server. It
// notes what the server refused; the error is why the first that is left could
// not be sent.
func Flush(ctx context.Context, c *espalier.Client, server, dir string, now func() time.Time, note func(string)) (Flushed, error) {
	var out Flushed
	var first error
	found, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		return out, err
	}
	for _, path := range found {
		if inUse(path) {
			out.Busy++
			continue
		}
		if info, err := os.Stat(path); err == nil && info.Size() == 0 {
			_ = os.Remove(path) // an agent died before it wrote a word
			continue
		}
		head, err := eachRecord(path, func(*record) error { return errStop })
		if err != nil && !errors.Is(err, errStop) {
			note(err.Error())
			out.Left++
			continue
		}
		if strings.TrimRight(head.Server, "/") != strings.TrimRight(server, "/") {
			out.Other++
			continue
		}
		courier := newCourier(c, head, dir, now, func(news) {}, note)
		if err := sendSpool(ctx, courier, path); err != nil {
			out.Left++
			if first == nil {
				first = fmt.Errorf("trial %d of %s, in %s: %w", head.Trial, head.Study, path, err)
			}
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return out, err
		}
		out.Sent++
		if courier.lost {
			out.Lost++
		}
	}
	return out, first
}

// errStop ends a reading early.
var errStop = errors.New("stop")

// sendLeft sends what earlier agents left, in the background.
func (a *Agent) sendLeft(ctx context.Context) {
	f, err := Flush(ctx, a.Client, a.Server, a.Spool, a.Now, a.note)
	if f.Sent > 0 {
		a.note(fmt.Sprintf("sent what %d trials of before had left in %s", f.Sent, a.Spool))
	}
	if err != nil && ctx.Err() == nil {
		a.note(err.Error())
	}
}
