package release

// asa84, after a show version of an 8.4(1) on a 5520 and configurations of 8.4(2).
var asa84 = derive(asa83, func(r *Release) {
	r.Name, r.Version = "asa-8.4", Version{8, 4, 7, 0}
	r.Model = asa5520
	// unverified: the date
	r.Software.Compiled, r.Software.Copyright, r.Software.Manager = "Fri 30-Aug-13 19:48 by builders", "1996-2013", "7.1(3)"
	r.NAT.IdentityByRoute = false
	r.Config.ConvertsIdentity = []string{"8.3", "8.4(1)"}
	r.Console.AsksCallHome = true
	r.Console.LogSelfName = "identity" // unverified: that it is so from 8.4 on
	r.Console.SSHUser = ""             // from 8.4(2) on
	r.Config.TimeoutLines = timeouts84
	r.Order = orderASA84
	r.Factory = factory84
	r.Text = join(showASA84, callHomeText, show84, Catalogue{
		InventoryAll: "Name: \"Chassis\", DESCR: \"ASA 5520 Adaptive Security Appliance\"\nPID: ASA5520           , VID: V06     , SN: %[1]s\n\n",

		// sessions of 9.x; unverified: for 8.4
		SetupAddress:   "Management IP address: ",
		SetupMask:      "Management network mask: ",
		SetupConfirm:   "\nUse this configuration and save to flash? [yes] ",
		SetupInterface: "management",
		SetupLine: "Enable password: %[1]s\nAllow password recovery: yes \nClock (UTC): %[2]s\nFirewall Mode: Routed\n" +
			"Management IP address: %[3]s\nManagement network mask: %[4]s\nHost name: %[5]s\nDomain name: %[6]s\n",
	})
})

// asa5520, as a show version of 8.4(1) has it.
var asa5520 = asa5510.with(func(m *Model) {
	m.Name, m.MemoryMB, m.CPU = "ASA5520", 512, "Pentium 4 Celeron 2000 MHz"
	m.Flash, m.BIOS = "Internal ATA Compact Flash, 64MB\nSlot 1: ATA Compact Flash, 128MB", "AT49LW080 @ 0xfff00000, 1024KB"
	m.Serial, m.Mbps = "JMX1209L1BH", 1000
	m.Interfaces = []string{"GigabitEthernet0/0", "GigabitEthernet0/1", "GigabitEthernet0/2", "GigabitEthernet0/3", "Management0/0"}
	m.MAC = [6]byte{0x00, 0x13, 0xc4, 0x80, 0x82, 0xce}
	m.Internal = []Internal{{Number: 5, Name: "Not used", IRQ: 11}, {Number: 6, Name: "Not used", IRQ: 5}}
	m.Licence = licence83("150", "750")
})

// timeouts84 has the timers of ports and of connections whose route moves, which are of 8.4(2) and 8.4(3).
var timeouts84 = [][]string{
	{"xlate"}, {"pat-xlate"}, {"conn", "half-closed", "udp", "icmp"}, {"sunrpc", "h323", "h225", "mgcp", "mgcp-pat"},
	{"sip", "sip_media", "sip-invite", "sip-disconnect"}, {"sip-provisional-media", "uauth"}, {"tcp-proxy-reassembly"}, {"floating-conn"},
}
