package command

import (
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// identityGroups are the object-groups of who rather than of where (identity firewall and TrustSec configuration guides of 8.4
// and 9.x). No packet is matched by them, nor by an entry of an access-list that names one: nobody is known by name here.
var identityGroups = []storedSpec{
	{
		name: "object-group user", help: "Specifies a group of users", span: since84, section: release.SectionObjectGroup,
		forms: leadsTo(ConfigUserGroup, "own: object-group user <grp_id>"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigUserGroup, forms: table(`
			description = <text>
			user <user:quoted>
			user-group <group:quoted>
			group-object <obj_grp_id>
		`)}}},
		inUse: whoInUse,
	},
	{
		name: "object-group security", help: "Specifies a group of security groups", span: since90, section: release.SectionObjectGroup,
		forms: leadsTo(ConfigSecurityGroup, "own: object-group security <grp_id>"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigSecurityGroup, forms: table(`
			description = <text>
			security-group name <name:quoted>
			security-group tag <1-65533>
			group-object <obj_grp_id>
		`)}}},
		inUse: whoInUse,
	},
}

// Their kinds behind show running-config object-group and show object-group.
var (
	runningIdentity = newIdentityWords()
	shownIdentity   = newIdentityWords()
)

// identityWords is the word of each of identityGroups.
type identityWords []*g.Keyword

func newIdentityWords() identityWords {
	var out identityWords
	for _, s := range identityGroups {
		out = append(out, g.Word(kindWord(s), s.help))
	}
	return out
}

func kindWord(s storedSpec) string { return strings.TrimPrefix(s.name, "object-group ") }

func (w identityWords) syntax() g.Syntax {
	var all []g.Syntax
	for i, k := range w {
		all = append(all, g.In(identityGroups[i].span, k))
	}
	return g.Alt(all...)
}

// kind is the word that was typed, or "".
func (w identityWords) kind(m *g.Match) string {
	for i, k := range w {
		if k.Seen(m) {
			return kindWord(identityGroups[i])
		}
	}
	return ""
}

// identityBlocks are the lines of the groups of a kind, or of all kinds, and of one name if there is one.
func identityBlocks(c *config.Config, v View, kind, name string) string {
	text := ""
	for i := range identityGroups {
		spec := &identityGroups[i]
		if kind != "" && kindWord(*spec) != kind {
			continue
		}
		blocks, heads := spec.blocks(c, v)
		for _, head := range heads {
			if name != "" && head != spec.name+" "+name {
				continue
			}
			for _, l := range blocks[head] {
				text += strings.Repeat(" ", l.Depth) + l.Text + "\n"
			}
		}
	}
	return text
}
