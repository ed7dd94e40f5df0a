package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/espalier-hpo/espalier/clients/agent/metrics"
)

// metricsFD says that a script gets descriptor 3 for its metrics.
const metricsFD = runtime.GOOS != "windows"

// followEvery is how often files with metrics are looked at.
const followEvery = 250 * time.Millisecond

// inputs are the pipes and files that a script's output and metrics come from.
type inputs struct {
	child []*os.File // stdout, stderr, and descriptor 3 where there is one
	own   []*os.File // the other ends
	log   *os.File
	file  *metrics.File
	event *metrics.EventFiles // nil without TensorBoard
	pipes sync.WaitGroup      // those that are read
	files sync.WaitGroup      // those that are followed
	done  chan struct{}       // closed when the pipes have ended
	over  chan struct{}       // closed when all have
	leave context.CancelFunc
	once  sync.Once
}

// open makes the pipes of a script.
func (w *work) open() (*inputs, error) {
	in := &inputs{done: make(chan struct{}), over: make(chan struct{}), leave: func() {}, file: w.collector.MetricsFile(w.folder.metrics)}
	if w.folder.events != "" {
		in.event = w.collector.EventFiles(w.folder.events)
	}
	n := 2
	if metricsFD {
		n = 3
	}
	for range n {
		r, child, err := os.Pipe()
		if err != nil {
			in.close()
			return nil, err
		}
		widen(r)
		in.own, in.child = append(in.own, r), append(in.child, child)
	}
	if w.a.LogDir == "" {
		return in, nil
	}
	err := os.MkdirAll(w.a.LogDir, 0o755)
	if err == nil {
		in.log, err = os.Create(filepath.Join(w.a.LogDir, w.a.Study+"-"+strconv.FormatInt(w.asked.Number, 10)+".log"))
	}
	if err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

// started closes the script's ends, so that a pipe ends with the script.
func (in *inputs) started() {
	for _, f := range in.child {
		_ = f.Close()
	}
}

// close ends all inputs; over is closed once they have yielded what they had.
// It does not wait, for whoever reads our output may have stopped to read.
func (in *inputs) close() {
	in.once.Do(func() {
		in.leave()
		for _, f := range append(in.own, in.child...) {
			_ = f.Close() // the script's are closed by now
		}
		go func() {
			defer close(in.over)
			in.pipes.Wait()
			in.files.Wait()
			if in.log != nil {
				_ = in.log.Close()
			}
		}()
	})
}

// read passes the output on, unchanged and at once, and then looks for metrics
// in it.
func (in *inputs) read(ctx context.Context, w *work) {
	ctx, in.leave = context.WithCancel(ctx)
	text := [2]*metrics.Lines{w.collector.Text(), w.collector.Text()}
	shown := [2][]io.Writer{{w.a.lines}, {w.a.errors, w.tail}}
	if w.a.Parallel > 1 { // else lines of several trials would be cut into each other
		shown[0][0], shown[1][0] = &wholeLines{w: w.a.lines}, &wholeLines{w: w.a.errors}
	}
	for i := range shown {
		if in.log != nil {
			shown[i] = append(shown[i], in.log)
		}
		in.pipes.Go(func() { copyTo(in.own[i], text[i], shown[i]...) })
	}
	if metricsFD {
		in.pipes.Go(func() { copyTo(in.own[2], w.collector.JSONLines()) })
	}
	go func() { in.pipes.Wait(); close(in.done) }()
	in.files.Go(func() { w.a.followed(in.file.Follow(ctx, followEvery)) })
	if in.event != nil {
		in.files.Go(func() { w.a.followed(in.event.Follow(ctx, followEvery)) })
	}
}

// followed tells people of a file that cannot be read.
func (a *Agent) followed(err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		a.note(err.Error())
	}
}

// What is read of a pipe at once, and how much of it may wait for the parser.
const (
	chunkSize = 256 << 10
	chunks    = 4
)

// copyTo hands what a pipe yields to writers, and meanwhile to a parser. A
// writer that fails, a closed terminal say, keeps nobody from reading on.
func copyTo(pipe io.Reader, lines *metrics.Lines, writers ...io.Writer) {
	free, full := make(chan []byte, chunks), make(chan []byte, chunks)
	var parser sync.WaitGroup
	parser.Go(func() {
		for b := range full {
			_, _ = lines.Write(b) // it never fails
			free <- b[:cap(b)]
		}
		_ = lines.Close() // what is left of a last line counts
	})
	for made := 0; ; {
		var b []byte
		if len(free) == 0 && made < chunks { // most scripts need one
			made, b = made+1, make([]byte, chunkSize)
		} else {
			b = <-free
		}
		n, err := pipe.Read(b)
		for _, w := range writers {
			_, _ = w.Write(b[:n])
		}
		full <- b[:n]
		if err != nil {
			break
		}
	}
	close(full)
	parser.Wait()
}

// wholeLines passes on whole lines, and what is left when it is told that there
// will be no more.
type wholeLines struct {
	w    io.Writer
	rest []byte
}

// Write implements [io.Writer]; nothing is the end.
func (l *wholeLines) Write(p []byte) (int, error) {
	end := bytes.LastIndexByte(p, '\n') + 1
	if len(p) > 0 && end == 0 && len(l.rest)+len(p) < chunkSize {
		l.rest = append(l.rest, p...)
		return len(p), nil
	}
	if end == 0 {
		end = len(p) // the last, or a line beyond reason
	}
	whole := p[:end]
	if len(l.rest) > 0 {
		whole = append(l.rest, whole...)
	}
	_, err := l.w.Write(whole)
	l.rest = append(l.rest[:0], p[end:]...)
	return len(p), err
}

// drain takes in points until the pipes have ended, or for so long.
func (w *work) drain(ctx context.Context, done <-chan struct{}, atMost time.Duration) {
	limit := time.NewTimer(atMost)
	defer limit.Stop()
	for {
		select {
		case p := <-w.points:
			w.take(ctx, p)
		case n := <-w.news:
			w.learn(n)
		case <-done:
			w.rest(ctx)
			return
		case <-limit.C:
			return
		case <-w.a.second:
			return
		}
	}
}

// rest takes in the points that are there.
func (w *work) rest(ctx context.Context) {
	for {
		select {
		case p := <-w.points:
			w.take(ctx, p)
		default:
			return
		}
	}
}

// closed ends all inputs and takes in what they still yield.
func (w *work) closed(ctx context.Context, in *inputs) {
	in.close()
	wait := readTime
	if w.a.interrupted() {
		wait = patience
	}
	w.drain(ctx, in.over, wait)
	select {
	case <-in.over:
	default:
		w.a.note(fmt.Sprintf("trial %d: what it wrote last was not read to its end, or nobody takes the output", w.asked.Number))
	}
}
