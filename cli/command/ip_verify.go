package command

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
)

const helpVerify = "Enable Unicast Reverse Path Forwarding"

var (
	verifyIf   = &g.Param[string]{Name: "int_name", Help: "interface", Type: g.IfName()}
	verifyWord = g.Seq(g.Word("ip", "Configure IP"), g.Word("verify", helpVerify))

	ipVerify = &Command{
		Name: "ip verify", Help: helpVerify, Mode: Configure, Span: since52,
		Syntax:      g.Seq(verifyWord, g.Word("reverse-path", helpVerify), g.Word("interface", "Where packets come in"), verifyIf),
		ClearSyntax: g.Seq(verifyWord, g.In(inPIX, g.Opt(g.Word("reverse-path", helpVerify)))),
		Set:         func(_ *Ctx, e *config.Edit, m *g.Match) error { e.AddVerify(verifyIf.Get(m)); return nil },
		No: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveVerify(verifyIf.Get(m)), "ip verify")
		},
		Clear: func(_ *Ctx, e *config.Edit, _ *g.Match) error { e.ClearVerify(); return nil },
		Lines: each(release.SectionVerify, func(c *config.Config) iter.Seq[string] { return slices.Values(c.Verify) },
			func(_ printer, ifname string) string { return "ip verify reverse-path interface " + ifname }),
		Usage: []string{"[no] ip verify reverse-path interface <int_name>"},
	}
)

var (
	strayIf     = &g.Param[string]{Name: "int_name", Help: "interface", Type: g.IfName()}
	strayWords  = g.Seq(verifyWord, g.Word("statistics", "Packets that were dropped"), g.Opt(kw("interface"), strayIf))
	showStrays  = strayCommand("show ip verify statistics", show(strayWords), runShowStrays)
	clearStrays = strayCommand("clear ip verify statistics", clearing(strayWords), runClearStrays)
)

func strayCommand(name string, s g.Syntax, run run) *Command {
	return &Command{Name: name, Help: "Packets that reverse path forwarding dropped", Mode: Privileged, Span: pixFrom(5, 2), Syntax: s, Run: run}
}

// runShowStrays: the layout is that of the 6.x command references.
func runShowStrays(_ context.Context, s Session, m *g.Match) error {
	return eachStray(s, m, func(name string, _ dataplane.Port, n uint64) error {
		return emit(s, fmt.Sprintf("interface %s: %d unicast rpf drops\n", name, n))
	})
}

func runClearStrays(_ context.Context, s Session, m *g.Match) error {
	return eachStray(s, m, func(_ string, p dataplane.Port, _ uint64) error {
		s.Box().Do(func(st *dataplane.State) { st.ClearStrays(p) })
		return nil
	})
}

// eachStray does f with the count of each interface, or of the one that was named.
func eachStray(s Session, m *g.Match, f func(name string, p dataplane.Port, n uint64) error) error {
	c := s.Box().Config()
	counts := make([]uint64, len(c.Interfaces))
	s.Box().Do(func(st *dataplane.State) {
		for i := range counts {
			counts[i] = st.Strays(dataplane.Port(i))
		}
	})
	for i, v := range c.Interfaces {
		if name, one := strayIf.Lookup(m); v.Name == "" || one && name != v.Name {
			continue
		}
		if err := f(v.Name, dataplane.Port(i), counts[i]); err != nil {
			return err
		}
	}
	return nil
}

const helpFragment = "Configure the IP fragment database"

