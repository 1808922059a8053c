package release

// The keys of the catalogue, by who says them. Where a message has arguments the comment numbers them: the formats use
// explicit indexes ("%[3]s"), so that one call serves the wording of every release, which may leave arguments out.
// Words that are "" mean that the release says nothing at that point. A trailing line end is never part of the words
// unless the comment says so.

// Console: greetings, prompts and errors.
const (
	// Greeting is the line before the first prompt of a session.
	Greeting Key = "greeting"
	// Welcome stands between an accepted telnet login password and the greeting, with its line ends: 1 the years of the copyright.
	Welcome Key = "welcome"
	// UnknownCommand is the reply to a line that begins with no command of the mode. Releases with a caret draw the caret
	// line themselves and then say InvalidInput.
	UnknownCommand Key = "unknown command"
	// InvalidInput, Incomplete, Ambiguous (1: the word) and Unrecognized (before ?) are the replies of 7.0 and later.
	// Before, an ambiguous word is an unknown command, and Incomplete is said above the Usage lines.
	InvalidInput Key = "invalid input"
	Incomplete   Key = "incomplete command"
	Ambiguous    Key = "ambiguous command"
	Unrecognized Key = "unrecognized command"
	InvalidHost  Key = "invalid hostname"
	// UsageFirst and UsageNext begin the first and the further lines of a usage text.
	UsageFirst Key = "usage first"
	UsageNext  Key = "usage next"
	// HelpIntro stands above the list of commands, with its line ends.
	HelpIntro Key = "help intro"
	// FactoryRefused answers configure factory-default of a box that has none. 1: the model.
	FactoryRefused Key = "factory refused"
	// HelpUsage to HelpSyntax head the parts of a page of help COMMAND, "" where that shows usage lines; HelpAlso is its last
	// line. 1: names of commands.
	HelpUsage       Key = "help usage"
	HelpDescription Key = "help description"
	HelpSyntax      Key = "help syntax"
	HelpAlso        Key = "help also"
	// HelpHeader heads one block of ? lists. 1: the mode's title.
	HelpHeader Key = "help header"

	PasswordPrompt  Key = "password prompt" // of enable; the login's own is ConsoleTraits.TelnetPrompt
	UsernamePrompt  Key = "username prompt"
	KeyFileAsk      Key = "key file ask" // ssh authentication pkf
	KeyFileGood     Key = "key file good"
	KeyFileBad      Key = "key file bad"
	InvalidPassword Key = "invalid password"
	AccessDenied    Key = "access denied"

	// Logoff is printed when a session ends by exit, quit or logout, with its line ends.
	Logoff Key = "logoff"
	More   Key = "more"
	// LineInUse is what a second client of the serial line over TCP is told (the simulator's own words).
	LineInUse Key = "line in use"
	// IdleLogoff is printed when an idle session is ended.
	IdleLogoff Key = "idle logoff"
	// CommandTooLong answers a line beyond ConsoleTraits.LineMax.
	CommandTooLong Key = "command too long"
	// BootRefused announces a refused line of the startup-config. 1: line number, 2: the line.
	BootRefused Key = "boot refused line"
	// BootInterface is one interface in the boot text. 1: NIC, 2: irq, 3: MAC.
	BootInterface Key = "boot interface"
	// BootChecksum ends the boot text. 1: "unchanged" or "changed", 2: four groups of hex.
	BootChecksum Key = "boot checksum"
	// NoStartup is printed at boot where there is no startup-config.
	NoStartup Key = "boot without startup"
	// OtherVersion warns of a startup-config of another release. 1: its version, 2: this version.
	OtherVersion Key = "boot other version"
)

// First boot: the dialogue of the releases that have one (ConsoleTraits.FirstBootDialog).
const (
	SetupAsk       Key = "setup ask"
	SetupMode      Key = "setup firewall mode" // "" where not asked
	SetupEnable    Key = "setup enable password"
	SetupRecovery  Key = "setup password recovery" // "" where not asked
	SetupClock     Key = "setup clock"
	SetupYear      Key = "setup year"  // 1: default
	SetupMonth     Key = "setup month" // 1: default
	SetupDay       Key = "setup day"   // 1: default
	SetupTime      Key = "setup time"  // 1: default
	SetupAddress   Key = "setup inside address"
	SetupMask      Key = "setup inside mask"
	SetupHost      Key = "setup host name"
	SetupDomain    Key = "setup domain name"
	SetupManager   Key = "setup device manager"
	SetupReview    Key = "setup review"     // heading of the echo of the values
	SetupConfirm   Key = "setup confirm"    // use this configuration?
	SetupInterface Key = "setup interface"  // name that the asked address is for: "inside", "management"
	SetupLine      Key = "setup echo lines" // 1 enable password, 2 clock, 3 address, 4 mask, 5 host, 6 domain, 7 manager
)

