package api

import (
	"embed"
	"mime"
	"net/http"
	"path"

	"github.com/labstack/echo/v4"

	"github.com/espalier-hpo/espalier/openapi"
	"github.com/espalier-hpo/espalier/trials"
)

// docs is a page that renders the document in the browser, with nothing from
// anywhere else.
//
//go:embed docs
var docs embed.FS

const csp = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

func registerDocs(e *echo.Echo) error {
	asJSON, err := openapi.JSON()
	if err != nil {
		return err
	}
	e.GET("/openapi.yaml", func(c echo.Context) error { return c.Blob(http.StatusOK, "application/yaml", openapi.Document) })
	e.GET("/openapi-3.0.yaml", func(c echo.Context) error { return c.Blob(http.StatusOK, "application/yaml", openapi.Document30) })
	e.GET("/openapi.json", func(c echo.Context) error { return c.Blob(http.StatusOK, "application/json", asJSON) })
	e.GET("/docs", func(c echo.Context) error { return sendDoc(c, "index.html") })
	e.GET("/docs/:file", func(c echo.Context) error { return sendDoc(c, c.Param("file")) })
	return nil
}

func sendDoc(c echo.Context, name string) error {
	b, err := docs.ReadFile("docs/" + name)
	if err != nil {
		return trials.Errorf(trials.NotFound, "The documentation has no such file.")
	}
	c.Response().Header().Set("Content-Security-Policy", csp)
	c.Response().Header().Set("X-Content-Type-Options", "nosniff")
	return c.Blob(http.StatusOK, mime.TypeByExtension(path.Ext(name)), b)
}
