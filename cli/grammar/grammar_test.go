package grammar

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/release"
	"pixsim/cli/lexer"
)

// box is an Env of two interfaces and one name.
type box struct{ r *release.Release }

func (b box) Release() *release.Release { return b.r }
func (box) Interfaces() []string        { return []string{"outside", "inside"} }
func (box) ObjectGroup(string) string   { return "" }
func (box) ObjectGroups() []string      { return nil }
func (box) Hardware() []string {
	return []string{"ethernet0", "ethernet1", "Management0/0", "Ethernet0/10"}
}
func (box) NamedAddr(w string) (netip.Addr, bool) {
	return netip.MustParseAddr("10.1.1.10"), w == "mail"
}

var testBox = box{&release.Release{Name: "test", Platform: release.PIX, Version: release.Version{Major: 6, Minor: 3, Maint: 5}}}

// randomSyntax is a tree over the words a to f, numbers and names in parentheses: words that no two leaves confuse.
func randomSyntax(r *rand.Rand, depth int) Syntax {
	if depth == 0 || r.IntN(4) == 0 {
		switch r.IntN(8) {
		case 0:
			return &Param[int]{Name: "n", Type: Int(1, 9)}
		default:
			return Word(string(rune('a'+r.IntN(6))), "")
		}
	}
	kids := make([]Syntax, 1+r.IntN(3))
	for i := range kids {
		kids[i] = randomSyntax(r, depth-1)
	}
	switch r.IntN(7) {
	case 0:
		return Alt(kids...)
	case 1:
		return Opt(kids...)
	case 2:
		return Many(kids...)
	case 3:
		return Any(kids...)
	case 4:
		return In(release.Since(release.V(uint8(5+r.IntN(3)), 0)), kids...)
	default:
		return Seq(kids...)
	}
}

// ends is the slow oracle: where in words a reading of s that begins at i may end.
func ends(s Syntax, words []string, i int, r *release.Release) map[int]bool {
	out := map[int]bool{}
	if !exists(s, r) {
		return map[int]bool{i: true}
	}
	switch s := s.(type) {
	case *Keyword:
		if i < len(words) && words[i] == s.Text {
			out[i+1] = true
		}
	case param:
		if i < len(words) {
			if _, err := s.parse(nil, words[i]); err == nil {
				out[i+1] = true
			}
		}
	case *group:
		kids := s.living(r)
		switch s.kind {
		case kindAlt:
			for _, k := range kids {
				for e := range ends(k, words, i, r) {
					out[e] = true
				}
			}
		case kindOpt:
			out = seqEnds(kids, words, i, r)
			out[i] = true
		case kindMany:
			todo := []int{i}
			for len(todo) > 0 {
				at := todo[0]
				todo = todo[1:]
				for e := range seqEnds(kids, words, at, r) {
					if !out[e] {
						out[e] = true
						todo = append(todo, e)
					}
				}
			}
		case kindAny:
			anyEnds(kids, 0, words, i, r, out)
		default:
			out = seqEnds(kids, words, i, r)
		}
	}
	return out
}

func seqEnds(kids []Syntax, words []string, i int, r *release.Release) map[int]bool {
	at := map[int]bool{i: true}
	for _, k := range kids {
		next := map[int]bool{}
		for a := range at {
			for e := range ends(k, words, a, r) {
				next[e] = true
			}
		}
		at = next
	}
	return at
}

func anyEnds(kids []Syntax, used int, words []string, i int, r *release.Release, out map[int]bool) {
	out[i] = true
	for n, k := range kids {
		if used&(1<<n) == 0 {
			for e := range ends(k, words, i, r) {
				anyEnds(kids, used|1<<n, words, e, r, out)
			}
		}
	}
}

