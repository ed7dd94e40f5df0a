package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// reserve returns an address of this machine where nobody listens.
func reserve(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestServeAnswersUntilItIsStopped(t *testing.T) {
	addrFile := filepath.Join(t.TempDir(), "addr")
	s := start(t, nil, "--addr-file", addrFile)
	if b, err := os.ReadFile(addrFile); err != nil || string(b) != s.url+"\n" {
		t.Errorf("the address file holds %q, %v; want %s", b, err, s.url)
	}
	status(t, http.DefaultClient, s.url+"/readyz", http.StatusOK)
	if code := s.stop(t); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
	if _, err := os.Stat(addrFile); !os.IsNotExist(err) {
		t.Errorf("the address file is still there: %v", err)
	}
	fits(t, s.stderr.String(), `level=INFO msg=listening url=`+s.url)
}

// status checks what a GET is answered.
func status(t *testing.T, c *http.Client, url string, want int) {
	t.Helper()
	response, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != want {
		t.Errorf("GET %s: %d, want %d", url, response.StatusCode, want)
	}
}

func TestServeLogsJSON(t *testing.T) {
	s := start(t, environ{"ESPALIER_LOG_FORMAT": "json"})
	s.stop(t)
	for line := range strings.Lines(s.stderr.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

func TestServeRefusesWhatIsNotSafeOrCannotWork(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		env  environ
		args []string
		want string
	}{
		"every interface without a token":     {nil, []string{"--listen", ":0"}, `open to other machines and there is no token`},
		"another machine's view of it":        {nil, []string{"--listen", "0.0.0.0:0"}, `--insecure`},
		"a name that may be anything":         {nil, []string{"--listen", "example.org:0"}, `there is no token`},
		"no port":                             {nil, []string{"--listen", "127.0.0.1"}, `want host:port`},
		"a port that is none":                 {nil, []string{"--listen", "127.0.0.1:70000"}, `the port is a number`},
		"no database":                         {nil, []string{"--db", ""}, `--db`},
		"an unknown durability":               {nil, []string{"--durability", "none"}, `want full or relaxed`},
		"an unknown durability by variable":   {environ{"ESPALIER_DURABILITY": "none"}, nil, `want full or relaxed`},
		"a variable that is no bool":          {environ{"ESPALIER_INSECURE": "perhaps"}, nil, `ESPALIER_INSECURE="perhaps"`},
		"an unknown format of the log":        {nil, []string{"--log-format", "xml"}, `want text or json`},
		"an unknown level":                    {nil, []string{"--log-level", "loud"}, `want debug, info, warn or error`},
		"every page":                          {nil, []string{"--allow-origin", "*"}, `--allow-origin: "\*" is not an origin`},
		"half of TLS":                         {nil, []string{"--tls-cert", "c"}, `go together`},
		"no certificate":                      {nil, []string{"--tls-cert", empty, "--tls-key", empty}, `--tls-cert, --tls-key: `},
		"an empty token":                      {nil, []string{"--token-file", empty}, `the token is empty`},
		"a token with a blank":                {environ{"ESPALIER_TOKEN": "a b"}, nil, `no visible ASCII`},
		"two tokens":                          {environ{"ESPALIER_TOKEN": "a", "ESPALIER_TOKEN_FILE": empty}, nil, `which one`},
		"a client's flag":                     {nil, []string{"--server", "http://x"}, `serve takes no --server`},
		"an argument":                         {nil, []string{"now"}, `espalier serve takes no arguments`},
		"a flag against an unsafe variable":   {environ{"ESPALIER_LISTEN": "127.0.0.1:0"}, []string{"--listen", ":0"}, `no token`},
		"an unsafe variable against defaults": {environ{"ESPALIER_LISTEN": ":0"}, nil, `no token`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			db := filepath.Join(t.TempDir(), "test.db")
			r := call(t, tt.env, "", append([]string{"serve", "--db", db}, tt.args...)...)
			if r.code != 2 {
				t.Errorf("exit %d, want 2", r.code)
			}
			fits(t, r.stderr, tt.want)
			if _, err := os.Stat(db); !os.IsNotExist(err) {
				t.Errorf("the database was opened: %v", err)
			}
		})
	}
}

func TestServeLetsPagesOfAllowedOriginsIn(t *testing.T) {
	s := start(t, environ{"ESPALIER_ALLOW_ORIGIN": "https://one.example,https://two.example"})
	for origin, want := range map[string]int{"https://one.example": http.StatusCreated, "https://two.example": http.StatusCreated, "https://three.example": http.StatusForbidden} {
		body := strings.NewReader(`{"name":"` + strings.TrimPrefix(origin, "https://") + `"}`)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/studies", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		r.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if response.Body.Close(); response.StatusCode != want {
			t.Errorf("a page of %s: %d, want %d", origin, response.StatusCode, want)
		}
	}
}

