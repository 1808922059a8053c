package remote

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"sync"

	"pixsim/cli/term"
)

// Telnet is a telnet server.
type Telnet struct {
	// Open is what is sent as soon as a connection is accepted, octets as they are: telnet commands (IAC WILL ECHO ...),
	// greeting and line ends, up to and without the first prompt, which is the session's. The options in it are known
	// as offered. What it lacks for a good terminal (ECHO, SGA, NAWS) is brought up once the client has shown that it
	// negotiates; a client that only listens sees nothing but Open and the prompt.
	Open string
	// Max is the number of sessions at the same time, 0: 5. One more connection is closed without a word.
	Max int
	// Full is told of it: where the caller is, and the number. nil: nobody wants to know.
	Full   func(from netip.AddrPort, max int)
	Handle Handler // it also limits how long a login may take
}

// Serve accepts on ln, which it closes, until ctx ends; that also ends the context of each session. It returns after the
// last of them, nil if it was ctx that ended it.
func (s Telnet) Serve(ctx context.Context, ln net.Listener) error {
	room, leaving := &seats{max: cmp.Or(s.Max, 5)}, &seats{max: turnedAway}
	return accept(ctx, ln, func(ctx context.Context, c net.Conn) {
		if !room.take() {
			room.full(c, s.Full)
			return
		}
		free := sync.OnceFunc(room.free)
		defer free()
		s.session(ctx, c, hangUp{free, leaving})
	})
}

func (s Telnet) session(ctx context.Context, c net.Conn, end hangUp) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Whatever the session is doing then, its reads and writes end.
	defer context.AfterFunc(ctx, func() { c.Close() })()

	tel := term.NewTelnet(line{c})
	if tel.Open(s.Open) != nil {
		c.Close()
		return
	}
	t := term.New(tel, term.Options{Size: tel.Size})
	defer t.Close()
	s.Handle(ctx, t, Caller{Kind: "telnet", From: from(c)})
	end.free() // before the client can know: it may come again at once
	if ctx.Err() == nil && end.leaving.take() {
		defer end.leaving.free()
		farewell(c)
	}
}
