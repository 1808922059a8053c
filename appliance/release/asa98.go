package release

import "slices"

// asa98 is of a 5516-X (captures of a 9.7(1)4, a 9.8(4)22 that boots, and a show version of 9.9).
var asa98 = derive(asa94, func(r *Release) {
	r.Name, r.Version = "asa-9.8", Version{9, 8, 4, 0}
	r.Model = asa5516
	// unverified: the date
	r.Software = Software{Compiled: "Mon 15-Apr-19 13:40 PDT by builders", Copyright: "1996-2019", File: "disk0:/asa%d%d%d-lfbff-k8.SPA", Manager: "7.8(2)", Chassis: "2.2(2.124)"}
	r.Console.LoginHistory = true
	r.Console.Hash = HashPBKDF2 // from 9.7 on
	r.Config.Unshown = slices.DeleteFunc(slices.Clone(r.Config.Unshown), func(name string) bool { return name == "service sw-reset-button" })
	r.Config.TimeoutLines = timeouts98
	r.Order = orderASA98
	r.Boot = boot98
	r.Factory, r.Commands, r.Captured = factory98, factoryInside, true
	r.Text = join(showASA5516, consoleText98, version5516, Catalogue{
		// captures of a 9.9(2) and later; a 9.5(2) has what 7.0 has
		DirFiles: "\n%[1]d file(s) total size: %[2]d bytes\n",
		DirTail:  "%[1]d bytes total (%[2]d bytes free/%[3]d%% free)",
		LocalHost: "local host: <%[1]s>,\n    SCTP flow count/limit = 0/unlimited\n    TCP flow count/limit = %[2]d/%[5]s\n" +
			"    TCP embryonic count to host = %[3]d\n    TCP intercept watermark = %[6]s\n    UDP flow count/limit = %[4]d/unlimited",
		ConnLegend: legend98,
		// the layout of a capture of 9.16
		ConnLong: "%[1]s %[9]s: %[2]s/%[3]d (%[14]s) %[10]s: %[4]s/%[5]d (%[15]s), flags %[8]s , idle %[11]s, uptime %[12]s, timeout %[13]s, bytes %[7]d\n" +
			"  Initiator: %[16]s, Responder: %[17]s\n",
		// a capture of 9.8(4)
		ServiceInspect: "      Inspect: %[1]s, packet %[2]d, lock fail 0, drop %[3]d, reset-drop %[4]d, 5-min-pkt-rate %[5]d pkts/sec, v6-fail-close 0 sctp-drop-override 0",
		InventoryAll:   "Name: \"Chassis\", DESCR: \"ASA 5516-X with FirePOWER services, 8GE, AC, DES\"\nPID: ASA5516           , VID: V01     , SN: %[1]s\n\n",
	})
})

