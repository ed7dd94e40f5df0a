package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// machine drives one study over HTTP with requests that mean something and
// requests that do not, and holds the answers to a model of what a study is.
type machine struct {
	*server
	t     *rapid.T
	study string
	max   int64             // of trials
	state map[int64]string  // of every trial seen
	prune map[int64]bool    // should_prune was answered
	last  map[string]string // what a refused request must leave alone
}

// TestNoRequestsBreakAStudy: whatever is sent, in whatever order, nothing is
// answered by a 5xx, a refused request changes nothing, and no trial goes
// through a state that it cannot.
func TestNoRequestsBreakAStudy(t *testing.T) {
	s := serve(t)
	studies := 0
	rapid.Check(t, func(rt *rapid.T) {
		studies++
		m := &machine{
			server: s, t: rt, study: fmt.Sprintf("/v1/studies/m%d", studies), max: rapid.Int64Range(1, 30).Draw(rt, "max_trials"),
			state: map[int64]string{}, prune: map[int64]bool{},
		}
		m.send("POST", "/v1/studies", fmt.Sprintf(`{"name":"m%d","max_retries":1,"lease_seconds":60,"seed":1,
			"search_space":{"x":{"type":"float","low":0,"high":1},"c":{"type":"categorical","choices":["a","b"]},
				"y":{"type":"int","low":1,"high":8,"when":{"c":["b"]}}},
			"constraints":[{"metric":"mem_bytes","op":"<=","bound":5}],
			"budget":{"max_trials":%d,"cpu_seconds":200},
			"pruner":{"type":"any","pruners":[{"type":"median","startup_trials":2},
				{"type":"threshold","upper":50},{"type":"limit","metric":"system/cpu_seconds","bound":20}]}}`, studies, m.max), 201)
		m.last = m.look()
		for range rapid.IntRange(1, 40).Draw(rt, "requests") {
			m.step()
		}
		m.readAll()
	})
}

func (m *machine) draw(name string, of ...string) string {
	return rapid.SampledFrom(of).Draw(m.t, name)
}

func (m *machine) trial() string {
	return m.study + fmt.Sprintf("/trials/%d", rapid.Int64Range(0, int64(len(m.state))+1).Draw(m.t, "trial"))
}

func (m *machine) number() string {
	return m.draw("number", "0", "1", "2.5", "-3", "7", "60", "1e300", `"NaN"`, `"Infinity"`, `"1"`, "null", "true", "{}")
}

