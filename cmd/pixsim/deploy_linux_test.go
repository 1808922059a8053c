package main

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// topology is what the test reads of deploy/kb320027.clab.yml.
type topology struct {
	Topology struct {
		Nodes map[string]struct {
			Kind, Cmd string
			Exec      []string
		}
		Links []struct{ Endpoints []string }
	}
}

// starts starts a program in a namespace; it ends with the test.
func (s *space) starts(cmd *exec.Cmd) {
	s.t.Helper()
	var err error
	s.do(func() { err = cmd.Start() })
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
}

// TestNamespacesTopology plays the topology file of containerlab with namespaces for containers: its commands as they stand, its
// wires put there when the programs run already, as containerlab does. The client meets Mailguard, and after the resolution of
// KB 320027, typed at the console, the server.
func TestNamespacesTopology(t *testing.T) {
	busybox := client(t, "busybox")
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	text, err := os.ReadFile("../../deploy/kb320027.clab.yml")
	if err != nil {
		t.Fatal(err)
	}
	var top topology
	if err := yaml.Unmarshal(text, &top); err != nil {
		t.Fatal(err)
	}
	mail, err := filepath.Abs("../../deploy/mail.sh")
	if err != nil {
		t.Fatal(err)
	}
	spaces := map[string]*space{}
	var b *box
	for name, node := range top.Topology.Nodes {
		s := newSpace(t)
		spaces[name] = s
		args := strings.Fields(node.Cmd)
		switch {
		case node.Kind != "linux":
			t.Errorf("%s is of kind %q", name, node.Kind)
		case args[0] == "run":
			for i, a := range args {
				if a == "/flash" {
					args[i] = t.TempDir()
				}
			}
			s.do(func() { b = launch(t, command(args...)) })
		default:
			s.starts(exec.Command(busybox, strings.Fields(strings.ReplaceAll(node.Cmd, "/mail.sh", mail))...))
		}
	}
	if b == nil {
		t.Fatal("no node runs the box")
	}
	b.ready(b.console.screen)
	for _, l := range top.Topology.Links {
		from, dev, _ := strings.Cut(l.Endpoints[0], ":")
		to, far, _ := strings.Cut(l.Endpoints[1], ":")
		spaces[from].ip("link", "add", dev, "type", "veth", "peer", "name", far, "netns", spaces[to].id())
		spaces[from].ip("link", "set", dev, "up")
		spaces[to].ip("link", "set", far, "up")
	}
	for name, node := range top.Topology.Nodes {
		for _, line := range node.Exec {
			words := strings.Fields(line)
			if words[0] != "ip" {
				t.Fatalf("%s: %q", name, line)
			}
			spaces[name].ip(words[1:]...)
		}
	}
	greeting := func() string {
		out := make([]byte, 200)
		c := spaces["client"].dial("203.0.113.10:25")
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		n, _ := c.Read(out)
		return string(out[:n])
	}
	if g := greeting(); !maskedGreeting.MatchString(g) {
		t.Errorf("the client is greeted by %q", g)
	}
	k := spaces["pix"].privileged(t)
	k.does(t, "no fixup protocol smtp 25")
	if g := greeting(); g != "220 mail.example.com Microsoft ESMTP MAIL Service ready\r\n" {
		t.Errorf("afterwards it is greeted by %q", g)
	}
	b.stops()
}

// from writes all that comes.
func (w *withoutTelnet) from(c net.Conn) {
	for buf := make([]byte, 4096); ; {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		w.Write(buf[:n])
	}
}

// dockerList is an instruction of a Dockerfile whose argument is a list.
var dockerList = regexp.MustCompile(`(?m)^(ENTRYPOINT|CMD) (\[.*\])$`)

// sharedLibrary is a path in the output of ldd.
var sharedLibrary = regexp.MustCompile(`/\S+\.so\S*`)

