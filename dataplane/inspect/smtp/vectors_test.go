package smtp

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// go test ./dataplane/inspect/smtp -run TestVectors -v -args -vectors=FILE reads another file of the same format. A
// relative name is one in this folder or at the root of the module.
var vectorFile = flag.String("vectors", "", "file of SMTP inspection vectors; default: those of testdata")

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
	Log      any
	Note     string
	Evidence string
}

type vectorOptions struct {
	Engine     string
	Reject     string
	Banner     string
	BannerMask string   `yaml:"banner_mask"`
	MaskBanner *bool    `yaml:"mask_banner"`
	AllowTLS   *bool    `yaml:"allow_tls"`
	TLSLog     *bool    `yaml:"tls_log"`
	VRFYKnown  *bool    `yaml:"vrfy_known"`
	Special    string   `yaml:"special_character"`
	EODBug     string   `yaml:"eod_bug"`
	Bugs       []string `yaml:"bugs"`
}

// family is the minor versions that share a profile, in order.
type family struct {
	major, from, to int
	profile         func() Profile
}

var families = []family{
	{4, 0, 1, P40}, {4, 2, 3, P42}, {4, 4, 4, P44}, {5, 0, 0, P44}, {5, 1, 3, P51}, {6, 0, 3, P60},
	{7, 0, 1, P70}, {7, 2, 2, P72}, {8, 0, 2, P72}, {8, 3, 7, P83}, {9, 0, 3, P83}, {9, 4, 23, P94},
}

// version is a version that a vector names. A maint of -1 is a bare one, which stands for itself and its maintenances.
type version struct{ major, minor, maint int }

func (v version) String() string {
	if v.maint < 0 {
		return fmt.Sprintf("%d.%d", v.major, v.minor)
	}
	return fmt.Sprintf("%d.%d(%d)", v.major, v.minor, v.maint)
}

func (v version) compare(o version) int {
	return cmp.Or(cmp.Compare(v.major, o.major), cmp.Compare(v.minor, o.minor), cmp.Compare(v.maint, o.maint))
}

// profile is that of the release, and whether there is one.
func (v version) profile() (Profile, bool) {
	for _, f := range families {
		if v.major == f.major && f.from <= v.minor && v.minor <= f.to {
			return f.profile(), true
		}
	}
	return Profile{}, false
}

var versionSyntax = regexp.MustCompile(`^(\d+)\.(\d+|x)(?:\((\d+)\))?$`)

// readVersion reads "5.2", "5.2(3)" or "9.x", the last minor version of 9.
func readVersion(s string) (version, error) {
	m := versionSyntax.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return version{}, fmt.Errorf("version %q", s)
	}
	v := version{maint: -1}
	v.major, _ = strconv.Atoi(m[1])
	if m[2] == "x" {
		for _, f := range families {
			if f.major == v.major {
				v.minor = f.to
			}
		}
	} else {
		v.minor, _ = strconv.Atoi(m[2])
	}
	if m[3] != "" {
		v.maint, _ = strconv.Atoi(m[3])
	}
	if _, ok := v.profile(); !ok {
		return v, fmt.Errorf("version %q: there is no such release", s)
	}
	return v, nil
}

// versions are those that a span stands for: every minor version in it, and its ends.
func versions(span string) ([]version, error) {
	from, to := version{}, version{major: 99}
	if strings.TrimSpace(span) != "any" {
		a, b, ok := strings.Cut(span, "..")
		if !ok {
			b = a
		}
		var err1, err2 error
		from, err1 = readVersion(a)
		to, err2 = readVersion(b)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
	}
	all := []version{from, to}
	for _, f := range families {
		for minor := f.from; minor <= f.to; minor++ {
			all = append(all, version{f.major, minor, -1})
		}
	}
	slices.SortFunc(all, version.compare)
	all = slices.DeleteFunc(slices.Compact(all), func(v version) bool {
		_, there := v.profile()
		return !there || v.compare(from) < 0 || v.compare(to) > 0
	})
	if len(all) == 0 {
		return nil, fmt.Errorf("version %q holds none", span)
	}
	return all, nil
}

