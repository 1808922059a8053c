package release

import "slices"

// pix63, after captures of 6.3(5): interface lines first, fixups in alphabetical order, output filters, numbered
// access-list lines, log messages of what reaches the box itself.
var pix63 = derive(pix62, func(r *Release) {
	r.Name, r.Version = "pix-6.3", Version{6, 3, 5, 0}
	r.Software.Compiled = "Thu 04-Aug-05 21:40 by morlee"
	r.Model = pix515e
	r.Console.Filters = true
	r.Console.Loopback = false
	r.Console.FilterWords = []string{"begin", "exclude", "grep", "include"}
	r.Limits.HostName, r.Limits.NameLen = 63, 63
	r.Limits.Interfaces = 10
	c := &r.Config
	c.SpeedWords = map[string]string{"100basetx": "100baseTX"}
	c.SortFixups = true
	c.TrailingBlanks = append(slices.Clone(c.TrailingBlanks), SectionARP) // a 6.3(5) capture
	c.TimeoutLines = [][]string{
		{"xlate"}, {"conn", "half-closed", "udp", "rpc", "h225"}, {"h323", "mgcp", "sip", "sip_media"},
		{"sip-disconnect", "sip-invite"}, {"uauth"},
	}
	r.Factory = factory63
	r.Config.LogGuide = true
	r.Order = orderPIX63
	r.Text = join(syslog63, Catalogue{
		HelpIntro: "At the end of show <command>, use the pipe character '|' followed by: begin|include|exclude|grep [-v]" +
			" <regular_exp>, to filter show output.\n\n",
		// The port of a peer came with its translation (nat-traversal).
		CryptoIdent: "   local  ident (addr/mask/prot/port): %[1]s\n   remote ident (addr/mask/prot/port): %[2]s\n" +
			"   current_peer: %[3]s:0\n     PERMIT, flags={origin_is_acl,}\n",
		VersionFeature: "%-28[1]s %[2]s", // the value stands in column 30

		WhoLine:    "%[1]d: %[2]s", // unverified
		ListCache:  "access-list cached ACL log flows: total %[1]d, denied %[2]d (deny-flow-max %[3]d)\n            alert-interval %[4]d",
		ListGroup:  "access-list %[5]s line %[2]d %[6]s ", // unverified: no hits
		ListInner:  "access-list %[5]s line %[2]d %[6]s (hitcnt=%[3]d) ",
		ListLine:   "access-list %[5]s line %[2]d %[6]s (hitcnt=%[3]d) ",
		ListRemark: "access-list %[5]s line %[2]d %[6]s",
		LocalHost: "local host: <%[1]s>,\n    TCP connection count/limit = %[2]d/%[5]s\n    TCP embryonic count = %[3]d\n" +
			"    TCP intercept watermark = %[6]s\n    UDP connection count/limit = %[4]d/unlimited\n  AAA:",
		// unverified
		ConnLegend: `Flags: A - awaiting inside ACK to SYN, a - awaiting outside ACK to SYN,
       B - initial SYN from outside, C - CTIQBE media, D - DNS, d - dump,
       E - outside back connection, F - outside FIN, f - inside FIN,
       G - group, g - MGCP, H - H.323, h - H.225.0, I - inbound data,
       i - incomplete, k - Skinny media, M - SMTP data, m - SIP media,
       O - outbound data, P - inside back connection,
       q - SQL*Net data, R - outside acknowledged FIN,
       R - UDP RPC, r - inside acknowledged FIN, S - awaiting inside SYN,
       s - awaiting outside SYN, T - SIP, t - SIP transient, U - up`,
		DebugEcho:      "%[1]d: ICMP %[2]s from %[3]s:%[4]s to %[5]s ID=%[6]d seq=%[7]d length=%[8]d",
		DebugTranslate: "%[1]d: ICMP %[2]s: %[3]s %[4]s:%[5]s to %[6]s:%[7]s",

		SyslogDNSLong:      "4-410001 Dropped UDP DNS reply from %[2]s:%[3]s to %[5]s:%[6]s/%[7]v; packet length %[14]v bytes exceeds configured limit of %[9]v bytes", // a field sample
		SyslogACLLog:       "%[16]d-106100 access-list %[11]s %[13]s %[1]s %[2]s/%[3]s(%[4]v) -> %[5]s/%[6]s(%[7]v) hit-cnt %[14]v (%[15]s)",
		SyslogLogFlows:     "1-106101 The number of ACL log deny-flows has reached limit (%[9]v).",
		SyslogBoxTelnet:    "3-710003 TCP access denied by ACL from %[3]s/%[4]v to %[2]s:%[6]s/telnet",
		SyslogBoxSSH:       "3-710003 TCP access denied by ACL from %[3]s/%[4]v to %[2]s:%[6]s/ssh",
		SyslogBoxRequest:   "7-710001 %[1]s access requested from %[3]s/%[4]v to %[2]s:%[6]s/%[11]s",
		SyslogBoxPermitted: "7-710002 %[1]s access permitted from %[3]s/%[4]v to %[2]s:%[6]s/%[11]s",
		SyslogBoxDenied:    "3-710003 %[1]s access denied by ACL from %[3]s/%[4]v to %[2]s:%[6]s/%[11]s",
		SyslogBoxDiscarded: "7-710005 %[1]s request discarded from %[3]s/%[4]v to %[2]s:%[6]s/%[11]s",
		SyslogTelnetIn:     `6-605005 Login permitted from %[8]s to %[7]s:%[10]s for user "%[3]s"`,
		SyslogTelnetFailed: `6-605004 Login denied from %[8]s to %[7]s:%[10]s for user "%[3]s"`,
		SyslogSSHIn:        `6-605005 Login permitted from %[8]s to %[7]s:%[10]s for user "%[3]s"`,
		SyslogSSHFailed:    `6-605004 Login denied from %[8]s to %[7]s:%[10]s for user "%[3]s"`,
	})
})
