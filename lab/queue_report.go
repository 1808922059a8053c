package lab

import (
	"errors"
	"fmt"
	"hash/crc32"
	"regexp"
	"strings"
	"time"
)

const headerDate = "Mon, 2 Jan 2006 15:04:05 -0700"

var enhanced = regexp.MustCompile(`^[245][0-9][0-9][ -]([245]\.[0-9]{1,3}\.[0-9]{1,3})\b`)

// cause is why a message was given up: the text of the other side or the sender's own, and an enhanced code.
func (a *Attempt) cause() (text, code string) {
	text = a.Err.Error()
	r := a.refusal()
	if r != nil {
		text = r.Reply.Text()
	}
	found := enhanced.FindStringSubmatch(text)
	switch {
	case found != nil:
		code = found[1]
	case r != nil && strings.Contains(strings.ToLower(text), "relay"):
		code = "5.7.1"
	case r != nil:
		code = "5.5.0"
	case a.dropped():
		code = "4.4.2"
	default:
		code = "4.4.1"
	}
	return text, code
}

// of is the attempt as one recipient had it.
func (a *Attempt) of(to string) *Attempt {
	if r := a.Refused[to]; r != nil {
		b := *a
		b.Err = r
		return &b
	}
	return a
}

// nonDelivery is the report about a recipient that a server, or the sender itself, has refused.
func (s Sender) nonDelivery(m Mail, to string, a *Attempt, at time.Time) string {
	a = a.of(to)
	text, code := a.cause()
	switch s.Profile.Voice {
	case VoiceIMS:
		return imsReport(m, to, at, imsCode(a), text)
	case VoiceIIS:
		return iisReport(s, m, to, at, code, "smtp;"+text)
	case VoiceEdge:
		return fmt.Sprintf("Delivery has failed to these recipients or distribution lists:\n\n%s\n\nDiagnostic information for administrators:\n\nGenerating server: %s\n\n%s\n#%s ##\n", to, s.name(), to, text)
	case VoiceQmail:
		return qmailBounce(s, to, strings.TrimPrefix(qmailReport(a), "failure: "))
	case VoicePostfix:
		return postfixBounce(s, to, postfixWhy(a))
	case VoiceExim:
		return fmt.Sprintf("This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  %s\n    %s\n", to, text)
	}
	return sendmailBounce(to, text)
}

// expired is the report about a recipient that was tried for too long.
func (s Sender) expired(m Mail, to string, last *Attempt, at time.Time) string {
	last = last.of(to)
	why := last.summary()
	switch s.Profile.Voice {
	case VoiceIMS:
		return imsReport(m, to, at, "000B099C", "Host Unknown") // unverified: the code for a message that has expired
	case VoiceIIS:
		return iisReport(s, m, to, at, "4.4.7", "")
	case VoiceEdge:
		return fmt.Sprintf("Delivery has failed to these recipients or distribution lists:\n\n%s\n\nDiagnostic information for administrators:\n\nGenerating server: %s\n\n%s\n#550 4.4.7 QUEUE.Expired; message expired ##\n", to, s.name(), to)
	case VoiceQmail:
		return qmailBounce(s, to, strings.TrimPrefix(qmailReport(last), "deferral: ")+
			"\nI'm not going to try again; this message has been in the queue too long.")
	case VoicePostfix:
		return postfixBounce(s, to, postfixWhy(last))
	case VoiceExim:
		return fmt.Sprintf("This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  %s\n    retry timeout exceeded\n", to)
	}
	return sendmailBounce(to, "Message could not be delivered: "+why)
}

// delayed tells the sender of a message that it is late. unverified: the texts are recalled.
func (s Sender) delayed(m Mail, to []string, at time.Time) string {
	list := strings.Join(to, "\n")
	switch s.Profile.Voice {
	case VoiceIIS, VoiceEdge:
		return "This is an automatically generated Delivery Status Notification.\n\nTHIS IS A WARNING MESSAGE ONLY.\n\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\nDelivery to the following recipients has been delayed.\n\n" + list + "\n"
	case VoiceSendmail:
		return "    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n    **********************************************\n\n" + list + "\n"
	}
	return fmt.Sprintf("%s: the message %q has not been delivered yet to\n\n%s\n", at.Format(headerDate), field(m, "Subject"), list)
}

