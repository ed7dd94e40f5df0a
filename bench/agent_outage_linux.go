package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	espalier "github.com/espalier-hpo/espalier/clients/go"
	"github.com/espalier-hpo/espalier/clients/go/api"
)

// The script prints a step every 100 ms: for five seconds, through half a minute
// without a server, and for ten seconds more.
const (
	outageAfter = 5 * time.Second
	outage      = 30 * time.Second
	outageSteps = int64((outageAfter + outage + 10*time.Second) / stepEvery)
)

// outage kills the server in the middle of a trial, starts it again, and counts
// what became of the steps.
func (b *agentBench) outage() error {
	listen, err := fixedPort()
	if err != nil {
		return err
	}
	db := filepath.Join(b.dir, "outage.db")
	server, err := b.serve(db, listen)
	if err != nil {
		return err
	}
	defer func() { server.kill() }()
	client, err := espalier.New(server.url)
	if err != nil {
		return err
	}
	study, err := b.makeStudy(client, "")
	if err != nil {
		return err
	}
	a, err := b.start(agentOrder{server: server.url, study: study, do: []string{"steps", fmt.Sprint(outageSteps)}})
	if err != nil {
		return err
	}
	if _, err := b.gather(a, 1); err != nil {
		return err
	}
	if err := b.wait(outageAfter); err != nil {
		return err
	}
	server.kill()
	if err := b.wait(outage); err != nil {
		return err
	}
	again, err := b.serve(db, listen)
	if err != nil {
		return err
	}
	server = again
	back := time.Now()
	trial, failed := b.finish(client, a, 2*time.Minute, api.TrialStateCOMPLETE)
	if trial == nil {
		return failed
	}
	fmt.Fprintf(os.Stderr, "outage: the agent ended %.1f s after the server was back\n", time.Since(back).Seconds())
	return errors.Join(b.judgeOutage(client, trial, study), failed)
}

// judgeOutage compares the steps that the server has with those printed.
func (b *agentBench) judgeOutage(c *espalier.Client, trial *api.Trial, study string) error {
	seen := map[int64]int{}
	wrong := 0
	s, err := c.LoadStudy(b.ctx, study)
	if err != nil {
		return err
	}
	for p, err := range s.Points(b.ctx, trial.Number, "loss") {
		switch {
		case err != nil:
			return err
		case p.Step == nil:
			wrong++
			continue
		}
		seen[*p.Step]++
		if *p.Step >= outageSteps || p.Metrics["loss"] != lossAt(*p.Step) {
			wrong++
		}
	}
	lost, doubled := 0, 0
	for step := range outageSteps {
		if seen[step] == 0 {
			lost++
		}
		doubled += max(0, seen[step]-1)
	}
	complete := 0.0
	if trial.State == api.TrialStateCOMPLETE {
		complete = 1
	}
	note := fmt.Sprintf(", of %d steps, with the server away for %v", outageSteps, outage)
	worst("agent_outage_steps_lost", []float64{float64(lost)}, 0, note)
	worst("agent_outage_steps_doubled", []float64{float64(doubled)}, 0, note)
	worst("agent_outage_steps_wrong", []float64{float64(wrong)}, 0, note)
	figure("agent_outage_trial_complete", []float64{complete}, 1, false)
	return nil
}

// fixedPort returns a free address whose port the kernel gives to nobody on its
// own while the server is away, not even to who tries to connect to it.
func fixedPort() (string, error) {
	var err error
	for i := range 1000 {
		var l net.Listener
		l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+(os.Getpid()+i)%10000))
		if err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", err
}
