package release

// Log messages of what the engine drops and of the box's own affairs, besides those of keys.go; their arguments are those of
// the denials and of management there.
const (
	SyslogFragmentsFull Key = "syslog fragments full"     // 209003; 9 the limit, 17 the packet's number
	SyslogFragmentSize  Key = "syslog fragment size"      // 209004; 14 size, 9 the most, 17 number
	SyslogFragmentChain Key = "syslog fragment chain"     // 209005; 9 the limit, 17 number
	SyslogTeardrop      Key = "syslog teardrop"           // 106020; 14 size, 9 offset
	SyslogPortZero      Key = "syslog port zero"          // 500004; 18 is the protocol's number
	SyslogBoxProtocol   Key = "syslog box protocol"       // 710006; 18 is the protocol's number
	SyslogNoRoute       Key = "syslog no route"           // 110001
	SyslogEchoToPAT     Key = "syslog echo to pat"        // 106013
	SyslogOutboundICMP  Key = "syslog deny outbound icmp" // 106018; 106002 before
	SyslogBoxFull       Key = "syslog box full"           // 710004; 8 from addr/port, 7 interface, 10 to addr/port, 11 the limit
	SyslogClassConns    Key = "syslog class connections"  // 201011; 14 connections, 9 the limit, 11 "input" or "output", 2 interface of the policy
	SyslogClassHalf     Key = "syslog class embryonic"    // 201010; the same
	SyslogClientConns   Key = "syslog client connections" // 201013; the same
	SyslogClientHalf    Key = "syslog client embryonic"   // 201012; the same
	SyslogURL           Key = "syslog url"                // 304001; 19 the URL
	SyslogShunsCleared  Key = "syslog shuns cleared"      // 401001
	SyslogIPOption      Key = "syslog ip option"          // 106012; 9 its number, 11 its name
	SyslogLineUp        Key = "syslog line up"            // 411001; 7 interface
	SyslogLineDown      Key = "syslog line down"          // 411002; 7 interface
	SyslogUserAdded     Key = "syslog user added"         // 502101; 3 user, 6 level, 4 the password as it is stored
	SyslogUserDeleted   Key = "syslog user deleted"       // 502102; the same
	SyslogSerialIn      Key = "syslog serial in"          // 605005; 3 user
	SyslogSerialFailed  Key = "syslog serial failed"      // 605004; 3 user
)

// What the logging commands say.
const (
	ConfLogAlways Key = "conf log always"          // a message that cannot be switched off. 1 number
	LogMessage    Key = "show logging message"     // 1 number, 2 level word, 3 what it is now or nothing, 4 "enabled" or "disabled"
	LogMessageNow Key = "show logging message now" // 1 level word
)

// syslogNone: messages that 4.0 does not have.
var syslogNone = Catalogue{
	SyslogBoxFull: "", SyslogClassConns: "", SyslogClassHalf: "", SyslogClientConns: "", SyslogClientHalf: "",
	SyslogFragmentsFull: "", SyslogFragmentSize: "", SyslogFragmentChain: "", SyslogTeardrop: "", SyslogPortZero: "",
	SyslogNoRoute: "", SyslogEchoToPAT: "", SyslogURL: "", SyslogShunsCleared: "", SyslogLineUp: "", SyslogLineDown: "",
	SyslogBoxProtocol: "", SyslogUserAdded: "", SyslogUserDeleted: "", SyslogSerialIn: "", SyslogSerialFailed: "",
	SyslogOutboundICMP: "2-106002 %[1]s connection denied by outbound list %[11]v src %[3]s %[4]v dest %[6]s %[7]v",

	SyslogSMTPReplaced: "", // the inspection looks into no address
	SyslogDisallow:     "", // there is no server by TCP

	// Log guides of 5.x and field samples have them; unverified: that 4.x has none of them.
	SyslogDenyProto: "", SyslogDenyNoXlate: "", SyslogDenyNoConn: "", SyslogSpoof: "", SyslogLand: "", SyslogNoGroup: "",
	SyslogNoGroupICMP: "", SyslogNoGroupOther: "", SyslogHairpinICMP: "", SyslogHairpinOther: "", SyslogARPCollision: "",
	SyslogIPOption: "",
}

var syslog42 = Catalogue{
	ConfLogAlways: "Message %[1]d cannot be blocked", // unverified:

	SyslogDisallow: "3-201008 The PIX is disallowing new connections.",
	SyslogURL:      "5-304001 %[3]s Accessed URL %[6]s:%[19]s", // a field sample
}

