package command

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// What is configured for IPSec and ISAKMP is shown in tables of their own. The layouts are those of configuration guides of
// 5.x to 6.3; nothing is ever negotiated or encrypted, so that what counts that is zero.
var (
	mapOn       = &g.Param[string]{Name: "interface-name", Help: "Show the map of an interface", Type: g.IfName()}
	mapTag      = &g.Param[string]{Name: "map-name", Help: "Show one map", Type: g.Ident(63)}
	templateTag = &g.Param[string]{Name: "map-name", Help: "Show one template", Type: g.Ident(63)}
	setTag      = &g.Param[string]{Name: "transform-set-name", Help: "Show one transform set", Type: g.Ident(63)}
	saMap       = &g.Param[string]{Name: "map-name", Help: "Show those of one map", Type: g.Ident(63)}
	saAddress   = g.Word("address", "Show them by address")
	saDetail    = g.Word("detail", "Show all counters")

	showCrypto = slices.Concat(
		cryptoShows("map", "Show crypto maps", g.Opt(g.Alt(g.Seq(g.Word("interface", "Show the map of an interface"), mapOn), g.Seq(g.Word("tag", "Show one map"), mapTag))), runShowCryptoMap),
		cryptoShows("dynamic-map", "Show templates of crypto maps", g.Opt(g.Seq(g.Word("tag", "Show one template"), templateTag)), runShowTemplates),
		cryptoShows("ipsec transform-set", "Show transform sets", g.Opt(g.Seq(g.Word("tag", "Show one transform set"), setTag)), runShowTransformSets),
		cryptoShows("ipsec security-association lifetime", "Show the lifetime of security associations", g.Seq(), runShowLifetime),
		cryptoShows("ipsec sa", "Show IPSec security associations",
			g.Seq(g.Opt(g.Alt(g.Seq(g.Word("map", "Show those of one map"), saMap), saAddress, g.Word("identity", "Show what they protect"))), g.Opt(saDetail)), runShowSA),
		cryptoShows("isakmp policy", "Show ISAKMP policies", g.Seq(), runShowPolicies),
	)
)

// cryptoShows is show crypto WORDS; the first word may be left out (5.0 to 6.3 command references).
func cryptoShows(words, help string, rest g.Syntax, run run) []*Command {
	var out []*Command
	for _, w := range []string{"crypto " + words, words} {
		out = append(out, &Command{
			Name: "show " + w, Help: help, Mode: Privileged, Span: from50, Syntax: show(append(keywords(w, help), rest)...), Run: run,
		})
	}
	return out
}

func runShowCryptoMap(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	ifname, on := mapOn.Lookup(m)
	tag, one := mapTag.Lookup(m)
	for _, cm := range cryptoMaps(c, "crypto map") {
		if one && cm.name != tag || on && !slices.Contains(cm.interfaces, ifname) {
			continue
		}
		text := fmt.Sprintf("\nCrypto Map: %q interfaces: { %s}\n", cm.name, blankBehind(cm.interfaces, ""))
		for _, l := range cm.clients {
			text += "\t" + l + "\n"
		}
		for _, e := range cm.entries {
			text += fmt.Sprintf("\nCrypto Map %q %s %s\n", e.name, e.number, e.kind) + entryText(s, e)
		}
		if err := emit(s, text); err != nil {
			return err
		}
	}
	return nil
}

// blankBehind is each of words with a mark and a blank behind it.
func blankBehind(words []string, mark string) string {
	text := ""
	for _, w := range words {
		text += w + mark + " "
	}
	return text
}

func runShowTemplates(_ context.Context, s Session, m *g.Match) error {
	tag, one := templateTag.Lookup(m)
	for _, cm := range cryptoMaps(s.Box().Config(), "crypto dynamic-map") {
		if one && cm.name != tag {
			continue
		}
		for _, e := range cm.entries {
			if err := emit(s, fmt.Sprintf("\nCrypto Map Template%q %s\n", e.name, e.number)+entryText(s, e)); err != nil {
				return err
			}
		}
	}
	return nil
}

