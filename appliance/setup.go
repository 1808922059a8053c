package appliance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/cli/command"
	"pixsim/cli/term"
)

// setup is the dialogue of a first boot, on the serial line, in the releases that have one: a box without a stored
// configuration asks for the few things that let somebody reach it. ^Z and ^C leave it.
type setup struct {
	b   *Box
	t   term.Terminal
	err error // the first that ended the dialogue; all later questions are not asked
}

// answers are what was typed, with the defaults filled in.
type answers struct {
	enable, host, domain, manager string
	clock                         time.Time
	addr, mask                    netip.Addr
}

// firstBoot runs the dialogue; it reports whether the terminal is still there.
func (b *Box) firstBoot(ctx context.Context) bool {
	s := &setup{b: b, t: b.o.Console}
	if s.yes(ctx, release.SetupAsk) {
		a := s.ask(ctx)
		if s.err == nil && s.yes(ctx, release.SetupConfirm) {
			s.keep(a)
		}
	}
	return !errors.Is(s.err, term.ErrClosed)
}

// line asks one question. An empty answer means the default, which the words show.
func (s *setup) line(ctx context.Context, key release.Key, usual string) string {
	prompt := s.b.rel.Say(key, usual)
	if usual == "" {
		prompt = s.b.rel.Say(key)
	}
	if s.err != nil || prompt == "" {
		return usual
	}
	lead, last := "", prompt
	if i := strings.LastIndexByte(prompt, '\n'); i >= 0 {
		lead, last = prompt[:i+1], prompt[i+1:]
	}
	io.WriteString(s.t, lead)
	text, err := s.t.ReadLine(ctx, term.LineOptions{Prompt: last, Max: 128, Leave: func() bool { return true }})
	if err != nil {
		s.err = err
		return usual
	}
	if text = strings.TrimSpace(text); text == "" {
		return usual
	}
	return text
}

// yes asks a question whose default is yes.
func (s *setup) yes(ctx context.Context, key release.Key) bool {
	answer := strings.ToLower(s.line(ctx, key, ""))
	return s.err == nil && (answer == "" || strings.HasPrefix("yes", answer))
}

func (s *setup) address(ctx context.Context, key release.Key) netip.Addr {
	for s.err == nil {
		if a, err := netip.ParseAddr(s.line(ctx, key, "")); err == nil && a.Is4() {
			return a
		}
	}
	return netip.Addr{}
}

func (s *setup) ask(ctx context.Context) answers {
	now := s.b.Now()
	var a answers
	s.line(ctx, release.SetupMode, "")
	a.enable = s.line(ctx, release.SetupEnable, "")
	s.line(ctx, release.SetupRecovery, "")
	if head := s.b.rel.Say(release.SetupClock); s.err == nil {
		io.WriteString(s.t, head+"\n")
	}
	a.clock = s.clock(ctx, now)
	a.addr = s.address(ctx, release.SetupAddress)
	a.mask = s.address(ctx, release.SetupMask)
	for a.host == "" && s.err == nil {
		a.host = s.line(ctx, release.SetupHost, "")
	}
	a.domain = s.line(ctx, release.SetupDomain, "")
	a.manager = s.line(ctx, release.SetupManager, "")
	if s.err != nil {
		return a
	}
	password := a.enable
	if password == "" {
		password = "<current password>"
	}
	fmt.Fprintln(s.t, s.b.rel.Say(release.SetupReview))
	fmt.Fprintln(s.t, strings.TrimSuffix(s.b.rel.Say(release.SetupLine, password, a.clock.Format("15:04:05 Jan 2 2006"), a.addr, a.mask,
		a.host, a.domain, a.manager), "\n"))
	if a.manager != "" {
		fmt.Fprintln(s.t, s.b.rel.Say(release.SetupManager)+a.manager)
	}
	return a
}

// clock asks for the four parts of the time until they make one.
func (s *setup) clock(ctx context.Context, now time.Time) time.Time {
	for s.err == nil {
		text := strings.Join([]string{
			s.line(ctx, release.SetupYear, now.Format("2006")),
			s.line(ctx, release.SetupMonth, now.Format("Jan")),
			s.line(ctx, release.SetupDay, now.Format("2")),
			s.line(ctx, release.SetupTime, now.Format("15:04:05")),
		}, " ")
		if t, err := time.Parse("2006 Jan 2 15:04:05", text); err == nil {
			return t
		}
	}
	return now
}

// keep makes the answers the configuration and writes it to flash.
func (s *setup) keep(a answers) {
	ones, contiguous := config.Net{Addr: a.addr, Mask: a.mask}.Prefix()
	if !contiguous {
		return
	}
	s.b.SetClock(a.clock)
	name := s.b.rel.Say(release.SetupInterface)
	s.b.Edit(func(e *config.Edit) error {
		if a.enable != "" {
			e.SetEnable(config.EnablePassword{Level: 15, Hash: config.Hash(s.b.rel, a.enable, "")})
		}
		e.SetHostname(a.host)
		e.SetDomain(a.domain)
		at := 1
		for i, f := range e.View().Interfaces {
			if f.Name == name {
				at = i
			}
		}
		e.SetInterface(at, func(f *config.Interface) {
			f.Name, f.Level, f.Addr, f.Shutdown = name, 100, ones, false
		})
		if manager, err := netip.ParseAddr(a.manager); err == nil {
			cli.Apply(e, fmt.Sprintf("http server enable\nhttp %s 255.255.255.255 %s\n", manager, name))
		}
		return nil
	})
	s.b.Settle()
	sum, size, took, err := s.b.Save("enable_15")
	if err != nil {
		fmt.Fprintln(s.t, err)
		return
	}
	for _, text := range command.SavedWords(s.b.rel, sum, size, took) {
		fmt.Fprintln(s.t, text)
	}
}