// step sends one request and checks what can be known of its answer.
func (m *machine) step() {
	switch m.draw("request", "ask", "ask", "report", "report", "report", "tell", "tell", "enqueue", "add", "suggest",
		"heartbeat", "prune", "release", "patch", "stop", "resume", "batch", "wait", "junk", "attrs") {
	case "ask":
		m.send("POST", m.study+"/ask", m.draw("ask", ``, `{}`, `{"count":3}`, `{"count":0}`, `{"count":"1"}`, `{"worker":"w","lease_seconds":30}`,
			`{"search_space":{"z":{"type":"float","low":1,"high":2}}}`, `{"search_space":{"x":{"type":"int","low":1,"high":2}}}`), 0)
	case "report":
		m.send("POST", m.trial()+"/report", fmt.Sprintf(`{"step":%s,"value":%s,"metrics":{"system/cpu_seconds":%s,"mem_bytes":%s}}`,
			m.draw("step", "0", "1", "2", "3", "-1", "1.5", `"2"`), m.number(), m.number(), m.number()), 0)
	case "tell":
		m.send("POST", m.trial()+"/tell", m.draw("tell", ``, `{}`, `{"value":1}`, `{"value":2}`, `{"value":"NaN"}`, `{"values":[1,2]}`, `{"values":{"value":3}}`,
			`{"state":"PRUNED"}`, `{"state":"PRUNED","value":1}`, `{"state":"FAIL","reason":"oom"}`, `{"state":"RUNNING"}`, `{"value":1,"metrics":{"mem_bytes":9}}`), 0)
	case "enqueue":
		m.send("POST", m.study+"/trials", m.draw("enqueue", `{"params":{"x":0.5}}`, `{"params":{"x":2}}`, `{"params":{"q":1}}`, `{"params":{}}`,
			`{"params":{"x":0.5},"skip_if_exists":true}`, `{"params":{"c":"a","y":3}}`), 0)
	case "add":
		m.send("POST", m.study+"/trials", fmt.Sprintf(`{"params":{"x":0.1,"c":"a"},"state":%s,"value":%s,"reports":[{"step":1,"value":%s}]}`,
			m.draw("state", `"COMPLETE"`, `"PRUNED"`, `"FAIL"`, `"RUNNING"`), m.number(), m.number()), 0)
	case "suggest":
		m.send("POST", m.trial()+"/suggest", m.draw("suggest", `{"search_space":{"z":{"type":"float","low":1,"high":2}}}`, `{"search_space":{}}`,
			`{"search_space":{"x":{"type":"float","low":0,"high":2}}}`, `{"search_space":{"z":{"type":"int","low":1,"high":2}}}`), 0)
	case "heartbeat", "prune", "release":
		m.send("POST", m.trial()+"/"+m.draw("verb", "heartbeat", "prune", "release"), ``, 0)
	case "patch":
		m.send("PATCH", m.study, m.draw("patch", `{"budget":{"cpu_seconds":400}}`, `{"budget":null}`, `{"constraints":[]}`,
			`{"constraints":[{"metric":"value","op":"<=","bound":3,"aggregate":"p95"}]}`, `{"pruner":{"type":"nop"}}`, `{"pruner":{"type":"nap"}}`,
			`{"seed":3}`, `{"sampler":{"type":"goptuna.random"}}`, `{"max_retries":0}`, `{"lease_seconds":null}`), 0)
	case "stop", "resume":
		m.send("POST", m.study+"/"+m.draw("verb", "stop", "resume", "resume"), ``, 200)
	case "batch":
		m.send("POST", m.study+"/reports", fmt.Sprintf(`{"reports":[{"trial":0,"step":9,"value":1},{"trial":1,"step":%s,"value":2}]}`, m.draw("step", "9", "-9")), 0)
	case "wait": // a little past the shortest leases
		m.late.Add(int64(31 * time.Second))
		m.service.Tick(m.t.Context())
		m.last = m.look()
	case "attrs":
		m.send("PATCH", m.trial(), m.draw("attrs", `{"user_attrs":{"k":1}}`, `{"user_attrs":{"k":null}}`, `{"user_attrs":3}`), 0)
	default:
		m.send(m.draw("method", "GET", "POST", "PUT", "DELETE"), m.study+m.draw("path", "/ask/", "/trials/x", "/trials/-1", "/nothing", "/trials/0/tell/x", "/trials/99999999999999999999"),
			m.draw("body", ``, `{`, `[]`, `{"a":1}{"a":1}`, "\xff", strings.Repeat("[", 1000)), 0)
	}
}

// send sends a request and checks its answer; want 0 is any but a 5xx.
func (m *machine) send(method, path, body string, want int) {
	a := m.call(method, path, body)
	if a.StatusCode >= http.StatusInternalServerError || want != 0 && a.StatusCode != want {
		m.t.Fatalf("%s %s %s: %d %s", method, path, body, a.StatusCode, a.body)
	}
	if m.last == nil {
		return
	}
	now := m.look()
	if a.StatusCode >= http.StatusBadRequest {
		for what, before := range m.last {
			if now[what] != before {
				m.t.Fatalf("%s %s %s was refused (%d %s), and %s went from %s to %s", method, path, body, a.StatusCode, a.body, what, before, now[what])
			}
		}
	}
	m.last = now
	var d struct {
		Trial       int64 `json:"trial"`
		ShouldPrune bool  `json:"should_prune"`
	}
	if strings.HasSuffix(path, "/report") && a.StatusCode == http.StatusOK && json.Unmarshal([]byte(a.body), &d) == nil {
		if m.prune[d.Trial] && !d.ShouldPrune {
			m.t.Fatalf("trial %d was to be pruned, and now it is not: %s", d.Trial, a.body)
		}
		m.prune[d.Trial] = d.ShouldPrune
	}
}

