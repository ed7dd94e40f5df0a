package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/espalier-hpo/espalier/openapi"
	"github.com/espalier-hpo/espalier/trials"
)

func trialPath(study string, number int64) string {
	return studyPath(study) + "/trials/" + strconv.FormatInt(number, 10)
}

// ListTrials handles GET /v1/studies/{study}/trials.
func (h *handlers) ListTrials(ctx context.Context, r openapi.ListTrialsRequestObject) (openapi.ListTrialsResponseObject, error) {
	feasible := "any"
	if r.Params.Feasible != nil {
		feasible = strconv.FormatBool(*r.Params.Feasible)
	}
	l, err := newListing[trials.TrialCursor](r.Params.PageSize, r.Params.PageToken, "trials", r.Study, r.Params.OrderBy, r.Params.State, feasible)
	if err != nil {
		return nil, err
	}
	q := trials.TrialQuery{States: r.Params.State, Feasible: r.Params.Feasible, Order: r.Params.OrderBy, After: l.after, Limit: l.more()}
	if q.Order == "" {
		q.Order = trials.ByNumber
	}
	found, err := h.svc.Trials(ctx, r.Study, q)
	if err != nil {
		return nil, err
	}
	page, next, err := cut(l, found, q.Cursor)
	return openapi.ListTrials200JSONResponse{Trials: page, NextPageToken: next}, err
}

// CreateTrial handles POST /v1/studies/{study}/trials.
func (h *handlers) CreateTrial(ctx context.Context, r openapi.CreateTrialRequestObject) (openapi.CreateTrialResponseObject, error) {
	once := h.once(r.Params.IdempotencyKey, studyPath(r.Study)+"/trials", r.Body.Raw, func(result any) *trials.Answer {
		t := result.(trials.Trial) //nolint:forcetypeassert // the service says so
		return &trials.Answer{Status: http.StatusCreated, Header: map[string]string{"Location": trialPath(r.Study, t.Number), "ETag": t.ETag()}}
	})
	t, created, err := h.svc.CreateTrial(ctx, r.Study, &r.Body.Value, once)
	if err != nil {
		return nil, err
	}
	if !created {
		return openapi.CreateTrial200JSONResponse{Body: t, Headers: openapi.CreateTrial200ResponseHeaders{ETag: new(t.ETag())}}, nil
	}
	return openapi.CreateTrial201JSONResponse{Body: t, Headers: openapi.CreateTrial201ResponseHeaders{
		ETag: new(t.ETag()), Location: new(trialPath(r.Study, t.Number)),
	}}, nil
}

// GetTrial handles GET .../trials/{number}.
func (h *handlers) GetTrial(ctx context.Context, r openapi.GetTrialRequestObject) (openapi.GetTrialResponseObject, error) {
	t, err := h.svc.Trial(ctx, r.Study, r.Number)
	return openapi.GetTrial200JSONResponse{Body: t, Headers: openapi.GetTrial200ResponseHeaders{ETag: new(t.ETag())}}, err
}

// UpdateTrial handles PATCH .../trials/{number}.
func (h *handlers) UpdateTrial(ctx context.Context, r openapi.UpdateTrialRequestObject) (openapi.UpdateTrialResponseObject, error) {
	t, err := h.svc.UpdateTrial(ctx, r.Study, r.Number, r.Body.UserAttrs, r.Params.IfMatch)
	return openapi.UpdateTrial200JSONResponse{Body: t, Headers: openapi.UpdateTrial200ResponseHeaders{ETag: new(t.ETag())}}, err
}