var bugFlaws = map[string]Flaws{
	"mailguard-data": FlawDataBypass, "CSCdr91002": FlawDataBypass, "CSCds30699": FlawDataBypass, "CSCds38708": FlawDataBypass,
	"CSCdu47003": FlawDataRegress, "CSCds90792": FlawEODWithhold, "eod-reset": FlawEODReset, "eod-eat-reply": FlawEODEatReply,
	"eod-segment-start": FlawEODSegmentStart, "noop-desync": FlawNoopDesync, "CSCdk46673": FlawNoopDesync,
	"dkim-dup-header": FlawDupHeader,
}

// eodFlaws are the forms that CSCds90792 has; the option picks one.
var eodFlaws = map[string]Flaws{"withhold": FlawEODWithhold, "reset": FlawEODReset, "eat_reply": FlawEODEatReply}

// session makes the session that a vector asks for, in its state; nil where nothing is inspected. An option that the
// release has no place for is an error, unless it says what the release does anyway.
func (v *vector) session(p Profile) (*Session, error) {
	o := &v.Opts
	switch o.Engine {
	case "off":
		return nil, nil
	case "smtp":
		if p.ESMTP {
			p = SMTPOnly(p)
		}
	case "esmtp":
		if !p.ESMTP {
			return nil, fmt.Errorf("engine esmtp: the release has none")
		}
	case "":
	default:
		return nil, fmt.Errorf("engine %q", o.Engine)
	}
	if err := errors.Join(
		choose("reject", o.Reject, &p.Reject, map[string]Reject{"ok_local": RejectAnswer, "noop": RejectNoop, "xmask": RejectMask}),
		choose("banner", o.Banner, &p.Banner, map[string]Banner{"cmap-kb": BannerCmapKB, "cmap-recog": BannerCmapRecog}),
		choose("banner_mask", o.BannerMask, &p.Banner, map[string]Banner{"keep20": BannerKeep20, "all": BannerStars}),
		o.flaws(&p),
	); err != nil {
		return nil, err
	}
	if o.VRFYKnown != nil && *o.VRFYKnown {
		if !p.ESMTP {
			return nil, errors.New("vrfy_known: the engine reads no EHLO replies")
		}
		p.Extensions = KnownExtensionsVRFY
	}
	pol, err := o.policy(&p)
	if err != nil {
		return nil, err
	}
	s := New(&p, pol)
	return s, s.reach(v.State)
}

func (o *vectorOptions) flaws(p *Profile) error {
	for _, b := range o.Bugs {
		f, ok := bugFlaws[b]
		if !ok {
			return fmt.Errorf("bug %q", b)
		}
		p.Flaws |= f
	}
	if o.EODBug == "" {
		return nil
	}
	p.Flaws &^= FlawEODWithhold | FlawEODReset | FlawEODEatReply
	var f Flaws
	err := choose("eod_bug", o.EODBug, &f, eodFlaws)
	p.Flaws |= f
	return err
}

// policy is the default map with the parameters of a vector; nil where there are no maps.
func (o *vectorOptions) policy(p *Profile) (*Policy, error) {
	on := func(b *bool) bool { return b != nil && *b }
	if !p.Maps {
		for name, there := range map[string]bool{
			"mask_banner": o.MaskBanner != nil && !*o.MaskBanner, "allow_tls": on(o.AllowTLS), "tls_log": on(o.TLSLog), "special_character": o.Special != "",
		} {
			if there {
				return nil, fmt.Errorf("%s: the engine has no policy-map", name)
			}
		}
		return nil, nil
	}
	pol := DefaultPolicy(p)
	if o.MaskBanner != nil {
		pol.MaskBanner = *o.MaskBanner
	}
	if o.AllowTLS != nil {
		pol.AllowTLS = *o.AllowTLS
	}
	pol.AllowTLSLog = on(o.TLSLog)
	return pol, choose("special_character", o.Special, &pol.Special, map[string]Parameter{
		"off": {}, "drop": {On: true, Action: ActionDrop, Log: true}, "log": {On: true, Log: true},
	})
}

// choose sets an option that was given.
func choose[T any](name, value string, to *T, from map[string]T) error {
	if value == "" {
		return nil
	}
	x, ok := from[value]
	if !ok {
		return fmt.Errorf("%s %q", name, value)
	}
	*to = x
	return nil
}

// line is one line of a dialogue: of the client if it begins with C, else of the server.
type line string

