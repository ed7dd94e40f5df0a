package process

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// files writes files of the kernel that this machine may not have.
func files(t *testing.T, dir string, texts map[string]string) {
	t.Helper()
	for name, text := range texts {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestALeafOfCgroupV2IsReadAsTheKernelWritesIt(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "leaf")
	files(t, dir, map[string]string{
		"cpu.stat":      "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\nnr_periods 0\n",
		"memory.stat":   "anon 104857600\nfile 999999999\nkernel 4096\nshmem 1048576\nanon_thp 2097152\nshmem_thp 7\ninactive_anon 5\n",
		"memory.peak":   "209715200\n",
		"memory.events": "low 0\nhigh 3\nmax 12\noom 4\noom_kill 2\noom_group_kill 0\n",
		"io.stat":       "259:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=5 dios=1\n8:16 \n253:1 rbytes=1 wbytes=2 rios=1 wios=1 dbytes=0 dios=0\n",
		"cgroup.procs":  "12\n3456\n",
		"memory.max":    "max\n",
	})
	l := &leaf{buf: make([]byte, 16), dir2: dir} // a small buffer grows
	l.cpuStat, l.ioStat = openIf(dir, "cpu.stat"), openIf(dir, "io.stat")
	l.memStat, l.memPeak, l.memOOM = openIf(dir, "memory.stat"), openIf(dir, "memory.peak"), openIf(dir, "memory.events")
	if cpu, tier, ok := l.cpuSeconds(); cpu != 1.5 || tier != CgroupV2 || !ok {
		t.Errorf("cpuSeconds() = %v, %v, %v", cpu, tier, ok)
	}
	if m, ok := l.memory(); m != 104857600+1048576 || !ok {
		t.Errorf("memory() = %v, %v", m, ok)
	}
	if p, ok := l.peak(); p != 209715200 || !ok {
		t.Errorf("peak() = %v, %v", p, ok)
	}
	if n, ok := l.oomKills(); n != 2 || !ok {
		t.Errorf("oomKills() = %v, %v", n, ok)
	}
	if r, w, ok := l.io(); r != 4097 || w != 8194 || !ok {
		t.Errorf("io() = %v, %v, %v", r, w, ok)
	}
	if pids := l.pids(); !slices.Equal(pids, []int{12, 3456}) {
		t.Errorf("pids() = %v", pids)
	}
	closeAll(&l.cpuStat, &l.ioStat, &l.memStat, &l.memPeak, &l.memOOM)
	if err := setLimit(filepath.Join(dir, "memory.max"), 8<<30); err != nil {
		t.Fatal(err)
	}
	if got := words(dir, "memory.max"); !slices.Equal(got, []string{"9663676416"}) {
		t.Errorf("memory.max = %v, want the limit and an eighth", got)
	}
}

func TestALeafOfCgroupV1IsReadWithAllBelowIt(t *testing.T) {
	dir := t.TempDir()
	files(t, dir, map[string]string{
		"cpuacct.usage":             "2500000000\n",
		"memory.stat":               "cache 9\nrss 1\nshmem 2\ntotal_cache 9\ntotal_rss 100\ntotal_rss_huge 64\ntotal_shmem 20\n",
		"memory.max_usage_in_bytes": "300\n",
		"memory.oom_control":        "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
	})
	l := &leaf{buf: make([]byte, 4096), mem1: dir, cpu1: dir}
	l.cpuacct, l.memStat = openIf(dir, "cpuacct.usage"), openIf(dir, "memory.stat")
	l.memPeak, l.memOOM = openIf(dir, "memory.max_usage_in_bytes"), openIf(dir, "memory.oom_control")
	defer closeAll(&l.cpuacct, &l.memStat, &l.memPeak, &l.memOOM)
	cpu, tier, _ := l.cpuSeconds()
	m, _ := l.memory()
	p, _ := l.peak()
	n, _ := l.oomKills()
	if cpu != 2.5 || tier != CgroupV1 || m != 120 || p != 300 || n != 1 {
		t.Errorf("cpu %v (%s), memory %v, peak %v, kills %v", cpu, tier, m, p, n)
	}
	if _, _, ok := l.io(); ok {
		t.Error("io() without io.stat is known")
	}
}

func TestPlacesOfControlGroupsAreFound(t *testing.T) {
	for _, c := range []struct {
		name, mounts, groups string
		v2, memory           place
	}{
		{
			"v2 only", `30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate`, "0::/user.slice/a b.scope\n",
			place{"/sys/fs/cgroup", "/sys/fs/cgroup/user.slice/a b.scope"},
			place{},
		},
		{
			"hybrid", "1 0 0:1 / /cg/unified rw - cgroup2 cgroup2 rw\n2 0 0:2 / /cg/memory rw - cgroup cgroup rw,memory\n3 0 0:3 / /cg/x rw - cgroup cgroup rw,cpu,cpuacct",
			"4:memory:/job\n1:cpu,cpuacct:/\n0::/\n",
			place{"/cg/unified", "/cg/unified"},
			place{"/cg/memory", "/cg/memory/job"},
		},
		{
			"a container that sees only its own part", `1 0 0:1 /docker/1f /cg/memory ro - cgroup cgroup rw,memory`,
			"4:memory:/docker/1f/sub\n0::/\n",
			place{},
			place{"/cg/memory", "/cg/memory/sub"},
		},
		{
			"a group out of sight", `1 0 0:1 / /cg\040x rw - cgroup2 cgroup2 rw`, "0::/../other\n", place{"/cg x", ""}, place{},
		},
		{
			"another's part", `1 0 0:1 /docker/1f /cg/memory rw - cgroup cgroup rw,memory`, "4:memory:/docker/1ff\n", place{}, place{"/cg/memory", ""},
		},
	} {
		p := parsePlaces([]byte(c.mounts+"\n"), []byte(c.groups))
		if p.v2 != c.v2 || p.v1["memory"] != c.memory {
			t.Errorf("%s: v2 %+v, memory %+v, want %+v, %+v", c.name, p.v2, p.v1["memory"], c.v2, c.memory)
		}
	}
}

func TestLimitsAreTheLeastOfAllGroupsUpwards(t *testing.T) {
	dir := t.TempDir()
	files(t, dir, map[string]string{
		"v2/cpu.max": "800000 100000\n", "v2/memory.max": "1000\n",
		"v2/a/cpu.max": "250000 100000\n", "v2/a/memory.max": "max\n",
		"v2/a/b/cpu.max": "max 100000\n", "v2/a/b/memory.max": "5000\n",
		"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n",
		"cpu/a/cpu.cfs_quota_us": "150000\n", "cpu/a/cpu.cfs_period_us": "100000\n",
		"memory/memory.limit_in_bytes": "9223372036854771712\n", "memory/a/memory.limit_in_bytes": "700\n",
	})
	at := func(mount, below string) place {
		return place{filepath.Join(dir, mount), filepath.Join(dir, mount, below)}
	}
	for _, c := range []struct {
		name  string
		p     places
		quota float64
		bytes int64
	}{
		{"v2", places{v2: at("v2", "a/b")}, 2.5, 1000},
		{"v1", places{v1: map[string]place{"cpu": at("cpu", "a"), "memory": at("memory", "a")}}, 1.5, 700},
		{"both", places{v2: at("v2", "a"), v1: map[string]place{"memory": at("memory", "a")}}, 2.5, 700},
		{"none", places{v2: at("v2", "none/here")}, 8, 1000},
		{"out of sight", places{v2: place{mount: dir}}, 0, 0},
	} {
		if quota, bytes := c.p.limits(); quota != c.quota || bytes != c.bytes {
			t.Errorf("%s: limits() = %v, %v, want %v, %v", c.name, quota, bytes, c.quota, c.bytes)
		}
	}
	cpus, allowed, memory := Limits()
	if cpus < 1 || cpus > len(allowed) || memory < 1<<20 {
		t.Errorf("Limits() = %d, %v, %d", cpus, allowed, memory)
	}
}

func TestAProcessIsReadWhateverItsName(t *testing.T) {
	const rest = " S 7 8 9 0 -1 4194304 1 2 3 4 100 20 30 4 20 0 5 0 123456 1000000 250 18446744073709551615 1 1"
	want := stat{pid: 42, parent: 7, group: 8, session: 9, state: 'S', own: 120, waited: 34, threads: 5, start: 123456, pages: 250}
	for _, name := range []string{"sh", "a) S 1 (b", "", "x y"} {
		if got, err := parseStat([]byte("42 (" + name + ")" + rest)); err != nil || got != want {
			t.Errorf("%q: %+v, %v, want %+v", name, got, err, want)
		}
	}
	for _, bad := range []string{"", "42", "42 (sh)", "42 (sh) S", "42 (sh) S x", "(sh) S 1"} {
		if _, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestTheTreeIsTheSameWithoutListsOfChildren(t *testing.T) {
	r := begin(t, nil, "tree")
	r.up(t, 9)
	walk, scan := newProc(), newProc()
	scan.scan = true
	pids := func(p *proc) (pids []int) {
		for _, s := range p.below(r.shim.Process.Pid) {
			pids = append(pids, s.pid)
		}
		return slices.Sorted(slices.Values(pids))
	}
	if a, b := pids(walk), pids(scan); !reflect.DeepEqual(a, b) || len(a) != 9 {
		t.Errorf("the walk finds %v, the scan %v, want the same 9", a, b)
	}
}

func TestWhyThereAreNoControlGroupsIsSaid(t *testing.T) {
	dir := t.TempDir()
	for where, want := range map[string]string{
		filepath.Join(dir, "none"): "there is no control group", dir: "is no directory of cgroup v2",
	} {
		if g, err := FindGroups(where); err == nil || g != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("FindGroups(%s) = %v, %v, want an error with %q", where, g, err, want)
		}
	}
	g, err := FindGroups("off")
	if g != nil || err != nil || len(g.Describe()) != 1 || g.Close() != nil {
		t.Errorf(`FindGroups("off") = %v, %v`, g, err)
	}
}
