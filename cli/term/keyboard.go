package term

// Keys as the rest of the package knows them. Everything else that a keyboard can send has become one of these, an
// ordinary character, or nothing.
const (
	keyStart     = 0x01 // ^A, Home
	keyBack      = 0x02 // ^B, left
	keyInterrupt = 0x03 // ^C
	keyDelete    = 0x04 // ^D, Delete
	keyEnd       = 0x05 // ^E, End
	keyForward   = 0x06 // ^F, right
	keyErase     = 0x08 // ^H
	keyTab       = 0x09
	keyLF        = 0x0a
	keyKill      = 0x0b // ^K
	keyRedisplay = 0x0c // ^L
	keyEnter     = 0x0d // CR, LF, CR LF, CR NUL
	keyNext      = 0x0e // ^N, down
	keyPrev      = 0x10 // ^P, up
	keyReprint   = 0x12 // ^R
	keyKillFront = 0x15 // ^U
	keyKillWord  = 0x17 // ^W
	keyLeave     = 0x1a // ^Z
	keyEsc       = 0x1b
	keyRubout    = 0x7f // DEL
)

// sequences are what function keys send behind ESC, in the forms of the VT100, xterm, PuTTY and the Linux console.
var sequences = map[string]string{
	"[A": "\x10", "OA": "\x10", // up
	"[B": "\x0e", "OB": "\x0e", // down
	"[C": "\x06", "OC": "\x06", // right
	"[D": "\x02", "OD": "\x02", // left
	"[H": "\x01", "OH": "\x01", "[1~": "\x01", "[7~": "\x01", // Home
	"[F": "\x05", "OF": "\x05", "[4~": "\x05", "[8~": "\x05", // End
	"[3~":   "\x04",  // Delete
	"[1;5C": "\x1bf", // ^right: word
	"[1;5D": "\x1bb", // ^left: word
	"OM":    "\r",    // Enter of an application keypad
}

// maxSequence bounds what is remembered of an escape sequence; a longer one is no key.
const maxSequence = 8

// keyboard turns octets into keys: one Enter for CR, LF, CR LF and CR NUL, one key for an escape sequence, no NUL. It
// decodes escape sequences before readline sees them because readline's decoder swallows an Enter that stands inside one,
// grows with the digits of an endless one, and types the tail of one that it does not know.
type keyboard struct {
	state keyState
	seq   []byte // of an escape sequence, without ESC
}

type keyState uint8

const (
	keyGround  keyState = iota
	keyAfterCR          // LF and NUL belong to the Enter before
	keyAfterESC
	keyInCSI // ESC [
	keyInSS3 // ESC O
)

// feed appends to keys what octet b completes.
func (k *keyboard) feed(keys []byte, b byte) []byte {
	switch k.state {
	case keyAfterCR:
		if b == keyLF || b == 0 {
			k.state = keyGround
			return keys
		}
	case keyAfterESC:
		return k.escape(keys, b)
	case keyInCSI:
		if b >= ' ' && b < keyRubout {
			return k.csi(keys, b)
		}
	case keyInSS3:
		if b >= ' ' && b < keyRubout {
			k.state = keyGround
			return append(keys, sequences["O"+string(b)]...)
		}
	}
	return k.plain(keys, b)
}

// plain is an octet outside of escape sequences; inside one, it ends it without a key.
func (k *keyboard) plain(keys []byte, b byte) []byte {
	k.state = keyGround
	switch b {
	case 0:
		return keys
	case keyEnter:
		k.state = keyAfterCR
	case keyLF:
		b = keyEnter
	case keyEsc:
		k.state = keyAfterESC
		return keys
	}
	return append(keys, b)
}

func (k *keyboard) escape(keys []byte, b byte) []byte {
	switch b {
	case '[':
		k.state, k.seq = keyInCSI, append(k.seq[:0], b)
		return keys
	case 'O':
		k.state = keyInSS3
		return keys
	case 'b', 'f', 'd', keyRubout: // Meta keys: word left, word right, delete word, erase word
		k.state = keyGround
		return append(keys, keyEsc, b)
	case keyErase:
		k.state = keyGround
		return append(keys, keyEsc, keyRubout)
	}
	if b < ' ' {
		return k.plain(keys, b)
	}
	k.state = keyGround
	return keys
}

// csi is an octet of a control sequence (ECMA-48 5.4): parameters and intermediates up to a final octet.
func (k *keyboard) csi(keys []byte, b byte) []byte {
	linuxKey := b == '[' && len(k.seq) == 1 // the Linux console sends ESC [ [ A for F1
	if len(k.seq) <= maxSequence {
		k.seq = append(k.seq, b)
	}
	if b < '@' || linuxKey {
		return keys
	}
	k.state = keyGround
	return append(keys, sequences[string(k.seq)]...)
}
