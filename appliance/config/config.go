// Package config is the typed model of a running configuration: immutable once published, edited by copy on write. It
// knows no command text, no console and no packet.
//
// Slices and lists of a *Config are shared between configurations: read them, never write to them. What an Edit leaves
// alone keeps its identity (the same slice, the same List root, the same pointers), so that a compiler can keep what it
// built from it.
package config

import (
	"time"

	"pixsim/appliance/release"
)

// Config is one configuration. A published *Config is never written to.
type Config struct {
	Release *release.Release

	Hostname string
	Domain   string // "": none
	Names    *NameTable

	Interfaces []Interface // one for each hardware interface, in order; VLANs behind them
	ACLs       Table[*AccessList]
	groups     Table[*ObjectGroup]
	// ACLCompiled: access-list compiled (6.2 and 6.3). DenyFlowMax and AlertInterval (seconds): access-list
	// deny-flow-max and alert-interval; 0: the default.
	ACLCompiled                bool
	DenyFlowMax, AlertInterval int
	Groups                     []AccessGroup

	Globals   Table[Global]
	pools     pools // the addresses of Globals
	NATs      Table[NAT]
	Statics   Table[*Static]
	Conduits  Table[*Conduit]
	mapped    mapped // what Statics map to
	Mailhosts []Mailhost
	Outbounds Table[Outbound] // by list, ascending
	Applies   []Apply
	Aliases   Table[Alias]
	// Twice and TwiceAfter are sections 1 and 3 of the translation table (8.3 and later); see NATTable.
	Twice, TwiceAfter Table[*NATRule]
	// Established let hosts that were spoken to open connections back.
	Established []Established
	Verify      []string // interfaces
	Fragments   []Fragments
	resolved    *resolved // laid over, see SetResolved

	// NATControl: a packet to a lower level needs a translation (nat-control, 7.0 to 8.2). Before, see NATTraits.
	NATControl bool

	Routes     Table[Route]
	hops       Map[[]Route] // those to one network
	ARP        Table[ARP]
	ARPTimeout time.Duration
	ICMP       Table[ICMP]

	Fixups          Table[Fixup] // up to 6.3
	ClassMaps       Table[ClassMap]
	PolicyMaps      []PolicyMap
	ESMTPMaps       []ESMTPMap
	Regexes         Table[Regex]
	RegexClasses    Table[RegexClass]
	ServicePolicies []ServicePolicy

	Timeouts Timeouts
	Logging  Logging

	EnablePasswords []EnablePassword // by level, ascending
	Passwd          string           // hash; "" when there is none
	Users           Table[User]
	AAAConsole      []AAAConsole
	CommandAuth     CommandAuth // aaa authorization command
	Privileges      []Privilege
	AuthPrompts     []AuthPrompt
	Telnet, SSH     Table[Allow]
	TelnetTimeout   time.Duration
	SSHTimeout      time.Duration
	ConsoleTimeout  time.Duration // 0: never
	Pager           int           // lines; 0 off
	Width           int           // columns of every session; 0 unlimited
	Banners         []Banner
	TFTP            TFTPServer
	DHCPD           DHCPD
	Services        Services
	SameInter       bool // same-security-traffic permit inter-interface
	SameIntra       bool

	Stored Table[*Stored] // lines that are only kept and printed, by their slots in order of entry
}

// Edit is a configuration being changed: New or From starts it, the methods change it, Config ends it. The zero Edit is
// of no use. An Edit belongs to one goroutine.
type Edit struct {
	c Config
	// Salt is asked for the salt of each new secret; nil: it is always the same.
	Salt func() [16]byte
}

// From starts an Edit of a published configuration.
func From(c *Config) *Edit { return &Edit{c: *c} }

// New starts an Edit with the defaults of a release on its model's interfaces: what a configuration without a line says.
func New(rel *release.Release) *Edit {
	c := Config{
		Release: rel, Hostname: rel.Console.Prompt, Names: &NameTable{On: true},
		ARPTimeout: 4 * time.Hour, TelnetTimeout: 5 * time.Minute, SSHTimeout: 5 * time.Minute, Pager: 24, Width: 80,
		Passwd:          DefaultPasswd(rel),
		EnablePasswords: DefaultEnable(rel),
		Timeouts:        DefaultTimeouts(rel), Logging: defaultLogging(rel), Fixups: fixupTable(rel),
		Interfaces: defaultInterfaces(rel),
	}
	if c.Hostname == "" {
		c.Hostname = "pixfirewall"
	}
	return &Edit{c: c}
}

// Config publishes what was edited. The Edit must not be used afterwards.
func (e *Edit) Config() *Config { c := e.c; return &c }

// View is the configuration as edited so far, for reading only.
func (e *Edit) View() *Config { return &e.c }

// Release is the release that the configuration is for.
func (e *Edit) Release() *release.Release { return e.c.Release }

// SetHostname sets the name in the prompt.
func (e *Edit) SetHostname(name string) { e.c.Hostname = name }

// SetDomain sets the domain name; "" removes it.
func (e *Edit) SetDomain(name string) { e.c.Domain = name }

// added is s with v at its end, in memory of its own.
func added[E any](s []E, v E) []E { return spliced(s, len(s), v) }

// replaced is s with v for entry i, in memory of its own.
func replaced[E any](s []E, i int, v E) []E {
	out := append([]E(nil), s...)
	out[i] = v
	return out
}
