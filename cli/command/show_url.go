package command

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	g "pixsim/cli/grammar"
)

// URL filtering: no server is ever asked, so that nothing was looked up, kept or held. The layouts are those of the 6.x command
// references.
var (
	urlStats = &g.Keyword{Text: "stats", Aliases: []string{"statistics"}, Help: "Show statistics"}

	showURL = []*Command{
		{
			Name: "show url-server stats", Help: "Show the statistics of URL servers", Mode: Privileged, Span: pixFrom(5, 1), // unverified: the release
			Syntax: show(g.Word("url-server", "Show the statistics of URL servers"), urlStats), Run: runShowURLServer,
		},
		{
			Name: "show url-cache stats", Help: "Show the statistics of the URL cache", Mode: Privileged, Span: from50,
			Syntax: show(g.Word("url-cache", "Show the statistics of the URL cache"), urlStats), Run: runShowURLCache,
		},
		{
			Name: "show url-block block statistics", Help: "Show the statistics of packets that wait for a URL server", Mode: Privileged, Span: from62,
			Syntax: show(g.Word("url-block", "Show the statistics of packets that wait for a URL server"), g.Word("block", "The buffer of packets"),
				&g.Keyword{Text: "statistics", Aliases: []string{"stats"}, Help: "Show statistics"}),
			Run: runShowURLBlock,
		},
		{
			Name: "clear url-block block statistics", Help: "Clear the statistics of packets that wait for a URL server", Mode: Privileged, Span: from62,
			Syntax: clearing(g.Word("url-block", "Clear the statistics of packets that wait for a URL server"), g.Word("block", "The buffer of packets"),
				&g.Keyword{Text: "statistics", Aliases: []string{"stats"}, Help: "Clear statistics"}),
			Run: func(context.Context, Session, *g.Match) error { return nil },
		},
	}
)

func runShowURLServer(_ context.Context, s Session, _ *g.Match) error {
	vendor, servers := "", ""
	for _, l := range s.Box().Config().StoredOf("url-server") {
		words := strings.Fields(l.Text())
		for i := 1; i+1 < len(words); i++ {
			switch words[i] {
			case "vendor":
				vendor = words[i+1]
			case "host":
				servers += fmt.Sprintf("%-30sDOWN\n", words[i+1])
			}
		}
	}
	return emit(s, fmt.Sprintf("URL Server Statistics:\n----------------------\n%-31s %s\n%-31s 0/0/0\n", "Vendor", vendor, "URLs total/allowed/denied")+
		"\nURL Server Status:\n------------------\n"+servers)
}

// cachedURL is how many octets an entry of the cache takes: 1,724 are 128 KB (7.0 command reference).
const cachedURL = 76

func runShowURLCache(_ context.Context, s Session, _ *g.Match) error {
	size := 0
	for _, l := range s.Box().Config().StoredOf("url-cache") {
		words := strings.Fields(l.Text())
		size, _ = strconv.Atoi(words[len(words)-1])
	}
	return emit(s, fmt.Sprintf("URL Filter Cache Stats\n----------------------\n    Size :%8dKB\n Entries :%8d\n  In Use :%8d\n Lookups :%8d\n    Hits :%8d\n",
		size, size<<10/cachedURL, 0, 0, 0))
}

func runShowURLBlock(_ context.Context, s Session, _ *g.Match) error {
	most, ok := s.Box().Config().StoredWord("url-block", "url-block block")
	if !ok {
		most = "0"
	}
	text := "\nURL Pending Packet Buffer Stats with max block  " + most + "\n-----------------------------------------------------\n"
	for _, what := range []string{
		"Cumulative number of packets held:", "Maximum number of packets held (per URL):", "Current number of packets held (global):",
		"Packets dropped due to", "       exceeding url-block buffer limit:", "       HTTP server retransmission:",
		"Number of packets released back to client:",
	} {
		if !strings.HasSuffix(what, ":") {
			text += what + "\n"
			continue
		}
		text += fmt.Sprintf("%-49s0\n", what)
	}
	return emit(s, text)
}
