package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/espalier-hpo/espalier/openapi"
	"github.com/espalier-hpo/espalier/trials"
)

func studyPath(name string) string { return "/v1/studies/" + name }

// ListStudies handles GET /v1/studies.
func (h *handlers) ListStudies(ctx context.Context, r openapi.ListStudiesRequestObject) (openapi.ListStudiesResponseObject, error) {
	l, err := newListing[string](r.Params.PageSize, r.Params.PageToken, "studies", r.Params.Prefix)
	if err != nil {
		return nil, err
	}
	after := ""
	if l.after != nil {
		after = *l.after
	}
	found, err := h.svc.Studies(ctx, r.Params.Prefix, after, l.more())
	if err != nil {
		return nil, err
	}
	page, next, err := cut(l, found, func(s *trials.Study) string { return s.Name })
	return openapi.ListStudies200JSONResponse{Studies: page, NextPageToken: next}, err
}

// CreateStudy handles POST /v1/studies.
func (h *handlers) CreateStudy(ctx context.Context, r openapi.CreateStudyRequestObject) (openapi.CreateStudyResponseObject, error) {
	request := strconv.AppendBool(append([]byte(nil), r.Body.Raw...), r.Params.LoadIfExists)
	once := h.once(r.Params.IdempotencyKey, "/v1/studies", request, func(result any) *trials.Answer {
		s := result.(trials.Study) //nolint:forcetypeassert // the service says so
		return &trials.Answer{Status: http.StatusCreated, Header: map[string]string{"Location": studyPath(s.Name), "ETag": s.ETag}}
	})
	s, created, err := h.svc.CreateStudy(ctx, &r.Body.Value, r.Params.LoadIfExists, once)
	if err != nil {
		return nil, err
	}
	if !created {
		return openapi.CreateStudy200JSONResponse{Body: s, Headers: openapi.CreateStudy200ResponseHeaders{ETag: &s.ETag}}, nil
	}
	return openapi.CreateStudy201JSONResponse{Body: s, Headers: openapi.CreateStudy201ResponseHeaders{
		ETag: &s.ETag, Location: new(studyPath(s.Name)),
	}}, nil
}

// GetStudy handles GET /v1/studies/{study}.
func (h *handlers) GetStudy(ctx context.Context, r openapi.GetStudyRequestObject) (openapi.GetStudyResponseObject, error) {
	s, err := h.svc.Study(ctx, r.Study)
	if err != nil {
		return nil, err
	}
	if sameETag(r.Params.IfNoneMatch, s.ETag) {
		return notModified(s.ETag), nil
	}
	return openapi.GetStudy200JSONResponse{Body: s, Headers: openapi.GetStudy200ResponseHeaders{ETag: &s.ETag}}, nil
}

// sameETag says whether an If-None-Match header names the tag.
func sameETag(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}

// notModified is a 304 with its ETag.
type notModified string

// VisitGetStudyResponse implements [openapi.GetStudyResponseObject].
func (etag notModified) VisitGetStudyResponse(w http.ResponseWriter) error {
	w.Header().Set("ETag", string(etag))
	w.WriteHeader(http.StatusNotModified)
	return nil
}

// UpdateStudy handles PATCH /v1/studies/{study}.
func (h *handlers) UpdateStudy(ctx context.Context, r openapi.UpdateStudyRequestObject) (openapi.UpdateStudyResponseObject, error) {
	s, err := h.svc.UpdateStudy(ctx, r.Study, r.Body.Value, r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	return openapi.UpdateStudy200JSONResponse{Body: s, Headers: openapi.UpdateStudy200ResponseHeaders{ETag: &s.ETag}}, nil
}

// DeleteStudy handles DELETE /v1/studies/{study}.
func (h *handlers) DeleteStudy(ctx context.Context, r openapi.DeleteStudyRequestObject) (openapi.DeleteStudyResponseObject, error) {
	return openapi.DeleteStudy204Response{}, h.svc.DeleteStudy(ctx, r.Study, r.Params.IfMatch)
}

// StopStudy handles POST /v1/studies/{study}/stop.
func (h *handlers) StopStudy(ctx context.Context, r openapi.StopStudyRequestObject) (openapi.StopStudyResponseObject, error) {
	s, err := h.svc.StopStudy(ctx, r.Study)
	if err != nil {
		return nil, err
	}
	return openapi.StopStudy200JSONResponse{Body: s, Headers: openapi.StopStudy200ResponseHeaders{ETag: &s.ETag}}, nil
}

// ResumeStudy handles POST /v1/studies/{study}/resume.
func (h *handlers) ResumeStudy(ctx context.Context, r openapi.ResumeStudyRequestObject) (openapi.ResumeStudyResponseObject, error) {
	s, err := h.svc.ResumeStudy(ctx, r.Study)
	if err != nil {
		return nil, err
	}
	return openapi.ResumeStudy200JSONResponse{Body: s, Headers: openapi.ResumeStudy200ResponseHeaders{ETag: &s.ETag}}, nil
}

// GetBestTrials handles GET /v1/studies/{study}/best.
func (h *handlers) GetBestTrials(ctx context.Context, r openapi.GetBestTrialsRequestObject) (openapi.GetBestTrialsResponseObject, error) {
	best, err := h.svc.Best(ctx, r.Study)
	return openapi.GetBestTrials200JSONResponse{Trials: list(best)}, err
}

// TransferStudy handles POST /v1/studies/{study}/transfer.
func (h *handlers) TransferStudy(ctx context.Context, r openapi.TransferStudyRequestObject) (openapi.TransferStudyResponseObject, error) {
	once := h.once(r.Params.IdempotencyKey, studyPath(r.Study)+"/transfer", r.Body.Raw, func(any) *trials.Answer {
		return &trials.Answer{Status: http.StatusOK}
	})
	result, err := h.svc.Transfer(ctx, r.Study, &r.Body.Value, once)
	return openapi.TransferStudy200JSONResponse{Body: result}, err
}
