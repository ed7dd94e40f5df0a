package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/espalier-hpo/espalier/trials"
)

// once makes a request with an Idempotency-Key repeatable; nil without one.
// The key is that of the token's holder for a path. The header may quote it.
func (h *handlers) once(key, path string, request []byte, stored func(result any) *trials.Answer) *trials.Once {
	if key == "" {
		return nil
	}
	if len(key) > 2 && strings.HasPrefix(key, `"`) && strings.HasSuffix(key, `"`) {
		key = key[1 : len(key)-1]
	}
	sum := sha256.Sum256(request)
	return &trials.Once{
		Scope: h.identity + " POST " + path, Key: key, Hash: hex.EncodeToString(sum[:]),
		Encode: func(result any) (*trials.Answer, error) {
			a := stored(result)
			var body bytes.Buffer
			err := trials.EncodeJSON(&body, result)
			a.Body = body.Bytes()
			return a, err
		},
	}
}
