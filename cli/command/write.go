package command

import (
	"context"
	"slices"
	"strings"
	"time"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

const helpWrite = "Write running configuration to memory, network, or terminal"

func writing(name, word, help string, span release.Span, do run, parts ...g.Syntax) *Command {
	return &Command{
		Name: "write " + name, Help: helpWrite, Mode: Privileged, Span: span,
		Syntax: g.Seq(append([]g.Syntax{g.Word("write", helpWrite), g.Word(word, help)}, parts...)...),
		Run:    do,
		Usage:  []string{"write erase|floppy|memory|net|standby|terminal", "write net [[<server_ip>]:[<filename>]]"},
	}
}

var (
	writeMemory   = writing("memory", "memory", "Save the running configuration in flash", release.Span{}, runWriteMemory)
	writeTerminal = writing("terminal", "terminal", "Show the running configuration", release.Span{}, runWriteTerminal)
	writeErase    = writing("erase", "erase", "Clear flash memory configuration", release.Span{}, runWriteErase, g.In(since98, g.Opt(eraseQuiet)))
	eraseQuiet    = g.Word("/noconfirm", "Do not prompt for confirmation") // unverified: since when
	writeNet      = writing("net", "net", "Write to a TFTP server", since41, runWriteNet, g.Opt(netFile))
	writeFloppy   = writing("floppy", "floppy", "Write to a floppy disk", inPIX, func(_ context.Context, s Session, _ *g.Match) error {
		s.Say(release.NoFloppy)
		return nil
	})
	writeStandby = writing("standby", "standby", "Write to the failover unit", since42, func(_ context.Context, s Session, _ *g.Match) error {
		s.Say(release.NoStandby)
		return nil
	})
)

// runWriteMemory saves. The prompt comes back only once the file is safe.
func runWriteMemory(_ context.Context, s Session, _ *g.Match) error {
	s.Say(release.Building)
	if !save(s) {
		return nil
	}
	s.Say(release.Done)
	return nil
}

// save stores the running configuration and prints its checksum and size; false when flash refused it.
func save(s Session) bool {
	b := s.Box()
	b.Event(release.SyslogWriting, notice{from: s.From(), device: "memory"}.args()...)
	sum, size, took, err := b.Save(s.User())
	if err != nil {
		s.Say(release.SaveFailed, err)
		b.Event(release.SyslogSaveFailed, notice{from: s.From()}.args()...)
		return false
	}
	for _, text := range SavedWords(s.Release(), sum, size, took) {
		s.Printf("%s\n", text)
	}
	b.Event(release.SyslogSaved, notice{from: s.From()}.args()...)
	return true
}

// SavedWords are what the device prints when the configuration has been stored; those that it has no words for are left
// out.
func SavedWords(rel *release.Release, sum [16]byte, size int, took time.Duration) []string {
	elapsed, rate := copyTime(size, took)
	return slices.DeleteFunc([]string{
		strings.TrimRight(rel.Say(release.SavedChecksum, Groups(sum)), "\r\n"),
		strings.TrimRight(rel.Say(release.BytesCopied, size, elapsed, rate), "\r\n"),
	}, func(text string) bool { return text == "" })
}

func runWriteTerminal(_ context.Context, s Session, _ *g.Match) error {
	if err := tell(s, release.TerminalHead); err != nil {
		return err
	}
	if err := runningDocument(s, View{Release: s.Release(), Names: true}); err != nil {
		return err
	}
	return tell(s, release.TerminalTail)
}

func runWriteErase(_ context.Context, s Session, m *g.Match) error {
	if !eraseQuiet.Seen(m) {
		if ok, err := s.Confirm(s.Release().Say(release.EraseConfirm)); err != nil || !ok {
			return err
		}
	}
	s.Box().Event(release.SyslogErased, notice{from: s.From()}.args()...)
	if err := s.Box().Erase(); err != nil {
		s.Say(release.SaveFailed, err)
		return nil
	}
	s.Say(release.EraseDone)
	return nil
}

// notBuilt is the Run of a form that the device has and the simulator has not.
func notBuilt(form string) run {
	return func(_ context.Context, s Session, _ *g.Match) error {
		s.Say(release.NotBuilt, form)
		return nil
	}
}
