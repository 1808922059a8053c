package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"pixsim/appliance/release"
	"pixsim/cli/remote"
	"pixsim/lab"
)

type labCmd struct {
	List labListCmd `cmd:"" help:"List the scenarios of docs/labs."`
	Run  labRunCmd  `cmd:"" help:"Run a scenario and show what happens on both sides of the box."`
}

type labListCmd struct{}

func (labListCmd) Help() string { return "Example: pixsim lab list" }

// Run prints each scenario: its releases, its first sentence and, if it is about a symptom of the article, where that occurs.
func (labListCmd) Run(s streams) error {
	all, err := lab.Scenarios()
	if err != nil {
		return err
	}
	out := &kept{w: s.out}
	for _, sc := range all {
		fmt.Fprintln(out, sc.Name)
		about := []string{sc.Summary, "on " + strings.Join(sc.Releases, " ")}
		if sc.Symptom != 0 {
			about = append(about, sc.Occurrence())
		}
		for _, text := range about {
			fmt.Fprintln(out, hanging(4, "    "+text))
		}
	}
	return out.err
}

type labRunCmd struct {
	Name    string `arg:"" help:"Scenario, as pixsim lab list names it, or a file of your own (NAME.txtar)."`
	Release string `help:"Only this software release or build (default: all that the scenario is for)." placeholder:"R"`

	SMTPOption []string `name:"smtp-option" help:"An option of the SMTP inspection, as for pixsim run. May be repeated." placeholder:"NAME=VALUE" sep:"none"`
	Sides      bool     `help:"Show both sides of each mail connection in two columns behind the script (default: yes)." default:"true" negatable:""`
	Transcript string   `help:"Directory for the same: below NAME/RELEASE a text and two pcap files a connection." placeholder:"DIR"`
}

func (labRunCmd) Help() string {
	return `Examples:
  pixsim lab run goodmorning                      on every release it is for
  pixsim lab run resolution --release pix-6.3
  pixsim lab run ./mine.txtar                     a scenario of your own
  pixsim lab run recognise --transcript ./sides   text and pcap files as well

The exit code is 1 if a line of the script fails. A script may use these commands:

` + indented(lab.ScenarioHelp())
}

// indented is a list of commands as help prints it, which puts two more blanks in front.
func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(hanging(47, "  "+strings.TrimSpace(line)) + "\n")
	}
	return b.String()
}

// Run runs the scenario on one release after the other.
func (c labRunCmd) Run(ctx context.Context, s streams) error {
	sc, err := c.scenario()
	if err != nil {
		return err
	}
	out := &kept{w: s.out}
	releases := sc.Releases
	if c.Release != "" {
		if releases = []string{c.Release}; !sc.For(c.Release) {
			return usageError{notFor(sc, c.Release)}
		}
	}
	for _, o := range c.SMTPOption {
		if _, err := release.All()[0].With([]string{o}); err != nil {
			return usageError{named("smtp-option", err)}
		}
	}
	if c.Transcript != "" {
		if err := os.MkdirAll(c.Transcript, 0o700); err != nil {
			return named("transcript", err)
		}
	}
	var failed []error
	for _, r := range releases {
		fmt.Fprintf(out, "=== %s on %s\n\n", sc.Name, r)
		err := sc.Run(ctx, lab.RunOptions{
			Release: r, Options: c.SMTPOption, Out: out, Colour: colours(s.out), Sides: c.Sides, Column: lab.SidesColumn(columns(s.out)), Transcript: c.Transcript, Diag: s.err,
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		verdict := "all as described"
		if err != nil {
			verdict = "FAILED"
			failed = append(failed, err)
		}
		fmt.Fprintf(out, "\n=== %s on %s: %s\n\n", sc.Name, r, verdict)
	}
	return errors.Join(append(failed, out.err)...)
}

// notFor says which releases a scenario is for, and which of them stands for one that it is not for.
func notFor(sc *lab.Scenario, name string) error {
	like := ""
	if other := sc.Like(name); other != "" {
		like = fmt.Sprintf("; %s inspects mail as %s does", name, other)
	}
	return fmt.Errorf("--release: %s is for %s%s", sc.Name, strings.Join(sc.Releases, ", "), like)
}

func (c labRunCmd) scenario() (*lab.Scenario, error) {
	if !strings.HasSuffix(c.Name, ".txtar") && !strings.ContainsRune(c.Name, filepath.Separator) {
		sc, err := lab.FindScenario(c.Name)
		if err != nil {
			return nil, usageError{err}
		}
		return sc, nil
	}
	text, err := os.ReadFile(c.Name)
	if err != nil {
		return nil, err
	}
	sc, err := lab.ParseScenario(c.Name, text)
	if err != nil {
		return nil, usageError{err}
	}
	return sc, nil
}

// colours says whether w is a terminal whose user has nothing against colours (no-color.org).
func colours(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	return remote.IsTerminal(f)
}
