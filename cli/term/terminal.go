// Package term is the terminal of one console session: keyboard, line editor and painter over a byte stream. It knows
// no command, no mode and no network.
package term

import (
	"context"
	"errors"
)

// ErrClosed is returned once the far side is gone; ErrInterrupt when ^C ended the line.
var (
	ErrClosed    = errors.New("terminal closed")
	ErrInterrupt = errors.New("interrupt")
)

// Echo says what the typist sees of a line.
type Echo uint8

const (
	EchoPlain Echo = iota // what was typed
	EchoStars             // one * a character (enable password)
	EchoNone              // nothing (login password)
)

// LineOptions belong to one ReadLine. Nil functions switch a key off: it is then an ordinary character or ignored.
type LineOptions struct {
	Prompt  string
	Echo    Echo
	History bool // the line may be recalled later, and earlier lines now
	Max     int  // longest line, octets; further characters ring the bell
	// Width is the columns of a screen in which a longer line scrolls left and right, with $ where it is cut; 0: it wraps.
	Width int

	// Help is called when ? is typed: it returns the text to show below the line (with its line ends), after which prompt
	// and line are painted again. Line is what stands before the cursor.
	Help func(line string) string
	// Complete is called for TAB and returns the line to go on with; the same line: painted again unchanged. Nil: TAB is a
	// blank where the line is seen.
	Complete func(line string) string
	// Leave is called for ^Z: when it returns true, ReadLine returns "" with ErrLeave.
	Leave func() bool
}

// ErrLeave is returned by ReadLine when ^Z was typed and LineOptions.Leave agreed.
var ErrLeave = errors.New("leave")

// Terminal is what a session reads from and writes to.
//
// One goroutine reads (ReadLine, ReadKey, Interrupted); Write may be called by any goroutine. Reads end with ctx.Err()
// when ctx ends, and with ErrClosed after the far side is gone. Typed-ahead input is kept, bounded, and goes to whatever
// reads next: pager, password prompt or line.
type Terminal interface {
	ReadLine(ctx context.Context, o LineOptions) (string, error)
	// ReadKey reads one key without echo; CR LF and CR NUL count as one CR, ^C as 0x03.
	ReadKey(ctx context.Context) (byte, error)
	// Running returns a context that also ends when ^C is typed while a command runs; the session calls stop before it
	// reads again. Other keys typed meanwhile are kept as type-ahead.
	Running(ctx context.Context) (run context.Context, stop func())
	// Pending reports whether a whole further line has been typed already.
	Pending() bool
	// Write puts text on the screen; LF becomes CR LF. Text of one Write is not torn apart.
	Write(p []byte) (int, error)
	// History is what ReadLine would recall, oldest first.
	History() []string
	// Size is columns and rows as the far side reported them; 0 where it did not.
	Size() (columns, rows int)
	Close() error
}
