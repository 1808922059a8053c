package lab

import (
	"net/netip"
	"time"

	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
)

// Dialogue is one recorded SMTP connection, from a text or from a capture: what was sent, in the order and in the segments
// in which it was.
type Dialogue struct {
	Client, Server netip.AddrPort // of a text: those of the lab
	Start          time.Time      // of a capture
	Notes          []string       // what has to be known about the recording
	Capture        bool           // At and the frames of the pieces mean something
	pieces         []piece
	recording
}

// piece is a segment, or the end of a direction.
type piece struct {
	dir   smtp.Dir
	at    time.Duration
	off   int // of its first octet in the direction
	b     []byte
	ref   int    // line of the text, or frame of the capture
	end   string // "closes", "resets": a piece without octets
	opens bool   // a SYN: a piece without octets
}

func (p *piece) after() int { return p.off + len(p.b) }

// Change is a run of octets of a step that was overwritten, from From up to To.
type Change struct{ From, To int }

// Step is what became of one segment, or of what was withheld of one together with what came behind it.
type Step struct {
	Dir      smtp.Dir
	At       time.Duration // since the beginning
	Ref      int           // line of the text, or frame of the capture
	Off      int           // of In, in the direction
	In       []byte        // as recorded
	Joined   int           // octets of In that were withheld before, and go again in one segment with what follows
	Resent   bool          // In begins with octets that were withheld before: the capture holds their retransmission
	Out      []byte        // of the octets that went on: the first len(Out) of In that were not Swallowed
	Swallows []Change      // of In: what the firewall kept and acknowledged
	Withheld int           // octets at the end of In that were neither forwarded nor acknowledged
	Answers  []byte        // what the firewall itself said to the client
	Changes  []Change      // of In, where Out differs
	Events   []smtp.Event
	Act      smtp.Act
	Unsaid   string // not sent: the server has no reason to say it. Why
	Doubtful string // sent as recorded, but another reply is to be expected. Which
	Missing  int    // a step without octets: so many are missing in the capture
	End      string // a step without octets: the sender closes or resets
	Stop     string // a step without octets: why what follows was not looked at

	wire []byte // In as it went on, octet for octet, with what was swallowed as it came
}

// Inspection is what a release makes of a dialogue.
type Inspection struct {
	Release  *release.Release
	Dialogue *Dialogue
	Steps    []Step
	Repeated int      // octets that the capture holds a second time: they leave as they did the first time
	Pending  [2]int   // octets that are still withheld at the end, by direction
	Ended    smtp.Act // DropConn or Reset: how the firewall ended the connection; Detach: it went over to TLS
	units    []fate
}

// Sent is all that went on in a direction, with what the firewall said itself.
func (x *Inspection) Sent(d smtp.Dir) []byte {
	var all []byte
	for i := range x.Steps {
		s := &x.Steps[i]
		if s.Dir == d && s.Unsaid == "" {
			all = append(all, s.Out...)
		}
		if d == smtp.ToClient {
			all = append(all, s.Answers...)
		}
	}
	return all
}
