package command

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	g "pixsim/cli/grammar"
)

// ospfProcess is a routing process as its lines say. No process sends or hears a packet: what it would learn is not there.
type ospfProcess struct {
	pid   string
	lines []string
}

// ospfProcesses are those of c, by number; with one only that.
func ospfProcesses(c *config.Config, one string) []*ospfProcess {
	var all []*ospfProcess
	find := func(head string) *ospfProcess {
		pid := strings.TrimPrefix(head, "router ospf ")
		at := slices.IndexFunc(all, func(p *ospfProcess) bool { return p.pid == pid })
		if at < 0 {
			at, all = len(all), append(all, &ospfProcess{pid: pid})
		}
		return all[at]
	}
	for _, l := range slices.Concat(c.StoredOf("router ospf"), c.StoredOf("router")) { // up to 6.3; 7.0 and later
		head, _, inside := strings.Cut(l.Slot, config.BodyMark)
		if !strings.HasPrefix(head, "router ospf ") {
			continue
		}
		if p := find(head); inside {
			p.lines = append(p.lines, l.Text())
		}
	}
	all = slices.DeleteFunc(all, func(p *ospfProcess) bool { return one != "" && p.pid != one })
	slices.SortFunc(all, func(a, b *ospfProcess) int { return keyNumber.rank(c, a.pid, nil) - keyNumber.rank(c, b.pid, nil) })
	return all
}

// of are the words behind lead of each line that begins so.
func (p *ospfProcess) of(lead string) [][]string {
	var out [][]string
	for _, l := range p.lines {
		if startsWith(l, lead) {
			out = append(out, strings.Fields(l[len(lead):]))
		}
	}
	return out
}

// id is the address by which routers know this one: that of its line, else the highest of an interface.
func (p *ospfProcess) id(c *config.Config) netip.Addr {
	for _, words := range p.of("router-id") {
		if a, err := netip.ParseAddr(words[0]); err == nil {
			return a
		}
	}
	id := netip.IPv4Unspecified()
	for _, f := range c.Interfaces {
		if a := f.Addr.Addr(); f.Name != "" && a.IsValid() && a.Compare(id) > 0 {
			id = a
		}
	}
	return id
}

// area is the area of an interface, by the first network line that its address lies in.
func (p *ospfProcess) area(f config.Interface) (string, bool) {
	for _, words := range p.of("network") {
		if len(words) < 4 || !f.Addr.IsValid() {
			continue
		}
		addr, err := netip.ParseAddr(words[0])
		mask, err2 := netip.ParseAddr(words[1])
		if err != nil || err2 != nil {
			continue
		}
		if (config.Net{Addr: addr, Mask: mask}).Contains(f.Addr.Addr()) {
			return words[3], true
		}
	}
	return "", false
}

// areas are those of the lines, by number, with how many interfaces each has.
func (p *ospfProcess) areas(c *config.Config) (names []string, interfaces map[string]int) {
	interfaces = map[string]int{}
	for _, words := range append(p.of("area"), p.networks()...) {
		if !slices.Contains(names, words[0]) {
			names = append(names, words[0])
		}
	}
	for _, f := range namedInterfaces(c) {
		if a, ok := p.area(f); ok {
			interfaces[a]++
		}
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Or(keyNumber.rank(c, a, nil)-keyNumber.rank(c, b, nil), strings.Compare(a, b))
	})
	return names, interfaces
}

// networks are the areas of the network lines.
func (p *ospfProcess) networks() [][]string {
	var out [][]string
	for _, words := range p.of("network") {
		out = append(out, words[len(words)-1:])
	}
	return out
}

// has reports whether there is a line of an area.
func (p *ospfProcess) has(area, words string) bool { return len(p.of("area "+area+" "+words)) > 0 }

// kind is "stub", "nssa" or "normal".
func (p *ospfProcess) kind(area string) string {
	for _, k := range []string{"stub", "nssa"} {
		if p.has(area, k) {
			return k
		}
	}
	return "normal"
}

