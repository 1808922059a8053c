package command

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// What is said of partners that are configured and never heard of: the peers of BGP, and who is at the other end of a bundle of
// ports. The columns are those of captures of 9.x.

var showBGP = &Command{
	Name: "show bgp summary", Help: "Summary of BGP neighbor status", Mode: Privileged, Span: release.Since(release.V(9, 4)),
	Syntax: show(g.Word("bgp", "BGP information"), g.Word("summary", "Summary of BGP neighbor status")),
	Run: func(_ context.Context, s Session, _ *g.Match) error {
		return emit(s, bgpSummary(s.Box().Config()))
	},
}

// bgpSummary are the peers of address family IPv4; nothing where there is no process.
func bgpSummary(c *config.Config) string {
	as, id, peers := "", "", []string{}
	state := map[string]string{}
	remote := map[string]string{}
	for _, l := range c.StoredOf("router") {
		head, inside, _ := strings.Cut(l.Slot, config.BodyMark)
		number, ok := strings.CutPrefix(head, "router bgp ")
		if !ok {
			continue
		}
		as = number
		switch words := strings.Fields(l.Text()); {
		case len(words) > 2 && words[0] == "bgp" && words[1] == "router-id":
			id = words[2]
		case len(words) > 3 && words[0] == "neighbor" && words[2] == "remote-as" && !strings.Contains(words[1], ":"):
			peers = append(peers, words[1])
			remote[words[1]] = words[3]
		case len(words) > 2 && words[0] == "neighbor" && words[2] == "shutdown" && strings.HasPrefix(inside, "address-family ipv4"):
			state[words[1]] = "Idle (Admin)"
		}
	}
	if as == "" {
		return ""
	}
	if id == "" {
		id = (&ospfProcess{}).id(c).String() // the highest address, as OSPF has it
	}
	text := fmt.Sprintf("BGP router identifier %s, local AS number %s\nBGP table version is 1, main routing table version 1\n\n", id, as)
	if len(peers) == 0 {
		return text
	}
	text += "Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd\n"
	for _, p := range peers {
		how := state[p]
		if how == "" {
			how = "Idle"
		}
		text += fmt.Sprintf("%-15s 4 %12s %-7d %-7d %8d %4d %4d %-6s %-8s\n", p, remote[p], 0, 0, 1, 0, 0, "never", how)
	}
	return text
}

var showPortChannels = &Command{
	Name: "show port-channel summary", Help: "Show port-channel information", Mode: Privileged, Span: since84,
	Syntax: show(g.Word("port-channel", "Show port-channel information"), g.Word("summary", "Summary of port-channels")),
	Run:    func(_ context.Context, s Session, _ *g.Match) error { return emit(s, portChannels(s)) },
}

const portChannelHead = "Flags:  D - down        P - bundled in port-channel\n        I - stand-alone s - suspended\n        H - Hot-standby (LACP only)\n" +
	"        U - in use      N - not in use, no aggregation/nameif\n        M - not in use, no aggregation due to minimum links not met\n" +
	"        w - waiting to be aggregated\nNumber of channel-groups in use: %d\nGroup  Port-channel  Protocol  Span-cluster  Ports\n" +
	"------+-------------+---------+------------+------------------------------------\n"

// portChannels are the bundles with their ports. A port that is bundled without asking is in use when it is up; one that asks by
// LACP waits for an answer.
func portChannels(s Session) string {
	c := s.Box().Config()
	type bundle struct {
		protocol string
		used     bool
		ports    []string
	}
	groups, numbers := map[int]*bundle{}, []int{}
	for i, f := range portOrder(c) {
		number, mode, ok := channelGroup(c, f.Hardware)
		if !ok {
			continue
		}
		b := groups[number]
		if b == nil {
			b = &bundle{protocol: "-"}
			groups[number] = b
			numbers = append(numbers, number)
		}
		flag := "D"
		if !f.Shutdown && s.Box().Carrier(i) {
			flag = "w"
			if mode == "on" {
				flag, b.used = "P", true
			}
		}
		if mode != "on" {
			b.protocol = "LACP"
		}
		b.ports = append(b.ports, shortPort(f.Hardware)+"("+flag+")")
	}
	slices.Sort(numbers)
	text := fmt.Sprintf(portChannelHead, len(numbers))
	for _, n := range numbers {
		state := "D"
		if f, at := c.InterfaceAt(fmt.Sprintf("Port-channel%d", n)); groups[n].used {
			state = "N"
			if at >= 0 && f.Name != "" {
				state = "U"
			}
		}
		text += fmt.Sprintf("%-7d%-18s%-14s%-7s%s\n", n, fmt.Sprintf("Po%d(%s)", n, state), groups[n].protocol, "No", strings.Join(groups[n].ports, "   "))
	}
	return text
}

// channelGroup is the bundle that a port belongs to, and how it is asked for.
func channelGroup(c *config.Config, port string) (number int, mode string, ok bool) {
	for _, l := range c.StoredOf(portBody.name) {
		words := strings.Fields(l.Text())
		if !strings.HasPrefix(l.Slot, port+config.BodyMark) || len(words) < 4 || words[0] != "channel-group" {
			continue
		}
		n, err := strconv.Atoi(words[1])
		return n, words[3], err == nil
	}
	return 0, "", false
}

// shortPort is a port by the two letters that it begins with, and its number.
func shortPort(id string) string {
	at := strings.IndexAny(id, "0123456789")
	if at < 2 {
		return id
	}
	return id[:2] + id[at:]
}