func TestMatchAgainstOracle(t *testing.T) {
	accepted := 0
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := randomSyntax(r, 3)
		set := NewSet(testBox.r, s)
		for range 8 {
			line := Generate(s, testBox, r)
			if r.IntN(2) == 0 {
				line = mutate(line, r)
			}
			words := strings.Fields(line)
			want := ends(s, words, 0, testBox.r)[len(words)]
			_, _, fail := set.Match(testBox, line)
			if (fail == nil) != want {
				t.Fatalf("seed %d: %s: %q matches: %v, want %v", seed, Usage(s, testBox.r), line, fail == nil, want)
			}
			if want {
				accepted++
			}
			checkFailure(t, s, words, line, fail)
		}
	}
	if accepted < 10000 {
		t.Errorf("only %d lines were accepted: the test proves little", accepted)
	}
}

// checkFailure: the words before the failing one begin some valid line, with the failing one they do not.
func checkFailure(t *testing.T, s Syntax, words []string, line string, f *Failure) {
	if f == nil {
		return
	}
	if f.Word > len(words) || f.Offset > len(line) || (f.Kind == Incomplete) != (f.Word == len(words)) {
		t.Fatalf("%q: %+v", line, f)
	}
	if f.Kind == Invalid && f.Offset != lexer.Words(line)[f.Word].Start {
		t.Fatalf("%q: caret at %d, words of one letter begin nothing: %+v", line, f.Offset, f)
	}
}

func mutate(line string, r *rand.Rand) string {
	words := strings.Fields(line)
	i := 0
	if len(words) > 0 {
		i = r.IntN(len(words))
	}
	switch {
	case len(words) > 0 && r.IntN(3) == 0:
		words = slices.Delete(words, i, i+1)
	case len(words) > 0 && r.IntN(2) == 0:
		words[i] = string(rune('a' + r.IntN(7)))
	default:
		words = slices.Insert(words, i, string(rune('a'+r.IntN(7))))
	}
	return strings.Join(words, " ")
}

// A small table of commands in the manner of the real one.
var (
	ifPair   = &Param[[2]string]{Name: "(internal_if_name,external_if_name)", Type: IfPair()}
	globalIP = &Param[netip.Addr]{Name: "global_ip", Type: Addr()}
	localIP  = &Param[netip.Addr]{Name: "local_ip", Type: Addr()}
	netmask  = &Param[netip.Addr]{Name: "mask", Type: Mask()}
	maxConns = &Param[int]{Name: "max_conns", Type: Int(0, 65535)}
	protocol = &Param[string]{Name: "protocol", Type: Enum("ftp", "http", "h323", "smtp", "sqlnet", "rsh")}
	fixPort  = &Param[[2]uint16]{Name: "<port>[-<port>]", Type: PortRange("tcp")}
	hardware = &Param[string]{Name: "hardware_id", Type: Hardware()}
	ifName   = &Param[string]{Name: "if_name", Type: Ident(48)}
	security = &Param[int]{Name: "security_lvl", Type: Security()}
	newName  = &Param[string]{Name: "newname", Type: Ident(16)}
	level    = &Param[int]{Name: "level", Type: Level()}
	banner   = &Param[string]{Name: "text", Type: Text()}
	pattern  = &Param[string]{Name: "regexp", Type: Type[string]{Label: "WORD", Quoted: true, Parse: String().Parse, Sample: String().Sample}}
	count    = &Param[int]{Name: "count", Type: Int(1, 1000)}
	acl      = &Param[string]{Name: "id", Type: Ident(32)}
	proto    = &Param[uint8]{Name: "protocol", Type: Proto()}
	eqPort   = &Param[uint16]{Name: "port", Type: Port("tcp")}
	interfac = &Param[string]{Name: "if_name", Type: IfName()}
	detail   = Word("detail", "more of each")
	noRandom = Word("norandomseq", "")
	hiddenKw = &Keyword{Text: "internals", Hidden: true}
	address  = func() Syntax {
		return Alt(Word("any", ""), Seq(Word("host", ""), globalIP), Seq(localIP, netmask))
	}
	testTable = []Syntax{
		Seq(Word("static", "Configure one-to-one address translation rule"), Opt(ifPair), Alt(globalIP, Word("interface", "")), localIP,
			Opt(Word("netmask", ""), netmask), Opt(maxConns, Opt(noRandom))),
		Seq(Word("fixup", ""), Word("protocol", ""), protocol, Opt(fixPort)),
		Seq(Word("nameif", ""), hardware, ifName, security),
		Seq(Word("hostname", ""), newName),
		Seq(Word("logging", ""), Alt(Word("on", ""), Seq(Word("buffered", ""), level), Seq(Word("trap", ""), level))),
		Seq(Word("banner", ""), banner),
		Seq(Word("regex", ""), newName, pattern),
		Seq(Word("access-list", ""), Alt(Word("compiled", ""), Seq(acl, Alt(Word("permit", ""), Word("deny", "")), proto, address(), address(), Opt(Word("eq", ""), eqPort)))),
		Seq(Word("show", "Show it"), Word("conn", "Connections"), Any(detail, Seq(Word("count", ""), count), Word("all", ""))),
		Seq(Word("show", "Show it"), Word("console-output", "")),
		Seq(Word("show", "Show it"), Word("ip", ""), Opt(Word("address", ""), Opt(interfac))),
		Seq(Word("show", "Show it"), Word("ips", "")),
		Seq(Word("show", "Show it"), Alt(hiddenKw, Word("interface", "Interface status"))),
		Seq(Word("show", "Show it"), In(release.Since(release.V(7, 0)), Word("inventory", "")), Word("version", "")),
		Word("shun", ""),
		Seq(&Keyword{Text: "exit", Aliases: []string{"quit"}}),
	}
	testSet = NewSet(testBox.r, testTable...)
)

