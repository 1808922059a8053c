package config

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DNS is how names are looked up: by the servers of the default group, where an interface may be used for it.
type DNS struct {
	Servers       []netip.Addr
	Ifs           []string // dns domain-lookup
	Retries       int
	Timeout       time.Duration
	Poll, Expires time.Duration // between two questions; from the end of a record's life to its removal
}

// maxServers is how many servers a group has (ASA command reference, name-server).
const maxServers = 6

// DNS reads the dns lines, which are stored. Defaults are those of the command reference.
func (c *Config) DNS() DNS {
	d := DNS{Retries: 2, Timeout: 2 * time.Second, Poll: 240 * time.Minute, Expires: time.Minute}
	const command, group = "dns", "dns server-group DefaultDNS"
	for _, l := range c.StoredOf(command) {
		words := strings.Fields(l.Text())
		head, _, inner := cutLast(l.Slot)
		switch {
		case inner && head == group:
			d.take(words)
		case !inner && len(words) > 2 && words[1] == "domain-lookup":
			d.Ifs = append(d.Ifs, words[2])
		case !inner && len(words) > 1:
			d.take(words[1:])
		}
	}
	return d
}

// take reads a line of a group, or one for all.
func (d *DNS) take(words []string) {
	n, _ := strconv.Atoi(words[len(words)-1])
	switch words[0] {
	case "name-server":
		for _, w := range words[1:] {
			if a, err := netip.ParseAddr(w); err == nil && len(d.Servers) < maxServers && !slices.Contains(d.Servers, a) {
				d.Servers = append(d.Servers, a)
			}
		}
	case "retries":
		d.Retries = n
	case "timeout":
		d.Timeout = time.Duration(n) * time.Second
	case "poll-timer":
		d.Poll = time.Duration(n) * time.Minute
	case "expire-entry-timer":
		d.Expires = time.Duration(n) * time.Minute
	}
}
