package appliance

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"pixsim/appliance/release"
	"pixsim/dataplane"
	"pixsim/dataplane/inspect/smtp"
)

// word finds the message for an engine's event: its key and arguments, as release/keys.go numbers them. The empty key
// means that no release logs it. names are the interface names by port.
func word(e dataplane.Event, names func(dataplane.Port) string, r *release.Release) (release.Key, []any) {
	switch e.Kind {
	case dataplane.EventBuiltConn, dataplane.EventTornConn:
		return wordConn(e, names, r)
	case dataplane.EventBuiltXlate, dataplane.EventTornXlate:
		return wordXlate(e, names)
	case dataplane.EventBuiltHost:
		return release.SyslogBuiltHost, []any{names(e.Src.If), e.Src.Real.Addr(), ""}
	case dataplane.EventTornHost:
		return release.SyslogTornHost, []any{names(e.Src.If), e.Src.Real.Addr(), duration(e.Lasted)}
	case dataplane.EventSMTP:
		return wordSMTP(e, names)
	case dataplane.EventInspectKill:
		_, args := wordSMTP(e, names)
		return release.SyslogInspectKill, args
	case dataplane.EventDebugICMP:
		return "", nil
	}
	return denyKey(e), wordDeny(e, names)
}

func wordConn(e dataplane.Event, names func(dataplane.Port) string, r *release.Release) (release.Key, []any) {
	keys := map[uint8][2]release.Key{
		6:  {release.SyslogBuiltTCP, release.SyslogTornTCP},
		17: {release.SyslogBuiltUDP, release.SyslogTornUDP},
		1:  {release.SyslogBuiltICMP, release.SyslogTornICMP},
	}
	pair, ok := keys[e.Proto]
	if !ok {
		return "", nil
	}
	key := pair[0]
	if e.Kind == dataplane.EventTornConn {
		key = pair[1]
	}
	way := "outbound"
	if e.Inbound {
		way = "inbound"
	}
	return key, []any{
		way, e.Conn, names(e.Src.If), slashed(e.Src.Real), slashed(e.Src.Mapped),
		names(e.Dst.If), slashed(e.Dst.Real), slashed(e.Dst.Mapped),
		duration(e.Lasted), e.Bytes, reason(e.Reason, r), e.Type, e.Code,
	}
}

// reasons are the words of a teardown; a connection that ends by a rule of UDP or ICMP has none.
var reasons = map[dataplane.Reason]release.Key{
	dataplane.ReasonFINs:       release.ReasonFINs,
	dataplane.ReasonResetI:     release.ReasonResetI,
	dataplane.ReasonResetO:     release.ReasonResetO,
	dataplane.ReasonFINTimeout: release.ReasonFINTimeout,
	dataplane.ReasonSYNTimeout: release.ReasonSYNTimeout,
	dataplane.ReasonIdle:       release.ReasonIdle,
	dataplane.ReasonXlateClear: release.ReasonXlateClear,
	dataplane.ReasonConnClear:  release.ReasonConnClear,
	dataplane.ReasonDeny:       release.ReasonDeny,
	dataplane.ReasonInvalidSYN: release.ReasonInvalidSYN,
	dataplane.ReasonWindow:     release.ReasonWindow,
	dataplane.ReasonTraced:     release.ReasonTraced,
}

func reason(why dataplane.Reason, r *release.Release) string {
	if key, ok := reasons[why]; ok {
		return r.Say(key)
	}
	return ""
}

func wordXlate(e dataplane.Event, names func(dataplane.Port) string) (release.Key, []any) {
	key, kind := release.SyslogBuiltXlate, "dynamic"
	torn := e.Kind == dataplane.EventTornXlate
	switch {
	case e.PAT && torn:
		key = release.SyslogTornPAT
	case e.PAT:
		key = release.SyslogBuiltPAT
	case torn:
		key = release.SyslogTornXlate
	}
	if e.Static {
		kind = "static"
	}
	real, mapped := fmt.Sprint(e.Dst.Real.Addr()), fmt.Sprint(e.Dst.Mapped.Addr())
	if e.PAT {
		real, mapped = slashed(e.Dst.Real), slashed(e.Dst.Mapped)
	}
	return key, []any{kind, strings.ToUpper(protoWord(e.Proto)), names(e.Dst.If), real, names(e.Src.If), mapped, duration(e.Lasted)}
}

