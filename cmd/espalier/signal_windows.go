package main

import (
	"os"

	"github.com/espalier-hpo/espalier/clients/agent"
)

// signals are those that may ask a script to end.
var signals = map[string]os.Signal{"TERM": os.Interrupt, "INT": os.Interrupt, "KILL": os.Kill}

// watched are the signals that an agent hears of.
func watched() []os.Signal { return []os.Signal{os.Interrupt} }

// suspend handles the signals that stop a process: there are none.
func suspend(*agent.Agent, os.Signal) bool { return false }
