// Package dataplane is the packet path of the appliance: interfaces, connections, translations, verdicts and timers. It
// knows no command text and no release: an immutable Policy, compiled from a configuration, tells it what to do.
package dataplane
