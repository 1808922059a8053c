package main

import (
	"encoding/json"
	"fmt"
	"reflect"
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
  pixsim run --release 'pix-5.2(3)'      a build, with its flaws
  pixsim run --release pix-6.3-501       a release on a further model
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
	Models   []modelEntry `json:"models"` // further ones
	Builds   []buildEntry `json:"builds"` // those with flaws
}

type modelEntry struct {
	Name     string `json:"name"`
	Hardware string `json:"hardware"`
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
		e := releaseEntry{Name: r.Name, Software: r.Version.String(), Hardware: r.Model.Name, SMTP: r.SMTP.Name, Models: []modelEntry{}, Builds: []buildEntry{}}
		for m := range r.OnMachines() {
			e.Models = append(e.Models, modelEntry{m.Name, m.Model.Name})
		}
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

// Run prints the releases a line each, then the further models, the builds with flaws and the flaws, with empty lines
// between and a heading over all but the first.
func (c releasesCmd) Run(s streams) error {
	l := newReleaseList()
	if c.JSON {
		out := json.NewEncoder(s.out)
		out.SetIndent("", "  ")
		return out.Encode(l)
	}
	out := &kept{w: s.out}
	for _, r := range l.Releases {
		fmt.Fprintf(out, "%-8s  software %-7s on %s\n", r.Name, r.Software, r.Hardware)
	}
	fmt.Fprintln(out, "\nFurther models, with a factory configuration and a licence of their own:")
	for _, r := range l.Releases {
		for _, m := range r.Models {
			fmt.Fprintf(out, "%-14s  on %s\n", m.Name, m.Hardware)
		}
	}
	fmt.Fprintln(out, "\nBuilds with flaws (a release without a number has none):")
	for _, r := range l.Releases {
		for _, b := range r.Builds {
			fmt.Fprintf(out, "%-20s  %s\n", b.words, strings.Join(b.Flaws, " "))
		}
	}
	fmt.Fprintln(out, "\nThe flaws, each to be switched by --smtp-option NAME=on or off as well:")
	for _, f := range l.Flaws {
		about := f.Help
		if len(f.Bugs) > 0 {
			about += " (" + strings.Join(f.Bugs, ", ") + ")"
		}
		fmt.Fprintln(out, hanging(19, fmt.Sprintf("%-17s  %s", f.Name, about)))
	}
	return out.err
}

// smtpOptionHelp lists the options of the SMTP inspection, each with what it does below it.
func smtpOptionHelp() string {
	var b strings.Builder
	for _, o := range release.SMTPOptions() {
		fmt.Fprintf(&b, "  %s=%s\n%s\n", o.Name, strings.Join(o.Values, "|"), hanging(6, "      "+o.Help))
	}
	return b.String()
}

// optionNote tells which options the SMTP inspection of r has, if any, and which of them make no difference: r has no place
// for them, or does so anyway.
func optionNote(r *release.Release, options []string) string {
	if len(options) == 0 {
		return ""
	}
	note := "pixsim: the SMTP inspection has the options " + strings.Join(options, " ") + "\n"
	for i, o := range options {
		before, err := r.With(options[:i])
		if err != nil {
			continue
		}
		if after, err := before.With([]string{o}); err == nil && reflect.DeepEqual(before.SMTP, after.SMTP) {
			note += "pixsim: " + o + " makes no difference to " + r.Name + "\n"
		}
	}
	return note
}