// write, copy, configure, reload.
const (
	Building      Key = "building configuration"
	Done          Key = "done"           // "[OK]"
	SavedChecksum Key = "saved checksum" // 1: four groups of hex; "" where the release prints none
	BytesCopied   Key = "bytes copied"   // 1: octets, 2: time as BytesTime words it, 3: " (N bytes/sec)" or ""
	CopyTarget    Key = "copy target"    // question of copy ... to flash
	SaveFailed    Key = "save failed"    // flash refuses; the simulator's own words. 1: why
	TerminalHead  Key = "terminal head"  // around the text of write terminal, with their line ends
	TerminalTail  Key = "terminal tail"  //
	EraseConfirm  Key = "erase confirm"  //
	EraseDone     Key = "erase done"     // "" up to 6.3
	TFTPWrite     Key = "tftp write"     // 1 file, 2 server, 3 number of the interface
	TFTPRead      Key = "tftp read"      // the same
	TFTPFailed    Key = "tftp failed"    //
	TFTPTimedOut  Key = "tftp timed out" // 1 server
	TFTPRefused   Key = "tftp refused"   // 1 code, 2 text of the server
	TFTPTooBig    Key = "tftp too big"   // 1 octets
	TFTPUnsecure  Key = "tftp unsecure"  // tftp-server on the outside; informational
	ImageFrom     Key = "image from"     // copy tftp flash: questions, with their blanks
	ImageFile     Key = "image file"     //
	ImageCopying  Key = "image copying"  // 1 where from, 2 where to
	ImageSure     Key = "image sure"     //
	ImageReceived Key = "image received" // 1 octets
	ImageRefused  Key = "image refused"  // the simulator's own words
	CopyHost      Key = "copy host"      // copy of 7.0 and later: questions. 1 default
	CopyFile      Key = "copy file"      // 1 default
	CopyAccess    Key = "copy accessing" // 1 where from; without a line end
	CopyFailed    Key = "copy failed"    // 1 where, 2 why
	DHCPTooMany   Key = "dhcp too many"  // a pool of too many addresses. 1 most
	DHCPBadPool   Key = "dhcp bad pool"  // addresses of another network. 1 interface
	DHCPPoolGone  Key = "dhcp pool gone" // an interface got an address to which its pool does not fit. 1 interface
	// DHCPBindingHead, DHCPBinding: 1 address, 2 client, 3 seconds. DHCPStatistics, with its line ends: 1 pools, 2 bindings, 3
	// expired, 4 malformed; received 5 BOOTREQUEST, 6 DISCOVER, 7 REQUEST, 8 DECLINE, 9 RELEASE, 10 INFORM; sent 11 BOOTREPLY, 12
	// OFFER, 13 ACK, 14 NAK.
	DHCPBindingHead Key = "show dhcpd binding head"
	DHCPBinding     Key = "show dhcpd binding"
	DHCPStatistics  Key = "show dhcpd statistics"
	NoConfig        Key = "no configuration"  // show startup-config with none
	NotBuilt        Key = "not built"         // a form that the simulator does not have. 1: the form
	Grooming        Key = "grooming"          // groom
	NoFloppy        Key = "no floppy"         // a model without a drive, or one without a diskette
	NoStandby       Key = "no standby"        // write standby without failover
	ReloadConfirm   Key = "reload confirm"    //
	ReloadSave      Key = "reload save"       // "" up to 6.3
	Rebooting       Key = "rebooting"         // what the console shows while the box goes down, with its line ends
	ConfigLoaded    Key = "config loaded"     // after configure memory; "" where nothing is said
	WrittenBy       Key = "written by"        // 1: user, 2: time. The second line of a startup-config; ":" before 6.2
	VersionLine     Key = "version line"      // of a configuration. 1: version
	ModifiedBy      Key = "modified by"       // show version. 1: user, 2: time
	NotModified     Key = "not modified"      // show version
	KeyExists       Key = "key exists"        // crypto key generate over an old key: a question. 1 name
	KeyName         Key = "key name"          // 1 name
	KeyBegin        Key = "key begin"         // with its line ends
	ClockBad        Key = "clock bad"         // clock set with an impossible date
	NoSuchSession   Key = "no such session"   // kill, ssh disconnect. 1: number
	NoRoute         Key = "no route to host"  // ping. 1: address
	UnknownIf       Key = "unknown interface" // 1: name
	NoSuchList      Key = "no such list"      // show access-list X, capture ... access-list X. 1: name
	ClockTyped      Key = "clock typed"       // show clock detail: the time was typed
	ClockHardware   Key = "clock hardware"    // it comes from the machine
	ClockSummer     Key = "clock summer"      // 1 begin, 2 end
	NoSuchCapture   Key = "no such capture"   // 1: name
	CaptureNoRoom   Key = "capture no room"   // too many, or their buffers too big together
	CaptureLive     Key = "capture live"      // before packets that are shown as they come
	CaptureExists   Key = "capture exists"    // 1: name
	XlatesCleared   Key = "xlates cleared"    // 1: number; "" up to 7.x
	ConnsCleared    Key = "conns cleared"     // 1: number
	DebugICMPOn     Key = "debug icmp on"     //
	DebugICMPOff    Key = "debug icmp off"    //
	DebugAllOff     Key = "debug all off"     //
	NoDebug         Key = "no debug"          // show debug with nothing on
	ShowDebugICMP   Key = "show debug icmp"   //

	// DebugPacketIP: debug packet, the IP header. 1 source, 2 destination, 3 version, 4 header words, 5 TOS, 6 length, 7 id, 8
	// flags, 9 fragment offset in octets, 10 TTL, 11 protocol, 12 checksum. DebugPacketTCP: 1 source port, 2 destination port, 3
	// flags with a blank behind each, 4 sequence number, 5 acknowledgement, 6 header words, 7 window, 8 checksum, 9 urgent pointer.
	// DebugPacketUDP: 1 2 ports, 3 length, 4 checksum. DebugPacketICMP: 1 type, 2 code, 3 checksum, 4 identifier, 5 sequence.
	// DebugPacketData stands above the octets; DebugPacketRow: 1 offset in the packet, 2 octets, 3 the same as text. All with their
	// line ends.
	DebugPacketIP   Key = "debug packet ip"
	DebugPacketTCP  Key = "debug packet tcp"
	DebugPacketUDP  Key = "debug packet udp"
	DebugPacketICMP Key = "debug packet icmp"
	DebugPacketData Key = "debug packet data"
	DebugPacketRow  Key = "debug packet row"
	DebugPacketEnd  Key = "debug packet end"
	ModeSingle      Key = "mode single"     //
	FirewallRouter  Key = "firewall router" //
)

