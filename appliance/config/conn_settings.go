package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ConnSettings is what the `set connection` lines of a class ask for. Limits of 0 are none.
type ConnSettings struct {
	MaxConns, MaxEmbryonic       int
	ClientConns, ClientEmbryonic int
	NoRandom                     bool
	// Embryonic, HalfClosed, TCP and Idle are timeouts of the class; nil: those of the box.
	Embryonic, HalfClosed, TCP, Idle *time.Duration
	Reset                            bool
	DCD                              bool
	DCDEvery                         time.Duration
	DCDTries                         int
	TCPMap                           string // "": none
	Bypass                           bool
	DecrementTTL                     bool
}

// Defaults of dead connection detection (ASA command reference, set connection timeout).
const (
	dcdEvery = 15 * time.Second
	dcdTries = 5
)

// Connection are the settings of `set connection`; false where there is no such line.
func (c *PolicyClass) Connection() (s ConnSettings, ok bool) {
	for _, line := range c.Other {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "set" || words[1] != "connection" {
			continue
		}
		ok = true
		s.take(words[2:])
	}
	return s, ok
}

// take reads the words of one line.
func (s *ConnSettings) take(words []string) {
	value := func(i int) string {
		if i+1 < len(words) {
			return words[i+1]
		}
		return ""
	}
	for i, w := range words {
		n, _ := strconv.Atoi(value(i))
		switch w {
		case "conn-max":
			s.MaxConns = n
		case "embryonic-conn-max":
			s.MaxEmbryonic = n
		case "per-client-max":
			s.ClientConns = n
		case "per-client-embryonic-max":
			s.ClientEmbryonic = n
		case "random-sequence-number":
			s.NoRandom = value(i) == "disable"
		case "embryonic":
			s.Embryonic = timeOf(value(i))
		case "half-closed":
			s.HalfClosed = timeOf(value(i))
		case "tcp":
			s.TCP = timeOf(value(i))
		case "idle":
			s.Idle = timeOf(value(i))
		case "reset":
			s.Reset = true
		case "decrement-ttl":
			s.DecrementTTL = true
		case "dcd":
			s.dcd(words[i+1:])
		case "advanced-options":
			s.Bypass = value(i) == "tcp-state-bypass"
			if !s.Bypass {
				s.TCPMap = value(i)
			}
			return // what follows is a name
		}
	}
}

// dcd reads what stands behind the word.
func (s *ConnSettings) dcd(words []string) {
	s.DCD, s.DCDEvery, s.DCDTries = true, dcdEvery, dcdTries
	if len(words) > 0 {
		if d := timeOf(words[0]); d != nil {
			s.DCDEvery = *d
			if len(words) > 1 {
				if n, err := strconv.Atoi(words[1]); err == nil {
					s.DCDTries = n
				}
			}
		}
	}
}

// timeOf reads a time as it is printed, h:mm:ss; nil where it is none.
func timeOf(text string) *time.Duration {
	var h, m, s int
	if n, err := fmt.Sscanf(text, "%d:%d:%d", &h, &m, &s); n != 3 || err != nil {
		return nil
	}
	d := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
	return &d
}

// Under are the lines of the sub-mode that the line of a slot opened, as words.
func (c *Config) Under(command, slot string) (lines [][]string, ok bool) {
	if _, ok = c.InSlot(command, slot); !ok {
		return nil, false
	}
	for _, l := range c.StoredOf(command) {
		if head, _, inner := cutLast(l.Slot); inner && head == slot {
			lines = append(lines, strings.Fields(l.Text()))
		}
	}
	return lines, true
}
