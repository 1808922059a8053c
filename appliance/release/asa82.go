package release

// asa82, after captures of an 8.2(1) on a 5505: timers of SIP and of reassembly, hashes in show access-list.
var asa82 = derive(asa80, func(r *Release) {
	r.Name, r.Version = "asa-8.2", Version{8, 2, 1, 0}
	r.Software.Compiled, r.Software.Copyright, r.Software.Manager = "Tue 05-May-09 22:45 by builders", "1996-2009", "6.2(1)"
	r.Config.TimeoutLines = [][]string{
		{"xlate"}, {"conn", "half-closed", "udp", "icmp"}, {"sunrpc", "h323", "h225", "mgcp", "mgcp-pat"},
		{"sip", "sip_media", "sip-invite", "sip-disconnect"}, {"sip-provisional-media", "uauth"}, {"tcp-proxy-reassembly"},
	}
	r.Factory = factory82
	r.Order = orderASA82
	r.Text = Catalogue{
		XlatesCleared: "INFO: %[1]d xlate deleted", // unverified
		ReasonIdle:    "Connection timeout",
		// a 9.0 on a 5550; unverified: before
		PerfmonHead: "\nPERFMON STATS:                     Current      Average",
		PerfmonLine: "%-32[1]s%7[2]d/s%11[3]d/s",
		PerfmonTail: "\nVALID CONNS RATE in TCP INTERCEPT:    Current      Average\n%42[1]s%12[2]s\n",
		// unverified: the layout of 8.4
		ConnLine: "%[1]s %[9]s %[2]s:%[3]d %[10]s %[4]s:%[5]d, idle %[6]s, bytes %[7]d, flags %[8]s ",
		ConnUDP:  "%[1]s %[9]s %[2]s:%[3]d %[10]s %[4]s:%[5]d, idle %[6]s, bytes %[7]d, flags %[8]s ",
	}
})