func wordSMTP(e dataplane.Event, names func(dataplane.Port) string) (release.Key, []any) {
	keys := map[smtp.EventKind]release.Key{
		smtp.EventReplaced:    release.SyslogSMTPReplaced,
		smtp.EventMailAddress: release.SyslogSMTPAddress,
		smtp.EventMatched:     release.SyslogSMTPMatched,
		smtp.EventLogged:      release.SyslogSMTPLogged,
		smtp.EventSize:        release.SyslogSMTPSize,
		smtp.EventTLS:         release.SyslogSMTPTLS,
	}
	way := "Response"
	if e.SMTP.Request {
		way = "Request"
	}
	kind, class := "ESMTP Parameter", e.SMTP.Class
	if e.SMTP.Match >= 0 {
		kind, class = "ESMTP Classification", "matched "+class
	}
	client, server := e.Src, e.Dst
	if !e.Inbound {
		client, server = server, client
	}
	return keys[e.SMTP.Kind], []any{
		e.Src.Real.Addr(), e.Dst.Real.Addr(), e.SMTP.Info, names(client.If), slashed(client.Real), names(server.If),
		slashed(server.Real), way, e.SMTP.Action, class, e.SMTP.Info, kind,
	}
}

// denyKeys are the messages that say one thing whatever the protocol.
var denyKeys = map[dataplane.EventKind]release.Key{
	dataplane.EventACLLog:        release.SyslogACLLog,
	dataplane.EventLogFlowsFull:  release.SyslogLogFlows,
	dataplane.EventDenyNoConn:    release.SyslogDenyNoConn,
	dataplane.EventTooManyConns:  release.SyslogTooMany,
	dataplane.EventEmbryonic:     release.SyslogEmbryonic,
	dataplane.EventNoSlots:       release.SyslogNoSlots,
	dataplane.EventSpoof:         release.SyslogSpoof,
	dataplane.EventLand:          release.SyslogLand,
	dataplane.EventBoxICMPDenied: release.SyslogBoxICMP,
	dataplane.EventBoxRequest:    release.SyslogBoxRequest,
	dataplane.EventBoxPermitted:  release.SyslogBoxPermitted,
	dataplane.EventARPCollision:  release.SyslogARPCollision,
	dataplane.EventReversePath:   release.SyslogReversePath,
	dataplane.EventAsymmetric:    release.SyslogAsymmetric,
	dataplane.EventShunned:       release.SyslogShunned,
	dataplane.EventShunAdded:     release.SyslogShunAdded,
	dataplane.EventShunLifted:    release.SyslogShunLifted,
	dataplane.EventDNSLong:       release.SyslogDNSLong,
	dataplane.EventDisallowed:    release.SyslogDisallow,
	dataplane.EventLicence:       release.SyslogLicence,
	dataplane.EventFragmentsFull: release.SyslogFragmentsFull,
	dataplane.EventFragmentSize:  release.SyslogFragmentSize,
	dataplane.EventFragmentChain: release.SyslogFragmentChain,
	dataplane.EventTeardrop:      release.SyslogTeardrop,
	dataplane.EventPortZero:      release.SyslogPortZero,
	dataplane.EventNoRoute:       release.SyslogNoRoute,
	dataplane.EventEchoToPAT:     release.SyslogEchoToPAT,
	dataplane.EventURL:           release.SyslogURL,
	dataplane.EventShunsCleared:  release.SyslogShunsCleared,
	dataplane.EventIPOption:      release.SyslogIPOption,

	dataplane.EventClassConns: release.SyslogClassConns, dataplane.EventClassEmbryonic: release.SyslogClassHalf,
	dataplane.EventClientConns: release.SyslogClientConns, dataplane.EventClientEmbryonic: release.SyslogClientHalf,
}