var (
	ospfPID    = &g.Param[string]{Name: "pid", Help: "The number of a process", Type: processType()}
	ospfIf     = &g.Param[string]{Name: "if_name", Help: "An interface", Type: g.IfName()}
	ospfRouter = &g.Param[netip.Addr]{Name: "neighbor", Help: "A neighbor", Type: g.Addr()}
	ospfLSA    = &g.Param[string]{Name: "kind", Help: "A kind of link state", Type: g.Enum(
		"asbr-summary", "database-summary", "external", "network", "nssa-external", "router", "summary")}
	ospfLink = &g.Param[netip.Addr]{Name: "lsid", Help: "The number of a link state", Type: g.Addr()}

	showOSPF = []*Command{
		ospfShow("", g.Seq(), func(c *config.Config, p *ospfProcess, _ *g.Match) string { return p.text(c) }),
		ospfShow("border-routers", g.Seq(), func(_ *config.Config, p *ospfProcess, _ *g.Match) string {
			return "\nOSPF Process " + p.pid + " internal Routing Table\n\nCodes: i - Intra-area route, I - Inter-area route\n\n"
		}),
		ospfShow("database", g.Seq(g.Opt(ospfLSA, g.Opt(ospfLink)), g.Opt(g.Alt(kw("internal"), kw("self-originate"), g.Seq(kw("adv-router"), g.Opt(ospfRouter))))), ospfHead),
		ospfShow("flood-list", ospfIf, func(c *config.Config, p *ospfProcess, m *g.Match) string {
			return ospfHead(c, p, m) + " Interface " + ospfIf.Get(m) + ", Queue length 0\n\n"
		}),
		ospfShow("interface", g.Opt(ospfIf), ospfInterfaces),
		ospfShow("neighbor", g.Seq(g.Opt(ospfIf), g.Opt(ospfRouter), g.Opt(kw("detail"))), func(*config.Config, *ospfProcess, *g.Match) string { return "" }),
		ospfShow("request-list", g.Seq(g.Opt(ospfRouter), g.Opt(ospfIf)), ospfHead),
		ospfShow("retransmission-list", g.Seq(g.Opt(ospfRouter), g.Opt(ospfIf)), ospfHead),
		ospfShow("summary-address", g.Seq(), ospfSummaries),
		ospfShow("virtual-links", g.Seq(), ospfLinks),
	}
)

// processType is the number of a process as it is kept.
func processType() g.Type[string] {
	n := g.Int(1, 65535)
	t := g.Ident(5)
	t.Label = n.Label
	t.Sample = n.Sample
	t.Parse = func(e g.Env, w string) (string, error) {
		v, err := n.Parse(e, w)
		return strconv.Itoa(v), err
	}
	return t
}

