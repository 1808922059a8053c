package command

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// What a unit tells of itself: its failover, flash, licence and hardware.

var until44 = release.Until(release.V(4, 4))

var (
	showFailover = shows("failover", "Show failover status", Privileged, inPIX, failoverText)

	lanDetail       = g.Word("detail", "Show its settings")
	showFailoverLAN = &Command{
		Name: "show failover lan", Help: "Show LAN-based failover", Mode: Privileged, Span: from62,
		Syntax: show(append(keywords("failover lan", "Show LAN-based failover"), g.Opt(lanDetail))...),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			text := lanText(s.Box().Config(), lanDetail.Seen(m))
			return emit(s, cmp.Or(text, "LAN-based Failover is Inactive\n"))
		},
	}

	showFlash = shows("flashfs", "Show the flash file system", Privileged, from50, func(s Session) error {
		s.Say(release.FlashHead)
		return emit(s, FlashText(s.Release(), s.Box().FlashFiles()))
	})

	// What these clear is the file system in flash, which older software cannot read: the keys go, the configuration stays (5.x to
	// 6.3 command references). unverified: that nothing is said.
	clearFlash = &Command{
		Name: "clear flashfs", Help: "Clear the flash file system", Mode: Privileged, Span: pixFrom(5, 2),
		Syntax: clearing(g.Word("flashfs", "Clear the flash file system")), Run: runClearFlash,
	}
	downgradeFlash = &Command{
		Name: "flashfs downgrade", Help: "Prepare the flash file system for older software", Mode: Configure, Span: pixFrom(5, 2),
		Syntax: g.Seq(append(keywords("flashfs downgrade", "Prepare the flash file system for older software"),
			&g.Param[string]{Name: "version", Help: "The older software", Type: g.Enum("4.x", "5.0", "5.1")})...),
		Run: runClearFlash, Usage: []string{"flashfs downgrade 4.x | 5.0 | 5.1"},
	}

	showKey = shows("activation-key", "Show activation key", Privileged, since62, tellKey)
	// unverified: show actkey and show hw are in the list of commands of the 4.0 reference; their layout is not.
	showActkey = shows("actkey", "Show activation key and licensed features", Privileged, until44, tellKey)
	showHW     = shows("hw", "Show hardware identification", Privileged, until44, func(s Session) error {
		rel, m := s.Release(), &s.Release().Model
		return tell(s, release.ShowHW, m.Hardware(), m.MemoryMB, m.CPU, m.Flash, versionInterfaces(rel))
	})

	activationKey = &g.Param[string]{Name: "activation-key-four-tuple", Help: "Four numbers", Type: g.Text()}
	enterKey      = &Command{
		Name: "activation-key", Help: "Modify activation-key", Mode: Configure, Span: since62, Private: true,
		Syntax: g.Seq(g.Word("activation-key", "Modify activation-key"), activationKey),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			words, want := strings.Fields(strings.ToLower(activationKey.Get(m))), strings.Fields(s.Release().Model.Activation)
			if len(words) != len(want) {
				return ErrUsage
			}
			key := release.KeySame
			for i, w := range words {
				if strings.TrimPrefix(w, "0x") != strings.TrimPrefix(want[i], "0x") {
					key = release.KeyRefused // a key is good for one serial number only: this unit knows its own
				}
			}
			s.Say(key)
			return nil
		},
		Usage: []string{"activation-key <activation-key-four-tuple>"},
	}

	showAuth = shows("uauth", "Show user authentication", Privileged, release.Span{}, func(s Session) error {
		return tell(s, release.AuthTable)
	})
	clearAuth = &Command{
		Name: "clear uauth", Help: "Clear user authentication", Mode: Privileged,
		Syntax: clearing(g.Word("uauth", "Clear user authentication"), g.Opt(&g.Param[string]{Name: "username", Type: g.Ident(63)})),
		Run:    func(context.Context, Session, *g.Match) error { return nil }, // nobody is authenticated by the box for passing it
	}
	auditGlobal = g.Word("global", "Show those of all interfaces together")
	auditIf     = &g.Param[string]{Name: "if_name", Help: "Name of interface", Type: g.IfName()}
	showAudit   = &Command{
		Name: "show ip audit count", Help: helpAudit, Mode: Privileged, Span: since52,
		Syntax: show(g.Word("ip", helpAudit), g.Word("audit", helpAudit), g.Word("count", helpAudit),
			g.Opt(g.Alt(auditGlobal, g.Seq(kw("interface"), auditIf)))),
		Run: auditText,
	}
	clearAudit = &Command{
		Name: "clear ip audit count", Help: "Clear the numbers of signature matches", Mode: Privileged, Span: since52,
		Syntax: clearing(g.Word("ip", ""), g.Word("audit", ""), g.Word("count", "Clear the numbers of signature matches"),
			g.Opt(g.Alt(kw("global"), g.Seq(kw("interface"), auditIf)))),
		Run: func(context.Context, Session, *g.Match) error { return nil }, // they are zero: nothing is audited
	}
	showPDMSessions = shows("pdm sessions", "Show PDM sessions", Privileged, pixFrom(6, 0), func(Session) error { return nil })
	showPDMHistory  = shows("pdm history", "Show PDM history", Privileged, pixFrom(6, 0), func(Session) error { return nil })

	showARPTimeout = shows("arp timeout", "Show the age of ARP entries", Privileged, inPIX, func(s Session) error {
		s.Say(release.ARPTimeout, int(s.Box().Config().ARPTimeout.Seconds()))
		return nil
	})
)