// syslog50: the log guide of 5.0, and field samples.
var syslog50 = Catalogue{
	SyslogDenyProto:    "3-106010 Deny inbound protocol %[18]v src %[2]s:%[3]s dst %[5]s:%[6]s", // unverified: how a protocol by number is worded
	SyslogDenyNoXlate:  "3-106011 Deny inbound (No xlate) %[1]s src %[2]s:%[3]s/%[4]v dst %[5]s:%[6]s/%[7]v",
	SyslogHairpinICMP:  "3-106011 Deny inbound (No xlate) icmp src %[2]s:%[3]s dst %[5]s:%[6]s (type %[9]v, code %[10]v)",
	SyslogHairpinOther: "3-106011 Deny inbound (No xlate) protocol %[1]s src %[2]s:%[3]s dst %[5]s:%[6]s",
	SyslogDenyNoConn:   "6-106015 Deny TCP (no connection) from %[3]s/%[4]v to %[6]s/%[7]v flags %[8]s  on interface %[2]s",
	SyslogSpoof:        "2-106016 Deny IP spoof from (%[3]s) to %[6]s on interface %[2]s",
	SyslogLand:         "2-106017 Deny IP due to Land Attack from %[3]s to %[6]s",
	SyslogIPOption:     `2-106012 Deny IP from %[3]s to %[6]s, IP options: "%[9]s"`, // a field sample of 2002
	SyslogNoGroup:      "3-305005 No translation group found for %[1]s src %[2]s:%[3]s/%[4]v dst %[5]s:%[6]s/%[7]v",
	SyslogNoGroupICMP:  "3-305005 No translation group found for icmp src %[2]s:%[3]s dst %[5]s:%[6]s (type %[9]v, code %[10]v)",
	SyslogNoGroupOther: "3-305005 No translation group found for protocol %[1]s src %[2]s:%[3]s dst %[5]s:%[6]s",
	SyslogARPCollision: "4-405001 Received ARP request collision from %[3]s/%[8]s on interface %[2]s",
	SyslogPortZero:     "4-500004 Invalid transport field for protocol=%[18]v, from %[3]s/%[4]v to %[6]s/%[7]v", // a field sample
	SyslogEchoToPAT:    "2-106013 Dropping echo request from %[3]s to PAT address %[6]s",                        // unverified: since when
}

// syslog52: the log guide of 5.2 has 209003 to 209005, that of 5.0 ends before them.
var syslog52 = Catalogue{
	SyslogFragmentsFull: "4-209003 Fragment database limit of %[9]v exceeded:  src = %[3]s, dest = %[6]s, proto = %[1]s, id = %[17]v", // a field sample
	SyslogFragmentSize:  "4-209004 Invalid IP fragment, size = %[14]v exceeds maximum size = %[9]v:  src = %[3]s, dest = %[6]s, proto = %[1]s, id = %[17]v",
	SyslogFragmentChain: "4-209005 Discard IP fragment set with more than %[9]v elements:  src = %[3]s, dest = %[6]s, proto = %[1]s, id = %[17]v", // a field sample of an ASA
	SyslogTeardrop:      "2-106020 Deny IP teardrop fragment (size = %[14]v, offset = %[9]v) from %[3]s to %[6]s",                                 // unverified: since when
	SyslogOutboundICMP:  "2-106018 ICMP packet type %[9]v denied by outbound list %[11]v src %[3]s dest %[6]s",                                    // unverified: since when
}

var syslog60 = Catalogue{
	SyslogShunsCleared: "4-401001 Shuns cleared",
}

// syslog72: log guides of 7.2 and later.
var syslog72 = Catalogue{
	SyslogClassConns:  "3-201011 Connection limit exceeded %[14]v/%[9]v for %[11]s packet from %[3]s/%[4]v to %[6]s/%[7]v on interface %[2]s",
	SyslogClientHalf:  "6-201012 Per-client embryonic connection limit exceeded %[14]v/%[9]v for %[11]s packet from %[3]s/%[4]v to %[6]s/%[7]v on interface %[2]s",
	SyslogClientConns: "3-201013 Per-client connection limit exceeded %[14]v/%[9]v for %[11]s packet from %[3]s/%[4]v to %[6]s/%[7]v on interface %[2]s",
}

// syslog62: the log guide of 6.3; unverified: that 6.2 has them.
var syslog62 = Catalogue{
	SyslogNoRoute:     "6-110001 No route to %[6]s from %[3]s",
	SyslogUserAdded:   "5-502101 New user added to local dbase: Uname: %[3]s Priv: %[6]d Encpass: %[4]s",
	SyslogUserDeleted: "5-502102 User deleted from local dbase: Uname: %[3]s Priv: %[6]d Encpass: %[4]s",
}

// syslog63: its log guide.
var syslog63 = Catalogue{
	LogMessage:    "syslog %[1]d: default-level %[2]s%[3]s (%[4]s)", // a book's example
	LogMessageNow: ", current-level %[1]s",

	SyslogBoxFull:      "4-710004 TCP connection limit exceeded from %[8]s to %[7]s:%[10]s (current connections/connection limit = %[11]v/%[11]v)", // a field sample
	SyslogLineUp:       "4-411001 Line protocol on interface %[7]s changed state to up",
	SyslogBoxProtocol:  "7-710006 %[18]v request discarded from %[3]s to %[2]s:%[6]s", // unverified: how the protocol is worded
	SyslogLineDown:     "4-411002 Line protocol on interface %[7]s changed state to down",
	SyslogSerialIn:     `6-605005 Login permitted from serial to console for user "%[3]s"`, // unverified: the words behind serial
	SyslogSerialFailed: `6-605004 Login denied from serial to console for user "%[3]s"`,    // unverified: the same
}
