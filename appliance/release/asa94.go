package release

import (
	"slices"

	"pixsim/dataplane/inspect/smtp"
)

// asa94 lets TLS pass the inspection of new boxes. Its machine is the virtual one (captures of a 9.3 and of a 9.4(4)5).
var asa94 = derive(asa91, func(r *Release) {
	r.Name, r.Version = "asa-9.4", Version{9, 4, 1, 0}
	r.SMTP = smtp.P94()
	r.Model = asav
	r.Console.RoutesByNet = true
	// unverified: the date
	r.Software = Software{Compiled: "Sat 21-Mar-15 11:43 PDT by builders", Copyright: "1996-2015", File: "boot:/asa%d%d%d-smp-k8.bin", Manager: "7.4(1)"}
	r.Config.Unshown = append(slices.Clone(r.Config.Unshown), "service sw-reset-button") // there is no button
	r.Config.TrailingBlanks, r.Config.PlainACEs = trailing94, true
	r.Boot = bootASAv
	r.Factory, r.Commands = factory94, ""
	r.Text = join(showASAv, showASA94, versionASAv, Catalogue{
		ConfMachine:  "\n: \n: Serial Number: %[1]s\n: Hardware:   %[2]s\n", // a 9.4(4)5 and a 9.7(1)4
		WrittenBy:    ": Written by %[1]s at %[2]s\n!",                      // a 9.3
		InventoryAll: "Name: \"Chassis\", DESCR: \"ASAv Adaptive Security Virtual Appliance\"\nPID: ASAv , VID: V01 , SN: %[1]s\n\n",
	})
})

// asav, as show version of 9.5(2)204 and 9.8(4)10 have it.
var asav = Model{
	Name: "ASAv", MemoryMB: 2048, CPU: "Pentium II 1800 MHz",
	Flash: "Internal ATA Compact Flash, 8192MB\nSlot 1: ATA Compact Flash, 8192MB", BIOS: "Firmware Hub @ 0x0, 0KB",
	Serial: "9AT1L9EX0DF",
	Interfaces: []string{
		"GigabitEthernet0/0", "GigabitEthernet0/1", "GigabitEthernet0/2", "GigabitEthernet0/3", "GigabitEthernet0/4",
		"GigabitEthernet0/5", "GigabitEthernet0/6", "GigabitEthernet0/7", "GigabitEthernet0/8", "Management0/0",
	},
	IRQ: []int{11, 10, 10, 11, 11, 10, 10, 11, 11, 11}, Slots: []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 0},
	NIC: "i82540EM rev03", Mbps: 1000, Virtual: true, Queues: InterfaceRings, MAC: [6]byte{0x50, 0x00, 0x00, 0x0a, 0x00, 0x00},
	Licence: []Feature{
		{"Maximum Physical Interfaces", "10"}, {"Maximum VLANs", "50"}, {"Inside Hosts", "Unlimited"},
		{"Failover", "Active/Standby"}, {"Encryption-DES", "Enabled"}, {"Encryption-3DES-AES", "Enabled"},
		{"Security Contexts", "0"}, {"Carrier", "Disabled"}, {"AnyConnect Premium Peers", "2"},
		{"AnyConnect Essentials", "Disabled"}, {"Other VPN Peers", "250"}, {"Total VPN Peers", "250"},
		{"AnyConnect for Mobile", "Disabled"}, {"AnyConnect for Cisco VPN Phone", "Disabled"},
		{"Advanced Endpoint Assessment", "Disabled"}, {"Shared License", "Disabled"}, {"Total UC Proxy Sessions", "2"},
		{"Botnet Traffic Filter", "Enabled"}, {"Cluster", "Disabled"},
	},
}

// bootASAv: unverified but for what it has in common with boot98. Arguments as boot70.
const bootASAv = `
Platform %[5]s

Loading /%[7]s... Booting...
INIT: version 2.88 booting
Starting udev
Configuring network interfaces... done.
Populating dev cache

Total NICs found: 10
%[2]s
Licensed features for this platform:
%[4]s
Cisco Adaptive Security Appliance Software Version %[3]s

Copyright (c) %[6]s by Cisco Systems, Inc.

` + restrictedRights + `
Reading from flash...
!!!!!...........
`

// trailing94 has no blanks behind addresses and rules any more (configurations of 9.2 and of a 9.7(1)4; but a 9.4(4)5 has
// them still).
var trailing94 = []Section{SectionStatic, SectionAAA, SectionAAAServer, SectionPrompt}
