package api

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what GET /metrics shows.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	handler  http.Handler

	mu    sync.RWMutex // protects the following
	known map[series]measures
}

// series is what requests are told apart by.
type series struct {
	route, method string
	status        int
}

// measures are looked up once for each series: that costs more than a count.
type measures struct {
	requests prometheus.Counter
	seconds  prometheus.Observer
}

func newMetrics() *metrics {
	m := &metrics{
		known: map[series]measures{},
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "espalier_http_requests_total", Help: "Requests answered, by route, method and status.",
		}, []string{"route", "method", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "espalier_http_request_seconds", Help: "Time to answer a request, by route and method.",
			Buckets: []float64{0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100},
		}, []string{"route", "method"}),
	}
	r := prometheus.NewRegistry()
	r.MustRegister(m.requests, m.seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(r, promhttp.HandlerOpts{})
	return m
}

func (m *metrics) observe(c echo.Context, took time.Duration) {
	of := m.of(series{c.Path(), method(c.Request().Method), c.Response().Status})
	of.requests.Inc()
	of.seconds.Observe(took.Seconds())
}

func (m *metrics) of(s series) measures {
	m.mu.RLock()
	of, ok := m.known[s]
	m.mu.RUnlock()
	if ok {
		return of
	}
	route := s.route
	if route == "" {
		route = "none"
	}
	of = measures{m.requests.WithLabelValues(route, s.method, strconv.Itoa(s.status)), m.seconds.WithLabelValues(route, s.method)}
	m.mu.Lock()
	m.known[s] = of
	m.mu.Unlock()
	return of
}

// method keeps the label's values few, whatever clients send.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete:
		return m
	}
	return "other"
}
