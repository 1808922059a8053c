package command

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// Failover of 7.0 and later: one unit, off, or active and alone.
var (
	showFailoverASA = textShow("failover", "Show failover status", inASA, failoverASA)

	failoverState  = g.Word("state", "Show the state of both units")
	failoverIfs    = g.Word("interface", "Show failover command interface information")
	failoverPast   = g.Word("history", "Show failover switching history")
	failoverCounts = g.Word("statistics", "Show failover command interface statistics")

	showFailoverParts = &Command{
		Name: "show failover state", Help: "Show failover status", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("failover", "Show failover status"), g.Alt(failoverState, failoverIfs, failoverPast, failoverCounts)),
		Run:    runShowFailoverParts,
	}
)

// failoverSetting is a stored word of failover, or what it is without a line.
func failoverSetting(c *config.Config, slot, usual string) string {
	w, ok := c.StoredWord("failover", slot)
	if !ok {
		return usual
	}
	return w
}

// failoverUnit is which of the two this one is.
func failoverUnit(c *config.Config) string {
	if failoverSetting(c, "failover lan unit", "secondary") == "primary" {
		return "Primary"
	}
	return "Secondary"
}

// failoverWire is a line "failover KIND NAME PORT": the name and hardware of a wire between the units.
func failoverWire(c *config.Config, kind string) (name, port string, ok bool) {
	s, ok := c.InSlot("failover", "failover "+kind)
	if !ok || s.Off {
		return "", "", false
	}
	words := strings.Fields(strings.TrimPrefix(s.Text(), "failover "+kind))
	switch len(words) {
	case 0:
		return "", "", false
	case 1:
		return words[0], "", true
	}
	return words[0], words[1], true
}

// failoverWireText is a wire as show failover names it.
func failoverWireText(s Session, kind string) string {
	name, port, ok := failoverWire(s.Box().Config(), kind)
	if !ok {
		return ""
	}
	c := s.Box().Config()
	if other, its, ok := failoverWire(c, "lan interface"); ok && other == name && port == "" {
		port = its // one wire serves for both
	}
	state := "down"
	for i, f := range c.Interfaces {
		if strings.EqualFold(f.Hardware, port) {
			state, _ = lineState(s.Release(), f, s.Box().Carrier(i))
		}
	}
	return fmt.Sprintf("%s %s (%s)", name, port, state)
}

// monitored are the interfaces that failover watches: those with a name.
func monitored(c *config.Config) []int {
	var out []int
	for i, f := range c.Interfaces {
		if f.Name != "" {
			out = append(out, i)
		}
	}
	return out
}

func failoverASA(s Session) string {
	c, rel := s.Box().Config(), s.Release()
	on := c.HasStored("failover", "failover")
	unit := failoverUnit(c)
	head := release.FailoverHeadOff
	if on {
		head = release.FailoverHeadOn
	}
	text := rel.Say(head) + "\n" + rel.Say(release.FailoverSettings, unit, cmp.Or(failoverWireText(s, "lan interface"), "not Configured"), len(monitored(c)))
	if !on {
		return text
	}
	other := "Secondary"
	if unit == other {
		other = "Primary"
	}
	boot := s.Box().Now().Add(-s.Box().Uptime()).In(s.Box().Zone()).Format("15:04:05 MST Jan 2 2006")
	text += rel.Say(release.FailoverVersions, rel.Version, rel.Model.Serial, boot)
	text += rel.Say(release.FailoverHost, "This", unit, "Active", int(s.Box().Uptime().Seconds()))
	text += rel.Say(release.FailoverSlot, rel.Model.Name, rel.Version)
	for _, i := range monitored(c) {
		f := c.Interfaces[i]
		state := "Normal"
		if _, line := lineState(s.Release(), f, s.Box().Carrier(i)); line == "down" {
			state = "No Link"
		}
		text += rel.Say(release.FailoverPort, f.Name, addrOr(f.Addr.Addr()), state)
	}
	text += rel.Say(release.FailoverHost, "Other", other, "Failed", 0)
	for _, i := range monitored(c) {
		text += rel.Say(release.FailoverPort, c.Interfaces[i].Name, "0.0.0.0", "Unknown")
	}
	return text + statefulASA(s)
}

// statefulASA is what the unit told its other one of its connections: nothing, for it was never seen.
func statefulASA(s Session) string {
	link := failoverWireText(s, "link")
	if link == "" {
		return "\nStateful Failover Logical Update Statistics\n\tLink : Unconfigured.\n"
	}
	text := "\nStateful Failover Logical Update Statistics\n\tLink : " + link + "\n\tStateful Obj \txmit       xerr       rcv        rerr      \n"
	for what := range strings.SplitSeq(s.Release().Say(release.FailoverObjects), "\n") {
		text += fmt.Sprintf("\t%-15s\t%-10d %-10d %-10d %-10d\n", what, 0, 0, 0, 0)
	}
	return text + "\n\tLogical Update Queue Information\n\t\t\tCur \tMax \tTotal\n\tRecv Q: \t0 \t0 \t0\n\tXmit Q: \t0 \t0 \t0\n"
}

func runShowFailoverParts(_ context.Context, s Session, m *g.Match) error {
	switch {
	case failoverIfs.Seen(m):
		return emit(s, failoverPorts(s))
	case failoverPast.Seen(m):
		return emit(s, failoverRule+"From State                 To State                   Reason\n"+failoverRule+failoverRule)
	case failoverCounts.Seen(m):
		return emit(s, "\ttx:0\n\trx:0\n")
	}
	c := s.Box().Config()
	unit := failoverUnit(c)
	other, mine := "Secondary", "Disabled"
	if unit == other {
		other = "Primary"
	}
	if c.HasStored("failover", "failover") {
		mine = "Active"
	}
	return emit(s, fmt.Sprintf("\n               State          Last Failure Reason      Date/Time\nThis host  -   %s\n               %-15sNone\n"+
		"Other host -   %s\n               %-15sNone\n\n====Configuration State===\n====Communication State===\n", unit, mine, other, "Not Detected"))
}

const failoverRule = "==========================================================================\n"

// failoverPorts are the wires between the units with their addresses, of `failover interface ip NAME A M standby B`.
func failoverPorts(s Session) string {
	c, text := s.Box().Config(), ""
	seen := map[string]bool{}
	for _, kind := range []string{"lan interface", "link"} {
		name, port, ok := failoverWire(c, kind)
		if !ok || seen[name] || port == "" {
			continue
		}
		seen[name] = true
		own, system, other := "0.0.0.0", "0.0.0.0", "0.0.0.0"
		if l, ok := c.InSlot("failover", "failover interface ip "+name); ok {
			if w := strings.Fields(l.Text()); len(w) > 7 {
				own, other = w[4], w[7]
				system = systemAddress(own, w[5])
			}
		}
		text += fmt.Sprintf("\tinterface %s %s\n\t\tSystem IP Address: %s\n\t\tMy IP Address    : %s\n\t\tOther IP Address : %s\n", name, port, system, own, other)
	}
	return text
}

// systemAddress is an address with the length of its mask. unverified: seen with addresses of version 6 only.
func systemAddress(addr, mask string) string {
	m, err := netip.ParseAddr(mask)
	if err != nil || !m.Is4() {
		return addr
	}
	four := m.As4()
	ones, _ := net.IPMask(four[:]).Size()
	return fmt.Sprintf("%s/%d", addr, ones)
}
