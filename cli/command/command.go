// Package command is the commands of the appliance, one file a command: its syntax, what it changes in the
// configuration or does to the box, and the configuration lines it renders to. It knows neither terminal nor network;
// the dataplane it sees only as values to print.
package command

import (
	"context"
	"iter"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// Mode is a place of the console where commands are legal.
type Mode uint8

const (
	User Mode = iota
	Privileged
	Configure
	ConfigInterface    // (config-if), 7.0 and later
	ConfigSubinterface // (config-subif)
	ConfigClassMap     // (config-cmap)
	ConfigPolicyMap    // (config-pmap)
	ConfigPolicyClass  // (config-pmap-c)
	ConfigESMTPMap     // (config-pmap), of a policy-map type inspect esmtp
	ConfigESMTPMatch   // (config-pmap-c)
	ConfigESMTPParam   // (config-pmap-p)
	ConfigInspectMap   // (config-pmap), of a policy-map of another type
	ConfigInspectMatch // (config-pmap-c)
	ConfigPolicyParam  // (config-pmap-p)
	ConfigInspectClass // (config-cmap), of a class-map with a type
	ConfigManagementClass
	ConfigRegexClass // (config-cmap), of a class-map type regex
	ConfigTCPMap
	ConfigDNSGroup
	ConfigAAAGroup
	ConfigAAAHost
	ConfigWebVPN
	ConfigGroupPolicy
	ConfigTunnelGeneral
	ConfigTunnelIPsec
	ConfigUsername
	ConfigTrustpool
	ConfigCallHome
	ConfigCallHomeProfile
	ConfigRouter        // (config-router), 6.3
	ConfigRouting       // (config-routing)
	ConfigRouteMap      // (config-route-map)
	ConfigMulticast     // (config-multicast), 6.2 and 6.3
	ConfigNetworkGroup  // (config-network), 6.2 and later, as the next three
	ConfigProtocolGroup // (config-protocol)
	ConfigICMPGroup     // (config-icmp-type)
	ConfigServiceGroup  // (config-service)
	ConfigMixedGroup    // (config-service), of services of any protocol (8.0 and later)
	ConfigObjectNetwork // (config-network-object), 8.3 and later, as the next
	ConfigObjectService // (config-service-object)
	ConfigTunnelWebVPN
	ConfigTunnelPPP
	ConfigGroupWebVPN
	ConfigUserWebVPN
	ConfigIPsecProposal
	ConfigIPsecProfile
	ConfigISAKMPPolicy
	ConfigIKEv1Policy
	ConfigIKEv2Policy
	ConfigTrustpoint
	ConfigCRL
	ConfigCertificateMap
	ConfigCertificateChain
	ConfigCertificate
	ConfigCAServer
	ConfigLDAPMap
	ConfigRouterRIP
	ConfigRouterOSPF
	ConfigRouterEIGRP
	ConfigRouterBGP
	ConfigRouterAF
	ConfigRouterISIS
	ConfigRouterOSPF6
	ConfigRouteMapASA
	ConfigPolicyList
	ConfigSLA
	ConfigSLAEcho
	ConfigTimeRange
	ConfigFailoverGroup
	ConfigLoadBalancing
	ConfigPriorityQueue
	ConfigDDNS
	ConfigDynamicFilter
	ConfigScanSafe
	ConfigDAP
	ConfigWebVPNOfDAP
	ConfigNACPolicy
	ConfigLicense
	ConfigIMAP4S
	ConfigPOP3S
	ConfigSMTPS
	ConfigWebCache
	ConfigSSOServer
	ConfigUserGroup
	ConfigSecurityGroup
	ConfigTLSProxy
	ConfigCTLProvider
	ConfigCTLFile
	ConfigPhoneProxy
	ConfigMediaTermination
	ConfigUCIME
	ConfigSNMPMap
	ConfigMountCIFS
	ConfigMountFTP
	ConfigCluster
	ConfigNVE
	ConfigHSIGroup
	ConfigHSTS
	ConfigHTTPHeaders
	ConfigHSTSServer
	ConfigHSTSClient
	ConfigCallHomeSnapshot
	ConfigCallHomeLoad
	ConfigDHCPPool6
	ConfigHTTPMap
	ConfigFTPMap
	ConfigGTPMap
	ConfigMGCPMap
)

// ModeInfo is one row of the table of modes.
type ModeInfo struct {
	Mode   Mode
	Suffix string // behind the host name: "> ", "# ", "(config)# "; of a group up to 8.4, see Prompt
	Parent Mode   // where exit leads; User's parent is User
	Title  string // in help: "configure mode", "exec mode", "mpf-policy-map mode"
}

// Modes is the table of modes, indexed by Mode.
var Modes = []ModeInfo{
	{User, "> ", User, "exec mode"},
	{Privileged, "# ", Privileged, "exec mode"},
	{Configure, "(config)# ", Privileged, "configure mode"},
	{ConfigInterface, "(config-if)# ", Configure, "interface mode"},
	{ConfigSubinterface, "(config-subif)# ", Configure, "interface mode"},
	{ConfigClassMap, "(config-cmap)# ", Configure, "class-map mode"},
	{ConfigPolicyMap, "(config-pmap)# ", Configure, "mpf-policy-map mode"},
	{ConfigPolicyClass, "(config-pmap-c)# ", ConfigPolicyMap, "mpf-policy-map-class mode"},
	{ConfigESMTPMap, "(config-pmap)# ", Configure, "mpf-policy-map mode"},
	{ConfigESMTPMatch, "(config-pmap-c)# ", ConfigESMTPMap, "mpf-policy-map-class mode"},
	{ConfigESMTPParam, "(config-pmap-p)# ", ConfigESMTPMap, "policy-map parameters mode"},
	{ConfigInspectMap, "(config-pmap)# ", Configure, "mpf-policy-map mode"},
	{ConfigInspectMatch, "(config-pmap-c)# ", ConfigInspectMap, "mpf-policy-map-class mode"},
	{ConfigPolicyParam, "(config-pmap-p)# ", ConfigInspectMap, "policy-map parameters mode"},
	{ConfigInspectClass, "(config-cmap)# ", Configure, "class-map mode"},
	{ConfigManagementClass, "(config-cmap)# ", Configure, "class-map mode"},
	{ConfigRegexClass, "(config-cmap)# ", Configure, "class-map mode"},
	{ConfigTCPMap, "(config-tcp-map)# ", Configure, "tcp-map mode"},
	{ConfigDNSGroup, "(config-dns-server-group)# ", Configure, "dns-server-group mode"},
	{ConfigAAAGroup, "(config-aaa-server-group)# ", Configure, "aaa-server-group mode"},
	{ConfigAAAHost, "(config-aaa-server-host)# ", Configure, "aaa-server-host mode"},
	{ConfigWebVPN, "(config-webvpn)# ", Configure, "webvpn mode"},
	{ConfigGroupPolicy, "(config-group-policy)# ", Configure, "group-policy mode"},
	{ConfigTunnelGeneral, "(config-tunnel-general)# ", Configure, "tunnel-group general-attributes mode"},
	{ConfigTunnelIPsec, "(config-tunnel-ipsec)# ", Configure, "tunnel-group ipsec-attributes mode"},
	{ConfigUsername, "(config-username)# ", Configure, "username mode"},
	{ConfigTrustpool, "(config-ca-trustpool)# ", Configure, "ca trustpool mode"},
	{ConfigCallHome, "(cfg-call-home)# ", Configure, "call-home mode"},
	{ConfigCallHomeProfile, "(cfg-call-home-profile)# ", ConfigCallHome, "call-home profile mode"},
	{ConfigRouter, "(config-router)# ", Configure, "router mode"},
	{ConfigRouting, "(config-routing)# ", Configure, "routing mode"},
	{ConfigRouteMap, "(config-route-map)# ", Configure, "route-map mode"},
	{ConfigMulticast, "(config-multicast)# ", Configure, "multicast mode"},
	{ConfigNetworkGroup, "(config-network)# ", Configure, "network-object-group mode"},
	{ConfigProtocolGroup, "(config-protocol)# ", Configure, "protocol-object-group mode"},
	{ConfigICMPGroup, "(config-icmp-type)# ", Configure, "icmp-object-group mode"},
	{ConfigServiceGroup, "(config-service)# ", Configure, "service-object-group mode"},
	{ConfigMixedGroup, "(config-service)# ", Configure, "dual-service-object-group mode"},
	{ConfigObjectNetwork, "(config-network-object)# ", Configure, "network-object mode"},
	{ConfigObjectService, "(config-service-object)# ", Configure, "service-object mode"},
	{ConfigTunnelWebVPN, "(config-tunnel-webvpn)# ", Configure, "tunnel-group webvpn-attributes mode"},
	{ConfigTunnelPPP, "(config-ppp)# ", Configure, "tunnel-group ppp-attributes mode"},
	{ConfigGroupWebVPN, "(config-group-webvpn)# ", ConfigGroupPolicy, "group-policy webvpn mode"},
	{ConfigUserWebVPN, "(config-username-webvpn)# ", ConfigUsername, "username webvpn mode"},
	{ConfigIPsecProposal, "(config-ipsec-proposal)# ", Configure, "ipsec-proposal mode"},
	{ConfigIPsecProfile, "(config-ipsec-profile)# ", Configure, "ipsec-profile mode"},
	{ConfigISAKMPPolicy, "(config-isakmp-policy)# ", Configure, "isakmp-policy mode"},
	{ConfigIKEv1Policy, "(config-ikev1-policy)# ", Configure, "ikev1-policy mode"},
	{ConfigIKEv2Policy, "(config-ikev2-policy)# ", Configure, "ikev2-policy mode"},
	{ConfigTrustpoint, "(config-ca-trustpoint)# ", Configure, "crypto-ca-trustpoint mode"},
	{ConfigCRL, "(config-ca-crl)# ", ConfigTrustpoint, "ca-crl mode"},
	{ConfigCertificateMap, "(config-ca-cert-map)# ", Configure, "ca-cert-map mode"},
	{ConfigCertificateChain, "(config-cert-chain)# ", Configure, "crypto-ca-cert-chain mode"},
	{ConfigCertificate, "(config-cert-chain)# ", ConfigCertificateChain, "certificate mode"},
	{ConfigCAServer, "(config-ca-server)# ", Configure, "ca-server mode"},
	{ConfigLDAPMap, "(config-ldap-attribute-map)# ", Configure, "ldap-attribute-map mode"},
	{ConfigRouterRIP, "(config-router)# ", Configure, "router mode"},
	{ConfigRouterOSPF, "(config-router)# ", Configure, "router mode"},
	{ConfigRouterEIGRP, "(config-router)# ", Configure, "router mode"},
	{ConfigRouterBGP, "(config-router)# ", Configure, "router mode"},
	{ConfigRouterAF, "(config-router-af)# ", ConfigRouterBGP, "address-family mode"},
	{ConfigRouterISIS, "(config-router)# ", Configure, "router mode"},
	{ConfigRouterOSPF6, "(config-rtr)# ", Configure, "router mode"},
	{ConfigRouteMapASA, "(config-route-map)# ", Configure, "route-map mode"},
	{ConfigPolicyList, "(config-policy-list)# ", Configure, "policy-list mode"},
	{ConfigSLA, "(config-sla-monitor)# ", Configure, "sla-monitor mode"},
	{ConfigSLAEcho, "(config-sla-monitor-echo)# ", ConfigSLA, "sla-monitor-echo mode"},
	{ConfigTimeRange, "(config-time-range)# ", Configure, "time-range mode"},
	{ConfigFailoverGroup, "(config-fover-group)# ", Configure, "fover-group mode"},
	{ConfigLoadBalancing, "(config-load-balancing)# ", Configure, "load-balancing mode"},
	{ConfigPriorityQueue, "(config-priority-queue)# ", Configure, "priority-queue mode"},
	{ConfigDDNS, "(DDNS-update-method)# ", Configure, "ddns-update-method mode"},
	{ConfigDynamicFilter, "(config-llist)# ", Configure, "dynamic-filter mode"},
	{ConfigScanSafe, "(cfg-scansafe)# ", Configure, "scansafe mode"},
	{ConfigDAP, "(config-dynamic-access-policy-record)# ", Configure, "dynamic-access-policy-record mode"},
	{ConfigWebVPNOfDAP, "(config-dap-webvpn)# ", ConfigDAP, "dynamic-access-policy-record webvpn mode"},
	{ConfigNACPolicy, "(config-nac-policy-nac-framework)# ", Configure, "nac-policy mode"},
	{ConfigLicense, "(config-smart-lic)# ", Configure, "smart-license mode"},
	{ConfigIMAP4S, "(config-imap4s)# ", Configure, "imap4s mode"},
	{ConfigPOP3S, "(config-pop3s)# ", Configure, "pop3s mode"},
	{ConfigSMTPS, "(config-smtps)# ", Configure, "smtps mode"},
	{ConfigWebCache, "(config-webvpn-cache)# ", ConfigWebVPN, "webvpn-cache mode"},
	{ConfigSSOServer, "(config-webvpn-sso)# ", ConfigWebVPN, "webvpn-sso mode"},
	{ConfigUserGroup, "(config-user-object-group)# ", Configure, "user-object-group mode"},
	{ConfigSecurityGroup, "(config-security-object-group)# ", Configure, "security-object-group mode"},
	{ConfigTLSProxy, "(config-tlsp)# ", Configure, "tls-proxy mode"},
	{ConfigCTLProvider, "(config-ctl-provider)# ", Configure, "ctl-provider mode"},
	{ConfigCTLFile, "(config-ctl-file)# ", Configure, "ctl-file mode"},
	{ConfigPhoneProxy, "(config-phone-proxy)# ", Configure, "phone-proxy mode"},
	{ConfigMediaTermination, "(config-media-termination)# ", Configure, "media-termination mode"},
	{ConfigUCIME, "(config-uc-ime)# ", Configure, "uc-ime mode"},
	{ConfigSNMPMap, "(config-snmp-map)# ", Configure, "snmp-map mode"},
	{ConfigMountCIFS, "(config-mount-cifs)# ", Configure, "mount-cifs mode"},
	{ConfigMountFTP, "(config-mount-ftp)# ", Configure, "mount-ftp mode"},
	{ConfigCluster, "(cfg-cluster)# ", Configure, "cluster mode"},
	{ConfigNVE, "(cfg-nve)# ", Configure, "nve mode"},
	{ConfigHSIGroup, "(config-h225-map-hsi-grp)# ", ConfigPolicyParam, "hsi-group mode"},
	{ConfigHSTS, "(config-webvpn-hsts)# ", ConfigWebVPN, "webvpn-hsts mode"},
	{ConfigHTTPHeaders, "(config-webvpn-http-headers)# ", ConfigWebVPN, "webvpn-http-headers mode"},
	{ConfigHSTSServer, "(config-webvpn-hsts-server)# ", ConfigHTTPHeaders, "webvpn-hsts-server mode"},
	{ConfigHSTSClient, "(config-webvpn-hsts-client)# ", ConfigHTTPHeaders, "webvpn-hsts-client mode"},
	{ConfigCallHomeSnapshot, "(cfg-call-home-snapshot)# ", ConfigCallHome, "call-home snapshot mode"},
	{ConfigCallHomeLoad, "(cfg-call-home-environment)# ", ConfigCallHome, "call-home environment mode"},
	{ConfigDHCPPool6, "(config-dhcpv6)# ", Configure, "dhcpv6 mode"},
	{ConfigHTTPMap, "(config-http-map)# ", Configure, "http-map mode"},
	{ConfigFTPMap, "(config-ftp-map)# ", Configure, "ftp-map mode"},
	{ConfigGTPMap, "(config-gtp-map)# ", Configure, "gtp-map mode"},
	{ConfigMGCPMap, "(config-mgcp-map)# ", Configure, "mgcp-map mode"},
}

// modePrompt is the suffix of a mode in some releases, in place of that of Modes.
type modePrompt struct {
	mode   Mode
	suffix string
	span   release.Span
}

// In is those releases.
func (p modePrompt) In() release.Span { return p.span }

// modePrompts: sessions of 9.x.
var modePrompts = []modePrompt{
	{ConfigNetworkGroup, "(config-network-object-group)# ", since90},
	{ConfigProtocolGroup, "(config-protocol-object-group)# ", since90},
	{ConfigICMPGroup, "(config-icmp-object-group)# ", since90},
	{ConfigServiceGroup, "(config-service-object-group)# ", since90},
	{ConfigMixedGroup, "(config-service-object-group)# ", since90},
}

// Prompt is what stands behind the host name in mode m of a release.
func (m Mode) Prompt(rel *release.Release) string {
	for p := range release.Rows(rel, modePrompts) {
		if p.mode == m {
			return p.suffix
		}
	}
	return Modes[m].Suffix
}

// Path is the object that a sub-mode edits: the keys of its modes from the outside in, e.g. {"global_policy",
// "inspection_default"}.
type Path []string

// Command is one command of the appliance as a value.
//
// A configuration command has Set and perhaps No, Clear and Lines; an exec command has Run. Exec commands of Privileged
// are legal in every configuration mode too, those of User in all modes. Two Commands with the same first words and
// disjoint Spans are how the same words get another meaning in later releases; commands with the same first word (all
// the show commands) are alternatives of each other.
type Command struct {
	Name   string // first words, "fixup" or "show xlate"; heading in docs/commands.md
	Help   string // one line for ? and help
	Mode   Mode
	Span   release.Span
	Syntax g.Syntax // the whole line, first word included, without "no"
	// NoSyntax is what may follow "no" where that differs from Syntax; ClearSyntax what follows "clear" (up to 6.3) or
	// "clear configure" (7.0 and later), default: the first word alone.
	NoSyntax, ClearSyntax g.Syntax

	Set   func(c *Ctx, e *config.Edit, m *g.Match) error
	No    func(c *Ctx, e *config.Edit, m *g.Match) error
	Clear func(c *Ctx, e *config.Edit, m *g.Match) error
	// Lines renders what Set made, in order: the inverse of Set.
	Lines func(c *config.Config, v View) iter.Seq[Line]
	// Section is where all of Lines stand. Render makes them when it comes there, so that the first screen of a long
	// configuration does not wait for the last; "": in several sections, or so few that nobody waits.
	Section release.Section

	Run func(ctx context.Context, s Session, m *g.Match) error

	// Stored: the command is kept and rendered, but nothing in the simulator acts on it.
	Stored bool
	// Partly: of a stored command, that some of its lines are acted on.
	Partly bool
	// Converts: the line is one of an older software, and becomes others or none.
	Converts bool
	// Usage lines, up to 6.3, without the leading "Usage:  "; nil: derived from Syntax.
	Usage []string
	// Adds: a line of it does not take the place of another. A text that is merged into a configuration adds none that is there.
	Adds bool
	// begins are how its lines begin where its name does not tell all of it.
	begins []begin
	// byRule: made of a configuration command (see lineShows); the table comes before it.
	byRule bool
	// Private commands' lines are not repeated in history or log (passwords).
	Private bool
}

// First is the first word of the command.
func (c *Command) First() string {
	word, _, _ := strings.Cut(c.Name, " ")
	return word
}

// Line is one line of a rendered configuration.
type Line struct {
	Section release.Section
	Depth   int // blanks in front: 1 for a line of a sub-mode, 2 for its sub-mode
	Text    string
}

// View says how a configuration is rendered.
type View struct {
	Release *release.Release
	All     bool // defaults as well (show running-config all)
	Secrets bool // real secrets instead of stars (startup-config, more system:running-config)
	Names   bool // addresses by their `name` where `names` is on
}

// Error is a semantic error: the device's words for Key, with Args. The console words it.
type Error struct {
	Key  release.Key
	Args []any
}

func (e *Error) Error() string { return string(e.Key) }

// Errorf makes an *Error.
func Errorf(key release.Key, args ...any) error { return &Error{key, args} }

// Usage is returned by Set, No, Clear or Run when the words fit the syntax but mean nothing: the console answers as to
// a syntax error of the command.
var ErrUsage = &Error{Key: "usage"}

// ErrFew is returned where words may be left out and are needed all the same, a server that no other line names: the
// console answers as to a line that ends too early.
var ErrFew = &Error{Key: "few"}

// Ctx is what Set, No and Clear know beside the edit and the match.
type Ctx struct {
	Release *release.Release
	Path    Path // the object of the sub-mode the line was typed in
	// Loading: the line comes from the startup configuration.
	Loading bool
	// OnDisk reports whether the disk has a file; nil where nobody sits in front of it.
	OnDisk func(path string) bool

	Notes []Error // informational lines; printed, not failures
	// Entered is the sub-mode that the line opens, with its path, or Configure.
	Entered     Mode
	EnteredPath Path
}

// Note prints a line in the device's words without failing.
func (c *Ctx) Note(key release.Key, args ...any) { c.Notes = append(c.Notes, Error{key, args}) }

// Enter opens a sub-mode.
func (c *Ctx) Enter(m Mode, path ...string) { c.Entered, c.EnteredPath = m, path }
