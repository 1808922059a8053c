package lab

import "regexp"

// front is something else that speaks for a mail server, or between it and its clients, and is taken for Mailguard: the
// other products that KB 320027 names, and those with the same effect.
type front struct {
	name  string
	signs []frontSign
	cure  string
}

// frontSign is a reply by which a front is known.
type frontSign struct {
	step string
	says *regexp.Regexp // the reply, code first, without the codes of the other lines
	sure bool           // nobody else says so
}

// fronts are known by what they say themselves (nmap's service probes, Recog, Microsoft's articles; KB 245787 for
// Raptor). All are proxies: none edits packets.
var fronts = []front{
	{"the SMTP proxy of a WatchGuard Firebox", []frontSign{
		{stepGreeting, regexp.MustCompile(`^220 SMTP service ready$`), false},
		{stepHELP, regexp.MustCompile(`^214-Commands:\n\tDATA\tRCPT\tMAIL\tQUIT\tRSET\n`), true},
	}, "WatchGuard: put a packet filter (Filtered-SMTP) in place of the SMTP proxy, or allow the extensions in its ESMTP settings"},
	{"the SMTP Security Server of Check Point FireWall-1", []frontSign{
		{stepGreeting, regexp.MustCompile(`^220 CheckPoint FireWall-1 secure E?SMTP server`), true},
		{stepNOOP, regexp.MustCompile(`^220 OK$`), false},
	}, "Check Point: use the service smtp without a resource in the rule"},
	{"the SMTP proxy of a Raptor or Symantec Enterprise Firewall", []frontSign{
		{stepGreeting, regexp.MustCompile(`^220 \S+ Generic SMTP handler`), true},
		{stepHELP, regexp.MustCompile(`^214 Help not supported by this implementation`), false},
	}, "Raptor: pass TCP port 25 by a generic service passer in place of the SMTP proxy; in later versions, switch its ESMTP check off"},
	{"an InterLock SMTP gateway", []frontSign{
		{stepGreeting, regexp.MustCompile(`InterLock SMTP Gateway`), true},
	}, "InterLock: its documentation tells how to let ESMTP pass"},
}

// frontOf is the one that a dialogue shows; nil: none.
func frontOf(all steps) (f *front, sure bool) {
	for i := range fronts {
		for _, m := range fronts[i].signs {
			if s := all.of(m.step); s.code() != 0 && m.says.MatchString(coded(s)) && (f == nil || m.sure) {
				f, sure = &fronts[i], m.sure
			}
		}
	}
	return f, sure
}

// coded is a reply with the code of its first line and the bare text of the others.
func coded(s *ProbeStep) string {
	return s.Reply[0][:min(4, len(s.Reply[0]))] + s.text()
}
