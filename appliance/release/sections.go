package release

import "slices"

// The sections of a running configuration, in no particular order; the Order of a release puts them in their places. A
// section is a place, not a command: one command may print in two sections, and one section may hold two commands.
const (
	// Separator is a "!" line of its own, printed wherever it stands in an Order.
	Separator Section = "!"
	// Blank is an empty line, likewise.
	Blank Section = "blank"

	SectionInterface     Section = "interface"
	SectionNameif        Section = "nameif"
	SectionEnable        Section = "enable password"
	SectionPasswd        Section = "passwd"
	SectionHostname      Section = "hostname"
	SectionDomain        Section = "domain-name"
	SectionBoot          Section = "boot"
	SectionFTPMode       Section = "ftp mode"
	SectionClock         Section = "clock"
	SectionDNS           Section = "dns"
	SectionSameSecurity  Section = "same-security-traffic"
	SectionFixup         Section = "fixup"
	SectionNames         Section = "names"
	SectionName          Section = "name"
	SectionObjectGroup   Section = "object-group"
	SectionAccessList    Section = "access-list"
	SectionPager         Section = "pager"
	SectionLogging       Section = "logging"
	SectionICMP          Section = "icmp"
	SectionMTU           Section = "mtu"
	SectionIPAddress     Section = "ip address"
	SectionVerify        Section = "ip verify"
	SectionIPAudit       Section = "ip audit"
	SectionFailover      Section = "failover"
	SectionPDM           Section = "pdm"
	SectionASDM          Section = "asdm"
	SectionARP           Section = "arp"
	SectionAge           Section = "age"
	SectionNATControl    Section = "nat-control"
	SectionGlobal        Section = "global"
	SectionNAT           Section = "nat"
	SectionAlias         Section = "alias"
	SectionStatic        Section = "static"
	SectionMailhost      Section = "mailhost"
	SectionConduit       Section = "conduit"
	SectionOutbound      Section = "outbound"
	SectionApply         Section = "apply"
	SectionAccessGroup   Section = "access-group"
	SectionRIP           Section = "rip"
	SectionRoute         Section = "route"
	SectionTimeout       Section = "timeout"
	SectionDAP           Section = "dynamic-access-policy-record"
	SectionAAAServer     Section = "aaa-server"
	SectionAAA           Section = "aaa"
	SectionNTP           Section = "ntp"
	SectionHTTP          Section = "http"
	SectionSNMP          Section = "snmp-server"
	SectionTFTP          Section = "tftp-server" // behind snmp-server: configurations of 5.x and 6.x
	SectionFloodguard    Section = "floodguard"
	SectionFragment      Section = "fragment"
	SectionSysopt        Section = "sysopt"
	SectionService       Section = "service"
	SectionEstablished   Section = "established"
	SectionCrypto        Section = "crypto"
	SectionISAKMP        Section = "isakmp"
	SectionTelnet        Section = "telnet"
	SectionSSH           Section = "ssh"
	SectionManagement    Section = "management-access"
	SectionConsole       Section = "console"
	SectionDHCPD         Section = "dhcpd"
	SectionThreat        Section = "threat-detection"
	SectionWebVPN        Section = "webvpn"
	SectionUsername      Section = "username"
	SectionAuthPrompt    Section = "auth-prompt"
	SectionPrivilege     Section = "privilege"
	SectionTerminal      Section = "terminal"
	SectionBanner        Section = "banner"
	SectionClassMap      Section = "class-map"
	SectionInspectMap    Section = "policy-map type inspect"
	SectionPolicyMap     Section = "policy-map"
	SectionServicePolicy Section = "service-policy"
	SectionPrompt        Section = "prompt"
	SectionRegex         Section = "regex"
	SectionUnreachable   Section = "icmp unreachable" // before the other icmp lines
	SectionIPPool        Section = "ip local pool"
	SectionLink          Section = "link"
	SectionPrefixList    Section = "prefix-list"
	SectionRouteMap      Section = "route-map"
	SectionRouting       Section = "routing interface"
	SectionRouter        Section = "router"
	SectionMulticast     Section = "multicast"
	SectionMACList       Section = "mac-list"
	SectionAutoUpdate    Section = "auto-update"
	SectionCrash         Section = "crashinfo"
	SectionMGCP          Section = "mgcp"
	SectionURLServer     Section = "url-server"
	SectionFilter        Section = "filter"
	SectionURLBlock      Section = "url-block"
	SectionVirtual       Section = "virtual"
	SectionCA            Section = "ca"
	SectionVPNGroup      Section = "vpngroup"
	SectionVPDN          Section = "vpdn"
	SectionVPNClient     Section = "vpnclient"
	SectionDHCPRelay     Section = "dhcprelay"
	SectionTCPMap        Section = "tcp-map"
	SectionObject        Section = "object"
	SectionGroupPolicy   Section = "group-policy"
	SectionTunnelGroup   Section = "tunnel-group"
	SectionUserIdentity  Section = "user-identity"
	SectionTrustpool     Section = "crypto ca trustpool"
	SectionSSHCheck      Section = "ssh stricthostkeycheck" // before the other ssh lines
	SectionCallHome      Section = "call-home"
	// SectionCallHomeReport is before it.
	SectionCallHomeReport Section = "call-home reporting"

	// Of 7.0 and later only.
	SectionLDAP          Section = "ldap attribute-map"
	SectionSLA           Section = "sla monitor"
	SectionTrack         Section = "track"
	SectionIPv6          Section = "ipv6"
	SectionZone          Section = "zone"
	SectionSSL           Section = "ssl"
	SectionSMTPServer    Section = "smtp-server"
	SectionFlowExport    Section = "flow-export"
	SectionVPN           Section = "vpn"
	SectionServiceModule Section = "service-module"
	SectionCommandAlias  Section = "command-alias"
	SectionPriorityQueue Section = "priority-queue"
	SectionWCCP          Section = "wccp"
	SectionXlate         Section = "xlate"
	SectionDynamicFilter Section = "dynamic-filter"
	SectionScanSafe      Section = "scansafe"
	SectionTimeRange     Section = "time-range"
	SectionVoice         Section = "tls-proxy"
)

