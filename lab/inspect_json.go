package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"pixsim/appliance"
	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
)

// The JSON of `pixsim inspect --json`, which docs/inspect.md describes. Octets are written as strings in which each
// character, U+0000 to U+00FF, is one octet. Fields are only ever added; what changes its meaning gets a new schema number.
const inspectSchema = 1

type jsonConnection struct {
	Number int      `json:"number"`
	Client string   `json:"client"`
	Server string   `json:"server"`
	Start  string   `json:"start,omitempty"` // of a capture
	Notes  []string `json:"notes"`
}

type jsonRelease struct {
	Release  string        `json:"release"`
	Flaws    []string      `json:"flaws"` // by the names of --smtp-option
	Segments []jsonSegment `json:"segments"`
	Summary  jsonSummary   `json:"summary"`
}

type jsonSegment struct {
	Direction string      `json:"direction"` // to-server, to-client
	At        float64     `json:"at"`        // seconds since the beginning
	Ref       int         `json:"ref"`       // line or frame
	Offset    int         `json:"offset"`    // of in, in its direction
	In        string      `json:"in"`
	Out       string      `json:"out"`
	Changed   [][2]int    `json:"changed"` // of in: from, up to
	Swallowed [][2]int    `json:"swallowed,omitempty"`
	Withheld  int         `json:"withheld,omitempty"`
	Joined    int         `json:"joined,omitempty"`
	Resent    bool        `json:"resent,omitempty"`
	Answer    string      `json:"answer,omitempty"`
	Events    []jsonEvent `json:"events,omitempty"`
	Act       string      `json:"act"`
	Unsaid    string      `json:"unsaid,omitempty"`
	Doubtful  string      `json:"doubtful,omitempty"`
	Missing   int         `json:"missing,omitempty"`
	End       string      `json:"end,omitempty"`
	Stop      string      `json:"stop,omitempty"`
}

type jsonEvent struct {
	Kind  string `json:"kind"`
	Class string `json:"class,omitempty"`
	Info  string `json:"info,omitempty"`
	Log   string `json:"log,omitempty"`
}

type jsonSummary struct {
	Changed  bool          `json:"changed"` // whether either side gets anything else than was recorded
	Findings []string      `json:"findings"`
	Caveat   string        `json:"caveat,omitempty"`
	Refused  []jsonRefused `json:"refused"`
	Hidden   []string      `json:"hidden"`
	Pending  [2]int        `json:"pending"` // octets withheld for good, by direction
	Ended    string        `json:"ended,omitempty"`
	Log      []string      `json:"log"`
	Symptoms []jsonSymptom `json:"symptoms"`
	Cure     []string      `json:"cure"`
}

type jsonRefused struct {
	Ref  int    `json:"ref"`
	Verb string `json:"verb"`
	How  string `json:"how"` // x, noop, ok
}

type jsonSymptom struct {
	Number    int    `json:"number"`
	Title     string `json:"title"`
	Why       string `json:"why"`
	Mechanism string `json:"mechanism"`
}

// WriteInspectJSON writes what releases make of dialogues. numbers are those of the connections in the recording.
func WriteInspectJSON(w io.Writer, dialogues []*Dialogue, numbers []int, releases []*release.Release) error {
	j := jsonWriter{w: w}
	j.text(fmt.Sprintf(`{"schema":%d,"connections":[`, inspectSchema))
	for i, d := range dialogues {
		if i > 0 {
			j.text(",")
		}
		c := jsonConnection{Number: numbers[i], Client: d.Client.String(), Server: d.Server.String(), Notes: append([]string{}, d.Notes...)}
		if d.Capture {
			c.Start = d.Start.UTC().Format(time.RFC3339Nano)
		}
		head := j.marshal(c)
		j.text("\n" + strings.TrimSuffix(head, "}") + `,"releases":[`)
		for n, r := range releases {
			if n > 0 {
				j.text(",")
			}
			j.text("\n" + j.marshal(d.Inspect(r).json()))
		}
		j.text("]}")
	}
	j.text("]}\n")
	return j.err
}

// jsonWriter writes one release after the other, so that only one is in memory.
type jsonWriter struct {
	w   io.Writer
	err error
}

func (j *jsonWriter) text(s string) {
	if j.err == nil {
		_, j.err = io.WriteString(j.w, s)
	}
}

func (j *jsonWriter) marshal(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil && j.err == nil {
		j.err = err
	}
	return strings.TrimSuffix(string(plainJSON(b.Bytes())), "\n")
}

