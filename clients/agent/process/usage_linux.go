package process

import (
	"maps"
	"os"
	"time"
)

// How often the proportional set size is read, which walks all page tables: at
// most every pssEvery, and so seldom that it takes at most a share of
// 1/pssShare of a processor.
const (
	pssEvery = 10 * time.Second
	pssShare = 200
)

// meter keeps what one measurement of a tree needs of those before.
type meter struct {
	now                 func() time.Time
	shimRead, shimWrite int64         // of the shim itself, in bytes
	known               map[int]int64 // the members last seen: pid to start

	cpu                   float64 // the greatest seen; so the rest
	read, write, peak     int64
	pss                   int64     // as last read
	pssKnown              bool      // it was read
	pssNext, ignoringNext time.Time // when to look again
	doubt                 string
	missing               map[string]string
	last                  Usage // after Close
}

// Usage measures the tree. It costs a few files for each process; the memory of
// a tree without a memory controller is up to ten seconds old (see [Tree.Exact]).
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
	var u Usage
	inTicks := t.waitedByShim()
	members := t.members()
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
	t.cpu(&u, float64(inTicks)/ticks, alive)
	t.memory(&u, alive, exact)
	t.io(&u, alive)
	if kills, ok := t.leaf.oomKills(); ok {
		u.OOMKills = kills
	} else {
		m.lack("oom_kills", "the command has no control group with the memory controller")
	}
	clear(m.known)
	for _, s := range alive {
		m.known[s.pid] = s.start
	}
	u.Missing = maps.Clone(m.missing)
	return u
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
func (t *Tree) cpu(u *Usage, live float64, alive []stat) {
	m := &t.meter
	if cpu, tier, ok := t.leaf.cpuSeconds(); ok {
		m.cpu = max(m.cpu, cpu)
		u.CPUSeconds, u.Accounting = m.cpu, tier
		return
	}
	u.Accounting = Reaped
	m.cpu = max(m.cpu, live)
	select {
	case <-t.gone:
		m.cpu = max(m.cpu, t.reaped) // to the microsecond
	case <-t.lost:
		m.doubt = "The shim that counted for the tree was killed, and with it went what was used after the last look."
	default:
		m.lookForIgnored(t.proc, alive)
	}
	u.CPUSeconds, u.Doubt = m.cpu, m.doubt
}

// lookForIgnored looks for processes whose children the kernel forgets: every
// process when it is first seen, and all again now and then.
func (m *meter) lookForIgnored(p *proc, alive []stat) {
	if m.doubt != "" {
		return
	}
	now := m.now()
	all := !now.Before(m.ignoringNext)
	if all {
		m.ignoringNext = now.Add(pssEvery)
	}
	for _, s := range alive {
		if start, seen := m.known[s.pid]; seen && start == s.start && !all {
			continue
		}
		if p.ignoresChildren(s.pid) {
			m.doubt = "A process ignores SIGCHLD: the kernel forgets what its children used."
			return
		}
	}
}

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
		m.readPSS(t.proc, alive, exact)
	} else if m.peak == 0 {
		m.lack("peak_memory_bytes", "the command ended before it was looked at")
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
func (m *meter) readPSS(p *proc, alive []stat, exact bool) {
	begin := m.now()
	if !exact && begin.Before(m.pssNext) {
		return
	}
	m.pss, m.pssKnown = 0, true
	for _, s := range alive {
		bytes, err := p.pss(s.pid)
		if err != nil && !p.hasEnded(s) {
			m.pss, m.pssKnown = 0, false
			break
		}
		m.pss += bytes
	}
	end := m.now()
	m.pssNext = end.Add(max(pssEvery, pssShare*end.Sub(begin)))
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
