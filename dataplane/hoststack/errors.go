package hoststack

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"gvisor.dev/gvisor/pkg/tcpip"
)

// known gives the errors of the stack the identity that they have for a kernel's sockets, so that a server cannot tell
// the lab from a real one. The stack's net adapter keeps only their texts.
var known = map[string]error{
	(&tcpip.ErrConnectionRefused{}).String():  syscall.ECONNREFUSED,
	(&tcpip.ErrConnectionReset{}).String():    syscall.ECONNRESET,
	(&tcpip.ErrConnectionAborted{}).String():  syscall.ECONNABORTED,
	(&tcpip.ErrAborted{}).String():            syscall.ECONNABORTED,
	(&tcpip.ErrClosedForSend{}).String():      syscall.EPIPE,
	(&tcpip.ErrTimeout{}).String():            syscall.ETIMEDOUT,
	(&tcpip.ErrHostUnreachable{}).String():    syscall.EHOSTUNREACH,
	(&tcpip.ErrHostDown{}).String():           syscall.EHOSTDOWN,
	(&tcpip.ErrNetworkUnreachable{}).String(): syscall.ENETUNREACH,
	(&tcpip.ErrPortInUse{}).String():          syscall.EADDRINUSE,
	(&tcpip.ErrBadLocalAddress{}).String():    syscall.EADDRNOTAVAIL,
	(&tcpip.ErrMessageTooLong{}).String():     syscall.EMSGSIZE,
}

func identify(err error) error {
	if e, ok := known[err.Error()]; ok {
		return e
	}
	return err
}

// stackError is an error of the stack as a net.OpError.
func stackError(op, network string, addr net.Addr, err tcpip.Error) error {
	return &net.OpError{Op: op, Net: network, Addr: addr, Err: identify(errors.New(err.String()))}
}

// adapted turns an error of the stack's net adapter into what package net would return. closed says whether this side
// has closed the connection.
func adapted(err error, closed bool) error {
	if err == nil {
		return nil
	}
	var op *net.OpError
	switch {
	case errors.As(err, &op):
		switch {
		case closed:
			op.Err = net.ErrClosed
		case op.Timeout():
			op.Err = os.ErrDeadlineExceeded
		default:
			op.Err = identify(op.Err)
		}
		return op
	case closed && errors.Is(err, io.EOF):
		return net.ErrClosed
	}
	return err
}
