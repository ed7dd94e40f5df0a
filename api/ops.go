package api

import (
	"context"
	"net/http"

	"github.com/espalier-hpo/espalier/openapi"
)

// ListSamplers handles GET /v1/samplers.
func (h *handlers) ListSamplers(context.Context, openapi.ListSamplersRequestObject) (openapi.ListSamplersResponseObject, error) {
	samplers, _ := h.svc.Catalogues()
	return openapi.ListSamplers200JSONResponse{Samplers: list(samplers)}, nil
}

// ListPruners handles GET /v1/pruners.
func (h *handlers) ListPruners(context.Context, openapi.ListPrunersRequestObject) (openapi.ListPrunersResponseObject, error) {
	_, pruners := h.svc.Catalogues()
	return openapi.ListPruners200JSONResponse{Pruners: list(pruners)}, nil
}

// Healthz handles GET /healthz.
func (h *handlers) Healthz(context.Context, openapi.HealthzRequestObject) (openapi.HealthzResponseObject, error) {
	return openapi.Healthz200JSONResponse{Status: openapi.HealthStatusOk}, nil
}

// Readyz handles GET /readyz.
func (h *handlers) Readyz(context.Context, openapi.ReadyzRequestObject) (openapi.ReadyzResponseObject, error) {
	return openapi.Readyz200JSONResponse{Status: openapi.HealthStatusOk}, h.svc.Ready()
}

// apiVersion is the version in the paths.
const apiVersion = "v1"

// GetVersion handles GET /v1/version.
func (h *handlers) GetVersion(context.Context, openapi.GetVersionRequestObject) (openapi.GetVersionResponseObject, error) {
	return openapi.GetVersion200JSONResponse{Version: h.Version, API: apiVersion, Commit: h.Commit}, nil
}

// ImportStudy handles POST /v1/import.
func (h *handlers) ImportStudy(ctx context.Context, r openapi.ImportStudyRequestObject) (openapi.ImportStudyResponseObject, error) {
	s, err := h.svc.Import(ctx, r.Body, r.Params.Name)
	if err != nil {
		return nil, err
	}
	return openapi.ImportStudy201JSONResponse{Body: s, Headers: openapi.ImportStudy201ResponseHeaders{
		ETag: &s.ETag, Location: new(studyPath(s.Name)),
	}}, nil
}

// Backup handles GET /v1/backup.
func (h *handlers) Backup(ctx context.Context, _ openapi.BackupRequestObject) (openapi.BackupResponseObject, error) {
	return &backup{h, ctx}, nil
}

// backup streams a copy of the database.
type backup struct {
	h   *handlers
	ctx context.Context //nolint:containedctx // lives as long as its request
}

// VisitBackupResponse implements [openapi.BackupResponseObject].
func (b *backup) VisitBackupResponse(w http.ResponseWriter) error {
	name := b.h.Now().UTC().Format("espalier-20060102-150405.db")
	w.Header().Set("Content-Type", "application/vnd.sqlite3")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return b.h.svc.Store.Backup(b.ctx, w)
}
