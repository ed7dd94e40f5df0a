package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	measure "github.com/espalier-hpo/espalier/clients/agent/process" // process is a server here
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// loads are the ways in which CPU time gets lost, and how many processes each
// has. They use so much CPU time that what a process needs to end, after it has
// said how much it used, is below half a hundredth; it takes the kernel a
// millisecond or two.
var loads = []struct {
	name      string
	do        []string
	processes int
	forgotten bool // by the kernel, where there is no control group
}{
	{"one_long_child", []string{"burn", "3s"}, 1, false},
	{"20_short_children", []string{"waited", "400ms"}, 21, false},
	{"double_fork_orphans", []string{"orphans", "1s"}, 9, false},
	{"setsid_daemons", []string{"daemons", "1s"}, 9, false},
	{"parent_ignores_sigchld", []string{"ignoring", "1s"}, 5, true},
}

// cpu compares the CPU seconds of a trial, as the server has them in the end,
// with what its processes say of themselves.
func (b *agentBench) cpu() error {
	for _, l := range loads {
		seen := make([][]sight, len(tiers))
		for range b.rounds {
			err := bothTiers(func(i int, t tier) error {
				s, err := b.cpuOf(l.do, l.processes, t)
				seen[i] = append(seen[i], s)
				return err
			})
			if err != nil {
				return fmt.Errorf("%s: %w", l.name, err)
			}
		}
		for i, t := range tiers {
			judgeCPU(l.name+"_"+t.name, seen[i], l.forgotten)
		}
	}
	return nil
}

// sight is what an agent saw of the CPU time of a tree.
type sight struct {
	share      float64 // of the truth
	accounting any
	doubt      string // which marks a figure that may be too low
}

// judgeCPU prints how far off the agent was. What the kernel forgets has no
// target where nobody can know it, but must be marked.
func judgeCPU(name string, seen []sight, forgotten bool) {
	var wrong []float64
	unmarked := 0.0
	for _, s := range seen {
		wrong = append(wrong, math.Abs(s.share-1))
		if s.doubt == "" {
			unmarked++
		}
	}
	note := fmt.Sprintf(", %v", seen[0].accounting)
	if !forgotten || seen[0].accounting != measure.Reaped {
		worst("agent_cpu_error_"+name, wrong, 0.02, note)
		return
	}
	fmt.Printf("agent_cpu_error_%s\t%.3g\t-\t-\t(worst of %d rounds, from %.3g%s)\n", name, slices.Max(wrong), len(wrong), slices.Min(wrong), note)
	worst("agent_cpu_trials_in_doubt_not_marked_"+name, []float64{unmarked}, 0, fmt.Sprintf(" of %d trials", len(seen)))
}

// cpuOf runs a load under the agent.
func (b *agentBench) cpuOf(do []string, processes int, t tier) (sight, error) {
	study, err := b.makeStudy(b.client, "")
	if err != nil {
		return sight{}, err
	}
	a, err := b.start(agentOrder{study: study, flags: []string{"--cgroup", t.flag}, do: do})
	if err != nil {
		return sight{}, err
	}
	trial, err := b.finish(b.client, a, time.Minute, api.TrialStateCOMPLETE)
	if err != nil {
		return sight{}, err
	}
	said := a.said("used")
	if len(said) != processes {
		return sight{}, fmt.Errorf("%d processes say what they used, not %d", len(said), processes)
	}
	truth := 0.0
	for _, text := range said {
		ns, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return sight{}, err
		}
		truth += ns / 1e9
	}
	attrs, _ := trial.UserAttrs["agent"].(map[string]any)
	doubt, _ := attrs["doubt"].(string)
	return sight{float64(trial.Metrics["system/cpu_seconds"].Last) / truth, attrs["accounting"], doubt}, nil
}
