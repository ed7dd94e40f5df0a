package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// duration is a flag that takes seconds as well: 90, 1.5m, 2h30m.
type duration time.Duration

// Set implements [pflag.Value].
func (d *duration) Set(s string) error {
	if v, err := strconv.ParseFloat(s, 64); err == nil {
		if !(v >= 0) || v > math.MaxInt64/1e9 {
			return fmt.Errorf("want a time such as 90s, 10m or 2h")
		}
		*d = duration(v * float64(time.Second))
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("want a time such as 90s, 10m or 2h")
	}
	*d = duration(v)
	return nil
}

// String implements [pflag.Value].
func (d *duration) String() string {
	if *d == 0 {
		return ""
	}
	return time.Duration(*d).String()
}

// Type implements [pflag.Value].
func (*duration) Type() string { return "time" }

// size is a flag in bytes: 512M and 8G are decimal, 512Mi and 8Gi binary.
type size int64

// Set implements [pflag.Value].
func (z *size) Set(s string) error {
	text := strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), "b")
	base := 1000.0
	if rest, binary := strings.CutSuffix(text, "i"); binary {
		text, base = rest, 1024
	}
	factor := 1.0
	if n := len(text); n > 0 {
		if power := strings.IndexByte("kmgt", text[n-1]); power >= 0 {
			factor, text = math.Pow(base, float64(power+1)), text[:n-1]
		}
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if v *= factor; err != nil || !(v >= 1) || v > 1<<62 {
		return fmt.Errorf("want a size such as 512M, 8G or 8Gi")
	}
	*z = size(v)
	return nil
}

// String implements [pflag.Value].
func (z *size) String() string {
	if *z == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*z), 10)
}

// Type implements [pflag.Value].
func (*size) Type() string { return "size" }
