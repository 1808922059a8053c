package command

// ConfigCommands are the commands that PIX and ASA share and those of the PIX, without the ASA's own.
var ConfigCommands = configCommands

// SpanOf is spanOf.
var SpanOf = spanOf
