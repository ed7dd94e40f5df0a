package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

const (
	kills       = 30
	killWorkers = 32
	killSteps   = 6
)

// TestKilledServerLosesNothing kills the real binary with SIGKILL at random
// moments under 32 workers, starts it again on the same file, and holds it to
// everything that it acknowledged.
func TestKilledServerLosesNothing(t *testing.T) {
	k := &killed{t: t, binary: buildBinary(t), db: filepath.Join(t.TempDir(), "kill.db"), acks: map[int64]*acked{}}
	k.start()
	k.must("POST", "/v1/studies", "", map[string]any{
		"name": "kill", "seed": 1, "max_retries": 0,
		"search_space": map[string]any{
			"x": map[string]any{"type": "float", "low": 0, "high": 1},
			"n": map[string]any{"type": "int", "low": 1, "high": 64, "log": true},
		},
		"pruner": map[string]any{"type": "any", "pruners": []any{
			map[string]any{"type": "median", "startup_trials": 3},
			map[string]any{"type": "limit", "metric": "system/cpu_seconds", "bound": 5.5},
		}},
	})

	var workers sync.WaitGroup
	for range killWorkers {
		workers.Go(k.work)
	}
	rng := rand.New(rand.NewPCG(1, uint64(os.Getpid())))
	for range kills {
		moment := time.NewTimer(time.Duration(100+rng.IntN(400)) * time.Millisecond)
		<-moment.C
		k.restart()
	}
	k.done.Store(true)
	workers.Wait()
	k.checkAnswers()
	k.stop()
	k.checkFile()
	t.Logf("%d kills, %d trials given, %d reports and %d tells acknowledged, %d calls repeated after a kill",
		kills, len(k.acks), k.reports.Load(), k.tells.Load(), k.repeats.Load())
}

// acked is what the server acknowledged of one trial.
type acked struct {
	key     string // of the ask that got it
	params  map[string]any
	reports map[int64]ackedReport // by step
	told    map[string]any        // nil while it is running
}

type ackedReport struct {
	value  float64
	prune  bool
	reason string
}

// killed is a server that is killed again and again, and what it promised.
type killed struct {
	t      *testing.T
	binary string
	db     string
	cmd    *exec.Cmd
	url    atomic.Pointer[string]
	up     sync.Mutex // held while the server is down

	mu      sync.Mutex
	acks    map[int64]*acked
	asks    atomic.Int64
	reports atomic.Int64
	tells   atomic.Int64
	repeats atomic.Int64
	done    atomic.Bool
}

// buildBinary builds the real binary, once.
func buildBinary(t *testing.T) string {
	t.Helper()
	binary, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "espalier-test-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "espalier")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return binary, nil
})

// start starts the server and waits until it listens.
func (k *killed) start() {
	k.t.Helper()
	addr := filepath.Join(filepath.Dir(k.db), "addr")
	_ = os.Remove(addr)
	cmd := exec.Command(k.binary, "serve", "--listen", "127.0.0.1:0", "--db", k.db, "--addr-file", addr, "--log-level", "warn")
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	k.cmd = cmd
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for deadline := time.Now().Add(20 * time.Second); ; <-poll.C {
		raw, err := os.ReadFile(addr)
		if err == nil && bytes.HasSuffix(raw, []byte("\n")) {
			url := strings.TrimSpace(string(raw))
			if !strings.HasPrefix(url, "http") {
				url = "http://" + url
			}
			k.url.Store(&url)
			break
		}
		if time.Now().After(deadline) {
			k.t.Fatalf("the server did not start:\n%s", log.String())
		}
	}
}

// restart kills the server and starts it anew; meanwhile calls wait.
func (k *killed) restart() {
	k.t.Helper()
	k.up.Lock()
	defer k.up.Unlock()
	k.kill()
	k.start()
}

func (k *killed) kill() {
	_ = k.cmd.Process.Kill()
	_ = k.cmd.Wait()
}

func (k *killed) stop() {
	k.t.Helper()
	if err := k.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		k.t.Fatal(err)
	}
	if err := k.cmd.Wait(); err != nil {
		k.t.Errorf("after SIGTERM: %v", err)
	}
}

var errDown = errors.New("the server went away")

// call sends one request. errDown says that nothing is known of its outcome.
func (k *killed) call(method, path, key string, body any) (status int, out map[string]any, err error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	k.up.Lock() // wait while the server is down
	url := *k.url.Load()
	k.up.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url+path, bytes.NewReader(raw))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, errors.Join(errDown, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, errors.Join(errDown, err)
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return 0, nil, errors.Join(errDown, err)
	}
	return resp.StatusCode, out, nil
}

// until sends a request again until it is answered, with 503 taken as no
// answer; repeated says that it was sent more than once.
func (k *killed) until(method, path, key string, body any) (status int, out map[string]any, repeated bool) {
	for {
		status, out, err := k.call(method, path, key, body)
		if err == nil && status != http.StatusServiceUnavailable {
			return status, out, repeated
		}
		if err != nil && !errors.Is(err, errDown) {
			k.t.Errorf("%s %s: %v", method, path, err)
			return 0, nil, repeated
		}
		repeated = true
		k.repeats.Add(1)
	}
}

func (k *killed) must(method, path, key string, body any) map[string]any {
	k.t.Helper()
	status, out, _ := k.until(method, path, key, body)
	if status >= 300 {
		k.t.Fatalf("%s %s: %d %v", method, path, status, out)
	}
	return out
}

