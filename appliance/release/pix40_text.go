package release

// text40 is the wording of PIX 4.0 and, as far as later releases do not say otherwise, of all others.

// console40: unknown commands and usage from the Cisco PIX 4.0 command reference; dialogues from captures of 5.x and 6.x
// where nothing older was found.
var console40 = Catalogue{
	Greeting:       "Type `?' for a list of commands", // unverified: seen as the reply to an unknown command
	UnknownCommand: "Type `?' for a list of commands", // Cisco PIX 4.0 command reference
	Welcome: "\nWelcome to the PIX firewall\n\nCopyright (c) %[1]s by Cisco Systems, Inc.\n" + // unverified
		restrictedRights + "\n",
	Incomplete:      "",
	UsageFirst:      "usage: ", // Cisco PIX 4.0 command reference
	UsageNext:       "       ",
	HelpIntro:       "",
	HelpUsage:       "",
	HelpDescription: "",
	HelpSyntax:      "",
	HelpAlso:        "",
	PasswordPrompt:  "Password: ",
	UsernamePrompt:  "Username: ",
	InvalidPassword: "Invalid password",
	AccessDenied:    "Access denied.",
	Logoff:          "\nLogoff\n\n",
	More:            "<--- More --->",
	LineInUse:       "The console line is in use.",
	IdleLogoff:      "",
	CommandTooLong:  "Command too long", // unverified
	BootRefused:     "Config Error -- %[2]s",
	BootChecksum:    "",
	BootTests:       "",
	BootInterface:   "mcwa %[1]s Ethernet at irq %2[2]d  MAC: %[3]s",
	NoStartup:       "",
	OtherVersion: "Configuration Compatibility Warning:\nThe config is from version %[1]s.\n" +
		"but the image is version %[2]s.",

	Building:      "Building configuration...",
	Done:          "[OK]",
	SavedChecksum: "", // unverified: 4.0 and 4.1 print none
	BytesCopied:   "",
	SaveFailed:    "[FAILED] %[1]v",
	TerminalHead:  "Building configuration...\n",
	TerminalTail:  "[OK]\n",
	EraseConfirm:  "Erase PIX configuration in flash memory? [confirm] ",
	EraseDone:     "",
	NoConfig:      "",
	NotBuilt:      "%[1]s is not supported",
	NoStandby:     "Failover is not enabled", // unverified
	ReloadConfirm: "Proceed with reload?  [confirm] ",
	ReloadSave:    "",
	Rebooting:     "\nRebooting....\n\n",
	ConfigLoaded:  "",
	WrittenBy:     ":",
	VersionLine:   "PIX Version %[1]s",
	ModifiedBy:    "",
	NotModified:   "",
	ClockBad:      "Invalid time",
	NoSuchSession: "", // unverified: kill of a session that is not there is silent
	NoRoute:       "no route to %[1]s",
	UnknownIf:     "interface name \"%[1]s\" is not defined", // unverified
	XlatesCleared: "",
	DebugICMPOn:   "ICMP trace on\nWarning: this may cause problems on busy networks",
	DebugICMPOff:  "ICMP trace off",
	DebugAllOff:   "",
	NoDebug:       "",
	ShowDebugICMP: "debug icmp trace",

	// unverified: but for the order of the parts and the first line of a header
	DebugPacketIP: "--------- PACKET ---------\n-- IP --\n%[1]s\t==>\t%[2]s\n" +
		"\tver = 0x%[3]x\thlen = 0x%[4]x\ttos = 0x%[5]x\ttlen = 0x%[6]x\n\tid = 0x%[7]x\tflags = 0x%[8]x\tfrag off=0x%[9]x\n" +
		"\tttl = 0x%[10]x\tproto=0x%[11]x\tchksum = 0x%[12]x\n",
	DebugPacketTCP: "\t-- TCP --\n\t\tsource port = 0x%[1]x\tdest port = 0x%[2]x%[3]s\n\t\tseq = 0x%[4]x\n\t\tack = 0x%[5]x\n" +
		"\t\thlen = 0x%[6]x\t\twindow = 0x%[7]x\n\t\tchecksum = 0x%[8]x\turg = 0x%[9]x\n",
	DebugPacketUDP: "\t-- UDP --\n\t\tsource port = 0x%[1]x\tdest port = 0x%[2]x\n\t\tlen = 0x%[3]x\tchecksum = 0x%[4]x\n",
	DebugPacketICMP: "\t-- ICMP --\n\t\ttype = 0x%[1]x\tcode = 0x%[2]x\tchecksum=0x%[3]x\n" +
		"\t\tidentifier = 0x%[4]x\tseq = 0x%[5]x\n",
	DebugPacketData: "\t-- DATA --\n",
	DebugPacketRow:  "\t\t%08[1]x:%[2]s | %[3]s\n",
	DebugPacketEnd:  "--------- END OF PACKET ---------\n",

	ReasonFINs:       "TCP FINs",
	ReasonResetI:     "TCP Reset-I",
	ReasonResetO:     "TCP Reset-O",
	ReasonFINTimeout: "FIN Timeout",
	ReasonSYNTimeout: "SYN Timeout",
	ReasonIdle:       "Conn-timeout",
	ReasonXlateClear: "Xlate Clear",
	ReasonConnClear:  "Xlate Clear",
	ReasonDeny:       "Deny",
	ReasonInvalidSYN: "Invalid SYN",
}

