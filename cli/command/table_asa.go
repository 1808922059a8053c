package command

var asaCommands = []*Command{}
