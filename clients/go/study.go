package espalier

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"time"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// Study is a study on a server. It is safe for concurrent use.
type Study struct {
	// Name is unique on its server.
	Name string
	// Info is the study as it was when it was read; [Study.Refresh] reads it anew.
	Info StudyInfo

	client *Client
}

// CreateStudy makes a study. One of that name that exists is a [*Problem] with
// the code study_exists. What the server doubts is in Info.Warnings.
func (c *Client) CreateStudy(ctx context.Context, spec StudySpec) (*Study, error) {
	return c.createStudy(ctx, spec, false)
}

// LoadOrCreateStudy returns the study of the spec's name as it is, or makes it.
func (c *Client) LoadOrCreateStudy(ctx context.Context, spec StudySpec) (*Study, error) {
	return c.createStudy(ctx, spec, true)
}

func (c *Client) createStudy(ctx context.Context, spec StudySpec, load bool) (*Study, error) {
	return c.study(c.core.CreateStudy(ctx, &api.CreateStudyParams{LoadIfExists: &load, IdempotencyKey: new(rand.Text())}, spec))
}

// LoadStudy returns the study of a name.
func (c *Client) LoadStudy(ctx context.Context, name string) (*Study, error) {
	return c.study(c.core.GetStudy(ctx, name, nil))
}

// Studies are the studies whose names begin with a prefix, by name.
func (c *Client) Studies(ctx context.Context, prefix string) iter.Seq2[*Study, error] {
	return pages(func(token *string) ([]*Study, string, error) {
		list, err := api.Read[api.StudyList](c.core.ListStudies(ctx, &api.ListStudiesParams{Prefix: &prefix, PageToken: token}))
		out := make([]*Study, len(list.Studies))
		for i, info := range list.Studies {
			out[i] = &Study{info.Name, info, c}
		}
		return out, list.NextPageToken, err
	})
}

// Import makes a study of an archive, which [Study.Export] wrote. An empty name
// is the archive's own.
func (c *Client) Import(ctx context.Context, archive io.Reader, name string) (*Study, error) {
	q := &api.ImportStudyParams{}
	if name != "" {
		q.Name = &name
	}
	// The bare reader hides that it can be closed, which is not the client's to do.
	return c.study(c.core.ImportStudyWithBody(ctx, q, "application/x-ndjson", struct{ io.Reader }{archive}))
}

// study reads an answer that is a study.
func (c *Client) study(response *http.Response, err error) (*Study, error) {
	info, err := api.Read[StudyInfo](response, err)
	if err != nil {
		return nil, err
	}
	return &Study{info.Name, info, c}, nil
}

// Refresh reads the study anew.
func (s *Study) Refresh(ctx context.Context) (*Study, error) { return s.client.LoadStudy(ctx, s.Name) }

// Update changes a study, and returns it as it is then.
func (s *Study) Update(ctx context.Context, patch StudyPatch) (*Study, error) {
	return s.client.study(s.client.core.UpdateStudyWithApplicationMergePatchPlusJSONBody(ctx, s.Name, nil, patch, Repeatable))
}

// Stop hands out no more trials; running ones may end.
func (s *Study) Stop(ctx context.Context) (*Study, error) {
	return s.client.study(s.client.core.StopStudy(ctx, s.Name, Repeatable))
}

// Resume hands out trials again.
func (s *Study) Resume(ctx context.Context) (*Study, error) {
	return s.client.study(s.client.core.ResumeStudy(ctx, s.Name, Repeatable))
}

// Delete deletes the study and its trials, for good.
func (s *Study) Delete(ctx context.Context) error {
	_, err := api.Read[struct{}](s.client.core.DeleteStudy(ctx, s.Name, nil))
	return err
}

// ErrStopped is a study that hands out no more trials: its budget is used up, its
// search space is exhausted, or it was stopped. The text of the error says which,
// and Info.StopReason after [Study.Refresh].
var ErrStopped = errors.New("the study hands out no more trials")

// Ask returns a trial to work on, and waits while there is none for now. It is
// [ErrStopped] if there will be none.
func (s *Study) Ask(ctx context.Context) (*Trial, error) {
	trials, err := s.AskFor(ctx, AskRequest{})
	if err != nil {
		return nil, err
	}
	return trials[0], nil
}

