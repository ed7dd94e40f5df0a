package process

import (
	"os"
	"testing"
	"time"
)

// BenchmarkUsage is the cost of one look at a tree of 20 processes: without the
// shares of memory, and with them, which without a memory controller are read
// every ten seconds.
func BenchmarkUsage(b *testing.B) {
	for _, tier := range tiers() {
		for _, exact := range []bool{false, true} {
			name := tier.name
			if exact {
				name += "/exact"
			}
			b.Run(name, func(b *testing.B) {
				if tier.skip != "" {
					b.Skip(tier.skip)
				}
				r := begin(b, tier.groups, "crowd")
				r.up(b, 20)
				look := r.Usage
				if exact {
					look = r.Exact
				}
				b.ReportAllocs()
				cpu := used()
				var u Usage
				for b.Loop() {
					u = look()
				}
				b.ReportMetric(float64((used()-cpu).Microseconds())/float64(b.N), "cpu-µs/op")
				b.ReportMetric(float64(u.Processes), "processes")
				b.ReportMetric(float64(u.Threads), "threads")
			})
		}
	}
}

// BenchmarkMemory is what an agent with one tree of 20 processes and its shim
// hold: this test binary, its own memory included.
func BenchmarkMemory(b *testing.B) {
	r := begin(b, nil, "crowd")
	r.up(b, 20)
	p := newProc()
	var agent, shim int64
	for b.Loop() {
		r.Usage()
	}
	agent, err1 := p.pss(os.Getpid())
	shim, err2 := p.pss(r.shim.Process.Pid)
	if err1 != nil || err2 != nil {
		b.Fatal(err1, err2)
	}
	b.ReportMetric(float64(agent)/mib, "agent-MiB")
	b.ReportMetric(float64(shim)/mib, "shim-MiB")
}

// BenchmarkStart is from the start of a command that does nothing until all of
// it is gone.
func BenchmarkStart(b *testing.B) {
	for _, tier := range tiers() {
		b.Run(tier.name, func(b *testing.B) {
			if tier.skip != "" {
				b.Skip(tier.skip)
			}
			for b.Loop() {
				t, err := Start(Options{
					Argv: []string{"/bin/true"}, Now: time.Now, Groups: tier.groups, Name: "espalier-test-bench",
				})
				if err != nil {
					b.Fatal(err)
				}
				<-t.Done()
				if _, err := t.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
