package main

import (
	"net"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// hostKey is the key that the box shows to a client, by its fingerprint.
func hostKey(t *testing.T, addr string) (fingerprint string) {
	t.Helper()
	c := sshLogin(t, addr, func(key ssh.PublicKey) { fingerprint = ssh.FingerprintSHA256(key) })
	c.Close()
	return fingerprint
}

func sshLogin(t *testing.T, addr string, saw func(ssh.PublicKey)) *ssh.Client {
	t.Helper()
	c, err := ssh.Dial("tcp", addr, &ssh.ClientConfig{
		User: "pix", Auth: []ssh.AuthMethod{ssh.Password("cisco")}, Timeout: patience,
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error { saw(key); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSSHExec: what people ask of a box above all.
func TestSSHExec(t *testing.T) {
	t.Parallel()
	b := bootQuiet(t)
	c := sshLogin(t, b.ssh, func(ssh.PublicKey) {})
	defer c.Close()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	out, err := s.CombinedOutput("show version")
	if err != nil || len(out) == 0 || time.Since(began) > 5*time.Second {
		t.Errorf("show version: %q %v after %v", out, err, time.Since(began))
	}
	b.stops()
}