// entryText is an entry of a map or template below its heading.
func entryText(s Session, e *cryptoEntry) string {
	c := s.Box().Config()
	if e.dynamic != "" {
		return "\tDynamic map template tag: " + e.dynamic + "\n"
	}
	var b strings.Builder
	if e.kind != "" && e.lacks() {
		b.WriteString("\tWARNING: This crypto map is incomplete!\n\tTo remedy the situation add a peer and a valid access-list to this crypto map.\n")
	}
	for _, p := range e.peers {
		b.WriteString("\tPeer = " + p + "\n")
	}
	if l, ok := c.ACL(e.acl); ok {
		b.WriteString(listText(s, c, l))
	} else {
		b.WriteString("\tNo matching address list set.\n")
	}
	peer := "0.0.0.0"
	if len(e.peers) > 0 {
		peer = e.peers[0]
	}
	b.WriteString("\tCurrent peer: " + peer + "\n")
	if e.kind != "ipsec-manual" {
		fmt.Fprintf(&b, "\tSecurity association lifetime: %v\n", e.life.or(lifetimeOf(c)))
		if e.pfs == "" {
			b.WriteString("\tPFS (Y/N): N\n")
		} else {
			b.WriteString("\tPFS (Y/N): Y\n\tDH group:  " + e.pfs + "\n")
		}
	}
	b.WriteString("\tTransform sets={ " + blankBehind(e.sets, ",") + "}\n")
	return b.String()
}

// listText is an access-list as show access-list has it, within an entry.
func listText(s Session, c *config.Config, l *config.AccessList) string {
	rel := s.Release()
	var text strings.Builder
	if head := rel.Say(release.ListHead, l.Name, l.Elements(), hash32(config.HashID(l.Name))); head != "" {
		text.WriteString("\t" + head + "\n")
	}
	lines := slices.Collect(listLines(c, rel, l, activeRanges(s, c)))
	count(s.Box(), lines)
	for _, v := range lines {
		text.WriteString("\t" + lineText(rel, l.Name, v) + "\n")
	}
	return text.String()
}

// runShowTransformSets: a set is for tunnels unless a line of it says otherwise.
func runShowTransformSets(_ context.Context, s Session, m *g.Match) error {
	tag, one := setTag.Lookup(m)
	lines := s.Box().Config().StoredOf("crypto ipsec")
	for _, l := range lines {
		words := strings.Fields(l.Text())
		if len(words) < 5 || words[2] != "transform-set" || words[4] == "mode" {
			continue
		}
		if one && words[3] != tag {
			continue
		}
		mode := "Tunnel"
		transport := "crypto ipsec transform-set " + words[3] + " mode transport"
		if slices.ContainsFunc(lines, func(l *config.Stored) bool { return l.Text() == transport }) {
			mode = "Transport"
		}
		text := fmt.Sprintf("\nTransform set %s: { %s } \n   will negotiate = { %s,  }, \n", words[3], blankBehind(words[4:], ""), mode)
		if err := emit(s, text); err != nil {
			return err
		}
	}
	return nil
}

func runShowLifetime(_ context.Context, s Session, _ *g.Match) error {
	return emit(s, fmt.Sprintf("Security association lifetime: %v\n", lifetimeOf(s.Box().Config())))
}

// runShowSA tells of each line of the access-list of each entry that is on an interface what it protects, and that there
// is no association for it.
func runShowSA(_ context.Context, s Session, m *g.Match) error {
	if saAddress.Seen(m) {
		return nil
	}
	c := s.Box().Config()
	tag, one := saMap.Lookup(m)
	for _, cm := range cryptoMaps(c, "crypto map") {
		if one && cm.name != tag {
			continue
		}
		for _, ifname := range cm.interfaces {
			f, ok := c.Interface(ifname)
			if !ok {
				continue
			}
			if err := showSAs(s, c, cm, f, saDetail.Seen(m)); err != nil {
				return err
			}
		}
	}
	return nil
}

