package appliance

import (
	"slices"

	"pixsim/appliance/config"
	"pixsim/cli/command"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
)

// catch is one capture that was started; its list is compiled when it starts and does not follow later edits.
type catch struct {
	spec command.CaptureSpec
}

// Carrier implements command.Box.
func (b *Box) Carrier(i int) bool { return i < len(b.o.Links) }

// StartCapture implements command.Box.
func (b *Box) StartCapture(spec command.CaptureSpec) bool {
	c := b.Config()
	f, ok := c.Interface(spec.Interface)
	if !ok {
		return false
	}
	_, port := c.InterfaceAt(f.Hardware)
	v := dataplane.Capture{
		Name: spec.Name, Port: dataplane.Port(port), Buffer: spec.Buffer, Snap: spec.Snap, Circular: spec.Circular,
	}
	switch {
	case spec.ACL != "":
		l, ok := c.ACL(spec.ACL)
		if !ok {
			return false
		}
		v.List = compileList(c, l)
	case len(spec.Match) > 0:
		v.List = compileMatch(c, spec.Match)
	}
	if b.o.Capture != nil {
		v.Sink = b.o.Capture(spec.Name)
	}
	b.mu.Lock()
	b.catches = slices.DeleteFunc(b.catches, func(k catch) bool { return k.spec.Name == spec.Name })
	b.catches = append(b.catches, catch{spec})
	b.mu.Unlock()
	b.engine.Do(func(s *dataplane.State) { s.StartCapture(v) })
	return true
}

// compileMatch makes a list of the match words of a capture.
func compileMatch(c *config.Config, match []config.ACE) *acl.List {
	e := config.From(c)
	const scratch = " capture"
	for _, a := range match {
		a.Permit = true
		e.AddACE(scratch, 0, a)
	}
	l, ok := e.View().ACL(scratch)
	if !ok {
		return nil
	}
	return compileList(c, l)
}

// StopCapture implements command.Box.
func (b *Box) StopCapture(name string) bool {
	b.mu.Lock()
	n := len(b.catches)
	b.catches = slices.DeleteFunc(b.catches, func(k catch) bool { return k.spec.Name == name })
	was := len(b.catches) < n
	b.mu.Unlock()
	b.engine.Do(func(s *dataplane.State) { s.StopCapture(name) })
	return was
}

// ClearCapture implements command.Box.
func (b *Box) ClearCapture(name string) bool {
	if !slices.ContainsFunc(b.Captures(), func(c command.CaptureState) bool { return c.Name == name }) {
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
			v := command.CaptureState{CaptureSpec: k.spec}
			for _, f := range s.Captured(k.spec.Name) {
				v.Octets += len(f.Frame)
			}
			v.Full = !k.spec.Circular && v.Octets > k.spec.Buffer-k.spec.Snap
			out = append(out, v)
		}
	})
	return out
}

// Captured implements command.Box.
func (b *Box) Captured(name string) (frames []dataplane.Captured, ok bool) {
	for _, c := range b.Captures() {
		ok = ok || c.Name == name
	}
	if ok {
		b.engine.Do(func(s *dataplane.State) { frames = s.Captured(name) })
	}
	return frames, ok
}
