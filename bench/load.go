package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// load is what one run of the generator measured.
type load struct {
	rate     float64 // answers a second
	p50, p99 time.Duration
	failed   int64 // answers that were not 200
}

// fire sends requests over keep-alive connections, each waiting for its answer
// before it sends the next, for the given time. The generator shares the cores
// with the server, so it does as little as it can: next appends a whole HTTP
// request, and of an answer it reads the status and the length.
func fire(addr string, clients int, d time.Duration, next func(b []byte, n int64) []byte) (load, error) {
	var (
		wg      sync.WaitGroup
		count   atomic.Int64
		failed  atomic.Int64
		times   = make([][]time.Duration, clients)
		errs    = make([]error, clients)
		conns   = make([]net.Conn, clients)
		release = make(chan struct{})
	)
	for i := range clients {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return load{}, err
		}
		conns[i] = conn
	}
	for i, conn := range conns {
		wg.Go(func() {
			defer func() { _ = conn.Close() }()
			r := bufio.NewReaderSize(conn, 8<<10)
			var buf []byte
			<-release
			for start := time.Now(); ; {
				sent := time.Now()
				if sent.Sub(start) > d {
					return
				}
				buf = next(buf[:0], count.Add(1)-1)
				if _, err := conn.Write(buf); err != nil {
					errs[i] = err
					return
				}
				status, err := answer(r)
				if err != nil {
					errs[i] = err
					return
				}
				if status != 200 {
					failed.Add(1)
				}
				times[i] = append(times[i], time.Since(sent))
			}
		})
	}
	began := time.Now()
	close(release)
	wg.Wait()
	took := time.Since(began)
	all := slices.Concat(times...)
	for _, err := range errs {
		if err != nil {
			return load{}, err
		}
	}
	if len(all) == 0 {
		return load{}, fmt.Errorf("no answer in %v", d)
	}
	slices.Sort(all)
	return load{
		rate: float64(len(all)) / took.Seconds(),
		p50:  all[len(all)/2], p99: all[len(all)*99/100], failed: failed.Load(),
	}, nil
}

var (
	contentLength = []byte("Content-Length: ")
	chunked       = []byte("Transfer-Encoding: chunked")
)

// answer reads one HTTP answer and returns its status.
func answer(r *bufio.Reader) (status int, err error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 {
		return 0, fmt.Errorf("bad status line %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, err
	}
	length := -1
	for {
		if line, err = r.ReadSlice('\n'); err != nil {
			return 0, err
		}
		switch {
		case len(line) <= 2:
			if length < 0 {
				return 0, fmt.Errorf("an answer without a length")
			}
			_, err = r.Discard(length)
			return status, err
		case bytes.HasPrefix(line, contentLength):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(contentLength):]))); err != nil {
				return 0, err
			}
		case bytes.HasPrefix(line, chunked):
			return 0, fmt.Errorf("a chunked answer")
		}
	}
}
