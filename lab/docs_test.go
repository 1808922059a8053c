package lab

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Pages have parts between `<!-- generated: NAME -->` and `<!-- end -->`; TestDocs compares them with what the program says
// now, and with -update-docs writes them.
var updateDocs = flag.Bool("update-docs", false, "write the generated parts of docs/lab.md, docs/servers.md and docs/labs/README.md")

var generatedPart = regexp.MustCompile(`(?s)<!-- generated: ([a-z0-9-]+) -->\n(.*?)<!-- end -->\n`)

func TestDocs(t *testing.T) {
	parts := map[string]string{
		"servers":        docsServers(),
		"server-options": docsServerOptions(),
		"server-replies": docsServerReplies(),
		"server-offers":  docsServerOffers(t),
		"lab-commands":   docsCommands(),
		"symptom-labs":   docsSymptomLabs(t),
		"lab-clients":    docsClients(),
	}
	used := map[string]bool{}
	for _, page := range []string{"../docs/lab.md", "../docs/servers.md", "../docs/labs/README.md"} {
		have, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		want := generatedPart.ReplaceAllFunc(have, func(whole []byte) []byte {
			name := string(generatedPart.FindSubmatch(whole)[1])
			text, ok := parts[name]
			if !ok {
				t.Errorf("%s: nothing generates %q", page, name)
				return whole
			}
			used[name] = true
			return fmt.Appendf(nil, "<!-- generated: %s -->\n%s<!-- end -->\n", name, text)
		})
		if n := bytes.Count(have, []byte("<!-- generated: ")); n != len(generatedPart.FindAll(have, -1)) {
			t.Errorf("%s: one of %d generated parts has no end", page, n)
		}
		switch {
		case bytes.Equal(have, want):
		case *updateDocs:
			if err := os.WriteFile(page, want, 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s is not what the program says (make docs writes it again)", page)
		}
	}
	for name := range parts {
		if !used[name] {
			t.Errorf("no page has the generated part %q", name)
		}
	}
}

// code is a text as code in a table.
func code(text string) string {
	text = strings.NewReplacer("\n", "` / `", "|", `\|`, "\t", "<TAB>", "\r", "").Replace(text)
	if text == "" {
		return "(nothing)"
	}
	return "`" + text + "`"
}

func docsServers() string {
	var b strings.Builder
	b.WriteString("| name | what it is | greeting | an unknown verb | log | texts seen, mimic, inferred, own |\n|---|---|---|---|---|---|\n")
	for _, p := range ServerProfiles() {
		var marks [Own + 1]int
		for _, text := range p.Replies {
			marks[text.Mark]++
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %d, %d, %d, %d |\n", p.Name, p.Title, code(p.Replies[Greeting].Say), code(p.Replies[Unknown].Say), p.Log,
			marks[Seen], marks[Mimic], marks[Inferred], marks[Own])
	}
	return b.String()
}

func docsServerOptions() string {
	var b strings.Builder
	b.WriteString("| option | what it does |\n|---|---|\n")
	for _, o := range serverOptions {
		fmt.Fprintf(&b, "| %s | %s |\n", code(o.Name+"="+o.Values), o.Help)
	}
	fmt.Fprintf(&b, "| %s | what the server says: the keys are those of [servers.md](servers.md); `\\n` begins a line |\n", code(replyOption+"KEY=TEXT"))
	return b.String()
}

// docsServerReplies has a row for every text, with the profiles that say it.
func docsServerReplies() string {
	type row struct {
		text Text
		who  []string
	}
	var b strings.Builder
	b.WriteString("| reply | text | who says it | known | from |\n|---|---|---|---|---|\n")
	all := ServerProfiles()
	var keys []ReplyKey
	for k := range all[0].Replies {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		var rows []row
		for _, p := range all {
			i := slices.IndexFunc(rows, func(r row) bool { return r.text == p.Replies[k] })
			if i < 0 {
				rows = append(rows, row{text: p.Replies[k]})
				i = len(rows) - 1
			}
			rows[i].who = append(rows[i].who, p.Name)
		}
		for _, r := range rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %v | %s |\n", k, code(r.text.Say), strings.Join(r.who, ", "), r.text.Mark, r.text.From)
		}
	}
	return b.String()
}

// docsServerOffers are the EHLO replies.
func docsServerOffers(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| name | EHLO, below the first line |\n|---|---|\n")
	for _, p := range ServerProfiles() {
		reply := talk(playing(t, p.Name), "EHLO x")[1]
		lines := strings.Split(reply, "\n")
		if !strings.HasPrefix(reply, "250") {
			fmt.Fprintf(&b, "| `%s` | refused: %s |\n", p.Name, code(reply))
			continue
		}
		for i, l := range lines {
			lines[i] = code(l[4:])
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", p.Name, strings.Join(lines[1:], " "))
	}
	return b.String()
}

func docsCommands() string {
	var b strings.Builder
	b.WriteString("\n```\n")
	for line := range strings.Lines(ScenarioHelp()) {
		b.WriteString("    " + line)
	}
	b.WriteString("```\n\n")
	return b.String()
}

// docsSymptomLabs has a row for each scenario about a symptom, in the order of the article.
func docsSymptomLabs(t *testing.T) string {
	all, err := Scenarios()
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(all, func(a, b *Scenario) int { return cmp.Compare(a.Symptom, b.Symptom) })
	var b strings.Builder
	b.WriteString("| | symptom | lab | occurs in |\n|---|---|---|---|\n")
	for _, s := range all {
		if s.Symptom != 0 {
			fmt.Fprintf(&b, "| %d | %s | [%s](%[3]s%s) | %s |\n", s.Symptom, symptoms[s.Symptom-1].Title, s.Name, scenarioExt, inShort(s.Occurs))
		}
	}
	return b.String()
}

// docsClients is what tells the clients apart.
func docsClients() string {
	hello := map[HelloRule]string{HelloEHLO: "EHLO", HelloHELO: "HELO", HelloIfESMTP: "EHLO if the greeting has ESMTP", HelloUnlessStars: "EHLO unless stars",
		HelloIfAuth: "EHLO to log on or for TLS, else HELO"}
	refused := map[HelloAnswer]string{HelloUsual: "HELO", HelloQuit: "QUIT", HelloBounce: "bounces"}
	end := map[EOD]string{EODJoined: "with the message", EODOwnSegment: "a segment of its own", EODSplitDot: "the dot and its CR LF apart", EODArbitrary: "anywhere"}
	var b strings.Builder
	b.WriteString("| name | what it is | first verb | 500 to that | end of data | attempts, until |\n|---|---|---|---|---|---|\n")
	for _, p := range clientProfiles {
		if p.Enter != "" {
			fmt.Fprintf(&b, "| `%s` | %s | | | | |\n", p.Name, p.About)
			continue
		}
		ends := end[p.EOD]
		if p.PIX.Delay > 0 {
			ends += fmt.Sprintf("; %v later after stars", p.PIX.Delay)
		}
		tries := "one"
		if p.Expire > 0 {
			var at []string
			for n, t := 1, time.Duration(0); n <= 6; n++ {
				at = append(at, clock(t))
				t += p.Retry.After(n)
			}
			tries = fmt.Sprintf("%s ..., %v", strings.Join(at, " "), p.Expire)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", p.Name, p.About, hello[p.Hello], refused[p.OnHello.Permanent], ends, tries)
	}
	return b.String()
}