// asa5516, as show version of 9.9(2)32 and the header of a 9.7(1)4 have it.
var asa5516 = Model{
	Name: "ASA5516", MemoryMB: 8192, CPU: "Atom C2000 series 2416 MHz, 1 CPU (8 cores)",
	Flash: "Internal ATA Compact Flash, 8000MB", BIOS: "M25P64 @ 0xfed01000, 16384KB",
	Serial: "JAD000000ZZ", Activation: "0x0d2bd351 0x1c6f2b60 0x8d62d19c 0xb1e8f0b4 0x0d1c3a9e",
	Interfaces: []string{
		"GigabitEthernet1/1", "GigabitEthernet1/2", "GigabitEthernet1/3", "GigabitEthernet1/4", "GigabitEthernet1/5",
		"GigabitEthernet1/6", "GigabitEthernet1/7", "GigabitEthernet1/8", "Management1/1",
	},
	IRQ:   []int{255, 255, 255, 255, 255, 255, 255, 255, 0},
	Slots: []int{1, 2, 3, 4, 5, 6, 7, 8, 0}, Numbers: []int{1, 2, 3, 4, 5, 6, 7, 8, 13},
	NIC: "Accelerator rev01", Mbps: 1000, Queues: InterfaceRings,
	Management: Adapter{"en_vtun rev00", 1000, InterfaceRings}, // unverified:
	MAC:        [6]byte{0x78, 0x72, 0x5d, 0xce, 0xe5, 0x8b},
	Internal: []Internal{
		{9, "Internal-Data1/1", "address is 7872.5dce.e58b, ", 255}, {10, "Internal-Data1/2", "address is 0000.0001.0002, ", 0},
		{11, "Internal-Control1/1", "address is 0000.0001.0001, ", 0}, {12, "Internal-Data1/3", "address is 0000.0001.0003, ", 0},
		{14, "Internal-Data1/4", "address is 0000.0100.0001, ", 0},
	},
	Licence: []Feature{
		{"Maximum Physical Interfaces", "Unlimited"}, {"Maximum VLANs", "150"}, {"Inside Hosts", "Unlimited"},
		{"Failover", "Active/Active"}, {"Encryption-DES", "Enabled"}, {"Encryption-3DES-AES", "Enabled"},
		{"Security Contexts", "2"}, {"Carrier", "Disabled"}, {"AnyConnect Premium Peers", "4"},
		{"AnyConnect Essentials", "Disabled"}, {"Other VPN Peers", "300"}, {"Total VPN Peers", "300"},
		{"AnyConnect for Mobile", "Disabled"}, {"AnyConnect for Cisco VPN Phone", "Disabled"},
		{"Advanced Endpoint Assessment", "Disabled"}, {"Shared License", "Disabled"}, {"Total TLS Proxy Sessions", "1000"},
		{"Botnet Traffic Filter", "Disabled"}, {"Cluster", "Enabled"}, {"Cluster Members", "2"}, {"VPN Load Balancing", "Enabled"},
	},
}

// boot98 is the boot of a 9.8(4)22 on a 5506-X, from the loader on, without its warning of export laws. Arguments as boot70.
const boot98 = `
Platform %[5]s

Loading /%[7]s... Booting...
LFBFF signature verified.
INIT: version 2.88 booting
Starting udev
Configuring network interfaces... done.
Populating dev cache
POST started...
POST finished, result is 0 (hint: 1 means it failed)

Total NICs found: 14
%[2]sVerify the activation-key, it might take a while...

Licensed features for this platform:
%[4]s
This platform has a Base license.

Encryption hardware device : Cisco ASA Crypto on-board accelerator (revision 0x1)

Cisco Adaptive Security Appliance Software Version %[3]s

Copyright (c) %[6]s by Cisco Systems, Inc.

` + restrictedRights + `
Reading from flash...
!!!!!...........
`

var timeouts98 = [][]string{
	{"xlate"}, {"pat-xlate"}, {"conn", "half-closed", "udp", "sctp", "icmp"}, {"sunrpc", "h323", "h225", "mgcp", "mgcp-pat"},
	{"sip", "sip_media", "sip-invite", "sip-disconnect"}, {"sip-provisional-media", "uauth"}, {"tcp-proxy-reassembly"},
	{"floating-conn"}, {"conn-holddown"}, {"igp stale-route"},
}

// legend98 is that of show conn detail, from a capture of 9.16.
const legend98 = `Flags: A - awaiting inside ACK to SYN, a - awaiting outside ACK to SYN,
       B - initial SYN from outside, b - TCP state-bypass or nailed,
       C - CTIQBE media, c - cluster centralized,
       D - DNS / Umbrella, d - dump, E - outside back connection, e - semi-distributed,
       F - outside FIN, f - inside FIN,
       G - group, g - MGCP, H - H.323, h - H.225.0, I - inbound data,
       i - incomplete, J - GTP, j - GTP data, K - GTP t3-response
       k - Skinny media, L - LISP triggered flow owner mobility
       l - local director/backup stub flow
       M - SMTP data, m - SIP media, n - GUP
       N - inspected by Snort
       O - outbound data, o - offloaded,
       P - inside back connection
       Q - Diameter, q - SQL*Net data,
       R - outside acknowledged FIN,
       R - UDP SUNRPC, r - inside acknowledged FIN, S - awaiting inside SYN,
       s - awaiting outside SYN, T - SIP, t - SIP transient, U - up, u - STUN,
       V - VPN orphan, v - M3UA W - WAAS,
       w - secondary domain backup,
       X - inspected by service module,
       x - per session, Y - director stub flow, y - backup stub flow,
       Z - Scansafe redirection, z - forwarding stub flow`
