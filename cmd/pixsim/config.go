package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"pixsim/appliance"
	"pixsim/appliance/release"
	"pixsim/lab"
)

type configCmd struct {
	Release string  `help:"Software release, as pixsim releases lists them (default: pix-6.3; with --check the one that the file names)." placeholder:"R"`
	Check   *string `help:"Load this configuration instead and tell which lines the release refuses; - is standard input." placeholder:"FILE"`
	Forms   bool    `help:"With --check: is each line written back, and does its no form remove it?"`
}

func (configCmd) Help() string {
	return `Examples:
  pixsim config --release pix-4.1 > my-config
  pixsim run --release pix-4.1 --startup-config my-config
  pixsim config --check my-config
  pixsim config --check my-config --release pix-5.2 --forms

The check reads a file as the box reads its startup-config at boot, on a chassis
that has the interfaces which the file names. It prints each line that is
refused, with its number and what the device says to it. The exit code is 1 if
a line was refused, or with --forms if one was lost or cannot be removed.
`
}

func (c configCmd) Run(s streams) error {
	if c.Check != nil {
		return c.check(s)
	}
	if c.Forms {
		return usageError{errors.New("--forms goes with --check")}
	}
	name := c.Release
	if name == "" {
		name = "pix-6.3"
	}
	r, err := release.Parse(name)
	if err != nil {
		return usageError{err}
	}
	text, err := lab.StartupConfig(r.Name)
	if err != nil {
		return err
	}
	_, err = io.WriteString(s.out, text)
	return err
}

func (c configCmd) check(s streams) error {
	text, err := c.text(s)
	if err != nil {
		return named("check", err)
	}
	rel, err := c.release(text)
	if err != nil {
		return usageError{err}
	}
	w := bufio.NewWriter(s.out)
	bad := c.print(w, rel, appliance.CheckConfig(rel, text, c.Forms))
	if err := w.Flush(); err != nil {
		return err
	}
	if bad > 0 {
		return codeError(exitFailure)
	}
	return nil
}

func (c configCmd) text(s streams) (string, error) {
	var in io.Reader = s.in
	if *c.Check != "-" {
		f, err := os.Open(*c.Check)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	text, err := configText(in, *c.Check)
	switch {
	case err != nil:
		return "", err
	case strings.TrimSpace(text) == "":
		return "", fmt.Errorf("%s holds no line", *c.Check)
	case strings.IndexByte(text, 0) >= 0: // a box would go through it line by line
		return "", fmt.Errorf("%s is no text", *c.Check)
	}
	return text, nil
}

// maxConfig bounds a startup-config file, octets.
const maxConfig = 16 << 20

// configText reads the file called name. What Stat says of a pipe's size tells nothing.
func configText(in io.Reader, name string) (string, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxConfig+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxConfig {
		return "", fmt.Errorf("%s is over %d octets", name, maxConfig)
	}
	return string(text), nil
}

func (c configCmd) release(text string) (*release.Release, error) {
	if c.Release != "" {
		return release.Parse(c.Release)
	}
	rel, err := appliance.WrittenBy(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: choose one by --release", *c.Check, err)
	}
	return rel, nil
}

// print lists what is wrong, then the sum; it returns the number of lines that are.
func (c configCmd) print(w io.Writer, rel *release.Release, lines []appliance.CheckedLine) int {
	count, refused, lost, stuck, bare, converted := 0, 0, 0, 0, 0, 0
	for _, l := range lines {
		fault := ""
		switch {
		case l.Skipped:
			continue
		case !l.Taken:
			refused++
		case l.Lost():
			lost++
			fault = "is not written back"
		case l.Stuck():
			stuck++
			fault = "its no form does not remove it"
		case l.Final():
			bare++
		case l.Converted():
			converted++
		}
		count++
		if l.Taken && fault == "" {
			continue
		}
		fmt.Fprintf(w, "%s:%d: %s\n", *c.Check, l.Line, shown(l.Text))
		if fault != "" {
			fmt.Fprintf(w, "    (%s)\n", fault)
		}
		for _, m := range l.Messages {
			fmt.Fprintf(w, "    %s\n", shown(m))
		}
	}
	bad := refused + lost + stuck
	fmt.Fprintf(w, "%s: %d lines, %d accepted, %d refused\n", rel.Name, count, count-bad, refused)
	if c.Forms {
		fmt.Fprintf(w, "%d not written back, %d that no does not remove; %d have no such form in this release, %d were converted\n", lost, stuck, bare, converted)
	}
	return bad
}

// shown is text without what a terminal would obey.
func shown(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
