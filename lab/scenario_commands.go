package lab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// labCommand is a command of the scripts.
type labCommand struct {
	args string // its arguments, for people
	help string // one line
	min  int    // words
	max  int    // -1: any number
	run  func(r *run, ctx context.Context, args []string) error

	// absence is how long it waits, behind `!`, for what should not turn up; 0: as long as for what should.
	absence time.Duration
	// asks says that an answer is on its way: the transcript waits for it and shows both together.
	asks bool
}

// Flags of the commands.
const (
	reFlag       = "-re"
	containsFlag = "-contains"
	fileFlag     = "-file"
	heloFlag     = "-helo"
)

// any number of words.
const many = -1

// soon is how long a command waits behind ! for what is to be seen at once.
const soon = 250 * time.Millisecond

// labCommands are the commands by name. ctx ends when the time for the step is over.
var labCommands = map[string]*labCommand{
	"login":  {"telnet|console", "opens a console of the box: telnet from desk, or its serial line", 1, 1, (*run).login, 0, false},
	"enable": {"", "goes to privileged mode with the lab's password", 0, 0, (*run).enable, 0, false},
	"type":   {"[LINE]", "types a line and waits for the next prompt", 0, many, (*run).typeLine, 0, false},
	"key":    {"KEY", "types one key without Enter and waits for the next prompt; also enter, space, esc, ^C", 1, 1, (*run).key, 0, false},
	"see":    {"[-re] TEXT", "TEXT stands in the output of what was typed last", 1, many, (*run).see, 0, false},
	"prompt": {"TEXT", "the line with the cursor is TEXT", 1, many, (*run).prompt, 0, false},
	"hangup": {"", "closes the console", 0, 0, (*run).hangup, 0, false},
	"ends":   {"", "the box has closed the console", 0, 0, (*run).ends, 0, false},

	"client dial":       {"[NAME]", "connects from the Internet to port 25 of the mail server's global address", 0, 1, (*run).clientDial, time.Second, true},
	"client use":        {"NAME", "the connection that the next lines are about", 1, 1, (*run).clientUse, 0, false},
	"client send":       {"LINE", "sends LINE and CR LF in one segment", 1, many, (*run).clientSend, 0, true},
	"client segments":   {"A | B ...", `sends each part in a segment of its own; \r\n is written out`, 1, many, (*run).clientSegments, 0, true},
	"client greeting":   {"[-re|-contains] TEXT", "the next reply, which is the greeting, is TEXT", 1, many, (*run).clientReply, 0, false},
	"client reply":      {"[-re|-contains] TEXT", "the next whole reply is TEXT, its lines joined by \\n", 1, many, (*run).clientReply, 0, false},
	"client silent":     {"", "no octet comes for a second", 0, 0, (*run).clientSilent, 0, false},
	"client sees-close": {"", "the connection is closed or reset, and nothing comes before", 0, 0, (*run).clientSeesClose, 0, false},
	"client close":      {"", "closes the connection", 0, 0, (*run).clientClose, 0, false},

	"server saw":       {"LINE", "exactly this line reached the mail server since `server forget`", 1, many, onMail((*serverRun).saw), serverAbsence, false},
	"server said":      {"LINE", "the mail server sent exactly this line since `server forget`", 1, many, onMail((*serverRun).said), serverAbsence, false},
	"server forget":    {"", "forgets what the mail server has seen", 0, 0, onMail((*serverRun).forget), 0, false},
	"server delivered": {"N", "the mail server took N messages since `server forget`", 1, 1, onMail((*serverRun).delivered), serverAbsence, false},
	"server message":   {"-re|-contains TEXT", "the newest message has TEXT", 2, many, onMail((*serverRun).message), 0, false},
	"server log":       {"[-re|-contains] TEXT", "a line of its log, as servers of its kind write theirs, has TEXT since `server forget`", 1, many, onMail((*serverRun).log), serverAbsence, false},
	"server event":     {"[-re|-contains] TEXT", "an event of its machine has TEXT since `server forget`", 1, many, onMail((*serverRun).event), serverAbsence, false},
	"server linkstate": {"N", "the link state table of the mail server has version N: it begins with 1", 1, 1, onMail((*serverRun).linkstate), serverAbsence, false},
	"server profile":   {"NAME", "the mail server plays another one to new connections: see docs/lab.md", 1, 1, onMail((*serverRun).profile), 0, false},
	"server option":    {"NAME=VALUE", "changes how the mail server plays it", 1, many, onMail((*serverRun).option), 0, false},

	"mx saw":       {"LINE", "exactly this line reached the server of example.net since `mx forget`", 1, many, onMX((*serverRun).saw), serverAbsence, false},
	"mx said":      {"LINE", "the server of example.net sent exactly this line since `mx forget`", 1, many, onMX((*serverRun).said), serverAbsence, false},
	"mx forget":    {"", "forgets what the server of example.net has seen", 0, 0, onMX((*serverRun).forget), 0, false},
	"mx delivered": {"N", "the server of example.net took N messages since `mx forget`", 1, 1, onMX((*serverRun).delivered), serverAbsence, false},
	"mx message":   {"-re|-contains TEXT", "the newest message of the server of example.net has TEXT", 2, many, onMX((*serverRun).message), 0, false},
	"mx log":       {"[-re|-contains] TEXT", "a line of its log, as servers of its kind write theirs, has TEXT since `mx forget`", 1, many, onMX((*serverRun).log), serverAbsence, false},
	"mx event":     {"[-re|-contains] TEXT", "an event of its machine has TEXT since `mx forget`", 1, many, onMX((*serverRun).event), serverAbsence, false},
	"mx linkstate": {"N", "the link state table of the server of example.net has version N: it begins with 1", 1, 1, onMX((*serverRun).linkstate), serverAbsence, false},
	"mx profile":   {"NAME", "the server of example.net plays another one to new connections: see docs/lab.md", 1, 1, onMX((*serverRun).profile), 0, false},
	"mx option":    {"NAME=VALUE", "changes how the server of example.net plays it", 1, many, onMX((*serverRun).option), 0, false},

	"mail auth":       {mailArgs, "a POP3 user's client: AUTH LOGIN, and then a mail to anywhere", 2, many, mailer(popUser), 0, false},
	"mail 8bitmime":   {mailArgs, "a sender that insists on 8BITMIME", 2, many, mail8Bit, 0, false},
	"mail starttls":   {mailArgs, "a sender that demands STARTTLS", 2, many, mailer(demandsTLS), 0, false},
	"mail longheader": {mailArgs, "a mail with a header line of more than 998 octets", 2, many, mailLongHeader, 0, false},
	"mail plain":      {mailArgs, "EHLO, or HELO where that is refused", 2, many, mailer(Sender{}), 0, false},
	"because":         {"[-re] TEXT", "TEXT stands in the reason why the last mail failed", 1, many, (*run).because, 0, false},

	"smtp-option":    {"NAME=VALUE", "an option of the box's SMTP inspection, as of pixsim run; before all other commands", 1, 1, (*run).smtpOption, 0, false},
	"send":           {sendArgs, "a mail by a kind of client, one attempt", 3, many, (*run).sendNow, 0, false},
	"intact":         {"", "the newest message of the server that the last mail went to is that mail, octet for octet", 0, 0, (*run).intact, serverAbsence, false},
	"queue":          {sendArgs, "puts a mail into the queue of a kind of client", 3, many, (*run).queueMail, 0, false},
	"queue run":      {"DURATION", "lets simulated time pass: each queue makes the attempts that are due", 1, 1, (*run).queueRun, 0, false},
	"queue shows":    {"[-re|-contains] TEXT", "TEXT stands in the queues' report: each attempt with its time, outcome and state", 1, many, (*run).queueShows, 0, false},
	"queue attempts": {"N", "so many attempts were made by all queues", 1, 1, (*run).queueAttempts, 0, false},
	"dialog":         {"[-re|-contains] TEXT", "TEXT stands in the box that the mail program shows", 1, many, (*run).dialog, 0, false},
	"ndr":            {"[-re|-contains] TEXT", "TEXT stands in a non-delivery report or a notice of delay", 1, many, (*run).ndr, 0, false},
	"event":          {"[-re|-contains] TEXT", "TEXT stands in the log of a host that sends", 1, many, (*run).eventLogged, 0, false},
	"linkstate":      {"N", "the link state table of the senders' routing group has version N: it begins with 1", 1, 1, (*run).linkStateAt, 0, false},

	"typist dial":  {"[PROFILE]", "a person's telnet client connects to port 25 of the mail server", 0, 1, (*run).typistDial, time.Second, true},
	"typist":       {"PROFILE LINE", `types LINE and Enter as the telnet client of that name sends it; \b is Backspace`, 1, many, (*run).typistTypes, 0, true},
	"typist reply": {"[-re|-contains] TEXT", "the next reply that the person sees is TEXT", 1, many, (*run).typistReply, 0, false},

	"pop3 login": {"USER PASSWORD", "a mail program on the Internet logs on to a mailbox", 2, 2, (*run).popLogin, 0, false},
	"pop3 list":  {"", "lists the mailbox", 0, 0, (*run).popList, 0, false},
	"pop3 retr":  {"N", "gets a message of the mailbox", 1, 1, (*run).popRetrieve, 0, false},
	"pop3 shows": {"[-re|-contains] TEXT", "TEXT stands in what came last", 1, many, (*run).popShows, 0, false},

	"wire use":      {"NAME|NUMBER|newest", "the connection that wire is about: of `client dial NAME`, the NUMBERth through the box, or the newest; dial, use and mail choose theirs", 1, 1, (*run).wireUse, 0, false},
	"wire client":   {"sent|got TEXT", `TEXT, with \r\n written out, stands in what the client sent or got on its side of the box`, 2, many, wireEnd("client"), soon, false},
	"wire server":   {"sent|got TEXT", "the same of the server, on its side", 2, many, wireEnd("server"), soon, false},
	"wire segments": {"client|server sent|got A | B ...", "these are whole segments in a row, as that end sent or got them", 3, many, (*run).wireSegments, soon, false},
	"wire withheld": {"[TEXT]", "TEXT (or anything) arrived at the box and did not leave it", 0, many, (*run).wireWithheld, soon, false},
	"wire added":    {"TEXT", "TEXT left the box and never arrived there", 1, many, (*run).wireAdded, soon, false},
	"wire changed":  {"FROM TO", "FROM arrived at the box and left as TO, in its place; two words", 2, 2, (*run).wireChanged, soon, false},
	"wire same":     {"", "both sides are the same, octet for octet, and something went both ways", 0, 0, (*run).wireSame, soon, false},

	"pc plug":    {"", "plugs a machine in inside, named pc, which asks for an address by DHCP", 0, 0, (*run).pcPlug, time.Second, false},
	"pc lease":   {"[-re|-contains] TEXT", "TEXT stands in what it was told: address, router, dns, wins, domain, for how long", 1, many, (*run).pcLease, 0, false},
	"pc ping":    {"ADDR", "an echo of its is answered", 1, 1, (*run).pcPing, time.Second, false},
	"isp leases": {"N", "the provider's DHCP server outside has given out N addresses", 1, 1, (*run).ispLeases, soon, false},

	"booted":    {"", "waits until the box has booted again", 0, 0, (*run).waitBoot, 0, false},
	"reload":    {"", "types Enter at `Proceed with reload?`, waits until the box has booted, and sees a telnet console closed", 0, 0, (*run).reload, 0, false},
	"flash saw": {"[-re] TEXT", "TEXT stands in the startup-config in flash", 1, many, (*run).flashSaw, 0, false},
}

