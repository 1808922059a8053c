package appliance

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"

	"pixsim/appliance/release"
	"pixsim/appliance/tftp"
	"pixsim/cli/command"
	"pixsim/dataplane"
	"pixsim/dataplane/link"
)

const tftpPort = 69

// Fetch implements command.FileServer.
func (b *Box) Fetch(ctx context.Context, at command.RemoteFile, limit int, progress func()) (data []byte, err error) {
	err = b.withServer(ctx, at, progress, func(c *tftp.Client) (err error) {
		data, err = c.Get(ctx, at.Path, limit)
		return err
	})
	return data, err
}

// Deposit implements command.FileServer.
func (b *Box) Deposit(ctx context.Context, at command.RemoteFile, data []byte, progress func()) error {
	return b.withServer(ctx, at, progress, func(c *tftp.Client) error { return c.Put(ctx, at.Path, data) })
}

// withServer does a transfer from an address of the box's own, through the dataplane: what is no answer of the server does
// not get in, and nothing gets in afterwards.
func (b *Box) withServer(ctx context.Context, at command.RemoteFile, progress func(), do func(*tftp.Client) error) error {
	from, err := b.source(at.If, at.Server)
	if err != nil {
		return command.Errorf(release.NoRoute, at.Server)
	}
	conn, err := b.self.ListenUDP(netip.AddrPortFrom(from, 0))
	if err != nil {
		return command.Errorf(release.TFTPTimedOut, at.Server)
	}
	defer conn.Close()
	answers := dataplane.Answers{To: netip.AddrPortFrom(from, conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()), From: at.Server}
	admitted := false
	b.engine.Do(func(s *dataplane.State) { admitted = s.Await(answers) })
	if !admitted {
		return command.Errorf(release.TFTPTimedOut, at.Server)
	}
	defer b.engine.Do(func(s *dataplane.State) { s.Forget(answers) })
	return transferError(do(&tftp.Client{Conn: conn, Server: netip.AddrPortFrom(at.Server, tftpPort), Progress: progress}), at.Server)
}

// transferError is what a transfer ended with, in the device's words.
func transferError(err error, server netip.Addr) error {
	var refused *tftp.Refusal
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &refused):
		return command.Errorf(release.TFTPRefused, refused.Code, refused.Text)
	case errors.Is(err, tftp.ErrTooBig):
		return command.Errorf(release.TFTPTooBig)
	}
	return command.Errorf(release.TFTPTimedOut, server)
}

// Way implements command.FileServer.
func (b *Box) Way(ifname string, to netip.Addr) (name string, number int, ok bool) {
	from, err := b.source(ifname, to)
	if err != nil {
		return "", 0, false
	}
	for i, f := range b.Live().Interfaces {
		if f.Addr.IsValid() && f.Addr.Addr() == from {
			return f.Name, i, true
		}
	}
	return "", 0, false
}

// CapturedPcap implements command.FileServer.
func (b *Box) CapturedPcap(name string) ([]byte, bool) {
	frames, ok := b.Captured(name)
	if !ok {
		return nil, false
	}
	var file bytes.Buffer
	w, err := link.NewPcap(&file)
	for _, f := range frames {
		if err == nil {
			err = w.WriteFrame(f.At, f.Frame, f.Length)
		}
	}
	if err == nil {
		err = w.Flush()
	}
	return file.Bytes(), err == nil
}