func denyKey(e dataplane.Event) release.Key {
	byProto := func(tcp, udp, icmp, other release.Key) release.Key {
		switch e.Proto {
		case 6:
			return tcp
		case 17:
			return udp
		case 1:
			return icmp
		}
		return other
	}
	switch e.Kind {
	case dataplane.EventDenyConduit:
		if e.Proto == 17 && dnsWord(e) != "" {
			return release.SyslogDenyDNS
		}
		return byProto(release.SyslogDenyTCP, release.SyslogDenyUDP, release.SyslogDenyICMP, release.SyslogDenyProto)
	case dataplane.EventDenyACL:
		return byProto(release.SyslogDenyACL, release.SyslogDenyACL, release.SyslogDenyACLICMP, release.SyslogDenyACLOther)
	case dataplane.EventNoTranslation:
		return byProto(release.SyslogNoGroup, release.SyslogNoGroup, release.SyslogNoGroupICMP, release.SyslogNoGroupOther)
	case dataplane.EventXlateFailed:
		return byProto(release.SyslogNoPort, release.SyslogNoPort, release.SyslogNoPortICMP, release.SyslogNoPortOther)
	case dataplane.EventDenyNoXlate:
		return byProto(release.SyslogDenyNoXlate, release.SyslogDenyNoXlate, release.SyslogHairpinICMP, release.SyslogHairpinOther)
	case dataplane.EventBoxDiscarded:
		return byProto(release.SyslogBoxDiscarded, release.SyslogBoxDiscarded, release.SyslogBoxProtocol, release.SyslogBoxProtocol)
	case dataplane.EventDenyOutbound:
		return byProto(release.SyslogDenyOutbound, release.SyslogDenyOutbound, release.SyslogOutboundICMP, release.SyslogDenyOutbound)
	case dataplane.EventBoxDenied:
		return boxDenied(e)
	}
	return denyKeys[e.Kind]
}

// dnsWord is what 106007 calls a datagram of port 53; "" for others.
func dnsWord(e dataplane.Event) string {
	switch {
	case e.Src.Real.Port() == 53:
		return "Response"
	case e.Dst.Mapped.Port() == 53:
		return "Query"
	}
	return ""
}

// boxDenied: releases that have no 710003 say it of telnet and SSH by messages of their own; those that have it leave
// the other keys without words.
func boxDenied(e dataplane.Event) release.Key {
	switch e.Dst.Real.Port() {
	case 23:
		return release.SyslogBoxTelnet
	case 22:
		return release.SyslogBoxSSH
	}
	return release.SyslogBoxDenied
}

// optionWord is an IP option by its number, as 7.0 and later write it. unverified: all but the router alert
func optionWord(number int) string {
	if number == 20 {
		return "Router Alert"
	}
	return fmt.Sprintf("0x%x", number)
}

