package smtp

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// go test ./dataplane/inspect/smtp -run TestVectors -v -args -vectors=FILE reads another file of the same format.
var vectorFile = flag.String("vectors", "testdata/vectors.yaml", "file of SMTP inspection vectors")

// vector is one row; the header of testdata/vectors.yaml gives the fields.
type vector struct {
	ID        string
	Version   string
	Direction string
	State     string
	Opts      vectorOptions
	Segments  []string
	Expect    struct {
		Fwd, Back []string
		Conn      string
	}
	Log any
}

type vectorOptions struct {
	Engine     string
	Reject     string
	Banner     string
	BannerMask string `yaml:"banner_mask"`
	MaskBanner *bool  `yaml:"mask_banner"`
	AllowTLS   *bool  `yaml:"allow_tls"`
	TLSLog     bool   `yaml:"tls_log"`
	VRFYKnown  bool   `yaml:"vrfy_known"`
	Special    string `yaml:"special_character"`
	Bugs       []string
}

// releases are the versions that vectors name, each with the profile it has.
var releases = []struct {
	v string
	p func() Profile
}{
	{"4.0", P40}, {"4.1", P40}, {"4.2", P42}, {"4.2(1)", P42}, {"4.2(2)", P42}, {"4.3", P42},
	{"4.4", P44}, {"5.0", P44},
	{"5.1", P51}, {"5.1(4)", P51}, {"5.2", P51}, {"5.2(2)", P51}, {"5.2(3)", P51}, {"5.2(4)", P51}, {"5.2(5)", P51}, {"5.3", P51},
	{"6.0", P60}, {"6.0(1)", P60}, {"6.1", P60}, {"6.2", P60}, {"6.3", P60}, {"6.3(5)", P60},
	{"7.0", P70}, {"7.1", P70}, {"7.2", P72}, {"8.0", P72}, {"8.1", P72}, {"8.2", P72},
	{"8.3", P83}, {"8.4", P83}, {"9.0", P83}, {"9.1", P83}, {"9.3", P83}, {"9.4", P94}, {"9.20", P94},
}

// number is a version as one comparable number; last is the value of a maintenance or minor number that is left open.
func number(t *testing.T, v string, last int) int {
	t.Helper()
	v, rest, _ := strings.Cut(strings.TrimSpace(v), "(")
	maint := last
	if rest != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(rest, ")"))
		if err != nil {
			t.Fatalf("version %q: %v", v, err)
		}
		maint = n
	}
	major, minor, _ := strings.Cut(v, ".")
	a, err := strconv.Atoi(major)
	if err != nil {
		t.Fatalf("version %q: %v", v, err)
	}
	b := last
	if minor != "x" {
		if b, err = strconv.Atoi(minor); err != nil {
			t.Fatalf("version %q: %v", v, err)
		}
	}
	return a*1e6 + b*1e3 + maint
}

// covers reports whether the range of a vector holds version v. A bare 5.2 holds its maintenance releases.
func covers(t *testing.T, span, v string) bool {
	t.Helper()
	if span == "any" {
		return true
	}
	from, to, ok := strings.Cut(span, "..")
	if !ok {
		to = from
	}
	n := number(t, v, 0)
	return number(t, from, 0) <= n && n <= number(t, to, 999)
}

var bugFlaws = map[string]Flaws{
	"mailguard-data": FlawDataBypass, "CSCdr91002": FlawDataBypass, "CSCds30699": FlawDataBypass, "CSCds38708": FlawDataBypass,
	"CSCdu47003": FlawDataRegress, "CSCds90792": FlawEODWithhold, "eod-reset": FlawEODReset, "eod-eat-reply": FlawEODEatReply,
	"eod-segment-start": FlawEODSegmentStart, "noop-desync": FlawNoopDesync, "CSCdk46673": FlawNoopDesync,
	"dkim-dup-header": FlawDupHeader,
}

