package config

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pixsim/appliance/release"
)

// Allow is a network behind an interface that may speak to the box.
type Allow struct {
	Net Net
	If  string
}

// EnablePassword is the password of a privilege level.
type EnablePassword struct {
	Level int // 15 is the usual one
	Hash  string
}

// User is an account of the box's own.
type User struct {
	Name       string
	Hash       string
	NoPassword bool
	Privilege  int
}

// AAAConsole says who is asked for a user and a password at one way in: "telnet", "ssh", "serial", "enable", "http".
type AAAConsole struct {
	Service string
	Group   string // "LOCAL", or an aaa-server
	Local   bool   // LOCAL behind the group
}

// Banner is the text of one kind of banner: "exec", "login", "motd".
type Banner struct {
	Kind  string
	Lines []string
}

// Services are the switches of the service command.
type Services struct {
	ResetInbound bool
	ResetOutside bool
}

// DefaultPasswd is the login password's hash where none was set; "" is none.
func DefaultPasswd(rel *release.Release) string {
	if rel.Config.NoPasswd {
		return ""
	}
	return Hash(rel, "cisco", "")
}

// DefaultEnable are the enable passwords where none was set: a blank one, or none where whoever enables is asked to set it.
func DefaultEnable(rel *release.Release) []EnablePassword {
	if rel.Console.EnableLeast > 0 {
		return nil
	}
	return []EnablePassword{{Level: 15, Hash: Hash(rel, "", "")}}
}

// SetPasswd sets the login password's hash; "" is none.
func (e *Edit) SetPasswd(hash string) { e.c.Passwd = hash }

// SetEnable sets the password of a level.
func (e *Edit) SetEnable(p EnablePassword) {
	put(&e.c.EnablePasswords, p, func(v *EnablePassword) bool { return v.Level == p.Level })
	s := slices.Clone(e.c.EnablePasswords)
	slices.SortFunc(s, func(a, b EnablePassword) int { return cmp.Compare(a.Level, b.Level) })
	e.c.EnablePasswords = s
}

// RemoveEnable removes the password of a level.
func (e *Edit) RemoveEnable(level int) bool {
	return removeFirst(&e.c.EnablePasswords, func(v EnablePassword) bool { return v.Level == level })
}

// Enable is the hash of a level's password.
func (c *Config) Enable(level int) (string, bool) {
	p, ok := find(c.EnablePasswords, func(v *EnablePassword) bool { return v.Level == level })
	return p.Hash, ok
}

// SetUser adds an account, or replaces the one of its name.
func (e *Edit) SetUser(u User) { e.c.Users = e.c.Users.put(u) }

func (u User) key() ID { return key("user ").text(u.Name).id() }

// RemoveUser removes an account; false when there is none such.
func (e *Edit) RemoveUser(name string) bool { return remove(&e.c.Users, User{Name: name}.key()) }

// ClearUsers removes every account.
func (e *Edit) ClearUsers() { e.c.Users = Table[User]{} }

// User is the account of that name.
func (c *Config) User(name string) (User, bool) { return c.Users.get(User{Name: name}.key()) }

// SetAAAConsole sets who is asked at a way in.
func (e *Edit) SetAAAConsole(a AAAConsole) {
	put(&e.c.AAAConsole, a, func(v *AAAConsole) bool { return v.Service == a.Service })
}

// RemoveAAAConsole removes it; false when there is none for the service.
func (e *Edit) RemoveAAAConsole(service string) bool {
	return removeFirst(&e.c.AAAConsole, func(v AAAConsole) bool { return v.Service == service })
}

// Console is who is asked at a way in.
func (c *Config) Console(service string) (AAAConsole, bool) {
	return find(c.AAAConsole, func(v *AAAConsole) bool { return v.Service == service })
}

// AddTelnet admits a network to telnet; false when it is admitted already.
func (e *Edit) AddTelnet(a Allow) bool { return add(&e.c.Telnet, a) }

