package api

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"

	"github.com/espalier-hpo/espalier/trials"
)

const defaultPage = 100

// listing is a request for one page of a list. What is it a list of, and its
// filters, are bound into its tokens.
type listing[C any] struct {
	size  int
	hash  uint64
	after *C // nil: the first page
}

// token is what a page token holds.
type token[C any] struct {
	Filters uint64 `json:"f"`
	Cursor  C      `json:"c"`
}

func newListing[C any](size int, page string, filters ...any) (*listing[C], error) {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%q", filters) // a hash never fails
	l := &listing[C]{size: size, hash: h.Sum64() >> 11}
	if size == 0 {
		l.size = defaultPage
	}
	if page == "" {
		return l, nil
	}
	var t token[C]
	b, err := base64.RawURLEncoding.DecodeString(page)
	if err == nil {
		err = json.Unmarshal(b, &t)
	}
	if err != nil || t.Filters != l.hash {
		return nil, &trials.Error{
			Code: trials.InvalidPageToken, Detail: "The page token is none of this list with these filters.",
			Fields: []trials.FieldError{{In: "query", Name: "page_token", Detail: "is none of this list with these filters"}},
		}
	}
	l.after = &t.Cursor
	return l, nil
}

// more is how many to ask for: one more than the page holds.
func (l *listing[C]) more() int { return l.size + 1 }

// cut returns the page, and the token of the next one if there is one.
func cut[T, C any](l *listing[C], all []T, cursor func(*T) C) ([]T, string, error) {
	if len(all) <= l.size {
		return list(all), "", nil
	}
	page := all[:l.size]
	b, err := json.Marshal(token[C]{l.hash, cursor(&page[l.size-1])})
	return page, base64.RawURLEncoding.EncodeToString(b), err
}
