package appliance

import (
	"slices"

	"pixsim/appliance/config"
	"pixsim/cli/command"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
)

// Carrier implements command.Box.
func (b *Box) Carrier(i int) bool { return i < len(b.o.Links) }

// StartCapture implements command.Box. The list is compiled when the capture starts and does not follow later edits.
func (b *Box) StartCapture(spec command.CaptureSpec) bool {
	c := b.Config()
	f, ok := c.Interface(spec.Interface)
	if !ok {
		return false
	}
	_, port := c.InterfaceAt(f.Hardware)
	v := dataplane.Capture{
		Name: spec.Name, Port: dataplane.Port(port), Buffer: spec.Buffer, Snap: spec.Snap, Circular: spec.Circular,
		Type: spec.EtherType,
	}
	switch {
	case spec.ACL != "":
		l, ok := c.ACL(spec.ACL)
		if !ok {
			return false
		}
		v.List = compileList(c, c.Expander(), l)
	case len(spec.Match) > 0:
		v.List = compileMatch(c, spec.Match)
	}
	if b.o.Capture != nil {
		v.Sink = b.o.Capture(spec.Name)
	}
	b.mu.Lock()
	b.catches = slices.DeleteFunc(b.catches, func(k command.CaptureSpec) bool { return k.Name == spec.Name })
	b.catches = append(b.catches, spec)
	b.mu.Unlock()
	b.engine.Do(func(s *dataplane.State) { s.StartCapture(v) })
	return true
}

// compileMatch makes a list of the match words of a capture.
func compileMatch(c *config.Config, match []config.ACE) *acl.List {
	var rules []acl.Rule
	for _, a := range match {
		a.Permit = true
		rules = append(rules, aclRule(c, &a))
	}
	return acl.Compile(rules)
}

// StopCapture implements command.Box.
func (b *Box) StopCapture(name string) bool {
	b.mu.Lock()
	n := len(b.catches)
	b.catches = slices.DeleteFunc(b.catches, func(k command.CaptureSpec) bool { return k.Name == name })
	was := len(b.catches) < n
	b.mu.Unlock()
	b.engine.Do(func(s *dataplane.State) { s.StopCapture(name) })
	return was
}

// capturing reports whether a capture of that name was started.
func (b *Box) capturing(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.catches, func(k command.CaptureSpec) bool { return k.Name == name })
}

// ClearCapture implements command.Box.
func (b *Box) ClearCapture(name string) bool {
	if !b.capturing(name) {
		return false
	}
	b.engine.Do(func(s *dataplane.State) { s.ClearCapture(name) })
	return true
}

// Captures implements command.Box.
func (b *Box) Captures() []command.CaptureState {
	b.mu.Lock()
	list := slices.Clone(b.catches)
	b.mu.Unlock()
	var out []command.CaptureState
	b.engine.Do(func(s *dataplane.State) {
		for _, k := range list {
			v := command.CaptureState{CaptureSpec: k}
			for _, f := range s.Captured(k.Name) {
				v.Octets += len(f.Frame)
			}
			v.Full = !k.Circular && v.Octets > k.Buffer-k.Snap
			out = append(out, v)
		}
	})
	return out
}

// Captured implements command.Box.
func (b *Box) Captured(name string) (frames []dataplane.Captured, ok bool) {
	if ok = b.capturing(name); ok {
		b.engine.Do(func(s *dataplane.State) { frames = s.Captured(name) })
	}
	return frames, ok
}
