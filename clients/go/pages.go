package espalier

import (
	"context"
	"iter"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// pages yields what a list holds, page by page. An error ends it.
func pages[T any](fetch func(token *string) (page []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var token *string
		for {
			page, next, err := fetch(token)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			token = &next
		}
	}
}

// TrialFilter says which trials, and in which order. The zero value is all, by
// number.
type TrialFilter struct {
	States   []TrialState // any of these
	Feasible *bool
	// OrderBy is number, value (best first) or datetime_complete; "-" before it
	// reverses.
	OrderBy string
}

// Trials are the trials of a study.
func (s *Study) Trials(ctx context.Context, f TrialFilter) iter.Seq2[FrozenTrial, error] {
	return pages(func(token *string) ([]FrozenTrial, string, error) {
		q := &api.ListTrialsParams{State: f.States, Feasible: f.Feasible, PageToken: token}
		if f.OrderBy != "" {
			q.OrderBy = new(api.ListTrialsParamsOrderBy(f.OrderBy))
		}
		list, err := api.Read[api.TrialList](s.client.core.ListTrials(ctx, s.Name, q))
		return list.Trials, list.NextPageToken, err
	})
}

// Decisions are the logged decisions of all trials, of one mode if it is not
// empty: those in which a rule fired.
func (s *Study) Decisions(ctx context.Context, mode DecisionMode) iter.Seq2[DecisionRecord, error] {
	return pages(func(token *string) ([]DecisionRecord, string, error) {
		q := &api.ListStudyDecisionsParams{PageToken: token}
		if mode != "" {
			q.Mode = &mode
		}
		list, err := api.Read[api.DecisionList](s.client.core.ListStudyDecisions(ctx, s.Name, q))
		return list.Decisions, list.NextPageToken, err
	})
}

// TrialDecisions are the logged decisions of one trial, oldest first.
func (s *Study) TrialDecisions(ctx context.Context, number int64) iter.Seq2[DecisionRecord, error] {
	return pages(func(token *string) ([]DecisionRecord, string, error) {
		list, err := api.Read[api.DecisionList](s.client.core.ListDecisions(ctx, s.Name, number, &api.ListDecisionsParams{PageToken: token}))
		return list.Decisions, list.NextPageToken, err
	})
}

// Points are what a trial reported, in order of arrival: the metrics of these
// names, or all. A name that ends in "/" takes all that begin so.
func (s *Study) Points(ctx context.Context, number int64, names ...string) iter.Seq2[MetricPoint, error] {
	return pages(func(token *string) ([]MetricPoint, string, error) {
		page, err := api.Read[api.MetricPage](s.client.core.ListMetrics(ctx, s.Name, number, &api.ListMetricsParams{PageToken: token, Name: names}))
		return page.Points, page.NextPageToken, err
	})
}
