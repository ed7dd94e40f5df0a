package trials

import (
	"encoding/json"
	"testing"
	"time"
)

func TestMergePatchFollowsRFC7396(t *testing.T) {
	// The table of appendix A.
	for _, tt := range []struct{ doc, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"a":"b"}`, `["c"]`, `["c"]`},
		{`{"a":"foo"}`, `null`, `null`},
		{`{"a":"foo"}`, `"bar"`, `"bar"`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{`{"n":1.10}`, `{"m":12345678901234567890}`, `{"m":12345678901234567890,"n":1.10}`},
	} {
		got, err := mergeJSON(json.RawMessage(tt.doc), json.RawMessage(tt.patch))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s with %s = %s, %v, want %s", tt.doc, tt.patch, got, err, tt.want)
		}
	}
}

func TestAttrsThatAreNoObjectAreRefused(t *testing.T) {
	for _, patch := range []string{`[1]`, `"a"`, `null`, `3`} {
		if got, err := mergeAttrs(nil, json.RawMessage(patch)); ErrorCode(err) != InvalidRequest {
			t.Errorf("mergeAttrs(%s) = %s, %v, want invalid_request", patch, got, err)
		}
	}
	if got, err := mergeAttrs(nil, nil); string(got) != "{}" || err != nil {
		t.Errorf("no attrs = %s, %v, want {}", got, err)
	}
}

func TestEventsAreNumberedCoalescedAndResumable(t *testing.T) {
	var b hub
	start := time.UnixMicro(1000)
	b.start(start)
	b.publish(&Change{}) // nothing happened
	if got := b.current(); got != 1000 {
		t.Fatalf("revision %d after no change, want 1000", got)
	}
	events, news, ok := b.since(1000)
	if len(events) != 0 || news == nil || !ok {
		t.Fatalf("since(1000) = %v, %v, %v, want none yet", events, news, ok)
	}
	b.publish(&Change{Reports: []ReportRow{{Trial: 1}, {Trial: 2}, {Trial: 1}}})
	select {
	case <-news:
	default:
		t.Error("who waits is not told of news")
	}
	b.publish(&Change{Row: &StudyRow{}, Trials: []*Trial{{Number: 1}}}) // a trial says that counts changed
	b.publish(&Change{Row: &StudyRow{}})
	events, _, _ = b.since(1000)
	want := `[{"type":"report","trial":2,"revision":1002},{"type":"report","trial":1,"revision":1003},` +
		`{"type":"trial","trial":1,"revision":1004},{"type":"study","revision":1005}]`
	if got, _ := json.Marshal(events); string(got) != want {
		t.Errorf("since(1000) = %s, want %s", got, want)
	}
	if events, _, ok := b.since(1004); !ok || len(events) != 1 || events[0].Revision != 1005 {
		t.Errorf("since(1004) = %v, %v, want the last", events, ok)
	}
	for _, revision := range []int64{999, 1006} {
		if _, _, ok := b.since(revision); ok {
			t.Errorf("since(%d) is answered, want expired", revision)
		}
	}
}

func TestOldEventsAreForgotten(t *testing.T) {
	var b hub
	b.start(time.UnixMicro(0)) // revisions from 1: the start is not 0
	b.revision, b.base = 10, 10
	for i := range int64(3 * keptEvents) {
		b.publish(&Change{Reports: []ReportRow{{Trial: i}}})
	}
	if n := len(b.kept); n < keptEvents || n > 2*keptEvents {
		t.Errorf("%d events are kept, want %d to %d", n, keptEvents, 2*keptEvents)
	}
	if _, _, ok := b.since(10); ok {
		t.Error("since(10) is answered, want expired")
	}
	events, _, ok := b.since(b.revision - keptEvents)
	if !ok || len(events) != keptEvents || events[0].Revision != b.revision-keptEvents+1 {
		t.Errorf("the last %d events: %d, %v", keptEvents, len(events), ok)
	}
	b.end()
	if _, news, ok := b.since(b.revision); news != nil || !ok {
		t.Errorf("since() of a study not in use waits for news")
	}
}
