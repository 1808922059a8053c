package release

import "strings"

// show version of the ASA from 8.3 on. VersionInternal: 1 number, 2 name, 3 its address or "", 4 irq.
const VersionInternal Key = "show version internal interface"

const (
	versionHead = "\nCisco Adaptive Security Appliance Software Version %[13]s \n"
	versionFXOS = "Firepower Extensible Operating System Version %[17]s\n"
	versionBody = "Device Manager Version %[16]s\n\nCompiled on %[14]s\nSystem image file is \"%[15]s\"\n" +
		"Config file at boot was \"%[18]s\"\n\n%[1]s up %[2]s\n\n"
	versionMachine = "Hardware:   %[7]s, %[6]d MB RAM, CPU %[8]s\n%[9]s\nBIOS Flash %[10]s\n\n"
	versionTail    = "Serial Number: %[11]s\nRunning Permanent Activation Key: %[12]s \nConfiguration register is 0x1\n" +
		"Image type                : Release\nKey Version               : A\n%[5]s\n"
	versionLicence = "\nLicensed features for this platform:\n%[4]s\nThis platform has a Base license.\n\n"
	versionSame    = "The flash permanent activation key is the SAME as the running permanent key.\n\n"
)

// version83 is that of an 8.4(1) on a 5520; unverified: for 8.3.
var version83 = Catalogue{
	ShowVersion: versionHead + versionBody + versionMachine +
		"Encryption hardware device : Cisco ASA-55x0 on-board accelerator (revision 0x0)\n" +
		"                             Boot microcode   : CN1000-MC-BOOT-2.00 \n" +
		"                             SSL/IKE microcode: CNLite-MC-SSLm-PLUS-2.03\n" +
		"                             IPsec microcode  : CNlite-MC-IPSECm-MAIN-2.06\n%[3]s" +
		versionLicence + versionSame + versionTail,
	VersionFeature:  "%-34[1]s: %-15[2]sperpetual",
	VersionInternal: "%2[1]d: Int: %-20[2]s: %[3]sirq %[4]d",
}

// versionASAv is that of a 9.5(2)204, and with the system below of a 9.8(4)10.
var (
	versionASAv   = versionOfASAv("")
	versionASAv98 = versionOfASAv(versionFXOS)
)

func versionOfASAv(below string) Catalogue {
	return Catalogue{
		ShowVersion: versionHead + below + versionBody +
			"Hardware:   %[7]s, %[6]d MB RAM, CPU %[8]s,\nModel Id:   ASAv10\n%[9]s\nBIOS Flash %[10]s\n\n\n%[3]s\n" +
			"License mode: Smart Licensing\nASAv Platform License State: Unlicensed\n" +
			"No active entitlement: no feature tier and no throughput level configured\n" +
			"*Memory resource allocation is more than the permitted limit.\n\n" +
			"Licensed features for this platform:\n%[4]s\nSerial Number: %[11]s\n\n" +
			"Image type          : Release\nKey version         : A\n\n%[5]s\n",
		VersionFeature: "%-34[1]s: %-15[2]s",
	}
}

// version5516 is that of a 9.8(4)22 on a 5506-X and of a 9.9(2)32 on a 5516-X.
var version5516 = Catalogue{
	ShowVersion: versionHead + versionFXOS + versionBody + versionMachine +
		"Encryption hardware device : Cisco ASA Crypto on-board accelerator (revision 0x1)\n" +
		"                             Number of accelerators: 1\n\n%[3]s" + versionLicence + versionTail,
	VersionFeature: "%-34[1]s: %-15[2]sperpetual",
}

// licence83 is that of a 5520 and, but for its numbers, of a 5510; unverified: for both.
func licence83(vlans, peers string) []Feature {
	return []Feature{
		{"Maximum Physical Interfaces", "Unlimited"}, {"Maximum VLANs", vlans}, {"Inside Hosts", "Unlimited"},
		{"Failover", "Active/Active"}, {"VPN-DES", "Enabled"}, {"VPN-3DES-AES", "Enabled"}, {"Security Contexts", "2"},
		{"GTP/GPRS", "Disabled"}, {"AnyConnect Premium Peers", "2"}, {"AnyConnect Essentials", "Disabled"},
		{"Other VPN Peers", peers}, {"Total VPN Peers", peers}, {"Shared License", "Disabled"}, {"AnyConnect for Mobile", "Disabled"},
		{"AnyConnect for Cisco VPN Phone", "Disabled"}, {"Advanced Endpoint Assessment", "Disabled"},
		{"UC Phone Proxy Sessions", "2"}, {"Total UC Proxy Sessions", "2"}, {"Botnet Traffic Filter", "Disabled"},
		{"Intercompany Media Engine", "Disabled"},
	}
}

// boot83 is boot72ASA with the licence that version83 tells of. Arguments as boot70.
var boot83 = strings.Replace(boot72ASA, "an ASA 5510 Security Plus license", "a Base license", 1)