// next are the states that may follow one.
var next = map[string]string{
	"": "WAITING RUNNING COMPLETE PRUNED FAIL", "WAITING": "WAITING RUNNING FAIL",
	"RUNNING": "RUNNING WAITING COMPLETE PRUNED FAIL", "COMPLETE": "COMPLETE", "PRUNED": "PRUNED", "FAIL": "FAIL",
}

// look reads the study and its trials, checks them against the model and
// returns what a refused request must leave alone.
func (m *machine) look() map[string]string {
	var study struct {
		Counts map[string]int64    `json:"trial_counts"`
		Spent  map[string]*float64 `json:"spent"`
	}
	body := m.call("GET", m.study, "").body
	if err := json.Unmarshal([]byte(body), &study); err != nil {
		m.t.Fatal(err)
	}
	var list struct {
		Trials []json.RawMessage `json:"trials"`
	}
	if err := json.Unmarshal([]byte(m.call("GET", m.study+"/trials?page_size=1000", "").body), &list); err != nil {
		m.t.Fatal(err)
	}
	out, counts := map[string]string{}, map[string]int64{}
	for i, raw := range list.Trials {
		var trial struct {
			Number   int64           `json:"number"`
			State    string          `json:"state"`
			Values   []any           `json:"values"`
			Expires  string          `json:"lease_expires"`
			Decision json.RawMessage `json:"decision"`
		}
		if err := json.Unmarshal(raw, &trial); err != nil {
			m.t.Fatal(err)
		}
		if trial.Number != int64(i) {
			m.t.Fatalf("trial %d is the %dth", trial.Number, i)
		}
		if !strings.Contains(" "+next[m.state[trial.Number]]+" ", " "+trial.State+" ") {
			m.t.Fatalf("trial %d went from %s to %s", trial.Number, m.state[trial.Number], trial.State)
		}
		if (trial.State == "COMPLETE") != (len(trial.Values) == 1) {
			m.t.Fatalf("a %s trial has values %v", trial.State, trial.Values)
		}
		m.state[trial.Number] = trial.State
		counts[trial.State]++
		// A refused call renews no lease, but the clock of this test goes on.
		out[fmt.Sprintf("trial %d", i)] = strings.ReplaceAll(string(raw), trial.Expires, "")
	}
	for state, n := range study.Counts {
		if n != counts[state] {
			m.t.Fatalf("the study counts %d %s, and has %d", n, state, counts[state])
		}
	}
	if handed := study.Spent["trials"]; handed == nil || strings.Contains(body, `"max_trials"`) && int64(*handed) > m.max {
		m.t.Fatalf("of %d trials %v were handed out", m.max, handed)
	}
	out["number of trials"] = fmt.Sprint(len(list.Trials))
	return out
}

// readAll reads all else there is to read.
func (m *machine) readAll() {
	for _, path := range []string{"/best", "/export?table=all", "/export?table=metrics", "/export?table=trials&format=jsonl", "/trials?order_by=value&feasible=true", "/trials?order_by=-datetime_complete&page_size=3"} {
		m.send("GET", m.study+path, ``, 200)
	}
	for number := range m.state {
		for _, path := range []string{"", "/decision", "/decisions", "/metrics"} {
			m.send("GET", fmt.Sprintf("%s/trials/%d%s", m.study, number, path), ``, 200)
		}
	}
}
