package appliance

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/dhcp"
	"pixsim/appliance/release"
	"pixsim/cli/command"
)

// The debuggings of the DHCP client, by their commands.
const (
	debugDetail = "debug dhcpc detail"
	debugError  = "debug dhcpc error"
	debugPacket = "debug dhcpc packet"
)

// switched posts lines to the sessions that have a debugging switched on.
func (d *sessions) switched(debugging string, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, v := range d.open {
		if slices.Contains(v.mute, debugging) {
			for line := range strings.SplitSeq(text, "\n") {
				v.out.post(line)
			}
		}
	}
}

// debugAsked reports what a lessee says.
func (b *Box) debugAsked(now time.Time, l *lessee, q dhcp.Question) {
	if q.Kind == dhcp.Nothing {
		return
	}
	word := [...]string{dhcp.Discover: "SDiscover", dhcp.Request: "SRequest", dhcp.Decline: "SDecline", dhcp.Release: "SRelease"}[q.Kind]
	from, to := netip.IPv4Unspecified(), netip.AddrFrom4([4]byte{255, 255, 255, 255})
	if q.Own {
		from = l.held.Addr.Addr()
	}
	if q.ToServer {
		to = l.held.Server
	}
	if q.Kind == dhcp.Discover || q.Kind == dhcp.Request {
		entry := command.LeaseText(b.rel, l.shown(now))
		b.desk.switched(debugDetail, b.rel.Say(release.DebugLeaseAsk, word, l.Asked(), entry))
	}
	b.desk.switched(debugPacket, b.rel.Say(release.DebugLeaseSent, word, len(q.Data), to, from))
}

// debugHeard reports an answer, and what became of it.
func (b *Box) debugHeard(l *lessee, a answer, was dhcp.State, heard dhcp.Lease, err error) {
	b.desk.switched(debugPacket, b.rel.Say(release.DebugLeaseHeard, a.from.Addr(), a.from.Port()))
	switch {
	case errors.Is(err, dhcp.ErrRefused):
		b.desk.switched(debugError, b.rel.Say(release.DebugLeaseRefused, orNone(heard.Server)))
		return
	case errors.Is(err, dhcp.ErrUseless):
		b.desk.switched(debugError, b.rel.Say(release.DebugLeaseUseless, a.from.Addr()))
		return
	case err != nil:
		return
	}
	kind := "Ack"
	if was == dhcp.Selecting {
		kind = "Offer"
	}
	mask := config.MaskOf(heard.Addr.Bits())
	b.desk.switched(debugDetail, b.rel.Say(release.DebugLeaseScan, kind, heard.Server, int(heard.Time/time.Second), mask,
		listed(heard.DNS), heard.Domain, listed(heard.WINS), orNone(heard.Router)))
	if was == dhcp.Requesting && l.State() == dhcp.Bound {
		b.desk.switched(debugDetail, b.rel.Say(release.DebugLeaseGot, heard.Addr.Addr(), mask, orNone(heard.Router)))
	}
}

func listed(all []netip.Addr) string {
	var words []string
	for _, a := range all {
		words = append(words, a.String())
	}
	return strings.Join(words, ", ")
}
