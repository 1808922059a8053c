package release

// asa72 is the software of 7.2 on the ASA: another machine, and what is named after it.
var asa72 = derive(pix70, func(r *Release) {
	to72(r)
	r.Name, r.Version, r.Platform = "asa-7.2", Version{7, 2, 4, 0}, ASA
	r.Model = asa5510
	r.Boot = boot72ASA
	// unverified: the date
	r.Software = Software{Compiled: "Sun 06-Apr-08 13:39 by builders", Copyright: "1996-2008", File: "disk0:/asa%d%d%d-k8.bin", Manager: "5.2(4)"}
	r.Console.Prompt = "ciscoasa"
	r.Console.SyslogTag = "ASA"
	r.Factory, r.Commands = factory72ASA, factoryManagement
	r.Text = join(diskASA, factoryText, syslog72, Catalogue{
		VersionLine: "ASA Version %[1]s ",
		ShowVersion: "\nCisco Adaptive Security Appliance Software Version %[13]s \nDevice Manager Version %[16]s\n\n" +
			"Compiled on %[14]s\nSystem image file is \"%[15]s\"\n" +
			"Config file at boot was \"%[18]s\"\n\n%[1]s up %[2]s\n\n" +
			"Hardware:   %[7]s, %[6]d MB RAM, CPU %[8]s\n%[9]s\nBIOS Flash %[10]s\n\n" +
			"Encryption hardware device : Cisco ASA-55x0 on-board accelerator (revision 0x0)\n" +
			"                             Boot microcode   : CN1000-MC-BOOT-2.00 \n" +
			"                             SSL/IKE microcode: CNLite-MC-SSLm-PLUS-2.03\n" +
			"                             IPSec microcode  : CNlite-MC-IPSECm-MAIN-2.04\n%[3]s\n" +
			"Licensed features for this platform:\n%[4]s\nThis platform has an ASA 5510 Security Plus license.\n\n" +
			"Serial Number: %[11]s\nRunning Activation Key: %[12]s \nConfiguration register is 0x1\n%[5]s\n",
		VersionFeature: "%-29[1]s: %-10[2]s",
		InventoryAll:   "Name: \"Chassis\", DESCR: \"ASA 5510 Adaptive Security Appliance\"\nPID: ASA5510           , VID: V02     , SN: %[1]s\n\n",
	})
})

// asa80: dynamic access policies, threat detection, clear conn.
var asa80 = derive(asa72, func(r *Release) {
	r.Name, r.Version = "asa-8.0", Version{8, 0, 4, 0}
	// unverified: the date
	r.Software.Compiled, r.Software.Manager = "Thu 07-Aug-08 20:53 by builders", "6.1(3)"
	r.Factory = factory80ASA
})

// asa5510: four ports and the management port.
var asa5510 = Model{
	Name: "ASA5510", MemoryMB: 256, CPU: "Pentium 4 Celeron 1600 MHz",
	Flash: "Internal ATA Compact Flash, 256MB", BIOS: "M50FW080 @ 0xffe00000, 1024KB",
	Serial: "JMX1125K0PX", Activation: "0x7c2bd351 0x1c6f2b60 0x8d62d19c 0xb1e8f0b4 0x0d1c3a9e",
	Interfaces: []string{"Ethernet0/0", "Ethernet0/1", "Ethernet0/2", "Ethernet0/3", "Management0/0"},
	IRQ:        []int{9, 9, 9, 9, 11},
	NIC:        "i82546GB rev03", Queues: InterfaceHangs,
	Management: Adapter{"i82557", 100, InterfacePackets}, // a capture of such a port

	MAC: [6]byte{0x00, 0x1b, 0xd5, 0x89, 0x7e, 0x4c},
	Licence: []Feature{
		{"Maximum Physical Interfaces", "Unlimited"}, {"Maximum VLANs", "100"}, {"Inside Hosts", "Unlimited"},
		{"Failover", "Active/Active"}, {"VPN-DES", "Enabled"}, {"VPN-3DES-AES", "Enabled"}, {"Security Contexts", "2"},
		{"GTP/GPRS", "Disabled"}, {"VPN Peers", "250"}, {"WebVPN Peers", "2"},
	},
}

// boot72ASA: the lines from "Reading from flash..." seen on a 9.8, the rest unverified. Arguments as boot70.
const boot72ASA = `
CISCO SYSTEMS
Embedded BIOS Version 1.0(12)6 08/21/06 17:26:53.43

Evaluating BIOS Options ...
Launch BIOS Extension to setup ROMMON

Cisco Systems ROMMON Version (1.0(12)6) #0: Mon Aug 21 19:34:06 PDT 2006

Platform %[5]s
Use BREAK or ESC to interrupt boot.
Use SPACE to begin boot immediately.
Launching BootLoader...
Default configuration file contains 1 entry.

Searching / for images to boot.

Loading /%[7]s... Booting...
Loading...

Total SSMs found: 0

Total NICs found: 5
%[2]s
Licensed features for this platform:
%[4]s
This platform has an ASA 5510 Security Plus license.

Cisco Adaptive Security Appliance Software Version %[3]s

Copyright (c) %[6]s by Cisco Systems, Inc.

` + restrictedRights + `
Reading from flash...
!!!!!...........
`
