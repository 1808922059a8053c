package release

import "pixsim/dataplane/inspect/smtp"

// shipped is a flaw and the builds that were shipped with it.
type shipped struct {
	flaw smtp.Flaws
	in   Span
}

func (s shipped) In() Span { return s.in }

// shippedFlaws are the flaws by their builds. Of the three accounts of CSCds90792 builds have the one that Microsoft
// gives (KB Q295725: the end is withheld); the others are options.
var shippedFlaws = []shipped{
	// CSCdk46673: found in 4.2(2), mended in 4.2(3) (KB197183, KB299304).
	{smtp.FlawNoopDesync, only(4, 2, 2)},

	// CVE-2000-1022: "up to and including 4.4(6), 5.0(3), 5.1(3), 5.2(2)"; CSCds38708 is mended in 5.1(4) and 5.2(3) by their
	// release notes.
	// unverified: that 4.2(2) is the first; 4.2(1) is "not exploitable" (Bugtraq, 20 September 2000).
	{smtp.FlawDataBypass, Since(build(4, 2, 2)).Through(build(4, 4, 6))},
	{smtp.FlawDataBypass, Since(V(5, 0)).Through(build(5, 0, 3))},
	{smtp.FlawDataBypass, Since(V(5, 1)).Through(build(5, 1, 3))},
	{smtp.FlawDataBypass, Since(V(5, 2)).Through(build(5, 2, 2))},

	// CSCds90792: "older than 5.2(4) or 6.0(1)" (Postfix FAQ).
	// unverified: that it begins with the first fixup; that 5.3 does not have it.
	{smtp.FlawEODWithhold, Since(V(4, 2)).Through(build(5, 2, 3))},

	// CSCdu47003 (AusCERT ESB-2001.406).
	// unverified: that 5.2(6), 6.0(2) and 6.1(1) are mended.
	{smtp.FlawDataRegress, Since(build(5, 2, 4)).Through(build(5, 2, 5))},
	{smtp.FlawDataRegress, only(6, 0, 1)},

	// "Before 7.2(3)" (Cisco document 118550).
	// unverified: that 7.0 has it.
	{smtp.FlawDupHeader, Since(V(7, 0)).Through(build(7, 2, 2))},
}

// build is a version with its maintenance number.
func build(major, minor, maint uint8) Version { return Version{major, minor, maint, 0} }

// only is the span of a single build.
func only(major, minor, maint uint8) Span {
	return Since(build(major, minor, maint)).Through(build(major, minor, maint))
}

// flawsOf are the flaws that r's maintenance number was shipped with.
func flawsOf(r *Release) (f smtp.Flaws) {
	for s := range Rows(r, shippedFlaws) {
		f |= s.flaw
	}
	return f
}
