package lab

import (
	"bytes"
	"crypto/des"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"math/bits"
	"strings"
	"unicode/utf16"
)

// NTLM by its three messages (MS-NLMP): what a mail client of the time needs, no session security.

const ntlmSignature = "NTLMSSP\x00"

// Flags of MS-NLMP section 2.2.2.5.
const (
	ntlmUnicode    = 0x00000001
	ntlmOEM        = 0x00000002
	ntlmTarget     = 0x00000004
	ntlmNTLM       = 0x00000200
	ntlmAlwaysSign = 0x00008000
	ntlmServerType = 0x00020000
	ntlmExtended   = 0x00080000
	ntlmTargetInfo = 0x00800000
)

var errNTLM = errors.New("no NTLM message")

// ntlmMessage is message number n in b, its header whole.
func ntlmMessage(b []byte, n uint32, header int) bool {
	return len(b) >= header && string(b[:8]) == ntlmSignature && binary.LittleEndian.Uint32(b[8:]) == n
}

// ntlmField is what the descriptor of 8 octets at an offset points to.
func ntlmField(b []byte, at int) ([]byte, error) {
	if len(b) < at+8 {
		return nil, errNTLM
	}
	n, off := int(binary.LittleEndian.Uint16(b[at:])), uint64(binary.LittleEndian.Uint32(b[at+4:]))
	if off+uint64(n) > uint64(len(b)) {
		return nil, errNTLM
	}
	return b[off : off+uint64(n)], nil
}

// ntlmBuild puts fields behind a header, and their descriptors into it.
func ntlmBuild(header []byte, fields map[int][]byte, order ...int) []byte {
	b := bytes.Clone(header)
	for _, at := range order {
		binary.LittleEndian.PutUint16(b[at:], uint16(len(fields[at])))
		binary.LittleEndian.PutUint16(b[at+2:], uint16(len(fields[at])))
		binary.LittleEndian.PutUint32(b[at+4:], uint32(len(b)))
		b = append(b, fields[at]...)
	}
	return b
}

func ntlmHeader(n uint32, size int) []byte {
	b := make([]byte, size)
	copy(b, ntlmSignature)
	binary.LittleEndian.PutUint32(b[8:], n)
	return b
}

// Offsets of descriptors.
const (
	type2Target, type2Flags, type2Challenge, type2Info = 12, 20, 24, 40
	type3LM, type3NT, type3Domain, type3User           = 12, 20, 28, 36
	type3Station, type3Key, type3Flags                 = 44, 52, 60
)

// ntlmServer is the server's half.
type ntlmServer struct {
	users     map[string]string
	host      string // NetBIOS name
	logon     func(user string)
	challenge []byte // nil: message 1 has not come
}

func (n *ntlmServer) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case response == nil:
		return []byte{}, false, nil
	case n.challenge == nil:
		if !ntlmMessage(response, 1, 16) {
			return nil, true, errNTLM
		}
		n.challenge = make([]byte, 8)
		rand.Read(n.challenge)
		return ntlmChallenge(n.challenge, n.host, binary.LittleEndian.Uint32(response[12:])), false, nil
	}
	u, err := ntlmVerify(response, n.challenge, n.users)
	if err == nil {
		n.logon(u)
	}
	return nil, true, err
}

// ntlmChallenge is message 2.
func ntlmChallenge(challenge []byte, host string, offered uint32) []byte {
	flags := uint32(ntlmTarget | ntlmNTLM | ntlmAlwaysSign | ntlmServerType | ntlmTargetInfo | offered&ntlmExtended)
	target := []byte(host)
	if offered&ntlmUnicode != 0 {
		flags |= ntlmUnicode
		target = utf16le(host)
	} else {
		flags |= ntlmOEM
	}
	h := ntlmHeader(2, 48)
	binary.LittleEndian.PutUint32(h[type2Flags:], flags)
	copy(h[type2Challenge:], challenge)
	name := utf16le(host)
	var info []byte
	for _, av := range []uint16{1, 2} { // MsvAvNbComputerName, MsvAvNbDomainName: there is no domain
		info = binary.LittleEndian.AppendUint16(info, av)
		info = binary.LittleEndian.AppendUint16(info, uint16(len(name)))
		info = append(info, name...)
	}
	info = append(info, 0, 0, 0, 0)
	return ntlmBuild(h, map[int][]byte{type2Target: target, type2Info: info}, type2Target, type2Info)
}

