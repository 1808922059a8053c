package appliance

import (
	"context"
	"slices"
	"time"

	"pixsim/appliance/config"
	"pixsim/cli/command"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
)

// Carrier implements command.Box. An interface on a trunk has that of the trunk.
func (b *Box) Carrier(i int) bool {
	at := b.Live().TrunkOf(i)
	return at < len(b.o.Links) && b.o.Links[at] != nil
}

// StartCapture implements command.Box. The list is compiled when the capture starts and does not follow later edits.
func (b *Box) StartCapture(spec command.CaptureSpec) bool { return b.startCapture(spec, nil) }

// WatchCapture implements command.Box. What the session does not take in time is lost to it, not to the capture.
func (b *Box) WatchCapture(ctx context.Context, spec command.CaptureSpec, begun func(), each func(dataplane.Captured) error) bool {
	frames := make(chan dataplane.Captured, watchedFrames)
	live := func(at time.Time, frame []byte, length int) {
		select {
		case frames <- dataplane.Captured{At: at, Frame: append([]byte(nil), frame...), Length: length}:
		default:
		}
	}
	if !b.startCapture(spec, live) {
		return false
	}
	begun()
	for going := true; going; {
		select {
		case f := <-frames:
			going = each(f) == nil
		case <-ctx.Done():
			going = false
		}
	}
	if b.capturing(spec.Name) {
		b.startCapture(spec, nil)
	}
	return true
}

// watchedFrames is how many frames wait for a session that watches a capture.
const watchedFrames = 512

func (b *Box) startCapture(spec command.CaptureSpec, live func(time.Time, []byte, int)) bool {
	c := b.Config()
	if !b.register(spec) {
		return false
	}
	v := dataplane.Capture{
		Name: spec.Name, List: captureList(c, spec), Buffer: spec.Buffer, Snap: spec.Snap, Circular: spec.Circular, Type: spec.EtherType,
		Headers: spec.Headers, Traces: spec.Traces, OneWay: spec.OneWay && spec.ACL != "",
	}
	if spec.Kind == "asp-drop" {
		v.Dropped = command.WantsDrop(spec.Reason)
	}
	if spec.Kind != "" {
		spec.Interfaces = nil
	}
	for _, name := range spec.Interfaces {
		if f, ok := c.Interface(name); ok {
			_, port := c.InterfaceAt(f.Hardware)
			v.Ports = append(v.Ports, dataplane.Port(port))
		}
	}
	v.Sink = live
	if b.o.Capture != nil {
		if file := b.o.Capture(spec.Name); live == nil {
			v.Sink = file
		} else if file != nil {
			v.Sink = func(at time.Time, frame []byte, length int) { file(at, frame, length); live(at, frame, length) }
		}
	}
	b.engine.Do(func(s *dataplane.State) { s.StartCapture(v) })
	return true
}

const (
	mostCaptures  = 64
	captureMemory = 64 << 20 // octets, of all buffers together
	traceMemory   = 4 << 10  // octets that the way of a packet may take
)

func captureSize(spec command.CaptureSpec) int { return spec.Buffer + spec.Traces*traceMemory }

// register notes a capture, or what it changes to; false: there is no room for it.
func (b *Box) register(spec command.CaptureSpec) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, memory := -1, captureSize(spec)
	for i, k := range b.catches {
		if k.Name == spec.Name {
			at = i
		} else {
			memory += captureSize(k)
		}
	}
	switch {
	case memory > captureMemory, at < 0 && len(b.catches) >= mostCaptures:
		return false
	case at < 0:
		b.catches = append(b.catches, spec)
	default:
		b.catches[at] = spec
	}
	return true
}

// captureList is what a capture goes by; nil: everything. A list that is no longer there permits nothing.
func captureList(c *config.Config, spec command.CaptureSpec) *acl.List {
	switch {
	case spec.ACL != "":
		if l, ok := c.ACL(spec.ACL); ok {
			list, _ := compileList(c, c.Expander(), l, nil)
			return list
		}
		return acl.Compile(nil)
	case len(spec.Match) > 0:
		return compileMatch(c, spec.Match)
	}
	return nil
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
			v.Octets, v.Full = s.CaptureFill(k.Name)
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

// Selects implements command.Box.
func (b *Box) Selects(list string) (func(dataplane.Captured) bool, bool) {
	c := b.Config()
	l, ok := c.ACL(list)
	if !ok {
		return nil, false
	}
	rules, _ := compileList(c, c.Expander(), l, nil)
	return func(f dataplane.Captured) bool { return dataplane.Fits(rules, f.Frame, f.Length) }, true
}
