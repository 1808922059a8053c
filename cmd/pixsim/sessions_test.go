package main

import (
	"crypto/rand"
	"crypto/rsa"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// TestSessionLimit: five sessions by SSH and five by telnet, and the sixth is hung up on without a word; with
// --session-limit as many as it says. A place is free again once its session is over.
func TestSessionLimit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		most int
	}{
		{nil, 5},
		{[]string{"--session-limit", "3"}, 5}, // it raises the number, and does not lower it
		{[]string{"--session-limit", "8"}, 8},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			t.Parallel()
			b := bootQuiet(t, append(c.args, "--release", "asa-8.2")...)
			var first, second talk
			for i := range c.most {
				k := sshShell(t, b.ssh, "pix", "cisco", 80, 24)
				k.sees(t, "ciscoasa> ")
				l := dial(t, b.telnet)
				l.sees(t, "Password: ")
				if i == 0 {
					first, second = k, l
				}
			}
			for _, addr := range []string{b.ssh, b.telnet} {
				if text := refused(t, addr); text != "" {
					t.Errorf("one too many at %s: %q", addr, text)
				}
			}
			first.types(t, "exit\n")
			first.ends(t)
			sshShell(t, b.ssh, "pix", "cisco", 80, 24).sees(t, "ciscoasa> ")
			second.types(t, "cisco\nexit\n")
			second.ends(t)
			dial(t, b.telnet).sees(t, "Password: ")
			b.stops()
		})
	}
}

// refused is what a caller is told who is hung up on.
func refused(t *testing.T, addr string) string {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return ""
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	text, _ := io.ReadAll(c)
	return string(text)
}

// TestSSHOfUsers: a box of 8.4(2) and later is told who may come, with what privilege, and by which key; older ones know no
// keys.
func TestSSHOfUsers(t *testing.T) {
	t.Parallel()
	b := bootQuiet(t, "--release", "asa-9.8", "--startup-config", startupWith(t, "asa-9.8", account))
	key := rsaKey(t)
	k := sshShell(t, b.ssh, "admin", "secret15", 80, 24)
	k.sees(t, "ciscoasa> ")
	k.types(t, "enable\n")
	k.sees(t, "Password: ")
	k.does(t, "cisco")
	for _, line := range []string{"configure terminal", "terminal width 511", "username admin attributes"} {
		k.does(t, line)
	}
	if _, err := dialKey(b.ssh, "admin", key); err == nil {
		t.Error("a key that nobody has is taken")
	}
	// One line, a file of SSH2, and what is none.
	line := strings.Fields(string(ssh.MarshalAuthorizedKey(key.PublicKey())))[1]
	if out := k.does(t, "ssh authentication publickey "+line); out != "" {
		t.Errorf("publickey: %q", out)
	}
	admitted(t, b.ssh, key)
	shown := k.does(t, "show running-config username")
	if !strings.Contains(shown, "\nusername admin attributes\n ssh authentication publickey ") || !strings.Contains(shown, " hashed\n") {
		t.Errorf("the configuration: %q", shown)
	}
	hashed := strings.TrimSpace(shown[strings.Index(shown, " ssh authentication"):][:len(" ssh authentication publickey  hashed")+32*3-1])
	if out := k.does(t, "no ssh authentication"); out != "" {
		t.Errorf("no: %q", out)
	}
	if _, err := dialKey(b.ssh, "admin", key); err == nil {
		t.Error("a key that was taken back is taken")
	}
	if out := k.does(t, hashed); out != "" {
		t.Errorf("%s: %q", hashed, out)
	}
	admitted(t, b.ssh, key)
	k.does(t, "no ssh authentication")
	k.types(t, "ssh authentication pkf\n")
	k.sees(t, "on a line by itself:")
	k.types(t, "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"2048-bit RSA\"\n"+line[:70]+"\n"+line[70:]+"\n---- END SSH2 PUBLIC KEY ----\n")
	if out := k.does(t, "quit"); !strings.Contains(out, "INFO: Import of an SSH public key formatted file completed successfully.") {
		t.Errorf("pkf: %q", out)
	}
	admitted(t, b.ssh, key)
	k.types(t, "ssh authentication pkf\n")
	k.sees(t, "on a line by itself:")
	if out := k.does(t, "quit"); !strings.Contains(out, "ERROR: ") {
		t.Errorf("an empty pkf: %q", out)
	}
	for _, bad := range []string{"AAAA", "nonsense!", line + " hashed", strings.Replace(hashed, ":", "", 1)} {
		if out := k.does(t, "ssh authentication publickey "+bad); !strings.Contains(out, "ERROR: ") {
			t.Errorf("%s: %q", bad, out)
		}
	}
	admitted(t, b.ssh, key)
	if _, err := dialKey(b.ssh, "guest", key); err == nil {
		t.Error("a user comes by another's key")
	}
	b.stops()
}

// admitted says what the holder of the key may do.
func admitted(t *testing.T, addr string, key ssh.Signer) {
	t.Helper()
	c, err := dialKey(addr, "admin", key)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := s.Output("show curpriv"); err != nil || !strings.HasPrefix(string(out), "Username : admin\nCurrent privilege level : 15\n") {
		t.Errorf("%v %q", err, out)
	}
}

func dialKey(addr, user string, key ssh.Signer) (*ssh.Client, error) {
	return ssh.Dial("tcp", addr, &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, Timeout: patience, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
}

func rsaKey(t *testing.T) ssh.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
