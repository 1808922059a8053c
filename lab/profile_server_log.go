package lab

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LogFormat is how a family of servers writes its protocol log.
type LogFormat uint8

const (
	LogPlain    LogFormat = iota // the lab's own: that of LogEntry
	LogIMS                       // IMCDATA\LOG\L0000001.LOG
	LogW3C                       // the extended format of the Windows service
	LogCSV2007                   // the protocol log of Exchange 2007 and later
	LogPostfix                   // smtpd -v in the system log
	LogSendmail                  // LogLevel 14 and more
)

var logFormats = [...]string{"plain", "ims", "w3c", "csv2007", "postfix", "sendmail"}

func (f LogFormat) String() string { return logFormats[f] }

// Lines are entries of the log of a server in a format; local is its address and port. Whatever came from the network is
// printable in them.
func (f LogFormat) Lines(fqdn, local string, entries []LogEntry) []string {
	host, _, _ := strings.Cut(fqdn, ".")
	ip, _, _ := net.SplitHostPort(local)
	h := logHost{host: host, ip: ip, local: local}
	switch f {
	case LogIMS:
		return each(entries, imsLine)
	case LogW3C:
		return h.w3c(entries)
	case LogCSV2007:
		return h.csv(entries)
	case LogPostfix:
		return each(entries, h.postfixLine)
	case LogSendmail:
		return each(entries, h.sendmailLine)
	}
	return each(entries, func(e LogEntry) []string { return []string{e.String()} })
}

func each(entries []LogEntry, line func(LogEntry) []string) (lines []string) {
	for _, e := range entries {
		lines = append(lines, line(e)...)
	}
	return lines
}

// logHost is the machine that a log is written on.
type logHost struct{ host, ip, local string }

func peerIP(e LogEntry) string {
	ip, _, _ := net.SplitHostPort(e.Peer)
	return ip
}

// imsLine is of the Internet Mail Service (KB295725, KB262945). What ends a connection has no line.
func imsLine(e LogEntry) []string {
	at := e.At.Format("1/2/06 3:04:05 PM") + " : "
	switch {
	case e.Kind == Remark && e.Text == remarkConnected:
		return []string{at + "A connection was accepted from " + peerIP(e)}
	case e.Kind == Remark:
		return nil
	}
	return []string{at + string(e.Kind) + " " + printable(e.Text)}
}

// w3cCommand is a command and what was answered to it last.
type w3cCommand struct {
	line   LogEntry
	reply  LogEntry
	octets int  // of the whole reply
	cs     int  // octets of the command, or of the message
	more   bool // the reply has a further line
}

// w3c has a line for every command, written once its reply is known: the next command of its connection or the end.
func (h logHost) w3c(entries []LogEntry) (lines []string) {
	open, names, begun := map[int]*w3cCommand{}, map[int]string{}, map[int]time.Time{}
	done := func(conn int) {
		if c := open[conn]; c != nil && c.reply.Text != "" {
			lines = append(lines, h.w3cLine(c, names, begun[conn]))
		}
		delete(open, conn)
	}
	for _, e := range entries {
		c := open[e.Conn]
		switch {
		case e.Kind == Remark && e.Text == remarkConnected:
			begun[e.Conn] = e.At
		case e.Kind == Remark && e.Text == remarkClosed:
			done(e.Conn)
		case e.Kind == Remark && c != nil && (strings.HasPrefix(e.Text, "message of ") || strings.HasPrefix(e.Text, "chunk of ")):
			c.cs = e.Octets
		case e.Kind == FromClient && !e.Dialogue:
			done(e.Conn)
			open[e.Conn] = &w3cCommand{line: e, cs: e.Octets}
		case e.Kind == FromServer && c != nil:
			if !c.more {
				c.octets = 0
			}
			c.more = len(e.Text) > 3 && e.Text[3] == '-'
			c.octets += e.Octets + 2
			c.reply = e
		}
	}
	for _, conn := range sortedKeys(open) {
		done(conn)
	}
	return lines
}

func sortedKeys[V any](m map[int]V) (keys []int) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// w3cVerbs are those that the log writes in upper case; the others, and those of event sinks, are in lower case.
var w3cVerbs = []string{"HELO", "EHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT", "VRFY", "HELP", "TURN", "ATRN", "ETRN", "AUTH", "STARTTLS", "TLS"}