func TestGeneratedLinesMatchTheirOwnSyntax(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		for i, s := range testTable {
			line := Generate(s, testBox, r)
			m, got, fail := testSet.Match(testBox, line)
			if fail != nil || got != i {
				t.Fatalf("%q: syntax %d, want %d (%+v)", line, got, i, fail)
			}
			if m.Line != line {
				t.Fatalf("Line = %q", m.Line)
			}
		}
	}
}

// Every abbreviation of a fixed word that Help offers alone is read as that word.
func TestAbbreviations(t *testing.T) {
	tried := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		for i, s := range testTable {
			line := Generate(s, testBox, r)
			for _, w := range lexer.Words(line) {
				for cut := 1; cut < len(w.Text); cut++ {
					short := line[:w.Start+cut]
					full, ok := testSet.Complete(testBox, short)
					if !ok || full != line[:w.End]+" " || hasValue(short) {
						continue
					}
					tried++
					abbreviated := short + line[w.End:]
					a, got, fail := testSet.Match(testBox, strings.ToUpper(abbreviated[:w.Start+cut])+abbreviated[w.Start+cut:])
					b, _, _ := testSet.Match(testBox, line)
					if fail != nil || got != i || fmt.Sprint(keywords(a)) != fmt.Sprint(keywords(b)) {
						t.Fatalf("%q for %q: syntax %d, want %d (%+v)", abbreviated, line, got, i, fail)
					}
				}
			}
		}
	}
	if tried < 1000 {
		t.Errorf("only %d abbreviations tried", tried)
	}
}

func keywords(m *Match) (all []*Keyword) {
	for _, r := range m.read {
		all = append(all, r.kw)
	}
	return all
}

// hasValue: the unfinished word could be a value as well, or upper case would change one before it.
func hasValue(short string) bool {
	h := testSet.Help(testBox, short[:strings.LastIndexAny(short, " ")+1])
	return strings.Contains(short, " ") && slices.ContainsFunc(h.Items, func(i Item) bool { return !i.Literal }) ||
		strings.HasPrefix(short, "hostname ") || strings.HasPrefix(short, "regex ") || strings.HasPrefix(short, "access-list ") ||
		strings.HasPrefix(short, "nameif ") || strings.HasPrefix(short, "banner ")
}

