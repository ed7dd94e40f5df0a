package sensors

import (
	"math"
	"strings"
	"testing"
)

func TestAPriceIsReadStrictly(t *testing.T) {
	for text, want := range map[string]Price{
		"wall=1.2,cpu=0.04,gpu=2.5,kwh=0.30": {WallHour: 1.2, CPUHour: 0.04, GPUHour: 2.5, KWh: 0.3},
		"kwh=0.3":                            {KWh: 0.3},
		" gpu=2, cpu=0 ":                     {GPUHour: 2},
		"cpu=1e-3":                           {CPUHour: 0.001},
	} {
		if got, err := ParsePrice(text); err != nil || got != want {
			t.Errorf("ParsePrice(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
	for text, names := range map[string]string{
		"":                "key=number",
		"cpu":             `"cpu"`,
		"cpu=1,":          `""`,
		"power=3":         `"power"`,
		"CPU=3":           `"CPU"`,
		"cpu=1,cpu=1":     "cpu is there twice",
		"cpu=-1":          "cpu=-1",
		"wall=2,cpu=NaN":  "cpu=NaN",
		"cpu=Inf":         "cpu=Inf",
		"cpu=1e999":       "cpu=1e999",
		"cpu=":            "cpu=",
		"cpu=1 EUR":       "cpu=1 EUR",
		"cpu=0.1;gpu=0.2": "cpu=0.1;gpu=0.2",
	} {
		got, err := ParsePrice(text)
		if err == nil || !strings.Contains(err.Error(), names) {
			t.Errorf("ParsePrice(%q) error = %v, want one that names %s", text, err, names)
		}
		if got != (Price{}) {
			t.Errorf("ParsePrice(%q) = %+v beside an error", text, got)
		}
	}
}

func TestCostAddsUpWhatHasAPrice(t *testing.T) {
	nan := math.NaN()
	all := Price{WallHour: 1, CPUHour: 2, GPUHour: 3, KWh: 4}
	for _, c := range []struct {
		name                   string
		price                  Price
		wall, cpu, gpu, joules float64
		want                   float64
	}{
		{"an hour of everything", all, 3600, 3600, 3600, 3.6e6, 10},
		{"free", Price{}, 3600, 3600, 3600, 3.6e6, 0},
		{"not measured and free", Price{CPUHour: 2}, nan, 1800, nan, nan, 1},
		{"not measured and priced", Price{CPUHour: 2, KWh: 1}, 1, 1800, 0, nan, nan},
	} {
		got := c.price.Cost(c.wall, c.cpu, c.gpu, c.joules)
		if got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%s: cost = %v, want %v", c.name, got, c.want)
		}
	}
	if !all.NeedsEnergy() || !all.NeedsGPU() || (Price{CPUHour: 1}).NeedsEnergy() || (Price{CPUHour: 1}).NeedsGPU() {
		t.Error("what a price needs is not what it has a price for")
	}
}

func TestAPowerModelIsReadStrictly(t *testing.T) {
	for text, want := range map[string]Model{
		"core=12,idle=30": {CoreWatts: 12, IdleWatts: 30},
		"core=7.5":        {CoreWatts: 7.5},
	} {
		if got, err := ParseModel(text); err != nil || got != want {
			t.Errorf("ParseModel(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
	for text, names := range map[string]string{
		"idle=30":       "core=WATTS is missing",
		"core=12,tdp=3": `"tdp"`,
		"core=-1":       "core=-1",
	} {
		if _, err := ParseModel(text); err == nil || !strings.Contains(err.Error(), names) {
			t.Errorf("ParseModel(%q) error = %v, want one that names %s", text, err, names)
		}
	}
}