func (h logHost) w3cLine(c *w3cCommand, names map[int]string, begun time.Time) string {
	verb, arg, _ := strings.Cut(printable(c.line.Text), " ")
	verb = strings.ToUpper(verb)
	status, win32, ms := c.reply.Text[:min(3, len(c.reply.Text))], int64(0), int64(0)
	switch {
	case !slices.Contains(w3cVerbs, verb):
		verb = strings.ToLower(verb)
	case verb == "QUIT": // logged as 240, and with how long it all took: the meaning of the number is inferred
		status = "240"
		if !begun.IsZero() {
			win32 = c.line.At.Sub(begun).Milliseconds()
		}
	case (verb == "HELO" || verb == "EHLO") && status == "250":
		names[c.line.Conn] = w3cWord(arg)
	}
	query := "-"
	if arg != "" {
		query = "+" + w3cWord(arg)
	}
	return fmt.Sprintf("%s %s %s SMTPSVC1 %s %s 0 %s - %s %s %d %d %d %d SMTP - - - -", c.line.At.UTC().Format("2006-01-02 15:04:05"),
		peerIP(c.line), cmp.Or(names[c.line.Conn], "-"), strings.ToUpper(h.host), cmp.Or(h.ip, "-"), cmp.Or(verb, "-"), query, status, win32, c.octets, c.cs, ms)
}

func w3cWord(text string) string { return strings.ReplaceAll(strings.TrimSpace(text), " ", "+") }

// csv is the protocol log of a Receive connector.
func (h logHost) csv(entries []LogEntry) (lines []string) {
	seq := map[int]int{}
	for _, e := range entries {
		event, data, context := "*", "", ""
		switch {
		case e.Kind == FromClient:
			event, data = "<", e.Text
		case e.Kind == FromServer:
			event, data = ">", e.Text
		case e.Text == remarkConnected:
			event = "+"
		case e.Text == remarkClosed:
			event, context = "-", "Local"
		default:
			context = e.Text
		}
		lines = append(lines, fmt.Sprintf("%sZ,%s\\Default %s,%016X,%d,%s,%s,%s,%s,%s", e.At.UTC().Format("2006-01-02T15:04:05.000"),
			strings.ToUpper(h.host), strings.ToUpper(h.host), 0x08CC0000_00000000+uint64(e.Conn), seq[e.Conn],
			h.local, e.Peer, event, csvField(data), csvField(context)))
		seq[e.Conn]++
	}
	return lines
}

func csvField(text string) string {
	text = printable(text)
	if strings.ContainsAny(text, `,"`) {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}

func (h logHost) syslog(e LogEntry, program, text string) []string {
	return []string{e.At.Format("Jan _2 15:04:05") + " " + h.host + " " + program + "[" + strconv.Itoa(1000+e.Conn) + "]: " + text}
}

func (h logHost) postfixLine(e LogEntry) []string {
	who := "unknown[" + peerIP(e) + "]"
	switch {
	case e.Kind == FromClient:
		return h.syslog(e, "postfix/smtpd", "< "+who+": "+printable(e.Text))
	case e.Kind == FromServer:
		return h.syslog(e, "postfix/smtpd", "> "+who+": "+printable(e.Text))
	case e.Text == remarkConnected:
		return h.syslog(e, "postfix/smtpd", "connect from "+who)
	case e.Text == remarkClosed:
		return h.syslog(e, "postfix/smtpd", "disconnect from "+who)
	}
	return h.syslog(e, "postfix/smtpd", who+": "+printable(e.Text))
}

func (h logHost) sendmailLine(e LogEntry) []string {
	id := fmt.Sprintf("NOQUEUE: %d: ", e.Conn)
	switch {
	case e.Kind == FromClient:
		return h.syslog(e, "sendmail", id+"<-- "+printable(e.Text))
	case e.Kind == FromServer:
		return h.syslog(e, "sendmail", id+"--> "+printable(e.Text))
	case e.Text == remarkConnected:
		return h.syslog(e, "sendmail", "NOQUEUE: connect from ["+peerIP(e)+"]")
	case e.Text == remarkClosed:
		return nil
	}
	return h.syslog(e, "sendmail", id+printable(e.Text))
}
