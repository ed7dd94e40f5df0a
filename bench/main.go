// Package main measures Espalier's promises about speed. Every figure is a
// ratio taken inside one round, the variants one after the other on the same
// machine, and the median over the rounds: the disks and neighbours of a
// machine move absolute figures by a factor of four. Each figure is one line,
// separated by tabs: name, value, target, ok or short.
//
//	go run ./bench report [--rounds 5] [--seconds 1] [--large=false]
//	go run ./bench prune [--rounds 3] [--studies 10000]
//	go run ./bench agent [--rounds 3] [--only cpu]
//	go run ./bench ask [--rounds 3]
//	go run ./bench clients [--rounds 3] [--only optuna-journal]
//	go run ./bench quality [--sampler auto] [--problem branin] [--seeds 31] [--parts given]
//	go run ./bench pictures [--studies 10000] [--out docs/pictures]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to clean up
	}
}

// parts read their own flags.
var parts = map[string]func(ctx context.Context, args []string) error{
	"agent": benchAgent, "clients": benchClients, "quality": benchQuality,
}

func run(ctx context.Context, args []string) error {
	if len(args) == 3 && args[0] == "server" { // what report starts
		return serve(args[1], args[2])
	}
	if len(args) > 0 {
		if part, ok := parts[args[0]]; ok {
			return part(ctx, args[1:])
		}
	}
	if len(args) > 0 && args[0] == "prune" {
		flags := flag.NewFlagSet("prune", flag.ContinueOnError)
		rounds := flags.Int("rounds", 3, "how often a speed is measured")
		studies := flags.Int("studies", 10_000, "how many studies are drawn from each pool")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return newPruning(ctx, max(1, *rounds), *studies).run()
	}
	if len(args) > 0 && args[0] == "ask" {
		flags := flag.NewFlagSet("ask", flag.ContinueOnError)
		rounds := flags.Int("rounds", 3, "how often each figure is measured")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return newAsking(ctx, max(1, *rounds)).run()
	}
	if len(args) > 0 && args[0] == "pictures" {
		flags := flag.NewFlagSet("pictures", flag.ContinueOnError)
		studies := flags.Int("studies", 10_000, "how many studies are drawn from each pool")
		out := flags.String("out", "docs/pictures", "the folder that they are written to")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return drawPictures(ctx, *studies, *out)
	}
	if len(args) == 0 || args[0] != "report" {
		return fmt.Errorf("usage: go run ./bench report [--rounds 5] [--seconds 1] [--large=false], prune [--rounds 3] [--studies 10000], agent [--rounds 3] [--only cpu], ask [--rounds 3], clients [--rounds 3] [--only optuna-journal], quality [--sampler auto] [--problem branin] [--seeds 31] [--parts given], or pictures [--studies 10000] [--out docs/pictures]")
	}
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	rounds := flags.Int("rounds", 5, "how often each figure is measured")
	seconds := flags.Float64("seconds", 1, "how long each variant runs in a round")
	large := flags.Bool("large", true, "measure a long history as well, which takes minutes to make")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	b := &benchmark{ctx: ctx, rounds: max(1, *rounds), each: time.Duration(*seconds * float64(time.Second)), long: *large}
	return b.report()
}

// figure prints one line, and whether the target is met.
func figure(name string, values []float64, target float64, atMost bool) {
	slices.Sort(values)
	v := values[len(values)/2]
	op, met := ">=", v >= target
	if atMost {
		op, met = "<=", v <= target
	}
	verdict := "short"
	if met {
		verdict = "ok"
	}
	fmt.Printf("%s\t%.3g\t%s %g\t%s\t(median of %d rounds, %.3g to %.3g)\n",
		name, v, op, target, verdict, len(values), values[0], values[len(values)-1])
}