const helpAudit = "Show the numbers of signature matches"

func tellKey(s Session) error {
	rel := s.Release()
	return tell(s, release.KeyShown, rel.Model.Serial, rel.Model.Activation, rel.LicenceText())
}

// failoverText is a unit without failover, or an active one whose other unit was never seen: the simulator has one unit.
func failoverText(s Session) error {
	b, rel := s.Box(), s.Release()
	c := b.Config()
	word := func(slot, usual string) string {
		if w, ok := c.StoredWord("failover", slot); ok {
			return w
		}
		return usual
	}
	args := []any{word("failover timeout", "0:00:00"), word("failover poll", "15"), int(b.Uptime().Seconds()), "", "", lanText(c, false), statefulText(c)}
	if !c.HasStored("failover", "failover") {
		return tell(s, release.FailoverOff, args...)
	}
	var here, there strings.Builder
	for i, f := range c.Interfaces {
		if f.Name == "" {
			continue
		}
		state := "Normal (Waiting)"
		if f.Shutdown || !b.Carrier(i) {
			state = "Link Down (Waiting)"
		}
		here.WriteString(rel.Say(release.FailoverIf, f.Name, addrOr(f.Addr.Addr()), state) + "\n")
		there.WriteString(rel.Say(release.FailoverIf, f.Name, word("failover ip address "+f.Name, "0.0.0.0"), "Unknown (Waiting)") + "\n")
	}
	args[3], args[4] = here.String(), there.String()
	return tell(s, release.FailoverOn, args...)
}

// lanText tells of failover over a LAN, "" where it is not switched on; detail of its lines.
// unverified: the layout, from memory of the 6.2 command reference.
func lanText(c *config.Config, detail bool) string {
	if !c.HasStored("failover", "failover lan enable") {
		return ""
	}
	text := "LAN-based Failover is Active\n"
	name, ok := c.StoredWord("failover", "failover lan interface")
	if f, there := c.Interface(name); ok && there {
		peer := "0.0.0.0"
		if l, ok := c.StoredWord("failover", "failover ip address "+name); ok {
			peer = l
		}
		text += fmt.Sprintf("        interface %s (%s): Normal, peer (%s): Unknown\n", name, addrOr(f.Addr.Addr()), peer)
	}
	if unit, ok := c.StoredWord("failover", "failover lan unit"); ok && detail {
		text += "        my unit is " + unit + "\n"
	}
	return text
}

// statefulText is what the unit told its other one of its connections: nothing, for it was never seen.
func statefulText(c *config.Config) string {
	text := "\nStateful Failover Logical Update Statistics\n"
	link, ok := c.StoredWord("failover", "failover link")
	if !ok {
		return text + "        Link : Unconfigured.\n"
	}
	text += "        Link : " + link + "\n" + fmt.Sprintf("        %-16s%-11s%-11s%-11s%s\n", "Stateful Obj", "xmit", "xerr", "rcv", "rerr")
	for _, what := range []string{"General", "sys cmd", "up time", "xlate", "tcp conn", "udp conn", "ARP tbl", "RIP Tbl"} {
		text += fmt.Sprintf("        %-16s%-11d%-11d%-11d%d\n", what, 0, 0, 0, 0)
	}
	return text + "\n        Logical Update Queue Information\n                        Cur     Max     Total\n" +
		"        Recv Q:         0       0       0\n        Xmit Q:         0       0       0\n"
}

func addrOr(a netip.Addr) netip.Addr {
	if a.IsValid() {
		return a
	}
	return netip.IPv4Unspecified()
}

func runClearFlash(_ context.Context, s Session, _ *g.Match) error {
	return saved(s, s.Box().SaveRSA(false))
}

// Flash in the PIX's order: the image, the configuration, keys and certificates, the device manager, the memory of a
// crash. The simulator's flash has no image, manager or crash in it.
const (
	flashConfig = 1
	flashKeys   = 2
	flashFiles  = 5
	flashSector = 128 << 10
)

// FlashText are the lines of show flashfs: each file begins in a sector of its own.
func FlashText(rel *release.Release, files []FlashFile) string {
	var size [flashFiles]int
	for _, f := range files {
		switch {
		case f.Name == "startup-config":
			size[flashConfig] += f.Size
		case strings.Contains(f.Name, "key"):
			size[flashKeys] += f.Size
		}
	}
	var b strings.Builder
	at := 0
	for i, n := range size {
		origin := 0
		if n > 0 {
			origin = at
			at += (n + flashSector - 1) / flashSector * flashSector
		}
		b.WriteString(rel.Say(release.FlashLine, i, origin, n) + "\n")
	}
	return b.String()
}
