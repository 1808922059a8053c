package lab

import (
	"errors"
	"fmt"
	"strings"
)

// Account is what a mail program knows of its outgoing server.
type Account struct {
	Name    string // as its user called it
	Server  string
	Port    string
	Subject string // of the message
	Secure  bool
}

// ErrorNumber is the low octet of the number in the error box, 0x800CCCnn, as the Platform SDK's imnxport.h lists them;
// 0 when there is no box.
func (a *Attempt) ErrorNumber() byte {
	var n notReply
	r := a.refusal()
	switch {
	case a.Err == nil:
		return 0
	case a.unconnected():
		return 0x0e
	case errors.Is(a.Err, ErrTLSNotOffered):
		return 0x7d
	case r != nil:
		return refusedNumber(r)
	case a.Command == "STARTTLS":
		return 0x1a
	case errors.As(a.Err, &n):
		return 0x61
	case a.timedOut():
		return 0x19
	}
	return 0x0f
}

// replyNumbers are the numbers of reply codes. Others are "response error", 60.
var replyNumbers = map[int]byte{
	500: 0x62, 501: 0x63, 502: 0x64, 503: 0x65, 504: 0x66, 421: 0x67, 450: 0x68, 550: 0x69, 451: 0x6a, 551: 0x6b,
	452: 0x6c, 552: 0x6d, 553: 0x6e, 554: 0x6f, 530: 0x7c, 454: 0x7f,
}

// refusedNumber goes by the command for the sender and the recipients, and by the code for every other.
func refusedNumber(r *RefusedError) byte {
	verb, rest, _ := strings.Cut(r.Command, " ")
	switch verb {
	case "AUTH":
		if rest == "NTLM" {
			return 0x18
		}
	case "MAIL":
		return 0x78
	case "RCPT":
		return 0x79
	}
	if n, ok := replyNumbers[r.Reply.Code]; ok {
		return n
	}
	return 0x60
}

// Dialog is the box that Outlook Express, or Outlook, shows about an attempt, in one paragraph; "" when all went well.
func Dialog(v Voice, a *Attempt, m Mail, acc Account) string {
	n := a.ErrorNumber()
	if n == 0 {
		return ""
	}
	box := &box{outlook: v == VoiceOutlook}
	box.add("%s", opening(n, box.outlook, a, m, acc))
	r := a.refusal()
	if r != nil {
		box.subject(acc.Subject)
	}
	box.add("Account: '%s', Server: '%s', Protocol: SMTP,", acc.Name, acc.Server)
	if r != nil {
		box.add("Server Response: '%s',", r.Reply.Text())
	}
	secure := "No"
	if acc.Secure {
		secure = "Yes"
	}
	box.add("Port: %s, Secure(SSL): %s,", acc.Port, secure)
	switch {
	case r != nil:
		box.add("Server Error: %d,", r.Reply.Code)
	case n == 0x0e:
		box.add("Socket Error: %d,", socketError(a.Err))
	}
	box.add("Error Number: 0x800CCC%02X", n)
	return strings.Join(box.words, " ")
}

type box struct {
	outlook bool
	words   []string
}

func (b *box) add(format string, args ...any) {
	b.words = append(b.words, fmt.Sprintf(format, args...))
}

func (b *box) subject(s string) {
	colon := ""
	if b.outlook {
		colon = ":"
	}
	b.add("Subject%s '%s',", colon, s)
}

// opening is the sentence that a number has. The texts that no source shows are marked.
func opening(n byte, outlook bool, a *Attempt, m Mail, acc Account) string {
	switch n {
	case 0x79: // KB 290842, KB 305007
		return fmt.Sprintf("The message could not be sent because one of the recipients was rejected by the server. The rejected e-mail address was '%s'.", a.rejected(m))
	case 0x78:
		return fmt.Sprintf("The message could not be sent because the server rejected the sender's e-mail address. The sender's e-mail address was '%s'.", m.From)
	case 0x0f: // KB 194068
		if outlook {
			return "The TCP/IP connection was unexpectedly terminated by your mail server. If this problem persists, contact your LAN Administrator or Internet provider."
		}
		return "Your server has unexpectedly terminated the connection. Possible causes for this include server problems, network problems, or a long period of inactivity."
	case 0x0e: // KB 191687
		return "The connection to the server has failed."
	case 0x18: // KB 198704
		return "Unable to logon to the server using Secure Password Authentication."
	case 0x19: // unverified: recalled
		return "A time-out occurred while communicating with the server."
	case 0x1a: // KB 250926
		return "A secure connection to the server could not be established."
	case 0x7d: // unverified: recalled
		return "Your outgoing (SMTP) e-mail server does not support SSL-secured connections."
	}
	return "An unknown error has occurred." // KB 186134
}

// rejected is the recipient that ended the attempt.
func (a *Attempt) rejected(m Mail) string {
	for _, to := range m.To {
		if a.Refused[to] != nil {
			return to
		}
	}
	return ""
}

// socketError is Winsock's number.
func socketError(err error) int {
	if isRefusedDial(err) {
		return 10061 // WSAECONNREFUSED
	}
	return 10060 // WSAETIMEDOUT
}

// POP3Dialog is the box about a password that the POP3 server has refused (KB 298944).
func POP3Dialog(acc Account, reply string) string {
	return fmt.Sprintf("There was a problem logging onto your mail server. Your Password was rejected. Account: '%s', Server: '%s', Protocol: POP3, Server Response: '%s', Port: %s, Secure(SSL): No, Server Error: 0x800CCC90, Error Number: 0x800CCC92",
		acc.Name, acc.Server, reply, acc.Port)
}

// ProgramLog is the dialogue as Outlook Express writes it to Smtp.log, and Outlook to its own.
func ProgramLog(v Voice, server string, heard []Heard) string {
	var b strings.Builder
	for _, h := range heard {
		for line := range strings.Lines(string(h.Data)) {
			line = strings.TrimRight(line, "\r\n")
			way := "[rx]"
			if h.Sent {
				way = "[tx]"
			} else if v == VoiceOutlook {
				way = "<rx>"
			}
			if v == VoiceOutlook {
				fmt.Fprintf(&b, "%s SMTP (%s): %s %s\n", h.At.Format("2006.01.02 15:04:05"), server, way, line)
			} else {
				fmt.Fprintf(&b, "SMTP: %s %s %s\n", h.At.Format("15:04:05"), way, line)
			}
		}
	}
	return b.String()
}
