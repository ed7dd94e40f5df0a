//go:build unix

package main

import (
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

// watched are the signals that an agent hears of.
func watched() []os.Signal {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // who reads our output may go; the training goes on
	out := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGTSTP, syscall.SIGCONT}
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		out = append(out, syscall.SIGHUP)
	}
	return out
}

// suspend handles the signals of Ctrl-Z and fg: the scripts stop, and then this
// process. It says whether a signal was one of them.
func suspend(a *agent.Agent, s os.Signal) bool {
	switch s {
	case syscall.SIGTSTP:
		a.SignalAll(syscall.SIGTSTP)
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
	case syscall.SIGCONT:
		a.SignalAll(syscall.SIGCONT)
	default:
		return false
	}
	return true
}