const restrictedRights = `                Restricted Rights Legend

Use, duplication, or disclosure by the Government is
subject to restrictions as set forth in subparagraph
(c) of the Commercial Computer Software - Restricted
Rights clause at FAR sec. 52.227-19 and subparagraph
(c) (1) (ii) of the Rights in Technical Data and Computer
Software clause at DFARS sec. 252.227-7013.

                Cisco Systems, Inc.
                170 West Tasman Drive
                San Jose, California 95134-1706
`

// show40: unverified unless a later release's file says where its change was seen: no capture of a 4.0 or 4.1 was found.
var show40 = Catalogue{
	ShowVersion: "PIX Version %[13]s\n\n" +
		"Compiled on %[14]s\n\n%[1]s up %[2]s\n\n" +
		"Hardware:   %[7]s, %[6]d MB RAM\nCPU:  %[8]s\nFlash  %[9]s\n\n%[3]s\n" +
		"Serial Number: %[11]s\n%[4]sActivation Key: %[12]s\n",
	VersionInterface: "%[1]d: %[2]s: address is %[3]s, irq %[4]d",
	VersionFeature:   "%[1]s %[2]s",

	ConnCount: "%[1]d in use, %[3]d remain, %[2]d most used",
	ConnLine:  "%[1]s out %[2]s:%[3]d in %[4]s:%[5]d idle %[6]s Bytes %[7]d flags %[8]s",
	ConnUDP:   "%[1]s out %[2]s:%[3]d in %[4]s:%[5]d idle %[6]s flags %[8]s",

	XlateCount:     "",
	XlateNumber:    "%[1]d in use, %[2]d most used",
	XlateNAT:       "Global %[1]s Local %[3]s nconns %[6]d econns %[7]d flags %[8]s",
	XlateStatic:    "Global %[1]s Local %[3]s static nconns %[6]d econns %[7]d flags %[8]s",
	XlatePAT:       "PAT Global %[1]s(%[2]d) Local %[3]s(%[4]d)",
	XlatePATStatic: "PAT Global %[1]s(%[2]d) Local %[3]s(%[4]d) static",
	XlateICMP:      "PAT Global %[1]s(%[2]d) Local %[3]s ICMP id %[5]d",

	InterfaceHead:      `interface %[1]s "%[2]s" is %[3]s, line protocol is %[4]s`,
	InterfaceUnplugged: "up",
	InterfaceBody: "  Hardware is %[1]s ethernet, address is %[2]s\n%[4]s" +
		"  MTU %[3]s bytes, BW %[11]d Kbit %[12]s duplex\n" +
		"\t%[5]d packets input, %[6]d bytes, %[18]d no buffer\n" +
		"\tReceived %[7]d broadcasts, %[10]d runts, %[17]d giants\n" +
		"\t%[19]d input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored, 0 abort\n" +
		"\t%[8]d packets output, %[9]d bytes, 0 underruns\n" +
		"\t0 output errors, 0 collisions, 0 interface resets\n" +
		"\t0 babbles, 0 late collisions, 0 deferred\n" +
		"\t0 lost carrier, 0 no carrier\n" +
		"\tinput queue (curr/max blocks): hardware (128/128) software (%[20]d/%[21]d)\n" +
		"\toutput queue (curr/max blocks): hardware (0/0) software (0/0)\n",
	InterfaceTraffic:   "",
	InterfaceRates:     "",
	InterfaceAddress:   "  IP address %[1]s, subnet mask %[2]s\n",
	InterfaceNoAddress: "",

	IPAddressHead:  "",
	IPAddressNow:   "",
	IPAddressLine:  "%[1]s ip address %[2]s mask %[3]s",
	NameifHead:     "",
	NameifLine:     "nameif %[1]s %[2]s security%[3]d",
	RouteHead:      "",
	RouteNoGateway: "",
	RouteGateway:   "",
	RouteStatic:    "\t%[1]s %[2]s %[3]s %[4]s %[5]d OTHER static",
	RouteConnected: "\t%[1]s %[2]s %[3]s %[4]s 1 CONNECT static", // seen on 6.x
	ARPLine:        "\t%[1]s %[2]s %[3]s ",
	ConduitLine:    "%[1]s", // counters from 4.4 on
	TelnetLine:     "\t%[1]s %[2]s",
	WhoLine:        "%[1]d: From %[2]s",

	Memory:     "%[3]d bytes total, %[1]d bytes free\n",
	Terminal:   "Width = %[1]d, %[2]s\n",
	BlocksHead: "  SIZE    MAX    LOW    CNT",
	// show processes: columns as Cisco document 22040 shows them for 6.2. A process here has no address of its code or stack.
	ProcessHead: "\n    PC       SP       STATE       Runtime    SBASE     Stack Process\n",
	ProcessLine: "%[1]s 00000000 00000000 00000000 %10[2]d 00000000 0/0 %[3]s",
	// unverified: failover and uauth, from memory of 5.x and 6.x.
	FailoverOff: "Failover Off\nCable Status: My side not connected\nReconnect timeout %[1]s\n",
	FailoverOn: "Failover On\nCable Status: Other side not connected\nReconnect timeout %[1]s\n" +
		"        This host: Primary - Active \n                Active time: %[3]d (sec)\n%[4]s" +
		"        Other host: Secondary - Standby \n                Active time: 0 (sec)\n%[5]s",
	FailoverIf: "                Interface %[1]s (%[2]s): %[3]s",
	KeyShown:   "Serial Number: %[1]s\n%[3]sActivation Key: %[2]s\n",
	ShowHW:     "Hardware:   %[1]s, %[2]d MB RAM\nCPU:  %[3]s\nFlash  %[4]s\n\n%[5]s",
	TechHead:   "\n------------------ %[1]s ------------------\n\n",
	ARPTimeout: "arp timeout %[1]d seconds",
	AuthTable: "                        Current    Most Seen\n" +
		"Authenticated Users       0          0\nAuthen In Progress        0          0\n",
	PingStart: "",
	PingGood:  "\t%[1]s response received -- %[2]dms", // seen on 6.x
	PingBad:   "\t%[1]s NO response received -- %[2]dms",
	PingEnd:   "",

	DebugEcho:      "%[9]s ICMP %[10]s (len %[12]d id %[6]d seq %[7]d) %[4]s > %[11]s > %[13]s",
	DebugTranslate: "",
}