// dialogues lead a new session into a state, as client and server would. A line that is refused leads nowhere else.
var dialogues = map[string][]line{
	"BANNER": {},
	"CMD":    {"S220 mx"}, "HELO_PEND": {"S220 mx", "CHELO a"}, "EHLO_PEND": {"S220 mx", "CEHLO a"},
	"DATA_PEND":  {"S220 mx", "CDATA"},
	"DATA":       {"S220 mx", "CDATA", "S354 go"},
	"DATA_HDR":   {"S220 mx", "CDATA", "S354 go"},
	"DATA_BODY":  {"S220 mx", "CDATA", "S354 go", "CSubject: a", "C"},
	"DATA_BOGUS": {"S220 mx", "CDATA", "S503 no"},
	"AUTH_PEND":  {"S220 mx", "CAUTH LOGIN"},
	"AUTH":       {"S220 mx", "CAUTH LOGIN", "S334 VXNlcm5hbWU6"},
	"TLS_PEND":   {"S220 mx", "CSTARTTLS"},
	"TLS":        {"S220 mx", "CSTARTTLS", "S220 go"},
}

// reach brings a new session into a state by the dialogue that leads there.
func (s *Session) reach(state string) error {
	lines, ok := dialogues[state]
	if !ok {
		return fmt.Errorf("state %q", state)
	}
	for _, l := range lines {
		d := ToServer
		if l[0] == 'S' {
			d = ToClient
		}
		if r := offer(s, t0, d, []byte(l[1:]+"\r\n")); len(r.rest) > 0 {
			return fmt.Errorf("state %s: %q was withheld", state, l)
		}
	}
	there := true
	switch state {
	case "DATA", "DATA_HDR", "DATA_BODY", "DATA_BOGUS":
		there = s.InData()
	case "AUTH":
		there = s.mode == modeAuth
	case "TLS":
		there = s.dead == Detach
	}
	if !there {
		return fmt.Errorf("state %s cannot be reached with these options", state)
	}
	return nil
}

// enter puts a fresh session into a state, also into one that its profile never reaches.
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
	case "DATA", "DATA_HDR":
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

// words is the log line of an event as the appliance of that major version would word it, for the addresses of the
// vectors.
func words(major int) func(Event) string {
	tag := "PIX"
	if major >= 7 {
		tag = "ASA"
	}
	const ends = "from outside:198.51.100.25/40000 to inside:10.1.1.10/25"
	return func(e Event) string {
		what := "Response"
		if e.Request {
			what = "Request"
		}
		kind, class := "ESMTP Parameter", e.Class
		if e.Match >= 0 {
			kind, class = "ESMTP Classification", "matched "+class
		}
		switch e.Kind {
		case EventReplaced:
			return fmt.Sprintf("%%%s-2-108002: SMTP replaced %s: out 198.51.100.25 in 10.1.1.10 data: %s", tag, e.Class, e.Info)
		case EventMailAddress:
			return fmt.Sprintf("%%%s-2-108003: Terminating ESMTP connection; malicious pattern detected in the mail address %s. Mail Address:%s", tag, ends, e.Info)
		case EventMatched:
			return fmt.Sprintf("%%%s-4-108004: %s: %s ESMTP %s %s; %s: %s", tag, kind, e.Action, what, ends, class, e.Info)
		case EventLogged:
			return fmt.Sprintf("%%%s-6-108005: %s: Received ESMTP %s %s; %s: %s", tag, kind, what, ends, class, e.Info)
		case EventSize:
			return fmt.Sprintf("%%%s-7-108006: Detected ESMTP size violation %s; %s", tag, ends, e.Info)
		case EventTLS:
			return fmt.Sprintf("%%%s-6-108007: TLS started on ESMTP session between client outside:198.51.100.25/40000 and server inside:10.1.1.10/25", tag)
		}
		return ""
	}
}

func (v *vector) wantLog() ([]string, error) {
	switch l := v.Log.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{l}, nil
	case []any:
		var out []string
		for _, x := range l {
			text, ok := x.(string)
			if !ok {
				return nil, fmt.Errorf("log %v", x)
			}
			out = append(out, text)
		}
		return out, nil
	}
	return nil, fmt.Errorf("log %v", v.Log)
}

