package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// folder is where a trial's files are, and what its script is told of them.
type folder struct {
	dir        string   // of the agent's own; removed at the end
	owner      *os.File // in it, locked while the agent is at work
	params     string
	stop       string // appears when the script is to end
	metrics    string
	events     string // "" without TensorBoard
	checkpoint string
	argv, env  []string
}

// folder makes the files of a trial, its command and its environment.
func (a *Agent) folder(ctx context.Context, s *slot, t *api.AskedTrial) (f *folder, err error) {
	dir, err := os.MkdirTemp("", fmt.Sprintf("espalier-%s-%d-", a.Study, t.Number))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	f = &folder{dir: dir, params: filepath.Join(dir, "params.json"), stop: filepath.Join(dir, "stop"), metrics: filepath.Join(dir, "metrics.jsonl")}
	if f.owner, err = os.Create(filepath.Join(dir, ownerFile)); err == nil {
		err = lock(f.owner)
	}
	if err != nil {
		return nil, err
	}
	params, err := json.Marshal(t.Params)
	if err == nil {
		err = os.WriteFile(f.params, append(params, '\n'), 0o600)
	}
	if err != nil {
		return nil, err
	}
	number := strconv.FormatInt(t.Number, 10)
	if a.MetricsFile != "" {
		f.metrics = strings.ReplaceAll(a.MetricsFile, "{trial}", number)
	}
	f.events = strings.ReplaceAll(a.TensorBoard, "{trial}", number)
	first, err := a.firstAttempt(ctx, t)
	if err != nil {
		return nil, err
	}
	// Another study of the same name has its own folders.
	f.checkpoint = filepath.Join(a.Checkpoints, fmt.Sprintf("%s-%d", a.Study, a.created.Unix()), strconv.FormatInt(first, 10))
	if err := os.MkdirAll(f.checkpoint, 0o700); err != nil {
		return nil, err
	}
	f.argv = a.command.expand(t.Params, map[string]string{
		"trial": number, "study": a.Study, "attempt": strconv.Itoa(t.Attempt), "params_file": f.params,
		"checkpoint_dir": f.checkpoint, "stop_file": f.stop, "metrics_file": f.metrics,
	})
	f.env = a.environ(f, s, t, params)
	return f, nil
}

// remove removes what nobody needs any more: a checkpoint folder only if the
// script left nothing in it.
func (f *folder) remove() {
	_ = f.owner.Close()
	_ = os.RemoveAll(f.dir)
	_ = os.Remove(f.checkpoint)
}

// firstAttempt is the trial whose checkpoint folder a trial has: the first of
// the attempts at the same params when they are to be resumed, else its own.
func (a *Agent) firstAttempt(ctx context.Context, t *api.AskedTrial) (int64, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer a.onInterrupt(answerTime, cancel)()
	number, before := t.Number, t.RetryOf
	for a.Resume && before != nil {
		n := *before
		previous, err := api.Read[api.Trial](a.patient.API().GetTrial(ctx, a.Study, n))
		if err != nil {
			return 0, err
		}
		number, before = n, previous.RetryOf
	}
	return number, nil
}

// mostParams is how long ESPALIER_PARAMS may be: Linux takes 128 KiB for one
// variable. The file has no such limit.
const mostParams = 64 << 10

// ownerFile is locked in the folder of a trial at work.
const ownerFile = "owner"

// tidy removes the folders of trials whose agents were killed.
func tidy(now time.Time) {
	found, err := filepath.Glob(filepath.Join(os.TempDir(), "espalier-*", ownerFile))
	if err != nil {
		return
	}
	for _, owner := range found {
		if info, err := os.Stat(owner); err == nil && now.Sub(info.ModTime()) > time.Minute && !inUse(owner) {
			_ = os.RemoveAll(filepath.Dir(owner)) // another user's, it stays
		}
	}
}

// rehearse makes and removes what a trial will need, so that no trial is asked
// for in vain.
func (a *Agent) rehearse() error {
	dir, err := os.MkdirTemp("", "espalier-")
	if err != nil {
		return fmt.Errorf("no folder can be made for a trial: %w", err)
	}
	if err := os.Remove(dir); err != nil {
		return err
	}
	for what, dir := range map[string]string{"checkpoints": a.Checkpoints, "the spool": a.Spool, "logs": a.LogDir} {
		if dir == "" {
			continue
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("the folder for %s: %w", what, err)
		}
		probe, err := os.CreateTemp(dir, ".probe-")
		if err != nil {
			return fmt.Errorf("the folder for %s: %w", what, err)
		}
		if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
			return fmt.Errorf("the folder for %s: %w", what, err)
		}
	}
	return nil
}

// inherited is the agent's own environment as a script gets it: without the
// server's token, which would be shown to whatever the script starts.
func (a *Agent) inherited() []string {
	return slices.DeleteFunc(slices.Clone(a.Environ), func(line string) bool { return strings.HasPrefix(line, "ESPALIER_TOKEN") })
}

// environ is the environment of a script.
func (a *Agent) environ(f *folder, s *slot, t *api.AskedTrial, params []byte) []string {
	env := a.inherited()
	if _, set := lookUp(env, "PYTHONUNBUFFERED"); !set {
		env = append(env, "PYTHONUNBUFFERED=1") // else a pipe gets its output in blocks, too late to prune
	}
	env = append(env,
		"ESPALIER_SERVER="+a.Server,
		"ESPALIER_STUDY="+a.Study,
		"ESPALIER_TRIAL="+strconv.FormatInt(t.Number, 10),
		"ESPALIER_ATTEMPT="+strconv.Itoa(t.Attempt),
		"ESPALIER_PARAMS_FILE="+f.params,
		"ESPALIER_STOP_FILE="+f.stop,
		"ESPALIER_METRICS_FILE="+f.metrics,
		"ESPALIER_CHECKPOINT_DIR="+f.checkpoint,
	)
	if len(params) <= mostParams {
		env = append(env, "ESPALIER_PARAMS="+string(params))
	}
	if metricsFD {
		env = append(env, "ESPALIER_METRICS_FD=3")
	}
	for _, name := range sortedKeys(t.Params) {
		env = append(env, "ESPALIER_PARAM_"+variable(name)+"="+plain(t.Params[name]))
	}
	return append(env, s.env...)
}

// variable is a parameter's name as it may stand in an environment.
func variable(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		default:
			return '_'
		}
	}, name)
}