// Layouts of the show commands. %s of addresses are texts already.
const (
	// ShowVersion is the whole of show version, with its line ends. 1: host name, 2: uptime in words, 3: the interface
	// lines, 4: the licence lines, 5: the modified line; of the model 6: memory, MB, 7: name, 8: CPU, 9: flash, 10: BIOS
	// flash, 11: serial number, 12: activation key; of the software 13: version, 14: compiled, 15: file, 16: device manager, 17:
	// the system below, 18: the configuration that it booted from.
	ShowVersion Key = "show version"
	// VersionInterface: 1 number, 2 hardware id, 3 MAC, 4 irq. VersionFeature: 1 name, 2 value.
	VersionInterface Key = "show version interface"
	VersionFeature   Key = "show version feature"

	// ConnCount: 1 in use, 2 most used, 3 remaining.
	ConnCount Key = "show conn count"
	// ConnLine: 1 protocol, 2 lower-level address, 3 its port, 4 higher-level address, 5 its port, 6 idle h:mm:ss, 7 bytes,
	// 8 flags, 9 lower interface, 10 higher interface.
	ConnLine   Key = "show conn line"
	ConnUDP    Key = "show conn line udp" // the same
	ConnLegend Key = "show conn legend"
	// ConnDetail: as ConnLine, then 11 idle, 12 uptime, 13 timeout in short form (1m2s).
	ConnDetail Key = "show conn detail"
	// ConnLong: as ConnDetail, then 14 and 15 the mapped addresses, 16 who opened it, 17 who answers.
	ConnLong Key = "show conn long"

	// XlateCount: 1 in use, 2 most used; "" where the release prints no header.
	XlateCount Key = "show xlate count"
	// XlateNumber is what show xlate count says, with the same arguments.
	XlateNumber Key = "show xlate number"
	// XlateTimes is what show xlate debug adds to a line: 1 idle h:mm:ss, 2 timeout.
	XlateTimes  Key = "show xlate times"
	XlateLegend Key = "show xlate legend"
	// XlateNAT, XlateStatic, XlatePAT, XlatePATStatic, XlateICMP: 1 mapped address, 2 mapped port, 3 real address, 4 real
	// port, 5 ICMP id, 6 conns, 7 embryonic, 8 flags.
	XlateNAT       Key = "show xlate nat"
	XlateStatic    Key = "show xlate static"
	XlatePAT       Key = "show xlate pat"
	XlatePATStatic Key = "show xlate pat static"
	XlateICMP      Key = "show xlate icmp"
	// XlateDetail: 1 real interface, 2 real address, 3 mapped interface, 4 mapped address, 5 flags. XlatePATDetail: the same
	// with addr/port, then 6 protocol.
	XlateDetail    Key = "show xlate detail"
	XlatePATDetail Key = "show xlate pat detail"

	// InterfaceHead: 1 hardware id, 2 name, 3 state, 4 line protocol. InterfaceBody, with its line ends: 1 NIC, 2 MAC, 3 MTU,
	// 4 the address line or "", 5 packets in, 6 bytes in, 7 broadcasts, 8 packets out, 9 bytes out, 10 runts, 11 bandwidth
	// in Kbit, 12 duplex ("half"), 13 speed in Mbit, 14 name, 15 dropped, 16 description line or "", 17 giants, 18 lost for
	// want of a buffer, 19 all input errors, 20 frames in the input queue now, 21 at most (up to 6.3), 22 delay in
	// microseconds. InterfaceAddress: 1 address, 2 mask. InterfaceNoAddress and InterfaceUnnamed belong to 7.0 and later.
	// InterfaceVLAN is the body of a subinterface of 7.0 and later: 1 NIC, 2 MAC, 3 MTU, 4 address line, 5 bandwidth in Mbit, 6 VLAN
	// or "none", 7 description line or "", 8 delay in microseconds. InterfaceNoVLAN is the same of one that has neither VLAN nor
	// name. Behind them stands InterfaceTraffic without rates.
	InterfaceVLAN      Key = "show interface vlan"
	InterfaceNoVLAN    Key = "show interface no vlan"
	InterfaceHead      Key = "show interface head"
	InterfaceBody      Key = "show interface body"
	InterfaceUnplugged Key = "show interface unplugged" // the state of an interface without a link
	// InterfacePackets, InterfaceHangs and InterfaceRings are the last lines of an adapter's counters, by what it is: 1 frames in
	// the input queue now, 2 at most.
	InterfacePackets   Key = "show interface packets"
	InterfaceHangs     Key = "show interface hangs"
	InterfaceRings     Key = "show interface rings"
	InterfaceBlocked   Key = "show interface blocked" // what a management-only interface ends in
	InterfaceTraffic   Key = "show interface traffic" // 1 name, 2 3 packets bytes in, 4 5 out, 6 dropped, 7 the rates; with its line ends
	InterfaceAddress   Key = "show interface address"
	InterfaceNoAddress Key = "show interface no address"

	// IPAddressHead and IPAddressNow head the two blocks of show ip address; IPAddressLine: 1 name, 2 address, 3 mask, 4
	// hardware id, 5 method ("manual", "CONFIG").
	IPAddressHead Key = "show ip address head"
	IPAddressNow  Key = "show ip address now"
	IPAddressLine Key = "show ip address line"
	// NameifHead, NameifLine: 1 hardware id, 2 name, 3 level.
	NameifHead Key = "show nameif head"
	NameifLine Key = "show nameif line"

	// RouteHead, with its line ends: 1 gateway of last resort or "". RouteStatic and RouteConnected: 1 interface, 2 network, 3
	// mask, 4 gateway (own address where connected), 5 metric, 6 "*" or " ".
	RouteHead      Key = "show route head"
	RouteNoGateway Key = "show route no gateway"
	RouteGateway   Key = "show route gateway"
	RouteStatic    Key = "show route static"
	RouteLeased    Key = "show route leased" // as RouteStatic, of a default route that came by DHCP
	RouteConnected Key = "show route connected"
	// ARPLine: 1 interface, 2 address, 3 MAC, 4 age in seconds or "-".
	ARPLine Key = "show arp line"
	// ListCache stands above all lists (show access-list without a name). ListHead: 1 list, 2 elements, 3 hash of the name.
	// ListLine: 1 the line without its trailing blank, 2 line number, 3 hits, 4 hash, 5 list name, 6 the line behind the
	// list's name, 7 " (inactive)" or nothing.
	ListCache   Key = "show access-list cache"
	ListHead    Key = "show access-list head"
	ListLine    Key = "show access-list line"
	ListRemark  Key = "show access-list remark"
	ConduitLine Key = "show conduit line" // 1 the line without its trailing blank, 2 hits
	// TelnetLine, SSHLine: 1 address, 2 mask, 3 interface.
	TelnetLine Key = "show telnet line"
	SSHLine    Key = "show ssh line"
	// WhoLine: 1 number, 2 address. SSHSession: 1 number, 2 address, 3 version, 4 cipher, 5 user.
	WhoLine        Key = "who line"
	SSHSessionHead Key = "show ssh sessions head"
	SSHSession     Key = "show ssh session"
	// LoggingState, with its line ends: 1 enabled/disabled, 2 facility, 3 timestamp, 4 standby, 5 console, 6 monitor, 7 buffer,
	// 8 trap, 9 history, 10 device id, 11 the lines of the hosts and of TCP, 12 asdm, 13 hide username,
	// 14 permit-hostdown, 15 mail.
	LoggingState Key = "show logging"
	LoggingLevel Key = "show logging level" // 1 level word, 2 messages
	LoggingTrap  Key = "show logging trap"  // 1 level word, 2 facility, 3 messages
	NTPStatus    Key = "show ntp status"    // of a clock that nobody synchronises; with its line ends, as the next two
	NTPHead      Key = "show ntp associations head"
	NTPLegend    Key = "show ntp associations legend"
	NTPServer    Key = "show ntp associations line"   // 1 address
	NTPDetail    Key = "show ntp associations detail" // the same, with its line ends
	LoggingQueue Key = "show logging queue"           // 1 limit in words, 2 queued, 3 most, 4 discarded; with its line ends
	LoggingHost  Key = "show logging host"            // 1 interface, 2 address, 3 "UDP" or "TCP", 4 messages
	// LoggingTCP is what was lost on the way to servers by TCP, or "" where that is not told: 1 messages that were dropped.
	LoggingTCP Key = "show logging tcp"
	// LoggingDevice: 1 what the device is named by, 2 its name.
	LoggingDevice   Key = "show logging device id"
	LoggingDeviceIf Key = "show logging device interface"
	// Memory: 1 free, 2 used, 3 total octets, 4 free %, 5 used %; with its line ends.
	Memory       Key = "show memory"
	CPU          Key = "show cpu"         // 1 to 3: percent in 5 s, 1 min, 5 min
	ShowChecksum Key = "show checksum"    // 1: four groups of hex
	Terminal     Key = "show terminal"    // 1 width, 2 "monitor" or "no monitor"; with its line ends
	Curpriv      Key = "show curpriv"     // 1 user, 2 level, 3 modes
	TrafficHead  Key = "show traffic"     // 1 name, 2 seconds, 3 4 packets bytes in, 5 6 per second, 7 8 out, 9 10 per second, 11 the rates
	LocalHostIf  Key = "local host if"    // 1 interface, 2 active, 3 most, 4 denied
	LocalHost    Key = "local host"       // 1 address, 2 TCP, 3 embryonic, 4 UDP, 5 TCP limit, 6 embryonic limit in words, 7, 8 in numbers
	LocalXlate   Key = "local host xlate" // headings inside show local-host
	LocalConn    Key = "local host conn"
	BlocksHead   Key = "show blocks head"
	InventoryAll Key = "show inventory" // with its line ends

	// PingStart (with its line ends): 1 count, 2 size, 3 address, 4 seconds. PingGood, PingBad: 1 address, 2 milliseconds. PingEnd: 1
	// percent, 2 answered, 3 sent, 4 the round-trip part or "". PingTimes: 1 to 3: min, avg, max.
	PingStart Key = "ping start"
	PingGood  Key = "ping good"
	PingBad   Key = "ping bad"
	PingEnd   Key = "ping end"
	PingTimes Key = "ping times"

	// CaptureLine: 1 name, 2 options in the order of the command, 3 its interfaces, 4 octets caught, 5 "Capturing" or "Buffer Full", 6 its type.
	CaptureLine   Key = "show capture line"
	CapturedHead  Key = "captured head"  // 1 packets, 2 "" or "s"; with its line ends
	CapturedTail  Key = "captured tail"  // the same
	CapturedFrame Key = "captured frame" // 1 index, 2 time, 3 text

	// ServiceGlobal and ServiceInterface (1: name) head a block of show service-policy, with their line ends. ServicePolicy:
	// 1 policy-map. ServiceClass: 1 class-map. ServiceInspect: 1 the inspection with its map, 2 packets, 3 drops, 4 resets, 5 packets a second.
	ServiceGlobal    Key = "show service-policy global"
	ServiceInterface Key = "show service-policy interface"
	ServicePolicy    Key = "show service-policy policy"
	ServiceClass     Key = "show service-policy class"
	ServiceInspect   Key = "show service-policy inspect"

	// ShowLease: 1 address, 2 interface, 3 mask, 4 server, 5 and 6 state, 7 number, 8 lease, 9 renewal, 10 rebind, 11 router, 12
	// next, 13 tries, 14 client identifier; times in seconds. DebugLeaseAsk: 1 what, 2 which try, 3 the former.
	// DebugLeaseSent: 1 what, 2 octets, 3 to, 4 from. DebugLeaseHeard: 1 address, 2 port. DebugLeaseScan: 1 what, 2 server, 3
	// seconds, 4 mask, 5 DNS servers, 6 domain, 7 WINS servers, 8 router. DebugLeaseGot: 1 address, 2 mask, 3 router.
	ShowLease         Key = "show lease"
	DebugLeaseAsk     Key = "debug lease ask"
	DebugLeaseSent    Key = "debug lease sent"
	DebugLeaseHeard   Key = "debug lease heard"
	DebugLeaseScan    Key = "debug lease scan"
	DebugLeaseGot     Key = "debug lease got"
	DebugLeaseRefused Key = "debug lease refused" // 1 server
	DebugLeaseUseless Key = "debug lease useless" // 1 server
	DebugLeaseNone    Key = "debug lease none"
	// DebugEcho: debug icmp trace of one echo. 1 number, 2 "echo-request" or "echo-reply", 3 source interface, 4 source, 5
	// destination in the packet, 6 id, 7 sequence, 8 length, 9 "Outbound" or "Inbound ", 10 "echo request" or "echo reply",
	// 11 global address, 12 length of the data, 13 real destination. DebugTranslate: 1 number, 2 kind, 3 "translating" or "untranslating", 4 from interface, 5 address, 6 to
	// interface, 7 address; "" where DebugEcho says it all.
	DebugEcho      Key = "debug icmp echo"
	DebugTranslate Key = "debug icmp translate"
)

