package release

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var onASA = Since(V(7, 0)).Only(ASA)

var pix6 = Since(V(6, 0)).Through(V(6, 3))

// reach says where a message can be said when that is not everywhere. A key that is not listed needs words in every
// release.
var reach = map[Key]Span{
	VersionInternal: Since(V(8, 3)),
	LoginShown:      Since(V(9, 8)), LoginHistory: Since(V(9, 8)), LoginLast: Since(V(9, 8)), LoginLastFailed: Since(V(9, 8)),
	SetEnableAsk: Since(V(9, 12)), SetEnableFirst: Since(V(9, 12)), SetEnableAgain: Since(V(9, 12)), SetEnableDiffer: Since(V(9, 12)),
	SetEnableShort: Since(V(9, 12)),
	FactoryPool:    onASA, FactoryBegin: onASA, FactoryLine: onASA, FactoryDone: onASA,
	CallHomeNotice: Since(V(8, 4)), CallHomeAsk: Since(V(8, 4)), CallHomeYes: Since(V(8, 4)), CallHomeNo: Since(V(8, 4)), CallHomeLater: Since(V(8, 4)),
	SSHNormal: Since(V(5, 2)), SSHIdle: Since(V(5, 2)), SSHKilled: Since(V(5, 2)), SSHLost: Since(V(5, 2)),
	CAAlone: Since(V(5, 0)), CANoDomain: Since(V(5, 0)), CAKeysExist: Since(V(5, 0)), CALongTime: Since(V(5, 0)),
	CryptoIdent: Since(V(5, 0)).Through(V(6, 3)), CABegin: Since(V(5, 0)), CASuccess: Since(V(5, 0)), CAPublicKey: Since(V(5, 0)), NotAuthorized: Since(V(6, 2)), EnableLevelAAA: Since(V(6, 2)),
	KeyFileAsk: Since(V(7, 0)), KeyFileGood: Since(V(7, 0)), KeyFileBad: Since(V(7, 0)),
	InterfaceVLAN: Since(V(7, 0)), InterfaceNoVLAN: Since(V(7, 0)),
	InvalidInput: Since(V(7, 0)), Ambiguous: Since(V(7, 0)), Unrecognized: Since(V(7, 0)), InvalidHost: Since(V(7, 0)),
	HelpHeader: Since(V(7, 0)), CopyTarget: Since(V(7, 0)), ConnsCleared: Since(V(7, 0)),
	KeyName: Since(V(7, 0)), KeyBegin: Since(V(7, 0)), KeyExists: Since(V(7, 0)), ModeSingle: Since(V(7, 0)),
	FirewallRouter: Since(V(7, 0)), InventoryAll: Since(V(7, 0)),
	PingTimes: Since(V(7, 0)), ServiceGlobal: Since(V(7, 0)), ServiceInterface: Since(V(7, 0)),
	CaptureLive: Since(V(7, 0)), ReasonTraced: Since(V(7, 0)), ReasonWindow: Since(V(7, 0)), TracerMalformed: Since(V(7, 0)),
	ServicePolicy: Since(V(7, 0)), ServiceClass: Since(V(7, 0)), ServiceInspect: Since(V(7, 0)),
	MPFReserved: Since(V(7, 0)), MPFInUse: Since(V(7, 0)), MPFNoClass: Since(V(7, 0)), MPFNoPolicy: Since(V(7, 0)),
	MPFNoMap: Since(V(7, 0)), MPFManyMatches: Since(V(7, 0)), MPFInspectExists: Since(V(7, 0)), MPFBadRegex: Since(V(7, 2)),

	SetupAsk: Since(V(5, 2)), SetupMode: Since(V(5, 2)), SetupEnable: Since(V(5, 2)), SetupRecovery: Since(V(5, 2)),
	SetupClock: Since(V(5, 2)), SetupYear: Since(V(5, 2)), SetupMonth: Since(V(5, 2)), SetupDay: Since(V(5, 2)),
	SetupTime: Since(V(5, 2)), SetupAddress: Since(V(5, 2)), SetupMask: Since(V(5, 2)), SetupHost: Since(V(5, 2)),
	SetupDomain: Since(V(5, 2)), SetupManager: Since(V(5, 2)), SetupReview: Since(V(5, 2)), SetupConfirm: Since(V(5, 2)),
	SetupInterface: Since(V(5, 2)), SetupLine: Since(V(5, 2)),
	SSHSessionHead: Since(V(5, 2)), SSHSession: Since(V(5, 2)), SSHLine: Since(V(5, 2)), LocalHostIf: Since(V(5, 2)),
	ShunAdded: Since(V(6, 0)), ShunExists: Since(V(6, 0)), ShunLifted: pix6, ShunMissing: Since(V(6, 0)), ShunLine: Since(V(6, 0)), ShunCount: Since(V(6, 0)),
	ShunInterface: Since(V(7, 0)),
	LocalHost:     Since(V(5, 2)), LocalXlate: Since(V(5, 2)), LocalConn: Since(V(5, 2)),

	InterfacePackets: Since(V(7, 0)), InterfaceHangs: Since(V(7, 0)), InterfaceRings: Since(V(7, 0)),
	ARPStatistics: Since(V(7, 0)), Environment: Since(V(7, 0)), InterfaceBlocked: Since(V(7, 0)),
	CopyHost: Since(V(7, 0)), CopyFile: Since(V(7, 0)), CopyAccess: Since(V(7, 0)), CopyFailed: Since(V(7, 0)),
	LoggingState: Since(V(4, 2)), LoggingLevel: Since(V(4, 2)), LoggingTrap: Since(V(4, 2)), LoggingHost: Since(V(4, 2)), LoggingTCP: Since(V(4, 2)), LoggingDevice: Since(V(4, 2)), LoggingDeviceIf: Since(V(4, 2)),
	ShowChecksum: Since(V(4, 2)), CPU: Since(V(6, 0)), TrafficHead: Since(V(4, 2)), Curpriv: Since(V(6, 2)),
	PerfmonHead: Since(V(5, 0)), PerfmonTail: Since(V(5, 0)), PerfmonLine: Since(V(5, 0)), PerfmonSet: Since(V(5, 0)), FlashHead: Since(V(5, 0)),
	FlashLine: Since(V(5, 0)), AuditCount: Since(V(5, 2)), AuditCountIf: Since(V(5, 2)), AuditLine: Since(V(5, 2)), KeySame: Since(V(6, 2)), KeyRefused: Since(V(6, 2)),
	ConnLegend: Since(V(6, 2)), ConnDetail: Since(V(6, 2)), ConnLong: Since(V(7, 0)), XlateLegend: Since(V(6, 2)), XlateDetail: Since(V(6, 2)),
	XlateTimes: Since(V(6, 2)), ClockTyped: Since(V(6, 2)), ClockHardware: Since(V(6, 2)), ClockSummer: Since(V(6, 2)),
	XlatePATDetail: Since(V(6, 2)), NoSuchCapture: Since(V(6, 2)), CaptureNoRoom: Since(V(6, 2)), CaptureExists: Since(V(6, 2)), CaptureLine: Since(V(6, 2)),
	CapturedHead: Since(V(6, 2)), CapturedTail: Since(V(6, 2)), CapturedFrame: Since(V(6, 2)),
	ConfNoGroup: Since(V(6, 2)), ConfEmptyGroup: Since(V(6, 2)), ConfTooManyRules: Since(V(6, 2)), ConfGroupKind: Since(V(6, 2)),
	ConfGroupGone: Since(V(6, 2)), ConfGroupInUse: Since(V(6, 2)), ConfMemberExists: Since(V(6, 2)), ConfMemberGone: Since(V(6, 2)),
	ConfMemberUnfit: Since(V(6, 2)), ConfMemberNone: Since(V(6, 2)), ConfGroupLoop: Since(V(6, 2)), ConfGroupEmptied: Since(V(6, 2)), NoSuchGroup: Since(V(6, 2)),
	ConfObjectExists: Since(V(8, 3)), ConfObjectGone: Since(V(8, 3)), ConfObjectInUse: Since(V(8, 3)), ConfNoObject: Since(V(8, 3)),
	ConfNATNoValue: Since(V(8, 3)), ConfNATGone: Since(V(8, 3)), ConfNATOverlap: Since(V(8, 3)), SyslogAsymmetric: Since(V(8, 3)),
	BootNoConfig: Since(V(8, 3)), MigrationSaving: Since(V(8, 3)), MigrationSaved: Since(V(8, 3)), MigrationErrors: Since(V(8, 3)), MigrationNAT: Since(V(8, 3)),
	MigrationPoolless: Since(V(8, 3)), MigrationLimits: Since(V(8, 3)), MigrationDone: Since(V(8, 3)), MigrationReal: Since(V(8, 3)),
	MigrationList: Since(V(8, 3)), MigrationNoList: Since(V(8, 3)),
	ListGroup: Since(V(5, 0)), ListInner: Since(V(5, 0)), ListTurbo: Since(V(6, 2)), SyslogLogFlows: Since(V(5, 0)),
	ConfLogAlways: Since(V(4, 2)), LogMessage: Since(V(6, 3)), LogMessageNow: Since(V(6, 3)),
	FactoryRefused: Since(V(6, 2)).Through(V(6, 3)),
	ShowLease:      Since(V(6, 0)), DebugLeaseAsk: Since(V(6, 0)), DebugLeaseSent: Since(V(6, 0)), DebugLeaseHeard: Since(V(6, 0)),
	DebugLeaseScan: Since(V(6, 0)), DebugLeaseGot: Since(V(6, 0)), DebugLeaseRefused: Since(V(6, 0)), DebugLeaseUseless: Since(V(6, 0)),
	DebugLeaseNone: Since(V(6, 0)), RouteLeased: Since(V(6, 0)), SyslogLeased: Since(V(6, 0)), SyslogLeaseLost: Since(V(6, 0)),
	ListCache: Since(V(5, 0)), ListHead: Since(V(5, 0)), ListLine: Since(V(5, 0)), ListRemark: Since(V(6, 3)),
	NoSuchList: Since(V(5, 0)), SyslogDenyACL: Since(V(5, 0)), SyslogDenyACLICMP: Since(V(5, 0)),
	SyslogDenyACLOther: Since(V(5, 0)), SyslogACLLog: Since(V(5, 0)), ConduitLine: Until(V(6, 3)),
}