// session makes the session that a vector asks for; nil where nothing is inspected.
func (v *vector) session(t *testing.T, p Profile) *Session {
	t.Helper()
	o := &v.Opts
	switch o.Engine {
	case "off":
		return nil
	case "smtp":
		if p.ESMTP {
			p = SMTPOnly(p)
		}
	case "", "esmtp":
	default:
		t.Fatalf("engine %q", o.Engine)
	}
	set(t, o.Reject, &p.Reject, map[string]Reject{"ok_local": RejectAnswer, "noop": RejectNoop, "xmask": RejectMask})
	set(t, o.Banner, &p.Banner, map[string]Banner{"cmap-kb": BannerCmapKB, "cmap-recog": BannerCmapRecog})
	set(t, o.BannerMask, &p.Banner, map[string]Banner{"keep20": BannerKeep20, "all": BannerStars})
	for _, b := range o.Bugs {
		f, ok := bugFlaws[b]
		if !ok {
			t.Fatalf("bug %q", b)
		}
		p.Flaws |= f
	}
	if o.VRFYKnown {
		p.Extensions = KnownExtensionsVRFY
	}
	var pol *Policy
	if p.Maps {
		pol = DefaultPolicy(&p)
		if o.MaskBanner != nil {
			pol.MaskBanner = *o.MaskBanner
		}
		if o.AllowTLS != nil {
			pol.AllowTLS = *o.AllowTLS
		}
		pol.AllowTLSLog = o.TLSLog
		switch o.Special {
		case "drop":
			pol.Special = Parameter{On: true, Action: ActionDrop, Log: true}
		case "log":
			pol.Special = Parameter{On: true, Log: true}
		}
	}
	s := New(&p, pol)
	s.enter(t, v.State)
	return s
}

func set[T any](t *testing.T, name string, to *T, from map[string]T) {
	t.Helper()
	if name == "" {
		return
	}
	x, ok := from[name]
	if !ok {
		t.Fatalf("unknown option %q", name)
	}
	*to = x
}

// enter puts a fresh session into the state that a vector names.
func (s *Session) enter(t failer, state string) {
	pending := map[string]owes{
		"HELO_PEND": owesOther, "EHLO_PEND": owesEHLO, "DATA_PEND": owesDATA, "TLS_PEND": owesTLS, "AUTH_PEND": owesAuth,
	}
	if state == "BANNER" {
		return
	}
	s.owed.clear()
	s.owed.due = 0
	switch state {
	case "CMD":
	case "DATA", "DATA_HDR", "DATA_BOGUS":
		s.enterData(2)
	case "DATA_BODY":
		s.enterData(2)
		if s.x != nil {
			s.x.msg.header = false
		}
	case "AUTH":
		s.mode = modeAuth
	case "TLS":
		s.dead = Detach
	default:
		k, ok := pending[state]
		if !ok {
			t.Fatalf("state %q", state)
		}
		s.owed.push(k)
	}
}

// outcome is what a segment sequence led to.
type outcome struct {
	Fwd, Back []string
	Conn      string
	Log       []string
}

// carry brings segments to a session as a TCP that delivers in order does: what is withheld is offered again only with
// Again, and nothing behind it gets through.
func carry(s *Session, d Dir, segments []string, log func(Event) string) outcome {
	out := outcome{Conn: "open"}
	now := time.Unix(1e9, 0)
	var pool []byte
	for i, seg := range segments {
		b := append(pool, latin1(seg)...)
		pool = nil
		if s == nil {
			out.Fwd = append(out.Fwd, string(b))
			continue
		}
		r := offer(s, now, d, b)
		out.add(r, log)
		for !r.again.IsZero() && i == len(segments)-1 && len(r.rest) > 0 {
			now = r.again
			r = offer(s, now, d, r.rest)
			out.add(r, log)
		}
		if out.Conn != "open" {
			return out
		}
		if len(r.rest) > 0 {
			if r.again.IsZero() {
				out.Conn = "stall"
				return out
			}
			pool = r.rest
		}
	}
	return out
}

func (o *outcome) add(r result, log func(Event) string) {
	if len(r.fwd) > 0 {
		o.Fwd = append(o.Fwd, string(r.fwd))
	}
	if len(r.back) > 0 {
		o.Back = append(o.Back, string(r.back))
	}
	switch r.act {
	case DropConn:
		o.Conn = "drop"
	case Reset:
		o.Conn = "reset"
	}
	for _, e := range r.events {
		if l := log(e); l != "" {
			o.Log = append(o.Log, l)
		}
	}
}

// result is what one segment led to.
type result struct {
	fwd, back, rest []byte
	seen            []byte // what the client gets, in order
	act             Act
	again           time.Time
	events          []Event
}

