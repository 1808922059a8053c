package command

import (
	"iter"
	"math/rand/v2"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	serviceInbound = g.Word("resetinbound", "Send reset to a denied inbound TCP packet")
	serviceOutside = g.Word("resetoutside", "Send reset to a denied TCP packet to the outside interface")

	service = &Command{
		Name: "service", Help: "Enable system services", Mode: Configure, Span: since42,
		Syntax: g.Seq(g.Word("service", "Enable system services"), g.Alt(serviceInbound, serviceOutside)),
		Set:    func(c *Ctx, e *config.Edit, m *g.Match) error { setService(e, m, true); return nil },
		No:     func(c *Ctx, e *config.Edit, m *g.Match) error { setService(e, m, false); return nil },
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error {
			e.SetServices(config.Services{})
			return nil
		},
		Lines: func(c *config.Config, v View) iter.Seq[Line] {
			return func(yield func(Line) bool) {
				if c.Services.ResetInbound && !yield(line(release.SectionService, "service resetinbound")) {
					return
				}
				if c.Services.ResetOutside {
					yield(line(release.SectionService, "service resetoutside"))
				}
			}
		},
		Usage: []string{"[no] service resetinbound|resetoutside"},
	}
)

func setService(e *config.Edit, m *g.Match, on bool) {
	s := e.View().Services
	if serviceInbound.Seen(m) {
		s.ResetInbound = on
	} else {
		s.ResetOutside = on
	}
	e.SetServices(s)
}

var (
	bannerKind = &g.Param[string]{Name: "type", Help: "exec, login or motd", Type: bannerKinds()}
	bannerText = &g.Param[string]{Name: "text", Help: "text of one line", Type: g.Text()}

	// A line is added to what the banner has: "To add more than one line, precede each line by the banner command"
	// (configuration guide of 7.2, Configuring a Login Banner). unverified: that one like the last is no exception, so that a
	// configuration which is pasted onto itself doubles its banners.
	banner = &Command{
		Name: "banner", Help: "Configure login/session banners", Mode: Configure, Adds: true, Span: since63,
		Syntax:   g.Seq(g.Word("banner", "Configure login/session banners"), bannerKind, g.In(inPIX, bannerText), g.In(inASA, g.Opt(bannerText))),
		NoSyntax: g.Seq(g.Word("banner", "Configure login/session banners"), bannerKind, g.Opt(bannerText)),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			e.AddBanner(bannerKind.Get(m), bannerText.Get(m))
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			if text, ok := bannerText.Lookup(m); ok {
				return found(e.RemoveBannerLine(bannerKind.Get(m), text), "banner")
			}
			return found(e.RemoveBanner(bannerKind.Get(m)), "banner")
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error { e.ClearBanners(); return nil },
		Lines: func(c *config.Config, v View) iter.Seq[Line] {
			return func(yield func(Line) bool) {
				for _, b := range c.Banners {
					for _, text := range b.Lines {
						if !yield(line(release.SectionBanner, "banner %s %s", b.Kind, text)) {
							return
						}
					}
				}
			}
		},
		Usage: []string{"[no] banner {exec|login|motd} <text>"},
	}
)

// bannerWords are the banners; that of ASDM is 7.2's and later.
var bannerWords = []spanWord{{"asdm", since72}, {word: "exec"}, {word: "login"}, {word: "motd"}}

func bannerKinds() g.Type[string] {
	at := func(e g.Env) g.Type[string] {
		if e == nil {
			return g.Enum("exec", "login", "motd")
		}
		return g.Enum(wordsOf(e.Release(), bannerWords)...)
	}
	return g.Type[string]{
		Words:  func(e g.Env) []string { return at(e).Words(e) },
		Parse:  func(e g.Env, w string) (string, error) { return at(e).Parse(e, w) },
		Sample: func(e g.Env, r *rand.Rand) string { return at(e).Sample(e, r) },
	}
}
