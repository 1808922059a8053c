package command

// ConfigCommands are the commands that PIX and ASA share and those of the PIX, without the ASA's own.
var ConfigCommands = configCommands()

// SpanOf is spanOf.
var SpanOf = spanOf

// RelatedNames are the commands that pages of help send their readers to.
func RelatedNames() []string {
	var out []string
	for _, names := range related {
		out = append(out, names...)
	}
	return out
}

// ValueHelp is the table of what values are.
func ValueHelp() map[string]string { return valueHelp }
