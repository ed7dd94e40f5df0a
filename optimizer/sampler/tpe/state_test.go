package tpe_test

import (
	"runtime"
	"testing"
)

// What a sampler keeps of a study does not grow with it.
func TestStateIsSmall(t *testing.T) {
	w := filled(t, 10000, twenty())
	r := w.request()
	s := newSampler(t, defaults)
	heap := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	before := heap()
	sample(t, s, r)
	if grown := heap() - before; grown > 4 {
		t.Errorf("after 10 000 trials of 20 parameters it holds %.1f MB", grown)
	} else {
		t.Logf("%.1f MB", grown)
	}
	runtime.KeepAlive(s)
}