// orderPIX41 is the order of 4.0 and 4.1.
// unverified: no capture of these releases is known; the factory text is assembled from the command lists.
var orderPIX41 = []Section{
	SectionNameif, SectionEnable, SectionPasswd, SectionHostname, SectionFailover, SectionNames, SectionName,
	SectionLogging, SectionInterface, SectionIPAddress, SectionARP, SectionGlobal, SectionNAT, SectionAlias, SectionStatic,
	SectionMailhost, SectionConduit, SectionOutbound, SectionApply, SectionAge, SectionLink, SectionRIP, SectionRoute,
	SectionTimeout,
	SectionAAAServer, SectionAAA, SectionHTTP, SectionSNMP, SectionTFTP, SectionVirtual, SectionTelnet, SectionMTU, SectionEstablished,
	SectionSysopt, SectionService,
}

// orderPIX42 is the order of 4.2 (a 4.2(3) capture). The places of what that does not have are unverified.
var orderPIX42 = []Section{
	SectionNameif, SectionEnable, SectionPasswd, SectionHostname, SectionFixup, SectionNames, SectionName, SectionFailover,
	SectionPager, SectionLogging, SectionInterface, SectionIPAddress, SectionARP, SectionGlobal, SectionNAT, SectionAlias,
	SectionStatic, SectionConduit, SectionOutbound, SectionApply, SectionLink, SectionRIP, SectionRoute, SectionTimeout, SectionAAAServer,
	SectionAAA, SectionAuthPrompt, SectionURLServer, SectionFilter, SectionSNMP, SectionTFTP, SectionVirtual, SectionTelnet, SectionMTU, SectionEstablished, SectionFloodguard, SectionSysopt, SectionService,
	SectionTerminal,
}