// AddSSH is AddTelnet for ssh.
func (e *Edit) AddSSH(a Allow) bool { return add(&e.c.SSH, a) }

// RemoveTelnet takes the admission back, of any interface when none is named; false when there is none such.
func (e *Edit) RemoveTelnet(a Allow) bool { return a.removeFrom(&e.c.Telnet) }

// RemoveSSH is RemoveTelnet for ssh.
func (e *Edit) RemoveSSH(a Allow) bool { return a.removeFrom(&e.c.SSH) }

func (a Allow) key() ID { return key("allow ").text(a.If).net(a.Net).id() }

func (a Allow) removeFrom(t *Table[Allow]) bool {
	if a.If != "" {
		return remove(t, a.key())
	}
	for v := range t.Values() {
		if v.Net == a.Net {
			return remove(t, v.key())
		}
	}
	return false
}

// ClearTelnet admits nobody to telnet any more.
func (e *Edit) ClearTelnet() { e.c.Telnet = Table[Allow]{} }

// ClearSSH admits nobody to ssh any more.
func (e *Edit) ClearSSH() { e.c.SSH = Table[Allow]{} }

// SetTelnetTimeout sets how long a telnet session may idle.
func (e *Edit) SetTelnetTimeout(d time.Duration) { e.c.TelnetTimeout = d }

// SetSSHTimeout sets how long an ssh session may idle.
func (e *Edit) SetSSHTimeout(d time.Duration) { e.c.SSHTimeout = d }

// SetConsoleTimeout sets how long the serial console may idle; 0 is for ever.
func (e *Edit) SetConsoleTimeout(d time.Duration) { e.c.ConsoleTimeout = d }

// SetPager sets the lines of a page; 0 is no pager.
func (e *Edit) SetPager(lines int) { e.c.Pager = lines }

// MaxWidth is the widest screen that can be set (7.0 and later); it stands for no limit.
const MaxWidth = 511

// SetWidth sets the columns of every session; 0 is no limit.
func (e *Edit) SetWidth(columns int) { e.c.Width = columns }

// AddBanner appends a line to a banner.
func (e *Edit) AddBanner(kind, line string) {
	b, _ := find(e.c.Banners, func(v *Banner) bool { return v.Kind == kind })
	put(&e.c.Banners, Banner{kind, added(b.Lines, line)}, func(v *Banner) bool { return v.Kind == kind })
}

// RemoveBannerLine takes one line out of a banner; false when there is none such.
func (e *Edit) RemoveBannerLine(kind, line string) bool {
	b, _ := find(e.c.Banners, func(v *Banner) bool { return v.Kind == kind })
	if !removeFirst(&b.Lines, func(v string) bool { return v == line }) {
		return false
	}
	if len(b.Lines) == 0 {
		return e.RemoveBanner(kind)
	}
	put(&e.c.Banners, b, func(v *Banner) bool { return v.Kind == kind })
	return true
}

// RemoveBanner removes a banner; false when there is none.
func (e *Edit) RemoveBanner(kind string) bool {
	return removeFirst(&e.c.Banners, func(v Banner) bool { return v.Kind == kind })
}

// ClearBanners removes them all.
func (e *Edit) ClearBanners() { e.c.Banners = nil }

// Banner is the text of a banner, lines joined by LF; "" when there is none.
func (c *Config) Banner(kind string) string {
	b, _ := find(c.Banners, func(v *Banner) bool { return v.Kind == kind })
	return strings.Join(b.Lines, "\n")
}

// SetServices sets the switches of the service command.
func (e *Edit) SetServices(s Services) { e.c.Services = s }

// SetSameSecurity sets same-security-traffic permit inter-interface and intra-interface.
func (e *Edit) SetSameSecurity(inter, intra bool) { e.c.SameInter, e.c.SameIntra = inter, intra }
