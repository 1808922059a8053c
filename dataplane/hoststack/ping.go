package hoststack

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/waiter"
)

const maxPing = 65507 // octets of data that an echo request can carry

// Ping sends one echo request with size octets of data, from an address of the host (invalid: as for Dial), and waits
// for its reply. The time is from the request to the reply. Without a reply it returns ctx's error.
func (h *Host) Ping(ctx context.Context, from, to netip.Addr, size int) (time.Duration, error) {
	addr := &net.IPAddr{IP: to.AsSlice()}
	if err := h.usable(ctx); err != nil {
		return 0, &net.OpError{Op: "ping", Net: "ip4:icmp", Addr: addr, Err: err}
	}
	if size < 0 || size > maxPing {
		return 0, fmt.Errorf("ping: %d octets: not from 0 to %d", size, maxPing)
	}
	wq := new(waiter.Queue)
	ep, err := h.stack.NewEndpoint(icmp.ProtocolNumber4, ipv4.ProtocolNumber, wq)
	if err != nil {
		return 0, stackError("ping", "ip4:icmp", addr, err)
	}
	defer ep.Close()
	if err = ep.Bind(h.local(netip.AddrPortFrom(from, 0), to)); err == nil {
		err = ep.Connect(toFull(netip.AddrPortFrom(to, 0)))
	}
	if err != nil {
		return 0, stackError("ping", "ip4:icmp", addr, err)
	}
	return h.echo(ctx, ep, wq, addr, size)
}

func (h *Host) echo(ctx context.Context, ep tcpip.Endpoint, wq *waiter.Queue, addr net.Addr, size int) (time.Duration, error) {
	entry, readable := waiter.NewChannelEntry(waiter.ReadableEvents | waiter.EventErr | waiter.EventHUp)
	wq.EventRegister(&entry)
	defer wq.EventUnregister(&entry)
	request := make([]byte, header.ICMPv4MinimumSize+size)
	for i := range size {
		request[header.ICMPv4MinimumSize+i] = byte(i)
	}
	echo := header.ICMPv4(request)
	echo.SetType(header.ICMPv4Echo)
	echo.SetSequence(1)
	begin := time.Now()
	if _, err := ep.Write(bytes.NewReader(request), tcpip.WriteOptions{}); err != nil {
		return 0, stackError("ping", "ip4:icmp", addr, err)
	}
	for {
		var reply bytes.Buffer
		_, err := ep.Read(&reply, tcpip.ReadOptions{})
		if err == nil {
			if isReply(reply.Bytes(), request) {
				return time.Since(begin), nil
			}
			continue
		}
		if _, wait := err.(*tcpip.ErrWouldBlock); !wait {
			return 0, stackError("ping", "ip4:icmp", addr, err)
		}
		select {
		case <-readable:
		case <-ctx.Done():
			return 0, &net.OpError{Op: "ping", Net: "ip4:icmp", Addr: addr, Err: ctx.Err()}
		case <-h.done:
			return 0, &net.OpError{Op: "ping", Net: "ip4:icmp", Addr: addr, Err: net.ErrClosed}
		}
	}
}

// isReply compares data and sequence number; the stack has compared the identifier.
func isReply(b, request []byte) bool {
	if len(b) != len(request) {
		return false
	}
	r := header.ICMPv4(b)
	return r.Type() == header.ICMPv4EchoReply && r.Sequence() == 1 && bytes.Equal(r.Payload(), header.ICMPv4(request).Payload())
}
