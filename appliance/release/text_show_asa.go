package release

import (
	"strconv"
	"strings"
)

// Shows of 7.0 and later.
const (
	FailoverHeadOff  Key = "show failover head off"
	FailoverHeadOn   Key = "show failover head on"
	FailoverSettings Key = "show failover settings" // 1 unit, 2 LAN interface, 3 monitored interfaces; with its line ends
	FailoverVersions Key = "show failover versions" // 1 version, 2 serial number, 3 since when; with its line ends
	FailoverHost     Key = "show failover host"     // 1 "This" or "Other", 2 unit, 3 state, 4 seconds; with its line ends
	FailoverSlot     Key = "show failover slot"     // 1 model, 2 version; with its line end
	FailoverPort     Key = "show failover port"     // 1 name, 2 address, 3 state; with its line end
	FailoverObjects  Key = "show failover objects"  // a line each
	Environment      Key = "show environment"       // with its line ends; "" where the machine has no sensors
	// ARPStatistics: 1 entries, 2 dropped, 3 4 queued at most and now, 5 collisions, 6 retries, 7 8 unresolved now and at most, 9 "ASA"; with
	// its line ends.
	ARPStatistics   Key = "show arp statistics"
	ModuleTable     Key = "show module"           // 1 description, 2 model, 3 serial number, 4 5 first and last MAC address, 6 version; with its line ends
	NoPool          Key = "no local pool"         // 1 name
	NoISAKMP        Key = "no isakmp sas"         // with its line ends
	NoTunnels       Key = "no vpn sessions"       // show vpn-sessiondb of a kind
	SmartLicence    Key = "show license all"      // "" where licences are no smart ones; 1 model, 2 serial number; with its line ends
	Aggregated      Key = "show traffic physical" // heading of the physical interfaces; with its line ends
	ReloadNone      Key = "no reload"             //
	ReloadScheduled Key = "reload scheduled"      // 1 when, 2 in how long
	ReloadReason    Key = "reload reason"         // 1 why
	ShutdownIn      Key = "shutdown in"           // what every session is told. 1 h:mm:ss; with its line ends
	ShutdownAborted Key = "shutdown aborted"      // the same of a reload that was called off
	KeyKept         Key = "key kept"              // 1 name
	KeysZeroize     Key = "keys zeroize"          // a question
	KeyZeroize      Key = "key zeroize"           // the same of one pair. 1 name
	KeyNone         Key = "key none"              // there is none of that name. 1 name
	KeyShownASA     Key = "show crypto key"       // 1 time, 2 name, 3 usage, 4 bits, 5 lines of data; with its line ends
	InterfaceStates Key = "show interface detail" // what detail adds. 1 number, 2 "active" or "not active"; with its line ends
)

