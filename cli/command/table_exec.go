package command

var execCommands = []*Command{}
