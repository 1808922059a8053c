package lab

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// ForwardSpec is the flag LISTEN=HOST,DEST:PORT: an address of the machine whose callers come into the lab from HOST.
type ForwardSpec struct {
	Listen string         // host:port of the machine, for net.Listen
	Host   string         // a host of the lab
	To     netip.AddrPort // in the lab
}

// ParseForward reads the flag. Errors are one line and name the flag's form.
func ParseForward(text string) (ForwardSpec, error) {
	fail := func(why string) (ForwardSpec, error) {
		return ForwardSpec{}, fmt.Errorf("--forward %q: %s; want LISTEN=HOST,DEST:PORT, as 127.0.0.1:2526=client,203.0.113.10:25", text, why)
	}
	listen, rest, ok := strings.Cut(text, "=")
	if !ok {
		return fail("no =")
	}
	host, dest, ok := strings.Cut(rest, ",")
	if !ok {
		return fail("no comma after the host")
	}
	if why := machineAddr(listen, true); why != "" {
		return fail(why)
	}
	if why := labHost(host); why != "" {
		return fail(why)
	}
	to, err := netip.ParseAddrPort(dest)
	if err != nil || !to.Addr().Is4() || to.Port() == 0 {
		return fail(fmt.Sprintf("%q is not an IPv4 address and port", dest))
	}
	return ForwardSpec{Listen: listen, Host: host, To: to}, nil
}

// ServeSpec is the flag HOST,PORT[/udp]=ADDR: a port of a lab host that a program of the machine serves.
type ServeSpec struct {
	Host string
	Port uint16
	UDP  bool
	Addr string // host:port of the program
}

// ParseServe reads the flag. Errors are one line and name the flag's form.
func ParseServe(text string) (ServeSpec, error) {
	fail := func(why string) (ServeSpec, error) {
		return ServeSpec{}, fmt.Errorf("--serve %q: %s; want HOST,PORT[/udp]=ADDR, as desk,514/udp=127.0.0.1:5514", text, why)
	}
	left, addr, ok := strings.Cut(text, "=")
	if !ok {
		return fail("no =")
	}
	host, port, ok := strings.Cut(left, ",")
	if !ok {
		return fail("no comma after the host")
	}
	if why := labHost(host); why != "" {
		return fail(why)
	}
	number, proto, given := strings.Cut(port, "/")
	if given && proto != "udp" && proto != "tcp" {
		return fail(fmt.Sprintf("protocol %q is neither tcp nor udp", proto))
	}
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil || n == 0 {
		return fail(fmt.Sprintf("port %q is not from 1 to 65535", number))
	}
	if why := machineAddr(addr, false); why != "" {
		return fail(why)
	}
	return ServeSpec{Host: host, Port: uint16(n), UDP: proto == "udp", Addr: addr}, nil
}

func labHost(name string) string {
	for _, s := range stations {
		if s.name == name {
			return ""
		}
	}
	return fmt.Sprintf("the lab has no host %q, it has %s", name, strings.Join(HostNames(), ", "))
}

// machineAddr says what is wrong with host:port; to listen, the host may be missing and the port be 0.
func machineAddr(addr string, listen bool) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Sprintf("%q is not host:port", addr)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Sprintf("port %q is not a number up to 65535", port)
	}
	if !listen && (host == "" || n == 0) {
		return fmt.Sprintf("%q names no host and port to connect to", addr)
	}
	return ""
}
