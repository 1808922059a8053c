package command

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// disks are the names of the disk in the release of e; all of them mean the same.
func disks(e g.Env) []string {
	if r := e.Release(); r != nil {
		return strings.Fields(r.Say(release.DiskNames))
	}
	return []string{"flash:"}
}

// maxDiskPath is the longest path that can be typed, octets.
const maxDiskPath = 255

// onDiskWord is the path behind the name of the disk in a word, seen from the root unless no disk was named; false: the word
// names something else.
func onDiskWord(disks []string, word string) (typed string, ok bool) {
	if len(word) > maxDiskPath {
		return "", false
	}
	for _, d := range disks {
		if len(word) >= len(d) && strings.EqualFold(word[:len(d)], d) {
			return "/" + strings.TrimLeft(word[len(d):], "/"), true
		}
	}
	return word, !strings.Contains(word, ":")
}

// diskType is the name of the disk.
func diskType() g.Type[string] {
	return g.Type[string]{
		Words: disks,
		Helps: func(w string) string { return w + " file system" },
		Parse: func(e g.Env, w string) (string, error) {
			if !slices.Contains(disks(e), w) {
				return "", g.ErrAddress
			}
			return w, nil
		},
		Sample: func(e g.Env, _ *rand.Rand) string { return disks(e)[0] },
	}
}

// diskPath is a path on the disk as one word: with or without the disk's name.
func diskPath() g.Type[string] {
	return g.Type[string]{
		Label: "WORD",
		Words: disks,
		Helps: func(w string) string { return "Path on " + w },
		Parse: func(e g.Env, w string) (string, error) {
			typed, ok := onDiskWord(disks(e), w)
			if !ok || strings.HasPrefix(w, "/") && isOption(w) {
				return "", g.ErrAddress
			}
			return typed, nil
		},
		Sample: func(e g.Env, r *rand.Rand) string { return disks(e)[r.IntN(len(disks(e)))] + "/a.txt" },
	}
}

// isOption reports whether a word is written like an option of the file commands: those are no paths.
func isOption(w string) bool {
	switch strings.ToLower(w) {
	case "/all", "/ascii", "/binary", "/md5", "/noconfirm", "/pcap", "/recursive":
		return true
	}
	return false
}

// place is where copy takes something from, or brings it to.
type place struct {
	kind   placeKind
	path   string // on the disk, as typed, or on the server
	server netip.Addr
	url    string // of a protocol that is not spoken
}

type placeKind uint8

const (
	placeRunning placeKind = iota
	placeStartup
	placeDisk
	placeTFTP
	placeOther
)

// namedPlaces are the places that a word names; longer words go on behind the colon.
var namedPlaces = []struct {
	word string
	kind placeKind
	what string // in help, behind "Copy from" or "Copy to"
}{
	{"running-config", placeRunning, "current system configuration"},
	{"startup-config", placeStartup, "startup configuration"},
	{"system:", placeRunning, "system: file system"},
	{"tftp:", placeTFTP, "tftp: file system"},
}

// placeType is one word of copy; from: it is the first. System: is no place to copy to.
func placeType(from bool) g.Type[place] {
	words := func(e g.Env) []string {
		out := disks(e)
		for _, n := range namedPlaces {
			if from || n.word != "system:" {
				out = append(out, n.word)
			}
		}
		if r := e.Release(); r != nil {
			out = append(out, strings.Fields(r.Say(release.CopyProtocols))...)
		}
		return out
	}
	direction := "Copy to "
	if from {
		direction = "Copy from "
	}
	return g.Type[place]{
		Label: "WORD",
		Words: words,
		Helps: func(w string) string {
			for _, n := range namedPlaces {
				if n.word == w {
					return direction + n.what
				}
			}
			return direction + w + " file system"
		},
		Parse:  func(e g.Env, w string) (place, error) { return parsePlace(e, w, words(e)) },
		Sample: func(e g.Env, r *rand.Rand) string { return disks(e)[r.IntN(len(disks(e)))] + "/a.cfg" },
	}
}

func parsePlace(e g.Env, w string, words []string) (place, error) {
	scheme, rest, colon := strings.Cut(strings.ToLower(w), ":")
	if colon {
		scheme, rest = scheme+":", w[len(scheme)+1:]
	}
	switch {
	case !colon && scheme != "running-config" && scheme != "startup-config":
		return diskPlace(e, w)
	case slices.Contains(disks(e), scheme):
		return diskPlace(e, w)
	case !slices.Contains(words, scheme):
		return place{}, g.ErrAddress
	}
	switch scheme {
	case "running-config":
		return place{kind: placeRunning}, nil
	case "startup-config":
		return place{kind: placeStartup}, nil
	case "system:":
		if rest = strings.TrimPrefix(rest, "/"); rest != "" && rest != "running-config" {
			return place{}, g.ErrAddress
		}
		return place{kind: placeRunning}, nil
	case "tftp:":
		u, err := tftpURLType(false).Parse(e, w)
		return place{kind: placeTFTP, server: u.server, path: u.path}, err
	}
	return place{kind: placeOther, url: w}, nil
}

func diskPlace(e g.Env, w string) (place, error) {
	typed, ok := onDiskWord(disks(e), w)
	if !ok || strings.HasPrefix(w, "/") && isOption(w) {
		return place{}, g.ErrAddress
	}
	return place{kind: placeDisk, path: typed}, nil
}