// showSAs are those of a map on interface f.
func showSAs(s Session, c *config.Config, cm *cryptoMap, f config.Interface, detail bool) error {
	local := addrOr(f.Addr.Addr())
	if err := emit(s, fmt.Sprintf("\n\ninterface: %s\n    Crypto map tag: %s, local addr. %s\n", f.Name, cm.name, local)); err != nil {
		return err
	}
	for _, e := range cm.entries {
		for r := range protected(c, e) {
			text := "\n" + identText(s.Release(), *r, e.peers[0]) + saCounters(detail) +
				fmt.Sprintf("\n     local crypto endpt.: %s, remote crypto endpt.: %s\n", local, e.peers[0]) +
				fmt.Sprintf("     path mtu %d, ipsec overhead 0, media mtu %d\n     current outbound spi: 0\n", f.MTU, f.MTU) + noSAs
			if err := emit(s, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// protected are the rules of the access-list of an entry that say what its tunnels are for.
func protected(c *config.Config, e *cryptoEntry) iter.Seq[*config.ACE] {
	return func(yield func(*config.ACE) bool) {
		l, ok := c.ACL(e.acl)
		if !ok || len(e.peers) == 0 {
			return
		}
		x := c.Expander()
		for _, a := range l.Entries.All() {
			if a.Kind != config.ACERule || !a.Permit {
				continue
			}
			for r := range x.Rules(a) {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// identText is what an entry of an access-list protects.
func identText(rel *release.Release, a config.ACE, peer string) string {
	end := func(e config.ACEEnd) string {
		n := e.Net
		if !n.Addr.IsValid() {
			n = config.AnyNet
		}
		port := uint16(0)
		if e.Port.Op == config.PortEq {
			port = e.Port.Lo
		}
		return fmt.Sprintf("(%s/%s/%d/%d)", n.Addr, n.Mask, a.Proto, port)
	}
	return rel.Say(release.CryptoIdent, end(a.Src), end(a.Dst), peer)
}

// saCounters are zeros: nothing is ever encrypted.
func saCounters(detail bool) string {
	text := `    #pkts encaps: 0, #pkts encrypt: 0, #pkts digest 0
    #pkts decaps: 0, #pkts decrypt: 0, #pkts verify 0
    #pkts compressed: 0, #pkts decompressed: 0
    #pkts not compressed: 0, #pkts compr. failed: 0, #pkts decompress failed: 0
`
	if !detail {
		return text + "    #send errors 0, #recv errors 0\n"
	}
	return text + `    #pkts no sa (send) 0, #pkts invalid sa (rcv) 0
    #pkts encaps failed (send) 0, #pkts decaps failed (rcv) 0
    #pkts invalid prot (recv) 0, #pkts verify failed: 0
    #pkts invalid identity (recv) 0, #pkts invalid len (rcv) 0
    #pkts replay rollover (send): 0, #pkts replay rollover (rcv) 0
    ##pkts replay failed (rcv): 0
    #pkts internal err (send): 0, #pkts internal err (recv) 0
`
}

const noSAs = `
     inbound esp sas:


     inbound ah sas:


     inbound pcp sas:


     outbound esp sas:


     outbound ah sas:


     outbound pcp sas:


`

// policyWords are the values of an ISAKMP policy in full.
var policyWords = map[string]string{
	"des": "DES - Data Encryption Standard (56 bit keys).", "3des": "Three key triple DES",
	"aes": "AES - Advanced Encryption Standard (128 bit keys).", "aes-192": "AES - Advanced Encryption Standard (192 bit keys).",
	"aes-256": "AES - Advanced Encryption Standard (256 bit keys).",
	"md5":     "Message Digest 5", "sha": "Secure Hash Standard",
	"rsa-sig": "Rivest-Shamir-Adleman Signature", "pre-share": "Pre-Shared Key",
	"1": "#1 (768 bit)", "2": "#2 (1024 bit)", "5": "#5 (1536 bit)",
}

// runShowPolicies lists the policies, the best first, and what is offered last: that of no line.
func runShowPolicies(_ context.Context, s Session, _ *g.Match) error {
	c := s.Box().Config()
	policies := map[string]map[string]string{}
	var numbers []string
	for _, l := range c.StoredOf("isakmp") {
		words := strings.Fields(l.Text())
		if len(words) < 5 || words[1] != "policy" {
			continue
		}
		if policies[words[2]] == nil {
			policies[words[2]] = map[string]string{}
			numbers = append(numbers, words[2])
		}
		policies[words[2]][words[3]] = words[4]
	}
	slices.SortFunc(numbers, func(a, b string) int { return keyNumber.rank(c, a, nil) - keyNumber.rank(c, b, nil) })
	text := ""
	for _, n := range numbers {
		text += "Protection suite of priority " + n + "\n" + suiteText(policies[n])
	}
	return emit(s, text+"Default protection suite\n"+suiteText(nil))
}

// suiteText is a policy; what its lines do not say is as in the default one.
func suiteText(set map[string]string) string {
	value := map[string]string{}
	for _, f := range isakmpPolicy() {
		word := lastWord(f.slot)
		value[word] = f.fill
		if v, ok := set[word]; ok {
			value[word] = v
		}
	}
	return fmt.Sprintf("\tencryption algorithm:\t%s\n\thash algorithm:\t\t%s\n\tauthentication method:\t%s\n\tDiffie-Hellman group:\t%s\n"+
		"\tlifetime:\t\t%s seconds, no volume limit\n", policyWords[value["encryption"]], policyWords[value["hash"]],
		policyWords[value["authentication"]], policyWords[value["group"]], value["lifetime"])
}
