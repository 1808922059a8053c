package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"pixsim/appliance/release"
)

type releasesCmd struct {
	JSON bool `name:"json" help:"The same as one JSON object."`
}

func (releasesCmd) Help() string {
	return `A release without a number has no flaw. A build, its name with a maintenance number, has those of that number.

Examples:
  pixsim releases
  pixsim run --release 'pix-5.2(3)'               a build, with the flaws that it was shipped with
  pixsim releases --json | jq -r '.releases[].name'`
}

// releaseList is what --json prints.
type releaseList struct {
	Releases []releaseEntry `json:"releases"`
	Flaws    []flawEntry    `json:"flaws"`
}

type releaseEntry struct {
	Name     string       `json:"name"`
	Software string       `json:"software"`
	Hardware string       `json:"hardware"`
	SMTP     string       `json:"smtp"`
	Builds   []buildEntry `json:"builds"` // those with flaws
}

type buildEntry struct {
	First string   `json:"first"`
	Last  string   `json:"last"`
	Flaws []string `json:"flaws"`
	words string
}

type flawEntry struct {
	Name string   `json:"name"`
	Bugs []string `json:"bugs"`
	Help string   `json:"help"`
}

func newReleaseList() releaseList {
	l := releaseList{}
	for _, r := range release.All() {
		e := releaseEntry{Name: r.Name, Software: r.Version.String(), Hardware: r.Model.Name, SMTP: r.SMTP.Name, Builds: []buildEntry{}}
		for _, b := range r.Builds() {
			if names := b.FlawNames(); len(names) > 0 {
				e.Builds = append(e.Builds, buildEntry{
					fmt.Sprintf("%s(%d)", r.Name, b.First), fmt.Sprintf("%s(%d)", r.Name, b.Last), names, r.Name + b.String(),
				})
			}
		}
		l.Releases = append(l.Releases, e)
	}
	for _, o := range release.SMTPFlaws() {
		l.Flaws = append(l.Flaws, flawEntry{o.Name, append([]string{}, o.Aliases...), o.Help})
	}
	return l
}

// Run prints the releases a line each, then the builds with flaws, then the flaws, with empty lines between.
func (c releasesCmd) Run(s streams) error {
	l := newReleaseList()
	if c.JSON {
		out := json.NewEncoder(s.out)
		out.SetIndent("", "  ")
		return out.Encode(l)
	}
	for _, r := range l.Releases {
		fmt.Fprintf(s.out, "%-8s  software %-7s on %s\n", r.Name, r.Software, r.Hardware)
	}
	fmt.Fprintln(s.out)
	for _, r := range l.Releases {
		for _, b := range r.Builds {
			fmt.Fprintf(s.out, "%-20s  %s\n", b.words, strings.Join(b.Flaws, " "))
		}
	}
	fmt.Fprintln(s.out)
	for _, f := range l.Flaws {
		fmt.Fprintf(s.out, "%-17s  %s\n", f.Name, strings.TrimPrefix(strings.Join(f.Bugs, " ")+": "+f.Help, ": "))
	}
	return nil
}

// smtpOptionHelp lists the options of the SMTP inspection, one each line.
func smtpOptionHelp() string {
	var b strings.Builder
	for _, o := range release.SMTPOptions() {
		fmt.Fprintf(&b, "  %-45s %s\n", o.Name+"="+strings.Join(o.Values, "|"), o.Help)
	}
	return b.String()
}

// sayOptions tells which options the SMTP inspection has, if any.
func sayOptions(w io.Writer, options []string) {
	if len(options) > 0 {
		fmt.Fprintln(w, "pixsim: the SMTP inspection has the options", strings.Join(options, " "))
	}
}