const (
	mailArgs = "[-helo] [-file NAME] FROM TO"
	sendArgs = "PROFILE [FLAG]... FROM TO..."
)

// ScenarioHelp is the list of the commands, one line each.
func ScenarioHelp() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labCommands)) {
		c := labCommands[name]
		fmt.Fprintf(&b, "%-44s %s\n", strings.TrimSpace(name+" "+c.args), c.help)
	}
	return b.String()
}

// findLabCommand takes the one or two words of the name away.
func findLabCommand(words []string) (*labCommand, []string, error) {
	for n := min(2, len(words)); n > 0; n-- {
		name := strings.Join(words[:n], " ")
		if c := labCommands[name]; c != nil {
			return c, words[n:], c.check(name, words[n:])
		}
	}
	return nil, nil, fmt.Errorf("no command %q: there are %s", strings.Join(words[:min(2, len(words))], " "),
		strings.Join(slices.Sorted(maps.Keys(labCommands)), ", "))
}

func (c *labCommand) check(name string, args []string) error {
	if len(args) < c.min || c.max >= 0 && len(args) > c.max {
		return fmt.Errorf("usage: %s", strings.TrimSpace(name+" "+c.args))
	}
	if len(args) > 0 && args[0] == reFlag {
		if _, err := regexp.Compile(strings.Join(args[1:], " ")); err != nil {
			return err
		}
	}
	return nil
}