// Syslog messages: their words begin with level and number ("6-302013 "), see Release.Syslog.
//
// Connections: 1 "inbound" or "outbound", 2 number, 3 lower interface, 4 lower real addr/port, 5 lower mapped, 6 higher
// interface, 7 higher real addr/port, 8 higher mapped, 9 duration, 10 bytes, 11 reason; ICMP: 12 type, 13 code.
const (
	SyslogBuiltTCP  Key = "syslog built tcp"
	SyslogTornTCP   Key = "syslog torn tcp"
	SyslogBuiltUDP  Key = "syslog built udp"
	SyslogTornUDP   Key = "syslog torn udp"
	SyslogBuiltICMP Key = "syslog built icmp"
	SyslogTornICMP  Key = "syslog torn icmp"

	// Translations: 1 "static" or "dynamic", 2 "TCP", "UDP" or "ICMP", 3 real interface, 4 real address (addr/port for PAT), 5
	// mapped interface, 6 mapped address, 7 duration.
	SyslogBuiltXlate Key = "syslog built xlate"
	SyslogTornXlate  Key = "syslog torn xlate"
	SyslogBuiltPAT   Key = "syslog built pat"
	SyslogTornPAT    Key = "syslog torn pat"

	SyslogBuiltHost Key = "syslog built host" // 1 interface, 2 address
	SyslogTornHost  Key = "syslog torn host"  // and 3 duration

	// Denials: 1 protocol word ("tcp"), 2 source interface, 3 source address, 4 source port, 5 destination interface, 6
	// address, 7 port, 8 TCP flags ("SYN", "FIN PSH ACK"), 9 ICMP type, 10 ICMP code, 11 access-list, 12 hash of the rule, 13
	// "permitted" or "denied", 14 hits, 15 "first hit" or "300-second interval".
	SyslogDenyTCP      Key = "syslog deny tcp"             // 106001
	SyslogDenyOutbound Key = "syslog deny outbound list"   // 106002; 11 is the list's number
	SyslogDenyUDP      Key = "syslog deny udp"             // 106006
	SyslogReversePath  Key = "syslog reverse path"         // 106021
	SyslogShunned      Key = "syslog shunned"              // 401004
	SyslogShunAdded    Key = "syslog shun added"           // 401002
	SyslogShunLifted   Key = "syslog shun lifted"          // 401003
	SyslogDNSLong      Key = "syslog dns long"             // 410001; 14 its length, 9 the limit
	SyslogDenyDNS      Key = "syslog deny dns"             // 106007; 15 is "Response" or "Query"
	SyslogDenyProto    Key = "syslog deny protocol"        // 106010; 1 is the protocol's number
	SyslogDenyNoXlate  Key = "syslog deny no xlate"        // 106011, TCP and UDP
	SyslogHairpinICMP  Key = "syslog deny no xlate icmp"   // 106011
	SyslogHairpinOther Key = "syslog deny no xlate other"  // 106011; 1 is the protocol's number
	SyslogDenyICMP     Key = "syslog deny icmp"            // 106014
	SyslogDenyNoConn   Key = "syslog deny no conn"         // 106015
	SyslogSpoof        Key = "syslog spoof"                // 106016
	SyslogLand         Key = "syslog land"                 // 106017
	SyslogDenyACL      Key = "syslog deny acl"             // 106023, TCP and UDP
	SyslogDenyACLICMP  Key = "syslog deny acl icmp"        // 106023
	SyslogDenyACLOther Key = "syslog deny acl other"       // 106023; 1 is the protocol's number
	SyslogACLLog       Key = "syslog acl log"              // 106100
	SyslogNoGroup      Key = "syslog no translation"       // 305005, TCP and UDP
	SyslogNoGroupICMP  Key = "syslog no translation icmp"  // 305005
	SyslogNoGroupOther Key = "syslog no translation other" // 305005; 1 is the protocol's number
	SyslogNoPort       Key = "syslog no port"              // 305006, TCP and UDP: a shared address has no port left
	SyslogNoPortICMP   Key = "syslog no port icmp"         // 305006; 15 is "portmap", or "regular" where it has no identifier
	SyslogNoPortOther  Key = "syslog no port other"        // 305006; 1 is the protocol's number
	SyslogBoxICMP      Key = "syslog box icmp denied"      // 313001
	SyslogBoxTelnet    Key = "syslog box telnet denied"    // 307001
	SyslogBoxSSH       Key = "syslog box ssh denied"       // 315001
	SyslogBoxRequest   Key = "syslog box request"          // 710001; 11 is the service
	SyslogBoxPermitted Key = "syslog box permitted"        // 710002
	SyslogBoxDenied    Key = "syslog box denied"           // 710003
	SyslogBoxDiscarded Key = "syslog box discarded"        // 710005
	SyslogARPCollision Key = "syslog arp collision"        // 405001; 8 is the MAC
	SyslogTooMany      Key = "syslog too many connections" // 201002; 11 "static" or "xlate", 6 mapped address, 14 conns, 9 embryonic
	SyslogEmbryonic    Key = "syslog embryonic"            // 201003; 14 count, 9 limit, 3 4 foreign, 11 mapped, 6 7 local, 2 interface
	SyslogNoSlots      Key = "syslog no slots"             // 202001
	SyslogDisallow     Key = "syslog disallowing"          // 201008
	SyslogLicence      Key = "syslog licence of hosts"     // 407001; 9 is the limit

	// SMTP: 1 outside address, 2 inside address, 3 text, 4 interface of the client, 5 its addr/port, 6 interface of the server,
	// 7 its addr/port, 8 "Request" or "Response", 9 action, 10 "matched Class N" or the parameter (of 108002 the
	// character), 11 what of it, 12 kind ("ESMTP Classification" or "ESMTP Parameter").
	SyslogSMTPReplaced Key = "syslog smtp replaced" // 108002
	SyslogSMTPAddress  Key = "syslog smtp address"  // 108003
	SyslogSMTPMatched  Key = "syslog smtp matched"  // 108004
	SyslogSMTPLogged   Key = "syslog smtp logged"   // 108005
	SyslogSMTPSize     Key = "syslog smtp size"     // 108006
	SyslogSMTPTLS      Key = "syslog smtp tls"      // 108007
	SyslogInspectKill  Key = "syslog inspect kill"  // 507003

	// Management: 1 where from ("console" or an address), 2 device ("memory", "terminal"), 3 user, 4 command, 5 from level, 6 to
	// level, 7 interface, 8 from addr/port, 10 to addr/service, 11 tries, 12 reason.
	SyslogWriting       Key = "syslog writing"         // 111001
	SyslogReading       Key = "syslog reading"         // 111007
	SyslogErased        Key = "syslog erased"          // 111003
	SyslogSaved         Key = "syslog saved"           // 111004
	SyslogSaveFailed    Key = "syslog save failed"     // 111004
	SyslogConfigEnd     Key = "syslog config end"      // 111005
	SyslogExecuted      Key = "syslog executed"        // 111008
	SyslogExecutedShow  Key = "syslog executed show"   // 111009
	SyslogRunning       Key = "syslog running"         // 111010
	SyslogLeased        Key = "syslog leased"          // 604101: 1 interface, 2 address, 3 mask, 4 router
	SyslogLeaseLost     Key = "syslog lease lost"      // 604102: 1 interface
	SyslogReload        Key = "syslog reload"          // 199001, on the console
	SyslogReloadRemote  Key = "syslog reload remote"   // 199001, by telnet or ssh
	SyslogStarted       Key = "syslog started"         // 199002
	SyslogStarting      Key = "syslog starting"        // 199005
	SyslogPrivilege     Key = "syslog privilege"       // 502103
	SyslogEnableFailed  Key = "syslog enable failed"   // 308001
	SyslogTelnetIn      Key = "syslog telnet in"       // 307002, 605005
	SyslogTelnetFailed  Key = "syslog telnet failed"   // 307003, 605004
	SyslogSSHIn         Key = "syslog ssh in"          // 315002, 605005
	SyslogSSHFailed     Key = "syslog ssh failed"      // 315003, 605004
	SyslogSSHClosed     Key = "syslog ssh closed"      // 315011
	SyslogSSHNoKey      Key = "syslog ssh no key"      // 315004
	SyslogAuthenticated Key = "syslog authenticated"   // 611101
	SyslogAuthFailed    Key = "syslog not authentic"   // 611102
	SyslogLoggedOut     Key = "syslog user logged out" // 611103
)

