package command

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// pixFrom is the span of the releases from major.minor through 6.3, the last before the new console.
func pixFrom(major, minor uint8) release.Span {
	return release.Since(release.V(major, minor)).Through(release.V(6, 3))
}

// Spans that many commands share.
var (
	inPIX    = release.Until(release.V(6, 3))
	inASA    = release.Since(release.V(7, 0))
	upTo82   = release.Until(release.V(8, 2)) // translations by nat, global and static
	since42  = release.Since(release.V(4, 2))
	since60  = release.Since(release.V(6, 0))
	since62  = release.Since(release.V(6, 2))
	since63  = release.Since(release.V(6, 3))
	before42 = release.Until(release.V(4, 1))
	before43 = release.Until(release.V(4, 2))
)

// spanWord is a word of a list and the releases that have it.
type spanWord struct {
	word string
	span release.Span
}

// In implements release.Row.
func (w spanWord) In() release.Span { return w.span }

// wordsOf are the words of a list that the release has.
func wordsOf(rel *release.Release, list []spanWord) (out []string) {
	for w := range release.Rows(rel, list) {
		out = append(out, w.word)
	}
	return out
}

// printer words typed values the way a View wants them.
type printer struct {
	names *config.NameTable // nil: addresses as numbers
	rel   *release.Release
	c     *config.Config // tells objects from object-groups
}

func printerFor(c *config.Config, v View) printer {
	p := printer{rel: c.Release, c: c}
	if v.Names && c.Names.On {
		p.names = c.Names
	}
	return p
}

// addr is an address, by name where it has one.
func (p printer) addr(a netip.Addr) string {
	if p.names != nil {
		if n, ok := p.names.Name(a); ok {
			return n
		}
	}
	return a.String()
}

// paren is the name of an interface in parentheses, with a blank behind it, where the release's lines name interfaces.
func (p printer) paren(names ...string) string {
	if !p.rel.Config.InterfacePairs {
		return ""
	}
	return "(" + strings.Join(names, ",") + ") "
}

// net is an address and its mask.
func (p printer) net(n config.Net) string { return p.addr(n.Addr) + " " + n.Mask.String() }

// short is a network as rules have it: any, host A or A M.
func (p printer) short(n config.Net) string {
	switch {
	case n.IsAny():
		return "any"
	case n.IsHost():
		return "host " + p.addr(n.Addr)
	}
	return p.net(n)
}

// tail is text with the blank at its end that the release has there.
func (p printer) tail(s release.Section, text string) string {
	if slices.Contains(p.rel.Config.TrailingBlanks, s) {
		return text + " "
	}
	return text
}

// protoWord is tcp or udp, for the names of ports; "" for others.
func protoWord(proto uint8) string {
	if proto == 6 || proto == 17 {
		return g.ProtoName(nil, proto)
	}
	return ""
}

// port is one port by its name.
func (p printer) port(proto uint8, n uint16) string { return g.PortName(p.rel, protoWord(proto), n) }

var portOps = map[config.PortOp]string{
	config.PortEq: "eq", config.PortNeq: "neq", config.PortLt: "lt", config.PortGt: "gt", config.PortRange: "range",
}

// ports is a comparison with a blank in front, or nothing.
func (p printer) ports(proto uint8, m config.PortMatch) string {
	switch m.Op {
	case config.PortAny:
		return ""
	case config.PortRange:
		return " range " + p.port(proto, m.Lo) + " " + p.port(proto, m.Hi)
	}
	return " " + portOps[m.Op] + " " + p.port(proto, m.Lo)
}

// limitsText are the limits behind a nat, static or mailhost line.
func limitsText(rel *release.Release, l config.Limits) string {
	random := ""
	if l.NoRandom {
		random = " norandomseq"
	}
	if rel.Config.ShownLimits {
		return fmt.Sprintf(" %d %d%s", l.MaxConns, l.MaxEmbryonic, random)
	}
	text := random
	switch {
	case l.MaxEmbryonic != 0:
		text += fmt.Sprintf(" tcp %d %d", l.MaxConns, l.MaxEmbryonic)
	case l.MaxConns != 0:
		text += fmt.Sprintf(" tcp %d 0", l.MaxConns)
	}
	if l.MaxUDP != 0 {
		text += fmt.Sprintf(" udp %d", l.MaxUDP)
	}
	return text
}

// limitWords are max_conns, emb_limit and norandomseq at the end of nat, static and mailhost.
type limitWords struct {
	max, emb *g.Param[int]
	norandom *g.Keyword
	tcp, udp *g.Keyword
	maxUDP   *g.Param[int]
}