// showASA70 is what 7.0 and later print of what they do: captures of 7.2 to 8.6 on several models unless said otherwise.
var showASA70 = Catalogue{
	FailoverHeadOff: "Failover Off ",
	FailoverHeadOn:  "Failover On ",
	FailoverSettings: "Failover unit %[1]s\nFailover LAN Interface: %[2]s\nUnit Poll frequency 1 seconds, holdtime 15 seconds\n" +
		"Interface Poll frequency 5 seconds, holdtime 25 seconds\nInterface Policy 1\nMonitored Interfaces %[3]d of 250 maximum\n",
	FailoverVersions: "Version: Ours %[1]s, Mate Unknown\nLast Failover at: %[3]s\n",
	FailoverHost:     "\t%[1]s host: %[2]s - %[3]s \n\t\tActive time: %[4]d (sec)\n",
	FailoverSlot:     "\t\tslot 0: %[1]s hw/sw rev (1.0/%[2]s) status (Up Sys)\n",
	FailoverPort:     "\t\t  Interface %[1]s (%[2]s): %[3]s (Waiting)\n",
	FailoverObjects: "General\nsys cmd\nup time\nRPC services\nTCP conn\nUDP conn\nARP tbl\nXlate_Timeout\nVPN IKE upd\nVPN IPSEC upd\nVPN CTCP upd\n" +
		"VPN SDI upd\nVPN DHCP upd",
	Environment: "",
	// from memory of the command reference's sample. unverified: the blanks.
	ARPStatistics: "\tNumber of ARP entries:\n\t%[9]s : %[1]d\n\n\tDropped blocks in ARP: %[2]d\n\tMaximum Queued blocks: %[3]d\n" +
		"\tQueued blocks: %[4]d\n\tInterface collision ARPs Received: %[5]d\n\tARP-defense Gratuitous ARPS sent: 0\n" +
		"\tTotal ARP retries: %[6]d\n\tUnresolved hosts: %[7]d\n\tMaximum Unresolved hosts: %[8]d\n",
	// Captures of 8.4 and 8.6.
	ModuleTable: "Mod Card Type                                    Model              Serial No. \n" +
		"--- -------------------------------------------- ------------------ -----------\n" +
		"  0 %-44[1]s %-18[2]s %-11[3]s\n\n" +
		"Mod MAC Address Range                 Hw Version   Fw Version   Sw Version     \n" +
		"--- --------------------------------- ------------ ------------ ---------------\n" +
		"  0 %[4]s to %[5]s  1.0          1.0(12)6     %[6]s\n\n" +
		"Mod SSM Application Name           Status           SSM Application Version\n" +
		"--- ------------------------------ ---------------- --------------------------\n\n" +
		"Mod Status             Data Plane Status     Compatibility\n" +
		"--- ------------------ --------------------- -------------\n" +
		"  0 Up Sys             Not Applicable        \n",
	NoPool:       "ERROR: pool %[1]s does not exist",                                       // unverified
	NoISAKMP:     "\nThere are no isakmp sas\n",                                            // unverified
	NoTunnels:    "INFO: There are presently no active sessions of the type specified\n\n", // unverified
	SmartLicence: "",
	// ASA command reference.
	ReloadNone:      "No reload is scheduled.",
	ReloadScheduled: "Reload scheduled for %[1]s (in %[2]s)",
	ReloadReason:    "Reload reason: %[1]s", // unverified
	ShutdownIn:      "\n\n***\n*** --- SHUTDOWN in %[1]s ---\n",
	ShutdownAborted: "\n\n***\n*** --- SHUTDOWN ABORTED ---\n",
	KeyKept:         "ERROR: Failed to create new RSA keys named %[1]s",
	KeysZeroize:     "WARNING: All RSA keys will be removed.\nWARNING: All device digital certificates issued using these keys will also be removed.\n\nDo you really want to remove these keys? [yes/no]: ",     // unverified
	KeyZeroize:      "WARNING: Keys named %[1]s will be removed.\nWARNING: All device digital certificates issued using these keys will also be removed.\n\nDo you really want to remove these keys? [yes/no]: ", // unverified
	KeyNone:         "ERROR: No RSA keypair named %[1]s",                                                                                                                                                         // unverified
	KeyShownASA:     "Key pair was generated at: %[1]s\nKey name: %[2]s\n Usage: %[3]s\n Modulus Size (bits): %[4]d\n Key Data:\n\n%[5]s\n",                                                                      // unverified
	Aggregated:      "\n----------------------------------------\nAggregated Traffic on Physical Interface\n----------------------------------------\n",
	InterfaceStates: "  Control Point Interface States:\n\tInterface number is %[1]d\n\tInterface config status is %[2]s\n\tInterface state is %[2]s\n",
}

// showASA84: IKE has two versions.
var showASA84 = Catalogue{
	NoISAKMP: "\nThere are no IKEv1 SAs\n\nThere are no IKEv2 SAs\n",
	FailoverObjects: "General\nsys cmd\nup time\nRPC services\nTCP conn\nUDP conn\nARP tbl\nXlate_Timeout\nIPv6 ND tbl\nVPN IKEv1 SA\nVPN IKEv1 P2\n" +
		"VPN IKEv2 SA\nVPN IKEv2 P2\nVPN CTCP upd\nVPN SDI upd\nVPN DHCP upd\nSIP Session\nRoute Session\nUser-Identity",
}