// keys are all constants of type Key that the package declares.
func keys(t *testing.T) []Key {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []Key
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "Key" {
				text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				found = append(found, Key(text))
			}
			return true
		})
	}
	if len(found) < 200 {
		t.Fatalf("found only %d keys", len(found))
	}
	return found
}

// tree is every release, offered or not.
func tree() []*Release {
	seen := map[*Release]bool{}
	var all []*Release
	for _, r := range All() {
		for ; r != nil && !seen[r]; r = r.Parent {
			seen[r] = true
			all = append(all, r)
		}
	}
	return all
}

func TestEveryReachableKeyHasWords(t *testing.T) {
	known, missing := map[Key]bool{}, map[Key][]string{}
	for _, key := range keys(t) {
		if known[key] {
			t.Errorf("two constants are the key %q", key)
		}
		known[key] = true
		for _, r := range tree() {
			words, ok := r.Words(key)
			if span, limited := reach[key]; limited && !span.Holds(r) {
				continue
			}
			if !ok {
				missing[key] = append(missing[key], r.Name)
			}
			if strings.HasPrefix(string(key), "syslog ") && words != "" {
				if _, _, _, ok := r.Syslog(key, append(make([]any, 15), 6, 0, 0, 0)...); !ok {
					t.Errorf("%s: %q does not begin with level and number: %q", r.Name, key, words)
				}
			}
		}
	}
	for key, names := range missing {
		t.Errorf("no words for %q in %v", key, names)
	}
	for key := range reach {
		if !known[key] {
			t.Errorf("reach of %q, which is no key", key)
		}
	}
	for _, r := range tree() {
		for key := range r.Text {
			if !known[key] {
				t.Errorf("%s has words for %q, which is no key", r.Name, key)
			}
		}
	}
}

