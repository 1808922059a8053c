package release

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Model is the hardware that a release runs on by default. Boot text, show version, interfaces and the factory
// configuration come from it and agree.
type Model struct {
	Name       string   // "PIX-515E", as show version prints it
	Board      string   // mother board, where the releases name it instead of the model (4.x)
	MemoryMB   int      //
	CPU        string   // "Pentium II 433 MHz"
	Flash      string   // "E28F128J3 @ 0x300, 16MB"
	BIOS       string   // "AM29F400B @ 0xfffd8000, 32KB"
	Serial     string   // as show version prints it: "480430945 (0x1ca2c8a1)"
	Activation string   // the activation key, likewise
	Interfaces []string // hardware ids in order: "ethernet0", "Ethernet0/0", "Management0/0"
	IRQ        []int    // interrupt of each
	NIC        string   // "i82559"
	Mbps       int      // the most that a port carries; 0: 100
	Virtual    bool     // its ports have a link even when they are shut down (a 9.x ASAv)
	Queues     Key      // how show interface ends for such a port (7.0 and later); "": InterfacePackets
	// Management is the adapter of the management port; the zero one: as the others.
	Management Adapter
	MAC        [6]byte // of the first slot; the next ones count up
	Slots      []int   // of the interfaces, whose addresses go by them; nil: in order
	Numbers    []int   // of the interfaces in show version; nil: as Slots
	Internal   []Internal
	Licence    []Feature // as show version lists them
	// InsideHosts are the hosts of an interface that may have connections to lower levels at a time; 0: any number.
	InsideHosts int
	// Switch: the ports are those of a switch, and what has an address is a VLAN (the 5505).
	Switch bool
	// FactoryDefault: configure factory-default works (501 and 506E).
	FactoryDefault bool
}

// Adapter is what a port is made of.
type Adapter struct {
	NIC    string
	Mbps   int
	Queues Key
}

// logicalAdapters are what interfaces that no port is are said to be made of (captures of an 8.2 and of 9.x).
var logicalAdapters = []struct{ begin, nic string }{{"Vlan", "EtherSVI"}, {"Port-channel", "EtherChannel/LACP"}}

// AdapterOf is that of an interface, by its hardware id.
func (m *Model) AdapterOf(id string) Adapter {
	for _, l := range logicalAdapters {
		if strings.HasPrefix(id, l.begin) {
			return Adapter{l.nic, cmp.Or(m.Mbps, 100), cmp.Or(m.Queues, InterfacePackets)}
		}
	}
	if strings.HasPrefix(id, "Management") && m.Management.NIC != "" {
		return m.Management
	}
	return Adapter{m.NIC, cmp.Or(m.Mbps, 100), cmp.Or(m.Queues, InterfacePackets)}
}

// Internal is an interface that show version lists and nobody configures.
type Internal struct {
	Number  int
	Name    string
	Address string // "address is 0000.0001.0002, ", or ""
	IRQ     int
}

// Feature is one licensed feature.
type Feature struct{ Name, Value string }

// with is a copy that change was applied to; slices are replaced by it, never written to.
func (m Model) with(change func(m *Model)) Model {
	change(&m)
	return m
}

// Software is what show version and the boot text tell of the software beside its version.
type Software struct {
	Compiled  string // "Thu 04-Aug-05 21:40 by morlee"
	Copyright string // years, "1996-2005"
	File      string // where it lies, a format of the version's numbers; "" where that is not shown (up to 6.3)
	Manager   string // version of the device manager; "" where none is shown
	Chassis   string // version of the system below; "" where none is shown
}

// Hardware is what show version and the boot text call the machine: the board where the release names that.
func (m *Model) Hardware() string {
	if m.Board != "" {
		return m.Board
	}
	return m.Name
}

// Summary is the machine in one line, as show version has it behind "Hardware:".
func (m *Model) Summary() string {
	return fmt.Sprintf("%s, %d MB RAM, CPU %s", m.Hardware(), m.MemoryMB, m.CPU)
}