// showASA91 are captures of 9.3 to 9.12.
var showASA91 = Catalogue{
	FailoverSettings: "Failover unit %[1]s\nFailover LAN Interface: %[2]s\nReconnect timeout 0:00:00\n" +
		"Unit Poll frequency 1 seconds, holdtime 15 seconds\nInterface Poll frequency 5 seconds, holdtime 25 seconds\nInterface Policy 1\n" +
		"Monitored Interfaces %[3]d of 160 maximum\nMAC Address Move Notification Interval not set\n",
	FailoverVersions: "Version: Ours %[1]s, Mate Unknown\nSerial Number: Ours %[2]s, Mate Unknown\nLast Failover at: %[3]s\n",
	FailoverObjects: "General\nsys cmd\nup time\nRPC services\nTCP conn\nUDP conn\nARP tbl\nXlate_Timeout\nIPv6 ND tbl\nVPN IKEv1 SA\nVPN IKEv1 P2\n" +
		"VPN IKEv2 SA\nVPN IKEv2 P2\nVPN CTCP upd\nVPN SDI upd\nVPN DHCP upd\nSIP Session\nSIP Tx\nSIP Pinhole\nRoute Session\nRouter ID\nUser-Identity\n" +
		"CTS SGTNAME\nCTS PAC\nTrustSec-SXP\nIPv6 Route\nSTS Table",
	ModuleTable: "Mod  Card Type                                    Model              Serial No. \n" +
		"---- -------------------------------------------- ------------------ -----------\n" +
		"   0 %-44[1]s %-18[2]s %-11[3]s\n\n" +
		"Mod  MAC Address Range                 Hw Version   Fw Version   Sw Version     \n" +
		"---- --------------------------------- ------------ ------------ ---------------\n" +
		"   0 %[4]s to %[5]s  1.0          2.1(9)8      %[6]s\n\n" +
		"Mod  SSM Application Name           Status           SSM Application Version\n" +
		"---- ------------------------------ ---------------- --------------------------\n\n" +
		"Mod  Status             Data Plane Status     Compatibility\n" +
		"---- ------------------ --------------------- -------------\n" +
		"   0 Up Sys             Not Applicable        \n",
}

// showASA94 are captures of 9.x.
var showASA94 = Catalogue{
	RouteHead: `
Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area 
       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2
       E1 - OSPF external type 1, E2 - OSPF external type 2, V - VPN
       i - IS-IS, su - IS-IS summary, L1 - IS-IS level-1, L2 - IS-IS level-2
       ia - IS-IS inter area, * - candidate default, U - per-user static route
       o - ODR, P - periodic downloaded static route, + - replicated route
%[1]s

`,
	RouteStatic:    "S%[6]s       %[2]s %[3]s [%[5]d/0] via %[4]s, %[1]s",
	RouteLeased:    "S%[6]s       %[2]s %[3]s [%[5]d/0] via %[4]s, %[1]s", // unverified
	RouteConnected: "C        %[2]s %[3]s is directly connected, %[1]s\nL        %[4]s 255.255.255.255 is directly connected, %[1]s",
}

// showASAv is of the virtual machine: captures of a 9.12(2) that was never licensed.
var showASAv = Catalogue{
	FailoverSettings: strings.Replace(showASA91[FailoverSettings], "of 160 maximum", "of 61 maximum", 1),
	ModuleTable:      showASA91[ModuleTable],
	FailoverSlot:     "\t\tslot 0: %[1]s hw/sw rev (/%[2]s) status (Up Sys)\n",
	// unverified: the layout is that of captures of registered boxes.
	SmartLicence: "\nSmart Licensing Status\n======================\n\nSmart Licensing is ENABLED\n\nRegistration:\n  Status: UNREGISTERED\n" +
		"  Export-Controlled Functionality: NOT ALLOWED\n\nLicense Authorization: \n  Status: No Licenses in Use\n\nLicense Usage\n==============\n\n" +
		"No licenses in use\n\nProduct Information\n===================\nUDI: PID:%[1]s,SN:%[2]s\n\nAgent Version\n=============\n" +
		"Smart Agent for Licensing: 1.6.2_rel/106\n",
}

// showASA5516 is of a 5516-X (captures of 9.6 and 9.9): its slots are numbered from 1.
var showASA5516 = Catalogue{
	FailoverSettings: showASA91[FailoverSettings],
	FailoverSlot:     strings.Replace(showASA70[FailoverSlot], "slot 0", "slot 1", 1),
	// from memory of the command reference's sample of a 5555-X; unverified. The figures are always these.
	Environment: "\nCooling Fans:\n-----------------------------------\n\n   Chassis Fans:\n   --------------------------------\n" +
		"   Cooling Fan 1: 7168 RPM - OK\n\nTemperature:\n-----------------------------------\n\n   Processors:\n" +
		"   --------------------------------\n   Processor 1: 44.0 C - OK\n\n   Ambient:\n   --------------------------------\n" +
		"   Ambient 1: 29.0 C - OK\n\n",
	ModuleTable:  strings.Replace(strings.ReplaceAll(showASA91[ModuleTable], "   0 ", "   1 "), "2.1(9)8 ", "1.1.8   ", 1),
	SmartLicence: "",
}

// Cores are those that a model's CPU says it has, "1 CPU (8 cores)"; else one.
func (m *Model) Cores() int {
	_, text, _ := strings.Cut(m.CPU, "CPU (")
	digits, _, _ := strings.Cut(text, " ")
	if n, err := strconv.Atoi(digits); err == nil && n > 0 {
		return n
	}
	return 1
}
