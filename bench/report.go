package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// benchmark is one run of all figures.
type benchmark struct {
	ctx    context.Context //nolint:containedctx // lives for one run
	rounds int
	each   time.Duration
	long   bool
	dir    string
}

// scratch makes a folder on the disk of the checkout, not in memory.
func scratch() (string, error) {
	dir, err := os.MkdirTemp(".", "bench-*.tmp")
	if err != nil {
		return "", err
	}
	return filepath.Abs(dir)
}

// program builds the server into the folder and returns its path.
func (b *benchmark) program() (string, error) {
	binary := filepath.Join(b.dir, "espalier")
	build := exec.CommandContext(b.ctx, "go", "build", "-trimpath", "-o", binary, "./cmd/espalier")
	build.Stderr, build.Env = os.Stderr, append(os.Environ(), "CGO_ENABLED=0")
	return binary, build.Run()
}

// report measures everything, the report path first.
func (b *benchmark) report() error {
	var err error
	if b.dir, err = scratch(); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.dir) }()
	fmt.Printf("# %d rounds of %v a variant; a report is 230 bytes with 2 model and 7 system metrics\n", b.rounds, b.each)
	targets := map[int]float64{16: 0.78, 64: 0.82, 256: 0.88}
	for _, clients := range []int{16, 64, 256} {
		if err := b.path(clients, targets[clients]); err != nil {
			return err
		}
	}
	if !b.long {
		return nil
	}
	return b.large()
}

// path compares the variants at one number of clients.
func (b *benchmark) path(clients int, target float64) error {
	variants := []string{constant, memory, flog, full}
	if clients == 64 {
		variants = append(variants, single)
	}
	ratios := map[string][]float64{}
	for range b.rounds {
		got := map[string]load{}
		for _, v := range variants {
			l, err := b.variant(v, clients)
			if err != nil {
				return fmt.Errorf("%s, %d clients: %w", v, clients, err)
			}
			got[v] = l
			fmt.Fprintf(os.Stderr, "%-8s %3d clients  %8.0f/s  p50 %6.2f ms  p99 %6.2f ms\n",
				v, clients, l.rate, ms(l.p50), ms(l.p99))
		}
		add := func(name string, v float64) { ratios[name] = append(ratios[name], v) }
		add("durable", got[full].rate/got[flog].rate)
		add("p99", ms(got[full].p99)/ms(got[flog].p99))
		add("memory", got[memory].rate/got[constant].rate)
		if clients == 64 {
			add("grouped", got[full].rate/got[single].rate)
		}
	}
	figure(fmt.Sprintf("report_durable_vs_flog_%d_clients", clients), ratios["durable"], target, false)
	if clients == 64 {
		figure("report_p99_vs_flog_64_clients", ratios["p99"], 1.5, true)
		figure("report_vs_one_transaction_each_64_clients", ratios["grouped"], 4, false)
	}
	figure(fmt.Sprintf("report_in_memory_vs_echo_constant_%d_clients", clients), ratios["memory"], 0.75, false)
	return nil
}

// variant measures one variant in a fresh process with fresh files.
func (b *benchmark) variant(name string, clients int) (load, error) {
	dir, err := os.MkdirTemp(b.dir, name)
	if err != nil {
		return load{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	self, err := os.Executable()
	if err != nil {
		return load{}, err
	}
	p, err := start(b.ctx, self, "server", name, dir)
	if err != nil {
		return load{}, err
	}
	defer p.stop()
	if name != constant {
		if err := p.prepare(benchTrials); err != nil {
			return load{}, err
		}
	}
	return p.fire(clients, b.each)
}

// process is a server in a process of its own.
type process struct {
	cmd  *exec.Cmd
	addr string
}

// start runs a program that prints its address first.
func start(ctx context.Context, program string, args ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%s printed no address: %w", program, err)
	}
	return &process{cmd, strings.TrimSpace(line)}, nil
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	_ = p.cmd.Wait()
}

// post sends one request and returns the answer's body.
func (p *process) post(path string, body any) ([]byte, error) {
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(http.MethodPost, "http://"+p.addr+path, in)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("POST %s: %s %s", path, resp.Status, out)
	}
	return out, err
}

// benchTrials is how many running trials the reports go to.
const benchTrials = 256

const study = "/v1/studies/bench"

// spec is the study that the reports go to: judged by the median and by a
// limit that nothing reaches.
var spec = json.RawMessage(`{"name":"bench","seed":1,
	"search_space":{"lr":{"type":"float","low":1e-5,"high":0.1,"log":true},"layers":{"type":"int","low":1,"high":9}},
	"pruner":{"type":"any","pruners":[{"type":"median","warmup_steps":1000000},
		{"type":"limit","metric":"system/cpu_seconds","bound":1e12}]}}`)

// prepare makes the study, ten complete trials with a hundred steps for the
// median, and the running ones.
func (p *process) prepare(running int) error {
	if _, err := p.post("/v1/studies", spec); err != nil {
		return err
	}
	for t := range 10 {
		reports := make([]map[string]any, 100)
		for step := range reports {
			reports[step] = map[string]any{"step": step, "value": 1 / float64(step+t+1)}
		}
		_, err := p.post(study+"/trials", map[string]any{
			"params": map[string]any{"lr": 0.01, "layers": 1 + t%9}, "state": "COMPLETE", "value": 0.1, "reports": reports,
		})
		if err != nil {
			return err
		}
	}
	out, err := p.post(study+"/ask", map[string]any{"count": running})
	if err != nil {
		return err
	}
	var asked struct {
		Trials []struct {
			Number int64 `json:"number"`
		} `json:"trials"`
	}
	if err := json.Unmarshal(out, &asked); err != nil {
		return err
	}
	if len(asked.Trials) != running {
		return fmt.Errorf("asked for %d trials, got %d", running, len(asked.Trials))
	}
	// The first report of each metric interns its name.
	_, err = p.post(study+"/trials/"+strconv.FormatInt(asked.Trials[0].Number, 10)+"/report",
		json.RawMessage(reportBody(nil, 1<<40, 0)))
	return err
}

// firstTrial is the number of the first running trial: after the added ones.
const firstTrial = 10

// fire sends reports: number n goes to trial n mod 256 at step n / 256.
func (p *process) fire(clients int, d time.Duration) (load, error) {
	l, err := fire(p.addr, clients, d, func(b []byte, n int64) []byte {
		var body [512]byte
		payload := reportBody(body[:0], n/benchTrials, n)
		b = append(b, "POST "+study+"/trials/"...)
		b = strconv.AppendInt(b, firstTrial+n%benchTrials, 10)
		b = append(b, "/report HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(payload)), 10)
		b = append(b, "\r\n\r\n"...)
		return append(b, payload...)
	})
	if err == nil && l.failed > 0 {
		err = fmt.Errorf("%d answers were not 200", l.failed)
	}
	return l, err
}

func reportBody(b []byte, step, n int64) []byte {
	b = append(b, `{"step":`...)
	b = strconv.AppendInt(b, step, 10)
	b = append(b, `,"value":0.`...)
	b = strconv.AppendInt(b, 100000+n%899999, 10)
	b = append(b, `,"metrics":{"val_acc":0.913,"system/cpu_seconds":`...)
	b = strconv.AppendInt(b, 38+step, 10)
	return append(b, `.1,"system/rss_bytes":1200000000,"system/threads":12,"system/io_read_bytes":123456,`+
		`"system/io_write_bytes":654321,"system/gpu_seconds":30.5,"system/energy_joules":812.25}}`...)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
