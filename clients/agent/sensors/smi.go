package sensors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// columns is what nvidia-smi is asked for. The name may hold a comma; nothing
// else does.
const columns = "index,uuid,name,utilization.gpu,memory.used,power.draw,memory.total"

// reading is one line of nvidia-smi.
type reading struct {
	gpu    GPU
	sample Sample
}

// parse reads a line such as
//
//	0, GPU-8a56a4bc, NVIDIA L4, 37, 1024, 61.25, 23034
//
// in percent, MiB, watts and MiB.
func parse(line string) (r reading, ok bool) {
	f := strings.Split(line, ",")
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	n := len(f) - 4
	if n < 3 {
		return reading{}, false
	}
	index, err := strconv.Atoi(f[0])
	if err != nil || index < 0 {
		return reading{}, false
	}
	const mib = 1 << 20
	return reading{
		gpu: GPU{
			Index:            index,
			UUID:             f[1],
			Name:             strings.Join(f[2:n], ", "),
			MemoryTotalBytes: figure(f[n+3]) * mib,
		},
		sample: Sample{
			UtilizationRatio: figure(f[n]) / 100,
			MemoryBytes:      figure(f[n+1]) * mib,
			PowerWatts:       figure(f[n+2]),
		},
	}, true
}

// figure is NaN for what a card does not tell: [N/A], [Not Supported],
// [Unknown Error] and whatever else is no number of at least 0.
func figure(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v < 0 || math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

// command is nvidia-smi with the columns above and more arguments.
func command(ctx context.Context, path string, args ...string) (*exec.Cmd, error) {
	if path == "" {
		found, err := exec.LookPath("nvidia-smi")
		if err != nil {
			return nil, errors.New("nvidia-smi is not in PATH: no NVIDIA driver, or it is not shown to this container")
		}
		path = found
	}
	args = append([]string{"--query-gpu=" + columns, "--format=csv,noheader,nounits"}, args...)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = 500 * time.Millisecond // if a child of it holds the pipe
	return cmd, nil
}

// query asks once.
func query(ctx context.Context, path string, patience time.Duration) ([]reading, error) {
	late, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd, err := command(late, path)
	if err != nil {
		return nil, err
	}
	type answer struct {
		out []byte
		err error
	}
	answers := make(chan answer, 1)
	go func() { // a driver that hangs keeps even a killed process
		out, err := cmd.CombinedOutput()
		answers <- answer{out, err}
	}()
	select {
	case a := <-answers:
		if late.Err() == nil {
			return understand(a.out, a.err)
		}
	case <-late.Done():
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, fmt.Errorf("nvidia-smi did not answer within %v", patience)
}

// understand reads the one answer of nvidia-smi, and how it ended.
func understand(out []byte, err error) ([]reading, error) {
	var readings []reading
	for line := range strings.Lines(string(out)) {
		if r, ok := parse(line); ok {
			readings = append(readings, r)
		}
	}
	if len(readings) > 0 {
		return readings, nil
	}
	said, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	switch {
	case said != "": // it tells the reason on stdout
		return nil, fmt.Errorf("nvidia-smi says %q", said)
	case err != nil:
		return nil, fmt.Errorf("nvidia-smi: %w", err)
	default:
		return nil, errors.New("nvidia-smi knows no GPU")
	}
}

// lines is a writer that hands on whole lines.
type lines struct {
	each func(line string)
	rest []byte
}

// longest is the most that is kept of a line that does not end.
const longest = 4096

func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for {
		line, rest, ok := bytes.Cut(p, []byte("\n"))
		if !ok {
			break
		}
		l.each(string(append(l.rest, line...)))
		l.rest, p = l.rest[:0], rest
	}
	if len(l.rest)+len(p) <= longest {
		l.rest = append(l.rest, p...)
	}
	return n, nil
}
