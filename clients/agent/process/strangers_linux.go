package process

import (
	"context"
	"os"
	"syscall"
	"time"
)

// ReapStrangers waits for the processes that this one inherited, as the first
// process of a container does when their parents end; without it they remain as
// zombies. Trees need it only after their shim was killed. A zombie that nobody
// has waited for between two looks counts as a stranger; so every is to be far
// longer than this program lets its own children wait, ten seconds, say. It
// returns when ctx ends.
func ReapStrangers(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	p := newProc()
	seen := make(map[int]int64) // pid to start
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := make(map[int]int64)
		for _, s := range p.below(os.Getpid()) {
			if s.alive() || s.parent != os.Getpid() {
				continue
			}
			if start, before := seen[s.pid]; before && start == s.start {
				_, _ = syscall.Wait4(s.pid, nil, syscall.WNOHANG, nil) // or its own waiter was faster
				continue
			}
			now[s.pid] = s.start
		}
		seen = now
	}
}
