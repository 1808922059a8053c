package smtp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Option is one way in which the engine of a release can be made to differ from what its Profile says: where sources
// disagree about a release, and for the flaws that it was shipped with.
type Option struct {
	Name    string
	Aliases []string // other names: bug IDs
	Values  []string // what it can be set to
	Help    string   // one line
	set     func(p *Profile, value int)
	flaw    Flaws // the flaw that it switches, if any
}

// flawOption is the option that switches one flaw.
func flawOption(f Flaws, name, help string, aliases ...string) Option {
	set := func(p *Profile, v int) {
		p.Flaws &^= f
		if v == 1 {
			p.Flaws |= f
		}
	}
	return Option{name, aliases, []string{"off", "on"}, help, set, f}
}

// options stands in the order of the documentation.
var options = []Option{
	{Name: "reject", Values: []string{"x", "noop", "ok"}, Help: "a refused command is overwritten with X, or with NOOP and blanks, or answered OK by the firewall itself",
		set: func(p *Profile, v int) { p.Reject = [...]Reject{RejectMask, RejectNoop, RejectAnswer}[v] }},
	{Name: "banner", Aliases: []string{"banner-mask"}, Values: []string{"keep20", "stars", "cmap-kb", "cmap-recog", "pass"}, Help: "what becomes of the greeting: stars but for 2, 0 and the blank behind 0; stars; SMTP/cmap___ read as KB 320027 prints it; SMTP/cmap ready___ as scanners know it; nothing",
		set: func(p *Profile, v int) {
			p.Banner = [...]Banner{BannerKeep20, BannerStars, BannerCmapKB, BannerCmapRecog, BannerPass}[v]
		}},
	{Name: "engine", Values: []string{"esmtp", "smtp"}, Help: "7.0 and later: inspect esmtp, or the seven commands of inspect smtp",
		set: func(p *Profile, v int) {
			if v == 1 && p.ESMTP {
				*p = SMTPOnly(*p)
			}
		}},
	{Name: "vrfy", Values: []string{"masked", "shown"}, Help: "7.0 and later: whether the keyword VRFY of an EHLO reply is known",
		set: func(p *Profile, v int) {
			if p.ESMTP {
				p.Extensions = [...][]string{KnownExtensions, KnownExtensionsVRFY}[v]
			}
		}},
	{Name: "allow-tls", Values: []string{"off", "on"}, Help: "7.2 and later: what the default map says of allow-tls",
		set: func(p *Profile, v int) { p.AllowTLS = p.Maps && v == 1 }},
	flawOption(FlawDataBypass, "data-bypass", "DATA state is entered by the client's DATA: what follows a refused one is not filtered", "CVE-2000-1022", "CSCdr91002", "CSCds30699", "CSCds38708"),
	flawOption(FlawDataRegress, "data-regress", "DATA state is entered by the client's DATA once more, in the code that mended CSCds90792", "CSCdu47003"),
	flawOption(FlawEODWithhold, "eod-withhold", "the rest of CR LF . CR LF in a second segment is withheld for good", "CSCds90792"),
	flawOption(FlawEODReset, "eod-reset", "the rest of CR LF . CR LF in a second segment resets the connection"),
	flawOption(FlawEODEatReply, "eod-eat-reply", "the reply to a CR LF . CR LF in two segments never reaches the client"),
	flawOption(FlawEODSegmentStart, "eod-segment-start", "a segment of a message that begins with . CR LF ends it, wherever its line began"),
	flawOption(FlawNoopDesync, "noop-desync", "after a NOOP the words that begin the lines of a mail become X", "CSCdk46673"),
	flawOption(FlawDupHeader, "dup-header", "a header field that comes twice ends the connection"),
}

// valueAliases are the words that files of vectors have for some values.
var valueAliases = map[string]string{"xmask": "x", "ok-local": "ok", "all": "stars", "true": "on", "false": "off"}

// Options are the options there are. The caller owns the slice, not what its elements point to.
func Options() []Option { return slices.Clone(options) }

// Set applies one option, written NAME=VALUE, to p; an underscore is as good as a hyphen. An option that the profile has no place for (allow-tls where there
// are no maps) changes nothing. The error lists the choices.
func (p *Profile) Set(option string) error {
	name, value, ok := strings.Cut(option, "=")
	if !ok {
		return fmt.Errorf("%q is not NAME=VALUE", option)
	}
	name = strings.ReplaceAll(name, "_", "-")
	var names []string
	for _, o := range options {
		if !strings.EqualFold(o.Name, name) && !slices.ContainsFunc(o.Aliases, func(a string) bool { return strings.EqualFold(a, name) }) {
			names = append(names, o.Name)
			continue
		}
		word := strings.ReplaceAll(strings.ToLower(value), "_", "-")
		v := slices.Index(o.Values, cmp.Or(valueAliases[word], word))
		if v < 0 {
			return fmt.Errorf("%s is %s, not %q", o.Name, strings.Join(o.Values, " or "), value)
		}
		o.set(p, v)
		return nil
	}
	return fmt.Errorf("no option %q: there are %s", name, strings.Join(names, ", "))
}

// FlawOptions are the options that switch the flaws in f, in the order of Options.
func FlawOptions(f Flaws) []Option {
	var some []Option
	for _, o := range options {
		if o.flaw&f != 0 {
			some = append(some, o)
		}
	}
	return some
}

// FlawNames are the names of FlawOptions.
func FlawNames(f Flaws) []string {
	var names []string
	for _, o := range FlawOptions(f) {
		names = append(names, o.Name)
	}
	return names
}