// Words with arguments number them, so that a release may leave some out.
func TestFormatsNumberTheirArguments(t *testing.T) {
	verb := regexp.MustCompile(`%[^% ]`)
	for _, r := range tree() {
		for key, words := range r.Text {
			rest := strings.ReplaceAll(words, "%%", "")
			for _, at := range verb.FindAllStringIndex(rest, -1) {
				if end := strings.IndexAny(rest[at[0]:], "]sdvfx"); end < 0 || rest[at[0]+end] != ']' {
					t.Errorf("%s: %q has a verb without a number: %q", r.Name, key, words)
				}
			}
			if strings.Contains(rest, "%[") && strings.Contains(rest, "% ") {
				t.Errorf("%s: %q has arguments and a bare %%: %q", r.Name, key, words)
			}
		}
	}
}

// booting are all releases that boot, on all their machines, and a build on one.
func booting() []*Release {
	var all []*Release
	for _, r := range All() {
		all = append(all, r)
		for v := range r.OnMachines() {
			all = append(all, v)
		}
	}
	for v := range pix63.build(4).OnMachines() {
		all = append(all, v)
	}
	return all
}

func TestFactory(t *testing.T) {
	for _, r := range booting() {
		body := r.Factory
		if !strings.HasPrefix(body, ": Saved\n"+r.Say(ConfMachine, r.Model.Serial, r.Model.Summary())+":\n"+r.Say(VersionLine, r.Version)+"\n") {
			t.Errorf("%s: header of the factory configuration: %.60q", r.Name, body)
		}
		if !strings.HasSuffix(body, "\n: end\n") {
			t.Errorf("%s: the factory configuration has no end", r.Name)
		}
		if !strings.Contains(body, "\nhostname "+r.Console.Prompt+"\n") {
			t.Errorf("%s: factory host name is not %s", r.Name, r.Console.Prompt)
		}
		for _, id := range r.Model.Interfaces {
			if !strings.Contains(body, "interface "+id) && r != pix40 { // which knows them by name only
				t.Errorf("%s: no interface %s in the factory configuration", r.Name, id)
			}
		}
	}
}

