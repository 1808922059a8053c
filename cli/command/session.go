package command

import (
	"context"
	"io"
	"iter"
	"net/netip"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/dataplane"
)

// Session is what a running exec command sees of the console it was typed at. Writes to Out pass the output filter and
// the pager; Out returns an error once the reader quits the pager: return it.
type Session interface {
	Out() io.Writer
	Printf(format string, args ...any)
	Say(key release.Key, args ...any) // the release's words and a line end
	Release() *release.Release
	Box() Box

	// Confirm asks and acts on one key: Enter, y and Y are yes (a release's reload says otherwise by its own key set).
	// Key asks and returns the key. Ask reads a line, Secret one without showing it (stars or nothing), Answer one of a
	// dialogue, which ^Z leaves as ^C does.
	Confirm(prompt string) (bool, error)
	Key(prompt string) (byte, error)
	Ask(prompt string) (string, error)
	Secret(prompt string, stars bool) (string, error)
	Answer(prompt string) (string, error)

	Mode() Mode
	SetMode(m Mode, path ...string) // enable, disable, configure terminal, exit, end
	Path() Path                     // the object of the session's sub-mode
	End()                           // log off after this command
	Privilege() int
	SetPrivilege(level int, user string)
	User() string // "enable_15", "enable_1" or a user name
	From() string // "console", or the address of the far side

	Width() int // columns of the session; 0 unlimited
	Page() int  // lines of the session's pager; 0 off
	SetPage(n int)
	History() []string
	Dir() string // the directory that the session is in; "" is the root
	SetDir(path string)
	// Monitor: log messages are copied to this session.
	Monitor() bool
	SetMonitor(on bool)
	// Commands are those legal in mode m for the release, in alphabetical order.
	Commands(m Mode) iter.Seq[*Command]
	// Listed are those of the session's mode that a list of help names; clears: as what may stand behind clear.
	Listed(clears bool) iter.Seq[*Command]
	// Running renders the running configuration; Section-less filters belong to the caller.
	Running(v View) iter.Seq[string]
	// Merge applies text as configuration lines to the running configuration (configure memory).
	Merge(ctx context.Context, text string) error
	// Apply is Merge without printing: what the device says, by the number of the line.
	Apply(ctx context.Context, text string) (said map[int][]string, err error)
	// HelpOn prints the page about the commands that topic begins.
	HelpOn(topic string)
}

