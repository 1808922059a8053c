package remote

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"

	"pixsim/cli/term"
)

const (
	// authTries is how many failures close the connection, on all releases.
	authTries = 3
	// scpTime is how long a copy may take: it holds a session's place.
	scpTime = 10 * time.Minute
)

// SSH is an SSH 2 server with passwords and public keys.
type SSH struct {
	Version string // identification, "SSH-2.0-Cisco-1.25"
	// HostKey is asked at each connection: PEM of an RSA key, see NewHostKey. Nil: there is none, and the connection is
	// closed without a word.
	HostKey func() []byte
	// Max is the number of connections at the same time, 0: 5. One more is closed without a word. A connection has one
	// session, and ends with it.
	Max int
	// Full is told of one more: where the caller is, and the number. nil: nobody wants to know.
	Full func(from netip.AddrPort, max int)
	// LoginTimeout is how long a connection may last without a session, 0: 60 s.
	LoginTimeout time.Duration
	// Auth decides on a password, given by the method of that name or by keyboard-interactive. It may be called by
	// several goroutines.
	Auth func(user, password string, from netip.AddrPort) bool
	// Keys is asked at each connection for what decides on public keys, given as SSH marshals them; that the caller has
	// the other half is seen to by the server. Nil, as a func or what it returns: none is asked for, because each key that
	// a client tries in vain is one of its few tries.
	Keys func() func(user string, key []byte) bool
	// Files is asked when the command of an exec channel is scp: nil, as a func or what it returns, leaves the command to
	// Handle.
	Files  func(Caller) Files
	Handle Handler
}

// NewHostKey makes a host key: RSA with 2048 bits, which every client takes, today's with the rsa-sha2 signatures and
// old ones with ssh-rsa. The caller keeps it.
func NewHostKey() ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("host key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}), nil
}

// CheckHostKey reports why a kept host key cannot be used, nil if it can.
func CheckHostKey(key []byte) error {
	if _, err := gossh.ParsePrivateKey(key); err != nil {
		return fmt.Errorf("host key: %w", err)
	}
	return nil
}

// PublicKey is the public half of a kept host key: SubjectPublicKeyInfo, DER.
func PublicKey(key []byte) ([]byte, error) {
	k, err := gossh.ParseRawPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("host key: %w", err)
	}
	pair, ok := k.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("host key: not RSA")
	}
	return x509.MarshalPKIXPublicKey(&pair.PublicKey)
}

// Serve accepts on ln, which it closes, until ctx ends; that also ends the context of each session. It returns after the
// last of them, nil if it was ctx that ended it.
func (s SSH) Serve(ctx context.Context, ln net.Listener) error {
	room, leaving := &seats{max: cmp.Or(s.Max, 5)}, &seats{max: turnedAway}
	keys := &signers{}
	return accept(ctx, ln, func(ctx context.Context, c net.Conn) {
		if !room.take() {
			room.full(c, s.Full)
			return
		}
		free := sync.OnceFunc(room.free)
		defer free()
		key, err := keys.of(s.HostKey())
		if err != nil {
			c.Close()
			return
		}
		s.connection(ctx, c, key, hangUp{free, leaving})
	})
}

// signers reads a host key once, however many connections it serves.
type signers struct {
	mu   sync.Mutex
	text []byte
	key  gossh.Signer
}

func (k *signers) of(text []byte) (gossh.Signer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key != nil && bytes.Equal(text, k.text) {
		return k.key, nil
	}
	key, err := gossh.ParsePrivateKey(text)
	if err != nil {
		return nil, err
	}
	k.text, k.key = text, key
	return key, nil
}

