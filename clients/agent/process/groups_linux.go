package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Groups is where the control groups of commands can be made. A nil *Groups is
// nowhere.
type Groups struct {
	v2                string   // below this directory of cgroup v2; empty: nowhere
	memory1, cpuacct1 string   // of cgroup v1, where v2 lacks it; empty: nowhere
	enabled           []string // what was enabled in v2 for the groups below
	moved             string   // the group that this process had to move to
	notes             []string
}

// measuring are the controllers whose figures are read; CPU time needs none.
var measuring = []string{"memory", "io"}

// FindGroups finds out where control groups can be made, and makes ready what
// they need: "auto" looks below the group of this process, "off" is nowhere,
// else where is a directory of cgroup v2. The error is one sentence for people:
// why there is no such place. A process that is alone in its group may be moved
// to one below, which [Groups.Close] undoes. What agents that were killed
// together with their shims have left there is ended and removed.
func FindGroups(where string) (*Groups, error) {
	switch where {
	case "off":
		return nil, nil //nolint:nilnil // a nil *Groups is nowhere
	case "auto":
		p, err := ownPlaces()
		if err != nil {
			return nil, err
		}
		return p.groups()
	}
	if err := usable(where); err != nil {
		return nil, err
	}
	g := &Groups{v2: where}
	g.enable(false, measuring...)
	g.describe("", nil)
	g.tidy(where)
	return g, nil
}

// groups is FindGroups for "auto".
func (p places) groups() (*Groups, error) {
	g := &Groups{}
	why := errors.New("cgroup v2 is not mounted, or the group of this process is not in sight")
	if p.v2.dir != "" {
		if why = usable(p.v2.dir); why == nil {
			g.v2 = p.v2.dir
			g.enable(true, measuring...)
		}
	}
	if at := p.v1["memory"]; at.dir != "" && !g.has("memory") && usable1(at.dir) {
		g.memory1 = at.dir
	}
	if at := p.v1["cpuacct"]; at.dir != "" && g.v2 == "" && usable1(at.dir) {
		g.cpuacct1 = at.dir
	}
	if g.v2 == "" && g.memory1 == "" && g.cpuacct1 == "" {
		return nil, why
	}
	g.describe(p.v1["memory"].dir, why)
	g.tidy(g.v2, p.v1["memory"].dir, p.v1["cpuacct"].dir)
	return g, nil
}

// usable says why no group can be made below a directory of cgroup v2.
func usable(dir string) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("there is no control group %s (%w)", dir, err)
	}
	if int64(fs.Type) != unix.CGROUP2_SUPER_MAGIC { //nolint:unconvert // narrower on 32 bits
		return fmt.Errorf("%s is no directory of cgroup v2", dir)
	}
	probe := filepath.Join(dir, "espalier-probe-"+strconv.Itoa(os.Getpid()))
	err := os.Mkdir(probe, 0o755)
	switch {
	case errors.Is(err, unix.EROFS):
		return fmt.Errorf("cgroup v2 is mounted read-only at %s", dir)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("no permission to make control groups in %s (systemd-run --user --scope -p Delegate=yes gives a place)", dir)
	case err != nil:
		return fmt.Errorf("no control group can be made in %s (%w)", dir, err)
	}
	kind, _ := os.ReadFile(filepath.Join(probe, "cgroup.type"))
	if err := removeLeaf(probe); err != nil {
		return err
	}
	if strings.TrimSpace(string(kind)) != "domain" {
		return fmt.Errorf("control groups in %s are for threads only", dir)
	}
	if unix.Access(filepath.Join(dir, "cgroup.procs"), unix.W_OK) != nil {
		return fmt.Errorf("no permission to move processes within %s", dir)
	}
	return nil
}

// usable1 says that groups can be made below a directory of cgroup v1.
func usable1(dir string) bool {
	if unix.Access(filepath.Join(dir, "tasks"), unix.W_OK) != nil {
		return false
	}
	probe := filepath.Join(dir, "espalier-probe-"+strconv.Itoa(os.Getpid()))
	return os.Mkdir(probe, 0o755) == nil && removeLeaf(probe) == nil
}