func newLimits() limitWords {
	return limitWords{
		max:      &g.Param[int]{Name: "max_conns", Help: "maximum number of simultaneous connections, 0 is unlimited", Type: g.Int(0, 65535)},
		emb:      &g.Param[int]{Name: "em_limit", Help: "maximum number of embryonic connections, 0 is unlimited", Type: g.Int(0, 65535)},
		norandom: g.Word("norandomseq", "Disable TCP sequence number randomization"),
		tcp:      g.Word("tcp", "Limits of TCP connections"),
		udp:      g.Word("udp", "Limit of UDP connections"),
		maxUDP:   &g.Param[int]{Name: "udp_max_conns", Help: "maximum number of simultaneous UDP connections, 0 is unlimited", Type: g.Int(0, 65535)},
	}
}

func (w limitWords) syntax() g.Syntax {
	return g.Seq(
		g.In(inPIX, g.Opt(g.Alt(
			g.Seq(w.max, g.Opt(w.emb), g.Opt(w.norandom)),
			g.Seq(w.norandom, g.Opt(w.max, g.Opt(w.emb))),
		))),
		g.In(inASA, g.Opt(w.norandom), g.Opt(g.Opt(w.tcp), w.max, g.Opt(w.emb)), g.Opt(w.udp, w.maxUDP)),
	)
}

func (w limitWords) get(m *g.Match) config.Limits {
	return config.Limits{MaxConns: w.max.Get(m), MaxEmbryonic: w.emb.Get(m), NoRandom: w.norandom.Seen(m), MaxUDP: w.maxUDP.Get(m)}
}

// poolRange is one address, or two joined by a hyphen.
func poolRange() g.Type[[2]netip.Addr] {
	one := g.Addr()
	return g.Type[[2]netip.Addr]{
		Label: "A.B.C.D[-A.B.C.D]",
		Parse: func(e g.Env, w string) ([2]netip.Addr, error) {
			if a, err := one.Parse(e, w); err == nil {
				return [2]netip.Addr{a, a}, nil
			}
			lo, hi, _ := strings.Cut(w, "-")
			a, err := one.Parse(e, lo)
			if err != nil {
				return [2]netip.Addr{}, err
			}
			b, err := one.Parse(e, hi)
			if err == nil && b.Less(a) {
				err = g.ErrAddress
			}
			return [2]netip.Addr{a, b}, err
		},
		Sample: func(e g.Env, r *rand.Rand) string {
			a := one.Sample(e, r)
			if r.IntN(2) == 0 {
				return a
			}
			v, err := netip.ParseAddr(a)
			if err != nil {
				return a
			}
			return a + "-" + v.Next().Next().String()
		},
	}
}

// maskOr is the mask as typed or, where it was not, what it means: the host alone when host bits of the class are set.
func maskOr(m *g.Match, p *g.Param[netip.Addr], a netip.Addr) netip.Addr {
	if v, ok := p.Lookup(m); ok {
		return v
	}
	class := config.ClassMask(a)
	if n := (config.Net{Addr: a, Mask: class}); n.Masked().Addr != a {
		return config.MaskOf(32)
	}
	return class
}

// contiguous refuses a mask with holes, in the words for an address as it was typed.
func contiguous(a, mask netip.Addr) error {
	if _, ok := (config.Net{Addr: a, Mask: mask}).Prefix(); !ok {
		return Errorf(release.ConfBadMask, a, mask)
	}
	return nil
}

// line is one configuration line of a section.
func line(s release.Section, format string, args ...any) Line {
	if len(args) == 0 {
		return Line{Section: s, Text: format}
	}
	return Line{Section: s, Text: fmt.Sprintf(format, args...)}
}

// each makes Lines of a slice.
func each[E any](s release.Section, all func(*config.Config) iter.Seq[E], text func(p printer, e E) string) func(*config.Config, View) iter.Seq[Line] {
	return func(c *config.Config, v View) iter.Seq[Line] {
		return func(yield func(Line) bool) {
			p := printerFor(c, v)
			for e := range all(c) {
				if !yield(Line{Section: s, Text: text(p, e)}) {
					return
				}
			}
		}
	}
}

// values are the entries of a slice for each.
func values[E any](all func(*config.Config) []E) func(*config.Config) iter.Seq[E] {
	return func(c *config.Config) iter.Seq[E] { return slices.Values(all(c)) }
}

// one makes Lines of at most one line; "" is none.
func one(s release.Section, text func(c *config.Config, v View) string) func(*config.Config, View) iter.Seq[Line] {
	return func(c *config.Config, v View) iter.Seq[Line] {
		return func(yield func(Line) bool) {
			if t := text(c, v); t != "" {
				yield(Line{Section: s, Text: t})
			}
		}
	}
}

func minutes(d time.Duration) string { return strconv.Itoa(int(d / time.Minute)) }

// kw is a keyword without more to say than its name.
func kw(text string) *g.Keyword { return g.Word(text, "") }

// found turns the report of a removal into the error of a missing line.
func found(ok bool, what string) error {
	if !ok {
		return Errorf(release.ConfNotFound, what)
	}
	return nil
}
