package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"pixsim/appliance/release"
	"pixsim/cli/remote"
	"pixsim/dataplane/link"
	"pixsim/lab"
)

type inspectCmd struct {
	File    string   `arg:"" help:"The recording: a text with C: and S: lines, a pcap or a pcapng file; - is standard input."`
	Release string   `help:"Software release or build (default: ${default})." default:"pix-6.3" placeholder:"R"`
	All     bool     `help:"A table over all releases."`
	Conn    int      `help:"Only the N-th connection of a capture (default: all)." placeholder:"N"`
	Port    []uint16 `help:"Port of the mail servers in a capture; may be repeated (default: 25, 587, 2525)." placeholder:"N"`
	Option  []string `name:"smtp-option" sep:"none" help:"An option of the engine, as reject=noop; may be repeated." placeholder:"NAME=VALUE"`
	Body    bool     `help:"Show all lines of messages, not only those that are changed."`
	Width   int      `help:"Columns of the output (default: COLUMNS, that of the terminal, or 100)." placeholder:"N"`
	JSON    bool     `name:"json" help:"Print JSON instead, as docs/inspect.md describes it."`
}

func (inspectCmd) Help() string {
	return `Reads a recorded SMTP session and prints what each side sees of it behind a firewall of a release.

Examples:
  pixsim inspect session.txt             under pix-6.3
  pixsim inspect mail.pcap --conn 2 --release pix-4.1
  pixsim inspect mail.pcapng --all       where do the releases differ?
  tcpdump -w - port 25 | pixsim inspect -

` + lab.DialogueHelp + `

The exit code is 1 if the recording cannot be read.
`
}

// Run reads the recording and prints what becomes of it. Nothing has to be put away after it: a signal may end it anywhere,
// in a read of standard input too.
func (c inspectCmd) Run(s streams) error {
	releases, err := c.releases()
	if err != nil {
		return usageError{err}
	}
	if c.Conn < 0 || c.Width < 0 {
		return usageError{errors.New("--conn and --width take a number from 1 on")}
	}
	dialogues, broken := c.read(s)
	if len(dialogues) == 0 {
		return fmt.Errorf("%s: %w", c.File, broken)
	}
	numbers := make([]int, len(dialogues))
	for i := range numbers {
		numbers[i] = i + 1
	}
	if c.Conn > 0 {
		if c.Conn > len(dialogues) {
			return usageError{fmt.Errorf("--conn %d: %s has %s", c.Conn, c.File, connections(len(dialogues)))}
		}
		dialogues, numbers = dialogues[c.Conn-1:c.Conn], numbers[c.Conn-1:c.Conn]
	}
	out := bufio.NewWriter(s.out)
	if err := c.print(out, s, dialogues, numbers, releases); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if broken != nil {
		return fmt.Errorf("%s: only a part was read: %w", c.File, broken)
	}
	return nil
}

func (c inspectCmd) releases() ([]*release.Release, error) {
	all := release.All()
	if !c.All {
		r, err := release.Parse(c.Release)
		if err != nil {
			return nil, err
		}
		all = []*release.Release{r}
	}
	var out []*release.Release
	for _, r := range all {
		r, err := r.With(c.Option)
		if err != nil {
			return nil, fmt.Errorf("--smtp-option: %w", err)
		}
		out = append(out, r)
	}
	return out, nil
}

// read reads the recording, whichever it is. With an error there may be dialogues as well.
func (c inspectCmd) read(s streams) ([]*lab.Dialogue, error) {
	var in io.Reader = s.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, bare(err)
		}
		defer f.Close()
		in = f
	}
	r := bufio.NewReader(in)
	head, err := r.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, bare(err)
	}
	if link.IsCapture(head) {
		return lab.ReadDialogues(r, c.Port)
	}
	d, err := lab.ParseDialogue(r)
	if err != nil {
		return nil, err
	}
	return []*lab.Dialogue{d}, nil
}

// bare is err without the file's name, which is said already.
func bare(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func (c inspectCmd) print(w io.Writer, s streams, dialogues []*lab.Dialogue, numbers []int, releases []*release.Release) error {
	if c.JSON {
		return lab.WriteInspectJSON(w, dialogues, numbers, releases)
	}
	style := lab.InspectStyle{Width: cmp.Or(c.Width, columns(s.out)), Colour: colours(s.out), Body: c.Body}
	if len(dialogues) > 1 {
		for i, d := range dialogues {
			fmt.Fprintf(w, "%3d  %s\n", numbers[i], d.Heading())
		}
		fmt.Fprintln(w, "(--conn N shows one)")
	}
	for i, d := range dialogues {
		if len(dialogues) > 1 {
			fmt.Fprintf(w, "\n=== connection %d\n", numbers[i])
		}
		var err error
		if c.All {
			err = lab.PrintInspectTable(w, d, releases, style)
		} else {
			err = d.Inspect(releases[0]).Print(w, style)
		}
		if err != nil {
			return err
		}
	}
	if !c.All {
		_, err := fmt.Fprintf(w, "\n%s\n", lab.Legend)
		return err
	}
	return nil
}

func connections(n int) string {
	if n == 1 {
		return "one connection"
	}
	return fmt.Sprintf("%d connections", n)
}

// columns is how wide w is: what the user says of it, or the terminal that it is; 0 for neither.
func columns(w io.Writer) int {
	if n, err := strconv.Atoi(strings.TrimSpace(os.Getenv("COLUMNS"))); err == nil && n > 0 {
		return n
	}
	if f, ok := w.(*os.File); ok {
		return remote.Columns(f)
	}
	return 0
}