// enable lets the groups below have controllers. The kernel refuses while there
// are processes in the group itself: then this one may move out of the way, if
// that is all it takes.
func (g *Groups) enable(move bool, controllers ...string) {
	err := g.enableAll(controllers)
	if !errors.Is(err, unix.EBUSY) || !move {
		return
	}
	sub := filepath.Join(g.v2, "espalier-agent-"+strconv.Itoa(os.Getpid()))
	if os.Mkdir(sub, 0o755) != nil {
		return
	}
	if enter(sub) == nil && g.enableAll(controllers) == nil {
		g.moved = sub
		return
	}
	_ = errors.Join(enter(g.v2), removeLeaf(sub))
}

func (g *Groups) enableAll(controllers []string) error {
	can := words(g.v2, "cgroup.controllers")
	has := words(g.v2, "cgroup.subtree_control")
	var errs []error
	for _, c := range controllers {
		if slices.Contains(can, c) && !slices.Contains(has, c) {
			err := os.WriteFile(filepath.Join(g.v2, "cgroup.subtree_control"), []byte("+"+c), 0)
			errs = append(errs, err)
			if err == nil {
				g.enabled = append(g.enabled, c)
			}
		}
	}
	return errors.Join(errs...)
}

// enter moves this process into a group of cgroup v2.
func enter(dir string) error {
	return os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte("0"), 0)
}

func words(dir, file string) []string {
	b, _ := os.ReadFile(filepath.Join(dir, file)) // one that is not there has no words
	return strings.Fields(string(b))
}

func (g *Groups) has(controller string) bool {
	return g.v2 != "" && slices.Contains(words(g.v2, "cgroup.subtree_control"), controller)
}

// Close undoes the move of this process to a group below its own, so that
// nothing is left of it.
func (g *Groups) Close() error {
	if g == nil || g.moved == "" {
		return nil
	}
	control := filepath.Join(g.v2, "cgroup.subtree_control")
	for _, c := range g.enabled {
		if err := os.WriteFile(control, []byte("-"+c), 0); err != nil {
			return fmt.Errorf("leave %s: %w", g.moved, err)
		}
	}
	if err := enter(g.v2); err != nil {
		return fmt.Errorf("leave %s: %w", g.moved, err)
	}
	return removeLeaf(g.moved)
}

// Describe says in sentences what the control groups measure, and what not.
func (g *Groups) Describe() []string {
	if g == nil {
		return []string{"There are no control groups: processes are counted by who waits for them."}
	}
	return g.notes
}

func (g *Groups) describe(memory1 string, why error) {
	say := func(format string, args ...any) { g.notes = append(g.notes, fmt.Sprintf(format, args...)) }
	switch {
	case g.v2 != "":
		say("CPU time is exact: cgroup v2 in %s.", g.v2)
	case g.cpuacct1 != "":
		say("CPU time is exact: cgroup v1 in %s; %v.", g.cpuacct1, why)
	default:
		say("CPU time is that of processes somebody waited for: %v.", why)
	}
	switch {
	case g.has("memory"):
		say("Memory is exact: the memory controller of cgroup v2 in %s.", g.v2)
	case g.memory1 != "":
		say("Memory is exact: the memory controller of cgroup v1 in %s.", g.memory1)
	case memory1 != "":
		say("Memory is a sum over processes, and running out of it is not noticed: no group can be made in %s.", memory1)
	default:
		say("Memory is a sum over processes, and running out of it is not noticed: there is no memory controller.")
	}
	if g.has("io") {
		say("Storage is exact: the io controller of cgroup v2 in %s.", g.v2)
	} else {
		say("Storage is a sum over processes: there is no io controller of cgroup v2.")
	}
	if g.moved != "" {
		say("This process has moved to %s, so that the groups beside it have controllers.", g.moved)
	}
}
