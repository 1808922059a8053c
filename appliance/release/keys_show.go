package release

// Layouts of the commands that show what the box is doing.
const (
	// InterfaceRates: 1 minutes, 2 3 packets bytes in a second, 4 5 out, 6 dropped; with its line ends; "" up to 6.3.
	InterfaceRates Key = "show interface rates"
	// ProcessHead, with its line ends. ProcessLine: 1 priority and state, 2 milliseconds, 3 name.
	ProcessHead Key = "show processes head"
	ProcessLine Key = "show processes line"
	PerfmonHead Key = "show perfmon head"
	// PerfmonTail is the share of valid connections among those that were intercepted, or "": 1 now, 2 on average; with its line ends.
	PerfmonTail Key = "show perfmon tail"
	PerfmonLine Key = "show perfmon line" // 1 what, 2 a second now, 3 on average
	PerfmonSet  Key = "perfmon settings"  // 1 seconds, 2 "verbose" or "quiet"; with its line ends
	// FailoverOff and FailoverOn, with their line ends: 1 reconnect timeout, 2 poll frequency, 3 seconds that this unit has
	// been active, 4 the interface lines of this unit, 5 those of the other, 6 LAN-based failover, 7 what stateful failover did. FailoverIf: 1 name, 2 address, 3 state.
	FailoverOff Key = "show failover off"
	FailoverOn  Key = "show failover on"
	FailoverIf  Key = "show failover interface"
	FlashHead   Key = "show flashfs head"
	FlashLine   Key = "show flashfs line" // 1 number, 2 origin, 3 length
	// KeyShown: 1 serial number, 2 key, 3 the licence lines; with its line ends. KeySame and KeyRefused answer
	// activation-key.
	KeyShown     Key = "show activation-key"
	KeySame      Key = "activation-key same"
	KeyRefused   Key = "activation-key refused"
	ShowHW       Key = "show hw"                  // 1 board, 2 memory, MB, 3 CPU, 4 flash, 5 the interface lines; with its line ends
	TechHead     Key = "tech-support"             // 1: the command of the section; with its line ends
	ARPTimeout   Key = "arp timeout"              // 1 seconds
	AuthTable    Key = "show uauth"               // with its line ends
	AuditCount   Key = "ip audit count"           // the heading, with its line ends
	AuditCountIf Key = "ip audit count interface" // the same, 1 interface
	// CryptoIdent: 1, 2 what is protected, here and there, 3 the peer; with its line ends.
	CryptoIdent Key = "show crypto ipsec sa ident"
	AuditLine   Key = "ip audit line" // 1 signature, 2 "I" or "A", 3 name, 4 matches
)
