package main

import (
	"context"
)

type labCmd struct {
	List labListCmd `cmd:"" help:"List the scenarios of docs/labs."`
	Run  labRunCmd  `cmd:"" help:"Run a scenario and show what happens on both sides of the box."`
}

type labListCmd struct{}

func (labListCmd) Run(s streams) error { return nil }

type labRunCmd struct {
	Name string `arg:"" help:"Scenario, as pixsim lab list names it."`
}

func (c labRunCmd) Run(ctx context.Context, s streams) error { return nil }
