package link

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Bounds of what is kept of a pcapng file besides the packet in hand.
const (
	maxCaptureInterfaces = 1024
	maxInterfaceBlock    = 64 << 10 // octets of the description of one
)

// Types of pcapng blocks (draft-ietf-opsawg-pcapng section 4).
const (
	ngInterface      = 1
	ngPacket         = 2 // obsolete
	ngSimplePacket   = 3
	ngEnhancedPacket = 6
)

const ngByteOrder = 0x1a2b3c4d

// ngBlocks reads a pcapng file without the blocks that ReadCapture has no use for: pcapgo keeps what it reads of names and
// of secrets, and every interface, whatever their number.
type ngBlocks struct {
	r          io.Reader
	order      binary.ByteOrder
	head       []byte // of a block, not read yet
	left       uint32 // octets of it behind the head
	interfaces int
	buf        [12]byte
}

func (n *ngBlocks) Read(p []byte) (int, error) {
	for len(n.head) == 0 && n.left == 0 {
		if err := n.next(); err != nil && len(n.head) == 0 {
			return 0, err
		}
	}
	if len(n.head) > 0 {
		k := copy(p, n.head)
		n.head = n.head[k:]
		return k, nil
	}
	k, err := n.r.Read(p[:min(uint64(len(p)), uint64(n.left))])
	n.left -= uint32(k)
	return k, err
}

// next goes to the next block that is of use. Of a head that is not whole it leaves what there is.
func (n *ngBlocks) next() error {
	for {
		k, err := io.ReadFull(n.r, n.buf[:8])
		if n.head = n.buf[:k]; err != nil {
			return err
		}
		kind := binary.LittleEndian.Uint32(n.buf[:4]) // a section header is the same either way
		if kind == ngMagic {
			if k, err = io.ReadFull(n.r, n.buf[8:]); err != nil {
				n.head = n.buf[:8+k]
				return err
			}
			n.head, n.order = n.buf[:], binary.LittleEndian
			if binary.BigEndian.Uint32(n.buf[8:]) == ngByteOrder {
				n.order = binary.BigEndian
			}
		}
		if n.order == nil {
			return n.fault("no section header")
		}
		kind = n.order.Uint32(n.buf[:4])
		size := n.order.Uint32(n.buf[4:8])
		if size < 12 || size < uint32(len(n.head)) {
			return n.fault("a block of %d octets", size)
		}
		n.left = size - uint32(len(n.head))
		switch kind {
		case ngInterface:
			if n.interfaces++; n.interfaces > maxCaptureInterfaces || size > maxInterfaceBlock {
				return n.fault("more than %d interfaces, or a description of more than %d octets", maxCaptureInterfaces, maxInterfaceBlock)
			}
			return nil
		case ngMagic, ngPacket, ngSimplePacket, ngEnhancedPacket:
			return nil
		}
		if _, err := io.CopyN(io.Discard, n.r, int64(n.left)); err != nil {
			return n.fault("the file ends in the midst of a block")
		}
		n.head, n.left = nil, 0
	}
}

func (n *ngBlocks) fault(format string, args ...any) error {
	n.head, n.left = nil, 0
	return fmt.Errorf("pcapng: "+format, args...)
}
