//go:build !linux

package link

import (
	"errors"
	"fmt"
)

func openTap(name string) (Link, error)    { return nil, notHere("tap", name) }
func openPacket(name string) (Link, error) { return nil, notHere("packet", name) }

func notHere(kind, name string) error {
	return fmt.Errorf("%s:%s: this kind of link needs Linux: %w", kind, name, errors.ErrUnsupported)
}