func TestServeFailsWhereSomebodyElseServes(t *testing.T) {
	s := start(t, nil)
	r := call(t, nil, "", "serve", "--listen", "127.0.0.1:0", "--db", filepath.Join(s.dir, "test.db"))
	if r.code != 1 {
		t.Errorf("exit %d, want 1", r.code)
	}
	fits(t, r.stderr, `in use by another process`)
	r = call(t, nil, "", "serve", "--listen", strings.TrimPrefix(s.url, "http://"), "--db", filepath.Join(t.TempDir(), "test.db"))
	if r.code != 1 {
		t.Errorf("exit %d, want 1", r.code)
	}
	fits(t, r.stderr, `^error: .*address already in use\n$`)
}

func TestATokenGuardsTheServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, nil, "--token-file", file, "--listen", "0.0.0.0:0")
	fits(t, s.url, `^http://127\.0\.0\.1:\d+$`)
	status(t, http.DefaultClient, s.url+"/healthz", http.StatusOK)
	status(t, http.DefaultClient, s.url+"/v1/studies", http.StatusUnauthorized)
	r := call(t, s.env, "", "study", "list")
	if r.code != 1 {
		t.Errorf("without a token: exit %d, want 1", r.code)
	}
	fits(t, r.stderr, `^error: .*--token-file or ESPALIER_TOKEN`)
	s.ok(t, "study", "list", "--token-file", file)
	s.env["ESPALIER_TOKEN"] = "wrong"
	if r := call(t, s.env, "", "study", "list"); r.code != 1 {
		t.Errorf("with a wrong token: exit %d, want 1", r.code)
	}
	s.ok(t, "study", "list", "--token-file", file) // the flag wins
	s.env["ESPALIER_TOKEN"] = "s3cret"
	s.ok(t, "study", "list")
}

// certificate writes a certificate for localhost that signs itself.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: signed}, key: {Type: "PRIVATE KEY", Bytes: encoded}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestServeSpeaksTLS(t *testing.T) {
	cert, key := certificate(t)
	s := start(t, nil, "--listen", "localhost:0", "--tls-cert", cert, "--tls-key", key)
	fits(t, s.url, `^https://localhost:\d+$`)
	s.ok(t, "study", "create", "mnist", "--tls-ca", cert)
	fits(t, s.ok(t, "study", "list", "--tls-ca", cert), `mnist +ACTIVE`)
	r := call(t, s.env, "", "study", "list")
	if r.code != 1 {
		t.Errorf("exit %d, want 1", r.code)
	}
	fits(t, r.stderr, `^error: the request to https://localhost:\d+ failed: .*certificate`)
	if code := s.stop(t); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
}

// sent runs a request in the background, and returns once it is on its way.
// What comes of it is read to its end. A body is not read before the server
// asks for it: whoever has written some of it knows that a handler is at work.
func sent(t *testing.T, method, url string, body io.Reader) (ended <-chan struct{}) {
	t.Helper()
	wrote, done := make(chan struct{}), make(chan struct{})
	trace := &httptrace.ClientTrace{WroteHeaders: func() { close(wrote) }}
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-ndjson")
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if body != nil {
		request.Header.Set("Expect", "100-continue")
		transport.ExpectContinueTimeout = time.Minute
	}
	go func() {
		defer close(done)
		defer transport.CloseIdleConnections()
		response, err := transport.RoundTrip(request)
		if err != nil {
			return
		}
		defer response.Body.Close()
		_, _ = io.Copy(io.Discard, response.Body)
	}()
	await(t, wrote, "a request to be sent")
	return done
}

func await[T any](t *testing.T, c <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(limit):
		t.Fatalf("waited in vain for %s", what)
	}
	return v
}

