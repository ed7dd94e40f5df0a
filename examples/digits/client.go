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
	"strings"
	"time"
)

// client needs no library: the service speaks JSON over GET and POST.
type client struct {
	studies string // URL of all studies
	http    http.Client
}

func newClient(server string) *client {
	return &client{studies: strings.TrimRight(server, "/") + "/v1/studies", http: http.Client{Timeout: 30 * time.Second}}
}

// problem is an error the server answers with (RFC 9457).
type problem struct {
	Status int
	Code   string
	Detail string
	Errors []struct{ Pointer, Detail string }
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

// post sends in and reads the answer into out. A request that has begun comes to its end also after Ctrl-C:
// only so a trial just handed out is known and can be given back.
func (c *client) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodPost, path, body, out)
}

func (c *client) do(ctx context.Context, method, path string, body []byte, out any) error {
	request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), method, c.studies+path, bytes.NewReader(body))
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
		return fmt.Errorf("%s %s: %w", method, path, p)
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
