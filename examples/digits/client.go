package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// client calls one study. No client library is needed: it is JSON over POST and GET.
type client struct {
	study string // the study's URL
	http  http.Client
}

func newClient(server, study string) *client {
	return &client{
		study: strings.TrimRight(server, "/") + "/v1/studies/" + url.PathEscape(study),
		http:  http.Client{Timeout: 30 * time.Second},
	}
}

// problem is an error the server answers with (RFC 9457).
type problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Pointer string `json:"pointer"`
		Detail  string `json:"detail"`
	} `json:"errors"`
}

func (p *problem) Error() string {
	text := fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail)
	for _, e := range p.Errors {
		text += fmt.Sprintf("\n  %s: %s", e.Pointer, e.Detail)
	}
	return text
}

// lost tells that the trial is no longer this worker's: its lease ran out, or somebody else ended it.
func lost(err error) bool {
	var p *problem
	return errors.As(err, &p) && p.Status == http.StatusConflict && (p.Code == "lease_expired" || p.Code == "trial_not_running")
}

// post sends in as JSON to a path below the study and reads the answer into out, unless that is nil.
func (c *client) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodPost, c.study+path, body, out)
}

// do lets a request that has begun come to its end after Ctrl-C: a trial just handed out must be known to be given back.
func (c *client) do(ctx context.Context, method, address string, body []byte, out any) error {
	request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusBadRequest {
		p := &problem{Code: "unknown", Detail: string(answer)}
		_ = json.Unmarshal(answer, p) // an answer of another kind stays in Detail
		p.Status = response.StatusCode
		return fmt.Errorf("%s %s: %w", method, address, p)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// float travels as a string when it is not finite, for JSON has no such numbers.
type float float64

// MarshalJSON writes a number, "NaN", "Infinity" or "-Infinity".
func (f float) MarshalJSON() ([]byte, error) {
	switch x := float64(f); {
	case math.IsNaN(x):
		return []byte(`"NaN"`), nil
	case math.IsInf(x, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(x, -1):
		return []byte(`"-Infinity"`), nil
	default:
		return json.Marshal(x)
	}
}
