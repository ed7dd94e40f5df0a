package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/espalier-hpo/espalier/clients/go/api"
)

// treeSize is how many processes the tree has that ignores TERM.
const treeSize = 9

// kill measures how long a tree that ignores TERM lives beyond the grace.
func (b *agentBench) kill() error {
	const grace = 500 * time.Millisecond
	for _, t := range tiers {
		var late, left []float64
		for range b.rounds {
			study, err := b.makeStudy(b.client, "")
			if err != nil {
				return err
			}
			a, err := b.start(agentOrder{study: study, flags: []string{"--cgroup", t.flag, "--grace", grace.String()}, do: []string{"tree"}})
			if err != nil {
				return err
			}
			crew, err := b.gather(a, treeSize)
			if err != nil {
				return err
			}
			if _, err := b.prune(study); err != nil {
				return err
			}
			asked, err := b.askedToStop(a)
			if err != nil {
				return err
			}
			empty, err := b.emptied(crew)
			if err != nil {
				return err
			}
			if _, err := b.finish(b.client, a, 20*time.Second, api.TrialStatePRUNED); err != nil {
				return err
			}
			late = append(late, ms(empty.Sub(asked.Add(grace))))
			left = append(left, float64(crew.left()))
		}
		worst("agent_kill_milliseconds_after_grace_"+t.name, late, 300, fmt.Sprintf(", %d processes, 2 in sessions of their own", treeSize))
		worst("agent_kill_processes_left_"+t.name, left, 0, "")
	}
	return nil
}

// prune asks the server to have the first trial of a study stopped, and says
// since when.
func (b *agentBench) prune(study string) (time.Time, error) {
	began := time.Now()
	_, err := api.Read[api.Decision](b.client.API().PruneTrial(b.ctx, study, 0))
	return began, err
}

// askedToStop returns when the agent asked the script to stop: the stop file
// appears just before the signal.
func (b *agentBench) askedToStop(a *agentRun) (at time.Time, err error) {
	paths := a.said("stop")
	if len(paths) == 0 {
		return at, errors.New("the script has not said where its stop file is")
	}
	return at, until(b.ctx, 20*time.Second, "the stop file appears", func() bool {
		info, err := os.Stat(paths[0])
		if err == nil {
			at = info.ModTime()
		}
		return err == nil
	})
}

// emptied waits until nothing is left of a tree.
func (b *agentBench) emptied(c crew) (time.Time, error) {
	err := until(b.ctx, 30*time.Second, "the tree has ended", func() bool { return c.left() == 0 })
	return time.Now(), err
}

// stop measures how long it takes from the moment when a trial is to stop until
// nothing is left of a script that prints nothing.
func (b *agentBench) stop() error {
	const grace = 200 * time.Millisecond
	const rule = `{"type":"limit","metric":"system/wall_seconds","bound":2}`
	for _, script := range []struct {
		name, do  string
		processes int
	}{{"stubborn", "tree", treeSize}, {"obedient", "obey", 1}} {
		for _, cause := range []struct{ name, pruner string }{{"rule", rule}, {"operator", ""}} {
			var took []float64
			for range b.rounds {
				seconds, err := b.stopped(cause.pruner, script.do, script.processes, grace)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", script.name, cause.name, err)
				}
				took = append(took, seconds)
			}
			worst("agent_stop_seconds_"+cause.name+"_"+script.name, took, 1+grace.Seconds(), fmt.Sprintf(", the grace is %v", grace))
		}
	}
	return nil
}

// stopped returns how many seconds passed from the decision of a rule, or from an
// operator's call if there is none, until the tree was empty.
func (b *agentBench) stopped(pruner, do string, processes int, grace time.Duration) (float64, error) {
	study, err := b.makeStudy(b.client, pruner)
	if err != nil {
		return 0, err
	}
	a, err := b.start(agentOrder{study: study, flags: []string{"--grace", grace.String()}, do: []string{do}})
	if err != nil {
		return 0, err
	}
	crew, err := b.gather(a, processes)
	if err != nil {
		return 0, err
	}
	var fired time.Time
	if pruner == "" {
		if fired, err = b.prune(study); err != nil {
			return 0, err
		}
	}
	empty, err := b.emptied(crew)
	if err != nil {
		return 0, err
	}
	if _, err := b.finish(b.client, a, 20*time.Second, api.TrialStatePRUNED); err != nil {
		return 0, err
	}
	if pruner == "" {
		return empty.Sub(fired).Seconds(), nil
	}
	log, err := api.Read[api.DecisionList](b.client.API().ListDecisions(b.ctx, study, 0, nil))
	if err != nil {
		return 0, err
	}
	for i := range log.Decisions {
		if d := &log.Decisions[i]; d.ShouldPrune {
			return empty.Sub(d.Time).Seconds(), nil
		}
	}
	return 0, errors.New("the server has logged no decision that prunes")
}
