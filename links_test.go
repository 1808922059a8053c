package pixsim

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	inline  = regexp.MustCompile("`[^`\n]*`")
	linked  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// anchors are the places of a page that a link may name, as web sites that show markdown make them of headings.
func anchors(page string) map[string]bool {
	places := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(page, ""), -1) {
		place := dropped.ReplaceAllString(strings.ToLower(m[1]), "")
		places[strings.ReplaceAll(place, " ", "-")] = true
	}
	return places
}

// brokenLinks are the links of a page that lead nowhere.
func brokenLinks(tree fs.FS, name, page string) (broken []string, links int) {
	page = inline.ReplaceAllString(fenced.ReplaceAllString(page, ""), "")
	for _, m := range linked.FindAllStringSubmatch(page, -1) {
		if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
			continue
		}
		links++
		file, anchor, _ := strings.Cut(m[1], "#")
		target := name
		if file != "" {
			target = path.Join(path.Dir(name), file)
		}
		info, err := fs.Stat(tree, target)
		if err != nil {
			broken = append(broken, m[1])
			continue
		}
		if anchor == "" {
			continue
		}
		text, err := fs.ReadFile(tree, target)
		if info.IsDir() || err != nil || !anchors(string(text))[anchor] {
			broken = append(broken, m[1])
		}
	}
	return broken, links
}

// TestLinks: each relative link of the documentation leads to a file that is there, and to a heading of it.
func TestLinks(t *testing.T) {
	tree := os.DirFS(".")
	all, pages := 0, 0
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".md" && path.Ext(name) != ".txtar" {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		broken, links := brokenLinks(tree, name, string(text))
		for _, l := range broken {
			t.Errorf("%s: %s leads nowhere", name, l)
		}
		pages++
		all += links
		return nil
	})
	if err != nil || pages < 10 || all < 30 {
		t.Errorf("%d links on %d pages: %v", all, pages, err)
	}
	for page, want := range map[string]int{
		"[a](docs/nowhere.md) [b](README.md#nowhere) [c](#nowhere) [d](docs#x)":                          4,
		"[a](README.md#licence) [b](docs/lab.md) [c](https://example.com/) `[d](e)`\n```\n[f](g)\n```\n": 0,
	} {
		if broken, _ := brokenLinks(tree, "README.md", page); len(broken) != want {
			t.Errorf("%q has the broken links %v", page, broken)
		}
	}
}