func TestMatchValues(t *testing.T) {
	m, _, fail := testSet.Match(testBox, "stat ( inside , OUTSIDE ) 203.0.113.10 mail netm 255.255.255.255 0 nor")
	if fail != nil {
		t.Fatalf("%+v", fail)
	}
	if got := ifPair.Get(m); got != [2]string{"inside", "outside"} {
		t.Errorf("pair %v", got)
	}
	if got := localIP.Get(m); got != netip.MustParseAddr("10.1.1.10") {
		t.Errorf("local %v", got)
	}
	if n, ok := maxConns.Lookup(m); n != 0 || !ok || !noRandom.Seen(m) {
		t.Errorf("max_conns %d %v, norandomseq %v", n, ok, noRandom.Seen(m))
	}
	if _, ok := count.Lookup(m); ok || detail.Seen(m) {
		t.Error("saw what was not typed")
	}
	m, _, fail = testSet.Match(testBox, "access-list x permit tcp any host 1.2.3.4 eq smtp")
	if fail != nil || len(globalIP.All(m)) != 1 || eqPort.Get(m) != 25 || proto.Get(m) != 6 {
		t.Errorf("%+v %v", fail, m)
	}
	m, _, fail = testSet.Match(testBox, "access-list compiled deny ip 0 0 10.0.0.0 255")
	if fail != nil || acl.Get(m) != "compiled" {
		t.Errorf("a list with the name of a keyword: %+v", fail)
	}
	for line, want := range map[string]string{"banner  a  b ": "a  b", `regex r "a  b"`: "a  b", "regex r ab": "ab"} {
		m, _, fail := testSet.Match(testBox, line)
		if fail != nil || banner.Get(m)+pattern.Get(m) != want {
			t.Errorf("%q: %q (%+v)", line, banner.Get(m)+pattern.Get(m), fail)
		}
	}
	for line, want := range map[string]string{
		"nameif e0 out sec5": "ethernet0", "nameif Ethernet 0/10 out s5": "Ethernet0/10", "nameif m0/0 out security100": "Management0/0",
	} {
		m, _, fail := testSet.Match(testBox, line)
		if fail != nil || hardware.Get(m) != want {
			t.Errorf("%q: %q (%+v)", line, hardware.Get(m), fail)
		}
	}
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		line   string
		kind   Kind
		word   int
		offset int
	}{
		{"", Incomplete, 0, 0},
		{"show", Incomplete, 1, 4},
		{"sh", Ambiguous, 0, 2},
		{"sh version", Ambiguous, 0, 2},
		{"xyz", Invalid, 0, 0},
		{"shx", Invalid, 0, 2},
		{"show conduit", Invalid, 1, 8}, // conn and console-output begin with con
		{"show lldp", Invalid, 1, 5},
		{"show i", Ambiguous, 1, 6},
		{"show int extra", Invalid, 2, 9},
		{"show inventory", Invalid, 1, 7}, // not in this release; interface begins with in
		{"show conn detail detail", Invalid, 3, 17},
		{"fixup protocol smtp 70000", Invalid, 3, 20},
		{"fixup protocol smtp 0", Invalid, 3, 20},
		{"fixup protocol h 80", Ambiguous, 2, 16},
		{"static (inside,nowhere) 1.1.1.1 2.2.2.2", Invalid, 1, 7},
		{"static 300.1.1.1 2.2.2.2", Invalid, 1, 7},
		{"logging buffered 8", Invalid, 2, 17},
		{"regex r \"a b", Invalid, 3, 11},
		{"  quit  now", Invalid, 1, 8},
	} {
		_, _, f := testSet.Match(testBox, c.line)
		if f == nil || f.Kind != c.kind || f.Word != c.word || f.Offset != c.offset {
			t.Errorf("%q: %+v, want kind %d word %d offset %d", c.line, f, c.kind, c.word, c.offset)
		}
	}
	for _, line := range []string{"show ip", "show ips", "show version", "QUIT", "ex", "show internals", "sho conn det all cou 3", "lo b 7", "show int"} {
		if _, _, f := testSet.Match(testBox, line); f != nil {
			t.Errorf("%q: %+v", line, f)
		}
	}
	if _, _, f := testSet.Match(testBox, "static 300.1.1.1 2.2.2.2"); f.Err != ErrAddress {
		t.Errorf("reason %v", f.Err)
	}
	if _, _, f := testSet.Match(testBox, "show conduit"); len(f.Reached) != 6 {
		t.Errorf("reached %v", f.Reached)
	}
}

