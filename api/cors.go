package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// cors lets pages of other origins use the API: whose they are is compared as a
// whole, without wildcards. Cookies are not allowed; the server reads none.
type cors struct {
	origins []string
	guard   *http.CrossOriginProtection
}

func newCORS(origins []string) (*cors, error) {
	c := &cors{origins: origins, guard: http.NewCrossOriginProtection()}
	for _, origin := range origins {
		if err := CheckOrigin(origin); err != nil {
			return nil, err
		}
		if err := c.guard.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// CheckOrigin refuses what is not the origin of a page, as browsers write it.
func CheckOrigin(origin string) error {
	if err := http.NewCrossOriginProtection().AddTrustedOrigin(origin); err != nil || strings.Contains(origin, "*") {
		return fmt.Errorf("%q is not an origin such as https://dash.example:8443", origin)
	}
	return nil
}

const exposed = "Allow, ETag, Idempotency-Replayed, Location, Retry-After, Server-Timing, X-Trace-Id"

// share tells a browser which pages may read the answer, and answers what it
// asks before it sends a request for one of them. That preflight bears no token.
func (s *cors) share(next echo.HandlerFunc) echo.HandlerFunc {
	if len(s.origins) == 0 {
		return next
	}
	return func(c echo.Context) error {
		asked, h := c.Request().Header, c.Response().Header()
		h.Add("Vary", "Origin")
		origin := asked.Get("Origin")
		if !slices.Contains(s.origins, origin) {
			return next(c)
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", exposed)
		h.Set("Timing-Allow-Origin", origin)
		allow, _ := c.Get(echo.ContextKeyHeaderAllow).(string)
		if c.Request().Method != http.MethodOptions || asked.Get("Access-Control-Request-Method") == "" || allow == "" {
			return next(c)
		}
		h.Set("Access-Control-Allow-Methods", allow)
		h.Set("Access-Control-Allow-Headers", asked.Get("Access-Control-Request-Headers"))
		h.Set("Access-Control-Max-Age", "600")
		return c.NoContent(http.StatusNoContent)
	}
}