// MACOf is the burnt-in address of the i-th interface.
func (m *Model) MACOf(i int) [6]byte {
	a := m.MAC
	n := int(a[4])<<8 | int(a[5]) + m.slot(i)
	a[4], a[5] = byte(n>>8), byte(n)
	return a
}

func (m *Model) slot(i int) int {
	if i < len(m.Slots) {
		return m.Slots[i]
	}
	return i // what is no port of the machine, a subinterface, comes behind them
}

// Number is that of the i-th interface in show version.
func (m *Model) Number(i int) int {
	if m.Numbers == nil {
		return m.slot(i)
	}
	return m.Numbers[i]
}

// PasswordHash names how secrets are stored.
type PasswordHash uint8

const (
	HashPIX    PasswordHash = iota // MD5 without salt, see config.HashPIX
	HashASA                        // the same with the rules of 7.x for long passwords
	HashPBKDF2                     // with a salt; passwd, and what a configuration has of HashASA, are as they were
)

// HelpStyle names how ? works.
type HelpStyle uint8

const (
	HelpOnEnter   HelpStyle = iota // up to 6.3: ? is a word, answered after Enter
	HelpImmediate                  // 7.0 and later: ? is answered at once and the line stays
)

// PingStyle names how ping reports.
type PingStyle uint8

const (
	PingThree PingStyle = iota // three probes, a line each
	PingMarks                  // five marks and a success rate (7.0 and later)
)

// ConsoleTraits are the differences of the console that are not the presence of a command.
type ConsoleTraits struct {
	Prompt          string        // default host name, "pixfirewall"
	Caret           bool          // syntax errors by a caret (7.0 and later); else Usage: lines
	Help            HelpStyle     //
	Tab             bool          // TAB completes
	CtrlZ           bool          // ^Z leaves configuration mode
	Filters         bool          // output filters behind |
	FilterWords     []string      // "include", "exclude", "begin", "grep"
	FixedPager      int           // 22 in 4.0/4.1, which have no pager command; 0: the pager command decides
	SessionPager    bool          // terminal pager N (7.0 and later)
	Wrap            bool          // output is wrapped hard at the terminal width
	HistoryNumber   bool          // the prompt can show the number of the command (4.1), see Numbered
	NumberShown     bool          // it does
	LineMax         int           // longest command line, octets
	LoginTries      int           //
	TelnetOpen      string        // octets sent when a telnet connection is accepted, up to and without the password prompt
	TelnetPrompt    string        // "PIX passwd: " or "Password: "
	FallbackUser    string        // who is admitted with the enable password where an aaa-server does not answer; "": nobody
	SSHUser         string        // the user that the login password belongs to; "" where AAA is needed
	KeyCommand      bool          // the SSH host key is that of the ca command (5.0 to 6.3); else there is always one
	SSHVersion      string        // identification, "SSH-2.0-Cisco-1.25"; "" where the release has no SSH
	Hash            PasswordHash  //
	MaxTelnet       int           //
	MaxSSH          int           //
	ReloadPrompt    bool          // the prompt stands once more behind the answer to reload, while the box goes down (7.0 and later)
	ReloadAsksSave  bool          // "System config has been modified. Save?"
	FirstBootDialog bool          // "Pre-configure ... now through interactive prompts [yes]?"
	LogPrefix       bool          // buffered and console messages carry "%ASA-6-302013: "
	SyslogTag       string        // "PIX" or "ASA" on the wire
	BootTime        time.Duration // the simulator's own, not the box's minutes
	ConfirmAny      bool          // reload's [confirm]: every key but n, N and ^C agrees (up to 6.3); else only Enter, y, Y
	ConsoleLogoff   bool          // exit on the serial line logs off and greets again
	DottedMAC       bool          // 0009.e89c.fd5c; else 00:a0:c9:48:33:23 (4.x)
	HistorySize     int           // commands that show history keeps
	Ping            PingStyle     //
	Scrolls         bool          // a line longer than the screen scrolls left and right (7.0 and later); else it wraps
	RoutesByNet     bool          // show route is sorted by network, with the box's own addresses (9.4 and later); else connected networks come first
	Loopback        bool          // an interface without an address shows and is written as 127.0.0.1 (up to 6.2)
	SelfName        string        // the box's own end of a connection
	LogSelfName     string        // the same in log messages
	PlainDNS        bool          // show conn has no letter for a connection to a name server (captures of 8.4)
	EnableLeast     int           // whoever enables sets a password of so many characters where there is none (9.12 and later); 0: nobody is asked to
	AsksCallHome    bool          // the first configure terminal asks whether errors may be reported (8.4 and later)
	LoginHistory    bool          // who logs in is told of the logins before (9.8 and later)
	LiveChecksum    bool          // the cryptochecksum is computed when shown (7.0 and later); else it is that of the last load or save
}