// readVectors reads a file of vectors. What it does not know is an error.
func readVectors(name string) ([]vector, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(name) {
		text, err = os.ReadFile(filepath.Join("..", "..", "..", name))
	}
	if err != nil {
		return nil, err
	}
	var schema struct{ Schema *int }
	if err := yaml.Unmarshal(text, &schema); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if schema.Schema == nil || *schema.Schema != 1 {
		return nil, fmt.Errorf("%s: its schema is not 1, the only one that is understood", name)
	}
	var file struct {
		Schema  int
		Vectors []vector
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(file.Vectors) == 0 {
		return nil, fmt.Errorf("%s: no vectors", name)
	}
	ids := map[string]bool{}
	for _, v := range file.Vectors {
		if v.ID == "" || ids[v.ID] {
			return nil, fmt.Errorf("%s: the id %q is empty or there twice", name, v.ID)
		}
		ids[v.ID] = true
	}
	return file.Vectors, nil
}

func TestVectors(t *testing.T) {
	files := []string{"testdata/vectors.yaml", "testdata/more.yaml"}
	if *vectorFile != "" {
		files = []string{*vectorFile}
	}
	for _, name := range files {
		vectors, err := readVectors(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range vectors {
			t.Run(v.ID, func(t *testing.T) {
				if err := v.run(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// run plays a vector in every version that it names.
func (v *vector) run() error {
	spans, err := versions(v.Version)
	if err != nil {
		return err
	}
	log, err := v.wantLog()
	if err != nil {
		return err
	}
	d, ok := map[string]Dir{"c2s": ToServer, "s2c": ToClient}[v.Direction]
	switch {
	case !ok:
		return fmt.Errorf("direction %q", v.Direction)
	case !slices.Contains([]string{"open", "stall", "reset", "drop"}, v.Expect.Conn):
		return fmt.Errorf("expect.conn %q", v.Expect.Conn)
	case len(v.Segments) == 0:
		return errors.New("no segments")
	case !slices.Contains([]string{"", "seen", "inferred"}, v.Evidence):
		return fmt.Errorf("evidence %q", v.Evidence)
	}
	for _, texts := range [][]string{v.Segments, v.Expect.Fwd, v.Expect.Back} {
		for _, text := range texts {
			if strings.ContainsFunc(text, func(r rune) bool { return r > 0xff }) {
				return fmt.Errorf("%q holds what is no octet", text)
			}
		}
	}
	var wrong []string
	where := map[string][]string{} // versions by what is wrong in them
	note := func(at version, what string) {
		if where[what] == nil {
			wrong = append(wrong, what)
		}
		where[what] = append(where[what], at.String())
	}
	for _, at := range spans {
		p, _ := at.profile()
		s, err := v.session(p)
		if err != nil {
			note(at, err.Error())
			continue
		}
		got := carry(s, d, v.Segments, words(at.major))
		want := outcome{fromLatin1(v.Expect.Fwd), fromLatin1(v.Expect.Back), v.Expect.Conn, log}
		got.Back, want.Back = joined(got.Back), joined(want.Back) // answers that fall due together are one piece
		if totalLen(v.Segments) != totalLen(v.Expect.Fwd) {
			got.Fwd, want.Fwd = joined(got.Fwd), joined(want.Fwd)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			note(at, "-want +got:\n"+diff)
		}
	}
	var errs []error
	for _, what := range wrong {
		errs = append(errs, fmt.Errorf("version %s: %s", strings.Join(where[what], ", "), what))
	}
	return errors.Join(errs...)
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

// TestVectorsRefuse: a file or row with anything that is not understood fails, and so does one that is wrong.
func TestVectorsRefuse(t *testing.T) {
	const row = `  - id: A
    version: "5.1"
    direction: "c2s"
    state: "CMD"
    opts: {}
    segments: ["EXPN a\r\n"]
    expect: {"fwd": ["XXXX a\r\n"], "back": [], "conn": "open"}
    log: null
    note: "n"
    evidence: seen
`
	const head = "schema: 1\nvectors:\n"
	try := func(text string) error {
		name := filepath.Join(t.TempDir(), "v.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		vectors, err := readVectors(name)
		if err != nil {
			return err
		}
		for _, v := range vectors {
			if err := v.run(); err != nil {
				return err
			}
		}
		return nil
	}
	if err := try(head + row); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"", "x: [", "vectors: []", "schema: 2\nvectors:\n" + row, "schema: 1\nvectors: []", "schema: one\nvectors:\n" + row, head + "colour: red\n" + row, head + row + row,
	} {
		if try(text) == nil {
			t.Errorf("%q was taken", text)
		}
	}
	for _, c := range [][2]string{
		{`id: A`, `id: ""`}, {`note: "n"`, `remark: "n"`}, {`"back": []`, `"forth": []`}, {`opts: {}`, `opts: {"colour": "red"}`},
		{`"5.1"`, `"5"`}, {`"5.1"`, `"5.1(x)"`}, {`"5.1"`, `"5.9"`}, {`"5.1"`, `"3.0..5.1"`}, {`"5.1"`, `"5.2..5.1"`}, {`"5.1"`, `"all"`}, {`"5.1"`, `"10.x"`},
		{`"c2s"`, `"up"`}, {`"CMD"`, `"IDLE"`}, {`"CMD"`, `"DATA_BOGUS"`}, {`"CMD"`, `"AUTH"`}, {`"CMD"`, `"TLS"`}, {`"open"`, `"shut"`}, {`"open"`, `"stall"`},
		{`seen`, `believed`}, {`log: null`, `log: 5`}, {`log: null`, `log: [5]`}, {`log: null`, `log: "x"`}, {`["EXPN a\r\n"]`, `[]`}, {`["EXPN a\r\n"]`, `["\u0100"]`},
		{`["XXXX a\r\n"]`, `["XXXX ", "a\r\n"]`}, {`"back": []`, `"back": ["x"]`},
		{`opts: {}`, `opts: {"engine": "imap"}`}, {`opts: {}`, `opts: {"engine": "esmtp"}`}, {`opts: {}`, `opts: {"reject": "no"}`}, {`opts: {}`, `opts: {"banner": "x"}`},
		{`opts: {}`, `opts: {"banner_mask": "x"}`}, {`opts: {}`, `opts: {"mask_banner": false}`}, {`opts: {}`, `opts: {"allow_tls": true}`},
		{`opts: {}`, `opts: {"tls_log": true}`}, {`opts: {}`, `opts: {"vrfy_known": true}`}, {`opts: {}`, `opts: {"special_character": "log"}`},
		{`opts: {}`, `opts: {"bugs": ["x"]}`}, {`opts: {}`, `opts: {"eod_bug": "x"}`}, {`opts: {}`, `opts: {"allow_tls": "maybe"}`}, {`opts: {}`, `opts: {"bugs": "CSCds90792"}`},
	} {
		text := strings.Replace(row, c[0], c[1], 1)
		if text == row {
			t.Fatalf("%q is not there", c[0])
		}
		if try(head+text) == nil {
			t.Errorf("%q was taken", c[1])
		}
	}
	for _, special := range []string{"maybe", "reset"} {
		v := vector{Version: "8.2", Direction: "c2s", State: "CMD", Opts: vectorOptions{Special: special}, Segments: []string{"RSET\r\n"}}
		v.Expect.Fwd, v.Expect.Conn = v.Segments, "open"
		if v.run() == nil {
			t.Errorf("special_character %q was taken", special)
		}
	}
	// What a release does anyway may be said.
	for _, o := range []string{`{"allow_tls": false}`, `{"mask_banner": true}`, `{"vrfy_known": false}`, `{"engine": "smtp"}`, `{"bugs": []}`, `{"reject": "xmask"}`} {
		if err := try(head + strings.Replace(row, "{}", o, 1)); err != nil {
			t.Errorf("%s: %v", o, err)
		}
	}
}

func TestVersionsOfASpan(t *testing.T) {
	for span, want := range map[string]string{
		"4.0..4.2": "4.0 4.1 4.2", "5.2(3)": "5.2(3)", "5.2(4)..6.0": "5.2(4) 5.3 6.0", "4.4..5.0(3)": "4.4 5.0 5.0(3)", " 6.3 .. 7.0 ": "6.3 7.0",
		"8.7..9.x": "8.7 9.0 9.1 9.2 9.3 9.4 9.5 9.6 9.7 9.8 9.9 9.10 9.11 9.12 9.13 9.14 9.15 9.16 9.17 9.18 9.19 9.20 9.21 9.22 9.23", "5.x": "5.3",
	} {
		all, err := versions(span)
		if got := strings.Trim(fmt.Sprint(all), "[]"); err != nil || got != want {
			t.Errorf("%q: %s, %v", span, got, err)
		}
	}
	if all, err := versions("any"); err != nil || len(all) != 48 {
		t.Errorf("any: %d versions, %v", len(all), err)
	}
}
