package lab

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"
)

// listenLocal is a port of the machine.
func listenLocal(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

func dialTo(ln net.Listener) Dialer {
	return func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String())
	}
}

func startForward(t *testing.T, d Dialer) *Forward {
	t.Helper()
	f := NewForward(listenLocal(t), d)
	t.Cleanup(func() { f.Close() })
	return f
}

func call(t *testing.T, f *Forward) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", f.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c.(*net.TCPConn)
}

// resetCall is a call that must be reset: at once, or at the first read.
func resetCall(t *testing.T, f *Forward) error {
	t.Helper()
	c, err := net.Dial("tcp", f.Addr().String())
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	_, err = c.Read(make([]byte, 1))
	return err
}

func TestForwardCopiesBothWaysWithHalfClose(t *testing.T) {
	far := listenLocal(t)
	f := startForward(t, dialTo(far))
	near := call(t, f)
	other, err := far.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	question, answer := bytes.Repeat([]byte("question"), 100000), bytes.Repeat([]byte("answer"), 100000)
	var wg sync.WaitGroup
	wg.Go(func() {
		near.Write(question)
		near.CloseWrite()
	})
	got, err := io.ReadAll(other) // ends although the caller still reads
	if err != nil || !bytes.Equal(got, question) {
		t.Errorf("%d octets, %v", len(got), err)
	}
	wg.Go(func() {
		other.Write(answer)
		other.Close()
	})
	got, err = io.ReadAll(near)
	if err != nil || !bytes.Equal(got, answer) {
		t.Errorf("%d octets back, %v", len(got), err)
	}
	wg.Wait()
}

func TestForwardResetsTheCaller(t *testing.T) {
	dials := 0
	works := listenLocal(t)
	f := startForward(t, func(ctx context.Context) (net.Conn, error) {
		if dials++; dials == 1 {
			return nil, syscall.ECONNREFUSED
		}
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > forwardDial {
			t.Errorf("the dial may take until %v", deadline)
		}
		return dialTo(works)(ctx)
	})
	if err := resetCall(t, f); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after a failed dial: %v", err)
	}
	near := call(t, f) // it still listens
	far, err := works.Accept()
	if err != nil {
		t.Fatal(err)
	}
	far.(*net.TCPConn).SetLinger(0)
	far.Close()
	if _, err := near.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a reset behind is %v in front", err)
	}
	near = call(t, f)
	if far, err = works.Accept(); err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	near.SetLinger(0)
	near.Close()
	far.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := far.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a reset in front is %v behind", err)
	}
}

func TestForwardCloseEndsAll(t *testing.T) {
	far := listenLocal(t)
	f := startForward(t, dialTo(far))
	joined := call(t, f)
	if c, err := far.Accept(); err != nil {
		t.Fatal(err)
	} else {
		defer c.Close()
	}
	hangs := startForward(t, func(ctx context.Context) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	waiting := call(t, hangs)
	time.Sleep(20 * time.Millisecond)
	begin := time.Now()
	f.Close()
	hangs.Close()
	if d := time.Since(begin); d > 2*time.Second {
		t.Errorf("Close took %v", d)
	}
	for name, c := range map[string]net.Conn{"joined": joined, "dialling": waiting} {
		if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, syscall.ETIMEDOUT) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := net.Dial("tcp", f.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

// A caller who has closed may have left: a far end that is silent then is given up.
func TestForwardGivesUpSilence(t *testing.T) {
	for _, silent := range []time.Duration{time.Millisecond, time.Minute} {
		far, ln := listenLocal(t), listenLocal(t)
		f := newForward(ln, dialTo(far), silent)
		f.srv.background(ln)
		t.Cleanup(func() { f.Close() })
		near := call(t, f)
		other, err := far.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		near.CloseWrite()
		if silent == time.Minute {
			if got, err := io.ReadAll(other); err != nil || len(got) != 0 {
				t.Errorf("%q, %v", got, err)
			}
			other.Write([]byte("221 bye"))
			other.Close()
			if got, err := io.ReadAll(near); err != nil || string(got) != "221 bye" {
				t.Errorf("%q, %v", got, err)
			}
			continue
		}
		if _, err := near.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the caller: %v", err)
		}
		for err = nil; err == nil; { // a reset shows when something is sent, at the latest
			_, err = other.Write([]byte("?"))
		}
		if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
			t.Errorf("the far end: %v", err)
		}
	}
}

// The buffer of a direction grows with what comes at a time, and is small again behind a few short reads, not behind one.
func TestFitting(t *testing.T) {
	in, short := make([]byte, leastCopied), 0
	for range 10 {
		in, short = fitting(in, len(in), short)
	}
	if len(in) != mostCopied {
		t.Errorf("%d octets at full reads", len(in))
	}
	for range 100 {
		for range fewReads {
			in, short = fitting(in, 1, short)
		}
		in, short = fitting(in, len(in), short)
	}
	if len(in) != mostCopied {
		t.Errorf("%d octets behind short and full reads", len(in))
	}
	for range fewReads + 1 {
		in, short = fitting(in, 40, short)
	}
	if len(in) != leastCopied {
		t.Errorf("%d octets of an end that is silent", len(in))
	}
}
