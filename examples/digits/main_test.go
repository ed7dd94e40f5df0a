package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
)

// printed is what the program writes for these arguments.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	cfg, err := parse(args, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := train(cfg, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestItPrintsALineAnEpochAndThenTheTestAccuracy(t *testing.T) {
	out := printed(t, "--lr", "0.05", "--hidden", "16", "--batch-size=64", "--optimizer", "sgd", "--momentum=0.9", "--epochs", "5", "--seed", "7")
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != 6 {
		t.Fatalf("%d lines, want 5 epochs and the test accuracy:\n%s", len(lines), out)
	}
	for i, line := range lines[:5] {
		var epoch int
		var valError, valLoss float64
		if _, err := fmt.Sscanf(line, "epoch=%d val_error=%g val_loss=%g", &epoch, &valError, &valLoss); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if epoch != i+1 || valError < 0 || valError > 1 || !(valLoss > 0) {
			t.Errorf("line %d: %q", i+1, line)
		}
	}
	var accuracy float64
	if _, err := fmt.Sscanf(lines[5], "test_accuracy=%g", &accuracy); err != nil || accuracy < 0.8 || accuracy > 1 {
		t.Errorf("last line %q, %v; want a test accuracy from 0.8 to 1", lines[5], err)
	}
}

func TestTheSameArgumentsPrintTheSame(t *testing.T) {
	args := []string{"--hidden", "8", "--dropout", "0.3", "--epochs", "2", "--seed", "7"}
	if first, again := printed(t, args...), printed(t, args...); first != again {
		t.Errorf("first\n%s\nagain\n%s", first, again)
	}
}

func TestALossThatIsNoNumberIsPrintedAsNaN(t *testing.T) {
	cfg, err := parse([]string{"--optimizer", "sgd", "--hidden", "8", "--epochs", "1"}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	cfg.LearningRate = math.Inf(1)
	var out bytes.Buffer
	if err := train(cfg, &out); err != nil {
		t.Fatal(err)
	}
	if want := "epoch=1 val_error=1 val_loss=NaN\n"; !strings.HasPrefix(out.String(), want) {
		t.Errorf("got %q, want it to begin with %q", out.String(), want)
	}
}

func TestArgumentsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, arg := range []string{
		"--lr=0", "--lr=NaN", "--hidden=0", "--batch-size=0", "--epochs=0", "--optimizer=lion",
		"--momentum=1", "--dropout=1", "--weight-decay=-1", "--seed=-1", "--unknown=1", "rest",
	} {
		if cfg, err := parse([]string{arg}, io.Discard); err == nil {
			t.Errorf("%s was taken: %+v", arg, cfg)
		}
	}
}
