package trials

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
)

// EncodeJSON writes the JSON of v and a line feed. It leaves <, > and & as they
// are: what is stored and answered is read by people too, and no browser takes
// JSON for a page.
func EncodeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// MarshalJSON is [json.Marshal] in the form of [EncodeJSON].
func MarshalJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	err := EncodeJSON(&b, v)
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), err
}

// EditDistance counts the letters to insert, drop or change to get from one
// name to the other (Levenshtein), and passes over case. Of a name longer than
// 64 bytes it is 64.
func EditDistance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// SourceName is what the source of a report must match.
var SourceName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// MaxReportMetrics is how many metrics one report may carry.
const MaxReportMetrics = 256
