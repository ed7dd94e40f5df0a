package agent

import (
	"strconv"
	"strings"

	"github.com/espalier-hpo/espalier/clients/agent/process"
)

// slot is where one trial at a time is worked on.
type slot struct {
	index int
	cpus  []int // it is bound to these; nil: to none
	width int   // how many processors it may use
	env   []string
	gpus  []int // whose figures are its trials'
	noGPU string
}

// threadVariables tell the usual numeric libraries how many threads to start.
var threadVariables = []string{"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"}

// slots shares out what the machine has: processors among several slots, or as
// many as the user said; a GPU to each where there is one for each.
func (a *Agent) slots() []slot {
	available, allowed, _ := process.Limits()
	out := make([]slot, a.Parallel)
	for i := range out {
		s := &out[i]
		s.index, s.width = i, available
		share := a.CPUs
		if share == 0 && a.Parallel > 1 {
			share = max(1, available/a.Parallel)
		}
		if share > 0 {
			s.env = append(s.env, a.threads(min(share, available))...)
			if process.CanPin() && share*a.Parallel <= len(allowed) && share < len(allowed) {
				s.cpus, s.width = allowed[i*share:(i+1)*share], share
			}
		}
		a.shareGPUs(s)
	}
	return out
}

// threads sets what the user has not set.
func (a *Agent) threads(n int) []string {
	var env []string
	for _, name := range threadVariables {
		if _, set := lookUp(a.Environ, name); !set {
			env = append(env, name+"="+strconv.Itoa(n))
		}
	}
	return env
}

// shareGPUs gives a slot its GPU. A single slot that was given none may use
// what there is; of several nobody knows which uses what.
func (a *Agent) shareGPUs(s *slot) {
	gpus := a.Energy.GPUs
	switch {
	case len(a.GPUs) > 0:
		s.gpus = a.GPUs[s.index : s.index+1]
		s.env = append(s.env, "CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES="+strconv.Itoa(s.gpus[0]))
	case gpus == nil:
	case a.Parallel > 1:
		s.noGPU = "several slots share the GPUs; --gpus auto gives one to each"
	default:
		visible, limited := lookUp(a.Environ, "CUDA_VISIBLE_DEVICES")
		for _, g := range gpus.List() {
			if !limited || sees(visible, g.Index) {
				s.gpus = append(s.gpus, g.Index)
			}
		}
	}
}

// sees says that CUDA_VISIBLE_DEVICES names a GPU by its index.
func sees(visible string, index int) bool {
	for part := range strings.SplitSeq(visible, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(part)); err == nil && n == index {
			return true
		}
	}
	return false
}

// lookUp finds a variable in an environment; the last one counts.
func lookUp(environ []string, name string) (value string, set bool) {
	for _, line := range environ {
		if v, ok := strings.CutPrefix(line, name+"="); ok {
			value, set = v, true
		}
	}
	return value, set
}