// imsCode is the number in a report of Exchange 5.5.
func imsCode(a *Attempt) string {
	r := a.refusal()
	switch {
	case errors.Is(a.Err, ErrAuthNotOffered):
		return "000B0981"
	case a.unconnected():
		return "000B099C"
	case r != nil && strings.Contains(strings.ToLower(r.Reply.Text()), "relay"):
		return "000B09AA"
	case r != nil && strings.HasPrefix(r.Command, "RCPT") && r.Reply.Code == 550:
		return "000C05A6"
	}
	return "000B09B6"
}

// imsReport is KB 243894's form. What a server says stands behind the code.
func imsReport(m Mail, to string, at time.Time, code, text string) string {
	date := at.Format(headerDate)
	why := "The message could not be delivered because of a protocol error" // unverified
	switch code {
	case "000C05A6":
		why, text = "The recipient name is not recognized", "Unknown Recipient"
	case "000B0981":
		text = "502 Server does not support AUTH"
	}
	org, site, server := "Example", "Site", "MAIL"
	return fmt.Sprintf("Your message\n\n  To:      %s\n  Subject: %s\n  Sent:    %s\n\ndid not reach the following recipient(s):\n\n%s on %s\n    %s\n\tThe MTS-ID of the original message is: c=US;a= ;p=%s;l=%s%sAE%06d\n    MSEXCH:IMS:%s:%s:%s 0 (%s) %s\n",
		strings.Join(m.To, ", "), field(m, "Subject"), date, to, date, why, org, server, at.UTC().Format("060102150405"), crc32.ChecksumIEEE(m.Data)%1e6, org, site, server, code, text)
}

// iisReport is the form of Exchange 2000 and 2003. unverified: all but its last line.
func iisReport(s Sender, m Mail, to string, at time.Time, code, diagnostic string) string {
	line := "<" + s.name() + " #" + code
	if diagnostic != "" {
		line += " " + diagnostic
	}
	return fmt.Sprintf("Your message did not reach some or all of the intended recipients.\n\n      Subject:\t%s\n      Sent:\t%s\n\nThe following recipient(s) could not be reached:\n\n      %s on %s\n            %s\n            %s>\n",
		field(m, "Subject"), at.Format("1/2/2006 3:04 PM"), to, at.Format("1/2/2006 3:04 PM"), iisWords[code], line)
}

// iisWords explain a code to people. unverified: recalled.
var iisWords = map[string]string{
	"4.4.1": "The host is not responding.",
	"4.4.2": "The connection was dropped.",
	"4.4.7": "Could not deliver the message in the time limit specified. Please retry or contact your administrator.",
	"5.5.0": "There was a SMTP communication problem with the recipient's email server. Please contact your system administrator.",
	"5.6.1": "There was a SMTP communication problem with the recipient's email server. Please contact your system administrator.",
	"5.7.1": "You do not have permission to send to this recipient. For assistance, contact your system administrator.",
}

// qmailBounce begins as qmail-send's do. unverified: recalled.
func qmailBounce(s Sender, to, why string) string {
	return fmt.Sprintf("Hi. This is the qmail-send program at %s.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<%s>:\n%s\n", s.name(), to, why)
}

// postfixBounce is the text part of Postfix's. unverified: recalled.
func postfixBounce(s Sender, to, why string) string {
	return fmt.Sprintf("This is the mail system at host %s.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\n<%s>: %s\n", s.name(), to, why)
}

// sendmailBounce is the list in sendmail's. unverified: recalled.
func sendmailBounce(to, why string) string {
	return fmt.Sprintf("   ----- The following addresses had permanent fatal errors -----\n<%s>\n    (reason: %s)\n", to, why)
}
