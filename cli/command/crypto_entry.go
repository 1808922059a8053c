package command

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/config"
)

// lifetime is how long security associations live, in the units of their lines; 0: not said.
type lifetime struct{ seconds, kilobytes int }

// usualLifetime is that of associations whose lines say nothing (5.x to 6.3 command references).
var usualLifetime = lifetime{28800, 4608000}

func (l lifetime) or(usual lifetime) lifetime {
	return lifetime{cmp.Or(l.seconds, usual.seconds), cmp.Or(l.kilobytes, usual.kilobytes)}
}

func (l lifetime) String() string {
	return fmt.Sprintf("%d kilobytes/%d seconds", l.kilobytes, l.seconds)
}

// read takes the values out of the words of a line.
func (l *lifetime) read(words []string) {
	for i := 0; i+1 < len(words); i += 2 {
		n, _ := strconv.Atoi(words[i+1])
		switch words[i] {
		case "seconds":
			l.seconds = n
		case "kilobytes":
			l.kilobytes = n
		}
	}
}

// lifetimeOf is the lifetime where an entry of a crypto map says nothing.
func lifetimeOf(c *config.Config) lifetime {
	l := lifetime{}
	for _, v := range c.StoredOf("crypto ipsec") {
		if words := strings.Fields(v.Text()); len(words) > 4 && words[2] == "security-association" {
			l.read(words[4:])
		}
	}
	return l.or(usualLifetime)
}

// cryptoEntry is an entry of a crypto map or of a template for one, as its lines say.
type cryptoEntry struct {
	name, number  string
	kind, dynamic string // "ipsec-isakmp", "ipsec-manual"; the template that it is made by
	acl, pfs      string
	peers, sets   []string
	life          lifetime
}

// lacks reports whether an entry can protect nothing.
func (e *cryptoEntry) lacks() bool {
	return e.dynamic == "" && (e.acl == "" || len(e.peers) == 0 || len(e.sets) == 0)
}

// take reads what stands behind the number of an entry.
func (e *cryptoEntry) take(words []string) {
	if len(words) == 0 {
		return
	}
	switch two := strings.Join(words[:min(2, len(words))], " "); {
	case words[0] == "ipsec-isakmp", words[0] == "ipsec-manual":
		e.kind = words[0]
		if len(words) == 3 {
			e.dynamic = words[2]
		}
	case len(words) < 3:
	case two == "match address":
		e.acl = words[2]
	case two == "set peer":
		e.peers = append(e.peers, words[2])
	case two == "set pfs":
		e.pfs = words[2]
	case two == "set transform-set":
		e.sets = words[2:]
	case two == "set security-association":
		e.life.read(words[3:])
	}
}

// cryptoMap is a crypto map: its entries by number, the interfaces that it is on, and its lines about clients.
type cryptoMap struct {
	name       string
	entries    []*cryptoEntry
	interfaces []string
	clients    []string
}

// cryptoMaps are the crypto maps (command "crypto map") or the templates ("crypto dynamic-map"), as they were first named.
func cryptoMaps(c *config.Config, command string) []*cryptoMap {
	var maps []*cryptoMap
	for _, l := range c.StoredOf(command) {
		words := strings.Fields(l.Text())
		if len(words) < 4 {
			continue
		}
		at := slices.IndexFunc(maps, func(m *cryptoMap) bool { return m.name == words[2] })
		if at < 0 {
			at, maps = len(maps), append(maps, &cryptoMap{name: words[2]})
		}
		maps[at].take(words[3:])
	}
	for _, m := range maps {
		slices.SortStableFunc(m.entries, func(a, b *cryptoEntry) int {
			return keyNumber.rank(c, a.number, nil) - keyNumber.rank(c, b.number, nil)
		})
	}
	return maps
}

// take reads what stands behind the name of a map.
func (m *cryptoMap) take(words []string) {
	switch words[0] {
	case "interface":
		m.interfaces = append(m.interfaces, words[1])
		return
	case "client":
		m.clients = append(m.clients, strings.Join(words, " "))
		return
	}
	at := slices.IndexFunc(m.entries, func(e *cryptoEntry) bool { return e.number == words[0] })
	if at < 0 {
		at, m.entries = len(m.entries), append(m.entries, &cryptoEntry{name: m.name, number: words[0]})
	}
	m.entries[at].take(words[1:])
}
