//go:build !linux

package link

import (
	"errors"
	"fmt"
)

func openTap(name string) (Link, error)    { return nil, notHere("tap", name) }
func openPacket(name string) (Link, error) { return nil, notHere("packet", name) }

// Waiting tells what a link waits for: here none does.
func Waiting(Link) string { return "" }

func newPollBell([]descriptor, int) (Bell, error) { return nil, errors.ErrUnsupported }

// Offload are the shortcuts of packet links; here there are none.
type Offload struct{}

// NewOffload says that there is none.
func NewOffload([]Link) (*Offload, error) {
	return nil, fmt.Errorf("this needs Linux: %w", errors.ErrUnsupported)
}

func (*Offload) Add(*Shortcut) uint32 { return 0 }
func (*Offload) Passed(uint32) Passed { return Passed{} }
func (*Offload) Remove(uint32)        {}
func (*Offload) Renew(_, _, _ uint32) {}
func (*Offload) Outdate(uint32)       {}
func (*Offload) Adopt(uint32)         {}
func (*Offload) Stale() bool          { return false }
func (*Offload) Close() error         { return nil }

func notHere(kind, name string) error {
	return fmt.Errorf("%s:%s: this kind of link needs Linux: %w", kind, name, errors.ErrUnsupported)
}
