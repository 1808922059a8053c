package command

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// An Upgrade is what a release does with the stored configuration of an older one beside reading it: further commands
// that take the old lines, and what is set before the first line.
type Upgrade struct {
	Name     string // of the set of commands
	Commands []*Command
	Begin    func(*config.Edit)          // before the first line; nil: nothing
	End      func(*config.Edit) []string // behind the last, with the lines that it prints
}

// UpgradeOf is the upgrade for a configuration text; false when it is of rel's own kind. What it does not know,
// conduit above all, the box refuses (Cisco PIX 7.0 upgrade guide).
func UpgradeOf(rel *release.Release, text string) (Upgrade, bool) {
	version := VersionIn(text)
	written := func(by []string) bool {
		return slices.ContainsFunc(by, func(old string) bool { return strings.HasPrefix(version, old) })
	}
	var u Upgrade
	if written(rel.Config.Converts) {
		u.Name, u.Commands = "pix", converting(slices.Concat(pixUpgrade, upgradeCommands))
		needed := rel.NAT.ControlOption || rel.NAT.ByTable // a PIX could do without it never
		u.Begin = func(e *config.Edit) { e.SetNATControl(needed) }
	}
	if written(rel.Config.ConvertsNAT) {
		u.Name, u.Commands = u.Name+" nat", append(u.Commands, converting(natUpgrade)...)
		u.End = migrateNAT
	}
	if written(rel.Config.ConvertsIdentity) {
		u.Name, u.End = "identity", keepIdentity
	}
	return u, u.Name != ""
}

// converting are commands whose lines become others.
func converting(commands []*Command) []*Command {
	var out []*Command
	for _, c := range commands {
		v := *c
		v.Converts = true
		out = append(out, &v)
	}
	return out
}

// VersionIn is the version that a box wrote at the head of a configuration; "" where it did not.
func VersionIn(text string) string {
	for l := range strings.Lines(text) {
		v, ok := strings.CutPrefix(l, "PIX Version ")
		if !ok {
			v, ok = strings.CutPrefix(l, "ASA Version ")
		}
		if ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

var (
	oldPort = &g.Param[int]{Name: "hardware_id", Type: oldHardware()}
	oldName = &g.Param[string]{Name: "if_name", Type: g.IfName()}
	oldAddr = g.Seq(keywords("ip address", "")...)
	oldText = &g.Param[string]{Name: "text", Type: g.Text()}

	upgradeCommands = slices.Concat([]*Command{
		{
			Name: "interface", Mode: Configure, Span: inASA,
			Syntax: g.Seq(kw("interface"), oldPort, g.Opt(interfaceSpeed), g.Opt(interfaceShutdown)),
			Set: onOldPort(func(f *config.Interface, m *g.Match) {
				f.Speed, f.Duplex = newSpeed(interfaceSpeed.Get(m))
				f.Shutdown = interfaceShutdown.Seen(m)
			}),
		},
		{
			Name: "nameif", Mode: Configure, Span: inASA, Syntax: g.Seq(kw("nameif"), oldPort, nameifName, nameifLevel),
			Set: onOldPort(func(f *config.Interface, m *g.Match) { f.Name, f.Level = nameifName.Get(m), nameifLevel.Get(m) }),
		},
		{
			Name: "ip address", Mode: Configure, Span: inASA, Syntax: g.Seq(oldAddr, oldName, portAddresses), NoSyntax: g.Seq(oldAddr, oldName),
			Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
				f, _ := e.View().Interface(oldName.Get(m))
				return setPortAddress(&Ctx{Release: c.Release, Path: Path{f.Hardware}}, e, m)
			},
			No: func(_ *Ctx, e *config.Edit, m *g.Match) error { return editNamed(e, oldName.Get(m), clearAddress) },
		},
		{Name: "timeout", Mode: Configure, Span: inASA, Syntax: g.Seq(kw("timeout"), oldTimers()), Set: setTimeout},
		converted("sysopt connection permit-ipsec", nil),
		converted("pdm history enable", func(e *config.Edit) {
			const now = "asdm history enable"
			e.SetStored(config.Stored{Command: "asdm", Slot: now, Words: []config.Word{plainWord(now)}})
		}),
	}, dropped())
)

// dropped are the lines of 6.x that 7.0 has no use for and takes in silence. The default lines of failover are among
// them; so are the counters of the AAA groups.
func dropped() []*Command {
	var out []*Command
	for _, name := range []string{
		"failover timeout", "failover poll", "failover ip address", "floodguard", "pdm logging", "pdm location", "pdm group",
		"aaa-server LOCAL protocol local",
	} {
		c := converted(name, nil)
		c.Syntax = g.Seq(c.Syntax, g.Opt(oldText))
		out = append(out, c)
	}
	tag := &g.Param[string]{Name: "server_tag", Type: g.Ident(16)}
	for _, word := range []string{"max-failed-attempts", "deadtime"} {
		c := converted("aaa-server", nil)
		c.Syntax = g.Seq(c.Syntax, tag, kw(word), oldText)
		out = append(out, c)
	}
	return out
}

// converted is a line that sets something else, or nothing.
func converted(name string, set func(*config.Edit)) *Command {
	return &Command{
		Name: name, Mode: Configure, Span: inASA, Syntax: g.Seq(keywords(name, "")...),
		Set: func(_ *Ctx, e *config.Edit, _ *g.Match) error {
			if set != nil {
				set(e)
			}
			return nil
		},
		No: func(*Ctx, *config.Edit, *g.Match) error { return nil },
	}
}

// oldHardware is a hardware id of the PIX, ethernet0 or gb-ethernet0; the value is its number.
func oldHardware() g.Type[int] {
	return g.Type[int]{
		Label: "hardware_id",
		Parse: func(e g.Env, w string) (int, error) {
			kind := strings.TrimRight(w, "0123456789")
			n, err := strconv.Atoi(w[len(kind):])
			if err != nil || kind == "" || !strings.HasPrefix("ethernet", strings.TrimPrefix(strings.ToLower(kind), "gb-")) || n >= len(e.Hardware()) {
				return 0, strconv.ErrSyntax
			}
			return n, nil
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return "ethernet" + strconv.Itoa(r.IntN(2)) },
	}
}

// onOldPort makes a Set of a change to the interface in the place of the one that is named: ethernet0 becomes the first.
func onOldPort(f func(*config.Interface, *g.Match)) func(*Ctx, *config.Edit, *g.Match) error {
	return func(_ *Ctx, e *config.Edit, m *g.Match) error {
		e.SetInterface(oldPort.Get(m), func(v *config.Interface) { f(v, m) })
		return nil
	}
}

// newSpeed is the speed and duplex that a hardware speed of 6.x stands for.
func newSpeed(old string) (speed, duplex string) {
	switch old {
	case "10baset":
		return "10", "half"
	case "10full":
		return "10", "full"
	case "100basetx":
		return "100", "half"
	case "100full":
		return "100", "full"
	case "1000full", "1000sxfull":
		return "1000", "full"
	}
	return "", ""
}

// oldTimers are the timers of every release, of which 7.0 calls rpc otherwise.
func oldTimers() g.Syntax {
	var rows []g.Syntax
	for _, w := range timerWords {
		rows = append(rows, g.Seq(w.words, w.value))
	}
	return g.Many(g.Alt(rows...))
}