// The factory configuration of 4.4 is the listing of a new box, which ended in the checksum of nothing.
func TestFactoryChecksumOfNothing(t *testing.T) {
	for _, r := range []*Release{pix44, pix63} {
		if !strings.Contains(r.Factory, "\nCryptochecksum:d41d8cd98f00b204e9800998ecf8427e\n: end\n") {
			t.Errorf("%s: no checksum of an empty configuration", r.Name)
		}
	}
	if n := strings.Count(pix44.Factory, "\n"); n != 80 {
		t.Errorf("pix-4.4: %d lines, the listing has 80", n)
	}
}

func TestModelsAgree(t *testing.T) {
	for _, r := range booting() {
		m := r.Model
		if len(m.Interfaces) != len(m.IRQ) || len(m.Interfaces) == 0 {
			t.Errorf("%s: %d interfaces, %d interrupts", r.Name, len(m.Interfaces), len(m.IRQ))
		}
		if len(m.Interfaces) > r.Limits.Interfaces {
			t.Errorf("%s: more interfaces than the release takes", r.Name)
		}
		boot := r.BootText()
		for _, want := range []string{r.Version.String(), r.LicenceText()} {
			if r.Version.Compare(V(6, 0)) > 0 && !strings.Contains(boot, want) {
				t.Errorf("%s: boot text lacks %q", r.Name, want)
			}
		}
		for i := range m.Interfaces {
			if mac := r.FormatMAC(m.MACOf(i)); !strings.Contains(boot, mac) {
				t.Errorf("%s: boot text lacks %s", r.Name, mac)
			}
		}
		if strings.Contains(boot, "%!") {
			t.Errorf("%s: boot text: %s", r.Name, boot)
		}
	}
}

func TestParse(t *testing.T) {
	for _, r := range All() {
		got, err := Parse(r.Name)
		if err != nil || got != r {
			t.Errorf("Parse(%q) = %v, %v", r.Name, got, err)
		}
	}
	for _, r := range All() {
		for v := range r.OnMachines() {
			got, err := Parse(strings.ToUpper(v.Name))
			if err != nil || got.Name != v.Name || got.Factory != v.Factory || Base(v.Name) != r.Name {
				t.Errorf("Parse(%q) = %v, %v", v.Name, got, err)
			}
		}
	}
	for name, want := range map[string]string{
		"pix-6.3(4)-501": "pix-6.3(4)-501", "pix-6.2-506e": "pix-6.2-506E", "pix-6.3-501-50": "pix-6.3-501-50",
		"pix-6.0-501": "", "pix-6.3-520": "", "pix-6.3(4-501": "", "pix-6.3-": "pix-6.3", "pix-6.3(0)-501": "", "asa-8.2-501": "",
	} {
		got, err := Parse(name)
		if (err == nil) != (want != "") || err == nil && got.Name != want {
			t.Errorf("Parse(%q) = %v, %v", name, got, err)
		}
	}
	_, err := Parse("pix-9.9")
	for _, r := range All() {
		if err == nil || !strings.Contains(err.Error(), r.Name) {
			t.Errorf("the error does not offer %s: %v", r.Name, err)
		}
	}
}

