package command

import (
	"iter"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// policy-map type inspect of the engines other than esmtp: lines that are kept and printed.

// sinceMaps is where policy-map type inspect exists.
var sinceMaps = release.Since(release.V(7, 2))

var (
	inspectMapKind = &g.Param[string]{Name: "protocol", Help: "protocol of the policy-map", Type: g.Enum(
		"dcerpc", "dns", "ftp", "gtp", "h323", "http", "im", "ipsec-pass-thru", "mgcp", "netbios", "radius-accounting", "rtsp", "sip", "skinny")}
	inspectMapName = &g.Param[string]{Name: "map_name", Help: "name of the policy-map", Type: g.Ident(40)}
	inspectMapText = &g.Param[string]{Name: "text", Help: "the rest of the line", Type: g.Text()}

	inspectMap = &Command{
		Name: "policy-map type inspect", Help: "Configure MPF Policy Map", Mode: Configure, Span: sinceMaps, Stored: true,
		Syntax: g.Seq(policyMapWord, g.Word("type", "Specifies the type of policy-map"),
			g.Word("inspect", "Configure a policy-map of type inspect"), inspectMapKind, inspectMapName),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			kind, name := inspectMapKind.Get(m), inspectMapName.Get(m)
			if _, ok := e.View().InspectMap(kind, name); !ok {
				e.SetInspectMap(config.InspectMap{Type: kind, Name: name})
			}
			c.Enter(ConfigInspectMap, kind+" "+name)
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			kind, name := inspectMapKind.Get(m), inspectMapName.Get(m)
			if mapInUse(e.View(), kind, name) {
				return Errorf(release.MPFInUse, "policy-map type inspect "+kind+" "+name)
			}
			return found(e.RemoveInspectMap(kind, name), "policy-map type inspect "+kind+" "+name)
		},
		Lines: inspectMapLines,
	}
)

// mapInUse reports whether an inspect line names the map.
func mapInUse(c *config.Config, kind, name string) bool {
	for _, p := range c.PolicyMaps {
		for _, class := range p.Classes {
			for _, i := range class.Inspects {
				proto, _, _ := strings.Cut(i.Proto, " ")
				if proto == kind && strings.TrimPrefix(i.Map, "strict ") == name {
					return true
				}
			}
		}
	}
	return false
}

func inspectMapLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for _, m := range c.InspectMaps {
			if !yield(Line{Section: release.SectionInspectMap, Text: "policy-map type inspect " + m.Type + " " + m.Name}) {
				return
			}
			for _, l := range m.Lines {
				if !yield(Line{Section: release.SectionInspectMap, Depth: l.Depth, Text: l.Text}) {
					return
				}
			}
		}
	}
}

// inspectWords are the first words of the lines, by mode.
var inspectWords = map[Mode][]string{
	ConfigInspectMap: {"description", "parameters", "match", "class"},
	ConfigInspectMatch: {
		"drop", "drop-connection", "enforce-tsig", "log", "mask", "rate-limit", "reset", "send-protocol-error",
	},
	ConfigPolicyParam: {
		"body-match-maximum", "call-duration-limit", "call-party-number", "dns-guard", "early-message", "endpoint-mapper",
		"enforce-registration", "esp", "ah", "gateway", "h245-tunnel-block", "id-mismatch", "id-randomization", "im", "ip-address-privacy",
		"mask-banner", "mask-syst-reply", "max-forwards-validation", "message-id", "message-length", "nat-rewrite", "permit",
		"protocol-enforcement", "protocol-violation", "request-queue", "reserve-port-protect", "rtp-conformance", "sccp-prefix-len",
		"software-version", "spoof-server", "state-checking", "strict-header-validation", "tcp-inspection", "timeout", "traffic-non-sip", "tsig",
		"uri-non-sip", "url-length-limit",
	},
}

// inspectSince are the spans of the lines that are younger than the maps.
var inspectSince = map[string]release.Span{"tcp-inspection": release.Since(release.V(9, 7))}

// opensMode are the lines that open a mode of their own.
var opensMode = map[string]Mode{"parameters": ConfigPolicyParam, "match": ConfigInspectMatch, "class": ConfigInspectMatch}

