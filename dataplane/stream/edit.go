package stream

import "pixsim/dataplane/inspect/smtp"

// Edit is a place where what leaves in a direction is not, octet for octet, what its sender sent. Places count from the
// octet behind the sender's SYN, modulo 2^32: In in what it sent, Out in what leaves.
type Edit struct {
	Dir                 smtp.Dir
	In, Out             uint32
	Swallowed, Inserted uint32 // octets
}

// OnEdit has f told of each edit, during the call that makes it and before what is due to it is emitted. f must not call
// the Conn.
func (c *Conn) OnEdit(f func(Edit)) { c.onEdit = f }

// edited tells of the newest edit in a direction.
func (c *Conn) edited(d smtp.Dir) {
	if c.onEdit == nil {
		return
	}
	h := &c.halves[d]
	e := h.edits[len(h.edits)-1]
	c.onEdit(Edit{Dir: d, In: e.in - h.isn - 1, Out: e.out - h.isn - 1, Swallowed: e.inLen, Inserted: e.outLen})
}