// plainJSON is JSON without the characters that a terminal obeys and that encoding/json leaves as they are: DEL, and U+0080
// to U+009F, which are ESC and another character in one. They can stand in strings only.
func plainJSON(b []byte) []byte {
	var out []byte
	from := 0
	for i, c := range b {
		switch {
		case c == 0x7f:
			out = append(append(out, b[from:i]...), `\u007f`...)
			from = i + 1
		case c == 0xc2 && i+1 < len(b) && b[i+1] < 0xa0:
			out = fmt.Appendf(append(out, b[from:i]...), `\u00%02x`, b[i+1])
			from = i + 2
		}
	}
	return append(out, b[from:]...)
}

// latin1 is octets as a string of characters U+0000 to U+00FF.
func latin1(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

var (
	jsonDirs = [...]string{smtp.ToServer: "to-server", smtp.ToClient: "to-client"}
	jsonActs = [...]string{
		smtp.Pass: "pass", smtp.DropSegment: "drop-segment", smtp.DropConn: "drop-connection", smtp.Reset: "reset", smtp.Detach: "detach",
	}
	jsonKinds = [...]string{
		smtp.EventReplaced: "replaced", smtp.EventMailAddress: "address", smtp.EventMatched: "matched", smtp.EventLogged: "logged",
		smtp.EventSize: "size", smtp.EventTLS: "tls", smtp.EventCounted: "counted", smtp.EventBanner: "banner",
	}
	jsonHow = [...]string{smtp.RejectMask: "x", smtp.RejectNoop: "noop", smtp.RejectAnswer: "ok"}
)

func (x *Inspection) json() jsonRelease {
	out := jsonRelease{Release: x.Release.Name, Flaws: append([]string{}, smtp.FlawNames(x.Release.SMTP.Flaws)...), Segments: []jsonSegment{}}
	changed := x.Pending != [2]int{} || x.Ended == smtp.DropConn || x.Ended == smtp.Reset
	ends := x.Dialogue.logEnds()
	for i := range x.Steps {
		s := &x.Steps[i]
		g := jsonSegment{
			Direction: jsonDirs[s.Dir], At: s.At.Seconds(), Ref: s.Ref, Offset: s.Off, In: latin1(s.In), Out: latin1(s.Out),
			Changed: pairs(s.Changes), Swallowed: pairs(s.Swallows), Withheld: s.Withheld, Joined: s.Joined, Resent: s.Resent,
			Answer: latin1(s.Answers), Act: jsonActs[s.Act], Unsaid: s.Unsaid, Doubtful: s.Doubtful, Missing: s.Missing,
			End: s.End, Stop: s.Stop,
		}
		for _, e := range s.Events {
			g.Events = append(g.Events, jsonEvent{
				jsonKinds[e.Kind], latin1([]byte(e.Class)), latin1([]byte(e.Info)), latin1([]byte(appliance.SMTPMessage(x.Release, e, ends[0], ends[1]))),
			})
		}
		changed = changed || len(s.Changes)+len(s.Swallows)+len(s.Answers) > 0
		out.Segments = append(out.Segments, g)
	}
	out.Summary = x.Summary().json(x)
	out.Summary.Changed = changed
	return out
}

func pairs(cs []Change) [][2]int {
	all := [][2]int{}
	for _, c := range cs {
		all = append(all, [2]int{c.From, c.To})
	}
	return all
}

func (s *Summary) json(x *Inspection) jsonSummary {
	out := jsonSummary{
		Findings: append([]string{}, x.Findings(s)...), Caveat: x.Caveat(s), Refused: []jsonRefused{}, Hidden: []string{},
		Pending: x.Pending, Ended: s.Ended, Log: append([]string{}, s.Log...), Symptoms: []jsonSymptom{}, Cure: []string{},
	}
	for _, r := range s.Refused {
		out.Refused = append(out.Refused, jsonRefused{r.Ref, r.Verb, jsonHow[r.How]})
	}
	for _, h := range s.Hidden {
		out.Hidden = append(out.Hidden, h.Keyword)
	}
	for _, y := range s.Symptoms {
		why, _ := y.Mechanism(x.Release)
		out.Symptoms = append(out.Symptoms, jsonSymptom{y.N, y.Title, y.Why, why})
	}
	if len(s.Symptoms) > 0 {
		out.Cure = Cure(x.Release)
	}
	return out
}
