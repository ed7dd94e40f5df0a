//go:build unix

package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/espalier-hpo/espalier/clients/agent"
)

// signals are those that may ask a script to end.
var signals = map[string]os.Signal{
	"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP, "QUIT": syscall.SIGQUIT,
	"USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2, "KILL": syscall.SIGKILL,
}

// watchSignals hands what the terminal and others send to an agent: the first
// signal to end interrupts it, the second kills; a stop stops the scripts and
// then this process. An end of ctx is a first signal. stop ends it.
func watchSignals(ctx context.Context, a *agent.Agent) (stop func()) {
	c := make(chan os.Signal, 8)
	wanted := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGTSTP, syscall.SIGCONT}
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		wanted = append(wanted, syscall.SIGHUP)
	}
	signal.Notify(c, wanted...)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // who reads our output may go; the training goes on
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
			case s := <-c:
				switch s {
				case syscall.SIGTSTP:
					a.SignalAll(syscall.SIGTSTP)
					_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
				case syscall.SIGCONT:
					a.SignalAll(syscall.SIGCONT)
				default:
					if ends++; ends == 1 {
						a.Interrupt()
					} else {
						a.Kill()
					}
				}
			}
		}
	}()
	return func() { signal.Stop(c); close(done) }
}
