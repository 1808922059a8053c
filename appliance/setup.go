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

// setup is the dialogue of a first boot, on the serial line, in the releases that have one, and of the setup command: the
// few things that let somebody reach the box. ^Z and ^C leave it.
type setup struct {
	b   *Box
	t   io.Writer
	get func(prompt string) (string, error)
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
	err := b.Setup(b.o.Console, func(prompt string) (string, error) {
		return b.o.Console.ReadLine(ctx, term.LineOptions{Prompt: prompt, Max: 128, Leave: func() bool { return true }})
	}, "enable_15")
	return !errors.Is(err, term.ErrClosed)
}

// Setup holds the dialogue: it writes to t, asks by get, and makes the answers the configuration, written by that user. The
// error is the one of get that ended it.
func (b *Box) Setup(t io.Writer, get func(prompt string) (string, error), by string) error {
	s := &setup{b: b, t: t, get: get}
	if s.yes(release.SetupAsk) {
		a := s.ask()
		if s.err == nil && s.yes(release.SetupConfirm) {
			s.keep(a, by)
		}
	}
	return s.err
}

// line asks one question. An empty answer means the default, which the words show.
func (s *setup) line(key release.Key, usual string) string {
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
	text, err := s.get(last)
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
func (s *setup) yes(key release.Key) bool {
	answer := strings.ToLower(s.line(key, ""))
	return s.err == nil && (answer == "" || strings.HasPrefix("yes", answer))
}

func (s *setup) address(key release.Key) netip.Addr {
	for s.err == nil {
		if a, err := netip.ParseAddr(s.line(key, "")); err == nil && a.Is4() {
			return a
		}
	}
	return netip.Addr{}
}

// mask asks until it hears a netmask without holes.
func (s *setup) mask(of netip.Addr) netip.Addr {
	for s.err == nil {
		mask := s.address(release.SetupMask)
		if _, contiguous := (config.Net{Addr: of, Mask: mask}).Prefix(); contiguous {
			return mask
		}
	}
	return netip.Addr{}
}

func (s *setup) ask() answers {
	now := s.b.Now()
	var a answers
	s.line(release.SetupMode, "")
	a.enable = s.line(release.SetupEnable, "")
	s.line(release.SetupRecovery, "")
	if head := s.b.rel.Say(release.SetupClock); s.err == nil {
		io.WriteString(s.t, head+"\n")
	}
	a.clock = s.clock(now)
	a.addr = s.address(release.SetupAddress)
	a.mask = s.mask(a.addr)
	for a.host == "" && s.err == nil {
		a.host = s.line(release.SetupHost, "")
	}
	a.domain = s.line(release.SetupDomain, "")
	a.manager = s.line(release.SetupManager, "")
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
func (s *setup) clock(now time.Time) time.Time {
	for s.err == nil {
		text := strings.Join([]string{
			s.line(release.SetupYear, now.Format("2006")),
			s.line(release.SetupMonth, now.Format("Jan")),
			s.line(release.SetupDay, now.Format("2")),
			s.line(release.SetupTime, now.Format("15:04:05")),
		}, " ")
		if t, err := time.Parse("2006 Jan 2 15:04:05", text); err == nil {
			return t
		}
	}
	return now
}

// keep makes the answers the configuration and writes it to flash, by that user.
func (s *setup) keep(a answers, by string) {
	ones, contiguous := config.Net{Addr: a.addr, Mask: a.mask}.Prefix()
	if !contiguous {
		return
	}
	s.b.SetClock(a.clock)
	name, named := s.b.rel.Say(release.SetupInterface), false
	s.b.Edit(func(e *config.Edit) error {
		if a.enable != "" {
			e.SetEnable(config.EnablePassword{Level: 15, Hash: e.Seal(a.enable, "")})
		}
		e.SetHostname(a.host)
		e.SetDomain(a.domain)
		named = e.View().Interfaces[setupPort(e.View(), name)].Name == ""
		e.SetInterface(setupPort(e.View(), name), func(f *config.Interface) {
			if f.Level < 0 {
				f.Level = command.UsualLevel(name)
			}
			f.Name, f.Addr, f.Shutdown = name, ones, false
		})
		if manager, err := netip.ParseAddr(a.manager); err == nil {
			cli.Apply(e, fmt.Sprintf("http server enable\nhttp %s 255.255.255.255 %s\n", manager, name))
		}
		return nil
	})
	if text := s.b.rel.Say(release.ConfDefaultLevel, name, command.UsualLevel(name)); named && text != "" {
		fmt.Fprintln(s.t, text)
	}
	s.b.Settle()
	sum, size, took, err := s.b.Save(by)
	if err != nil {
		fmt.Fprintln(s.t, err)
		return
	}
	for _, text := range command.SavedWords(s.b.rel, sum, size, took) {
		fmt.Fprintln(s.t, text)
	}
}

// setupPort is the interface that the asked address is for: the one of that name, the management port where it has none
// of its own, or else the second.
func setupPort(c *config.Config, name string) int {
	at := 1
	for i, f := range c.Interfaces {
		switch {
		case f.Name == name:
			return i
		case name == "management" && strings.HasPrefix(f.Hardware, "Management"):
			at = i
		}
	}
	return at
}