// transplant copies a program or library.
func transplant(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, b, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestNamespacesImage runs the program as the image does: with its command, as its user, in a root directory in which there is
// nothing else, and keeps what is written to its volume.
func TestNamespacesImage(t *testing.T) {
	client(t, "ip")
	if os.Getuid() != 0 {
		t.Skip("another root directory needs root")
	}
	text, err := os.ReadFile("../../deploy/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte("\nFROM scratch\n")) || !bytes.Contains(text, []byte("\nUSER 65532:65532\n")) {
		t.Error("the image is not of this program alone, or runs as root")
	}
	words := map[string][]string{}
	for _, m := range dockerList.FindAllSubmatch(text, -1) {
		var list []string
		if err := json.Unmarshal(m[2], &list); err != nil {
			t.Fatal(err)
		}
		words[string(m[1])] = list
	}
	root := openDir(t)
	transplant(t, binary, filepath.Join(root, "pixsim"))
	out, err := exec.Command("ldd", binary).Output() // the tests' own program may be linked with C
	if err != nil && !bytes.Contains(out, []byte("not a dynamic")) {
		t.Logf("ldd: %v", err)
	}
	for _, lib := range sharedLibrary.FindAllString(string(out), -1) {
		transplant(t, lib, filepath.Join(root, lib))
	}
	flash := filepath.Join(root, "flash")
	if err := os.Mkdir(flash, 0o700); err != nil {
		t.Fatal(err)
	}
	const nobody = 65532
	if err := os.Chown(flash, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	s := newSpace(t)
	cmd := exec.Command(words["ENTRYPOINT"][0], words["CMD"]...)
	cmd.Env = []string{}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	var b *box
	s.do(func() { b = launch(t, cmd) })
	b.ready(b.console.screen)
	k := s.privileged(t)
	k.does(t, "hostname inthebox")
	k.does(t, "write memory")
	b.stops()
	saved, err := os.ReadFile(filepath.Join(flash, "startup-config"))
	if err != nil || !bytes.Contains(saved, []byte("hostname inthebox")) {
		t.Errorf("the volume has no startup-config with the change: %v", err)
	}
}

// TestNamespacesPage runs what docs/links.md says about two namespaces, line by line, in a network and a /run of its own, with a mail
// server as in deploy: Mailguard greets.
func TestNamespacesPage(t *testing.T) {
	client(t, "ip")
	busybox, unshare := client(t, "busybox"), client(t, "unshare")
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	page, err := os.ReadFile("../../docs/links.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "## Between two network namespaces\n")
	script := "set -e\nmount --make-rprivate /\nmount -t tmpfs none /run\n"
	ran := false
	for line := range strings.Lines(rest) {
		if strings.HasPrefix(line, "## ") {
			break
		}
		words, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "    ")
		if args, runs := strings.CutPrefix(words, "pixsim "); ok && runs {
			words, ran = binary+" "+args+" --console none >/dev/null & box=$!", true
		}
		if ok {
			script += words + "\n"
		}
	}
	if !ran {
		t.Fatal("the page runs no pixsim")
	}
	script += `ip netns exec near "$1" nc -ll -p 25 -e "$2" & mail=$!
for i in 1 2 3 4 5 6 7 8 9 10; do
  greeting=$(echo QUIT | ip netns exec far "$1" nc -w 2 203.0.113.10 25 || true)
  case $greeting in 220*) break ;; esac
  sleep 1
done
kill $box $mail
echo "greeted by $greeting"
`
	mail, err := filepath.Abs("../../deploy/mail.sh")
	if err != nil {
		t.Fatal(err)
	}
	_, out := runs(t, exec.Command(unshare, "-n", "-m", "sh", "-c", script, "sh", busybox, mail))
	_, greeting, _ := strings.Cut(out, "greeted by ")
	if !maskedGreeting.MatchString(greeting) {
		t.Errorf("%s", out)
	}
}

// privileged is a person at the serial console that deploy serves in the namespace, in privileged mode.
func (s *space) privileged(t *testing.T) talk {
	t.Helper()
	c := s.dial("127.0.0.1:2300")
	k := talk{newScreen(), c}
	go func() { defer k.end(); (&withoutTelnet{to: k.screen}).from(c) }()
	k.types(t, "\r")
	k.enables(t)
	return k
}
