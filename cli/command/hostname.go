package command

import (
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	hostnameName = &g.Param[string]{Name: "newname", Help: "this system's network name", Type: hostLabel()}
	hostname     = &Command{
		Name: "hostname", Help: "Change host name", Mode: Configure,
		Syntax:   g.Seq(g.Word("hostname", "Change host name"), hostnameName),
		NoSyntax: g.Seq(g.Word("hostname", "Change host name"), g.Opt(hostnameName)),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			name := hostnameName.Get(m)
			if most := c.Release.Limits.HostName; most > 0 && len(name) > most {
				return ErrUsage
			}
			e.SetHostname(name)
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			e.SetHostname(c.Release.Console.Prompt)
			return nil
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error {
			e.SetHostname(c.Release.Console.Prompt)
			return nil
		},
		Lines: one(release.SectionHostname, func(c *config.Config, _ View) string { return "hostname " + c.Hostname }),
		Usage: []string{"hostname <newname>"},
	}
)

// hostLabel is a host name: letters, digits and hyphens (underscores were never refused up to 6.3), at most 63.
func hostLabel() g.Type[string] {
	t := g.Ident(63)
	parse, sample := t.Parse, t.Sample
	t.Parse = func(e g.Env, w string) (string, error) {
		if strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
			return "", g.ErrAddress
		}
		return parse(e, w)
	}
	t.Sample = sample
	return t
}

var (
	domainName    = &g.Param[string]{Name: "name", Help: "domain name", Type: hostLabel()}
	domainNameCmd = &Command{
		Name: "domain-name", Help: "Change domain name", Mode: Configure, Span: release.Since(release.V(5, 0)),
		Syntax:   g.Seq(g.Word("domain-name", "Change domain name"), domainName),
		NoSyntax: g.Seq(g.Word("domain-name", "Change domain name"), g.Opt(domainName)),
		Set:      func(c *Ctx, e *config.Edit, m *g.Match) error { e.SetDomain(domainName.Get(m)); return nil },
		No:       func(c *Ctx, e *config.Edit, m *g.Match) error { e.SetDomain(""); return nil },
		Clear:    func(c *Ctx, e *config.Edit, m *g.Match) error { e.SetDomain(""); return nil },
		Lines: one(release.SectionDomain, func(c *config.Config, _ View) string {
			if c.Domain == "" {
				return ""
			}
			return "domain-name " + c.Domain
		}),
		Usage: []string{"domain-name <name>"},
	}
)
