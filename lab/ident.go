package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

const identPort = 113

// maxIdent is how many octets an ident answer may have (RFC 1413 section 5).
const maxIdent = 1000

// IdentDialer opens the connection of an ident query: from the address that the client had called, to its port 113.
type IdentDialer func(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error)

// dialMachine dials from this machine.
func dialMachine(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
	return d.DialContext(ctx, "tcp", to.String())
}

// identify asks the client's machine who the client is (RFC 1413), as sendmail does before it greets. What it answers does
// not matter; how long it takes does: a firewall that drops the query in silence makes every mail wait for all of the
// profile's Ident, one that resets it does not.
func (s *smtpSession) identify() {
	if s.p.Ident <= 0 {
		return
	}
	here, err1 := netip.ParseAddrPort(s.conn.LocalAddr().String())
	there, err2 := netip.ParseAddrPort(s.peer)
	if err1 != nil || err2 != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.p.Ident)
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-ctx.Done():
		case <-s.srv.srv.quit:
			cancel()
		}
	})
	user, err := askIdent(ctx, s.srv.cfg.Dial, here, there)
	cancel()
	watch.Wait()
	s.log(Remark, identRemark(user, err, s.p.Ident))
}

func identRemark(user string, err error, wait time.Duration) string {
	switch {
	case err == nil:
		return "ident: " + clean(user)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Sprintf("ident: no answer within %v", wait)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		return "ident: refused"
	}
	return "ident: " + clean(err.Error())
}

// askIdent is one query. Where nothing answers the error is of a deadline, where the port is shut ECONNREFUSED.
func askIdent(ctx context.Context, dial IdentDialer, here, there netip.AddrPort) (string, error) {
	c, err := dial(ctx, here.Addr(), netip.AddrPortFrom(there.Addr(), identPort))
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := fmt.Fprintf(c, "%d , %d\r\n", there.Port(), here.Port()); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(io.LimitReader(c, maxIdent)).ReadString('\n')
	if err != nil && line == "" {
		return "", err
	}
	fields := strings.SplitN(strings.TrimRight(line, "\r\n"), ":", 4)
	if len(fields) == 4 && strings.TrimSpace(fields[1]) == "USERID" {
		return strings.TrimSpace(fields[3]), nil
	}
	return "", fmt.Errorf("answer %q", clean(strings.TrimSpace(line)))
}