// Box is the appliance as commands see it. All methods may be called by several sessions at a time.
type Box interface {
	FileServer
	DHCPServer
	DHCPClient
	Resolver

	Release() *release.Release
	Config() *config.Config
	// Edit runs f on a fresh Edit of the running configuration and keeps the result if f returns nil; Settle puts what
	// was kept in force. The console calls Settle before it prompts or runs an exec command.
	Edit(f func(*config.Edit) error) error
	Settle()

	Now() time.Time // the box's clock
	SetClock(t time.Time)
	ClockTyped() bool // the time was set since the box booted
	Uptime() time.Duration
	TCP() TCPCounts // of the box's own connections, since boot
	Zone() *time.Location

	// Do runs f in the engine's goroutine and waits: f reads or clears dataplane.State and keeps nothing of it.
	Do(f func(*dataplane.State))
	Memory() (used, free uint64) // octets, the simulator's own, in the model's memory

	// Startup is the stored configuration text; false when there is none. Save renders and stores the running
	// configuration atomically and returns its checksum and size; Erase removes it.
	Startup() (string, bool)
	// BootVariables are those of the last Save; ConfigAtBoot is the file that the box read when it booted.
	BootVariables() BootVariables
	ConfigAtBoot() string
	// AddressAtBoot is the address that an interface had when the box had booted, by its hardware id.
	AddressAtBoot(hardware string) netip.Prefix
	// BootFaults is what the boot said about the lines of its configuration, for show startup-config errors.
	BootFaults() string
	ClearBootFaults()
	Save(by string) (sum [16]byte, size int, took time.Duration, err error)
	Erase() error
	// Setup holds the dialogue of a first boot: it writes to w, asks by get, and keeps and saves the answers in the name of by.
	Setup(w io.Writer, get func(prompt string) (string, error), by string) error
	// Text is what Save would store, and its checksum. Store makes text the stored configuration as it is.
	Text(by string) (text string, sum [16]byte)
	Store(text string) error
	Checksum() [16]byte // as show checksum prints it
	Modified() (by string, at time.Time, changed bool)
	Dirty() bool // running differs from startup
	Reload(from string)
	// Schedule puts a reload off; a later one takes its place. Unschedule calls it off; false: there is none. Every session but
	// that of s is told.
	Schedule(r ScheduledReload, s Session)
	Scheduled() (ScheduledReload, bool)
	Unschedule(s Session) bool
	// FlashFiles are the box's own files in flash, for show flashfs; Disk is where people keep theirs.
	FlashFiles() []FlashFile
	Disk() Disk

	// RSAKeys are the box's key pairs. GenerateRSA makes one under a name, or two with special, ZeroizeRSA forgets those of one;
	// neither touches flash. SaveRSA makes flash have what there is now or, without keep, none.
	RSAKeys() []RSAKey
	GenerateRSA(name string, special bool) error
	ZeroizeRSA(name string) // "": all
	SaveRSA(keep bool) error

	// Ping sends n echo requests from the box, each of which waits for its answer for so long, reporting each; it ends with ctx.
	Ping(ctx context.Context, ifname string, to netip.Addr, n, size int, wait time.Duration, each func(ok bool, rtt time.Duration)) error

	// Asked reports whether the question about call-home is to be asked now: once in a life that began with the factory
	// configuration.
	Asked() bool

	// LoggedIn counts a login of a user, from an address or the console, and tells of those before it; LoginFailed counts one
	// that was refused.
	LoggedIn(user, from string) LoginHistory
	LoginFailed(user, from string)
	Logins() map[string]LoginHistory // of all users that are known

	Sessions() []SessionInfo
	MostSessions(kind string) int // at one time, since the program began
	Kill(id int) bool
	KillSSH(id int) bool

	// Log is the logging subsystem's state and buffer for show logging; ClearLog empties the buffer.
	Log() LogState
	ClearLog()
	// Event raises a syslog message by id key, worded by the release.
	Event(key release.Key, args ...any)

	// Debug switches of this box; every monitor of the switching session gets the text.
	DebugICMP(s Session, on bool)
	DebuggingICMP(s Session) bool // whether it is on for s
	// DebugPacket shows s the packets that fit f from now on, and no others; nil: none. DebuggingPacket is the command that is
	// in force, "" for none.
	DebugPacket(s Session, f *PacketFilter)
	// Debug switches a debugging of the command reference, by its command, for s; Debugging are those that are on, in the order in
	// which they were switched on.
	Debug(s Session, command string, on bool)
	Debugging(s Session) []string
	DebuggingPacket(s Session) string

	// Perfmon is what perfmon sets for the session of s; SetPerfmon sets it, and while it is verbose the statistics come
	// to that session.
	Perfmon(s Session) Perfmon
	SetPerfmon(s Session, p Perfmon)
	// Tasks are what the box itself is busy with beside the engine, those of its sessions included; s is the one that asks.
	Tasks(s Session) []Task

	// Carrier reports whether interface i, by its place in the configuration, has a link.
	Carrier(i int) bool

	// StartCapture starts a capture, or changes the one of its name, which keeps what it caught; an interface that there is
	// not catches nothing. false: there are too many, or their buffers are too big together. StopCapture ends and forgets it,
	// ClearCapture empties it; false: there is none such.
	StartCapture(c CaptureSpec) bool
	// WatchCapture is StartCapture, and calls each, behind begun, with every frame that is caught until ctx ends or each fails;
	// then the capture goes on. Frames that come too fast are not shown.
	WatchCapture(ctx context.Context, c CaptureSpec, begun func(), each func(dataplane.Captured) error) bool
	StopCapture(name string) bool
	ClearCapture(name string) bool
	// Captures are those that were started, in their order; Captured what one caught, copies; false: there is none such.
	Captures() []CaptureState
	Captured(name string) ([]dataplane.Captured, bool)
	// ClearDrops sets the counts of dropped packets to zero, by a user; DropsCleared is when that was done last.
	ClearDrops(c DropClass, by string)
	DropsCleared() (frames, flows Cleared)
	// Selects is what tells the frames that an access-list permits, or permits the answer to; false: there is no such list.
	Selects(list string) (func(dataplane.Captured) bool, bool)
}

// Cleared is when counters were set to zero by a command, and by whom; the zero value: never.
type Cleared struct {
	At time.Time
	By string
}

// TCPCounts is what the box's own TCP did: connections now, at most at one time and in all; segments.
type TCPCounts struct {
	Now, Most, Made             uint64
	Sent, Received, Bad, BadSum uint64
}

// CaptureSpec is what the capture command says.
type CaptureSpec struct {
	Name       string
	Interfaces []string     // none: nothing is caught
	ACL        string       // "": Match decides
	Match      []config.ACE // either direction; empty: everything
	MatchText  []string     // the match lines as typed, for show capture
	Buffer     int          // octets kept
	Snap       int          // octets kept of a packet
	Circular   bool
	EtherType  uint16 // 0: all
	OneWay     bool   // ACL is for packets as they are, not for the answers to them

	Kind        string // "": packets on wires; "asp-drop", or a kind that catches nothing here
	Reason      string // of asp-drop: "acl-drop", "all"
	Headers     bool
	Traces      int // packets whose way is kept
	TraceDetail bool
}

// CaptureState is a capture and how far it came.
type CaptureState struct {
	CaptureSpec
	Octets int
	Full   bool // the buffer is full and not circular
}

// SessionInfo is one line of who or show ssh sessions.
type SessionInfo struct {
	ID      int
	Kind    string // "telnet", "ssh", "console"
	From    netip.AddrPort
	User    string
	Cipher  string // ssh
	Since   time.Time
	Version string
}

// FlashFile is one file of flash.
type FlashFile struct {
	Name string
	Size int
	Time time.Time
}

// LogState is what show logging prints.
type LogState struct {
	Buffer   []string // lines, oldest first
	Buffered int      // messages ever put into each destination
	Console  int
	Monitor  int
	Trap     int
	History  int
	ASDM     int
	// Queued messages wait for the syslog servers, MostQueued did at one time, Discarded found no place.
	Queued, MostQueued, Discarded int
}
