package lab

import (
	"bytes"
	"context"
	"time"
)

// Typed is what a telnet client of a profile writes when a person types a line and Enter, write by write. A backspace is
// sent where each key is, and edits the line where the line is. 0xFF is doubled (RFC 854).
func (p ClientProfile) Typed(line string) (writes [][]byte) {
	if !p.CharMode {
		b := bytes.ReplaceAll(edited(line), []byte{telnetIAC}, []byte{telnetIAC, telnetIAC})
		return [][]byte{append(b, p.Enter...)}
	}
	for _, key := range []byte(line) {
		write := []byte{key}
		if key == telnetIAC {
			write = append(write, telnetIAC)
		}
		writes = append(writes, write)
	}
	return append(writes, []byte(p.Enter))
}

func edited(line string) (b []byte) {
	for _, key := range []byte(line) {
		if key != '\b' {
			b = append(b, key)
		} else if len(b) > 0 {
			b = b[:len(b)-1]
		}
	}
	return b
}

// typist is a person at a telnet client.
type typist struct {
	profile ClientProfile
	c       *SMTPClient
}

// typeLine types at the speed of a person whose time runs faster.
func (t *typist) typeLine(ctx context.Context, line string) error {
	for i, w := range t.profile.Typed(line) {
		if i > 0 && t.profile.KeyGap > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(t.profile.KeyGap / defaultScale):
			}
		}
		if err := t.c.Raw(w); err != nil {
			return err
		}
	}
	return nil
}
