package lab

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"strings"
	"syscall"
	"time"
)

// Notice is a line of a sending host's log, or a box on its user's screen.
type Notice struct {
	At     time.Duration // simulated, since the queue began; 0 in an attempt of its own
	Source string        // of the event; "": a text log
	ID     int           // of the event
	Text   string
}

// String is the notice as an event viewer or a log shows it.
func (n Notice) String() string {
	if n.Source == "" {
		return n.Text
	}
	return fmt.Sprintf("%s %d %s", n.Source, n.ID, n.Text)
}

// Voice is whose words a sender's notices are in.
type Voice uint8

// The voices.
const (
	VoicePlain Voice = iota
	VoiceIMS         // the Internet Mail Service of Exchange 5.5
	VoiceIIS         // Exchange 2000 and 2003
	VoiceEdge        // Exchange 2007 and 2010
	VoiceOE
	VoiceOutlook
	VoiceSendmail
	VoiceQmail
	VoicePostfix
	VoiceExim
)

// extraNote says that a peer has refused a verb of Exchange. Seen in KB 843106: the reply and the line end in a blank,
// the verb is in lower case.
func extraNote(v Voice, host, line string, r Reply) Notice {
	verb, _, _ := strings.Cut(strings.ToLower(line), " ")
	id, kind, end := 7004, "error", "This will probably cause the connection to fail."
	text, sent := r.Text()+" ", line+" "
	if r.Code == 451 && len(r.Lines) == 0 { // the dialogue was lost: a warning (seen in a support case of 2009)
		id, kind, end = 7002, "warning", " This may cause the connection to fail."
		text, sent = "451", line+"\n"
	}
	if v == VoiceEdge {
		return Notice{Source: "MSExchangeTransport", ID: 2017,
			Text: fmt.Sprintf("Outbound authentication failed with %s for the host %s.", strings.TrimSpace(text), host)}
	}
	return Notice{Source: "MSExchangeTransport", ID: id, Text: fmt.Sprintf(
		"This is an SMTP protocol %s log for virtual server ID 1, connection #1. The remote host \"%s\", responded to the SMTP command \"%s\" with \"%s\". The full command sent was \"%s\". %s",
		kind, host, verb, text, sent, end)}
}

// queueID is the name of a message in logs that have one.
func queueID(m Mail) string {
	h := fnv.New64a()
	h.Write(m.Data)
	return fmt.Sprintf("%010X", h.Sum64()&0xff_ffff_ffff)
}

func postfixNote(m Mail, format string, args ...any) Notice {
	return Notice{Text: fmt.Sprintf("postfix/smtp[2525]: %s: ", queueID(m)) + fmt.Sprintf(format, args...)}
}

// outcome is what a sender's log says about an attempt that has ended.
func outcome(v Voice, m Mail, a *Attempt) []Notice {
	switch v {
	case VoiceIMS:
		return imsOutcome(m, a)
	case VoiceIIS:
		return iisOutcome(m, a)
	case VoiceEdge:
		return edgeOutcome(a)
	case VoicePostfix:
		return postfixOutcome(m, a)
	case VoiceSendmail:
		return one("%s: to=<%s>, relay=%s [%s], stat=%s", queueID(m), strings.Join(m.To, ">,<"), a.Peer, a.host(), sendmailStat(a))
	case VoiceQmail:
		return one("delivery 1: %s", qmailReport(a))
	case VoiceExim:
		return eximOutcome(m, a)
	case VoicePlain:
		if a.Err != nil {
			return one("%v", a.Err)
		}
	}
	return nil // a mail program shows a box: see Dialog
}

func one(format string, args ...any) []Notice { return []Notice{{Text: fmt.Sprintf(format, args...)}} }

// refusal is the reply that ended an attempt; nil when something else did.
func (a *Attempt) refusal() *RefusedError {
	var r *RefusedError
	if errors.As(a.Err, &r) {
		return r
	}
	return nil
}

func (a *Attempt) timedOut() bool {
	return errors.Is(a.Err, os.ErrDeadlineExceeded) || errors.Is(a.Err, context.DeadlineExceeded)
}

// unconnected says that there was never a connection.
func (a *Attempt) unconnected() bool { return a.Client == nil }

// dropped says that the other side, or something between, ended the connection.
func (a *Attempt) dropped() bool {
	return a.Err != nil && a.refusal() == nil && !a.timedOut() && !a.unconnected() && !courteous(a.Err) && !a.nonsense()
}