func TestTreeIsInOrder(t *testing.T) {
	for _, r := range tree() {
		if p := r.Parent; p != nil && p.Version.Compare(r.Version) >= 0 {
			t.Errorf("%s is not later than its parent %s", r.Name, p.Name)
		}
	}
	for i, r := range All()[1:] {
		// Oldest first; the ASA begins anew behind the PIX.
		if last := All()[i]; last.Version.Compare(r.Version) >= 0 && last.Platform == r.Platform || last.Platform > r.Platform {
			t.Errorf("All is out of order at %s", r.Name)
		}
	}
}

func TestSpan(t *testing.T) {
	at := func(maj, min, maint uint8, p Platform) *Release {
		return &Release{Version: Version{Major: maj, Minor: min, Maint: maint}, Platform: p}
	}
	for _, c := range []struct {
		span Span
		r    *Release
		want bool
	}{
		{Span{}, at(4, 0, 0, PIX), true},
		{Since(V(4, 2)), at(4, 1, 9, PIX), false},
		{Since(V(4, 2)), at(4, 2, 0, PIX), true},
		{Until(V(6, 3)), at(6, 3, 5, PIX), true},
		{Until(V(6, 3)), at(7, 0, 0, PIX), false},
		{Since(V(5, 2)).Through(V(6, 2)), at(6, 3, 1, PIX), false},
		{Since(V(7, 0)).Only(ASA), at(8, 0, 2, PIX), false},
		{Since(V(7, 0)).Only(ASA), at(8, 0, 2, ASA), true},
		{Span{To: Version{6, 3, 3, 0}}, at(6, 3, 4, PIX), false},
	} {
		if got := c.span.Holds(c.r); got != c.want {
			t.Errorf("%+v holds %v: %v", c.span, c.r.Version, got)
		}
	}
}

func TestSay(t *testing.T) {
	r := &Release{Text: Catalogue{"none": "", "bare": "ERROR: % Incomplete command", "both": "%[2]s at %%%[1]d", "twice": "100%%", "wide": "%-3[2]s|"}}
	for key, want := range map[Key]string{
		"none": "", "bare": "ERROR: % Incomplete command", "both": "x at %7", "twice": "100%", "wide": "x  |",
	} {
		if got := r.Say(key, 7, "x", "left out"); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if got := r.Say("bare"); got != "ERROR: % Incomplete command" {
		t.Error(got)
	}
}

func TestSyslog(t *testing.T) {
	args := []any{"inbound", 3, "outside", "192.150.49.10/1025", "192.150.49.10/1025", "inside", "10.1.1.2/25", "204.31.17.2/25",
		"0:00:12", 1774, "TCP FINs"}
	for name, want := range map[string][2]string{
		"pix-4.4": {
			"Built inbound TCP connection 3 for faddr 192.150.49.10/1025 gaddr 204.31.17.2/25 laddr 10.1.1.2/25",
			"Teardown TCP connection 3 faddr 192.150.49.10/1025 gaddr 204.31.17.2/25 laddr 10.1.1.2/25 duration 0:00:12 bytes 1774 (TCP FINs)",
		},
		"pix-6.3": {
			"Built inbound TCP connection 3 for outside:192.150.49.10/1025 (192.150.49.10/1025) to inside:10.1.1.2/25 (204.31.17.2/25)",
			"Teardown TCP connection 3 for outside:192.150.49.10/1025 to inside:10.1.1.2/25 duration 0:00:12 bytes 1774 TCP FINs",
		},
	} {
		r, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, key := range []Key{SyslogBuiltTCP, SyslogTornTCP} {
			level, id, text, ok := r.Syslog(key, args...)
			if !ok || level != 6 || text != want[i] || !strings.HasPrefix(id, "302") {
				t.Errorf("%s: %d %s %q, want %q", name, level, id, text, want[i])
			}
		}
	}
	if _, _, _, ok := pix41.Syslog(SyslogBuiltHost, "inside", "10.1.1.2"); ok {
		t.Error("4.1 words 609001")
	}
	if got := fmt.Sprint(pix63.Version); got != "6.3(5)" {
		t.Error(got)
	}
}

// The ranges of a shared address's ports follow each other, and port 0 is in none.
func TestPATRanges(t *testing.T) {
	for _, r := range All() {
		if p := r.NAT.PATRanges; len(p) == 0 || p[0] == 0 || !slices.IsSorted(p) || len(slices.Compact(slices.Clone(p))) != len(p) {
			t.Errorf("%s: %v", r.Name, p)
		}
	}
}
