package release

// services40 is what the services of the box say in every release, as far as later ones do not say otherwise: TFTP.
var services40 = Catalogue{
	Grooming:      "Grooming flash. This will take a moment. DO NOT INTERRUPT.", // 3.0.6 release notes
	NoFloppy:      "No floppy drive",                                            // unverified:
	TFTPWrite:     "TFTP write '%[1]s' at %[2]s on interface %[3]d",             // unverified:
	TFTPRead:      "TFTP read '%[1]s' at %[2]s on interface %[3]d",              // unverified:
	TFTPFailed:    "[FAILED]",                                                   // unverified:
	TFTPTimedOut:  "tftp: Timed out",                                            // unverified:
	TFTPRefused:   "tftp: Error code %[1]d: %[2]s",                              // unverified:
	TFTPTooBig:    "tftp: File too big",                                         // unverified:
	TFTPUnsecure:  "Warning: tftp server on the outside interface is unsecure",  // unverified: but that it warns
	ImageFrom:     "Address or name of remote host [127.0.0.1]? ",               // 6.x configuration guide
	ImageFile:     "Source file name [cdisk]? ",                                 // the same
	ImageCopying:  "copying %[1]s to %[2]s",
	ImageSure:     "[yes|no|again]? ",
	ImageReceived: "Received %[1]d bytes",
	ImageRefused:  "The image is not installed: the simulator runs the software that it was started with",

	DHCPTooMany: "Invalid: the pool is limited to %[1]d addresses",                                    // unverified:
	DHCPBadPool: "Invalid: the pool is not in the network of interface %[1]s, or has its own address", // unverified:
	// From an ASA. unverified: before 7.0, and that a pool which fits the new address stays.
	DHCPPoolGone: "WARNING: DHCPD bindings cleared on interface '%[1]s', address pool removed",
	// 6.x command reference.
	DHCPBindingHead: "IP Address       Hardware Address        Lease Expiration        Type",
	DHCPBinding:     "%-16[1]v %-23[2]s %[3]d seconds           automatic",
	DHCPStatistics: "Address Pools        %[1]d\nAutomatic Bindings   %[2]d\nExpired Bindings     %[3]d\nMalformed messages   %[4]d\n\n" +
		"Message              Received\nBOOTREQUEST          %[5]d\nDHCPDISCOVER         %[6]d\nDHCPREQUEST          %[7]d\n" +
		"DHCPDECLINE          %[8]d\nDHCPRELEASE          %[9]d\nDHCPINFORM           %[10]d\n\n" +
		"Message              Sent\nBOOTREPLY            %[11]d\nDHCPOFFER            %[12]d\nDHCPACK              %[13]d\nDHCPNAK              %[14]d\n",

	// unverified: after the manner of IOS.
	NTPStatus: "Clock is unsynchronized, stratum 16, no reference clock\nnominal freq is 99.9984 Hz, actual freq is 99.9984 Hz, precision is 2**6\n" +
		"reference time is 00000000.00000000 (06:28:16.000 UTC Thu Feb 7 2036)\nclock offset is 0.0000 msec, root delay is 0.00 msec\n" +
		"root dispersion is 0.00 msec, peer dispersion is 0.00 msec\n",
	NTPHead:   "      address         ref clock     st  when  poll reach  delay  offset    disp\n",
	NTPServer: " ~%-18[1]s 0.0.0.0           16     -    64    0     0.0    0.00  16000.",
	// unverified: the layout, that of IOS.
	NTPDetail: "%[1]s configured, insane, invalid, unsynced, stratum 16\nref ID 0.0.0.0, time 00000000.00000000 (06:28:16.000 UTC Thu Feb 7 2036)\n" +
		"our mode client, peer mode unspec, our poll intvl 64, peer poll intvl 64\nroot delay 0.00 msec, root disp 0.00, reach 0, sync dist 0.000\n" +
		"delay 0.00 msec, offset 0.0000 msec, dispersion 16000.00\nprecision 2**0, version 3\n\n",
	NTPLegend: " * master (synced), # master (unsynced), + selected, - candidate, ~ configured\n",

	LoggingQueue: "\tLogging Queue length limit: %[1]s\n\tCurrent %[2]d msg on queue, %[3]d msgs most on queue, %[4]d msg discard.\n", // 6.x command reference

	SyslogSaveFailed: "5-111004 %[1]s end configuration: FAILED",
}

// services70: copy asks in the manner of the later releases.
var services70 = Catalogue{
	CopyHost:     "\nAddress or name of remote host [%[1]s]? ",
	CopyFile:     "\nSource filename [%[1]s]? ",
	CopyAccess:   "\nAccessing %[1]s...",
	CopyFailed:   "%%Error opening %[1]s (%[2]s)",
	TFTPWrite:    "",
	TFTPRead:     "",
	TFTPTimedOut: "Timed out attempting to connect",
	TFTPRefused:  "%[2]s",
	TFTPTooBig:   "File too big",
	TFTPUnsecure: "",
}

// services60 is the DHCP client. unverified: recalled from the examples of the 6.x command reference; the words of what goes
// wrong are those of IOS, or the simulator's own.
var services60 = Catalogue{
	ShowLease: "Temp IP Addr:%[1]s for peer on interface:%[2]s\nTemp sub net mask:%[3]s\n" +
		"   DHCP Lease server:%[4]s, state:%[5]d %[6]s\n   DHCP Transaction id:0x%[7]X\n" +
		"   Lease:%[8]d secs,  Renewal:%[9]d secs,  Rebind:%[10]d secs\n   Temp default-gateway addr:%[11]s\n" +
		"   Next timer fires after:%[12]d secs\n   Retry count:%[13]d,   Client-ID:%[14]s",
	DebugLeaseAsk:   "DHCP:%[1]s attempt # %[2]d for entry:\n%[3]s",
	DebugLeaseSent:  "DHCP:%[1]s:sending %[2]d byte length DHCP packet\nDHCP:%[1]s %[2]d bytes\nDHCP packet to %[3]s from %[4]s",
	DebugLeaseHeard: "DHCP client msg received, fip=%[1]s, fport=%[2]d\nDHCP:Received a BOOTREP pkt",
	DebugLeaseScan: "DHCP:Scan:Message type:DHCP %[1]s\nDHCP:Scan:Server ID Option:%[2]s\nDHCP:Scan:Lease Time:%[3]d\n" +
		"DHCP:Scan:Subnet Address Option:%[4]s\nDHCP:Scan:DNS Name Server Option:%[5]s\nDHCP:Scan:Domain Name:%[6]s\n" +
		"DHCP:Scan:NBNS Name Server Option:%[7]s\nDHCP:Scan:Router Address Option:%[8]s",
	DebugLeaseGot:     "DHCP Client Pooling:***Allocated IP address:%[1]s\nAllocated IP address = %[1]s, netmask = %[2]s, gateway = %[3]s",
	DebugLeaseRefused: "DHCP:NAK received from %[1]s",
	DebugLeaseUseless: "DHCP:unusable answer of %[1]s ignored",
	DebugLeaseNone:    "%%Unknown DHCP problem.. No allocation possible",

	RouteLeased: "\t%[1]s %[2]s %[3]s %[4]s %[5]d DHCP static",

	SyslogLeased:    "6-604101 DHCP client interface %[1]s: Allocated ip = %[2]s, mask = %[3]s, gw = %[4]s", // seen on an ASA
	SyslogLeaseLost: "6-604102 DHCP client interface %[1]s: address released",
}
