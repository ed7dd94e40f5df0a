package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/espalier-hpo/espalier/openapi"
	"github.com/espalier-hpo/espalier/trials"
)

// AskTrials handles POST /v1/studies/{study}/ask.
func (h *handlers) AskTrials(ctx context.Context, r openapi.AskTrialsRequestObject) (openapi.AskTrialsResponseObject, error) {
	if r.Body == nil {
		r.Body = &openapi.AskRequest{}
	}
	once := h.once(r.Params.IdempotencyKey, studyPath(r.Study)+"/ask", r.Body.Raw, func(any) *trials.Answer {
		return &trials.Answer{Status: http.StatusOK}
	})
	result, err := h.svc.Ask(ctx, r.Study, &r.Body.Value, once)
	return openapi.AskTrials200JSONResponse{Body: result}, err
}

// SuggestParams handles POST .../trials/{number}/suggest.
func (h *handlers) SuggestParams(ctx context.Context, r openapi.SuggestParamsRequestObject) (openapi.SuggestParamsResponseObject, error) {
	suggested, err := h.svc.Suggest(ctx, r.Study, r.Number, r.Body.SearchSpace, r.Body.Replace != nil && *r.Body.Replace)
	return openapi.SuggestParams200JSONResponse(suggested), err
}

// reportPath is the route of the hot path.
const reportPath = "/v1/studies/:study/trials/:number/report"

// reportTrial handles POST .../trials/{number}/report. It is not generated, so
// that nothing is done twice: check has seen the parameters.
func (h *handlers) reportTrial(c echo.Context) error {
	number, err := strconv.ParseInt(param(c, "number"), 10, 64)
	if err != nil {
		return err
	}
	r, err := readReportBody(c)
	if err != nil {
		return err
	}
	explain := false
	if c.Request().URL.RawQuery != "" {
		explain, _ = strconv.ParseBool(c.QueryParam("explain")) // absent is false
	}
	d, err := h.svc.Report(c.Request().Context(), param(c, "study"), number, r, explain)
	if err != nil {
		return err
	}
	return sendDecision(c.Response(), &d)
}

// ReportBatch handles POST /v1/studies/{study}/reports.
func (h *handlers) ReportBatch(ctx context.Context, r openapi.ReportBatchRequestObject) (openapi.ReportBatchResponseObject, error) {
	results, err := h.svc.ReportBatch(ctx, r.Study, r.Body.Reports)
	if err != nil {
		return nil, err
	}
	out := make([]openapi.ReportResult, len(results))
	for i, result := range results {
		out[i] = openapi.ReportResult{Decision: result.Decision, Problem: h.item(ctx, result.Err)}
	}
	return openapi.ReportBatch200JSONResponse{Results: out}, nil
}

// item renders the error of one item of a batch, and logs what is internal: it
// stops here.
func (h *handlers) item(ctx context.Context, err error) *openapi.Problem {
	if err == nil {
		return nil
	}
	p := problemOf(err)
	if p.Code == trials.Internal {
		h.Log.ErrorContext(ctx, "item of a batch", "error", err)
	}
	return &p
}

// TellTrial handles POST .../trials/{number}/tell.
func (h *handlers) TellTrial(ctx context.Context, r openapi.TellTrialRequestObject) (openapi.TellTrialResponseObject, error) {
	if r.Body == nil {
		r.Body = &trials.Tell{}
	}
	t, err := h.svc.Tell(ctx, r.Study, r.Number, r.Body)
	return openapi.TellTrial200JSONResponse(t), err
}

// TellBatch handles POST /v1/studies/{study}/tells.
func (h *handlers) TellBatch(ctx context.Context, r openapi.TellBatchRequestObject) (openapi.TellBatchResponseObject, error) {
	results, err := h.svc.TellBatch(ctx, r.Study, r.Body.Tells)
	if err != nil {
		return nil, err
	}
	out := make([]openapi.TellResult, len(results))
	for i, result := range results {
		out[i] = openapi.TellResult{Trial: result.Trial, Problem: h.item(ctx, result.Err)}
	}
	return openapi.TellBatch200JSONResponse{Results: out}, nil
}

// HeartbeatTrial handles POST .../trials/{number}/heartbeat.
func (h *handlers) HeartbeatTrial(ctx context.Context, r openapi.HeartbeatTrialRequestObject) (openapi.HeartbeatTrialResponseObject, error) {
	d, err := h.svc.Heartbeat(ctx, r.Study, r.Number)
	return openapi.HeartbeatTrial200JSONResponse(d), err
}

// ReleaseTrial handles POST .../trials/{number}/release.
func (h *handlers) ReleaseTrial(ctx context.Context, r openapi.ReleaseTrialRequestObject) (openapi.ReleaseTrialResponseObject, error) {
	t, err := h.svc.Release(ctx, r.Study, r.Number)
	return openapi.ReleaseTrial200JSONResponse(t), err
}

// PruneTrial handles POST .../trials/{number}/prune.
func (h *handlers) PruneTrial(ctx context.Context, r openapi.PruneTrialRequestObject) (openapi.PruneTrialResponseObject, error) {
	d, err := h.svc.Prune(ctx, r.Study, r.Number)
	return openapi.PruneTrial200JSONResponse(d), err
}

// GetDecision handles GET .../trials/{number}/decision.
func (h *handlers) GetDecision(ctx context.Context, r openapi.GetDecisionRequestObject) (openapi.GetDecisionResponseObject, error) {
	if r.Params.Explain || r.Params.Step != nil {
		step := int64(trials.Absent)
		if r.Params.Step != nil {
			step = *r.Params.Step
		}
		d, err := h.svc.Why(ctx, r.Study, r.Number, step)
		return openapi.GetDecision200JSONResponse(d), err
	}
	d, err := h.svc.Decision(ctx, r.Study, r.Number, time.Duration(r.Params.WaitSeconds)*time.Second)
	return openapi.GetDecision200JSONResponse(d), err
}
