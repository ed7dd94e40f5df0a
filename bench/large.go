package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// large measures what a long history costs: the latency of a report, the time
// from exec to the first answered ask, and the memory of the process.
func (b *benchmark) large() error {
	binary, err := b.program()
	if err != nil {
		return err
	}
	dbs := map[int]string{}
	for _, n := range []int{100, 10000} {
		db := filepath.Join(b.dir, "large-"+strconv.Itoa(n)+".db")
		began := time.Now()
		if err := b.fill(binary, db, n); err != nil {
			return fmt.Errorf("filling %d trials: %w", n, err)
		}
		fmt.Fprintf(os.Stderr, "made a study of %d trials x 100 reports x 9 metrics in %.1f s\n", n, time.Since(began).Seconds())
		dbs[n] = db
	}
	var latency, startup, resident []float64
	for range b.rounds {
		p50 := map[int]float64{}
		for _, n := range []int{100, 10000} {
			r, err := b.reopened(binary, dbs[n])
			if err != nil {
				return err
			}
			p50[n] = ms(r.load.p50)
			fmt.Fprintf(os.Stderr, "%5d finished trials  first ask after %.2f s  report p50 %.2f ms  peak memory %.0f MB\n",
				n, r.firstAsk.Seconds(), p50[n], r.peakMB)
			if n == 10000 {
				startup, resident = append(startup, r.firstAsk.Seconds()), append(resident, r.peakMB)
			}
		}
		latency = append(latency, p50[10000]/p50[100])
	}
	figure("report_p50_10000_finished_vs_100", latency, 1.5, true)
	figure("exec_to_first_ask_seconds", startup, 3, true)
	figure("peak_memory_mb", resident, 400, true)
	return nil
}

// fill makes a study with n complete trials of 100 reports and 9 metrics.
func (b *benchmark) fill(binary, db string, n int) error {
	p, err := b.espalier(binary, db)
	if err != nil {
		return err
	}
	defer p.stop()
	if _, err := p.post("/v1/studies", spec); err != nil {
		return err
	}
	for t := range n {
		if _, err := p.post(study+"/trials", json.RawMessage(finished(t))); err != nil {
			return err
		}
	}
	return nil
}

// finished is the body that adds one trial.
func finished(t int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"params":{"lr":%g,"layers":%d},"state":"COMPLETE","value":%g,"reports":[`, 1e-5+float64(t)*1e-6, 1+t%9, 1+1/float64(t+1))
	for step := range 100 {
		if step > 0 {
			b.WriteByte(',')
		}
		b.Write(reportBody(nil, int64(step), int64(t*100+step)))
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

type reopened struct {
	firstAsk time.Duration
	load     load
	peakMB   float64
}

// reopened starts the server on a study, asks, and fires reports.
func (b *benchmark) reopened(binary, db string) (reopened, error) {
	began := time.Now()
	p, err := b.espalier(binary, db)
	if err != nil {
		return reopened{}, err
	}
	defer p.stop()
	out, err := p.post(study+"/ask", map[string]any{"count": 1})
	if err != nil {
		return reopened{}, err
	}
	r := reopened{firstAsk: time.Since(began)}
	var asked struct {
		Trials []struct {
			Number int64 `json:"number"`
		} `json:"trials"`
	}
	if err := json.Unmarshal(out, &asked); err != nil {
		return r, err
	}
	number := asked.Trials[0].Number
	r.load, err = fire(p.addr, 16, b.each, func(buf []byte, n int64) []byte {
		payload := reportBody(nil, n, n)
		buf = fmt.Appendf(buf, "POST %s/trials/%d/report HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", study, number, len(payload))
		return append(buf, payload...)
	})
	if err != nil {
		return r, err
	}
	r.peakMB, err = peak(p.cmd.Process.Pid)
	if err == nil {
		_, err = p.post(fmt.Sprintf("%s/trials/%d/tell", study, number), map[string]any{"state": "FAIL"})
	}
	return r, err
}

// espalier starts the real binary on a database.
func (b *benchmark) espalier(binary, db string) (*process, error) {
	addr := db + ".addr"
	_ = os.Remove(addr)
	cmd := exec.CommandContext(b.ctx, binary, "serve", "--listen", "127.0.0.1:0", "--db", db, "--addr-file", addr, "--log-level", "warn")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd}
	for range 30000 {
		raw, err := os.ReadFile(addr)
		if err == nil && bytes.HasSuffix(raw, []byte("\n")) {
			p.addr = strings.TrimPrefix(strings.TrimSpace(string(raw)), "http://")
			return p, nil
		}
		time.Sleep(time.Millisecond)
	}
	p.stop()
	return nil, fmt.Errorf("the server did not start within 30 s")
}

// peak returns the largest resident set that a process has had, in MB.
func peak(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			v, err := strconv.ParseFloat(strings.Fields(kb)[0], 64)
			return v / 1000, err
		}
	}
	return 0, fmt.Errorf("no VmHWM in /proc/%d/status", pid)
}
