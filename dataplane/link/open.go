package link

import (
	"fmt"
	"strings"
)

// kind is a way to make a link out of a line of text.
type kind struct {
	name, args, help string
	open             func(args string) (Link, error)
}

// kinds are what Open knows, in the order of Kinds.
var kinds = []kind{
	{"packet", "IFNAME", "a network interface of this machine (AF_PACKET)", openPacket},
	{"tap", "NAME", "a TAP interface, which is made if it is not there", openTap},
	{"udp", "LADDR,RADDR", "one frame a datagram: QEMU, GNS3, VPCS, Dynamips", openUDP},
	{"stream", "[listen,]ADDR", "QEMU's stream: a length of four octets, then the frame; ADDR is HOST:PORT or a path", openStream},
	{"unix", "LPATH,RPATH", "one frame a datagram over unix sockets", openUnixgram},
	{"pcap", "IN,OUT[,timed]", "plays the frames of IN, at once or by their times, and writes to OUT; either may be empty", openReplay},
}

// Kinds are the kinds of links that Open makes, a line each for a help text: "udp:LADDR,RADDR", and what it is.
func Kinds() [][2]string {
	var all [][2]string
	for _, k := range kinds {
		all = append(all, [2]string{k.name + ":" + k.args, k.help})
	}
	return all
}

// Open makes a link of "kind:arguments", see Kinds. A malformed line is a SpecError; other errors are those of the system,
// with the privilege that is missing.
func Open(spec string) (Link, error) {
	name, args, ok := strings.Cut(spec, ":")
	if !ok {
		return nil, specError("%q is not KIND:ARGUMENTS, such as udp:127.0.0.1:10001,127.0.0.1:10000", spec)
	}
	var names []string
	for _, k := range kinds {
		if k.name == name {
			return k.open(args)
		}
		names = append(names, k.name)
	}
	return nil, specError("%q: there is no kind of link %q: there are %s", spec, name, strings.Join(names, ", "))
}

// SpecError says what is wrong with the line of Open.
type SpecError struct{ text string }

func (e SpecError) Error() string { return e.text }

func specError(format string, args ...any) error { return SpecError{fmt.Sprintf(format, args...)} }

// pair cuts the arguments of a link with two ends.
func pair(kind, args string) (string, string, error) {
	a, b, ok := strings.Cut(args, ",")
	if !ok || a == "" || b == "" {
		return "", "", specError("%s:%s: two ends are needed, separated by a comma", kind, args)
	}
	return a, b, nil
}

// wireMTU is that of links that have no interface to ask.
const wireMTU = 1500
