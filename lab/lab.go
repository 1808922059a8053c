// Package lab is the training lab around the box: two networks with hosts, mail servers that play those of the time, mail clients,
// and the joints between the lab and the machine. It does not know what the box does with a packet.
package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"pixsim/dataplane/hoststack"
	"pixsim/dataplane/link"
)

// The lab's addresses, which never change.
var (
	OutsideNet = netip.MustParsePrefix("203.0.113.0/24")
	BoxOutside = netip.MustParseAddr("203.0.113.1")
	MailGlobal = netip.MustParseAddr("203.0.113.10")  // of the mail server, as the Internet sees it
	NextHop    = netip.MustParseAddr("203.0.113.254") // the router before the Internet
	ClientAddr = netip.MustParseAddr("198.51.100.25")

	InsideNet = netip.MustParsePrefix("10.1.1.0/24")
	BoxInside = netip.MustParseAddr("10.1.1.1")
	MailAddr  = netip.MustParseAddr("10.1.1.10")
	DeskAddr  = netip.MustParseAddr("10.1.1.20") // the administrator's
)

// The box's interfaces, as indices of Links.
const (
	Outside = 0
	Inside  = 1
)

// station is a host of the lab and where it is plugged in.
type station struct {
	name    string
	segment int
	mac     [6]byte
	addr    netip.Addr     // the source of what it sends
	all     []netip.Prefix // addr among them
	gateway netip.Addr
}

var stations = []station{
	{"client", Outside, [6]byte{0x02, 0x00, 0x5e, 0x64, 0x00, 0x19}, ClientAddr,
		[]netip.Prefix{netip.PrefixFrom(NextHop, 24), netip.PrefixFrom(ClientAddr, 32)}, BoxOutside},
	{"mail", Inside, [6]byte{0x02, 0x00, 0x0a, 0x01, 0x01, 0x0a}, MailAddr, []netip.Prefix{netip.PrefixFrom(MailAddr, 24)}, BoxInside},
	{"desk", Inside, [6]byte{0x02, 0x00, 0x0a, 0x01, 0x01, 0x14}, DeskAddr, []netip.Prefix{netip.PrefixFrom(DeskAddr, 24)}, BoxInside},
}

// HostNames are the names of the lab's hosts.
func HostNames() []string {
	var names []string
	for _, s := range stations {
		names = append(names, s.name)
	}
	return names
}

// HostAddr is the address that a host's connections come from; invalid for a name that the lab has not.
func HostAddr(name string) netip.Addr {
	for _, s := range stations {
		if s.name == name {
			return s.addr
		}
	}
	return netip.Addr{}
}

// Options of a lab. The zero value is the lab of the README.
type Options struct {
	MTU   int              // octets of an IP packet; 0: 1500
	Now   func() time.Time // of the mail servers; nil: time.Now
	Spool string           // a directory for the mail that the inside server takes; "": memory only
	Log   io.Writer        // what reached the inside mail server, as text; nil: memory only

	MailProfile *ServerProfile // what the inside mail server plays; nil: the lab's own
	MXProfile   *ServerProfile // the same of the one outside; nil: the lab's own without a certificate

	// Files is a directory for what the TFTP server of desk keeps; "": memory only.
	Files string

	MinRTO time.Duration // of the hosts, see hoststack.Config
	// Wire may decorate a host's end of its wire, to impair or record it; nil: none.
	Wire func(host string, l link.Link) link.Link
}

// Lab is a running lab.
type Lab struct {
	mtu      int
	links    []link.Link
	segments []*link.Switch             // by Outside and Inside
	hosts    map[string]*hoststack.Host // guarded by mu once New has returned: see Join
	mail     *MailServer
	mx       *MailServer
	isp      *ISP
	files    map[string]*FileStore // of the TFTP servers, by host

	mu       sync.Mutex
	closed   bool
	services map[service]io.Closer
	joints   []io.Closer
}

// service is a port of a lab host that somebody serves.
type service struct {
	host string
	port uint16
	udp  bool
}