// connection is one client: a server of its own, because gliderlabs' counts its sessions where nobody can wait for them.
func (s SSH) connection(ctx context.Context, c net.Conn, key gossh.Signer, end hangUp) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	limit := time.AfterFunc(cmp.Or(s.LoginTimeout, time.Minute), cancel)
	defer limit.Stop()

	client := &sshClient{ssh: s, ctx: ctx, from: from(c), limit: limit, end: end}
	server := &ssh.Server{
		Version:                    strings.TrimPrefix(s.Version, "SSH-2.0-"),
		HostSigners:                []ssh.Signer{key},
		PasswordHandler:            client.password,
		KeyboardInteractiveHandler: client.keyboard,
		ServerConfigCallback:       client.config,
		ChannelHandlers:            map[string]ssh.ChannelHandler{"session": client.session},
	}
	if s.Keys != nil {
		if admits := s.Keys(); admits != nil {
			server.PublicKeyHandler = func(ctx ssh.Context, key ssh.PublicKey) bool { return admits(ctx.User(), key.Marshal()) }
		}
	}
	server.HandleConn(sshLine{line{c}}) // until the connection ends
	cancel()
	client.wait()
}

// sshLine keeps its own deadline: gliderlabs clears every deadline at each read.
type sshLine struct{ line }

func (sshLine) SetDeadline(time.Time) error { return nil }

// sshConfig takes what OpenSSH and PuTTY use today and what the clients of the box's time do.
func sshConfig() *gossh.ServerConfig {
	today, old := gossh.SupportedAlgorithms(), gossh.InsecureAlgorithms()
	c := &gossh.ServerConfig{MaxAuthTries: authTries}
	c.KeyExchanges = slices.Concat(today.KeyExchanges, old.KeyExchanges)
	c.Ciphers = slices.Concat(today.Ciphers, old.Ciphers)
	c.MACs = slices.Concat(today.MACs, old.MACs)
	return c
}

// sshClient is one connection.
type sshClient struct {
	ssh   SSH
	ctx   context.Context
	from  netip.AddrPort
	limit *time.Timer
	end   hangUp
	keyed bool // it was a public key that let the user in; set before a session begins

	mu    sync.Mutex
	used  bool // the one session was opened
	over  bool // the connection is at its end: no session begins any more
	inUse sync.WaitGroup
}

// config is that of one connection.
func (c *sshClient) config(ssh.Context) *gossh.ServerConfig {
	config := sshConfig()
	config.AuthLogCallback = func(_ gossh.ConnMetadata, method string, err error) {
		if err == nil {
			c.keyed = method == "publickey"
		}
	}
	return config
}

func (c *sshClient) password(ctx ssh.Context, password string) bool {
	return c.ssh.Auth(ctx.User(), password, c.from)
}

func (c *sshClient) keyboard(ctx ssh.Context, ask gossh.KeyboardInteractiveChallenge) bool {
	answers, err := ask("", "", []string{"Password: "}, []bool{false})
	return err == nil && len(answers) == 1 && c.ssh.Auth(ctx.User(), answers[0], c.from)
}

// begin reports whether the session may begin: it is the first.
func (c *sshClient) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used || c.over {
		return false
	}
	c.used = true
	c.inUse.Add(1)
	return true
}

// wait returns when the session, if any, has ended.
func (c *sshClient) wait() {
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.inUse.Wait()
}

// session is the channel handler.
func (c *sshClient) session(_ *ssh.Server, conn *gossh.ServerConn, ch gossh.NewChannel, ctx ssh.Context) {
	if !c.begin() {
		ch.Reject(gossh.ResourceShortage, "one session per connection")
		return
	}
	defer c.inUse.Done()
	defer c.end.connection(conn) // the box has no connection without a session
	w := &window{NewChannel: ch, ran: make(chan struct{})}
	once := &ssh.Server{Handler: func(s ssh.Session) {
		defer close(w.ran)
		c.run(s, conn, w)
	}}
	ssh.DefaultSessionHandler(once, conn, w, ctx) // until the channel is closed
	if w.started {
		<-w.ran
	}
}

// hangUp is how a connection ends whose session is over: its place is free at once.
type hangUp struct {
	free    func()
	leaving *seats
}

// connection lets the client end it, as OpenSSH and PuTTY do once their channel is closed: to PuTTY an end that it did not
// bring about is an error.
func (h hangUp) connection(conn *gossh.ServerConn) {
	defer conn.Close()
	if !h.leaving.take() {
		return
	}
	defer h.leaving.free()
	late := time.AfterFunc(lingering, func() { conn.Close() })
	defer late.Stop()
	conn.Wait()
}

