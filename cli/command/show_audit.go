package command

import (
	"context"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// signature is one of those that ip audit looks for; Attack or information.
type signature struct {
	number int
	class  string // "A" or "I"
	name   string
}

// signatures are those of the PIX, as its log guide lists them with messages 400000 to 400050.
var signatures = []signature{
	{1000, "I", "Bad IP Options List"}, {1001, "I", "Record Packet Route"}, {1002, "I", "Timestamp"},
	{1003, "I", "Provide s,c,h,tcc"}, {1004, "I", "Loose Source Route"}, {1005, "I", "SATNET ID"},
	{1006, "I", "Strict Source Route"}, {1100, "A", "IP Fragment Attack"}, {1102, "A", "Impossible IP Packet"},
	{1103, "A", "IP Teardrop"}, {2000, "I", "ICMP Echo Reply"}, {2001, "I", "ICMP Unreachable"},
	{2002, "I", "ICMP Source Quench"}, {2003, "I", "ICMP Redirect"}, {2004, "I", "ICMP Echo Request"},
	{2005, "I", "ICMP Time Exceed"}, {2006, "I", "ICMP Parameter Problem"}, {2007, "I", "ICMP Time Request"},
	{2008, "I", "ICMP Time Reply"}, {2009, "I", "ICMP Info Request"}, {2010, "I", "ICMP Info Reply"},
	{2011, "I", "ICMP Address Mask Request"}, {2012, "I", "ICMP Address Mask Reply"}, {2150, "A", "Fragmented ICMP"},
	{2151, "A", "Large ICMP"}, {2154, "A", "Ping of Death"}, {3040, "A", "TCP No Flags"},
	{3041, "A", "TCP SYN & FIN Flags Only"}, {3042, "A", "TCP FIN Flag Only"}, {3153, "A", "FTP Improper Address"},
	{3154, "A", "FTP Improper Port"}, {4050, "A", "Bomb"}, {4051, "A", "Snork"}, {4052, "A", "Chargen"},
	{6050, "I", "DNS Host Info"}, {6051, "I", "DNS Zone Xfer"}, {6052, "I", "DNS Zone Xfer High Port"},
	{6053, "I", "DNS All Records"}, {6100, "I", "RPC Port Registration"}, {6101, "I", "RPC Port Unregistration"},
	{6102, "I", "RPC Dump"}, {6103, "A", "Proxied RPC"}, {6150, "I", "ypserv Portmap Request"},
	{6151, "I", "ypbind Portmap Request"}, {6152, "I", "yppasswdd Portmap Request"}, {6153, "I", "ypupdated Portmap Request"},
	{6154, "I", "ypxfrd Portmap Request"}, {6155, "I", "mountd Portmap Request"}, {6175, "I", "rexd Portmap Request"},
	{6180, "I", "rexd Attempt"}, {6190, "A", "statd Buffer Overflow"},
}

// auditText is show ip audit count: the simulator looks for no signature, so that none was ever found.
func auditText(_ context.Context, s Session, m *g.Match) error {
	rel := s.Release()
	var b strings.Builder
	if name, one := auditIf.Lookup(m); one {
		b.WriteString(rel.Say(release.AuditCountIf, name))
	} else {
		b.WriteString(rel.Say(release.AuditCount))
	}
	for _, v := range signatures {
		b.WriteString(rel.Say(release.AuditLine, v.number, v.class, v.name, 0) + "\n")
	}
	return emit(s, b.String())
}
