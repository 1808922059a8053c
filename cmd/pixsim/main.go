// Command pixsim is a simulated Cisco PIX/ASA firewall in front of a mail server: see README.md. This package wires the
// parts together, reads flags and handles signals; it decides nothing else.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"unicode"

	"github.com/alecthomas/kong"
)

// Exit codes: scripts rely on them.
const (
	exitOK      = 0
	exitFailure = 1 // something did not work: a file, a port, a scenario that fails
	exitUsage   = 2 // the command line is wrong
)

type commands struct {
	Run      runCmd      `cmd:"" help:"Boot the appliance and its lab. Without flags this terminal is the serial console."`
	Releases releasesCmd `cmd:"" help:"List the software releases that pixsim can be, and the flaws of their builds."`
	Config   configCmd   `cmd:"" help:"Print the startup-config of the lab's box for a release, or check one."`
	Version  versionCmd  `cmd:"" help:"Print the version of pixsim."`
	Lab      labCmd      `cmd:"" help:"List the scenarios, or run one."`
	Inspect  inspectCmd  `cmd:"" help:"Show what a firewall does to a recorded SMTP session."`
	Probe    probeCmd    `cmd:"" help:"Tell whether a Mailguard stands before a mail server. Sends no mail."`
}

// streams are what a command talks to, for tests.
type streams struct {
	in, tty  *os.File // the serial console, where that is stdio
	out, err io.Writer
}

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stdout, os.Stderr}))
}

// run is the whole program but for the process: it returns the exit code.
func run(args []string, s streams) int {
	stop := func() {}
	defer func() { stop() }()
	// A command that takes a context ends by itself on a signal; one that takes none is ended by it, wherever it is.
	signals := func() (ctx context.Context, err error) {
		ctx, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		return ctx, nil
	}
	var cmd commands
	code := -1
	parser, err := kong.New(&cmd,
		kong.Name("pixsim"),
		kong.Description("pixsim is a simulated Cisco PIX/ASA firewall that forwards real packets and inspects SMTP, with a mail server behind it.\n\nExample: pixsim run"),
		kong.Writers(s.out, s.err),
		kong.Exit(func(c int) { code = c; panic(exited{}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindToProvider(signals),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.err, "pixsim:", err)
		return exitFailure
	}
	parsed, err, done := parse(parser, args)
	if done {
		return max(code, exitOK)
	}
	if err != nil {
		fmt.Fprintf(s.err, "pixsim: %v (%s --help tells more)\n", err, parsing(err))
		return exitUsage
	}
	if err := parsed.Run(); err != nil {
		return fail(s.err, err)
	}
	return exitOK
}

// parsing is the command whose flags and arguments err is about.
func parsing(err error) string {
	var at *kong.ParseError
	if !errors.As(err, &at) || at.Context.Selected() == nil {
		return "pixsim"
	}
	command, _, _ := strings.Cut(at.Context.Command(), " <") // its arguments
	return "pixsim " + command
}

// exited unwinds from kong's --help, which ends the program from inside Parse.
type exited struct{}

func parse(p *kong.Kong, args []string) (c *kong.Context, err error, done bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(exited); !ok {
				panic(r)
			}
			done = true
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	c, err = p.Parse(args)
	return c, err, false
}

// usageError is a fault of the command line that only the command itself can see.
type usageError struct{ error }

// silentError has been said already.
type silentError struct{ error }

// codeError is no fault but an answer that the exit code gives.
type codeError int

func (codeError) Error() string { return "" }

func fail(w io.Writer, err error) int {
	var usage usageError
	var silent silentError
	var code codeError
	switch {
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &silent):
		return exitFailure
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "pixsim: interrupted")
		return exitFailure
	case errors.As(err, &usage):
		say(w, usage.error)
		return exitUsage
	}
	say(w, err)
	return exitFailure
}

// maxSaid is how many errors of a list are said.
const maxSaid = 10

// say prints an error, or those of a list, so that no terminal obeys what a file or a peer has put into one.
func say(w io.Writer, err error) {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for i, err := range list {
		if i == maxSaid {
			fmt.Fprintf(w, "pixsim: %d errors in all\n", len(list))
			return
		}
		fmt.Fprintln(w, "pixsim:", strings.Map(func(r rune) rune {
			if r == '\n' || r == '\t' || unicode.IsPrint(r) {
				return r
			}
			return unicode.ReplacementChar
		}, err.Error()))
	}
}

// kept is a writer that remembers its first error, for a command whose parts only print.
type kept struct {
	w   io.Writer
	err error
}

func (k *kept) Write(p []byte) (int, error) {
	if k.err != nil {
		return 0, k.err
	}
	n, err := k.w.Write(p)
	k.err = err
	return n, err
}

type versionCmd struct{}

func (versionCmd) Help() string { return "Example: pixsim version" }

func (versionCmd) Run(s streams) error {
	version, commit := "devel", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if v := info.Main.Version; v != "" && v != "(devel)" {
			version = v
		}
		for _, set := range info.Settings {
			if set.Key == "vcs.revision" {
				commit = " " + set.Value
			}
		}
	}
	_, err := fmt.Fprintf(s.out, "pixsim %s%s\n", version, commit)
	return err
}