// ConfigTraits are the differences of a configuration, of what it starts with and of its text, that are not the presence
// of a command.
type ConfigTraits struct {
	// InterfaceName is the name that the third and later interfaces have by default, a format of their index; "" where no
	// interface has a name or a level of its own (7.0 and later). The third's level is ThirdLevel, each further one's is
	// LevelStep higher.
	InterfaceName         string
	ThirdLevel, LevelStep int
	SpeedWords            map[string]string // hardware speeds that are printed otherwise than they are typed
	InterfacePairs        bool              // lines of translations name their interfaces (4.1 and later)
	StaticMasks           bool              // static translates networks too, and its lines name the mask (4.1 and later)
	DHCPGroups            bool              // the lines of dhcpd stand by interface, every group before a "!" (7.0 and later)
	ManagementLast        bool              // management-only is the last line of its interface; else it stands before shutdown

	LoggingOn     bool     // logging is on from the factory
	TrapLevel     int      // syslog servers' level from the factory; -1: nothing is sent
	LoggingSwitch string   // what switches all logging: logging "on" or "enable"
	LogGuide      bool     // the numbers of all its messages are known
	LogAlways     int      // the message that cannot be switched off; 0: none
	LoggingShown  []string // the parts of logging that are printed even when they are off or usual

	SortFixups   bool       // fixup lines stand in the order of the alphabet; else in that of FixupProtocols
	TimeoutLines [][]string // the timers of each line of timeout
	UauthManner  bool       // uauth's line names its manner even where it is the usual one, absolute

	// ServiceTo: destination stands before the ports of a service-object (8.3 and later).
	ServiceTo bool

	// MemberIndent is the blanks before a line of an object-group.
	MemberIndent int

	InspectMaps     bool // policy-map type inspect exists; else the longest DNS message stands on inspect dns itself
	ShownLimits     bool // nat, static and mailhost lines end in both limits, "0 0" too; else only set ones, behind tcp
	DNSBehindMask   bool // a static line's dns stands behind the netmask; else before it
	OldConduits     bool // a conduit is printed as one server, one port, one foreign network, all by number
	ExtendedACL     bool // access-list lines say extended, or standard
	LogLevelWords   bool // the log level of an access-list line is a word; else a number
	ShownLogging    bool // show access-list prints log with level and interval even where they are usual
	ShownWidth      bool // terminal width is printed even where it is 80
	ShownPrivilege  bool // an account's privilege is printed even where it is the usual one
	TelnetTimeout   bool // there is a line of the telnet timeout (4.2 and later)
	TelnetInterface bool // telnet lines name their interface (4.3 and later)

	OneRoute bool // a network has one route of a metric (up to 6.3)
	OwnHop   bool // a route may go by an address of the box: it looks for the destination itself on that wire

	PlainACEs bool // entries of an access-list end without a blank (9.2 and later); else with one behind a port or log

	// NoPasswd: there is no login password unless one was set (9.0 and later); else it is cisco.
	NoPasswd bool

	// Unshown are the stored commands whose default lines are not printed.
	Unshown []string

	// Converts is what the versions of a PIX begin with whose stored configuration the first boot converts, "6.".
	Converts []string

	// ConvertsNAT are the same for configurations whose translations become a table.
	ConvertsNAT []string

	// ConvertsIdentity are the same for configurations whose rules that leave an address as it is went by the route without a
	// word.
	ConvertsIdentity []string

	// TrailingBlanks are the sections whose lines all end in a blank where releases differ in that.
	TrailingBlanks []Section
}

