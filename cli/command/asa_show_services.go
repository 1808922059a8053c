package command

import (
	"context"
	"fmt"
	"strings"

	g "pixsim/cli/grammar"
)

var (
	// ASA command reference; nobody asks the box by SNMP.
	showSNMP = textShow("snmp-server statistics", "Show SNMP server statistics", inASA, always(
		"0 SNMP packets input\n    0 Bad SNMP version errors\n    0 Unknown community name\n    0 Illegal operation for community name supplied\n"+
			"    0 Encoding errors\n    0 Number of requested variables\n    0 Number of altered variables\n    0 Get-request PDUs\n    0 Get-next PDUs\n"+
			"    0 Get-bulk PDUs\n    0 Set-request PDUs (Not supported)\n0 SNMP packets output\n    0 Too big errors (Maximum packet size 512)\n"+
			"    0 No such name errors\n    0 Bad values errors\n    0 General errors\n    0 Response PDUs\n    0 SNMP trap PDUs\n"))

	showASDM = textShow("asdm", "Show Device Manager", inASA, always(""), g.Alt(
		g.Word("sessions", "Show the sessions"), g.Word("log_sessions", "Show the sessions that get the log")))
	showASDMImage = textShow("asdm image", "Show Device Manager", inASA, func(s Session) string {
		image := "not set"
		for _, url := range behindLines(s, "asdm image ") {
			image = url
		}
		return "Device Manager image file, " + image + "\n"
	})

	shownServers  = &g.Param[string]{Name: "server_tag", Help: "Name of the server group", Type: g.Ident(31)}
	showAAAServer = &Command{
		Name: "show aaa-server", Help: "Show aaa-server configuration information", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("aaa-server", "Show aaa-server configuration information"), g.Opt(shownServers)),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			tag, one := shownServers.Lookup(m)
			text := ""
			for _, group := range shownGroups(s) {
				if !one || group.name == tag {
					text += group.text
				}
			}
			return emit(s, text)
		},
	}

	shownBanner = &g.Param[string]{Name: "kind", Help: "Which banner", Type: g.Enum("asdm", "exec", "login", "motd")}
	showBanner  = &Command{
		Name: "show banner", Help: "Show banner text", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("banner", "Show banner text"), g.Opt(shownBanner)),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			kind, one := shownBanner.Lookup(m)
			text := ""
			for _, k := range []string{"exec", "login", "motd", "asdm"} {
				lines := behindLines(s, "banner "+k+" ")
				if one && k != kind {
					continue
				}
				if !one {
					text += k + ":\n"
				}
				if len(lines) > 0 {
					text += strings.Join(lines, "\n") + "\n"
				}
			}
			return emit(s, text)
		},
	}
)

// shownGroup is a group of servers as show aaa-server has it.
type shownGroup struct{ name, text string }

// shownGroups are the accounts of the box and the groups of the configuration: no server ever answers.
func shownGroups(s Session) []shownGroup {
	text := func(name, protocol, address, status string) string {
		out := fmt.Sprintf("Server Group:    %s\nServer Protocol: %s\nServer Address:  %s\nServer port:     None\n", name, protocol, address) +
			"Server status:   " + status + "\n"
		for _, what := range []string{
			"pending requests", "", "authentication requests", "authorization requests", "accounting requests", "retransmissions", "accepts", "rejects",
			"challenges", "malformed responses", "bad authenticators", "timeouts", "unrecognized responses",
		} {
			if what == "" {
				out += "Average round trip time               0ms\n"
				continue
			}
			out += fmt.Sprintf("%-38s%d\n", "Number of "+what, 0)
		}
		return out + "\n"
	}
	all := []shownGroup{{"LOCAL", text("LOCAL", "Local database", "None", "ACTIVE, Last transaction at unknown")}}
	protocols := map[string]string{}
	for _, rest := range behindLines(s, "aaa-server ") {
		words := strings.Fields(rest)
		switch {
		case len(words) > 2 && words[1] == "protocol":
			protocols[words[0]] = words[2]
		case len(words) > 3 && words[2] == "host":
			all = append(all, shownGroup{words[0], text(words[0], protocols[words[0]], words[3], "ACTIVE, Last transaction at unknown")})
		}
	}
	return all
}