// offer gives one segment to a session as often as the Verdict asks for.
func offer(s *Session, now time.Time, d Dir, seg []byte) result {
	var r result
	r.rest = seg
	for {
		v := s.Segment(now, d, r.rest)
		r.fwd = append(r.fwd, r.rest[:v.Take]...)
		r.back = append(r.back, v.Answer...)
		if d == ToClient {
			r.seen = append(r.seen, r.rest[:v.Take]...)
		}
		r.seen = append(r.seen, v.Answer...)
		r.events = append(r.events, v.Events...)
		r.rest = r.rest[v.Take+v.Swallow:]
		r.act, r.again = v.Act, v.Again
		if len(r.rest) == 0 || v.Swallow == 0 && len(v.Answer) == 0 {
			return r
		}
	}
}

// latin1 turns code points into octets.
func latin1(s string) []byte {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return b
}

func fromLatin1(s []string) []string {
	var out []string
	for _, x := range s {
		out = append(out, string(latin1(x)))
	}
	return out
}

// words is the log line of an event as the appliance of that version would word it, for the addresses of the vectors.
func words(v string) func(Event) string {
	tag := "PIX"
	if v[0] >= '7' {
		tag = "ASA"
	}
	const ends = "from outside:198.51.100.25/40000 to inside:10.1.1.10/25"
	return func(e Event) string {
		what := "Response"
		if e.Request {
			what = "Request"
		}
		switch e.Kind {
		case EventReplaced:
			return fmt.Sprintf("%%%s-2-108002: SMTP replaced %s: out 198.51.100.25 in 10.1.1.10 data: %s", tag, e.Class, e.Info)
		case EventMailAddress:
			return fmt.Sprintf("%%%s-2-108003: Terminating ESMTP connection; malicious pattern detected in the mail address %s. Mail Address:%s", tag, ends, e.Info)
		case EventMatched:
			return fmt.Sprintf("%%%s-4-108004: ESMTP Classification: %s ESMTP %s %s; matched %s: %s", tag, e.Action, what, ends, e.Class, e.Info)
		case EventLogged:
			return fmt.Sprintf("%%%s-6-108005: ESMTP Classification: Received ESMTP %s %s; matched %s: %s", tag, what, ends, e.Class, e.Info)
		case EventSize:
			return fmt.Sprintf("%%%s-7-108006: Detected ESMTP size violation %s; %s", tag, ends, e.Info)
		case EventTLS:
			return fmt.Sprintf("%%%s-6-108007: TLS started on ESMTP session between client outside:198.51.100.25/40000 and server inside:10.1.1.10/25", tag)
		}
		return ""
	}
}

func (v *vector) wantLog() []string {
	switch l := v.Log.(type) {
	case string:
		return []string{l}
	case []any:
		var out []string
		for _, x := range l {
			out = append(out, fmt.Sprint(x))
		}
		return out
	}
	return nil
}

func TestVectors(t *testing.T) {
	text, err := os.ReadFile(*vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Schema  int
		Vectors []vector
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if file.Schema != 1 || len(file.Vectors) == 0 {
		t.Fatalf("schema %d, %d vectors", file.Schema, len(file.Vectors))
	}
	for _, v := range file.Vectors {
		t.Run(v.ID, func(t *testing.T) { v.test(t) })
	}
}

func (v *vector) test(t *testing.T) {
	ran := 0
	for _, r := range releases {
		if !covers(t, v.Version, r.v) {
			continue
		}
		ran++
		d := ToServer
		if v.Direction == "s2c" {
			d = ToClient
		}
		got := carry(v.session(t, r.p()), d, v.Segments, words(r.v))
		want := outcome{fromLatin1(v.Expect.Fwd), fromLatin1(v.Expect.Back), v.Expect.Conn, v.wantLog()}
		if totalLen(v.Segments) != totalLen(v.Expect.Fwd) {
			got.Fwd, want.Fwd = joined(got.Fwd), joined(want.Fwd)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("version %s (-want +got):\n%s", r.v, diff)
		}
	}
	if ran == 0 {
		t.Errorf("no profile for version %q", v.Version)
	}
}

func totalLen(s []string) (n int) {
	for _, x := range s {
		n += len([]rune(x))
	}
	return n
}

func joined(s []string) []string {
	j := strings.Join(s, "")
	if j == "" {
		return nil
	}
	return slices.Clone([]string{j})
}
