package config

import "net/netip"

// TFTPServer is where write net and configure net go when their own words do not say. The zero value is none.
type TFTPServer struct {
	If   string // "": the releases that name no interface
	Addr netip.Addr
	Path string
}

// SetTFTPServer sets the server, of which there is one; the zero value removes it.
func (e *Edit) SetTFTPServer(s TFTPServer) { e.c.TFTP = s }