func inspectMapCommands() []*Command {
	var out []*Command
	for _, mode := range []Mode{ConfigInspectMap, ConfigInspectMatch, ConfigPolicyParam} {
		for _, w := range inspectWords[mode] {
			word := kw(w)
			span, ok := inspectSince[w]
			if !ok {
				span = sinceMaps
			}
			c := &Command{Name: w, Mode: mode, Span: span, Stored: true, Syntax: g.Seq(word, g.Opt(inspectMapText))}
			switch w {
			case "parameters":
				c.Syntax = word
			case "match", "class", "description":
				c.Syntax = g.Seq(word, inspectMapText)
				c.NoSyntax = g.Seq(word, g.Opt(inspectMapText))
			}
			c.Set = func(c *Ctx, e *config.Edit, m *g.Match) error {
				return setInspectLine(c, e, mode, w, inspectMapText.Get(m), false)
			}
			c.No = func(c *Ctx, e *config.Edit, m *g.Match) error {
				return setInspectLine(c, e, mode, w, inspectMapText.Get(m), true)
			}
			out = append(out, c)
		}
	}
	return out
}

// setInspectLine adds a line to the map of the sub-mode, or takes it out. A parameter that has a number is replaced by
// one with another number; "no" of a parameter that is not there is kept as such.
func setInspectLine(c *Ctx, e *config.Edit, mode Mode, word, rest string, off bool) error {
	kind, name, _ := strings.Cut(c.Path[0], " ")
	m, ok := e.View().InspectMap(kind, name)
	if !ok {
		return ErrUsage
	}
	text := strings.Join(strings.Fields(word+" "+rest), " ")
	switch {
	case mode == ConfigInspectMap && off:
		before := len(m.Lines)
		m = withoutHead(m, text)
		if err := found(len(m.Lines) < before, text); err != nil {
			return err
		}
	case mode == ConfigInspectMap:
		m = withHead(m, text)
		if next, opens := opensMode[word]; opens {
			c.Enter(next, c.Path[0], text)
		}
	default:
		m = withBody(m, c.Path[1], text, off)
	}
	e.SetInspectMap(m)
	return nil
}

// withHead is m with a line of depth 1; the description stands first and only once.
func withHead(m config.InspectMap, text string) config.InspectMap {
	if strings.HasPrefix(text, "description ") {
		m = withoutHead(m, "description")
		m.Lines = slices.Insert(slices.Clone(m.Lines), 0, config.InspectLine{Depth: 1, Text: text})
		return m
	}
	if headAt(m, text) < 0 {
		m.Lines = append(slices.Clip(m.Lines), config.InspectLine{Depth: 1, Text: text})
	}
	return m
}

// headAt is the index of a line of depth 1; -1 when there is none. One word fits any line that begins with it.
func headAt(m config.InspectMap, text string) int {
	return slices.IndexFunc(m.Lines, func(l config.InspectLine) bool {
		return l.Depth == 1 && (l.Text == text || !strings.Contains(text, " ") && startsWith(l.Text, text))
	})
}

// withoutHead is m less a line of depth 1 and what stands below it.
func withoutHead(m config.InspectMap, text string) config.InspectMap {
	if at := headAt(m, text); at >= 0 {
		m.Lines = slices.Delete(slices.Clone(m.Lines), at, endOf(m, at))
	}
	return m
}

// endOf is where the block that begins at at ends.
func endOf(m config.InspectMap, at int) int {
	end := at + 1
	for end < len(m.Lines) && m.Lines[end].Depth > 1 {
		end++
	}
	return end
}

func withBody(m config.InspectMap, head, text string, off bool) config.InspectMap {
	at := headAt(m, head)
	if at < 0 {
		return m
	}
	end := endOf(m, at)
	body := slices.Clone(m.Lines[at+1 : end])
	had := len(body)
	body = slices.DeleteFunc(body, func(l config.InspectLine) bool { return paramKind(l.Text) == paramKind(text) })
	switch {
	case !off:
		body = append(body, config.InspectLine{Depth: 2, Text: text})
	case len(body) == had:
		body = append(body, config.InspectLine{Depth: 2, Text: "no " + text})
	}
	m.Lines = slices.Concat(m.Lines[:at+1], body, m.Lines[end:])
	return m
}

// paramKind is what a parameter line sets: its words up to the first number.
func paramKind(text string) string {
	words := strings.Fields(strings.TrimPrefix(text, "no "))
	for i, w := range words {
		if i > 0 && strings.Trim(w, "0123456789") == "" {
			return strings.Join(words[:i], " ")
		}
	}
	return strings.Join(words, " ")
}
