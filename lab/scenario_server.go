package lab

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mark is a place in what a mail server remembers.
type mark struct{ entries, messages, events int }

// serverCommand is a command of the scripts about a mail server: `server ...` is about the inside one, `mx ...` about the
// one of example.net.
type serverCommand func(c *serverRun, ctx context.Context, args []string) error

// serverRun is a run and the server that a command is about.
type serverRun struct {
	*run
	server *MailServer
}

// onMailServer is the run and the inside server.
func (r *run) onMailServer() *serverRun { return &serverRun{r, r.lab.Mail()} }

func onMail(c serverCommand) func(*run, context.Context, []string) error {
	return func(r *run, ctx context.Context, args []string) error { return c(r.onMailServer(), ctx, args) }
}

func onMX(c serverCommand) func(*run, context.Context, []string) error {
	return func(r *run, ctx context.Context, args []string) error {
		return c(&serverRun{r, r.lab.MX()}, ctx, args)
	}
}

// serverAbsence is how long such a command waits, behind `!`, for what should not turn up.
const serverAbsence = 250 * time.Millisecond

// eventually tries until it is so or the time is over.
func (r *serverRun) eventually(ctx context.Context, try func() error) error {
	for {
		changed := r.server.Log().Changed()
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-changed:
		case <-time.After(50 * time.Millisecond): // a message is stored before its answer is logged, not at the same time
		}
	}
}

// mark is where the server forgot last.
func (r *serverRun) mark() mark { return r.forgot[r.server] }

// logged are the lines of one side in the server's log since it forgot.
func (r *serverRun) logged(kind LogKind) (lines []string) {
	entries := r.server.Log().Entries()
	for _, e := range entries[min(r.mark().entries, len(entries)):] {
		if e.Kind == kind {
			lines = append(lines, e.Text)
		}
	}
	return lines
}

func (r *serverRun) saw(ctx context.Context, args []string) error {
	return r.spoke(ctx, FromClient, "reached", args)
}

func (r *serverRun) said(ctx context.Context, args []string) error {
	return r.spoke(ctx, FromServer, "left", args)
}

func (r *serverRun) spoke(ctx context.Context, kind LogKind, verb string, args []string) error {
	line := strings.Join(args, " ")
	return r.eventually(ctx, func() error {
		lines := r.logged(kind)
		if slices.Contains(lines, line) {
			return nil
		}
		return &unmet{fmt.Sprintf("that %q %s the server", line, verb), fmt.Sprintf("%q", lines)}
	})
}

func (r *serverRun) forget(context.Context, []string) error {
	r.forgot[r.server] = mark{len(r.server.Log().Entries()), len(r.server.Store().Messages()), len(r.server.Events().Events())}
	return nil
}

func (r *serverRun) messages() []*Message {
	all := r.server.Store().Messages()
	return all[min(r.mark().messages, len(all)):]
}

func (r *serverRun) delivered(ctx context.Context, args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return fmt.Errorf("%s is no number", args[0])
	}
	return r.eventually(ctx, func() error {
		if got := len(r.messages()); got != want {
			return &unmet{fmt.Sprintf("%d messages", want), strconv.Itoa(got)}
		}
		return nil
	})
}

func (r *serverRun) message(_ context.Context, args []string) error {
	all := r.messages()
	if len(all) == 0 {
		return &unmet{"a message", "none"}
	}
	return contains(args).in(string(all[len(all)-1].Octets()))
}

// log looks at the log as the family of the server's profile writes it.
func (r *serverRun) log(ctx context.Context, args []string) error {
	return r.among(ctx, args, func() []string { return r.server.NativeLog(r.mark().entries) })
}

// event looks at the event log of the server's machine.
func (r *serverRun) event(ctx context.Context, args []string) error {
	return r.among(ctx, args, func() (lines []string) {
		all := r.server.Events().Events()
		for _, e := range all[min(r.mark().events, len(all)):] {
			lines = append(lines, e.String())
		}
		return lines
	})
}

// among wants one of some lines to be as the arguments say.
func (r *serverRun) among(ctx context.Context, args []string, lines func() []string) error {
	w := contains(args)
	return r.eventually(ctx, func() error {
		all := lines()
		if slices.ContainsFunc(all, w.ok) {
			return nil
		}
		return &unmet{"a line that is " + w.says, fmt.Sprintf("%q", all)}
	})
}

// linkstate compares the version of the routing group's table.
func (r *serverRun) linkstate(ctx context.Context, args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return fmt.Errorf("%s is no number", args[0])
	}
	return r.eventually(ctx, func() error {
		if got := r.server.LinkState(); got != want {
			return &unmet{fmt.Sprintf("version %d of the link state table", want), strconv.Itoa(got)}
		}
		return nil
	})
}

// profile makes the server play another profile.
func (r *serverRun) profile(_ context.Context, args []string) error {
	p, err := FindServerProfile(args[0])
	if err != nil {
		return err
	}
	r.server.SetProfile(p)
	return nil
}

// option changes what the server plays.
func (r *serverRun) option(_ context.Context, args []string) error {
	p := r.server.Profile().Clone()
	if err := p.Set(strings.Join(args, " ")); err != nil {
		return err
	}
	r.server.SetProfile(p)
	return nil
}
