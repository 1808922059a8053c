package appliance_test

import (
	"net/netip"
	"strings"
	"testing"

	"pixsim/appliance"
	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
)

// The messages of inspection, as captures of 8.x have them (507003, 108004), and what a 4.1 says of the same.
func TestSMTPMessages(t *testing.T) {
	client := appliance.LogEnd{Interface: "outside", Addr: netip.MustParseAddrPort("198.51.100.25:35314")}
	server := appliance.LogEnd{Interface: "DMZ", Addr: netip.MustParseAddrPort("10.0.25.101:25")}
	event := smtp.Event{Kind: smtp.EventMatched, Request: true, Class: "Class 4", Action: "Dropped connection for", Info: "header line length gt 998"}
	for _, r := range release.All() {
		kill, matched := "", ""
		if r.SMTP.Maps {
			kill = "%ASA-4-507003: tcp flow from outside:198.51.100.25/35314 to DMZ:10.0.25.101/25 terminated by inspection engine, reason - inspector disconnected, dropped packet."
			matched = "%ASA-4-108004: ESMTP Classification: Dropped connection for ESMTP Request from outside:198.51.100.25/35314 to DMZ:10.0.25.101/25; matched Class 4: header line length gt 998"
		}
		tag := func(s string) string { return strings.Replace(s, "%ASA", "%"+r.Console.SyslogTag, 1) }
		if got := appliance.InspectKillMessage(r, client, server); r.SMTP.Maps && got != tag(kill) {
			t.Errorf("%s: %q", r.Name, got)
		}
		if got := appliance.SMTPMessage(r, event, client, server); r.SMTP.Maps && got != tag(matched) {
			t.Errorf("%s: %q", r.Name, got)
		}
		// A parameter is no match (ASA system log messages, 108004: "mail-relay: No Mail Relay allowed").
		relay := smtp.Event{Kind: smtp.EventLogged, Request: true, Class: "mail-relay", Info: "No Mail Relay allowed", Match: -1}
		if got := appliance.SMTPMessage(r, relay, client, server); r.SMTP.Maps && got != tag("%ASA-6-108005: ESMTP Parameter: Received ESMTP Request from outside:198.51.100.25/35314 to DMZ:10.0.25.101/25; mail-relay: No Mail Relay allowed") {
			t.Errorf("%s: %q", r.Name, got)
		}
		if got := appliance.SMTPMessage(r, smtp.Event{Kind: smtp.EventBanner}, client, server); got != "" {
			t.Errorf("%s says of a greeting: %q", r.Name, got)
		}
		if words, _ := r.Words(release.SyslogSMTPReplaced); words == "" {
			continue // the inspection looks into no address
		}
		got := appliance.SMTPMessage(r, smtp.Event{Kind: smtp.EventReplaced, Class: "|", Info: "MAIL FROM:<a|b>", Match: -1}, client, server)
		if got != tag("%ASA-2-108002: SMTP replaced |: out 198.51.100.25 in 10.0.25.101 data: MAIL FROM:<a|b>") {
			t.Errorf("%s: %q", r.Name, got)
		}
	}
}
