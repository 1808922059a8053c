package lab

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"pixsim/dataplane"
)

// beginRecording begins to record what goes through the box.
func (r *run) beginRecording() (err error) {
	if r.o.Transcript == "" {
		r.recorder = NewRecorder(r.o.Release)
		return nil
	}
	r.recorder, err = NewFileRecorder(r.o.Release, filepath.Join(r.o.Transcript, r.s.Name, r.o.Release), r.o.Diag)
	if err != nil {
		return fmt.Errorf("transcript: %w", err)
	}
	r.recorder.keep = true
	return nil
}

// tap is the recorder as the box takes it; nil where nothing is recorded.
func (r *run) tap() dataplane.Tap {
	if r.recorder == nil {
		return nil
	}
	return r.recorder
}

// recordings are those so far, at a moment when the box has done all it does with a packet.
func (r *run) recordings() (all []*Recording) {
	r.box.Do(func(*dataplane.State) { all = r.recorder.Recordings() })
	return all
}

// lastSegments is how long connections may take to end, once their clients have closed them, before they are shown as open.
const lastSegments = 300 * time.Millisecond

// sides writes both sides of everything that was recorded.
func (r *run) sides() {
	if !r.o.Sides || r.o.Out == nil {
		return
	}
	ctx, cancel := context.WithTimeout(r.ctx, lastSegments)
	defer cancel()
	r.onMailServer().eventually(ctx, func() error {
		if open := slices.IndexFunc(r.recordings(), func(c *Recording) bool { return c.Why == "" }); open >= 0 {
			return errors.New("one is open") // and is shown so, when the time is over
		}
		return nil
	})
	for _, c := range r.recordings() {
		r.script.printf("\n")
		c.Render(r.o.Out, RenderOptions{Column: r.o.Column, Brief: true, Colour: r.o.Colour}) // Out complains elsewhere
	}
	if kept, missed := r.recorder.Forgotten(); kept+missed > 0 {
		r.script.printf("\n%d connections are not shown\n", kept+missed)
	}
}

const newestConn = "newest"

// wireUse chooses the connection by the name of `client dial`, by its number, or the newest.
func (r *run) wireUse(_ context.Context, args []string) error {
	n, err := strconv.Atoi(args[0])
	c := r.clients[args[0]]
	switch {
	case args[0] == newestConn:
		r.wired, r.wiredNo = netip.AddrPort{}, 0
	case err == nil && n > 0:
		r.wired, r.wiredNo = netip.AddrPort{}, n
	case c != nil:
		r.wireOf(c)
	default:
		return errNoClient
	}
	return nil
}

// wireOf makes wire be about the connection of a client.
func (r *run) wireOf(c *mailConn) {
	a, err := netip.ParseAddrPort(c.smtp.conn.LocalAddr().String())
	if err == nil {
		r.wired, r.wiredNo = a, 0
	}
}

// wiredNow compares both sides of the connection that wire is about.
func (r *run) wiredNow() (*comparison, error) {
	all := r.recordings()
	for _, c := range slices.Backward(all) {
		own, _ := c.Ends(ClientSide)
		if r.wiredNo == c.Number || r.wiredNo == 0 && (!r.wired.IsValid() || own == r.wired) {
			return compare(c), nil
		}
	}
	return nil, &unmet{"a connection", fmt.Sprintf("%d others", len(all))}
}

// onWire tries until the two sides of the connection are as they should be. What both saw stands in the error.
func (r *run) onWire(ctx context.Context, expected string, ok func(*comparison) bool) error {
	return r.onMailServer().eventually(ctx, func() error {
		m, err := r.wiredNow()
		if err != nil {
			return err
		}
		if ok(m) {
			return nil
		}
		return &unmet{expected, m.short()}
	})
}

// short is what both sides saw, in one line.
func (m *comparison) short() string {
	var said []string
	for _, w := range []struct {
		who  string
		from Side
		in   bool
	}{{"the client sent", ClientSide, true}, {"the server got", ClientSide, false}, {"the server sent", ServerSide, true}, {"the client got", ServerSide, false}} {
		cells := m.courses[w.from].out
		if w.in {
			cells = m.courses[w.from].in
		}
		said = append(said, w.who+" "+shown(strconv.QuoteToASCII(string(octetsOf(cells)))))
	}
	return strings.Join(said, ", ")
}

// wireOctets is a text of a script with its escapes (\r\n, \t, \x00, \\) read.
func wireOctets(text string) ([]byte, error) {
	octets, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	if octets == "" {
		return nil, errors.New("no text")
	}
	return []byte(octets), nil
}

// wireWay is what the words `sent` and `got` mean of an end.
type wireWay struct {
	from    Side
	arrived bool // at the box; else it left the box
}

