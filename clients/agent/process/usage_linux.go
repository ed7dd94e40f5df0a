package process

import (
	"maps"
	"os"
	"time"
)

// How often the proportional set size is read, which walks all page tables:
// every pssEvery, sooner if the resident size has changed by a tenth, and so
// seldom that it takes at most a share of 1/pssShare of a processor.
const (
	pssEvery = 10 * time.Second
	pssShare = 200
)

// meter keeps what one measurement of a tree needs of those before.
type meter struct {
	now                 func() time.Time
	shimRead, shimWrite int64          // of the shim itself, in bytes
	known, before       map[int]member // by pid: what lived at the last look, and at the one before

	cpu               float64 // the greatest seen; so the rest
	read, write, peak int64
	pss, pssRSS       int64     // as last read, and the sum of resident sizes then
	pssKnown          bool      // it was read
	pssRest, pssNext  time.Time // not to be read before, and to be read after
	ignoringNext      time.Time // when to look again who ignores SIGCHLD
	forgotten         int64     // CPU time in ticks that the kernel has forgotten, as last seen
	doubt             string
	seen              bool // a living process was
	missing           map[string]string
	last              Usage // after Close
}

// young is how long a process is watched for a change of its mind about
// SIGCHLD, which comes, if at all, soon after its start; older ones are looked
// at every ignoringEvery.
const young, ignoringEvery = 10 * time.Second, 10 * time.Second

// member is what was last seen of a process.
type member struct {
	start   int64 // as in stat
	parent  int
	ticks   int64     // its CPU time
	since   time.Time // when it was first seen
	ignores bool      // SIGCHLD: the kernel forgets what its children used
}

// Usage measures the tree. It costs a few files for each process. Without a
// memory controller MemoryBytes is up to ten seconds old, unless RSSBytes has
// changed by a tenth meanwhile (see [Tree.Exact]).
func (t *Tree) Usage() Usage {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.measure(false)
}

// Exact measures the tree with its memory as of this moment, whatever that
// costs.
func (t *Tree) Exact() Usage {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.measure(true)
}

// measure is Usage, with mu held.
func (t *Tree) measure(exact bool) Usage {
	if t.ended {
		return t.meter.last
	}
	m := &t.meter
	m.missing = nil
	t.proc.hold()
	defer t.proc.release()
	var u Usage
	inTicks := t.waitedByShim()
	members := t.counted()
	alive := members[:0]
	for _, s := range members {
		inTicks += s.own + s.waited
		if s.alive() {
			alive = append(alive, s)
			u.RSSBytes += s.pages * int64(os.Getpagesize())
			u.Threads += s.threads
		}
	}
	u.Processes = len(alive)
	m.seen = m.seen || u.Processes > 0
	m.remember(t.proc, alive)
	if !t.leaf.countsCPU() {
		m.suspect(t.proc, alive)
	}
	t.cpu(&u, float64(inTicks)/ticks)
	t.memory(&u, alive, exact)
	t.io(&u, alive)
	if kills, ok := t.leaf.oomKills(); ok {
		u.OOMKills = kills
	} else {
		m.lack("oom_kills", "the command has no control group with the memory controller")
	}
	if !m.seen {
		m.unseen(&u)
	}
	u.Missing = maps.Clone(m.missing)
	return u
}

// unseen says what is not known of a tree of which nothing was seen alive.
func (m *meter) unseen(u *Usage) {
	for _, size := range []string{"memory_bytes", "rss_bytes", "threads", "processes"} {
		m.lack(size, tooShort)
	}
	if u.PeakMemoryBytes == 0 { // the kernel may know it
		m.lack("peak_memory_bytes", tooShort)
	}
}

func (m *meter) lack(figure, why string) {
	if m.missing == nil {
		m.missing = make(map[string]string)
	}
	m.missing[figure] = why
}

// waitedByShim returns the CPU time, in ticks, of the processes that the shim
// has waited for. It is read before the tree, as that of every parent.
func (t *Tree) waitedByShim() int64 {
	s, err := t.proc.stat(t.shim.Process.Pid)
	if err != nil {
		return 0
	}
	return s.waited
}

// cpu fills in the CPU time, of which live is what /proc has.
func (t *Tree) cpu(u *Usage, live float64) {
	m := &t.meter
	if cpu, tier, ok := t.leaf.cpuSeconds(); ok {
		m.cpu = max(m.cpu, cpu)
		u.CPUSeconds, u.Accounting = m.cpu, tier
		return
	}
	u.Accounting = Reaped
	m.cpu = max(m.cpu, live+float64(m.forgotten)/ticks)
	select {
	case <-t.gone:
		m.cpu = max(m.cpu, t.reaped) // to the microsecond
		if t.ignored {
			m.doubt = ignoring
		}
	case <-t.lost:
		m.doubt = "The shim that counted for the tree was killed, and with it went what was used after the last look."
	default:
	}
	u.CPUSeconds, u.Doubt = m.cpu, m.doubt
}