// work asks, reports and tells until the killing is over.
func (k *killed) work() {
	for !k.done.Load() && !k.t.Failed() {
		key := fmt.Sprintf("ask-%d", k.asks.Add(1))
		status, out, _ := k.until("POST", "/v1/studies/kill/ask", key, map[string]any{})
		if status != 200 {
			k.t.Errorf("ask: %d %v", status, out)
			return
		}
		given, _ := out["trials"].([]any)
		if len(given) != 1 {
			k.t.Errorf("ask: %v", out)
			return
		}
		k.train(key, given[0].(map[string]any))
	}
}

func (k *killed) train(key string, trial map[string]any) {
	number := int64(trial["number"].(float64))
	a := &acked{key: key, params: trial["params"].(map[string]any), reports: map[int64]ackedReport{}}
	k.mu.Lock()
	if other := k.acks[number]; other != nil {
		k.t.Errorf("trial %d was given twice: to %s and to %s", number, other.key, key)
	}
	k.acks[number] = a
	k.mu.Unlock()
	path := fmt.Sprintf("/v1/studies/kill/trials/%d", number)
	x := a.params["x"].(float64)
	for step := int64(1); step <= killSteps; step++ {
		value := x + 1/float64(step)
		body := map[string]any{"step": step, "value": value, "metrics": map[string]any{"system/cpu_seconds": float64(step) * (0.5 + x)}}
		status, out, repeated := k.until("POST", path+"/report", "", body)
		if status != 200 {
			k.t.Errorf("trial %d step %d: %d %v", number, step, status, out)
			return
		}
		got := answerOf(value, out)
		k.reports.Add(1)
		if repeated && !got.prune && step > 1 { // what was acknowledged before the kill is answered alike
			k.repeat(path, number, step-1, a)
		}
		k.mu.Lock()
		a.reports[step] = got
		k.mu.Unlock()
		if got.prune {
			k.tell(path, number, a, map[string]any{"state": "PRUNED"})
			return
		}
	}
	k.tell(path, number, a, map[string]any{"value": x})
}

func answerOf(value float64, out map[string]any) ackedReport {
	r := ackedReport{value: value}
	r.prune, _ = out["should_prune"].(bool)
	r.reason, _ = out["decided_by"].(string)
	return r
}

func (k *killed) repeat(path string, number, step int64, a *acked) {
	want := a.reports[step]
	_, out, _ := k.until("POST", path+"/report", "", map[string]any{"step": step, "value": want.value + 100})
	if got := answerOf(want.value, out); got != want || out["ignored"] != true {
		k.t.Errorf("trial %d step %d: sent again it was answered %v, first %+v", number, step, out, want)
	}
}

func (k *killed) tell(path string, number int64, a *acked, body map[string]any) {
	status, out, _ := k.until("POST", path+"/tell", "", body)
	if status != 200 {
		k.t.Errorf("tell of trial %d: %d %v", number, status, out)
		return
	}
	k.mu.Lock()
	a.told = body
	k.mu.Unlock()
	k.tells.Add(1)
}

// checkAnswers compares what the server has with what it acknowledged.
func (k *killed) checkAnswers() {
	for _, number := range slices.Sorted(maps.Keys(k.acks)) {
		a := k.acks[number]
		path := fmt.Sprintf("/v1/studies/kill/trials/%d", number)
		trial := k.must("GET", path, "", nil)
		if !maps.Equal(trial["params"].(map[string]any), a.params) {
			k.t.Errorf("trial %d has params %v, was given %v", number, trial["params"], a.params)
		}
		k.checkEnd(number, trial, a)
		points, _ := k.must("GET", path+"/metrics?name=value&page_size=1000", "", nil)["points"].([]any)
		stored := map[int64]float64{}
		for _, p := range points {
			p := p.(map[string]any)
			step := int64(p["step"].(float64))
			if _, twice := stored[step]; twice {
				k.t.Errorf("trial %d has step %d twice", number, step)
			}
			stored[step] = p["metrics"].(map[string]any)["value"].(float64)
		}
		for step, r := range a.reports {
			if v, ok := stored[step]; !ok || v != r.value {
				k.t.Errorf("trial %d step %d: acknowledged %v, stored %v (%v)", number, step, r.value, v, ok)
			}
		}
	}
}

func (k *killed) checkEnd(number int64, trial map[string]any, a *acked) {
	if a.told == nil {
		return
	}
	state, value := "COMPLETE", a.told["value"]
	if s, ok := a.told["state"].(string); ok {
		state = s
	}
	values, _ := trial["values"].([]any)
	if trial["state"] != state || (value != nil) != (len(values) == 1) || (value != nil && values[0] != value) {
		k.t.Errorf("trial %d was told %v and is %v with values %v", number, a.told, trial["state"], values)
	}
	if state == "PRUNED" && trial["decision"] == nil {
		k.t.Errorf("trial %d was pruned, and its decision is lost", number)
	}
}

// checkFile looks at the file itself, with the server gone.
func (k *killed) checkFile() {
	db, err := sql.Open("sqlite", "file:"+k.db+"?mode=ro")
	if err != nil {
		k.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		k.t.Errorf("integrity check: %q, %v", verdict, err)
	}
	for what, query := range map[string]string{
		"rows that refer to nothing":      "SELECT count(*) FROM pragma_foreign_key_check",
		"trials given without a start":    "SELECT count(*) FROM trials WHERE handed AND start_us IS NULL",
		"complete trials without a value": `SELECT count(*) FROM trials WHERE state = 'COMPLETE' AND value IS NULL`,
		"numbers that are there twice":    "SELECT count(*) - count(DISTINCT number) FROM trials",
		"trials that were never given":    "SELECT count(*) FROM trials WHERE NOT handed",
	} {
		var n int
		if err := db.QueryRow(query).Scan(&n); err != nil {
			k.t.Errorf("%s: %v", what, err)
		} else if n != 0 {
			k.t.Errorf("%s: %d", what, n)
		}
	}
}