var (
	fragmentSpan  = release.Since(release.V(6, 1)) // unverified: that 6.1 is the first
	fragmentWord  = g.Word("fragment", helpFragment)
	fragmentSize  = &g.Param[int]{Name: "database-limit", Help: "fragmented packets at one time", Type: g.Int(1, 1000000)}
	fragmentChain = &g.Param[int]{Name: "chain-limit", Help: "fragments of one packet", Type: g.Int(1, 8200)}
	fragmentWait  = &g.Param[int]{Name: "seconds", Help: "until all fragments of a packet are there", Type: g.Int(1, 30)}
	fragmentIf    = &g.Param[string]{Name: "interface", Help: "interface, all where it is missing", Type: g.IfName()}
	fragmentParts = g.Alt(
		g.Seq(g.Word("size", "Size of the fragment database"), fragmentSize),
		g.Seq(g.Word("chain", "Longest chain of fragments"), fragmentChain),
		g.Seq(g.Word("timeout", "How long fragments are kept"), fragmentWait),
	)

	fragment = &Command{
		Name: "fragment", Help: helpFragment, Mode: Configure, Span: fragmentSpan,
		Syntax: g.Seq(fragmentWord, fragmentParts, g.Opt(fragmentIf)),
		Set:    func(_ *Ctx, e *config.Edit, m *g.Match) error { setFragment(e, m, true); return nil },
		No:     func(_ *Ctx, e *config.Edit, m *g.Match) error { setFragment(e, m, false); return nil },
		Clear:  func(_ *Ctx, e *config.Edit, _ *g.Match) error { e.ClearFragments(); return nil },
		Lines:  fragmentLines,
		Usage:  []string{"[no] fragment size <database-limit> [<interface>]", "[no] fragment chain <chain-limit> [<interface>]", "[no] fragment timeout <seconds> [<interface>]"},
	}

	fragmentShownIf = &g.Param[string]{Name: "interface", Help: "interface", Type: g.IfName()}
	showFragment    = &Command{
		Name: "show fragment", Help: "Show the IP fragment database", Mode: Privileged, Span: fragmentSpan,
		Syntax: show(g.Word("fragment", "Show the IP fragment database"), g.Opt(fragmentShownIf)),
		Run:    runShowFragment,
	}
)

// setFragment sets what was named, or brings its default back, on one interface or on all.
func setFragment(e *config.Edit, m *g.Match, on bool) {
	for _, f := range namedInterfaces(e.View()) {
		if name, one := fragmentIf.Lookup(m); one && name != f.Name {
			continue
		}
		e.SetFragments(f.Name, func(v *config.Fragments) {
			for _, p := range []struct {
				*g.Param[int]
				to    *int
				usual int
			}{{fragmentSize, &v.Size, fragmentDefault.Size}, {fragmentChain, &v.Chain, fragmentDefault.Chain}, {fragmentWait, &v.Seconds, fragmentDefault.Seconds}} {
				if n, typed := p.Lookup(m); typed {
					*p.to = 0
					if on && n != p.usual {
						*p.to = n
					}
				}
			}
		})
	}
}

// fragmentDefault is what show fragment prints of an interface without a line.
var fragmentDefault = config.Fragments{Size: 200, Chain: 24, Seconds: 5}

func fragmentLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for _, f := range namedInterfaces(c) {
			set := c.FragmentsOf(f.Name)
			for _, p := range []struct {
				word string
				n    int
			}{{"size", set.Size}, {"chain", set.Chain}, {"timeout", set.Seconds}} {
				if p.n != 0 && !yield(line(release.SectionFragment, "fragment %s %d %s", p.word, p.n, f.Name)) {
					return
				}
			}
		}
	}
}

func runShowFragment(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	var counts []dataplane.FragmentCounts
	s.Box().Do(func(st *dataplane.State) {
		for i := range c.Interfaces {
			counts = append(counts, st.FragmentCounts(dataplane.Port(i)))
		}
	})
	for i, f := range c.Interfaces {
		if name, one := fragmentShownIf.Lookup(m); f.Name == "" || one && name != f.Name {
			continue
		}
		set, n := c.FragmentsOf(f.Name), counts[i]
		size := cmp.Or(set.Size, fragmentDefault.Size)
		for w := range release.Rows(s.Release(), release.FragmentStates) {
			text := release.Format(w.Format, f.Name, size, cmp.Or(set.Chain, fragmentDefault.Chain), cmp.Or(set.Seconds, fragmentDefault.Seconds),
				n.Queue, n.Assembled, n.Failed, n.Overflow, 2*size/3, n.Late, n.Chain, n.Overlaps)
			if err := emit(s, text); err != nil {
				return err
			}
		}
	}
	return nil
}