// New starts the hosts and their servers: SMTP and POP3 on `mail`, and on `client` the SMTP server of example.net, the
// rest of the world, for mail that goes out.
func New(o Options) (*Lab, error) {
	if o.MTU == 0 {
		o.MTU = 1500
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	l := &Lab{mtu: o.MTU, hosts: map[string]*hoststack.Host{}, services: map[service]io.Closer{}}
	err := l.plugIn(o)
	if err == nil {
		err = l.startMail(o)
	}
	if err == nil {
		err = l.startFiles(o)
	}
	if err == nil {
		l.isp = newISP(l.segments[Outside].Port(), o.Now)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Lab) plugIn(o Options) error {
	l.segments = []*link.Switch{link.NewSwitch(o.MTU), link.NewSwitch(o.MTU)}
	for _, s := range l.segments {
		l.links = append(l.links, s.Uplink())
	}
	for _, s := range stations {
		wire := l.segments[s.segment].Port()
		if o.Wire != nil {
			wire = o.Wire(s.name, wire)
		}
		h, err := hoststack.New(wire, hoststack.Config{Name: s.name, MAC: s.mac, Addrs: s.all, Gateway: s.gateway,
			MTU: o.MTU, Source: s.addr, MinRTO: o.MinRTO, Offload: o.Wire == nil})
		if err != nil {
			return err
		}
		l.hosts[s.name] = h
	}
	return nil
}

func (l *Lab) startMail(o Options) error {
	users := map[string]string{"user": "pass"}
	store, err := NewStore(o.Spool, slices.Collect(maps.Keys(users)))
	if err != nil {
		return err
	}
	cert, err := SelfSigned("mail.example.com", o.Now())
	if err != nil {
		return err
	}
	l.mail = NewMailServer(MailConfig{Profile: o.MailProfile, Users: users, Store: store, Log: NewMailLog(o.Log), TLS: &cert,
		Peers: map[string]string{ClientAddr.String(): "client.example.net", DeskAddr.String(): "desk.example.com"}, Now: o.Now, Dial: l.identDialer("mail")})
	world, err := NewStore("", nil)
	if err != nil {
		return err
	}
	if o.MXProfile == nil {
		o.MXProfile = labServer().but(func(p *ServerProfile) { p.Cert = false })
	}
	if cert, err = SelfSigned("mx.example.net", o.Now()); err != nil {
		return err
	}
	l.mx = NewMailServer(MailConfig{Profile: o.MXProfile, FQDN: "mx.example.net", Domains: []string{"example.net"},
		Users: map[string]string{}, Peers: map[string]string{MailGlobal.String(): "mail.example.com"}, Store: world, Log: NewMailLog(nil), TLS: &cert, Now: o.Now, Dial: l.identDialer("client")})
	for _, s := range []struct {
		at  service
		srv *server
	}{
		{service{"mail", 25, false}, &l.mail.srv},
		{service{"mail", 110, false}, &NewPOP3Server(l.mail).srv},
		{service{"client", 25, false}, &l.mx.srv},
	} {
		ln, err := l.hosts[s.at.host].Listen(netip.AddrPortFrom(netip.Addr{}, s.at.port))
		if err != nil {
			return err
		}
		l.services[s.at] = s.srv
		s.srv.background(ln)
	}
	return nil
}

// identDialer dials from a host. A query comes from the address that the client had called (RFC 1413 section 4).
func (l *Lab) identDialer(host string) IdentDialer {
	return func(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
		return l.Host(host).Dial(ctx, netip.AddrPortFrom(from.Unmap(), 0), netip.AddrPortFrom(to.Addr().Unmap(), to.Port()))
	}
}

// MailServerAt is the mail server on a host; nil when that has none.
func (l *Lab) MailServerAt(host string) *MailServer {
	switch host {
	case "mail":
		return l.mail
	case "client":
		return l.mx
	}
	return nil
}

// SetProfile changes what the mail server on a host plays, for new connections.
func (l *Lab) SetProfile(host string, p *ServerProfile) error {
	m := l.MailServerAt(host)
	if m == nil {
		return fmt.Errorf("there is no mail server on %q: there are mail and client", host)
	}
	m.SetProfile(p)
	return nil
}

// Links are the box's ends of the wires, indexed by Outside and Inside. They belong to who takes them; Close closes them
// too.
func (l *Lab) Links() []link.Link { return slices.Clone(l.links) }

// Host is the host of a name; nil when the lab has none such.
func (l *Lab) Host(name string) *hoststack.Host {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hosts[name]
}

// Mail is the Exchange-like server inside.
func (l *Lab) Mail() *MailServer { return l.mail }

// MX is the mail server of example.net, on `client`.
func (l *Lab) MX() *MailServer { return l.mx }

// ISP is the provider's DHCP server outside.
func (l *Lab) ISP() *ISP { return l.isp }

// Forward listens on the machine and brings its callers into the lab. port 0 picks one: see Forward.Addr.
func (l *Lab) Forward(spec ForwardSpec) (*Forward, error) {
	h := l.Host(spec.Host)
	if h == nil {
		return nil, fmt.Errorf("forward %s: %s", spec.Listen, labHost(spec.Host))
	}
	ln, err := net.Listen("tcp", spec.Listen)
	if err != nil {
		return nil, err
	}
	f := NewForward(ln, func(ctx context.Context) (net.Conn, error) { return h.Dial(ctx, netip.AddrPort{}, spec.To) })
	if err := l.own(f); err != nil {
		return nil, err
	}
	return f, nil
}

// Serve puts a program of the machine behind a port of a lab host, in place of the lab's own server if it has one there.
func (l *Lab) Serve(spec ServeSpec) error {
	h := l.Host(spec.Host)
	if h == nil {
		return servingError(spec, errors.New(labHost(spec.Host)))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return servingError(spec, net.ErrClosed)
	}
	at := service{spec.Host, spec.Port, spec.UDP}
	if old := l.services[at]; old != nil {
		if err := old.Close(); err != nil {
			return servingError(spec, err)
		}
		delete(l.services, at)
	}
	c, err := serveProgram(h, spec)
	if err != nil {
		return servingError(spec, err)
	}
	l.services[at] = c
	return nil
}

func serveProgram(h *hoststack.Host, spec ServeSpec) (io.Closer, error) {
	at := netip.AddrPortFrom(HostAddr(spec.Host), spec.Port)
	if spec.UDP {
		return newUDPServe(h, at, spec.Addr)
	}
	ln, err := h.Listen(at)
	if err != nil {
		return nil, err
	}
	return NewForward(ln, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", spec.Addr)
	}), nil
}

// own makes c end with the lab; when that has ended already, c does at once.
func (l *Lab) own(c io.Closer) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errors.Join(net.ErrClosed, c.Close())
	}
	l.joints = append(l.joints, c)
	return nil
}

// Close ends forwards, servers and hosts, then the wires, and waits for all of them.
func (l *Lab) Close() error {
	l.mu.Lock()
	closers := l.joints
	for _, c := range l.services {
		closers = append(closers, c)
	}
	for _, h := range l.hosts {
		closers = append(closers, h)
	}
	if l.isp != nil {
		closers = append(closers, l.isp)
	}
	already := l.closed
	l.closed = true
	l.mu.Unlock()
	if already {
		return nil
	}
	var errs []error
	for _, c := range closers {
		errs = append(errs, c.Close())
	}
	for _, w := range l.links {
		w.Close()
	}
	return errors.Join(errs...)
}
