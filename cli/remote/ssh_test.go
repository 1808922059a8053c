package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

var hostKey = sync.OnceValue(func() []byte {
	key, err := NewHostKey()
	if err != nil {
		panic(err)
	}
	return key
})

func auth(user, password string, from netip.AddrPort) bool {
	return user == "pix" && password == "cisco" && from.Addr().IsLoopback()
}

func sshServer(t testing.TB, s SSH) serving {
	s.Version, s.HostKey, s.Auth, s.Handle = "SSH-2.0-Cisco-1.25", hostKey, auth, shell
	return serve(t, s.Serve)
}

func sshClientConfig(auth ...gossh.AuthMethod) *gossh.ClientConfig {
	return &gossh.ClientConfig{User: "pix", Auth: auth, HostKeyCallback: gossh.InsecureIgnoreHostKey(), Timeout: 5 * time.Second}
}

func sshDial(t testing.TB, addr string, c *gossh.ClientConfig) *gossh.Client {
	t.Helper()
	client, err := gossh.Dial("tcp", addr, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// sshShell starts a shell, with a terminal of that size if columns is not 0.
func sshShell(t testing.TB, c *gossh.Client, columns, rows int) (*gossh.Session, *client) {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, _ := s.StdinPipe()
	out, _ := s.StdoutPipe()
	if columns > 0 {
		if err := s.RequestPty("vt100", rows, columns, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Shell(); err != nil {
		t.Fatal(err)
	}
	w := watch(out, in)
	t.Cleanup(func() { c.Close(); <-w.done })
	return s, w
}

func TestSSHShell(t *testing.T) {
	s := sshServer(t, SSH{})
	c := sshDial(t, s.addr, sshClientConfig(gossh.Password("cisco")))
	if v := string(c.ServerVersion()); v != "SSH-2.0-Cisco-1.25" {
		t.Errorf("version %q", v)
	}
	session, w := sshShell(t, c, 100, 50)
	w.sees(t, "pix> ")
	w.press("size\r")
	w.sees(t, "size\r\n100 x 50\r\npix> ")
	if err := session.WindowChange(30, 90); err != nil {
		t.Fatal(err)
	}
	session.SendRequest("ping", true, nil) // the answer comes after the window-change was taken
	w.press("size\n")
	w.sees(t, "size\r\n90 x 30\r\npix> ")
	w.press("who\r\n")
	w.sees(t, "who\r\nssh pix 127.0.0.1\r\npix> ")
	w.press("wait\r")
	w.sees(t, "wait\r\n")
	w.press("\x03")
	w.sees(t, "stopped\r\npix> ")
	w.press("exit\r")
	w.closed(t)
	if err := session.Wait(); err != nil {
		t.Errorf("status: %v", err)
	}
	ended := make(chan error)
	go func() { ended <- c.Wait() }()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the connection outlives its session")
	}
}

func TestSSHExec(t *testing.T) {
	s := sshServer(t, SSH{})
	for _, c := range []struct {
		pty  bool
		want string
	}{{false, "you said show  'version'\n"}, {true, "you said show  'version'\r\n"}} {
		session, err := sshDial(t, s.addr, sshClientConfig(gossh.Password("cisco"))).NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if c.pty {
			session.RequestPty("vt100", 24, 80, nil)
		}
		out, err := session.Output("show  'version'")
		var status *gossh.ExitError
		if !errors.As(err, &status) || status.ExitStatus() != 3 {
			t.Errorf("status: %v", err)
		}
		if string(out) != c.want {
			t.Errorf("output %q, want %q", out, c.want)
		}
	}
}

// TestSSHScript: without a terminal, lines on standard input are typed, and its end ends the session.
func TestSSHScript(t *testing.T) {
	s := sshServer(t, SSH{})
	session, err := sshDial(t, s.addr, sshClientConfig(gossh.Password("cisco"))).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	session.Stdin, session.Stdout = strings.NewReader("who\nsize\n"), &out
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	session.Wait()
	// Whether the end of input is seen before or after one more prompt is chance.
	if got, want := strings.TrimSuffix(out.String(), "pix> "), "pix> who\r\nssh pix 127.0.0.1\r\npix> size\r\n0 x 0\r\n"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
}

func TestSSHPasswords(t *testing.T) {
	s := sshServer(t, SSH{})
	interactive := func(password string) gossh.AuthMethod {
		return gossh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
			if len(questions) == 0 {
				return nil, nil
			}
			return []string{password}, nil
		})
	}
	sshDial(t, s.addr, sshClientConfig(interactive("cisco"))).Close()
	for _, method := range []func(string) gossh.AuthMethod{interactive, gossh.Password} {
		tries := 0
		again := gossh.RetryableAuthMethod(gossh.PasswordCallback(func() (string, error) { tries++; return "wrong", nil }), 10)
		if _, err := gossh.Dial("tcp", s.addr, sshClientConfig(again)); err == nil {
			t.Error("a wrong password is taken")
		}
		if tries != 3 {
			t.Errorf("%d tries", tries)
		}
		if _, err := gossh.Dial("tcp", s.addr, sshClientConfig(method("wrong"))); err == nil {
			t.Error("a wrong password is taken")
		}
	}
	c := sshClientConfig(gossh.Password("cisco"))
	c.User = "root"
	if _, err := gossh.Dial("tcp", s.addr, c); err == nil {
		t.Error("a wrong user is taken")
	}
}

func TestSSHOldAlgorithms(t *testing.T) {
	s := sshServer(t, SSH{})
	for _, kex := range []string{"diffie-hellman-group1-sha1", "diffie-hellman-group14-sha1", "curve25519-sha256"} {
		for _, cipher := range []string{"3des-cbc", "aes128-cbc", "aes256-ctr"} {
			for _, key := range []string{"ssh-rsa", "rsa-sha2-256", "rsa-sha2-512"} {
				c := sshClientConfig(gossh.Password("cisco"))
				c.KeyExchanges, c.Ciphers, c.HostKeyAlgorithms = []string{kex}, []string{cipher}, []string{key}
				c.MACs = []string{"hmac-sha1"}
				_, w := sshShell(t, sshDial(t, s.addr, c), 80, 24)
				w.sees(t, "pix> ")
				w.press("exit\r")
				w.closed(t)
			}
		}
	}
}

func TestSSHMax(t *testing.T) {
	s := sshServer(t, SSH{Max: 1})
	c := sshDial(t, s.addr, sshClientConfig(gossh.Password("cisco")))
	_, w := sshShell(t, c, 80, 24)
	w.sees(t, "pix> ")
	if _, err := gossh.Dial("tcp", s.addr, sshClientConfig(gossh.Password("cisco"))); err == nil {
		t.Error("one connection too many")
	}
	if _, err := c.NewSession(); err == nil {
		t.Error("a second session on one connection")
	}
	w.press("who\r")
	w.sees(t, "127.0.0.1\r\npix> ")
}

func TestSSHLoginTimeout(t *testing.T) {
	s := sshServer(t, SSH{LoginTimeout: 300 * time.Millisecond})
	silent := dial(t, s.addr)
	idle := sshDial(t, s.addr, sshClientConfig(gossh.Password("cisco")))
	_, w := sshShell(t, sshDial(t, s.addr, sshClientConfig(gossh.Password("cisco"))), 80, 24)
	silent.closed(t)
	idle.Wait()
	time.Sleep(100 * time.Millisecond)
	w.press("who\r")
	w.sees(t, "127.0.0.1\r\npix> ")
}

func TestSSHServeEnds(t *testing.T) {
	s := sshServer(t, SSH{})
	_, prompt := sshShell(t, sshDial(t, s.addr, sshClientConfig(gossh.Password("cisco"))), 80, 24)
	prompt.sees(t, "pix> ")
	_, busy := sshShell(t, sshDial(t, s.addr, sshClientConfig(gossh.Password("cisco"))), 80, 24)
	busy.press("wait\r")
	busy.sees(t, "wait\r\n")
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	prompt.closed(t)
	busy.closed(t)
}

// TestSSHRequests are requests that no client in its senses sends: the session works all the same.
func TestSSHRequests(t *testing.T) {
	s := sshServer(t, SSH{})
	c := sshDial(t, s.addr, sshClientConfig(gossh.Password("cisco")))
	session, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, _ := session.StdinPipe()
	out, _ := session.StdoutPipe()
	ask := func(name string, payload []byte, want bool) {
		t.Helper()
		if ok, err := session.SendRequest(name, true, payload); ok != want || err != nil {
			t.Errorf("%s: %v %v, want %v", name, ok, err, want)
		}
	}
	size := gossh.Marshal(struct{ Columns, Rows, Width, Height uint32 }{70, 20, 0, 0})
	ask("window-change", size, true)
	ask("pty-req", []byte{0xff, 0xff, 0xff, 0xff, 0}, false)
	ask("window-change", []byte{1}, false)
	ask("env", gossh.Marshal(struct{ Name, Value string }{"LANG", "C"}), false)
	ask("subsystem", gossh.Marshal(struct{ Name string }{"sftp"}), false)
	ask("signal", gossh.Marshal(struct{ Name string }{"INT"}), false)
	ask("", nil, false)
	for range 10 {
		ask("window-change", size, true)
	}
	if err := session.Shell(); err != nil {
		t.Fatal(err)
	}
	w := watch(out, in)
	t.Cleanup(func() { c.Close(); <-w.done })
	ask("shell", nil, false)
	w.sees(t, "pix> ")
	w.press("size\r")
	w.sees(t, "70 x 20\r\npix> ")
	if _, _, err := c.OpenChannel("direct-tcpip", nil); err == nil {
		t.Error("a forwarded port was opened")
	}
}

// TestSSHGarbage: octets that are no SSH end that connection and nothing else.
func TestSSHGarbage(t *testing.T) {
	s := sshServer(t, SSH{})
	for _, junk := range []string{"\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", "SSH-2.0-x\r\n" + strings.Repeat("\xff", 5000), "SSH-1.5-x\r\n"} {
		c := dial(t, s.addr)
		c.press(junk)
		c.Close()
	}
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	for i := 0; ; i++ { // until the connections above are seen to be gone
		if client, err := gossh.Dial("tcp", s.addr, sshClientConfig(gossh.Password("cisco"))); err == nil {
			client.Close()
			return
		} else if i == 100 {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestHostKey(t *testing.T) {
	if err := CheckHostKey(hostKey()); err != nil {
		t.Error(err)
	}
	if CheckHostKey([]byte("nonsense")) == nil {
		t.Error("nonsense is a host key")
	}
}

// Without a host key, and with one that is none, a caller is let in and hung up on.
func TestNoHostKey(t *testing.T) {
	for _, key := range []string{"", "nonsense"} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- SSH{HostKey: func() []byte { return []byte(key) }}.Serve(ctx, ln) }()
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(c); len(text) > 0 || err != nil {
			t.Errorf("%q: got %q, %v", key, text, err)
		}
		c.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
