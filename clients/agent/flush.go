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
	Left  int // that could not be sent
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
		courier := newCourier(c, head, dir, now, lostNote(head, note), note)
		if err := sendSpool(ctx, courier, path); err != nil {
			out.Left++
			if first == nil {
				first = fmt.Errorf("trial %d of %s: %w", head.Trial, head.Study, err)
			}
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return out, err
		}
		out.Sent++
	}
	return out, first
}

// errStop ends a reading early.
var errStop = errors.New("stop")

// lostNote notes, once, that what a trial reported came too late.
func lostNote(head spoolHead, note func(string)) func(news) {
	said := false
	return func(n news) {
		if n.lost != "" && !said {
			said = true
			note(fmt.Sprintf("trial %d of %s: %s; what it reported since is lost", head.Trial, head.Study, n.lost))
		}
	}
}

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