// Reasons of 302002 and 302014.
const (
	ReasonFINs       Key = "reason fins"
	ReasonResetI     Key = "reason reset-i"
	ReasonResetO     Key = "reason reset-o"
	ReasonFINTimeout Key = "reason fin timeout"
	ReasonSYNTimeout Key = "reason syn timeout"
	ReasonIdle       Key = "reason idle"
	ReasonXlateClear Key = "reason xlate clear"
	ReasonConnClear  Key = "reason conn clear"
	ReasonDeny       Key = "reason deny"
	ReasonInvalidSYN Key = "reason invalid syn"
	ReasonWindow     Key = "reason window"
	ReasonTraced     Key = "reason traced"
	TracerMalformed  Key = "tracer malformed"
)

// What the commands of 7.0 and later say, beside the ones of text_config.go.
const (
	MPFReserved      Key = "mpf reserved"       // a name of the system's own. 1 name
	MPFInUse         Key = "mpf in use"         // removal of what something names. 1 command and name
	MPFNoClass       Key = "mpf no class"       // class of a policy-map. 1 name
	MPFNoPolicy      Key = "mpf no policy"      // service-policy. 1 name
	MPFNoMap         Key = "mpf no map"         // inspect. 1 protocol, 2 name
	MPFManyMatches   Key = "mpf many matches"   // a second match line
	MPFInspectExists Key = "mpf inspect exists" // a second inspect line of an engine
	MPFBadRegex      Key = "mpf bad regex"      // regex. 1 expression
)