// run is the session once the client has asked for a shell or a command.
func (c *sshClient) run(s ssh.Session, conn *gossh.ServerConn, w *window) {
	c.limit.Stop()
	who := Caller{
		Kind: "ssh", From: c.from, User: s.User(), Command: s.RawCommand(),
		Version: string(conn.ClientVersion()), Keyed: c.keyed,
	}
	if a, ok := conn.Conn.(gossh.AlgorithmsConnMetadata); ok {
		who.Cipher = a.Algorithms().Read.Cipher
	}
	status, done := c.serve(channel{w.ch, conn}, who, w)
	c.end.free() // before the client can know: it may come again at once

	w.ch.CloseWrite()
	s.Exit(status)
	// The client closes its side now; if it does not, the connection ends nevertheless, and with it what reads from it.
	late := time.AfterFunc(lingering, func() { conn.Close() })
	defer late.Stop()
	done()
}

// serve is what the session is there for; done ends what reads from ch.
func (c *sshClient) serve(ch channel, who Caller, w *window) (status int, done func()) {
	if copying, ok := parseSCP(who.Command); ok && c.ssh.Files != nil {
		if files := c.ssh.Files(who); files != nil {
			limit := time.AfterFunc(scpTime, func() { ch.conn.Close() })
			defer limit.Stop()
			return serveSCP(ch, files, copying), func() { ch.Close() }
		}
	}
	t := term.New(ch, term.Options{Size: w.size, BareLF: who.Command != "" && !w.pty.Load()})
	return c.ssh.Handle(c.ctx, t, who), func() { t.Close() }
}

// channel is the byte stream of a session. Its window can stay shut for ever, hence a timer of its own.
type channel struct {
	gossh.Channel
	conn *gossh.ServerConn
}

func (c channel) Write(p []byte) (int, error) {
	limit := time.AfterFunc(stalled, func() { c.conn.Close() })
	defer limit.Stop()
	return c.Channel.Write(p)
}

func (c channel) Close() error {
	c.Channel.Close() // io.EOF when Exit was first
	return nil
}

// window stands between a channel and gliderlabs' request loop, and keeps from it what it cannot bear: a window-change
// before the shell stops it, and each one races with Pty; a pty-req with a length of 2^32-1 is a panic; variables of the
// environment are kept without bound.
type window struct {
	gossh.NewChannel
	ch gossh.Channel // once accepted

	pty           atomic.Bool
	columns, rows atomic.Uint32
	started       bool          // a shell or command was asked for; read after the request loop has ended
	ran           chan struct{} // closed when it has run
}

// Accept implements gossh.NewChannel.
func (w *window) Accept() (gossh.Channel, <-chan *gossh.Request, error) {
	ch, in, err := w.NewChannel.Accept()
	if err != nil {
		return nil, nil, err
	}
	w.ch = ch
	out := make(chan *gossh.Request)
	go func() { // ends with in, which the request loop outlives
		defer close(out)
		for r := range in {
			if w.passes(r) {
				out <- r
			}
		}
	}()
	return ch, out, nil
}

// passes reports whether gliderlabs shall see r; if not, it was answered.
func (w *window) passes(r *gossh.Request) bool {
	ok := false
	switch r.Type {
	case "shell", "exec":
		w.started = true
		return true
	case "pty-req":
		var m struct {
			Term                         string
			Columns, Rows, Width, Height uint32
			Modes                        string
		}
		if gossh.Unmarshal(r.Payload, &m) == nil {
			w.pty.Store(true)
			w.resize(m.Columns, m.Rows)
			return true
		}
	case "window-change":
		var m struct{ Columns, Rows, Width, Height uint32 }
		if ok = gossh.Unmarshal(r.Payload, &m) == nil; ok {
			w.resize(m.Columns, m.Rows)
		}
	}
	if r.WantReply {
		r.Reply(ok, nil)
	}
	return false
}

func (w *window) resize(columns, rows uint32) {
	w.columns.Store(min(columns, 1<<15))
	w.rows.Store(min(rows, 1<<15))
}

func (w *window) size() (columns, rows int) { return int(w.columns.Load()), int(w.rows.Load()) }
