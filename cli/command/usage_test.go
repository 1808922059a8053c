package command_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// Whatever a usage line says can be typed: each of its fixed words is a word of the command's grammar in that release.
func TestUsageNamesWhatExists(t *testing.T) {
	values := regexp.MustCompile(`<[^>]*>|\([^)]*\)`)
	word := regexp.MustCompile(`[A-Za-z0-9][\w.+/-]*`)
	for _, rel := range pixReleases() {
		lines := 0
		for c := range command.Of(rel) {
			if c.Syntax == nil {
				continue
			}
			forms := command.UsageForms(c, rel, command.Of(rel))
			if len(forms) == 0 {
				t.Errorf("%s: %s has no usage", rel.Name, c.Name)
			}
			known := []string{"no", "show", "clear"}
			for o := range command.Of(rel) {
				for _, s := range []g.Syntax{o.Syntax, o.NoSyntax, o.ClearSyntax} {
					if s != nil && (o.First() == c.First() || c.Usage != nil && slices.Equal(o.Usage, c.Usage)) { // a family
						known = append(known, strings.Fields(strings.ToLower(vocabulary(s, rel)))...)
					}
				}
			}
			for _, l := range forms {
				lines++
				for _, w := range word.FindAllString(values.ReplaceAllString(l, " "), -1) {
					if w = strings.Trim(strings.ToLower(w), "."); !slices.Contains(known, w) {
						t.Errorf("%s: the usage of %s names %q: %s", rel.Name, c.Name, w, l)
					}
				}
				if o, c := strings.Count(l, "["), strings.Count(l, "]"); o != c && len(forms) == 1 {
					t.Errorf("%s: brackets: %s", rel.Name, l)
				}
			}
		}
		if lines < 50 {
			t.Errorf("%s: only %d usage lines", rel.Name, lines)
		}
	}
}

// vocabulary is every word of a syntax as its documentation has it.
func vocabulary(s g.Syntax, rel *release.Release) string {
	text := ""
	for d := range g.Words(s, rel) {
		text += " " + d.Text + " " + strings.ReplaceAll(d.Values, ",", " ")
	}
	for w := range g.Literals(s, rel) {
		text += " " + w
	}
	return text
}

// A text of the manuals stays whole where all of it exists, and loses the rest by choice and by bracket where not.
func TestUsagePruned(t *testing.T) {
	for _, c := range []struct {
		release, name string
		want          []string
	}{
		{"pix-6.1", "static", []string{
			"[no] static [(internal_if_name, external_if_name)]", "        {<global_ip>|interface} <local_ip> [netmask <mask>]",
			"        [<max_conns> [<emb_limit> [<norandomseq>]]]",
			"[no] static [(internal_if_name, external_if_name)] {tcp|udp}",
			"        {<global_ip>|interface} <global_port> <local_ip> <local_port>", "        [netmask <mask>]",
			"        [<max_conns> [<emb_limit> [<norandomseq>]]]",
		}},
		{"pix-5.3", "static", []string{
			"[no] static [(internal_if_name, external_if_name)]", "        <global_ip> <local_ip> [netmask <mask>]",
			"        [<max_conns> [<emb_limit> [<norandomseq>]]]",
		}},
		{"pix-4.4", "conduit", []string{
			"[no] conduit permit|deny <protocol>", "        <g_ip> <g_mask>", "        [<operator> <port> [<port>]]",
			"        <f_ip> <f_mask>", "        [<operator> <port>[<port>]]",
		}},
		{"pix-6.1", "access-group", []string{"[no] access-group <access-list> in interface <if_name>"}},
		{"pix-6.3", "nameif", []string{"nameif <hardware_id> <if_name> <security_lvl>", "no nameif"}},
	} {
		rel := parse(t, c.release)
		for cmd := range command.Of(rel) {
			if cmd.Name != c.name {
				continue
			}
			if got := command.UsageForms(cmd, rel, command.Of(rel)); !slices.Equal(got, c.want) {
				t.Errorf("%s: %s:\n%s\nwant\n%s", c.release, c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		}
	}
}

// The page of a command names what there is to read, each part with something in it, and sends nobody to a command that
// no release has.
func TestHelpPage(t *testing.T) {
	exists := map[string]bool{}
	for _, c := range command.All() {
		exists[c.First()] = true
	}
	for _, rel := range release.All() {
		var legal []*command.Command
		for c := range command.Of(rel) {
			legal = append(legal, c)
		}
		for _, c := range legal {
			if c.Syntax == nil {
				continue
			}
			page := command.HelpPage(rel, []*command.Command{c}, legal)
			if (page != "") != (rel.Say(release.HelpUsage) != "") {
				t.Errorf("%s: the page of %s: %q", rel.Name, c.Name, page)
			}
			if page != "" && (!strings.HasPrefix(page, "\nUSAGE:\n\n\t") || !strings.Contains(page, "\nDESCRIPTION:\n\n"+c.First()+" ")) {
				t.Errorf("%s: the page of %s:\n%s", rel.Name, c.Name, page)
			}
		}
	}
	for _, c := range command.RelatedNames() {
		if !exists[c] {
			t.Logf("no release has %s yet", c)
		}
	}
}
