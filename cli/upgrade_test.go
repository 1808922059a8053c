package cli

import (
	"math/rand/v2"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// pixes are the releases of the PIX up to 6.3, in their order.
func pixes() []*release.Release {
	var out []*release.Release
	for _, r := range release.All() {
		if !r.Console.Caret {
			out = append(out, r)
		}
	}
	return out
}

// written is the text of a configuration of random lines on rel, as write memory stores it.
func written(rel *release.Release, r *rand.Rand) string {
	c, _ := Load(rel, rel.Factory)
	e := config.From(c)
	l := loader{table: newTable(rel, command.All()), edit: e, mode: command.Configure}
	for range 3 {
		for _, cmd := range l.table.cmds {
			if cmd.Set == nil || cmd.Mode != command.Configure || cmd.Name == "nameif" || cmd.Name == "hostname" {
				continue
			}
			l.line(g.Generate(cmd.Syntax, newEnv(e.View()), r))
			l.mode, l.path = command.Configure, nil
		}
	}
	c = e.Config()
	return command.Document(c, command.View{Release: rel, Secrets: true, Names: true}, command.Header{Sum: command.Checksum(c)})
}

// What a release has written, the next one loads: it converts what it says otherwise.
func TestUpgradeChain(t *testing.T) {
	all := pixes()
	for i, rel := range all[:len(all)-1] {
		next := *all[i+1]
		next.Model.Interfaces = rel.Model.Interfaces // the same machine
		r := rand.New(rand.NewPCG(uint64(i), 5))
		lines := 0
		for range 15 {
			text := written(rel, r)
			lines += strings.Count(text, "\n")
			_, refused := Load(&next, text)
			for _, f := range refused {
				if !f.Taken {
					t.Errorf("%s does not load a line of %s: %q: %q", next.Name, rel.Name, f.Text, f.Messages)
				}
			}
		}
		if lines < 800 {
			t.Errorf("%s wrote %d lines", rel.Name, lines)
		}
	}
}

// Lines that a later release says in other words are said so from its first boot on, and stay as they are before it.
func TestReworded(t *testing.T) {
	for _, x := range []struct{ wrote, reads, line, want string }{
		{"4.0(7)", "pix-4.2", "tacacs-server host 10.1.1.5 key", "tacacs-server host 10.1.1.5 key"},
		{"4.2(5)", "pix-4.3", "tacacs-server (inside) host 10.1.1.5 key", "tacacs-server (inside) host 10.1.1.5 key"},
		{"4.3(2)", "pix-4.4", "tacacs-server (inside) host 10.1.1.5 key", "aaa-server TACACS+ (inside) host 10.1.1.5 key timeout 5"},
		{"4.1(6)", "pix-5.3", "radius-server host 10.1.1.5", "aaa-server RADIUS (inside) host 10.1.1.5 timeout 5"},
		{"4.2(5)", "pix-4.4", "aaa authentication telnet console tacacs+", "aaa authentication telnet console TACACS+"},
		{"4.4(5)", "pix-5.0", "floodguard 0", "floodguard disable"},
		{"4.2(5)", "pix-4.4", "floodguard 0", "floodguard 0"},
		{"5.0(3)", "pix-5.1", "aaa authentication ftp outbound 10.1.1.0 255.255.255.0 staff", "aaa authentication include ftp outbound 10.1.1.0 255.255.255.0 0.0.0.0 0.0.0.0 staff"},
		{"4.2(5)", "pix-5.2", "aaa authentication except outbound 10.1.1.9 255.255.255.255 0.0.0.0 0.0.0.0 radius", "aaa authentication exclude any outbound 10.1.1.9 255.255.255.255 0.0.0.0 0.0.0.0 RADIUS"},
		{"4.4(5)", "pix-6.3", "aaa authorization telnet outbound 10.1.1.0 255.255.255.0", "aaa authorization include telnet outbound 10.1.1.0 255.255.255.0 0.0.0.0 0.0.0.0 TACACS+"},
		{"6.3(5)", "pix-7.2", "access-list 1 permit host 10.2.2.2", "access-list 1 standard permit host 10.2.2.2"},
		{"6.3(5)", "pix-7.0", "access-list 1 deny 10.2.0.0 255.255.0.0", "access-list 1 standard deny 10.2.0.0 255.255.0.0"},
		{"6.3(5)", "pix-8.0", "access-list 1 permit any", "access-list 1 standard permit any"},
		{"6.3(5)", "pix-8.0", "access-list 1 permit ip any any", "access-list 1 extended permit ip any any"},
	} {
		rel, err := release.Parse(x.reads)
		if err != nil {
			t.Fatal(err)
		}
		base := "nameif ethernet0 outside security0\nnameif ethernet1 inside security100\n" +
			"ip address outside 203.0.113.1 255.255.255.0\nip address inside 10.1.1.1 255.255.255.0\n"
		c, refused := Load(rel, "PIX Version "+x.wrote+"\n"+base+x.line+"\n")
		text := command.Document(c, command.View{Release: rel, Secrets: true}, command.Header{})
		if len(refused) > 0 || !strings.Contains(strings.ReplaceAll(text, " \n", "\n"), "\n"+x.want+"\n") {
			t.Errorf("%s on %s: %q: no %q in\n%s%v", x.wrote, x.reads, x.line, x.want, text, refused)
		}
	}
}
