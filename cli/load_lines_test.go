package cli

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/release"
)

// lineKinds are the lines of which a configuration may have many, each numbered, and how its "no" form goes where that is not
// "no " and the line.
var lineKinds = []struct{ name, release, head, line, no string }{
	{"access-list", "pix-6.3", "", "access-list in permit tcp any host {ip} eq smtp", ""},
	{"access-lists", "asa-9.4", "", "access-list in{n} extended permit tcp any host {ip} eq smtp", ""},
	{"access-list line 1", "asa-9.4", "", "access-list in line 1 extended permit tcp any host {ip} eq smtp", "no access-list in extended permit tcp any host {ip} eq smtp"},
	{"access-list line 2", "asa-9.4", "access-list in extended permit ip any host 1.1.1.1\n", "access-list in line 2 extended permit tcp any host {ip} eq smtp", "no access-list in extended permit tcp any host {ip} eq smtp"},
	{"remark", "asa-9.4", "", "access-list in remark {n}", ""},
	{"conduit", "pix-5.0", "", "conduit permit tcp host {ip} eq smtp any", ""},
	{"object", "asa-9.4", "", "object network o{n}\n host {ip}", "no object network o{n}"},
	{"object nat", "asa-9.4", "", "object network o{n}\n host {ip}\n nat (inside,outside) static {ip2}", "no object network o{n}"},
	{"twice nat", "asa-9.4", "object network a\n host 10.1.1.9\nobject network b\n host 10.1.1.10\n", "object service o{n}\n service tcp destination eq {port}\nnat (inside,outside) source static a b service o{n} o{n}", "no nat (inside,outside) source static a b service o{n} o{n}"},
	{"object-group", "asa-9.4", "", "object-group network g{n}\n network-object host {ip}", "no object-group network g{n}"},
	{"group member", "asa-9.4", "", "object-group network g\n network-object host {ip}", "object-group network g\n no network-object host {ip}"},
	{"group chain", "asa-9.4", "object-group network g0\n network-object host 10.0.0.1\n", "object-group network g{n}\n network-object host {ip}\n group-object g{m}", ""},
	{"route", "pix-6.3", "", "route outside {ip} 255.255.255.255 203.0.113.254 1", ""},
	{"no route without gateway", "pix-6.3", "", "route outside {ip} 255.255.255.255 203.0.113.254 1", "no route outside {ip} 255.255.255.255"},
	{"route", "asa-9.4", "", "route outside {ip} 255.255.255.255 203.0.113.254 1", ""},
	{"static", "pix-6.3", "", "static (inside,outside) {ip} {ip2} netmask 255.255.255.255 0 0", ""},
	{"static", "asa-8.2", "", "static (inside,outside) {ip} {ip2} netmask 255.255.255.255", ""},
	{"static port", "pix-6.3", "", "static (inside,outside) tcp {ip} smtp {ip2} smtp netmask 255.255.255.255 0 0", ""},
	{"name", "pix-6.3", "", "name {ip} n{n}", ""},
	{"name", "asa-9.4", "", "name {ip} n{n}", ""},
	{"nat", "pix-6.3", "", "nat (inside) 1 {ip} 255.255.255.255 0 0", ""},
	{"global", "pix-6.3", "", "global (outside) 1 {ip}", ""},
	{"username", "pix-6.3", "", "username u{n} password abcdefghijklmnop encrypted privilege 2", "no username u{n}"},
	{"username", "asa-9.4", "", "username u{n} password abcdefghijklmnop encrypted privilege 2", "no username u{n}"},
	{"aaa-server", "pix-6.3", "aaa-server x protocol radius\n", "aaa-server x (inside) host {ip} key timeout 5", ""},
	{"aaa-server", "asa-9.4", "aaa-server x protocol radius\n", "aaa-server x (inside) host {ip}", ""},
	{"ssh", "asa-9.4", "", "ssh {ip} 255.255.255.255 inside", ""},
	{"http", "pix-6.3", "", "http {ip} 255.255.255.255 inside", ""},
	{"http", "asa-9.4", "", "http {ip} 255.255.255.255 inside", ""},
	{"icmp", "pix-6.3", "", "icmp permit host {ip} inside", ""},
	{"arp", "pix-6.3", "", "arp inside {ip} 0200.5e00.0001", ""},
	{"alias", "pix-6.3", "", "alias (inside) {ip} {ip2} 255.255.255.255", ""},
	{"outbound", "pix-6.3", "", "outbound 1 deny {ip} 255.255.255.255 25 tcp", ""},
	{"fixup", "pix-6.3", "", "fixup protocol http {port}", ""},
	{"logging message", "pix-6.3", "", "no logging message {msg}", "logging message {msg}"},
	{"logging message", "asa-9.4", "", "no logging message {msg}", "logging message {msg}"},
	{"logging host", "pix-6.3", "", "logging host inside {ip}", ""},
	{"regex", "asa-9.4", "", "regex r{n} \"x{n}\"", ""},
	{"class-map", "asa-9.4", "", "class-map c{n}\n match any", "no class-map c{n}"},
	{"crypto map", "asa-9.4", "", "crypto map m {seq} set peer {ip}", ""},
	{"tunnel-group", "asa-9.4", "", "tunnel-group t{n} type remote-access", ""},
	{"time-range", "asa-9.4", "", "time-range t{n}\n periodic daily 8:00 to 18:00", "no time-range t{n}"},
	{"prefix-list", "asa-9.4", "", "prefix-list p seq {seq} permit {ip}/32", ""},
}

