// Package pixsim holds what an installed binary needs of the source tree: the startup-config and the labs of docs.
package pixsim

import "embed"

// StartupConfig is the configuration that `pixsim run` boots by default: a PIX 6.3 in front of an Exchange server.
//
//go:embed startup-config
var StartupConfig string

// Labs are the scenarios of docs/labs.
//
//go:embed docs/labs
var Labs embed.FS