func (a *Attempt) nonsense() bool {
	var n notReply
	return errors.As(a.Err, &n)
}

func domain(m Mail) string {
	if len(m.To) == 0 {
		return ""
	}
	return m.To[0][strings.LastIndexByte(m.To[0], '@')+1:]
}

func imsOutcome(m Mail, a *Attempt) []Notice {
	event := func(id int, format string, args ...any) Notice {
		return Notice{Source: "MSExchangeIMC", ID: id, Text: fmt.Sprintf(format, args...)}
	}
	r := a.refusal()
	switch {
	case a.Err == nil:
		return nil
	case a.unconnected() && isRefusedDial(a.Err):
		return []Notice{event(3011, "An attempt to connect to host <%s> for <%s> was refused.", a.host(), domain(m))}
	case a.unconnected():
		return []Notice{event(3010, "An attempt to connect to host <%s> failed.", domain(m))}
	case r != nil:
		return []Notice{
			event(4031, "The message could not be delivered. The destination server reported: %s", r.Reply.Text()),
			{Text: "Subject: Notification: Outbound Mail Failure - A protocol error occurred.\nA mail message was not sent due to a protocol error.\n" +
				r.Reply.Text() + "\nThe message that caused this notification was:"},
		}
	case courteous(a.Err):
		return []Notice{event(4031, "The message could not be delivered. The destination server reported: %v", a.Err)}
	}
	return one("499 No routing hosts are reachable for %s. Message subject: \"\"%s\"\". Rescheduling delivery for later.", domain(m), field(m, "Subject"))
}

func iisOutcome(m Mail, a *Attempt) []Notice {
	var why string
	switch r := a.refusal(); {
	case a.Err == nil:
		return nil
	case a.unconnected():
		why = "The remote server did not respond to a connection attempt." // unverified: the text
	case r != nil:
		why = "The remote SMTP service rejected the message: " + r.Reply.Text() // unverified: the text
	case a.timedOut():
		why = "The semaphore timeout period has expired."
	case courteous(a.Err):
		return nil // the report says it
	default:
		why = "The connection was dropped by the remote host."
	}
	return []Notice{{Source: "MSExchangeTransport", ID: 4006, Text: fmt.Sprintf( // unverified: the frame
		"Message delivery to the host '%s' failed while delivering to the remote domain '%s' for the following reason: %s", a.host(), domain(m), why)}}
}

// lastError is the queue's LastError in Exchange 2007 and 2010.
func lastError(a *Attempt) string {
	said := ""
	switch r := a.refusal(); {
	case a.Err == nil:
		return ""
	case r != nil:
		said = r.Reply.Text()
	case errors.Is(a.Err, ErrOrgAuth):
		said = ErrOrgAuth.Error()
	case a.timedOut() || a.unconnected():
		said = "421 4.4.1 Connection timed out."
	case a.dropped():
		said = "421 4.4.2 Connection dropped"
	default:
		return a.Err.Error()
	}
	return fmt.Sprintf(`451 4.4.0 Primary target IP address responded with: "%s" Attempted failover to alternate host, but that did not succeed. Either there are no alternate hosts, or delivery failed to all alternate hosts.`, said)
}

func edgeOutcome(a *Attempt) (n []Notice) {
	if a.Err == nil {
		return nil
	}
	if errors.Is(a.Err, ErrOrgAuth) {
		n = append(n, Notice{Source: "MSExchangeTransport", ID: 2017,
			Text: fmt.Sprintf("Outbound authentication failed for the host %s: %v", a.host(), ErrOrgAuth)}) // unverified: the frame
	}
	return append(n, Notice{Text: "LastError: " + lastError(a)})
}

// postfixWhy is the reason in Postfix's words.
func postfixWhy(a *Attempt) string {
	server := fmt.Sprintf("%s[%s]", a.Peer, a.host())
	doing := postfixDoing(a.Command)
	more := ""
	if a.Unsure {
		more = " -- message may be sent more than once"
	}
	switch r := a.refusal(); {
	case r != nil:
		return fmt.Sprintf("host %s said: %s (in reply to %s)", server, strings.ReplaceAll(r.Reply.Text(), "\n", " "), replyTo(r.Command))
	case a.unconnected():
		return fmt.Sprintf("connect to %s:%s: %v", server, a.port(), a.Err)
	case a.timedOut():
		return fmt.Sprintf("conversation with %s timed out while %s%s", server, doing, more)
	case errors.Is(a.Err, ErrTLSNotOffered):
		return fmt.Sprintf("TLS is required, but was not offered by host %s", server)
	case a.dropped():
		return fmt.Sprintf("lost connection with %s while %s%s", server, doing, more)
	}
	return a.Err.Error()
}