// wanted is what a text should be.
type wanted struct {
	says string
	ok   func(string) bool
}

// contains wants a part of a text, as `see` does.
func contains(args []string) wanted {
	if w, ok := flagged(args); ok {
		return w
	}
	text := strings.Join(args, " ")
	return wanted{fmt.Sprintf("a text with %q", text), func(s string) bool { return strings.Contains(s, text) }}
}

// equals wants the whole text, as `client reply` does.
func equals(args []string) wanted {
	if w, ok := flagged(args); ok {
		return w
	}
	text := strings.Join(args, " ")
	return wanted{strconv.Quote(text), func(s string) bool { return s == text }}
}

func flagged(args []string) (wanted, bool) {
	text := strings.Join(args[1:], " ")
	switch args[0] {
	case reFlag:
		re := regexp.MustCompile(text) // check has compiled it
		return wanted{"a text like " + text, re.MatchString}, true
	case containsFlag:
		return contains(args[1:]), true
	}
	return wanted{}, false
}

func (w wanted) in(text string) error {
	if w.ok(text) {
		return nil
	}
	return &unmet{w.says, strconv.Quote(text)}
}

var (
	errNoConsole = errors.New("there is no console: `login telnet` or `login console` first")
	errNoClient  = errors.New("there is no connection: `client dial` first")
)

