package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// TestMain lets the tests start this binary as the program itself.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_ESPALIER_MAIN") != "" || len(os.Args) == 2 && os.Args[1] == shimCommand {
		main()
	}
	code := m.Run()
	if binary, err := built(); err == nil {
		_ = os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

// limit is how long a test waits for what must come.
const limit = 30 * time.Second

// environ is an environment that holds only these.
type environ map[string]string

func (e environ) get(name string) string { return e[name] }

// result is what a command did.
type result struct {
	code           int
	stdout, stderr string
}

// call runs the program to its end.
func call(t *testing.T, env environ, stdin string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, args, env.get, strings.NewReader(stdin), &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// buffer may be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// server is the program serving in this process.
type server struct {
	url    string
	env    environ // of its clients
	dir    string
	stderr *buffer
	cancel context.CancelFunc
	done   chan int
}

// start runs "espalier serve" on a free port with a database of its own.
func start(t *testing.T, env environ, args ...string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &server{dir: t.TempDir(), stderr: &buffer{}, cancel: cancel, done: make(chan int, 1), env: environ{}}
	args = append([]string{"serve", "--listen", "127.0.0.1:0", "--db", filepath.Join(s.dir, "test.db")}, args...)
	stdout, w := io.Pipe()
	go func() {
		code := run(ctx, args, env.get, strings.NewReader(""), w, s.stderr)
		_ = w.Close()
		s.done <- code
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		cancel()
		t.Fatalf("the server did not start: exit %d\n%s", <-s.done, s.stderr)
	}
	s.url = strings.TrimSpace(strings.TrimPrefix(line, "espalier: listening on "))
	s.env["ESPALIER_SERVER"] = s.url
	t.Cleanup(func() { s.stop(t) })
	return s
}

// stop ends the server and returns its exit code.
func (s *server) stop(t *testing.T) int {
	t.Helper()
	s.cancel()
	select {
	case code := <-s.done:
		s.done <- code
		return code
	case <-time.After(limit):
		t.Fatalf("the server did not end\n%s", s.stderr)
		return -1
	}
}

// ok runs a client's command that must succeed, and returns what it printed.
func (s *server) ok(t *testing.T, args ...string) string {
	t.Helper()
	r := call(t, s.env, "", args...)
	if r.code != 0 {
		t.Fatalf("espalier %s: exit %d\n%s", strings.Join(args, " "), r.code, r.stderr)
	}
	return r.stdout
}

// client is a client of the server.
func (s *server) client(t *testing.T) *espalier.Client {
	t.Helper()
	c, err := espalier.New(s.url)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ask asks for a trial of a study.
func (s *server) ask(t *testing.T, study string) *espalier.Trial {
	t.Helper()
	return s.askFor(t, study, espalier.AskRequest{})
}

// askFor asks for a trial with options.
func (s *server) askFor(t *testing.T, study string, r espalier.AskRequest) *espalier.Trial {
	t.Helper()
	loaded, err := s.client(t).LoadStudy(t.Context(), study)
	if err != nil {
		t.Fatal(err)
	}
	trials, err := loaded.AskFor(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return trials[0]
}

// study makes the study "mnist" with three trials: 0 is complete after two reports, 1
// failed, 2 is running.
func (s *server) study(t *testing.T) {
	t.Helper()
	const name = "mnist"
	s.ok(t, "study", "create", name, "--param", "lr=float:1e-5:0.1:log", "--param", "optimizer=categorical:adam,sgd", "--seed", "7")
	first, second, _ := s.ask(t, name), s.ask(t, name), s.ask(t, name)
	for step := range int64(2) {
		m := espalier.Metrics{"value": 0.5 / float64(step+1), "system/cpu_seconds": float64(step)}
		if _, err := first.Report(t.Context(), step, m); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := first.Tell(t.Context(), 0.25); err != nil {
		t.Fatal(err)
	}
	if _, err := second.End(t.Context(), espalier.Tell{State: api.FinishedStateFAIL, Reason: "oom"}); err != nil {
		t.Fatal(err)
	}
}

// decoded parses what a command printed with -o json.
func decoded[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// fits fails the test unless a text matches.
func fits(t *testing.T, text, pattern string) {
	t.Helper()
	if !regexp.MustCompile(pattern).MatchString(text) {
		t.Errorf("got\n%s\nwant a match of %s", text, pattern)
	}
}

func TestWrongCallsExitWith2(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"no command":            {nil, `needs a subcommand`},
		"an unknown command":    {[]string{"frob"}, `unknown command "frob"`},
		"an unknown subcommand": {[]string{"study", "frob"}, `unknown command "frob" for "espalier study"`},
		"a group alone":         {[]string{"trial"}, `espalier trial needs a subcommand`},
		"an unknown flag":       {[]string{"study", "list", "--frob"}, `unknown flag: --frob`},
		"a flag that is no int": {[]string{"trial", "list", "s", "--limit", "x"}, `invalid argument "x"`},
		"a missing argument":    {[]string{"study", "show"}, `espalier study show takes STUDY\n`},
		"too many arguments":    {[]string{"study", "list", "x"}, `espalier study list takes no arguments`},
		"an unknown format":     {[]string{"study", "list", "-o", "yaml"}, `--output "yaml": want table or json`},
		"no URL":                {[]string{"study", "list", "--server", "localhost:80"}, `is no URL such as http`},
		"no trial's number":     {[]string{"trial", "show", "s", "-1x"}, `unknown shorthand flag`},
		"no number of a trial":  {[]string{"trial", "show", "s", "x"}, `"x" is no number of a trial`},
		"no PARAM=VALUE":        {[]string{"trial", "enqueue", "s", "lr"}, `"lr": want PARAM=VALUE`},
		"no parameter":          {[]string{"study", "create", "s", "--param", "lr"}, `--param "lr": want NAME=float:LOW:HIGH`},
		"no JSON":               {[]string{"study", "create", "s", "--pruner", "{"}, `--pruner: this is no JSON`},
		"no name":               {[]string{"study", "create"}, `a study needs a NAME`},
		"delete without --yes":  {[]string{"study", "delete", "s"}, `say --yes`},
		"no token file":         {[]string{"study", "list", "--token-file", "/does/not/exist"}, `--token-file: open`},
		"no CA":                 {[]string{"study", "list", "--tls-ca", "main.go"}, `main.go holds no certificate`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := call(t, nil, "", tt.args...)
			if r.code != 2 {
				t.Errorf("exit %d, want 2", r.code)
			}
			fits(t, r.stderr, `^error: `)
			fits(t, r.stderr, tt.want)
			fits(t, r.stderr, `--help" says more.\n$`)
			if r.stdout != "" {
				t.Errorf("printed %s", r.stdout)
			}
		})
	}
}

func TestHelpNamesFlagsAndVariables(t *testing.T) {
	r := call(t, nil, "", "serve", "--help")
	if r.code != 0 {
		t.Errorf("exit %d, want 0", r.code)
	}
	fits(t, r.stdout, `--durability mode .*\[ESPALIER_DURABILITY\] \(default "full"\)`)
	fits(t, r.stdout, `--token-file file .*\[ESPALIER_TOKEN_FILE\]`)
	if strings.Contains(r.stdout, "ESPALIER_SERVER") {
		t.Errorf("it shows the clients' flags:\n%s", r.stdout)
	}
	fits(t, call(t, nil, "", "study", "list", "--help").stdout, `--server URL .*\[ESPALIER_SERVER\]`)
	fits(t, call(t, nil, "", "completion", "bash").stdout, `__start_espalier`)
}

func TestAServerThatIsNotThereIsExplained(t *testing.T) {
	l := reserve(t)
	r := call(t, environ{"ESPALIER_SERVER": "http://" + l}, "", "study", "list")
	if r.code != 1 {
		t.Errorf("exit %d, want 1", r.code)
	}
	fits(t, r.stderr, `^error: cannot reach http://`+l+`: .*\nIs "espalier serve" running\? --server or ESPALIER_SERVER says where.\n$`)
}

func TestAnEndedContextInterrupts(t *testing.T) {
	s := start(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stderr bytes.Buffer
	if code := run(ctx, []string{"study", "list"}, s.env.get, nil, io.Discard, &stderr); code != 1 || stderr.String() != "error: interrupted\n" {
		t.Errorf("exit %d, %s; want 1 and interrupted", code, &stderr)
	}
}