// remember keeps what lives, and counts what has ended below a process that
// ignores SIGCHLD as it was last seen.
func (m *meter) remember(p *proc, alive []stat) {
	m.known, m.before = m.before, m.known
	clear(m.known)
	now := m.now()
	for _, s := range alive {
		is, old := member{since: now}, m.before[s.pid]
		if old.start == s.start {
			is = old
		}
		is.start, is.parent, is.ticks = s.start, s.parent, s.own+s.waited
		m.known[s.pid] = is
	}
	for pid, old := range m.before {
		if m.known[pid].start == old.start || !m.known[old.parent].ignores {
			continue
		}
		// It may only have been missed, and its parent may wait for it by now.
		if p.hasEnded(stat{pid: pid, start: old.start}) && p.ignoresChildren(old.parent) {
			m.forgotten += old.ticks
		}
	}
}

// suspect looks who ignores SIGCHLD: at processes that are young or have
// children, and now and then at all. What the shim waits for says it in the end.
func (m *meter) suspect(p *proc, alive []stat) {
	now := m.now()
	all := !now.Before(m.ignoringNext)
	if all {
		m.ignoringNext = now.Add(ignoringEvery)
	}
	parent := 0
	for _, s := range alive {
		if all || now.Sub(m.known[s.pid].since) < young {
			m.look(p, s.pid)
		}
		if s.parent != parent { // siblings follow each other
			parent = s.parent
			m.look(p, parent)
		}
	}
}

func (m *meter) look(p *proc, pid int) {
	if of, ours := m.known[pid]; ours && !of.ignores && p.ignoresChildren(pid) {
		of.ignores = true
		m.known[pid] = of
		m.doubt = ignoring
	}
}

// ignoring is the doubt about the CPU time of what the kernel forgets.
const ignoring = "A process ignores SIGCHLD: the kernel forgets what its children used."

// memory fills in what the tree holds, from the best source there is.
func (t *Tree) memory(u *Usage, alive []stat, exact bool) {
	m := &t.meter
	if bytes, ok := t.leaf.memory(); ok {
		u.Memory, u.MemoryBytes = MemoryCgroup, bytes
		m.peak = max(m.peak, bytes)
		if peak, ok := t.leaf.peak(); ok {
			m.peak = max(m.peak, peak)
		}
		u.PeakMemoryBytes = m.peak
		return
	}
	if u.Processes > 0 {
		m.readPSS(t.proc, alive, u.RSSBytes, exact)
	}
	u.Memory, u.MemoryBytes = MemoryRSS, u.RSSBytes
	if m.pssKnown {
		u.Memory, u.MemoryBytes = MemoryPSS, min(m.pss, u.RSSBytes)
	}
	m.peak = max(m.peak, u.MemoryBytes)
	u.PeakMemoryBytes = m.peak
}

// readPSS sums the proportional set size, if it is time to. A process that may
// not be asked makes it unknown.
func (m *meter) readPSS(p *proc, alive []stat, rss int64, exact bool) {
	begin := m.now()
	changed := rss > m.pssRSS+m.pssRSS/10 || rss < m.pssRSS-m.pssRSS/10
	if !exact && (begin.Before(m.pssRest) || begin.Before(m.pssNext) && !changed) {
		return
	}
	m.pss, m.pssRSS, m.pssKnown = 0, rss, true
	for _, s := range alive {
		bytes, err := p.pss(s.pid)
		if err != nil && !p.hasEnded(s) {
			m.pss, m.pssKnown = 0, false
			break
		}
		m.pss += bytes
	}
	end := m.now()
	m.pssRest, m.pssNext = end.Add(pssShare*end.Sub(begin)), end.Add(pssEvery)
}

// io fills in what was read from storage and written to it. What a process did
// becomes its parent's when that waits for it, and so the shim's in the end.
func (t *Tree) io(u *Usage, alive []stat) {
	m := &t.meter
	read, write, ok := t.leaf.io()
	if !ok {
		var err error
		if read, write, err = t.proc.io(t.shim.Process.Pid); err == nil {
			read, write = read-m.shimRead, write-m.shimWrite
		}
		for _, s := range alive {
			r, w, err := t.proc.io(s.pid)
			if err != nil && !t.proc.hasEnded(s) {
				m.lack("read_bytes", "a process does not let /proc be asked what it reads: "+err.Error())
				m.lack("write_bytes", m.missing["read_bytes"])
				return
			}
			read, write = read+r, write+w
		}
	}
	m.read, m.write = max(m.read, read), max(m.write, write)
	u.ReadBytes, u.WriteBytes = m.read, m.write
}