// NATTraits are the rules of translation and admission.
type NATTraits struct {
	Control       bool // a packet from a higher to a lower level needs a translation (up to 6.3; nat-control later)
	ControlOption bool // nat-control can be switched (7.0 to 8.2)
	ByTable       bool // translations are a table of rules, and lists name real addresses (8.3 and later)
	KeepPort      bool // PAT leaves the port of the source as it is where that is free (8.3 and later)
	Conduits      bool // conduits admit where no access-group is bound (up to 6.3)
	ProxyARP      bool // answers ARP for globals and statics
	SameSecurity  bool // same-security-traffic exists (7.0 and later)
	SameInterface bool // a static may lead from an interface to itself (7.0 and later)
	ICMPStateless bool // through ICMP has no state: replies need a permit of their own (all here; inspect icmp later)
	MSSClamp      int  // default of sysopt connection tcpmss; 0: none (before 6.x)
	// IdentityByRoute: static rules that leave an address as it is go by the route and answer no ARP requests; otherwise their
	// words say so.
	IdentityByRoute bool
	// DNSByInspection: addresses in DNS replies are translated where the replies are inspected.
	DNSByInspection bool
	ReportBox       bool // connections of the box itself have messages as others have
	DropExceedMSS   bool // a tcp-map that says nothing of exceed-mss drops segments of more data than the other end takes
	// ExactResets: a reset in the window ends a connection only if it is the next number of its sender, and a SYN never passes
	// in an established one (7.0 and later: the reasons tcp-rst-syn-in-win and tcp-syn-ooo of show asp drop). Before, it may
	// stand anywhere in the window; up to 4.2(5), 4.4(4), 5.0(3) and 5.1(1) real boxes did not look at the number
	// (CSCdr11711).
	// unverified: that the numbers that are taken are those of the window up to 6.3.
	ExactResets  bool
	TCPIntercept bool // above the embryonic limit the box answers SYN itself (5.2 and later); else it drops them
	DNSGuard     bool // the first reply of a name server ends its connection (4.2 and later)
	ForeignHosts bool // show local-host and 609001 count the lower-level end too (7.0 and later)
	// PATRanges are the first ports of the ranges in which a shared address keeps source ports, ascending; the last one ends
	// at 65535.
	PATRanges      []uint16
	RandomSequence bool // initial sequence numbers of the higher level are randomised unless norandomseq
}

// Limits bound the tables. All are positive.
type Limits struct {
	Conns, Xlates, ARP int
	Fragments          int  // datagrams being put together at the same time
	FragmentQueue      int  // those of one interface, where no fragment line says otherwise
	FragmentChain      int  // fragments of one datagram
	DHCPPool           int  // addresses that the DHCP server gives out on an interface
	TelnetEntries      int  // telnet lines in the configuration
	LogBuffer          int  // octets
	HostName, NameLen  int  // characters
	RouteEntries       int  //
	Interfaces         int  //
	DenyFlows          int  // denied flows that are kept for 106100, where access-list deny-flow-max says nothing else
	CaptureSnap        int  // octets that a capture keeps of a packet, where packet-length says nothing else; 0: there is none
	CaptureOneWay      bool // a capture's access-list is asked for what a packet is, not for its answers too (7.0 and later)
	Elements           int  // rules that all access-lists and conduits with object-groups may stand for
}

// Timers are the defaults of the timeout command and the fixed timers beside it.
type Timers struct {
	Xlate, PATXlate, Conn, HalfClosed, UDP, ICMP, Embryonic, FINWait, Uauth time.Duration
	Bypass                                                                  time.Duration // of connections whose state is bypassed; 0: as others
}