// password is the lab's, for login and for enable.
const password = "cisco"

func (r *run) login(ctx context.Context, args []string) (err error) {
	switch args[0] {
	case "telnet":
		if r.console, err = r.lab.telnet(ctx, "desk", BoxInside); err != nil {
			return err
		}
		r.consoles = append(r.consoles, r.console)
		if err := r.answer(ctx, askPrompt, password); err != nil {
			return err
		}
	case "console":
		r.console, r.onLine = r.line, true
		r.line.events() // the boot text is not repeated
		if err := r.console.send("\r"); err != nil {
			return err
		}
		return r.console.settled(ctx, execPrompt)
	default:
		return fmt.Errorf("login %s: there is telnet and console", args[0])
	}
	if err := r.console.settled(ctx, userPrompt); err != nil {
		return err
	}
	return r.open()
}

// answer types a line once the box asks for it.
func (r *run) answer(ctx context.Context, question prompt, line string) error {
	if err := r.console.settled(ctx, question); err != nil {
		return err
	}
	return r.console.send(line + "\r\n")
}

// open says whether the console is still there.
func (r *run) open() error {
	if text, closed, _ := r.console.output(); closed {
		return &unmet{"an open console", fmt.Sprintf("that it was closed after %q", text)}
	}
	return nil
}

func (r *run) enable(ctx context.Context, _ []string) error {
	if err := r.typeLine(ctx, []string{"enable"}); err != nil {
		return err
	}
	if err := r.typeLine(ctx, []string{password}); err != nil {
		return err
	}
	if row := r.console.row(); !strings.HasSuffix(strings.TrimSpace(row), "#") {
		return &unmet{"a privileged prompt", strconv.Quote(row)}
	}
	return nil
}

func (r *run) typeLine(ctx context.Context, words []string) error {
	if r.console == nil {
		return errNoConsole
	}
	if err := r.open(); err != nil {
		return err
	}
	if err := r.console.send(strings.Join(words, " ") + r.enterKey()); err != nil {
		return err
	}
	return r.console.settled(ctx, afterEnter)
}

// enterKey is what Enter sends: CR LF over telnet (RFC 854), CR on a serial line.
func (r *run) enterKey() string {
	if r.console == r.line {
		return "\r"
	}
	return "\r\n"
}

// keys are those that have names.
var keys = map[string]string{"space": " ", "esc": "\x1b", "^C": "\x03"}

func (r *run) key(ctx context.Context, args []string) error {
	if r.console == nil {
		return errNoConsole
	}
	k, named := keys[args[0]]
	switch {
	case args[0] == "enter":
		k = r.enterKey()
	case !named && len(args[0]) != 1:
		return fmt.Errorf("%s is no key", args[0])
	case !named:
		k = args[0]
	}
	if err := r.console.send(k); err != nil {
		return err
	}
	return r.console.settled(ctx, anyPrompt)
}

func (r *run) see(_ context.Context, args []string) error {
	if r.console == nil {
		return errNoConsole
	}
	text, _, _ := r.console.output()
	return contains(args).in(text)
}

func (r *run) prompt(_ context.Context, args []string) error {
	if r.console == nil {
		return errNoConsole
	}
	w := equals(args)
	return w.in(strings.TrimRight(r.console.row(), " "))
}

func (r *run) hangup(context.Context, []string) error {
	if r.console == nil {
		return errNoConsole
	}
	if r.console == r.line {
		return errors.New("a serial line cannot be hung up")
	}
	defer func() { r.console = nil }()
	return r.console.Close()
}

func (r *run) ends(ctx context.Context, _ []string) error {
	if r.console == nil {
		return errNoConsole
	}
	for {
		text, closed, changed := r.console.output()
		if closed {
			return nil
		}
		select {
		case <-ctx.Done():
			return &unmet{"that the box closes the console", strconv.Quote(text)}
		case <-changed:
		}
	}
}
