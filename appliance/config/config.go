// Package config is the typed model of a running configuration: immutable once published, edited by copy on write. It
// knows no command text, no console and no packet.
package config

// Config is one configuration. A published *Config is never written to; an Edit shares what it does not change.
type Config struct {
	Hostname string
}

// Edit is a configuration being changed: New starts it, the methods change it, Config ends it.
type Edit struct {
	c Config
}
