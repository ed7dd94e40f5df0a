//go:build unix

package sensors

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestCountersOfRootAloneAreSaidToBe(t *testing.T) {
	if os.Getuid() == 0 {
		// Root reads everything, so another user does.
		runAs(t, "TestCountersOfRootAloneAreSaidToBe")
		return
	}
	p := newPowercap(t)
	p.zone("intel-rapl:0", "package-0", 1, fullRange)
	if err := os.Chmod(filepath.Join(p.root, "intel-rapl:0", "energy_uj"), 0o000); err != nil {
		t.Fatal(err)
	}
	_, err := OpenRAPL(p.root)
	if err == nil || !strings.HasSuffix(err.Error(), "energy_uj is readable by root alone (CVE-2020-8694)") {
		t.Errorf("error = %v", err)
	}
	f := findRAPL(p.root)
	if f.Works || !strings.HasPrefix(f.Detail, "not measured: ") {
		t.Errorf("finding = %+v", f)
	}
}

// runAs runs one test of this binary as the user nobody.
func runAs(t *testing.T, test string) {
	t.Helper()
	// The binary's own folder may be closed to others.
	dir, err := os.MkdirTemp("", "sensors")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "test")
	copyFile(t, os.Args[0], bin)
	cmd := exec.CommandContext(t.Context(), bin, "-test.run=^"+test+"$", "-test.v")
	cmd.Dir = dir
	cmd.Env = []string{"TMPDIR=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	t.Logf("as nobody:\n%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
