// Package link moves Ethernet frames between the engine and whatever is at the other end of a wire. It knows no
// protocol above Ethernet.
package link

// Frame is an Ethernet frame in a caller-owned buffer: Buf[Off:Off+Len]. The bytes before Off are headroom.
type Frame struct {
	Buf       []byte
	Off, Len  int
	GSOSize   uint16 // not zero: a TCP super-frame, to be cut into segments with this much payload
	NeedsCsum bool   // the transport checksum holds only the pseudo-header sum
	Given     bool   // Write may keep Buf, of FrameRoom octets; then it puts another such, or nil, in its place
}

// FrameRoom is what the largest frame takes with its Headroom.
const FrameRoom = Headroom + maxFrameLen

// Bytes are the octets of the frame, in its own buffer.
func (f *Frame) Bytes() []byte { return f.Buf[f.Off : f.Off+f.Len] }

// Link is one end of a wire.
//
// Read blocks until at least one frame is there and fills frames[:n], copying into each frame's Buf from Off on; a
// frame that does not fit is dropped and counted by the link. Write hands over all frames and copies what it keeps, so
// that the caller may reuse the buffers, but see Frame.Given; a full queue drops, as a wire does. Read and Write may be
// called at the same time, each by one goroutine; after Close both return net.ErrClosed.
type Link interface {
	Read(frames []Frame) (int, error)
	Write(frames []Frame) (int, error)
	MTU() int // largest IP packet, octets
	Close() error
}