// poll waits until something is so.
func poll(t *testing.T, what string, so func() bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(limit); !so(); <-again.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// waiters opens a stream of events and a long poll of the study "mnist".
func waiters(t *testing.T, url string) (stream, poll <-chan struct{}) {
	t.Helper()
	response, err := http.Get(url + "/v1/studies/mnist/events")
	if err != nil {
		t.Fatal(err)
	}
	events := bufio.NewReader(response.Body)
	if _, err := events.ReadString('\n'); err != nil {
		t.Fatalf("the stream does not begin: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer response.Body.Close()
		_, _ = io.Copy(io.Discard, events)
	}()
	return ended, sent(t, http.MethodGet, url+"/v1/studies/mnist/trials/2/decision?wait_seconds=60", nil)
}

func TestStoppingEndsStreamsAndLongPolls(t *testing.T) {
	s := start(t, nil)
	s.study(t)
	stream, poll := waiters(t, s.url)
	began := time.Now()
	if code := s.stop(t); code != 0 {
		t.Errorf("exit %d, want 0\n%s", code, s.stderr)
	}
	if took := time.Since(began); took > shutdownGrace/2 {
		t.Errorf("it took %v", took)
	}
	await(t, stream, "the stream to end")
	await(t, poll, "the long poll to end")
}

// child is the program in a process of its own.
type child struct {
	cmd    *exec.Cmd
	url    string
	stderr *buffer
	ended  chan error
}

func startChild(t *testing.T) *child {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*limit)
	c := &child{stderr: &buffer{}, ended: make(chan error, 1)}
	c.cmd = exec.CommandContext(ctx, program, "serve", "--listen", "127.0.0.1:0", "--db", filepath.Join(t.TempDir(), "test.db"))
	c.cmd.Env = append(os.Environ(), "TEST_ESPALIER_MAIN=1")
	c.cmd.Stderr = c.stderr
	stdout, err := c.cmd.StdoutPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	go func() { c.ended <- c.cmd.Wait() }()
	t.Cleanup(func() {
		cancel()
		c.ended <- await(t, c.ended, "the program to be killed")
	})
	if err != nil {
		t.Fatalf("the server did not start: %v\n%s", err, c.stderr)
	}
	c.url = strings.TrimSpace(strings.TrimPrefix(line, "espalier: listening on "))
	return c
}

func (c *child) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// wait returns how the program ended.
func (c *child) wait(t *testing.T) error {
	t.Helper()
	err := await(t, c.ended, "the program to end")
	c.ended <- err
	return err
}

func TestASignalEndsTheServer(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		t.Run(signal.String(), func(t *testing.T) {
			c := startChild(t)
			s := &server{url: c.url, env: environ{"ESPALIER_SERVER": c.url}}
			s.study(t)
			stream, poll := waiters(t, c.url)
			began := time.Now()
			c.signal(t, signal)
			if err := c.wait(t); err != nil {
				t.Errorf("%v, want exit 0\n%s", err, c.stderr)
			}
			if took := time.Since(began); took > 15*time.Second {
				t.Errorf("it took %v", took)
			}
			await(t, stream, "the stream to end")
			await(t, poll, "the long poll to end")
		})
	}
}

func TestASecondSignalEndsTheServerAtOnce(t *testing.T) {
	c := startChild(t)
	endless, w := io.Pipe()
	defer func() { _ = w.Close() }()
	sent(t, http.MethodPost, c.url+"/v1/import", endless)
	if _, err := io.WriteString(w, "{"); err != nil {
		t.Fatal(err)
	}
	c.signal(t, syscall.SIGTERM)
	poll(t, "the server to shut down", func() bool { return strings.Contains(c.stderr.String(), "shutting down") })
	began := time.Now()
	c.signal(t, syscall.SIGTERM)
	if err := c.wait(t); err == nil {
		t.Error("it ended as if nothing had been cut off")
	}
	if took := time.Since(began); took > shutdownGrace/2 {
		t.Errorf("it took %v", took)
	}
}

func TestARunningTrialIsWatchedAfterARestart(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "test.db")
	s := start(t, nil, "--db", db)
	s.ok(t, "study", "create", "mnist", "--param", "x=float:0:1")
	s.askFor(t, "mnist", espalier.AskRequest{LeaseSeconds: 1})
	s.stop(t)
	s = start(t, nil, "--db", db)
	// Only the list of studies is asked for: it brings none into memory.
	poll(t, "the lease to run out", func() bool {
		list := decoded[api.StudyList](t, s.ok(t, "study", "list", "-o", "json"))
		return list.Studies[0].TrialCounts.FAIL == 1
	})
}

func TestASeedIsAtMost53Bits(t *testing.T) {
	var all int64
	for range 1000 {
		s := randomSeed()
		if s < 0 || s >= 1<<53 {
			t.Fatalf("got %d", s)
		}
		all |= s
	}
	if all != 1<<53-1 {
		t.Errorf("some bits are never set: %x", all)
	}
}
