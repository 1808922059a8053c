package command

import (
	"context"
	"fmt"
	"iter"
	"net/netip"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
)

// show nat and show xlate over the table of translations of 8.3 and later.

var (
	natDetail = g.Word("detail", "Show the addresses behind the objects too")
	showNAT   = &Command{
		Name: "show nat", Help: "Show NAT policies", Mode: Privileged, Span: since83,
		Syntax: show(g.Word("nat", "Show NAT policies"), g.Opt(natDetail)),
		Run:    runShowNAT,
	}
	clearNATHits = clears("nat counters", "Clear NAT policy counters", since83, (*dataplane.State).ClearNATUse,
		g.Word("nat", "Clear NAT policy information"), g.Word("counters", "Clear NAT policy counters"))
)

// natSections head the sections of the table.
var natSections = [...]string{1: "Manual NAT Policies (Section 1)", 2: "Auto NAT Policies (Section 2)", 3: "Manual NAT Policies (Section 3)"}

func runShowNAT(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	uses := natUses(s.Box(), c)
	p := printerFor(c, View{Release: s.Release()})
	var b strings.Builder
	section, n := 0, 0
	for of, r := range c.NATTable() {
		if of != section {
			if section != 0 {
				b.WriteString("\n")
			}
			b.WriteString(natSections[of] + "\n")
			section, n = of, 0
		}
		n++
		use := uses[r.ID]
		fmt.Fprintf(&b, "%d (%s) to (%s) %s\n    translate_hits = %d, untranslate_hits = %d\n",
			n, r.RealIf, r.MappedIf, shownRule(s.Release(), r), use.Translated, use.Untranslated)
		if natDetail.Seen(m) {
			b.WriteString(natOrigins(p, c, r))
		}
	}
	return emit(s, b.String())
}

func natUses(b Box, c *config.Config) map[config.ID]dataplane.NATUse {
	uses := map[config.ID]dataplane.NATUse{}
	b.Do(func(st *dataplane.State) {
		for _, r := range c.NATTable() {
			uses[r.ID] = st.NATUse(acl.ID(r.ID), dataplane.None)
		}
	})
	return uses
}

// shownRule is a rule as show nat has it: a blank ends what the source becomes, another one begins what follows.
// unverified: the blanks of static rules.
func shownRule(rel *release.Release, r *config.NATRule) string {
	if r.Object == "" {
		return strings.Replace(strings.Join(twiceWords(r), " ")+" ", " destination ", "  destination ", 1)
	}
	w := words{"source"}
	w.manner(r)
	w.add(r.Object)
	mappedWords(&w, r)
	text := strings.Join(w, " ") + " "
	if proto := protoWord(r.Proto); proto != "" {
		text += " service " + proto + " " + g.PortName(rel, proto, r.RealPort) + " " + g.PortName(rel, proto, r.MappedPort) + " "
	}
	if r.DNS {
		text += " dns"
	}
	return text
}

// natOrigins are the lines of show nat detail behind a rule.
func natOrigins(p printer, c *config.Config, r *config.NATRule) string {
	mapped := spansText(c, orElse(r.MappedSrc, r.Pool))
	switch {
	case r.MappedAddr.IsValid():
		mapped = r.MappedAddr.String() + "/32"
	case r.Interface && r.MappedSrc == "" && r.Pool == "":
		if f, ok := c.Interface(r.MappedIf); ok && f.Addr.IsValid() {
			mapped = f.Addr.String()
		}
	}
	text := fmt.Sprintf("    Source - Origin: %s, Translated: %s\n", spansText(c, orElse(r.Object, r.Src)), mapped)
	if r.Twice {
		text += fmt.Sprintf("    Destination - Origin: %s, Translated: %s\n", spansText(c, r.MappedDst), spansText(c, r.Dst))
	}
	if proto := protoWord(r.Proto); proto != "" {
		text += fmt.Sprintf("    Service - Protocol: %s Real: %s Mapped: %s\n", proto, g.PortName(p.rel, proto, r.RealPort), g.PortName(p.rel, proto, r.MappedPort))
	}
	return text
}

// spansText are the addresses of an object or group: networks with their length, ranges by their ends.
func spansText(c *config.Config, name string) string {
	if name == "" {
		return "0.0.0.0/0"
	}
	var all []string
	for _, m := range c.Expander().Objects(name) {
		switch pfx, ok := m.Net.Prefix(); {
		case m.FQDN != "":
			all = append(all, m.FQDN)
		case m.Last.IsValid():
			all = append(all, m.Net.Addr.String()+"-"+m.Last.String())
		case ok:
			all = append(all, pfx.String())
		}
	}
	return strings.Join(all, ", ")
}