// numbered is a line with its number.
func numbered(line string, n int) string {
	ip := func(first int) string { return fmt.Sprintf("%d.%d.%d.%d", first+n>>21&63, n>>13&255, n>>5&255, n&31+1) }
	return strings.NewReplacer("{n}", fmt.Sprint(n+1), "{m}", fmt.Sprint(n), "{ip}", ip(20), "{ip2}", ip(120), "{port}", fmt.Sprint(n%65000+1), "{lv}", fmt.Sprint(n%15),
		"{seq}", fmt.Sprint(n%65535+1), "{msg}", fmt.Sprint(100000+n)).Replace(line)
}

// manyLines are n lines of a kind, and what takes them back, the last first.
func manyLines(kind struct{ name, release, head, line, no string }, n int) (text, undo string) {
	no := kind.no
	if no == "" {
		no = "no " + kind.line
	}
	var lines, back []string
	for i := range n {
		lines = append(lines, numbered(kind.line, i))
		back = append(back, numbered(no, i))
	}
	slices.Reverse(back)
	return kind.head + strings.Join(lines, "\n") + "\n", strings.Join(back, "\n") + "\n"
}

// A line among many takes no more memory than one among few: nothing is copied for it, and no list gone through with copies of
// its entries.
func TestLinesAreLinear(t *testing.T) {
	const few, many = 500, 4000
	for _, k := range lineKinds {
		t.Run(k.name+"/"+k.release, func(t *testing.T) {
			r := NewReader(named(t, k.release))
			ports, _ := r.Load(portsOf(r.rel))
			r.Extend(ports, "")
			cost := func(n int) (line, no float64) {
				text, undo := manyLines(k, n)
				c, refused := r.Extend(ports, "")
				line = float64(allocated(func() { c, refused = r.Extend(ports, text) }))
				if slices.ContainsFunc(refused, func(v Refused) bool { return !v.Taken }) {
					t.Fatalf("refused: %v", refused[0])
				}
				no = float64(allocated(func() { _, refused = r.Extend(c, undo) }))
				if slices.ContainsFunc(refused, func(v Refused) bool { return !v.Taken }) && k.name != "group chain" {
					t.Fatalf("no: refused: %v", refused[0])
				}
				return line / float64(n), no / float64(n)
			}
			cost(few)
			line, no := cost(few)
			lines, nos := cost(many)
			if lines > 2*line || nos > 2*no && k.name != "group chain" {
				t.Errorf("of %d %.0f octets a line and %.0f a no, of %d %.0f and %.0f", few, line, no, many, lines, nos)
			}
		})
	}
}

// BenchmarkLines is the time of a line of each kind among few and among many: it is the same. "no" takes the lines back from the
// last to the first.
func BenchmarkLines(b *testing.B) {
	for _, k := range lineKinds {
		for _, n := range []int{1000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%s/%d", k.name, k.release, n), func(b *testing.B) {
				text, undo := manyLines(k, n)
				r := NewReader(named(b, k.release))
				ports, _ := r.Load(portsOf(r.rel))
				r.Extend(ports, "")
				for b.Loop() {
					begin := time.Now()
					c, refused := r.Extend(ports, text)
					loaded := time.Since(begin)
					if len(refused) > 0 {
						b.Logf("%d of %d refused: %v", len(refused), n, refused[0])
					}
					begin = time.Now()
					_, refused = r.Extend(c, undo)
					if len(refused) > 0 {
						b.Logf("no: %d of %d refused: %v", len(refused), n, refused[0])
					}
					b.ReportMetric(float64(loaded.Nanoseconds())/float64(n), "ns/line")
					b.ReportMetric(float64(time.Since(begin).Nanoseconds())/float64(n), "ns/no")
				}
			})
		}
	}
}

// portsOf names the interfaces of a release that has none named.
func portsOf(rel *release.Release) string {
	if !rel.Console.Caret {
		return ""
	}
	p := rel.Model.Interfaces
	return fmt.Sprintf("interface %s\n nameif outside\n ip address 203.0.113.1 255.255.255.0\ninterface %s\n nameif inside\n ip address 10.1.1.1 255.255.255.0\n", p[0], p[1])
}
