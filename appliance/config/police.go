package config

import (
	"strconv"
	"strings"
)

// Police is a `police` line of a class: what comes in (or leaves, Out) by each interface of its policy at more than Rate
// bits a second, beyond Burst octets at once.
type Police struct {
	Out         bool
	Rate, Burst int
	// DropConforming and PassExceeding are actions that were typed in place of the usual ones.
	DropConforming, PassExceeding bool
	line                          string
}

// String is the line.
func (p Police) String() string { return p.line }

// burstOf is what may come at once where the line does not say: a thirty-second of the rate, in octets (command reference,
// police).
func burstOf(rate int) int { return rate / 32 }

// Policing are the `police` lines of a class.
func (c *PolicyClass) Policing() (all []Police) {
	for _, line := range c.Other {
		if words := strings.Fields(line); len(words) > 2 && words[0] == "police" {
			all = append(all, policeOf(line, words))
		}
	}
	return all
}

func policeOf(line string, words []string) Police {
	p := Police{Out: words[1] == "output", line: line}
	p.Rate, _ = strconv.Atoi(words[2])
	p.Burst = burstOf(p.Rate)
	for i, w := range words[3:] {
		action := words[min(i+4, len(words)-1)]
		switch w {
		case "conform-action":
			p.DropConforming = action == "drop"
		case "exceed-action":
			p.PassExceeding = action == "transmit"
		default:
			if n, err := strconv.Atoi(w); err == nil {
				p.Burst = n
			}
		}
	}
	return p
}

// PoliceInterfaces are the names of the interfaces at which a policy counts.
func (c *Config) PoliceInterfaces(s ServicePolicy) (names []string) {
	if s.If != "" {
		return []string{s.If}
	}
	for i := range c.Interfaces {
		if name := c.Interfaces[i].Name; name != "" {
			names = append(names, name)
		}
	}
	return names
}

// PoliceID names the bucket and the counters of a police line in force, at one of the interfaces of its policy.
func PoliceID(s ServicePolicy, class string, p Police, ifname string) ID {
	return HashID("police " + s.If + " " + s.Policy + " " + class + " " + ifname + " " + p.line)
}
