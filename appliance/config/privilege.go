package config

// Privilege is the level that a privilege line gives to one form of a command.
type Privilege struct {
	Form    string // "show", "clear", "configure"
	Mode    string // "enable", "configure"; "": wherever the form exists
	Command string // its first word, "access-list"
	Level   int
}

// SetPrivilege gives a form of a command a level. A line without a mode takes the place of those with one.
func (e *Edit) SetPrivilege(p Privilege) {
	if p.Mode == "" {
		for _, mode := range []string{"enable", "configure"} {
			e.RemovePrivilege(Privilege{Form: p.Form, Mode: mode, Command: p.Command})
		}
	}
	put(&e.c.Privileges, p, p.names)
}

// RemovePrivilege takes the line of that form, mode and command back; false when there is none such.
func (e *Edit) RemovePrivilege(p Privilege) bool {
	return removeFirst(&e.c.Privileges, func(v Privilege) bool { return p.names(&v) })
}

func (p Privilege) names(v *Privilege) bool {
	return v.Form == p.Form && v.Mode == p.Mode && v.Command == p.Command
}

// ClearPrivileges gives every command its usual level back.
func (e *Edit) ClearPrivileges() { e.c.Privileges = nil }

// PrivilegeOf is the level that privilege lines give to a form of a command in a mode; false where they say nothing.
func (c *Config) PrivilegeOf(form, mode, command string) (int, bool) {
	for _, m := range []string{mode, ""} {
		if p, ok := find(c.Privileges, (Privilege{Form: form, Mode: m, Command: command}).names); ok {
			return p.Level, true
		}
	}
	return 0, false
}

// CommandAuth says who is asked before a command runs.
type CommandAuth struct {
	Group string // "LOCAL", or an aaa-server; "": nobody
	Local bool   // LOCAL behind the group
}

// SetCommandAuth sets who is asked before a command runs; the zero value: nobody.
func (e *Edit) SetCommandAuth(a CommandAuth) { e.c.CommandAuth = a }

// SetAuthPrompt sets the text that AAA shows on an occasion: "prompt", "accept" or "reject". "" is none.
func (e *Edit) SetAuthPrompt(kind, text string) {
	is := func(v *AuthPrompt) bool { return v.Kind == kind }
	if text == "" {
		removeFirst(&e.c.AuthPrompts, func(v AuthPrompt) bool { return is(&v) })
		return
	}
	put(&e.c.AuthPrompts, AuthPrompt{kind, text}, is)
}

// AuthPrompt is the text that AAA shows on an occasion; "" is none.
func (c *Config) AuthPrompt(kind string) string {
	p, _ := find(c.AuthPrompts, func(v *AuthPrompt) bool { return v.Kind == kind })
	return p.Text
}

// AuthPrompt is the text that AAA shows on one occasion.
type AuthPrompt struct{ Kind, Text string }