// syslog40: numbers and words as the log guides of 4.x to 6.x and field samples give them.
var syslog40 = Catalogue{
	SyslogBuiltTCP:  "6-302001 Built %[1]s TCP connection %[2]v for faddr %[5]s gaddr %[8]s laddr %[7]s",
	SyslogTornTCP:   "6-302002 Teardown TCP connection %[2]v faddr %[5]s gaddr %[8]s laddr %[7]s duration %[9]s bytes %[10]v (%[11]s)",
	SyslogBuiltUDP:  "6-302005 Built UDP connection for faddr %[5]s gaddr %[8]s laddr %[7]s",
	SyslogTornUDP:   "6-302006 Teardown UDP connection for faddr %[5]s gaddr %[8]s laddr %[7]s",
	SyslogBuiltICMP: "",
	SyslogTornICMP:  "",

	SyslogBuiltXlate: "6-305002 Translation built for gaddr %[6]s to laddr %[4]s",
	SyslogTornXlate:  "6-305003 Teardown translation for global %[6]s local %[4]s",
	SyslogBuiltPAT:   "6-305001 Portmapped translation built for gaddr %[6]s laddr %[4]s",
	SyslogTornPAT:    "6-305004 Teardown portmap translation for global %[6]s local %[4]s",
	SyslogBuiltHost:  "",
	SyslogTornHost:   "",

	SyslogDenyTCP:      "2-106001 Inbound TCP connection denied from %[3]s/%[4]v to %[6]s/%[7]v flags %[8]s  on interface %[2]s",
	SyslogDenyOutbound: "2-106002 %[1]s connection denied by outbound list %[11]v src %[3]s %[4]v dest %[6]s %[7]v",
	SyslogDenyUDP:      "2-106006 Deny inbound UDP from %[3]s/%[4]v to %[6]s/%[7]v on interface %[2]s",
	SyslogReversePath:  "",
	SyslogShunned:      "",
	SyslogLicence:      "",
	SyslogShunAdded:    "",
	SyslogShunLifted:   "",
	SyslogDNSLong:      "",
	SyslogDenyDNS:      "2-106007 Deny inbound UDP from %[3]s/%[4]v to %[6]s/%[7]v due to DNS %[15]s",
	SyslogDenyICMP:     "3-106014 Deny inbound icmp src %[2]s: %[3]s dst %[5]s: %[6]s (type %[9]v, code %[10]v)",
	SyslogNoPort:       outOfSlots,
	SyslogNoPortICMP:   outOfSlots,
	SyslogNoPortOther:  outOfSlots,
	SyslogBoxICMP:      "",
	SyslogBoxTelnet:    "3-307001 Denied Telnet login session from %[3]s on interface %[2]s.",
	SyslogBoxSSH:       "",
	SyslogBoxRequest:   "",
	SyslogBoxPermitted: "",
	SyslogBoxDenied:    "",
	SyslogBoxDiscarded: "",
	SyslogTooMany:      "3-201002 Too many connections on %[11]s %[6]s! %[9]v %[14]v",
	SyslogEmbryonic:    "2-201003 Embryonic limit exceeded %[14]v/%[9]v for %[3]s/%[4]v (%[11]s) %[6]s/%[7]v on interface %[2]s",
	SyslogNoSlots:      outOfSlots,

	SyslogSMTPAddress: "",
	SyslogSMTPMatched: "",
	SyslogSMTPLogged:  "",
	SyslogSMTPSize:    "",
	SyslogSMTPTLS:     "",
	SyslogInspectKill: "",

	SyslogWriting:       "5-111001 Begin configuration: %[1]s writing to %[2]s",
	SyslogReading:       "5-111007 Begin configuration: %[1]s reading from %[2]s",
	SyslogErased:        "5-111003 %[1]s Erase configuration",
	SyslogSaved:         "5-111004 %[1]s end configuration: OK",
	SyslogConfigEnd:     "5-111005 %[1]s end configuration: OK",
	SyslogExecuted:      "",
	SyslogExecutedShow:  "",
	SyslogRunning:       "",
	SyslogReload:        "5-199001 PIX reload command executed from console",
	SyslogReloadRemote:  "5-199001 PIX reload command executed from telnet (remote %[1]s).",
	SyslogStarted:       "6-199002 PIX startup completed.  Beginning operation.",
	SyslogStarting:      "",
	SyslogPrivilege:     "",
	SyslogEnableFailed:  "6-308001 PIX console enable password incorrect for %[11]v tries (from %[1]s)",
	SyslogTelnetIn:      "6-307002 Permitted Telnet login session from %[1]s",
	SyslogTelnetFailed:  "6-307003 telnet login session failed from %[1]s (%[11]v attempts) on interface %[7]s",
	SyslogSSHIn:         "",
	SyslogSSHFailed:     "",
	SyslogSSHClosed:     "",
	SyslogSSHNoKey:      "",
	SyslogAuthenticated: "",
	SyslogAuthFailed:    "",
	SyslogLoggedOut:     "",
}

// outOfSlots is all that 4.x says of a pool or a shared address that is used up; 305006 came with 5.x.
const outOfSlots = "3-202001 Out of address translation slots!" // unverified: that 4.x has no 305006