// ospfShow is show ospf [PID] WORD; what it prints of each process is text's.
func ospfShow(word string, rest g.Syntax, text func(*config.Config, *ospfProcess, *g.Match) string) *Command {
	const help = "Show the OSPF routing processes"
	parts := []g.Syntax{g.Word("ospf", help), g.Opt(ospfPID)}
	if word != "" {
		parts = append(parts, g.Word(word, help))
	}
	return &Command{
		Name: strings.TrimSpace("show ospf " + word), Help: help, Mode: Privileged, Span: since63, Syntax: show(append(parts, rest)...),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			c := s.Box().Config()
			for _, p := range ospfProcesses(c, ospfPID.Get(m)) {
				if err := emit(s, text(c, p, m)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// showOSPFBrief is a line for each interface of the processes: the columns of a 9.x.
var showOSPFBrief = &Command{
	Name: "show ospf interface brief", Help: "Show the OSPF routing processes", Mode: Privileged, Span: since90, // unverified: the release
	Syntax: show(g.Word("ospf", "Show the OSPF routing processes"), g.Opt(ospfPID), g.Word("interface", "Show the interfaces of the processes"),
		g.Opt(ospfIf), g.Word("brief", "Show a summary of each interface")),
	Run: runShowOSPFBrief,
}

func runShowOSPFBrief(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	one, named := ospfIf.Lookup(m)
	processes := ospfProcesses(c, ospfPID.Get(m))
	if len(processes) == 0 {
		return nil
	}
	text := "Interface    PID   Area            IP Address/Mask    Cost  State Nbrs F/C\n"
	for _, p := range processes {
		for _, f := range namedInterfaces(c) {
			area, ok := p.area(f)
			if !ok || named && f.Name != one {
				continue
			}
			state := "WAIT" // nobody is heard of, and no router is chosen
			if f.Shutdown {
				state = "DOWN"
			}
			text += fmt.Sprintf("%-12s %-5s %-15s %-18s%6s%6s 0/0\n", f.Name, p.pid, area, fmt.Sprintf("%s/%s", f.Addr.Addr(), config.MaskOf(f.Addr.Bits())),
				ospfSetting(c, f, "cost", "10"), state)
		}
	}
	return emit(s, text)
}

// ospfHead heads what a process knows: nothing.
func ospfHead(c *config.Config, p *ospfProcess, _ *g.Match) string {
	return fmt.Sprintf("\n       OSPF Router with ID (%s) (Process ID %s)\n\n", p.id(c), p.pid)
}

// text is a process with its areas. unverified: the layout, that of IOS, in the words of the 6.3 command reference.
func (p *ospfProcess) text(c *config.Config) string {
	names, interfaces := p.areas(c)
	count := map[string]int{}
	for _, a := range names {
		count[p.kind(a)]++
	}
	delay, hold := "5", "10"
	for _, words := range p.of("timers spf") {
		delay, hold = words[0], words[1]
	}
	text := fmt.Sprintf("\n Routing Process \"ospf %s\" with ID %s and Domain ID 0.0.0.%s\n", p.pid, p.id(c), p.pid) +
		" Supports only single TOS(TOS0) routes\n Does not support opaque LSA\n" +
		fmt.Sprintf(" SPF schedule delay %s secs, Hold time between two SPFs %s secs\n", delay, hold) +
		" Minimum LSA interval 5 secs. Minimum LSA arrival 1 secs\n Number of external LSA 0. Checksum Sum 0x     0\n" +
		" Number of opaque AS LSA 0. Checksum Sum 0x     0\n Number of DCbitless external and opaque AS LSA 0\n" +
		" Number of DoNotAge external and opaque AS LSA 0\n" +
		fmt.Sprintf(" Number of areas in this router is %d. %d normal %d stub %d nssa\n", len(names), count["normal"], count["stub"], count["nssa"]) +
		" External flood list length 0\n"
	for _, a := range names {
		text += p.areaText(a, interfaces[a])
	}
	return text + "\n"
}

func (p *ospfProcess) areaText(area string, interfaces int) string {
	name := area
	if area == "0" || area == "0.0.0.0" {
		name = "BACKBONE(" + area + ")"
	}
	text := fmt.Sprintf("    Area %s\n        Number of interfaces in this area is %d\n", name, interfaces)
	switch p.kind(area) {
	case "stub":
		text += "        It is a stub area\n"
	case "nssa":
		text += "        It is a NSSA area\n"
	}
	switch auth := p.of("area " + area + " authentication"); {
	case len(auth) == 0:
		text += "        Area has no authentication\n"
	case len(auth[0]) > 0:
		text += "        Area has message digest authentication\n"
	default:
		text += "        Area has simple password authentication\n"
	}
	text += "        SPF algorithm executed 0 times\n        Area ranges are\n"
	for _, words := range p.of("area " + area + " range") {
		how := "Advertise"
		if slices.Contains(words, "not-advertise") {
			how = "DoNotAdvertise"
		}
		text += fmt.Sprintf("           %s/%s Passive %s\n", words[0], words[1], how)
	}
	return text + "        Number of LSA 0. Checksum Sum 0x     0\n        Number of opaque link LSA 0. Checksum Sum 0x     0\n" +
		"        Number of DCbitless LSA 0\n        Number of indication LSA 0\n        Number of DoNotAge LSA 0\n        Flood list length 0\n"
}

// ospfInterfaces are the interfaces of a process with their settings; no hello leaves them.
func ospfInterfaces(c *config.Config, p *ospfProcess, m *g.Match) string {
	one, named := ospfIf.Lookup(m)
	text := ""
	for _, f := range namedInterfaces(c) {
		area, ok := p.area(f)
		if !ok || named && f.Name != one {
			continue
		}
		set := func(word, usual string) string {
			return ospfSetting(c, f, word, usual)
		}
		state := "up"
		if f.Shutdown {
			state = "administratively down"
		}
		text += fmt.Sprintf("\n%s is %s, line protocol is %s\n  Internet Address %s mask %s, Area %s\n", f.Name, state, map[bool]string{true: "down", false: "up"}[f.Shutdown],
			f.Addr.Addr(), config.MaskOf(f.Addr.Bits()), area) +
			fmt.Sprintf("  Process ID %s, Router ID %s, Network Type BROADCAST, Cost: %s\n", p.pid, p.id(c), set("cost", "10")) +
			fmt.Sprintf("  Transmit Delay is %s sec, State WAITING, Priority %s\n", set("transmit-delay", "1"), set("priority", "1")) +
			"  No designated router on this network\n  No backup designated router on this network\n" +
			fmt.Sprintf("  Timer intervals configured, Hello %s, Dead %s, Wait %[2]s, Retransmit %s\n", set("hello-interval", "10"), set("dead-interval", "40"),
				set("retransmit-interval", "5")) +
			"    No Hellos\n  Index 1/1, flood queue length 0\n  Next 0x0(0)/0x0(0)\n  Last flood scan length is 0, maximum is 0\n" +
			"  Last flood scan time is 0 msec, maximum is 0 msec\n  Neighbor Count is 0, Adjacent neighbor count is 0\n  Suppress hello for 0 neighbor(s)\n"
	}
	return text
}

// ospfSetting is what a line of an interface sets: up to 6.3 in the block of routing interface, later in its own.
func ospfSetting(c *config.Config, f config.Interface, word, usual string) string {
	return bodyWord(c, "routing interface "+f.Name, "ospf "+word, bodyWord(c, f.Hardware, "ospf "+word, usual))
}

func ospfSummaries(_ *config.Config, p *ospfProcess, _ *g.Match) string {
	text := "\nOSPF Process " + p.pid + ", Summary-address\n\n"
	for _, words := range p.of("summary-address") {
		tag := "0"
		if i := slices.Index(words, "tag"); i >= 0 && i+1 < len(words) {
			tag = words[i+1]
		}
		text += fmt.Sprintf("%s/%s Metric -1, Type 0, Tag %s\n", words[0], words[1], tag)
	}
	return text
}

// ospfLinks are the virtual links: all down, since nobody is heard of.
func ospfLinks(_ *config.Config, p *ospfProcess, _ *g.Match) string {
	text := ""
	for _, words := range p.of("area") {
		if len(words) > 2 && words[1] == "virtual-link" {
			text += fmt.Sprintf("\nVirtual Link to router %s is down\n  Transit area %s\n", words[2], words[0])
		}
	}
	return text
}

// bodyWord is the last word of a line within the sub-mode that a head opens, or what is usual.
func bodyWord(c *config.Config, head, line, usual string) string {
	slot := head + config.BodyMark + line
	for _, l := range c.Stored.All() {
		if l.Slot == slot {
			words := strings.Fields(l.Text())
			return words[len(words)-1]
		}
	}
	return usual
}

var igmpGroup = &g.Param[netip.Addr]{Name: "group_addr", Help: "A group", Type: g.Addr()}

// showIGMP tells of each interface of the multicast command. unverified: the layout, from memory of the 6.2 command reference.
var showIGMP = &Command{
	Name: "show igmp", Help: "Show the groups that hosts are in", Mode: Privileged, Span: from62,
	Syntax: show(g.Word("igmp", "Show the groups that hosts are in"), g.Opt(g.Alt(
		igmpGroup, g.Seq(kw("groups"), g.Opt(igmpGroup)), g.Seq(kw("interface"), g.Opt(ospfIf)),
	))),
	Run: runShowIGMP,
}

func runShowIGMP(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	one, named := ospfIf.Lookup(m)
	for _, f := range namedInterfaces(c) {
		if named && f.Name != one || !c.HasStored("multicast", "multicast interface "+f.Name) {
			continue
		}
		set := func(word, usual string) string {
			return bodyWord(c, "multicast interface "+f.Name, "igmp "+word, usual)
		}
		text := fmt.Sprintf("IGMP is enabled on interface %s\nCurrent IGMP version is %s\nIGMP query interval is %s seconds\n", f.Name,
			set("version", "2"), set("query-interval", "60")) +
			fmt.Sprintf("IGMP querier timeout is 125 seconds\nIGMP max query response time is %s seconds\n", set("query-max-response-time", "10")) +
			fmt.Sprintf("Last member query response interval is 1 seconds\nInbound IGMP access group is %s\n", set("access-group", "not set")) +
			fmt.Sprintf("IGMP activity: 0 joins, 0 leaves\nIGMP querying router is %s (this system)\n\n", addrOr(f.Addr.Addr())) +
			"IGMP Connected Group Membership\nGroup Address    Interface            Uptime    Expires   Last Reporter\n"
		if err := emit(s, text); err != nil {
			return err
		}
	}
	return nil
}
