package command

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// fixup protocol of 4.2 to 6.3. From 7.0 on the same words are converted to a policy-map.
var (
	fixupWord     = g.Word("fixup", "Add or delete PIX service and feature defaults")
	fixupProtocol = g.Word("protocol", "Specify the protocol to inspect")
	fixupPorts    = &g.Param[[2]uint16]{Name: "port[-port]", Help: "port or range of ports", Type: fixupPortRange()}
	fixupMaxWord  = g.Word("maximum-length", "Longest DNS message")
	fixupMax      = &g.Param[int]{Name: "max_length", Help: "octets", Type: g.Int(512, 65535)}
	fixupKeywords = map[string]*g.Keyword{}
	fixupRows     = fixupSyntax()

	fixup = &Command{
		Name: "fixup", Help: "Add or delete PIX service and feature defaults", Mode: Configure, Span: pixFrom(4, 2),
		Syntax:      g.Seq(fixupWord, fixupProtocol, fixupRows),
		ClearSyntax: fixupWord,
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			f, _, err := fixupOf(c, m)
			if err == nil {
				e.AddFixup(f)
			}
			return err
		},
		No:    noFixup,
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error { e.ResetFixups(); return nil },
		Lines: each(release.SectionFixup, func(c *config.Config) iter.Seq[config.Fixup] { return c.Fixups.Values() }, func(_ printer, f config.Fixup) string {
			return fixupText(f)
		}),
		Usage: []string{"[no] fixup protocol <prot> [<option>] <port>[-<port>]"},
	}
)

// fixupPortRange gives whole numbers only: fixup lines never print a port's name.
func fixupPortRange() g.Type[[2]uint16] {
	t := g.PortRange("")
	t.Sample = func(_ g.Env, r *rand.Rand) string { return fmt.Sprint(1 + r.IntN(60000)) }
	return t
}

// fixupSyntax is one alternative for each protocol, in the releases that know it.
func fixupSyntax() g.Syntax {
	var rows []g.Syntax
	for _, p := range release.FixupProtocols {
		parts := []g.Syntax{fixupKeyword(p.Proto)}
		if p.Arg != "" {
			parts = append(parts, fixupKeyword(p.Arg))
		}
		switch {
		case p.MaxLen != 0:
			parts = append(parts, g.Opt(fixupMaxWord, fixupMax))
		case p.Lo != 0:
			parts = append(parts, g.Opt(fixupPorts))
		}
		rows = append(rows, g.In(p.Known, parts...))
	}
	return g.Alt(rows...)
}

// fixupNamed is a protocol that the release inspects, by name.
func fixupNamed() g.Type[string] {
	return g.Type[string]{
		Label: "WORD",
		Parse: func(e g.Env, w string) (string, error) {
			for p := range release.Rows(e.Release(), release.FixupProtocols) {
				if strings.HasPrefix(p.Proto, strings.ToLower(w)) {
					return p.Proto, nil
				}
			}
			return "", errKey
		},
		Sample: func(e g.Env, r *rand.Rand) string {
			all := slices.Collect(release.Rows(e.Release(), release.FixupProtocols))
			return all[r.IntN(len(all))].Proto
		},
	}
}

func fixupKeyword(text string) *g.Keyword {
	if fixupKeywords[text] == nil {
		fixupKeywords[text] = kw(text)
	}
	return fixupKeywords[text]
}

// fixupOf is the line that was typed, with the usual ports where it named none.
func fixupOf(c *Ctx, m *g.Match) (f config.Fixup, ported bool, err error) {
	var row release.FixupProtocol
	for p := range release.Rows(c.Release, release.FixupProtocols) {
		if fixupKeywords[p.Proto].Seen(m) && (p.Arg == "" || fixupKeywords[p.Arg].Seen(m)) {
			if row.Proto == "" || p.Arg != "" {
				row = p
			}
		}
	}
	if row.Proto == "" {
		return f, false, ErrUsage
	}
	f = config.Fixup{Proto: row.Proto, Arg: row.Arg, Lo: row.Lo, Hi: row.Hi, MaxLen: row.MaxLen}
	if r, ok := fixupPorts.Lookup(m); ok {
		f.Lo, f.Hi, ported = r[0], r[1], true
	}
	if n, ok := fixupMax.Lookup(m); ok {
		f.MaxLen = n
	}
	return f, ported || row.Lo == 0, nil
}

// noFixup switches inspection off for the ports that were typed. Without ports it puts the protocol back to its
// defaults, which may well switch it on (Cisco Academy course, seen).
func noFixup(c *Ctx, e *config.Edit, m *g.Match) error {
	f, ported, err := fixupOf(c, m)
	if err != nil {
		return err
	}
	if !ported {
		e.ResetFixup(f.Proto, f.Arg)
		return nil
	}
	e.RemoveFixup(f) // not an error when there is none: the device says nothing at all
	return nil
}

func fixupText(f config.Fixup) string {
	text := "fixup protocol " + f.Proto
	if f.Off {
		text = "no " + text
	}
	if f.Arg != "" {
		text += " " + f.Arg
	}
	switch {
	case f.MaxLen != 0:
		text += fmt.Sprintf(" maximum-length %d", f.MaxLen)
	case f.Lo != f.Hi:
		text += fmt.Sprintf(" %d-%d", f.Lo, f.Hi)
	case f.Lo != 0:
		text += fmt.Sprintf(" %d", f.Lo)
	}
	return text
}