// ListDecisions handles GET .../trials/{number}/decisions.
func (h *handlers) ListDecisions(ctx context.Context, r openapi.ListDecisionsRequestObject) (openapi.ListDecisionsResponseObject, error) {
	l, err := newListing[string](r.Params.PageSize, r.Params.PageToken, "decisions", r.Study, r.Number)
	if err != nil {
		return nil, err
	}
	after := int64(trials.Absent)
	if l.after != nil {
		if after, err = strconv.ParseInt(*l.after, 10, 64); err != nil {
			return nil, fmt.Errorf("page token: %w", err)
		}
	}
	found, err := h.svc.Decisions(ctx, r.Study, r.Number, after, l.more())
	if err != nil {
		return nil, err
	}
	page, next, err := cut(l, found, func(d *trials.DecisionRecord) string { return d.ID })
	return openapi.ListDecisions200JSONResponse{Decisions: page, NextPageToken: next}, err
}

// ListStudyDecisions handles GET /v1/studies/{study}/decisions.
func (h *handlers) ListStudyDecisions(ctx context.Context, r openapi.ListStudyDecisionsRequestObject) (openapi.ListStudyDecisionsResponseObject, error) {
	l, err := newListing[trials.DecisionCursor](r.Params.PageSize, r.Params.PageToken, "study decisions", r.Study, r.Params.Mode)
	if err != nil {
		return nil, err
	}
	found, err := h.svc.StudyDecisions(ctx, r.Study, string(r.Params.Mode), l.after, l.more())
	if err != nil {
		return nil, err
	}
	page, next, err := cut(l, found, (*trials.DecisionRecord).Cursor)
	return openapi.ListStudyDecisions200JSONResponse{Decisions: page, NextPageToken: next}, err
}

// GetSavings handles GET /v1/studies/{study}/savings.
func (h *handlers) GetSavings(ctx context.Context, r openapi.GetSavingsRequestObject) (openapi.GetSavingsResponseObject, error) {
	out, err := h.svc.Savings(ctx, r.Study, r.Params.Co2GramsPerKwh)
	return openapi.GetSavings200JSONResponse(out), err
}

// GetImportances handles GET /v1/studies/{study}/importances.
func (h *handlers) GetImportances(ctx context.Context, r openapi.GetImportancesRequestObject) (openapi.GetImportancesResponseObject, error) {
	out, err := h.svc.Importances(ctx, r.Study, r.Params.Metric, string(r.Params.Method))
	if err != nil {
		return nil, err
	}
	return openapi.GetImportances200JSONResponse(out), nil
}

// ReplayStudy handles POST /v1/studies/{study}/replay.
func (h *handlers) ReplayStudy(ctx context.Context, r openapi.ReplayStudyRequestObject) (openapi.ReplayStudyResponseObject, error) {
	out, err := h.svc.Replay(ctx, r.Study, &r.Body.Value)
	if err != nil {
		return nil, err
	}
	return openapi.ReplayStudy200JSONResponse(*out), nil
}

var errEnough = errors.New("the page is full")

// ListMetrics handles GET .../trials/{number}/metrics.
func (h *handlers) ListMetrics(ctx context.Context, r openapi.ListMetricsRequestObject) (openapi.ListMetricsResponseObject, error) {
	l, err := newListing[int64](r.Params.PageSize, r.Params.PageToken, "metrics", r.Study, r.Number, r.Params.Name)
	if err != nil {
		return nil, err
	}
	after := int64(trials.Absent)
	if l.after != nil {
		after = *l.after
	}
	var found []trials.ReportPoint
	err = h.svc.Points(ctx, r.Study, r.Number, after, keeper(r.Params.Name), func(p trials.ReportPoint) error {
		if found = append(found, p); len(found) == l.more() {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	page, next, err := cut(l, found, func(p *trials.ReportPoint) int64 { return p.Index })
	return openapi.ListMetrics200JSONResponse{Points: page, NextPageToken: next}, err
}

// keeper says which metrics are asked for; one that ends in "/" means all that
// start so.
func keeper(names []string) func(metric string) bool {
	if len(names) == 0 {
		return nil
	}
	return func(metric string) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			return metric == name || strings.HasSuffix(name, "/") && strings.HasPrefix(metric, name)
		})
	}
}
