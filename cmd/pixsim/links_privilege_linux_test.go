package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// unprivileged is the program as somebody without any privilege, in a directory of his own.
func unprivileged(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	const nobody = 65532
	dir := openDir(t)
	home := filepath.Join(dir, "home")
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(home, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	transplant(t, binary, filepath.Join(dir, "pixsim"))
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "HOME", home)
	}
	cmd := exec.Command(filepath.Join(dir, "pixsim"), args...)
	cmd.Dir, cmd.Env = home, []string{"HOME=" + home}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd
}

// TestLinksUnprivileged: links to the interfaces of the kernel name the privilege that is missing, in one line, whether the
// interface is there or not; the others need none, on as many interfaces as a PIX has, beside the lab.
func TestLinksUnprivileged(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("root alone can become somebody else")
	}
	for _, c := range []struct{ link, needs string }{
		{"outside=packet:lo", "CAP_NET_RAW"},
		{"outside=packet:nothere0", "CAP_NET_RAW"},
		{"inside=tap:pixsim0", "CAP_NET_ADMIN"},
	} {
		r := finish(t, unprivileged(t, "run", "--console", "none", "--link", c.link))
		name, spec, _ := strings.Cut(c.link, "=")
		if r.code != exitFailure || r.out != "" || strings.Count(r.err, "\n") != 1 ||
			!strings.HasPrefix(r.err, "pixsim: --link "+name+": "+spec+": ") || !strings.Contains(r.err, "it needs "+c.needs) {
			t.Errorf("%s: %+v", c.link, r)
		}
	}
	b := launch(t, unprivileged(t, append([]string{"run", "--link", "outside=lab", "--link", "inside=udp:127.0.0.1:0,127.0.0.1:9",
		"--link", "ethernet2=unix:HOME/a,HOME/b", "--link", "ethernet3=stream:listen,HOME/s", "--link", "ethernet4=pcap:,HOME/out.pcap",
		"--link", "ethernet5=lab"}, anyPort...)...))
	b.ready(b.diag)
	if b.smtp == "off" || b.ssh == "off" {
		t.Errorf("smtp=%s ssh=%s, where both sides of the lab are plugged in", b.smtp, b.ssh)
	}
	b.console.enables(t)
	if out := b.console.does(t, "show interface"); strings.Count(out, "line protocol is") != 6 {
		t.Errorf("show interface: %s", out)
	}
	b.stops()
}
