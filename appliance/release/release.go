// Package release holds the software releases of the appliance as data: one file a release, each its parent plus what
// changed. It does not know what a console, a packet or a configuration is.
package release

import (
	"fmt"
	"iter"
	"path"
	"strings"

	"pixsim/dataplane/inspect/smtp"
)

// Platform is a hardware family. As a bit it is also a member of Platforms.
type Platform uint8

const (
	PIX Platform = 1 << iota
	ASA
)

// Platforms is a set of Platform; the zero value means all of them.
type Platforms uint8

// Version is a software version: 5.2(3) is {5, 2, 3, 0}.
type Version struct{ Major, Minor, Maint, Interim uint8 }

// String is the version as the device prints it: "6.3(5)".
func (v Version) String() string { return fmt.Sprintf("%d.%d(%d)", v.Major, v.Minor, v.Maint) }

// Compare orders versions: -1, 0 or +1.
func (v Version) Compare(w Version) int {
	a := uint32(v.Major)<<24 | uint32(v.Minor)<<16 | uint32(v.Maint)<<8 | uint32(v.Interim)
	b := uint32(w.Major)<<24 | uint32(w.Minor)<<16 | uint32(w.Maint)<<8 | uint32(w.Interim)
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Span says in which releases something exists. The zero value is everywhere. A To without a maintenance number covers
// every maintenance of that release.
type Span struct {
	From, To Version
	On       Platforms
}

// V is the version major.minor, of no maintenance in particular.
func V(major, minor uint8) Version { return Version{Major: major, Minor: minor} }

// Since is the span from v on.
func Since(v Version) Span { return Span{From: v} }

// Until is the span up to v and all its maintenance releases.
func Until(v Version) Span { return Span{To: v} }

// Through ends the span with v and all its maintenance releases.
func (s Span) Through(v Version) Span { s.To = v; return s }

// Only restricts the span to a platform.
func (s Span) Only(p Platform) Span { s.On |= Platforms(p); return s }

// whole is the last version that v stands for as the end of a span.
func (v Version) whole() Version {
	if v.Maint == 0 {
		v.Maint, v.Interim = 255, 255
	}
	return v
}

// Meet is what two spans have in common; false: nothing.
func (s Span) Meet(o Span) (Span, bool) {
	if s.From.Compare(o.From) < 0 {
		s.From = o.From
	}
	if s.To == (Version{}) || o.To != (Version{}) && s.To.whole().Compare(o.To.whole()) > 0 {
		s.To = o.To
	}
	switch {
	case s.On == 0:
		s.On = o.On
	case o.On != 0:
		if s.On &= o.On; s.On == 0 {
			return s, false
		}
	}
	return s, s.To == (Version{}) || s.From.Compare(s.To.whole()) <= 0
}

// Join is the least span that holds two of them.
func (s Span) Join(o Span) Span {
	if o.From.Compare(s.From) < 0 {
		s.From = o.From
	}
	if s.To != (Version{}) && (o.To == (Version{}) || s.To.whole().Compare(o.To.whole()) < 0) {
		s.To = o.To
	}
	if s.On == 0 || o.On == 0 {
		s.On = 0
	} else {
		s.On |= o.On
	}
	return s
}

// Holds reports whether r lies within the span.
func (s Span) Holds(r *Release) bool {
	if s.On != 0 && s.On&Platforms(r.Platform) == 0 {
		return false
	}
	if r.Version.Compare(s.From) < 0 {
		return false
	}
	to := s.To
	if to == (Version{}) {
		return true
	}
	return r.Version.Compare(to.whole()) <= 0
}

// Row is a row of a table whose rows do not all exist in every release.
type Row interface{ In() Span }

// Rows are the rows of a table that exist in r, in the table's order.
func Rows[R Row](r *Release, table []R) iter.Seq[R] {
	return func(yield func(R) bool) {
		for _, row := range table {
			if row.In().Holds(r) && !yield(row) {
				return
			}
		}
	}
}

// Key names a message. The words stand in the Catalogue of each release that can say it.
type Key string

// Catalogue has the wording of messages: fmt.Sprintf formats that number their arguments ("%[2]s"). Words without such a
// verb stand as they are.
type Catalogue map[Key]string

// Section names a place in the running configuration. Its order is Release.Order.
type Section string

// Release is one software release on one hardware model, as data.
type Release struct {
	Name     string   // pix-6.3, of a build pix-5.2(3)
	Of       *Release // the release that this is a build of; nil: it is one
	Platform Platform
	Version  Version
	Software Software
	Model    Model
	Parent   *Release
	Text     Catalogue // this release's own words; Say looks through the parents
	Console  ConsoleTraits
	Config   ConfigTraits
	SMTP     smtp.Profile
	NAT      NATTraits
	Limits   Limits
	Timers   Timers
	Order    []Section
	Factory  string // factory configuration, device text
	Commands string // what configure factory-default types; "": it only clears, or refuses
	Captured bool   // Factory is a capture's, byte for byte; else derived from those
	Boot     string // boot text up to the cryptochecksum line, a fmt format of BootText
}

// Words is the wording of key in r or its nearest parent.
func (r *Release) Words(key Key) (string, bool) {
	for ; r != nil; r = r.Parent {
		if t, ok := r.Text[key]; ok {
			return t, true
		}
	}
	return "", false
}

// Say words a message. A key without words is a defect that a test finds; it is said by its name.
func (r *Release) Say(key Key, args ...any) string {
	t, ok := r.Words(key)
	if !ok {
		return fmt.Sprintf("%s %v", key, args)
	}
	return Format(t, args...)
}

// Format words a format of a Catalogue, or of another table of this package.
func Format(t string, args ...any) string {
	if !takesArguments(t) {
		return strings.ReplaceAll(t, "%%", "%")
	}
	return fmt.Sprintf(t, args...)
}

// takesArguments reports whether a format has a verb. All verbs number their arguments: "%[1]s", "%-24[2]s".
func takesArguments(format string) bool {
	for {
		_, rest, ok := strings.Cut(format, "%")
		if !ok {
			return false
		}
		if strings.HasPrefix(strings.TrimLeft(rest, "-+#.0123456789"), "[") {
			return true
		}
		format = rest
	}
}

// BootText is what the console shows while the box boots, up to the cryptochecksum line.
func (r *Release) BootText() string {
	m := &r.Model
	nics := ""
	for i := range m.Interfaces {
		nics += r.Say(BootInterface, m.NIC, m.IRQ[i], r.FormatMAC(m.MACOf(i))) + "\n"
	}
	chip, _, _ := strings.Cut(m.Flash, ",")
	return fmt.Sprintf(r.Boot, m.MemoryMB, nics, r.Version, r.LicenceText(), m.Name, r.Software.Copyright, path.Base(r.SoftwareFile()), chip)
}

// Outdated reports whether a version, as a configuration names it, "6.3(5)", is later than r's. What is no version is not.
func (r *Release) Outdated(version string) bool {
	v, ok := parseVersion(version)
	return ok && v.Compare(r.Version) > 0
}

// Outgrew reports whether a version is earlier than all of r's own builds.
func (r *Release) Outgrew(version string) bool {
	v, ok := parseVersion(version)
	return ok && v.Compare(V(r.Version.Major, r.Version.Minor)) < 0
}

// Covers reports whether a version, as a configuration names it, is one of s. What is no version is not.
func (s Span) Covers(version string) bool {
	v, ok := parseVersion(version)
	return ok && v.Compare(s.From) >= 0 && (s.To == (Version{}) || v.Compare(s.To.whole()) <= 0)
}

// parseVersion reads a version as Version.String writes it.
func parseVersion(text string) (v Version, ok bool) {
	_, err := fmt.Sscanf(text, "%d.%d(%d)", &v.Major, &v.Minor, &v.Maint)
	return v, err == nil
}

// SoftwareFile is where the box has its software from: "flash:/pix721.bin".
func (r *Release) SoftwareFile() string {
	if r.Software.File == "" {
		return ""
	}
	return fmt.Sprintf(r.Software.File, r.Version.Major, r.Version.Minor, r.Version.Maint)
}

// LicenceText is the list of licensed features, a line each.
func (r *Release) LicenceText() string {
	text := ""
	for _, f := range r.Model.Licence {
		text += r.Say(VersionFeature, f.Name, f.Value) + "\n"
	}
	return text
}

// FormatMAC writes a hardware address in the release's way.
func (r *Release) FormatMAC(a [6]byte) string {
	if r.Console.DottedMAC {
		return fmt.Sprintf("%02x%02x.%02x%02x.%02x%02x", a[0], a[1], a[2], a[3], a[4], a[5])
	}
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4], a[5])
}