func postfixDoing(command string) string {
	verb, _, _ := strings.Cut(command, " ")
	switch {
	case command == endOfData:
		return "sending end of data"
	case command == greeting:
		return "receiving the initial server greeting"
	case verb == "EHLO" || verb == "HELO":
		return "performing the " + verb + " handshake"
	case verb == "MAIL":
		return "sending MAIL FROM"
	case verb == "RCPT":
		return "sending RCPT TO"
	}
	return "sending " + verb + " command"
}

func replyTo(command string) string {
	verb, _, _ := strings.Cut(command, " ")
	switch {
	case command == endOfData:
		return "end of DATA command"
	case verb == "MAIL":
		verb = "MAIL FROM"
	case verb == "RCPT":
		verb = "RCPT TO"
	}
	return verb + " command"
}

func postfixOutcome(m Mail, a *Attempt) []Notice {
	relay := fmt.Sprintf("%s[%s]:%s", a.Peer, a.host(), a.port())
	status := "sent (250)"
	if a.Err != nil {
		status = fmt.Sprintf("%s (%s)", map[Verdict]string{Deferred: "deferred", Failed: "bounced"}[a.Verdict()], postfixWhy(a))
	}
	return []Notice{postfixNote(m, "to=<%s>, relay=%s, status=%s", strings.Join(m.To, ">, <"), relay, status)}
}

func sendmailStat(a *Attempt) string {
	r := a.refusal()
	switch {
	case a.Err == nil:
		return "Sent"
	case r != nil && a.Verdict() == Deferred:
		return "Deferred: " + r.Reply.Text()
	case r != nil:
		return "Service unavailable: " + r.Reply.Text()
	case a.timedOut() || a.unconnected():
		return "Deferred: Connection timed out with " + a.host()
	case a.dropped():
		return "Deferred: Connection reset by " + a.host()
	}
	return a.Err.Error()
}

// qmailReport is qmail-remote's, as its source has it.
func qmailReport(a *Attempt) string {
	r := a.refusal()
	result := map[bool]string{true: "deferral: ", false: "failure: "}[a.Verdict() == Deferred]
	switch {
	case a.Err == nil:
		return "success: " + a.host() + " accepted message."
	case a.unconnected():
		return result + "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)"
	case r != nil && strings.HasPrefix(r.Command, "RCPT"):
		return result + a.host() + " does not like recipient. Remote host said: " + r.Reply.Text()
	case r != nil && strings.HasPrefix(r.Command, "MAIL"):
		return result + "Connected to " + a.host() + " but sender was rejected. Remote host said: " + r.Reply.Text()
	case r != nil && (strings.HasPrefix(r.Command, "HELO") || r.Command == greeting):
		return result + "Connected to " + a.host() + " but my name was rejected. Remote host said: " + r.Reply.Text()
	case r != nil:
		return result + a.host() + " failed on DATA command. Remote host said: " + r.Reply.Text()
	case a.Unsure:
		return result + "Connected to " + a.host() + " but connection died. Possible duplicate! (#4.4.2)"
	}
	return result + "Connected to " + a.host() + " but connection died. (#4.4.2)"
}

func eximOutcome(m Mail, a *Attempt) []Notice {
	if a.Err == nil {
		return one("=> %s H=%s [%s]", strings.Join(m.To, " "), a.Peer, a.host())
	}
	mark := map[bool]string{true: "==", false: "**"}[a.Verdict() == Deferred]
	why := a.Err.Error()
	if r := a.refusal(); r != nil {
		why = fmt.Sprintf("SMTP error from remote mail server after %s: %s", r.Command, r.Reply.Text())
	} else if a.timedOut() {
		why = fmt.Sprintf("SMTP timeout after %s", a.Command)
	} else if a.dropped() {
		why = fmt.Sprintf("Remote host closed connection in response to %s", a.Command)
	}
	return one("%s %s H=%s [%s]: %s", mark, strings.Join(m.To, " "), a.Peer, a.host(), why)
}

// field is a header field of a message; "" when it has none such.
func field(m Mail, name string) string {
	for line := range strings.Lines(string(m.Data)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(key, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// isRefusedDial says that a connection was answered with a reset.
func isRefusedDial(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
