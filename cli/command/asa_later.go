package command

import "pixsim/appliance/release"

// What 8.4 and later keep and print beside asaSpecs. What stands there without having been typed is that of configurations
// of a 9.3, a 9.4(4)5 and a 9.7(1)4, and of the lines that the lab of an ASAv 9.x begins with.

var (
	since91  = release.Since(release.V(9, 1))
	since94  = release.Since(release.V(9, 4))
	since98  = release.Since(release.V(9, 8))
	since912 = release.Since(release.V(9, 12))
	only98   = since98.Through(release.V(9, 8))
)

var laterSpecs = []storedSpec{
	loginHistorySpec,
	{
		name: "monitor-interface", help: "Enable failover monitoring of an interface", span: inASA, section: release.SectionFailover,
		forms: []form{
			{slot: lit("monitor-interface service-module"), span: since94, usual: []usual{
				{span: since94.Through(release.V(9, 4)), slot: "monitor-interface service-module"},
				{span: since98, slot: "monitor-interface service-module", text: "no monitor-interface service-module "},
			}},
			{slot: seq(lit("monitor-interface"), ifVal()), usual: []usual{{slot: "monitor-interface {if}"}}},
		},
	},
	{
		name: "arp permit-nonconnected", help: "Permit ARP entries of networks that are not connected", span: since84, section: release.SectionARP, noclear: true,
		forms: []form{{slot: lit("arp permit-nonconnected"), usual: []usual{{slot: "arp permit-nonconnected", text: "no arp permit-nonconnected"}}}},
	},
	{
		// unverified: that 9.8 is the first of ours; the rate of a 9.12 is that of ASAv configurations
		name: "arp rate-limit", help: "Limit the ARP packets of a second", span: since98, section: release.SectionARP, noclear: true,
		forms: []form{{slot: lit("arp rate-limit"), rest: numVal("rate", 0, 32768), usual: []usual{
			{span: only98, slot: "arp rate-limit", text: "arp rate-limit 16384"},
			{span: since912, slot: "arp rate-limit", text: "arp rate-limit 8192"},
		}}},
	},
	{
		name: "service sw-reset-button", help: "Enable the reset button of the chassis", span: since94, section: release.SectionService, noclear: true,
		forms: []form{{slot: lit("service sw-reset-button"), usual: []usual{{slot: "service sw-reset-button", text: "service sw-reset-button"}}}},
	},
	{
		name: "crypto ipsec security-association pmtu-aging", help: "Time after which the path MTU is measured again", span: since90, section: release.SectionCrypto, noclear: true,
		forms: []form{{slot: lit("crypto ipsec security-association pmtu-aging"), rest: either(lit("infinite"), numVal("minutes", 10, 30)), usual: []usual{
			{slot: "crypto ipsec security-association pmtu-aging", text: "crypto ipsec security-association pmtu-aging infinite"},
		}}},
	},
	{
		name: "ssh stricthostkeycheck", help: "Check the host keys of servers", span: since91, section: release.SectionSSHCheck, noclear: true,
		forms: []form{{slot: lit("ssh stricthostkeycheck"), usual: []usual{
			{span: since91.Through(release.V(9, 3)), slot: "ssh stricthostkeycheck", text: "no ssh stricthostkeycheck"},
			{span: since94, slot: "ssh stricthostkeycheck", text: "ssh stricthostkeycheck"},
		}}},
	},
	{
		name: "ssh key-exchange", help: "Set the way in which keys are exchanged", span: since91, section: release.SectionSSH, noclear: true,
		forms: []form{{slot: lit("ssh key-exchange group"),
			rest: enumVal("group", "dh-group1-sha1", "dh-group14-sha1", "dh-group14-sha256"), usual: []usual{
				{span: since91.Through(release.V(9, 8)), slot: "ssh key-exchange group", text: "ssh key-exchange group dh-group1-sha1"},
				{span: since912, slot: "ssh key-exchange group", text: "ssh key-exchange group dh-group14-sha256"}, // release notes of 9.12
			}}},
	},
	{
		name: "mac-address auto", help: "Give interfaces MAC addresses of their own", span: since912, section: release.SectionName, noclear: true,
		forms: []form{{slot: lit("mac-address auto"), usual: []usual{{slot: "mac-address auto", text: "no mac-address auto"}}, rest: opt(ref("prefix <0-65535>"))}}, // unverified: for 9.12
	},
	{
		name: "call-home reporting", help: "Report errors anonymously", span: since84, section: release.SectionCallHomeReport, noclear: true,
		forms: []form{{slot: lit("call-home reporting anonymous"), noStays: true}},
	},
}
