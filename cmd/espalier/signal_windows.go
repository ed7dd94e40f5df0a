package main

import (
	"context"
	"os"
	"os/signal"

	"github.com/espalier-hpo/espalier/clients/agent"
)

// signals are those that may ask a script to end.
var signals = map[string]os.Signal{"TERM": os.Interrupt, "INT": os.Interrupt, "KILL": os.Kill}

// watchSignals hands Ctrl-C to an agent: the first interrupts it, the second
// kills. An end of ctx is a first one. stop ends it.
func watchSignals(ctx context.Context, a *agent.Agent) (stop func()) {
	c := make(chan os.Signal, 8)
	signal.Notify(c, os.Interrupt)
	done := make(chan struct{})
	go func() {
		ends, over := 0, ctx.Done()
		for {
			select {
			case <-done:
				return
			case <-over:
				over = nil
				a.Interrupt()
			case <-c:
				if ends++; ends == 1 {
					a.Interrupt()
				} else {
					a.Kill()
				}
			}
		}
	}()
	return func() { signal.Stop(c); close(done) }
}
