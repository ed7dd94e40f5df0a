package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// clientFlags are the flags of the commands that speak to a server.
type clientFlags struct {
	server    string
	tokenFile string // of serve, too
	tlsCA     string
	output    string // table or json
}

// clientOnly names those that serve does not take.
var clientOnly = []string{"server", "tls-ca", "output"}

func (c *clientFlags) declare(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&c.server, "server", "http://127.0.0.1:8080", "`URL` of the server")
	f.StringVar(&c.tokenFile, "token-file", "", "`file` with the server's token")
	f.StringVar(&c.tlsCA, "tls-ca", "", "trust the certificates in this PEM `file` as well")
	f.StringVarP(&c.output, "output", "o", "table", "`format`: table, or json as the API gives it")
	nameEnv(root)
}

// client is a client of the server that the flags name.
func (p *program) client(cmd *cobra.Command) (*espalier.Client, error) {
	token, err := p.token(cmd)
	if err != nil {
		return nil, err
	}
	options := []espalier.Option{espalier.WithRetryFor(0)} // a person is told at once
	if token != "" {
		options = append(options, espalier.WithToken(token))
	}
	if p.tlsCA != "" {
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		pem, err := os.ReadFile(p.tlsCA)
		if err != nil {
			return nil, usagef("--tls-ca: %v", err)
		}
		if !roots.AppendCertsFromPEM(pem) {
			return nil, usagef("--tls-ca: %s holds no certificate", p.tlsCA)
		}
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
		options = append(options, espalier.WithHTTPClient(&http.Client{Transport: transport}))
	}
	c, err := espalier.New(p.server, options...)
	if err != nil {
		return nil, usagef("--server: %v", err)
	}
	return c, nil
}

// document is an answer as it came, for scripts, and decoded, for tables.
type document[T any] struct {
	raw   json.RawMessage
	value T
}

// UnmarshalJSON implements [json.Unmarshaler].
func (d *document[T]) UnmarshalJSON(b []byte) error {
	d.raw = bytes.Clone(b)
	return json.Unmarshal(b, &d.value)
}

// MarshalJSON implements [json.Marshaler].
func (d document[T]) MarshalJSON() ([]byte, error) { return d.raw, nil }

// maxPage is the most that the server gives at once.
const maxPage = 1000

// pages reads pages of a list until its end or, if limit is above 0, until it
// has so many. It says whether there is more.
func pages[T any](limit int, fetch func(size int, token *string) (page []T, next string, err error)) (all []T, more bool, err error) {
	all = []T{}
	var token *string
	for {
		size := maxPage
		if limit > 0 {
			size = min(size, limit-len(all))
		}
		page, next, err := fetch(size, token)
		if err != nil {
			return nil, false, err
		}
		all = append(all, page...)
		if next == "" || limit > 0 && len(all) >= limit {
			return all, next != "", nil
		}
		token = &next
	}
}

// print prints a result: as JSON, or as the table that draw makes.
func (p *program) print(v any, draw func(*tabwriter.Writer)) error {
	if p.output == "json" {
		e := json.NewEncoder(p.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	draw(w)
	return w.Flush()
}

// warn tells what a study's sampler and pruner are doubtful about.
func (p *program) warn(warnings []api.FieldError) {
	for _, f := range warnings {
		fmt.Fprintf(p.stderr, "warning: %s\n", printable(f.String()))
	}
}