// orderPIX44 is the order of 4.3 to 5.3, as the factory configurations of 4.4(5) and 5.3(1) show it. The places of
// optional lines are unverified.
var orderPIX44 = []Section{
	SectionNameif, SectionEnable, SectionPasswd, SectionHostname, SectionDomain, SectionFixup, SectionNames, SectionName,
	SectionAccessList, SectionPager, SectionLogging, SectionInterface, SectionICMP, SectionMTU, SectionIPAddress,
	SectionVerify, SectionIPAudit, SectionIPPool, SectionFailover, SectionARP, SectionGlobal, SectionNAT, SectionAlias, SectionStatic,
	SectionAccessGroup, SectionConduit, SectionOutbound, SectionApply, SectionEstablished, SectionLink, SectionRIP, SectionRoute,
	SectionTimeout,
	SectionAAAServer, SectionAAA, SectionAuthPrompt, SectionURLServer, SectionFilter, SectionSNMP, SectionTFTP, SectionFloodguard, SectionFragment,
	SectionSysopt, SectionService, SectionVirtual, SectionCrypto, SectionISAKMP, SectionCA, SectionVPNGroup,
	SectionTelnet, SectionSSH, SectionVPDN, SectionTerminal,
}

// orderPIX61 is the order of 6.0 to 6.2 (a 6.1(1) capture). unverified: the place of auto-update.
var orderPIX61 = []Section{
	SectionNameif, SectionEnable, SectionPasswd, SectionHostname, SectionDomain, SectionClock, SectionFixup, SectionNames,
	SectionName, SectionObjectGroup, SectionAccessList, SectionPager, SectionLogging, SectionInterface, SectionICMP,
	SectionMTU, SectionIPAddress, SectionVerify, SectionIPAudit, SectionIPPool, SectionFailover, SectionPDM, SectionAutoUpdate, SectionARP, SectionGlobal,
	SectionNAT,
	SectionAlias, SectionStatic, SectionAccessGroup, SectionConduit, SectionOutbound, SectionApply, SectionEstablished,
	SectionRIP,
	SectionRoute, SectionMulticast, SectionTimeout, SectionAAAServer, SectionAAA, SectionAuthPrompt, SectionURLServer,
	SectionFilter, SectionNTP, SectionHTTP, SectionSNMP, SectionTFTP, SectionFloodguard, SectionFragment,
	SectionSysopt, SectionService, SectionVirtual, SectionCrypto, SectionISAKMP, SectionCA, SectionVPNGroup,
	SectionTelnet, SectionSSH, SectionVPDN, SectionDHCPD, SectionVPNClient, SectionUsername,
	SectionPrivilege, SectionURLBlock, SectionTerminal,
}

// orderPIX63 is the order of 6.3 (captures of 6.3(5)). unverified: the places of auto-update, mgcp and
// crashinfo.
var orderPIX63 = []Section{
	SectionInterface, SectionNameif, SectionEnable, SectionPasswd, SectionHostname, SectionDomain, SectionClock,
	SectionFixup, SectionNames, SectionName, SectionObjectGroup, SectionAccessList, SectionPager, SectionLogging,
	SectionICMP, SectionMTU, SectionIPAddress, SectionVerify, SectionIPAudit, SectionIPPool, SectionFailover, SectionPDM, SectionAutoUpdate, SectionARP,
	SectionGlobal,
	SectionNAT, SectionAlias, SectionStatic, SectionConduit, SectionAccessGroup, SectionOutbound, SectionApply,
	SectionEstablished,
	SectionRIP, SectionPrefixList, SectionRouteMap, SectionRouting, SectionRouter, SectionRoute, SectionMulticast,
	SectionTimeout, SectionAAAServer, SectionMACList, SectionAAA, SectionAuthPrompt, SectionURLServer, SectionFilter,
	SectionNTP, SectionHTTP, SectionSNMP, SectionTFTP,
	SectionFloodguard, SectionFragment, SectionSysopt, SectionService, SectionVirtual, SectionCrypto, SectionISAKMP, SectionCA,
	SectionVPNGroup, SectionTelnet, SectionSSH,
	SectionManagement, SectionConsole, SectionVPDN, SectionDHCPD, SectionDHCPRelay, SectionVPNClient, SectionUsername,
	SectionPrivilege, SectionURLBlock, SectionMGCP, SectionTerminal, SectionBanner, SectionCrash,
}

