package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// player is the least that can be taken for a box: an SSH server that knows the answers by heart. What it needs is the
// floor of the one who asks.
type player struct {
	host    string
	answers map[string]string // by the line that was typed
}

// starts serves it until the end of the test.
func (p player) starts(t testing.TB) (addr string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PasswordCallback: func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, nil }}
	config.AddHostKey(signer)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			open.Go(func() { p.connection(c, config) })
		}
	})
	t.Cleanup(func() { ln.Close(); open.Wait() })
	return ln.Addr().String()
}

func (p player) connection(c net.Conn, config *ssh.ServerConfig) {
	defer c.Close()
	conn, chans, requests, err := ssh.NewServerConn(c, config)
	if err != nil {
		return
	}
	defer conn.Close()
	go ssh.DiscardRequests(requests)
	for offer := range chans {
		ch, asked, err := offer.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range asked {
				r.Reply(true, nil)
			}
		}()
		go p.session(ch)
	}
}

// session answers line by line; the modes are those of a login, of enable and of configuration.
func (p player) session(ch ssh.Channel) {
	defer ch.Close()
	prompt := p.host + "> "
	in := bufio.NewReader(ch)
	ch.Write([]byte("Type help or '?' for a list of available commands.\r\n" + prompt))
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		answer := p.answers[line]
		switch line {
		case "enable":
			ch.Write([]byte(line + "\r\nPassword: "))
			in.ReadString('\n')
			line, prompt = "*****", p.host+"# "
		case "config term", "configure terminal":
			prompt = p.host + "(config)# "
		case "end":
			prompt = p.host + "# "
		case "exit":
			if !strings.Contains(prompt, "(config") {
				return
			}
		}
		if _, err := ch.Write([]byte(line + "\r\n" + answer + prompt)); err != nil {
			return
		}
	}
}