func TestHelp(t *testing.T) {
	for _, c := range []struct {
		text, want string
		cr         bool
	}{
		{"show ip", "ip ips", false},
		{"show ip ", "address", true},
		{"show ", "conn console-output interface ip ips version", false},
		{"logging trap ", "<0-7> alerts critical debugging emergencies errors informational notifications warnings", false},
		{"s", "show shun static", false},
		{"show conn detail ", "all count", true},
		{"fixup protocol h", "h323 http", false},
		{"static (inside,", "", false},
	} {
		h := testSet.Help(testBox, c.text)
		var got []string
		for _, it := range h.Items {
			got = append(got, it.Text)
		}
		if strings.Join(got, " ") != c.want || h.CR != c.cr || h.Failed != nil {
			t.Errorf("%q: %v cr=%v %+v", c.text, got, h.CR, h.Failed)
		}
	}
	if h := testSet.Help(testBox, "bogus x"); h.Failed == nil {
		t.Error("help for an unknown command")
	}
	for text, want := range map[string]string{"sho": "show ", "show ip": "show ip", "show ver": "show version ", "show": "show ", "": "", "show ": "show "} {
		if got, _ := testSet.Complete(testBox, text); got != want {
			t.Errorf("Complete(%q) = %q", text, got)
		}
	}
}

