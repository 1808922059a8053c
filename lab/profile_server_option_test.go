package lab

import (
	"strings"
	"testing"
	"time"
)

func TestServerOptions(t *testing.T) {
	if got := talk(playing(t, "ex2003", "reply.unknown=500 nothing of the kind", `reply.help=214-a\n214 b`, "version=9.9"), "WHAT", "HELP"); got[1] != "500 nothing of the kind" || got[2] != "214-a\n214 b" || !strings.Contains(got[0], "Version: 9.9 ") {
		t.Errorf("%q", got)
	}
	if got := talk(playing(t, "ex2003", "verb=-DATA", "verb=+expn", "rcpts=1", "need-hello=off"), "DATA", "EXPN x", "MAIL FROM:<a@b>", "RCPT TO:<a@example.com>", "RCPT TO:<b@example.com>"); got[1][:3] != "500" || got[2][:3] != "500" || got[3][:3] != "250" || got[5][:3] != "452" {
		t.Errorf("%q", got)
	}
	for _, option := range []string{
		"", "relay", "=", "relay=", "relay=1.2.3.4", "relay=perhaps", "cert=yes", "body=9bit", "verb=EXPN", "verb=+", "verb=+WIZ", "cap=XLAB", "cap=+X\x01",
		"size=-1", "size=x", "rcpts=0", "line=1", "line=100000000", "idle=0s", "idle=-1s", "idle=10", "greet-delay=48h", "ident=x", "max-errors=-2", "log=xml",
		"reply.nothing=x", "reply.unknown=a\x00b", "colour=red",
	} {
		p := ex2003().Clone()
		if err := p.Set(option); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", option, err)
		}
	}
	// Every option has an effect that another value has not.
	for option, is := range map[string]func(*ServerProfile) bool{
		"relay=open": func(p *ServerProfile) bool { return p.GuestsRelay }, "need-auth=on": func(p *ServerProfile) bool { return p.NeedAuth },
		"need-hello=off": func(p *ServerProfile) bool { return !p.NeedHello }, "strict-hello=on": func(p *ServerProfile) bool { return p.StrictHello },
		"hello-resets=on": func(p *ServerProfile) bool { return p.HelloResets }, "basic-auth=off": func(p *ServerProfile) bool { return !p.BasicAuth },
		"xexch50-auth=off": func(p *ServerProfile) bool { return !p.XEXCH50Auth }, "link2state-auth=off": func(p *ServerProfile) bool { return !p.Link2StateAuth },
		"sender-check=on": func(p *ServerProfile) bool { return p.SenderCheck }, "directory=on": func(p *ServerProfile) bool { return p.Directory },
		"cert=on": func(p *ServerProfile) bool { return p.Cert }, "body=7bit": func(p *ServerProfile) bool { return p.Body == Body7Bit },
		"verb=-BDAT": func(p *ServerProfile) bool { return !p.knows("BDAT") }, "cap=+X": func(p *ServerProfile) bool { return p.Caps[len(p.Caps)-2].Text == "X" },
		"size=5": func(p *ServerProfile) bool { return p.SizeMax == 5 }, "per-source=5": func(p *ServerProfile) bool { return p.MaxPerSource == 5 }, "rcpts=5": func(p *ServerProfile) bool { return p.RcptMax == 5 },
		"line=99": func(p *ServerProfile) bool { return p.LineMax == 99 }, "lone-lf=on": func(p *ServerProfile) bool { return p.LoneLF },
		"cr-nul=on": func(p *ServerProfile) bool { return p.CRNUL }, "commit-on-timeout=on": func(p *ServerProfile) bool { return p.CommitOnTimeout },
		"idle=5s": func(p *ServerProfile) bool { return p.Idle == 5*time.Second }, "greet-delay=5s": func(p *ServerProfile) bool { return p.GreetDelay == 5*time.Second },
		"ident=5s": func(p *ServerProfile) bool { return p.Ident == 5*time.Second }, "max-errors=5": func(p *ServerProfile) bool { return p.MaxErrors == 5 },
		"tarpit=5s": func(p *ServerProfile) bool { return p.Tarpit == 5*time.Second }, "version=5": func(p *ServerProfile) bool { return p.Version == "5" },
		"log=ims": func(p *ServerProfile) bool { return p.Log == LogIMS },
	} {
		p := ex2003().Clone()
		if is(p) {
			t.Errorf("%s is so already", option)
		}
		if err := p.Set(option); err != nil || !is(p) {
			t.Errorf("%s: %v", option, err)
		}
	}
	if n := len(ServerOptions()); n != 28 {
		t.Errorf("%d options, and this test knows 28", n)
	}
}
