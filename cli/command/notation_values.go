package command

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// valueKinds are the kinds of values that a notation names.
var valueKinds = map[string]func(name string) piece{
	"addr":   addrVal,
	"mask":   maskVal,
	"net":    func(name string) piece { return netVal("ip_address", "mask") },
	"if":     func(string) piece { return ifVal() },
	"(if)":   func(string) piece { return ifParenVal() },
	"text":   textVal,
	"time":   timeVal,
	"mac":    macVal,
	"acl":    func(string) piece { return aclVal() },
	"level":  func(string) piece { return levelVal() },
	"range":  rangeVal,
	"area":   func(name string) piece { return val(name, areaType(), plainWord) },
	"prefix": func(name string) piece { return val(name, prefixType(), plainWord) },
	"port": func(name string) piece {
		return val(name, g.Port(""), func(n uint16) config.Word { return plainWord(fmt.Sprint(n)) })
	},
	"tcp":  func(name string) piece { return namedPort(name, 6) },
	"udp":  func(name string) piece { return namedPort(name, 17) },
	"long": func(name string) piece { return val(name, g.Ident(255), plainWord) },
	"port-id": func(name string) piece {
		return val(name, portType(), plainWord)
	},
	"hex":    func(name string) piece { return val(name, hexType(128), plainWord) },
	"host":   func(name string) piece { return val(name, hostType(), func(w config.Word) config.Word { return w }) },
	"ip":     func(name string) piece { return val(name, anyAddr(), func(w config.Word) config.Word { return w }) },
	"secret": maskedVal,
	"ip6":    addr6Val,
	"net6": func(name string) piece {
		return val(name, prefix6(), func(p netip.Prefix) config.Word { return plainWord(p.String()) })
	},
	"transform": func(name string) piece {
		return enumVal(name, "esp-aes", "esp-aes-192", "esp-aes-256", "esp-des", "esp-3des", "esp-null", "esp-md5-hmac", "esp-sha-hmac", "esp-none")
	},
	"quoted": func(name string) piece { return val(name, quotedType(), plainWord) },
	"weekday": func(name string) piece {
		return enumVal(name, "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
	},
	"month": func(name string) piece {
		return enumVal(name, "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
	},
	"clock":      func(name string) piece { return val("hh:mm", clockType(), plainWord) },
	"as":         func(name string) piece { return val(name, asType(), plainWord) },
	"peer":       func(name string) piece { return either(addrVal("ip_address"), addr6Val("ipv6_address")) },
	"xlate-rule": func(name string) piece { return textVal(name) },
	"dscp":       func(name string) piece { return val(name, numberedWord(dscpNames, 63), plainWord) },
	"precedence": func(name string) piece { return val(name, numberedWord(precedenceNames, 7), plainWord) },
	"message-id": func(name string) piece { return val(name, messageIDType(), plainWord) },
	"vlans":      func(name string) piece { return val(name, vlansType(), plainWord) },
	"signed":     func(name string) piece { return val(name, signedHours(), plainWord) },
}

// namedPort is a port by its name, where it has one.
func namedPort(name string, proto uint8) piece {
	return valIn(name, g.Port(protoWord(proto)), func(c *config.Config, n uint16) config.Word {
		if c == nil {
			return plainWord(fmt.Sprint(n))
		}
		return plainWord(g.PortName(c.Release, protoWord(proto), n))
	})
}

// masks are what stands for keys and passwords of 7.0 and later (captures of 8.0, 8.2 and 9.x).
var masks = []spanWord{
	{"*", release.Since(release.V(7, 0)).Through(release.V(8, 2))},
	{"*****", since83},
}

// maskedVal is a key or password, which only the startup configuration and more system:running-config show.
func maskedVal(name string) piece {
	return valIn(name, g.Ident(255), func(c *config.Config, s string) config.Word {
		w := config.Word{Text: s}
		if c != nil {
			for m := range release.Rows(c.Release, masks) {
				w.Secret = m.word
			}
		}
		return w
	})
}

// hostType is an address or the name of a host: no word of digits and dots alone, which is meant to be an address.
func hostType() g.Type[config.Word] {
	ip, name := anyAddr(), g.Ident(128)
	return g.Type[config.Word]{
		Label: "Hostname or A.B.C.D",
		Parse: func(e g.Env, w string) (config.Word, error) {
			if a, err := ip.Parse(e, w); err == nil {
				return a, nil
			}
			if strings.Trim(w, "0123456789.") == "" {
				return config.Word{}, g.ErrAddress
			}
			n, err := name.Parse(e, w)
			return plainWord(n), err
		},
		Sample: func(e g.Env, r *rand.Rand) string {
			if r.IntN(3) == 0 {
				return name.Sample(e, r)
			}
			return ip.Sample(e, r)
		},
	}
}

// anyAddr is an address of either version.
func anyAddr() g.Type[config.Word] {
	four, six := g.Addr(), addr6()
	return g.Type[config.Word]{
		Label: "A.B.C.D or X:X:X:X::X",
		Parse: func(e g.Env, w string) (config.Word, error) {
			if a, err := four.Parse(e, w); err == nil {
				return addrWord(a), nil
			}
			a, err := six.Parse(e, w)
			return plainWord(a.String()), err
		},
		Sample: func(e g.Env, r *rand.Rand) string {
			if r.IntN(4) == 0 {
				return six.Sample(e, r)
			}
			return four.Sample(e, r)
		},
	}
}

func addr6Val(name string) piece {
	return val(name, addr6(), func(a netip.Addr) config.Word { return plainWord(a.String()) })
}

// addr6 is an IPv6 address.
func addr6() g.Type[netip.Addr] {
	return g.Type[netip.Addr]{
		Label: "X:X:X:X::X",
		Parse: func(_ g.Env, w string) (netip.Addr, error) {
			a, err := netip.ParseAddr(w)
			if err != nil || !a.Is6() || a.Zone() != "" {
				return netip.Addr{}, g.ErrAddress
			}
			return a, nil
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return fmt.Sprintf("2001:db8::%x", 1+r.IntN(65535)) },
	}
}

// prefix6 is an IPv6 prefix, or address with the length of its prefix, as it was typed.
func prefix6() g.Type[netip.Prefix] {
	return g.Type[netip.Prefix]{
		Label: "X:X:X:X::X/<0-128>",
		Parse: func(_ g.Env, w string) (netip.Prefix, error) {
			p, err := netip.ParsePrefix(w)
			if err != nil || !p.Addr().Is6() {
				return netip.Prefix{}, g.ErrAddress
			}
			return p, nil
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return fmt.Sprintf("2001:db8:%x::/64", 1+r.IntN(65535)) },
	}
}

// quotedType is a word, or several between quotes, which stay where they are.
func quotedType() g.Type[string] {
	t := g.Ident(255)
	parse := t.Parse
	t.Join = func(word, _ string) bool {
		return strings.HasPrefix(word, `"`) && (len(word) == 1 || !strings.HasSuffix(word, `"`))
	}
	t.Quoted = true
	t.Parse = func(e g.Env, w string) (string, error) {
		if strings.Contains(w, " ") {
			return `"` + w + `"`, nil
		}
		return parse(e, w)
	}
	return t
}

// clockType is a time of the day, hh:mm.
func clockType() g.Type[string] {
	return g.Type[string]{
		Label: "hh:mm",
		Parse: func(_ g.Env, w string) (string, error) {
			t, err := time.Parse("15:04", w)
			return t.Format("15:04"), err
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return fmt.Sprintf("%02d:%02d", r.IntN(24), r.IntN(60)) },
	}
}

// asType is the number of an autonomous system, of four octets perhaps in two parts.
func asType() g.Type[string] {
	whole, half := g.Int(1, 4294967295), g.Int(0, 65535)
	return g.Type[string]{
		Label: "<1-4294967295>",
		Parse: func(e g.Env, w string) (string, error) {
			hi, lo, dotted := strings.Cut(w, ".")
			if !dotted {
				_, err := whole.Parse(e, w)
				return w, err
			}
			if _, err := half.Parse(e, hi); err != nil {
				return "", err
			}
			_, err := half.Parse(e, lo)
			return w, err
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return fmt.Sprint(1 + r.IntN(65000)) },
	}
}

// vlansType are numbers of VLANs and ranges of them, joined by commas.
func vlansType() g.Type[string] {
	one := g.Int(1, 4090)
	return g.Type[string]{
		Label: "LINE",
		Parse: func(e g.Env, w string) (string, error) {
			for part := range strings.SplitSeq(w, ",") {
				for n := range strings.SplitSeq(part, "-") {
					if _, err := one.Parse(e, n); err != nil {
						return "", err
					}
				}
			}
			return w, nil
		},
		Sample: func(_ g.Env, r *rand.Rand) string { n := 1 + r.IntN(4000); return fmt.Sprintf("%d,%d-%d", n, n+1, n+9) },
	}
}

// dscpNames and precedenceNames are the names of code points and of precedences (command reference of 7.2, match dscp and
// match precedence).
var (
	dscpNames = []string{"af11", "af12", "af13", "af21", "af22", "af23", "af31", "af32", "af33", "af41", "af42", "af43",
		"cs1", "cs2", "cs3", "cs4", "cs5", "cs6", "cs7", "default", "ef"}
	precedenceNames = []string{"critical", "flash", "flash-override", "immediate", "internet", "network", "priority", "routine"}
)

// numberedWord is one of names, or a number of up to most.
func numberedWord(names []string, most int) g.Type[string] {
	word, num := g.Enum(names...), g.Int(0, most)
	return g.Type[string]{
		Label: "WORD", Words: word.Words, Sample: word.Sample,
		Parse: func(e g.Env, w string) (string, error) {
			if _, err := num.Parse(e, w); err == nil {
				return w, nil
			}
			return word.Parse(e, w)
		},
	}
}

// messageIDType is the number of a message of Skinny, decimal or 0x and hexadecimal digits.
func messageIDType() g.Type[string] {
	num := g.Int(0, 65535)
	return g.Type[string]{
		Label: "<0x0-0xffff>",
		Parse: func(e g.Env, w string) (string, error) {
			if hex, ok := strings.CutPrefix(strings.ToLower(w), "0x"); ok {
				_, err := strconv.ParseUint(hex, 16, 16)
				return "0x" + hex, err
			}
			_, err := num.Parse(e, w)
			return w, err
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return fmt.Sprintf("0x%x", r.IntN(0x200)) },
	}
}