// fixedXlate is a translation that a static rule stands for: it is there without traffic.
type fixedXlate struct {
	realIf, mappedIf string
	real, mapped     []config.Net // networks, or the ends of ranges
	realPort, port   uint16       // 0: any
	identity, twice  bool
}

// fixedXlates are those of a configuration that f selects.
func fixedXlates(c *config.Config, uses map[config.ID]dataplane.NATUse, wants func(fixedXlate) bool) []string {
	var all []string
	for section, r := range c.NATTable() {
		if r.Dynamic || r.Inactive {
			continue
		}
		idle := g.FormatDuration(uses[r.ID].Idle)
		flags := "s"
		if r.Proto != 0 {
			flags += "r"
		}
		if r.DNS {
			flags = "D" + flags
		}
		add := func(proto, realIf, real, mappedIf, mapped string) {
			f := flags
			if real == mapped {
				f += "I"
			}
			if section != 2 {
				f += "T"
			}
			if !wants(fixedXlate{
				realIf: realIf, mappedIf: mappedIf, real: netsOf(real), mapped: netsOf(mapped), realPort: r.RealPort, port: r.MappedPort,
				identity: real == mapped, twice: section != 2,
			}) {
				return
			}
			all = append(all, fmt.Sprintf("%s from %s:%s to %s:%s\n    flags %s idle %s timeout 0:00:00", proto, realIf, real, mappedIf, mapped, f, idle))
		}
		real, mapped := xlateEnds(c, r)
		if proto := protoWord(r.Proto); proto != "" {
			add(strings.ToUpper(proto)+" PAT", r.RealIf, fmt.Sprintf("%s %d-%d", real, r.RealPort, r.RealPort),
				r.MappedIf, fmt.Sprintf("%s %d-%d", mapped, r.MappedPort, r.MappedPort))
			continue
		}
		add("NAT", r.RealIf, real, r.MappedIf, mapped)
		if r.Twice && !r.DstInterface {
			add("NAT", r.MappedIf, bare(spansText(c, r.Dst)), r.RealIf, bare(spansText(c, r.MappedDst)))
		}
	}
	return all
}

// xlateEnds are the addresses of a static rule on both sides.
func xlateEnds(c *config.Config, r *config.NATRule) (real, mapped string) {
	real = bare(spansText(c, orElse(r.Object, r.Src)))
	mapped = bare(spansText(c, r.MappedSrc))
	switch f, ok := c.Interface(r.MappedIf); {
	case r.MappedAddr.IsValid():
		mapped = r.MappedAddr.String()
		if _, bits, net := strings.Cut(real, "/"); net {
			mapped += "/" + bits
		}
	case r.Interface && ok && f.Addr.IsValid():
		mapped = f.Addr.Addr().String()
	}
	return real, mapped
}

// netsOf reads the addresses of a text that spansText made; of a range its ends.
func netsOf(text string) []config.Net {
	var all []config.Net
	for part := range strings.SplitSeq(text, ", ") {
		part, _, _ = strings.Cut(part, " ") // ports
		first, last, _ := strings.Cut(part, "-")
		if a, err := netip.ParseAddr(first); err == nil {
			all = append(all, config.Host(a))
			if b, err := netip.ParseAddr(last); err == nil {
				all = append(all, config.Host(b))
			}
		} else if p, err := netip.ParsePrefix(part); err == nil {
			all = append(all, config.Net{Addr: p.Addr(), Mask: config.MaskOf(p.Bits())})
		}
	}
	return all
}

// bare is an address without the length of a host.
func bare(text string) string { return strings.ReplaceAll(text, "/32", "") }

// showTableXlates prints the translations of 8.3 and later, the fixed ones first.
func showTableXlates(s Session, all iter.Seq[dataplane.Xlate], counts dataplane.Counts, fixed []string) error {
	rel, c := s.Release(), s.Box().Config()
	s.Say(release.XlateCount, counts.InUse, counts.MostUsed)
	s.Say(release.XlateLegend)
	for _, text := range fixed {
		if err := emit(s, text+"\n"); err != nil {
			return err
		}
	}
	for x := range all {
		line := XlateLine(rel, x, true, c) + rel.Say(release.XlateTimes, g.FormatDuration(x.Idle), g.FormatDuration(x.Timeout))
		if err := emit(s, line+"\n"); err != nil {
			return err
		}
	}
	return nil
}