// ntlmVerify is the user that message 3 proves: by NTLM version 2, by version 1, or by version 1 with a client challenge.
func ntlmVerify(message, challenge []byte, users map[string]string) (string, error) {
	if !ntlmMessage(message, 3, 52) {
		return "", errNTLM
	}
	var field [4][]byte
	for i, at := range []int{type3LM, type3NT, type3Domain, type3User} {
		var err error
		if field[i], err = ntlmField(message, at); err != nil {
			return "", err
		}
	}
	lm, nt, domain, user := field[0], field[1], field[2], field[3]
	if len(message) < type3Flags+4 || binary.LittleEndian.Uint32(message[type3Flags:])&ntlmUnicode != 0 {
		domain, user = fromUTF16le(domain), fromUTF16le(user)
	}
	if strings.EqualFold(string(domain), "BUILTIN") {
		return "", errLogon
	}
	u, err := findUser(users, string(user))
	if err != nil {
		return "", err
	}
	hash := ntHash(users[u])
	ok := false
	switch {
	case len(nt) > 24:
		key := ntlm2Key(hash, string(user), string(domain))
		ok = hmac.Equal(nt[:16], hmacMD5(key, challenge, nt[16:]))
	case len(nt) == 24 && len(lm) == 24 && bytes.Equal(lm[8:], make([]byte, 16)):
		sum := md5.Sum(append(bytes.Clone(challenge), lm[:8]...))
		ok = hmac.Equal(nt, ntlm1Response(hash, sum[:8]))
	case len(nt) == 24:
		ok = hmac.Equal(nt, ntlm1Response(hash, challenge))
	}
	if !ok {
		return "", errLogon
	}
	return u, nil
}

// ntlmNegotiate is message 1 of a client.
func ntlmNegotiate() []byte {
	h := ntlmHeader(1, 32)
	binary.LittleEndian.PutUint32(h[12:], ntlmUnicode|ntlmOEM|ntlmTarget|ntlmNTLM|ntlmAlwaysSign)
	return h
}

// ntlmAuthenticate is message 3 of a client, by NTLM version 1 as the clients of the time.
func ntlmAuthenticate(challenge []byte, user, domain, password string) ([]byte, error) {
	if !ntlmMessage(challenge, 2, 32) {
		return nil, errNTLM
	}
	h := ntlmHeader(3, 64)
	binary.LittleEndian.PutUint32(h[type3Flags:], ntlmUnicode|ntlmNTLM|ntlmAlwaysSign)
	nt := ntlm1Response(ntHash(password), challenge[type2Challenge:type2Challenge+8])
	return ntlmBuild(h, map[int][]byte{type3Domain: utf16le(domain), type3User: utf16le(user), type3NT: nt, type3LM: nt},
		type3Domain, type3User, type3Station, type3LM, type3NT, type3Key), nil
}

func ntHash(password string) []byte { return md4(utf16le(password)) }

func ntlm2Key(hash []byte, user, domain string) []byte {
	return hmacMD5(hash, utf16le(strings.ToUpper(user)+domain))
}

func hmacMD5(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// ntlm1Response encrypts a challenge by three DES keys of 7 octets each, which are the hash and zeros.
func ntlm1Response(hash, challenge []byte) []byte {
	key := append(bytes.Clone(hash), 0, 0, 0, 0, 0)
	out := make([]byte, 24)
	for i := range 3 {
		k := key[7*i : 7*i+7]
		spread := make([]byte, 8)
		for j := range spread { // 7 bits an octet; DES does not look at the parity bit
			var v uint16
			if j > 0 {
				v = uint16(k[j-1]) << 8
			}
			if j < 7 {
				v |= uint16(k[j])
			}
			spread[j] = byte(v >> j & 0xfe)
		}
		c, err := des.NewCipher(spread)
		if err != nil {
			panic(err) // the key has 8 octets
		}
		c.Encrypt(out[8*i:], challenge)
	}
	return out
}

func utf16le(text string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func fromUTF16le(b []byte) []byte {
	var u []uint16
	for ; len(b) >= 2; b = b[2:] {
		u = append(u, binary.LittleEndian.Uint16(b))
	}
	return []byte(string(utf16.Decode(u)))
}

// md4 is RFC 1320. The standard library has none, and the one of golang.org/x/crypto is deprecated.
func md4(message []byte) []byte {
	b := append(bytes.Clone(message), 0x80)
	for len(b)%64 != 56 {
		b = append(b, 0)
	}
	b = binary.LittleEndian.AppendUint64(b, 8*uint64(len(message)))
	state := [4]uint32{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}
	rounds := []struct {
		f     func(x, y, z uint32) uint32
		add   uint32
		order [16]int
		shift [4]int
	}{
		{func(x, y, z uint32) uint32 { return x&y | ^x&z }, 0, [16]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, [4]int{3, 7, 11, 19}},
		{func(x, y, z uint32) uint32 { return x&y | x&z | y&z }, 0x5a827999, [16]int{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15}, [4]int{3, 5, 9, 13}},
		{func(x, y, z uint32) uint32 { return x ^ y ^ z }, 0x6ed9eba1, [16]int{0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15}, [4]int{3, 9, 11, 15}},
	}
	for ; len(b) > 0; b = b[64:] {
		s := state
		for _, r := range rounds {
			for i, word := range r.order {
				t := s[0] + r.f(s[1], s[2], s[3]) + binary.LittleEndian.Uint32(b[4*word:]) + r.add
				s = [4]uint32{s[3], bits.RotateLeft32(t, r.shift[i%4]), s[1], s[2]}
			}
		}
		for i := range state {
			state[i] += s[i]
		}
	}
	var out []byte
	for _, v := range state {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}