func TestUsage(t *testing.T) {
	for i, want := range map[int]string{
		0: "static [(internal_if_name,external_if_name)] {<global_ip>|interface} <local_ip> [netmask <mask>] [<max_conns> [norandomseq]]",
		1: "fixup protocol <protocol> [<port>[-<port>]]",
		8: "show conn [detail] [count <count>] [all]",
	} {
		got := strings.ReplaceAll(Usage(testTable[i], testBox.r), "<(internal_if_name,external_if_name)>", "(internal_if_name,external_if_name)")
		if got = strings.ReplaceAll(got, "<global_ip>|interface ", "{<global_ip>|interface} "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	lines := slices.Collect(Enumerate(testTable[4], testBox.r))
	if len(lines) != 3 || lines[1] != "logging buffered <level>" {
		t.Errorf("%q", lines)
	}
	n := 0
	for range Words(testTable[0], testBox.r) {
		n++
	}
	if n != 9 {
		t.Errorf("%d words", n)
	}
}

// Nested repetition is where a backtracking matcher would never end.
func TestBoundedTime(t *testing.T) {
	a := Word("a", "")
	evil := Many(Many(Opt(a), Many(a), Any(a, Opt(a), Many(a))), Alt(a, Many(a)))
	set := NewSet(testBox.r, Seq(evil, Word("end", "")))
	start := time.Now()
	for _, line := range []string{
		strings.Repeat("a ", 2000), strings.Repeat("a", 100000), strings.Repeat("a ", 5000) + "b",
	} {
		if _, _, f := set.Match(testBox, line); f == nil {
			t.Fatal("matched")
		}
		if _, _, f := testSet.Match(testBox, line); f == nil {
			t.Fatal("matched")
		}
		testSet.Help(testBox, line)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

func FuzzMatch(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, s := range testTable {
		f.Add(Generate(s, testBox, r))
	}
	f.Add("static ( ( ( (")
	f.Add("regex a \"\" \"")
	f.Add("\x00\xff \x1b[A?")
	f.Fuzz(func(t *testing.T, line string) {
		m, i, fail := testSet.Match(testBox, line)
		if (m == nil) == (fail == nil) || (i < 0) != (fail != nil) {
			t.Fatalf("%v %d %v", m, i, fail)
		}
		if fail != nil && (fail.Offset < 0 || fail.Offset > len(line)) {
			t.Fatalf("offset %d of %d", fail.Offset, len(line))
		}
		h := testSet.Help(testBox, line)
		if m != nil && h.Failed != nil && h.Word == "" {
			t.Fatalf("%q matches but has no help", line)
		}
		if full, ok := testSet.Complete(testBox, line); ok && !strings.HasPrefix(strings.ToLower(full), strings.ToLower(line)) {
			t.Fatalf("%q completed to %q", line, full)
		}
	})
}

func TestTypes(t *testing.T) {
	for w, want := range map[string]string{
		"0": "0.0.0.0", "10.1.1.1": "10.1.1.1", "010.001.1.1": "10.1.1.1", "mail": "10.1.1.10",
		"10.1.1": "", "10.1.1.256": "", "1.2.3.4.5": "", "": "", "1..2.3": "", "99999999999999": "",
	} {
		a, err := Addr().Parse(testBox, w)
		if (err == nil) != (want != "") || err == nil && a.String() != want {
			t.Errorf("Addr %q: %v %v", w, a, err)
		}
	}
	for w, want := range map[string]string{"0": "0.0.0.0", "255.255": "255.255.0.0", "255.255.255.240": "255.255.255.240", "255": "255.0.0.0", "x": "", "256.0.0.0": ""} {
		a, err := Mask().Parse(testBox, w)
		if (err == nil) != (want != "") || err == nil && a.String() != want {
			t.Errorf("Mask %q: %v %v", w, a, err)
		}
	}
	for w, want := range map[string]time.Duration{"0": 0, "1:00:00": time.Hour, "0:05:00": 5 * time.Minute, "1193:0:0": 1193 * time.Hour, "1:60:00": -1, "1:00": -1, "-1:0:0": -1} {
		d, err := Duration().Parse(nil, w)
		if (err == nil) != (want >= 0) || err == nil && d != want {
			t.Errorf("Duration %q: %v %v", w, d, err)
		}
	}
	if _, err := MAC().Parse(nil, "00a0.c948.3323x"); err == nil {
		t.Error("MAC")
	}
	if m, err := MAC().Parse(nil, "a0.C948.3323"); err != nil || FormatMAC(m) != "00a0.c948.3323" {
		t.Errorf("MAC %v %v", m, err)
	}
	old := &release.Release{Version: release.V(6, 1)}
	if PortName(testBox.r, "tcp", 443) != "https" || PortName(old, "tcp", 443) != "443" || PortName(nil, "udp", 514) != "syslog" ||
		PortName(nil, "tcp", 514) != "cmd" || PortName(nil, "tcp", 80) != "www" || ICMPTypeName(nil, 8) != "echo" || ProtoName(nil, 50) != "esp" || ProtoName(nil, 200) != "200" {
		t.Error("names")
	}
}

// What a Sample gives, its own Parse takes; a printed literal reads back as its number.
func TestSamples(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for _, p := range []param{
		&Param[int]{Type: Int(3, 70)}, &Param[string]{Type: Ident(5)}, &Param[string]{Type: String()}, &Param[string]{Type: Text()},
		&Param[netip.Addr]{Type: Addr()}, &Param[netip.Addr]{Type: Mask()}, &Param[uint16]{Type: Port("udp")}, &Param[[2]uint16]{Type: PortRange("tcp")},
		&Param[int]{Type: ICMPType()}, &Param[uint8]{Type: Proto()}, &Param[time.Duration]{Type: Duration()}, &Param[string]{Type: IfName()},
		&Param[string]{Type: IfParen()}, &Param[[2]string]{Type: IfPair()}, &Param[string]{Type: Hardware()}, &Param[[6]byte]{Type: MAC()},
		&Param[int]{Type: Level()}, &Param[int]{Type: Security()}, &Param[string]{Type: Enum("a", "b")},
	} {
		for range 200 {
			w := p.describe().sample(testBox, r)
			if _, err := p.parse(testBox, w); err != nil {
				t.Fatalf("%T: %q: %v", p, w, err)
			}
		}
	}
	for n := 0; n < 65536; n += 1 + n/2000 { // the literals are below 6000
		for _, over := range []string{"tcp", "udp"} {
			if got, err := Port(over).Parse(testBox, PortName(testBox.r, over, uint16(n))); err != nil || int(got) != n {
				t.Fatalf("%s port %d: %d %v", over, n, got, err)
			}
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, _, f := testSet.Match(testBox, "access-list outside_in permit tcp any host 203.0.113.10 eq smtp"); f != nil {
			b.Fatal(f)
		}
	}
}
