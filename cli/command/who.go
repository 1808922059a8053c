package command

import (
	"cmp"
	"context"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	whoFrom = &g.Param[netip.Addr]{Name: "local_ip", Help: "Sessions from this address only", Type: g.Addr()}
	who     = &Command{
		Name: "who", Help: "Show active administration sessions", Mode: Privileged,
		Syntax: g.Seq(g.Word("who", "Show active administration sessions"), g.Opt(whoFrom)), Run: listTelnet,
		Usage: []string{"who [<local_ip>]"},
	}
	showWho = &Command{
		Name: "show who", Help: "Show active administration sessions", Mode: Privileged,
		Syntax: show(g.Word("who", "Show active administration sessions"), g.Opt(whoFrom)), Run: listTelnet,
		Usage: []string{"show who [<local_ip>]"},
	}

	killID = &g.Param[int]{Name: "telnet_id", Help: "Telnet session ID", Type: g.Int(0, 99)}
	kill   = &Command{
		Name: "kill", Help: "Terminate a telnet session", Mode: Privileged,
		Syntax: g.Seq(g.Word("kill", "Terminate a telnet session"), killID),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			if !s.Box().Kill(killID.Get(m)) {
				s.Say(release.NoSuchSession, killID.Get(m))
			}
			return nil
		},
		Usage: []string{"kill <telnet_id>"},
	}

	since52   = release.Since(release.V(5, 2))
	sshKillID = &g.Param[int]{Name: "session_id", Help: "SSH session ID", Type: g.Int(0, 255)}
	sshKill   = &Command{
		Name: "ssh disconnect", Help: "Disconnect an SSH session", Mode: Privileged, Span: since52,
		Syntax: g.Seq(g.Word("ssh", "Configure SSH options"), g.Word("disconnect", "Disconnect an active SSH session"), sshKillID),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			if !s.Box().KillSSH(sshKillID.Get(m)) {
				s.Say(release.NoSuchSession, sshKillID.Get(m))
			}
			return nil
		},
	}
	showSSHSessions = shows("ssh sessions", "Show SSH sessions", Privileged, since52, func(s Session) error {
		s.Say(release.SSHSessionHead)
		open := sessionsOf(s.Box(), "ssh")
		slices.SortFunc(open, func(a, b SessionInfo) int { return cmp.Compare(a.ID, b.ID) })
		for _, v := range open {
			s.Say(release.SSHSession, v.ID, v.From.Addr(), v.Version, cipherWord(v.Cipher), v.User)
		}
		return nil
	})
	showTelnet = shows("telnet", "Show hosts that are authorized for telnet", Privileged, inPIX, func(s Session) error {
		return allowed(s, s.Box().Config().Telnet.Values(), release.TelnetLine)
	})
	showTelnetTimeout = shown("telnet timeout", "Show the idle timeout of telnet", pixFrom(4, 2))
	showSSH           = shows("ssh", "Show hosts that are authorized for SSH", Privileged, since52, func(s Session) error {
		return allowed(s, s.Box().Config().SSH.Values(), release.SSHLine)
	})
	showSSHTimeout = shown("ssh timeout", "Show the idle timeout of SSH", pixFrom(5, 2))
)

// cipherWord is a cipher by the word that the box has for its kind, in the width of the column; ciphers of later times
// by their own name.
func cipherWord(name string) string {
	kind, _, _ := strings.Cut(name, "-")
	switch {
	case strings.HasPrefix(name, "3des"):
		return "3DES"
	case strings.HasPrefix(name, "aes"):
		return strings.ToUpper(kind)
	}
	return kind
}

func sessionsOf(b Box, kind string) []SessionInfo {
	return slices.DeleteFunc(b.Sessions(), func(v SessionInfo) bool { return v.Kind != kind })
}

// listTelnet is who: the newest session, which has the highest number, first.
func listTelnet(_ context.Context, s Session, m *g.Match) error {
	open := sessionsOf(s.Box(), "telnet")
	if a, one := whoFrom.Lookup(m); one {
		open = slices.DeleteFunc(open, func(v SessionInfo) bool { return v.From.Addr() != a })
	}
	slices.SortFunc(open, func(a, b SessionInfo) int { return cmp.Compare(b.ID, a.ID) })
	for _, v := range open {
		s.Say(release.WhoLine, v.ID, v.From.Addr())
	}
	return nil
}

func allowed(s Session, list iter.Seq[config.Allow], key release.Key) error {
	for a := range list {
		s.Say(key, a.Net.Addr, a.Net.Mask, a.If)
	}
	return nil
}
