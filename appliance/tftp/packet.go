// Package tftp is the Trivial File Transfer Protocol (RFC 1350), mode octet, without options: packets, a client and a
// server. It knows neither box nor lab: sockets and files are handed in, and every wait and size is bounded.
package tftp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Op is what a packet is.
type Op uint16

// The packets of RFC 1350 section 5.
const (
	OpRead  Op = 1
	OpWrite Op = 2
	OpData  Op = 3
	OpAck   Op = 4
	OpError Op = 5
)

// Codes of an OpError (RFC 1350 appendix).
const (
	CodeOther      = 0
	CodeNotFound   = 1
	CodeAccess     = 2
	CodeFull       = 3
	CodeIllegal    = 4
	CodeUnknownTID = 5
	CodeExists     = 6
	CodeNoUser     = 7
)

// BlockSize is the octets of data in every block but the last, which has fewer.
const BlockSize = 512

const (
	maxName   = 255 // octets of a file name
	maxReason = 100 // runes of an error's text that are kept
	maxPacket = 4 + BlockSize
)

// Packet is one datagram. Which fields count depends on Op.
type Packet struct {
	Op         Op
	File, Mode string // OpRead, OpWrite; Mode is "octet" or "netascii" in any case of letters
	Block      uint16 // OpData, OpAck
	Data       []byte // OpData; of a packet that Parse made, a part of what was parsed
	Code       uint16 // OpError
	Text       string // OpError
}

// ErrMalformed is returned for what is no packet of the protocol.
var ErrMalformed = errors.New("tftp: malformed packet")

// Parse reads a datagram. It trusts nothing in it; what stands behind the strings of a request (RFC 2347 options) is
// ignored, as the protocol wants.
func Parse(b []byte) (Packet, error) {
	if len(b) < 4 {
		return Packet{}, ErrMalformed
	}
	p, rest := Packet{Op: Op(binary.BigEndian.Uint16(b))}, b[2:]
	switch p.Op {
	case OpRead, OpWrite:
		var ok1, ok2 bool
		p.File, rest, ok1 = cutString(rest)
		p.Mode, _, ok2 = cutString(rest)
		if !ok1 || !ok2 || p.File == "" || len(p.File) > maxName || p.Mode == "" || len(p.Mode) > maxName {
			return Packet{}, ErrMalformed
		}
	case OpData:
		if len(rest) > 2+BlockSize {
			return Packet{}, ErrMalformed
		}
		p.Block, p.Data = binary.BigEndian.Uint16(rest), rest[2:]
	case OpAck:
		p.Block = binary.BigEndian.Uint16(rest)
	case OpError:
		p.Code = binary.BigEndian.Uint16(rest)
		text, _, _ := cutString(rest[2:]) // many servers leave the last octet out
		p.Text = printable(text)
	default:
		return Packet{}, ErrMalformed
	}
	return p, nil
}

// cutString takes a string that ends in NUL; without one it takes all and says so.
func cutString(b []byte) (s string, rest []byte, ok bool) {
	head, rest, ok := bytes.Cut(b, []byte{0})
	return string(head), rest, ok
}

// printable is a text that a terminal may show: a server says what it likes.
func printable(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if n++; n > maxReason {
			break
		}
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			r = '?'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Append appends the datagram to b.
func (p Packet) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(p.Op))
	switch p.Op {
	case OpRead, OpWrite:
		b = append(append(b, p.File...), 0)
		return append(append(b, p.Mode...), 0)
	case OpData:
		b = binary.BigEndian.AppendUint16(b, p.Block)
		return append(b, p.Data...)
	case OpAck:
		return binary.BigEndian.AppendUint16(b, p.Block)
	}
	b = binary.BigEndian.AppendUint16(b, p.Code)
	return append(append(b, p.Text...), 0)
}

// Refusal is an OpError of the other side.
type Refusal struct {
	Code uint16
	Text string
}

func (r *Refusal) Error() string { return fmt.Sprintf("tftp: error %d: %s", r.Code, r.Text) }