// wireWayOf reads an end's name and what it did.
func wireWayOf(end, did string) (w wireWay, err error) {
	side := ClientSide
	switch end {
	case "client":
	case "server":
		side = ServerSide
	default:
		return w, fmt.Errorf("%s: there is client and server", end)
	}
	switch did {
	case "sent":
		return wireWay{side, true}, nil
	case "got":
		return wireWay{1 - side, false}, nil
	}
	return w, fmt.Errorf("%s: there is sent and got", did)
}

// wireEnd is `wire client` and `wire server`.
func wireEnd(end string) func(*run, context.Context, []string) error {
	return func(r *run, ctx context.Context, args []string) error {
		w, err := wireWayOf(end, args[0])
		if err != nil {
			return err
		}
		text, err := wireOctets(strings.Join(args[1:], " "))
		if err != nil {
			return err
		}
		return r.onWire(ctx, fmt.Sprintf("that the %s %s %q", end, args[0], text), func(m *comparison) bool {
			return m.courses[w.from].find(w.arrived, text, func(int64) bool { return true })
		})
	}
}

// wireWithheld wants octets that arrived and did not leave: any, or all of a text.
func (r *run) wireWithheld(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return r.onWire(ctx, "that something is withheld", func(m *comparison) bool {
			_, _, toServer := m.sum(ClientSide)
			_, _, toClient := m.sum(ServerSide)
			return toServer[withheld]+toClient[withheld] > 0
		})
	}
	text, err := wireOctets(strings.Join(args, " "))
	if err != nil {
		return err
	}
	return r.onWire(ctx, fmt.Sprintf("that %q is withheld", text), func(m *comparison) bool {
		return m.anyCourse(func(k *course) bool {
			return k.find(true, text, func(place int64) bool {
				for i, b := range text {
					if fate, _ := k.fate(place+int64(i), b); fate != withheld {
						return false
					}
				}
				return true
			})
		})
	})
}

// wireAdded wants a text that left and never arrived.
func (r *run) wireAdded(ctx context.Context, args []string) error {
	text, err := wireOctets(strings.Join(args, " "))
	if err != nil {
		return err
	}
	return r.onWire(ctx, fmt.Sprintf("that the firewall added %q", text), func(m *comparison) bool {
		return m.anyCourse(func(k *course) bool {
			return k.find(false, text, func(place int64) bool {
				for i, b := range text {
					if k.origin(place+int64(i), b) != added {
						return false
					}
				}
				return true
			})
		})
	})
}

// wireChanged wants a text that arrived and left as another one, in its place.
func (r *run) wireChanged(ctx context.Context, args []string) error {
	from, err := wireOctets(args[0])
	if err != nil {
		return err
	}
	to, err := wireOctets(args[1])
	if err != nil {
		return err
	}
	if bytes.Equal(from, to) {
		return errors.New("that is no change")
	}
	return r.onWire(ctx, fmt.Sprintf("that %q became %q", from, to), func(m *comparison) bool {
		return m.anyCourse(func(k *course) bool {
			return k.find(true, from, func(place int64) bool {
				out, on := k.whereTo(place)
				return on && k.find(false, to, func(at int64) bool { return at == out })
			})
		})
	})
}

// anyCourse says whether it is so in either direction.
func (m *comparison) anyCourse(so func(*course) bool) bool {
	return so(&m.courses[ClientSide]) || so(&m.courses[ServerSide])
}

func (r *run) wireSame(ctx context.Context, _ []string) error {
	return r.onWire(ctx, "that both sides are the same, with octets both ways", (*comparison).same)
}

// wireSegments wants whole segments, one behind the other; those that were sent again do not count.
func (r *run) wireSegments(ctx context.Context, args []string) error {
	w, err := wireWayOf(args[0], args[1])
	if err != nil {
		return err
	}
	var parts [][]byte
	for _, part := range strings.Split(strings.Join(args[2:], " "), " | ") {
		octets, err := wireOctets(part)
		if err != nil {
			return err
		}
		parts = append(parts, octets)
	}
	return r.onWire(ctx, fmt.Sprintf("that the %s %s these segments: %q", args[0], args[1], parts), func(m *comparison) bool {
		segments := m.segments(w)
		for i := range segments {
			if n := len(parts); i+n <= len(segments) && slices.EqualFunc(segments[i:i+n], parts, bytes.Equal) {
				return true
			}
		}
		return false
	})
}

// segments are those of a stream that brought something new, as they were cut, in the order of the stream.
func (m *comparison) segments(w wireWay) (all [][]byte) {
	var fresh []*Segment
	for i := range m.rec.Segments {
		s := &m.rec.Segments[i]
		if s.From == w.from && s.Arrived() == w.arrived && len(s.Payload) > 0 && !m.notes[i].again {
			fresh = append(fresh, s)
		}
	}
	slices.SortStableFunc(fresh, func(a, b *Segment) int { return cmp.Compare(a.Off, b.Off) })
	for _, s := range fresh {
		all = append(all, s.Payload)
	}
	return all
}
