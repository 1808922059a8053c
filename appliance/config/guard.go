package config

import "slices"

// Fragments bounds the datagrams that are put together of what comes in by an interface. Zero fields are the defaults.
type Fragments struct {
	If      string
	Size    int // datagrams at one time
	Chain   int // fragments of one
	Seconds int // until they are all there
}

// FragmentsOf are the bounds of one interface, zero where a line has not set them.
func (c *Config) FragmentsOf(ifname string) Fragments {
	for _, f := range c.Fragments {
		if f.If == ifname {
			return f
		}
	}
	return Fragments{If: ifname}
}

// SetFragments changes the bounds of one interface by change; those that are all zero leave no line.
func (e *Edit) SetFragments(ifname string, change func(*Fragments)) {
	f := e.c.FragmentsOf(ifname)
	change(&f)
	if f == (Fragments{If: ifname}) {
		removeFirst(&e.c.Fragments, func(v Fragments) bool { return v.If == ifname })
		return
	}
	put(&e.c.Fragments, f, func(v *Fragments) bool { return v.If == ifname })
}

// ClearFragments brings the defaults back.
func (e *Edit) ClearFragments() { e.c.Fragments = nil }

// Verifies reports whether sources that an interface does not lead to are refused there (ip verify reverse-path).
func (c *Config) Verifies(ifname string) bool { return slices.Contains(c.Verify, ifname) }

// AddVerify switches the verification on for an interface.
func (e *Edit) AddVerify(ifname string) { addUnique(&e.c.Verify, ifname) }

// RemoveVerify switches it off; false when it was not on.
func (e *Edit) RemoveVerify(ifname string) bool {
	return removeFirst(&e.c.Verify, func(v string) bool { return v == ifname })
}

// ClearVerify switches it off everywhere.
func (e *Edit) ClearVerify() { e.c.Verify = nil }