// wordDeny are the arguments that all denials share, by number.
func wordDeny(e dataplane.Event, names func(dataplane.Port) string) []any {
	proto := protoWord(e.Proto)
	verdict, first := "denied", "first hit"
	if e.Permit {
		verdict = "permitted"
	}
	if e.Kind == dataplane.EventACLLog && e.Limit > 0 {
		first = fmt.Sprintf("%d-second interval", e.Limit)
	}
	if e.Kind == dataplane.EventXlateFailed {
		first = failedKind(e)
	}
	if e.Kind == dataplane.EventDenyConduit {
		first = dnsWord(e)
	}
	src, srcIf, dst, dstIf := e.Src.Real, names(e.Src.If), e.Dst.Mapped, names(e.Dst.If)
	if !dst.IsValid() {
		dst = e.Dst.Real
	}
	if e.Kind == dataplane.EventShunAdded && !dst.IsValid() {
		dst = netip.AddrPortFrom(netip.IPv4Unspecified(), dst.Port()) // the host alone is shunned
	}
	args := []any{
		proto, srcIf, src.Addr(), src.Port(), dstIf, dst.Addr(), dst.Port(), flagWords(e.Flags), e.Type, e.Code,
		e.List, fmt.Sprintf("0x%x", uint32(e.Rule)), verdict, e.Count, first, e.Log, e.ID, e.Proto, e.URL,
	}
	switch e.Kind {
	case dataplane.EventLogFlowsFull:
		args[8] = e.Limit
	case dataplane.EventIPOption:
		args[8], args[10] = fmt.Sprintf("0x%x", e.Count), optionWord(e.Count)
	case dataplane.EventEmbryonic:
		args[5], args[6] = e.Dst.Real.Addr(), e.Dst.Real.Port()
		args[8], args[10] = e.Limit, e.Dst.Mapped.Addr()
	case dataplane.EventTooManyConns:
		args[5], args[8], args[10] = e.Dst.Mapped.Addr(), e.Len, "xlate"
		if e.Static {
			args[10] = "static"
		}
	case dataplane.EventBoxRequest, dataplane.EventBoxPermitted, dataplane.EventBoxDenied, dataplane.EventBoxDiscarded:
		args[0], args[4], args[10] = strings.ToUpper(proto), names(e.In), service(e.Proto, dst.Port())
	case dataplane.EventLicence:
		args[8] = e.Limit
	case dataplane.EventClassConns, dataplane.EventClassEmbryonic, dataplane.EventClientConns, dataplane.EventClientEmbryonic:
		args[1], args[5], args[6] = names(e.In), e.Dst.Real.Addr(), e.Dst.Real.Port()
		args[8], args[10] = e.Limit, "output"
		if e.In == e.Src.If {
			args[10] = "input"
		}
	case dataplane.EventDenyOutbound:
		args[10] = e.Count
	case dataplane.EventFragmentsFull, dataplane.EventFragmentSize, dataplane.EventFragmentChain:
		args[8], args[13] = e.Limit, e.Len
	case dataplane.EventTeardrop:
		args[8], args[13] = e.Count, e.Len
	case dataplane.EventURL:
		args[5] = e.Dst.Real.Addr()
	case dataplane.EventDNSLong:
		args[5], args[6] = e.Dst.Real.Addr(), e.Dst.Real.Port()
		args[8], args[13] = e.Limit, e.Len
	case dataplane.EventARPCollision:
		args[1], args[7] = names(e.In), dotted(e.MAC)
	}
	return args
}

// failedKind is what 305006 calls the translation that could not be made.
func failedKind(e dataplane.Event) string {
	switch {
	case e.Static:
		return "outbound static" // unverified: that this is when the word is used
	case e.PAT:
		return "portmap"
	}
	return "regular"
}

func protoWord(p uint8) string {
	switch p {
	case 1:
		return "icmp"
	case 6:
		return "tcp"
	case 17:
		return "udp"
	}
	return strconv.Itoa(int(p))
}

// service is the word of a port of the box itself in 710001 to 710005.
func service(proto uint8, port uint16) string {
	switch port {
	case 22:
		return "ssh"
	case 23:
		return "telnet"
	case 443:
		return "https"
	}
	return strconv.Itoa(int(port))
}

// flagWords are the TCP flags as 106001 and 106015 print them: upper case, one blank between.
func flagWords(flags uint8) string {
	var out []string
	for i, name := range []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG"} {
		if flags&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

// dotted is a hardware address as log messages print it.
func dotted(m [6]byte) string {
	return fmt.Sprintf("%02x%02x.%02x%02x.%02x%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}

func slashed(a netip.AddrPort) string { return fmt.Sprintf("%s/%d", a.Addr(), a.Port()) }

// duration is h:mm:ss without a leading zero on the hours.
func duration(d time.Duration) string {
	s := int(d / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
