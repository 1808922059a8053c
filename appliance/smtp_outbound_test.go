package appliance

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pixsim/appliance/release"
	"pixsim/dataplane"
	"pixsim/dataplane/inspect/smtp"
)

// Mail that goes out: 108004 and the like name who opened the connection first (ASA system log messages: source, then destination;
// 108007: client and server; 507003: the originating interface), 108002 the outside address, whoever it is.
func TestSMTPMessagesOutbound(t *testing.T) {
	names := [...]string{"outside", "inside"}
	event := func(kind dataplane.EventKind, e smtp.Event) dataplane.Event {
		return dataplane.Event{
			Kind: kind, Proto: 6, SMTP: e,
			Src: dataplane.End{If: 0, Real: netip.MustParseAddrPort("198.51.100.25:25")},
			Dst: dataplane.End{If: 1, Real: netip.MustParseAddrPort("10.1.1.10:1025")},
		}
	}
	const ends = "from inside:10.1.1.10/1025 to outside:198.51.100.25/25"
	for _, c := range []struct {
		kind dataplane.EventKind
		smtp smtp.Event
		want string
	}{
		{dataplane.EventSMTP, smtp.Event{Kind: smtp.EventMatched, Request: true, Class: "Class 4", Action: "Dropped connection for", Info: "x"}, "ESMTP Classification: Dropped connection for ESMTP Request " + ends + "; matched Class 4: x"},
		{dataplane.EventSMTP, smtp.Event{Kind: smtp.EventLogged, Class: "Class 3", Info: "x"}, "ESMTP Classification: Received ESMTP Response " + ends + "; matched Class 3: x"},
		{dataplane.EventSMTP, smtp.Event{Kind: smtp.EventTLS, Match: -1}, "TLS started on ESMTP session between client inside:10.1.1.10/1025 and server outside:198.51.100.25/25"},
		{dataplane.EventSMTP, smtp.Event{Kind: smtp.EventReplaced, Class: "|", Info: "y", Match: -1}, "SMTP replaced |: out 198.51.100.25 in 10.1.1.10 data: y"},
		{dataplane.EventInspectKill, smtp.Event{}, "tcp flow " + ends + " terminated by inspection engine"},
	} {
		for _, r := range release.All() {
			if !r.SMTP.Maps {
				continue
			}
			key, args := word(event(c.kind, c.smtp), func(p dataplane.Port) string { return names[p] }, r)
			if _, id, text, _ := r.Syslog(key, args...); !strings.HasPrefix(text, c.want) {
				t.Errorf("%s: %s", r.Name, fmt.Sprint(id, " ", text, ", want ", c.want))
			}
		}
	}
}
