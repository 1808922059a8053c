package remote

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// drawer is files in memory.
type drawer struct {
	mu    sync.Mutex
	files map[string]string
}

func (d *drawer) Fetch(name string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	text, ok := d.files[name]
	if !ok {
		return nil, errors.New(name + ": no such\nfile")
	}
	return []byte(text), nil
}

func (d *drawer) Store(name string, data []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if name == "locked" {
		return errors.New("locked: may not be written")
	}
	d.files[name] = string(data)
	return nil
}

func (d *drawer) has(name string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.files[name]
}

func (d *drawer) Accepts(name string, size int) error {
	if size > 1000 {
		return errors.New(name + ": more than 1000 octets")
	}
	return nil
}

func TestParseSCP(t *testing.T) {
	for line, want := range map[string]scpCommand{
		"scp -t x":               {store: true, name: "x"},
		"scp -f x":               {fetch: true, name: "x"},
		"scp -v -p -t -- -x":     {store: true, name: "-x"},
		"scp -qrt disk0:/":       {store: true, many: true, name: "disk0:/"},
		"scp -f 'a b'":           {fetch: true, name: "a b"},
		"scp -d -t disk0:":       {store: true, many: true, name: "disk0:"},
		"scp":                    {},
		"scp x":                  {},
		"scp -t":                 {},
		"scp -t a b":             {},
		"scp -tf a":              {},
		"scp -t 'a":              {},
		"show version":           {},
		"scpx -t a":              {},
		"show scp -t running -f": {},
	} {
		got, ok := parseSCP(line)
		if ok != (want != scpCommand{}) || ok && got != want {
			t.Errorf("%s: %+v %v", line, got, ok)
		}
	}
}

// wire is what the far half of scp reads and writes, in one.
type wire struct {
	io.Reader
	bytes.Buffer
}

func (w *wire) Read(p []byte) (int, error) { return w.Reader.Read(p) }

// TestSCPDialogue: whatever the far side says, the answer is one of the protocol's, and what is not allowed is not stored.
func TestSCPDialogue(t *testing.T) {
	big := strings.Repeat("x", 1000)
	for _, c := range []struct {
		line, says, answer string
		status             int
		holds              map[string]string
	}{
		{"scp -t a", "C0644 2 b\nhi\x00", "\x00\x00\x00", 0, map[string]string{"a": "hi"}},
		{"scp -pt a", "T1 0 1 0\nC0644 2 b\nhi\x00", "\x00\x00\x00\x00", 0, map[string]string{"a": "hi"}},
		{"scp -t a/", "C0644 2 b\nhi\x00C0600 0 c\n\x00", "\x00\x00\x00\x00\x00", 0, map[string]string{"a/b": "hi", "a/c": ""}},
		{"scp -t disk0:", "C0644 2 b\nhi\x00", "\x00\x00\x00", 0, map[string]string{"disk0:/b": "hi"}},
		{"scp -t a", "C0644 1000 b\n" + big + "\x00", "\x00\x00\x00", 0, map[string]string{"a": big}},
		{"scp -t a", "C0644 1001 b\n", "\x00\x01scp: a: more than 1000 octets\n", 1, nil},
		{"scp -t a", "C0644 -1 b\n", "\x00\x01scp: protocol error\n", 1, nil},
		{"scp -t a", "C0644 99999999999999999999 b\n", "\x00\x01scp: protocol error\n", 1, nil},
		{"scp -t a", "C0644 2 ../b\n", "\x00\x01scp: protocol error\n", 1, nil},
		{"scp -t a", "C\n", "\x00\x01scp: protocol error\n", 1, nil},
		{"scp -t a", "D0755 0 b\n", "\x00\x01scp: no directories here\n", 1, nil},
		{"scp -t a", "\x01gone\n", "\x00", 1, nil},
		{"scp -t a", "C0644 5 b\nhi", "\x00\x00", 1, nil},
		{"scp -t a", "C0644 2 b\nhi\x01", "\x00\x00", 1, nil},
		{"scp -t a", strings.Repeat("C", 10000), "\x00", 1, nil},
		{"scp -t a", "", "\x00", 0, nil},
		{"scp -t locked", "C0644 2 b\nhi\x00", "\x00\x00\x01scp: locked: may not be written\n", 1, nil},
		{"scp -f disk0:/x/a", "\x00\x00\x00", "C0644 5 a\nhello\x00", 0, nil},
		{"scp -f disk0:/x/a", "\x00\x01", "C0644 5 a\n", 1, nil},
		{"scp -f none", "\x00", "\x01scp: none: no such file\n", 1, nil},
		{"scp -f none", "", "", 1, nil},
	} {
		d := &drawer{files: map[string]string{}}
		if strings.Contains(c.line, "-f") {
			d.files["disk0:/x/a"] = "hello"
			c.holds = map[string]string{"disk0:/x/a": "hello"}
		}
		w := &wire{Reader: strings.NewReader(c.says)}
		command, ok := parseSCP(c.line)
		if status := serveSCP(w, d, command); !ok || status != c.status || w.String() != c.answer {
			t.Errorf("%s %q: status %d, answer %q, want %q", c.line, c.says, status, w.String(), c.answer)
		}
		if len(d.files) != len(c.holds) {
			t.Errorf("%s %q: %q", c.line, c.says, d.files)
		}
		for name, text := range c.holds {
			if d.files[name] != text {
				t.Errorf("%s %q: %q", c.line, c.says, d.files)
			}
		}
	}
}