// orderPIX72 is the order of 7.0 to 8.0: that of 8.2, but for passwd (captures of a 7.2(1) and of an 8.0(3) of the PIX).
var orderPIX72 = moved(orderASA82, SectionPasswd, SectionInterface)

// orderASA82 is the order of 8.2 (captures of 8.2(1)). The interface section ends each of its blocks with a "!" of its
// own, as do dhcpd, class-map and policy-map where they have lines.
var orderASA82 = []Section{
	Separator, SectionCommandAlias, SectionTerminal, SectionHostname, SectionDomain, SectionEnable, SectionPasswd, SectionXlate, SectionNames, SectionName, Separator,
	SectionInterface, SectionZone, SectionBanner, SectionRegex, SectionTimeRange, SectionBoot, SectionFTPMode, SectionClock, SectionDNS, SectionSameSecurity,
	SectionObjectGroup, SectionAccessList, SectionTCPMap, SectionPager, SectionLogging, SectionFlowExport, SectionMTU, SectionVerify, SectionIPPool, SectionIPAudit, SectionFailover,
	SectionUnreachable,
	SectionICMP, SectionASDM, SectionARP, SectionNATControl, SectionGlobal, SectionNAT, SectionAlias, SectionStatic,
	SectionAccessGroup, SectionIPv6, SectionRIP, SectionPrefixList, SectionRouteMap, SectionRouter,
	SectionRoute, SectionMulticast, SectionTimeout, SectionLDAP, SectionDAP, SectionAAAServer, SectionMACList, SectionAAA, SectionAuthPrompt, SectionURLServer, SectionFilter, SectionHTTP,
	SectionSNMP, SectionSMTPServer, SectionTFTP, SectionFragment, SectionVirtual, SectionAutoUpdate,
	SectionSysopt, SectionSLA, SectionService, SectionServiceModule, SectionEstablished, SectionCrypto, SectionTrack, SectionWCCP, SectionTelnet, SectionSSH,
	SectionConsole, SectionManagement, SectionVPDN, SectionVPNClient, SectionDHCPD, SectionDHCPRelay, SectionVPN, SectionPriorityQueue, SectionVoice, SectionThreat, SectionDynamicFilter, SectionScanSafe,
	SectionNTP, SectionSSL, SectionWebVPN, SectionGroupPolicy, SectionUsername,
	SectionTunnelGroup, Separator, SectionClassMap, Separator,
	SectionInspectMap, SectionPolicyMap, SectionServicePolicy, SectionURLBlock, SectionPrivilege, SectionCrash, SectionPrompt, SectionCallHome,
}

// orderASA84 has what 8.4 brings (configurations of 8.4(2)).
var orderASA84 = behind(behind(orderASA83, SectionUserIdentity, SectionDAP), SectionCallHomeReport, SectionPrompt)

// orderASA91 is the order of 9.x (configurations of a 9.3, a 9.4(4)5 and a 9.7(1)4).
var orderASA91 = behind(behind(moved(orderASA84, SectionDAP, SectionGroupPolicy), SectionTrustpool, SectionCrypto), SectionSSHCheck, SectionTelnet)

// orderASA98 has an empty line behind the names (a 9.7(1)4).
var orderASA98 = behind(orderASA91, Blank, SectionName)

// behind is an order with another section right behind one of its own.
func behind(order []Section, s, at Section) []Section {
	return slices.Insert(slices.Clone(order), slices.Index(order, at)+1, s)
}

// moved is an order with one of its sections right behind another.
func moved(order []Section, s, behind Section) []Section {
	at := slices.Index(order, s)
	order = slices.Delete(slices.Clone(order), at, at+1)
	return slices.Insert(order, slices.Index(order, behind)+1, s)
}

// before is an order with another section right before one of its own.
func before(order []Section, s, at Section) []Section {
	return slices.Insert(slices.Clone(order), slices.Index(order, at), s)
}
