//go:build !linux

package main

import (
	"context"
	"errors"
)

// benchAgent has nothing to hold the agent against on other systems.
func benchAgent(context.Context, []string) error {
	return errors.New("the figures of the agent are read from /proc, which only Linux has")
}