// AskFor is [Study.Ask] for several trials, fixed params, a lease of one's own
// and so on. It returns one trial at least, and fewer than asked for when the
// study comes to its end. When ctx ends while trials are on their way, they are
// given back.
func (s *Study) AskFor(ctx context.Context, r AskRequest) ([]*Trial, error) {
	for {
		trials, wait, err := s.ask(ctx, r)
		if err != nil || len(trials) > 0 {
			return trials, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
	}
}

// usualLease is the lease of a study that does not say, in seconds.
const usualLease = 3600

// answerTime is how long the answer to an ask may take after ctx has ended.
const answerTime = 2 * time.Second

// ask asks once. Without trials there is a time to wait.
func (s *Study) ask(ctx context.Context, r AskRequest) ([]*Trial, time.Duration, error) {
	if ctx.Err() != nil {
		return nil, 0, ctx.Err()
	}
	late, cancel := linger(ctx, answerTime)
	defer cancel()
	answer, err := api.Read[api.AskResponse](s.client.core.AskTrials(late, s.Name, &api.AskTrialsParams{IdempotencyKey: new(rand.Text())}, r))
	if err == nil && len(answer.Trials) == 0 && answer.Stop {
		err = fmt.Errorf("%w: %s", ErrStopped, answer.StopReason)
	}
	lease := time.Duration(cmp.Or(r.LeaseSeconds, s.Info.LeaseSeconds, usualLease)) * time.Second
	trials := make([]*Trial, len(answer.Trials))
	for i, asked := range answer.Trials {
		trials[i] = newTrial(s, asked, lease)
	}
	if ctx.Err() != nil {
		err = ctx.Err()
		for _, t := range trials {
			if _, back := t.Release(late); back != nil {
				err = errors.Join(err, back)
			}
		}
		trials = nil
	}
	return trials, time.Duration(max(1, answer.RetryAfter)) * time.Second, err
}

// Enqueue has the next ask hand out these params; those left out are sampled.
func (s *Study) Enqueue(ctx context.Context, params Params) (*FrozenTrial, error) {
	return s.Add(ctx, TrialSpec{Params: params})
}

// Add enqueues a trial, or adds one that has a State as history.
func (s *Study) Add(ctx context.Context, spec TrialSpec) (*FrozenTrial, error) {
	return frozen(s.client.core.CreateTrial(ctx, s.Name, &api.CreateTrialParams{IdempotencyKey: new(rand.Text())}, spec))
}

// Trial returns a trial by its number.
func (s *Study) Trial(ctx context.Context, number int64) (*FrozenTrial, error) {
	return frozen(s.client.core.GetTrial(ctx, s.Name, number))
}

// frozen reads an answer that is a trial.
func frozen(response *http.Response, err error) (*FrozenTrial, error) {
	t, err := api.Read[FrozenTrial](response, err)
	if err != nil {
		return nil, err
	}
	return &t, nil
}

// Best returns the best trial, or the Pareto front of several objectives; none
// before a trial is COMPLETE.
func (s *Study) Best(ctx context.Context) ([]FrozenTrial, error) {
	best, err := api.Read[api.BestTrials](s.client.core.GetBestTrials(ctx, s.Name))
	return best.Trials, err
}

// Importances says which parameters a metric depends on; an empty metric is the
// first objective's.
func (s *Study) Importances(ctx context.Context, metric string) (*Importances, error) {
	q := &api.GetImportancesParams{}
	if metric != "" {
		q.Metric = &metric
	}
	out, err := api.Read[Importances](s.client.core.GetImportances(ctx, s.Name, q))
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// Savings is what pruning saved, and what it risked.
func (s *Study) Savings(ctx context.Context) (*Savings, error) {
	out, err := api.Read[Savings](s.client.core.GetSavings(ctx, s.Name, nil))
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// Export returns the whole study, as [Client.Import] takes it, to be read and
// closed.
func (s *Study) Export(ctx context.Context) (io.ReadCloser, error) {
	all := api.ExportStudyParamsTableAll
	response, err := api.Check(s.client.core.ExportStudy(ctx, s.Name, &api.ExportStudyParams{Table: &all}))
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}