// TestSCP is the client of OpenSSH, both ways; where Files has none for the caller, scp is a command like any other.
func TestSCP(t *testing.T) {
	scp := installed(t, "scp")
	d := &drawer{files: map[string]string{"startup-config": "hostname x\n\xff\r\n"}}
	s := sshServer(t, SSH{Files: func(c Caller) Files {
		if c.User == "pix" {
			return d
		}
		return nil
	}})
	ssh := openSSH(t, s.addr)
	dir := t.TempDir()
	file := filepath.Join(dir, "got")
	copies := func(args ...string) ([]byte, error) {
		base := ssh.Args[1 : len(ssh.Args)-5] // options without -p PORT -l USER HOST
		cmd := exec.Command(scp, append(append([]string{"-O", "-P", ssh.Args[len(ssh.Args)-4]}, base...), args...)...)
		cmd.Env = ssh.Env
		return cmd.CombinedOutput()
	}
	if out, err := copies("pix@127.0.0.1:startup-config", file); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if text, _ := os.ReadFile(file); string(text) != d.has("startup-config") {
		t.Errorf("fetched %q", text)
	}
	if out, err := copies("-p", file, "pix@127.0.0.1:disk0:/saved"); err != nil || d.has("disk0:/saved") != d.has("startup-config") {
		t.Errorf("stored %q: %v %s", d.has("disk0:/saved"), err, out)
	}
	if out, err := copies("pix@127.0.0.1:none", file); err == nil || !strings.Contains(string(out), "none: no such file") {
		t.Errorf("%v %s", err, out)
	}
}

func TestSCPNotServed(t *testing.T) {
	for _, s := range []SSH{{}, {Files: func(Caller) Files { return nil }}} {
		session, err := sshDial(t, sshServer(t, s).addr, sshClientConfig(gossh.Password("cisco"))).NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if out, _ := session.Output("scp -f x"); string(out) != "you said scp -f x\n" {
			t.Errorf("%q", out)
		}
	}
}

// TestSSHKeys: a key admits its user alone; a server that knows none does not ask for one.
func TestSSHKeys(t *testing.T) {
	mine, other := signer(t), signer(t)
	came := make(chan Caller, 1)
	for _, known := range []bool{true, false} {
		s := SSH{Version: "SSH-2.0-x", HostKey: hostKey, Auth: auth, Handle: shell}
		s.Files = func(c Caller) Files { came <- c; return nil }
		s.Keys = func() func(string, []byte) bool {
			if !known {
				return nil
			}
			return func(user string, key []byte) bool {
				return user == "pix" && bytes.Equal(key, mine.PublicKey().Marshal())
			}
		}
		addr := serve(t, s.Serve).addr
		for _, c := range []struct {
			user string
			auth []gossh.AuthMethod
			in   bool
		}{
			{"pix", []gossh.AuthMethod{gossh.PublicKeys(mine)}, known},
			{"pix", []gossh.AuthMethod{gossh.PublicKeys(other, mine)}, known},
			{"pix", []gossh.AuthMethod{gossh.PublicKeys(other)}, false},
			{"root", []gossh.AuthMethod{gossh.PublicKeys(mine)}, false},
			{"pix", []gossh.AuthMethod{gossh.PublicKeys(other, other, other), gossh.Password("cisco")}, !known},
		} {
			config := sshClientConfig(c.auth...)
			config.User = c.user
			client, err := gossh.Dial("tcp", addr, config)
			if (err == nil) != c.in {
				t.Errorf("known %v, user %s, %d methods: %v", known, c.user, len(c.auth), err)
			}
			if err != nil {
				continue
			}
			session, err := client.NewSession()
			if err != nil {
				t.Fatal(err)
			}
			session.Run("scp -f x")
			if keyed := (<-came).Keyed; keyed != known {
				t.Errorf("the caller is said to have come by key: %v, want %v", keyed, known)
			}
			client.Close()
		}
	}
}

func signer(t *testing.T) gossh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := gossh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
