package lab

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// RFC 1320 section A.5.
func TestMD4(t *testing.T) {
	for text, want := range map[string]string{
		"":    "31d6cfe0d16ae931b73c59d7e0c089c0",
		"abc": "a448017aaf21d8525fc10ae87aa6729d",
		"12345678901234567890123456789012345678901234567890123456789012345678901234567890": "e33b4ddc9c38f2199c3e7b164fcc0536",
	} {
		if got := hex.EncodeToString(md4([]byte(text))); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// MS-NLMP section 4.2: the values of its examples.
func TestNTLMVectors(t *testing.T) {
	challenge, _ := hex.DecodeString("0123456789abcdef")
	hash := ntHash("Password")
	if got := hex.EncodeToString(hash); got != "a4f49c406510bdcab6824ee7c30fd852" {
		t.Errorf("NTOWFv1 %s", got)
	}
	if got := hex.EncodeToString(ntlm1Response(hash, challenge)); got != "67c43011f30298a2ad35ece64f16331c44bdbed927841f94" {
		t.Errorf("NTLMv1 response %s", got)
	}
	if got := hex.EncodeToString(ntlm2Key(hash, "User", "Domain")); got != "0c868a403bfd7a93a3001ef22ef02e3f" {
		t.Errorf("NTOWFv2 %s", got)
	}
}

// ntlmThree is a message 3 with the responses as given.
func ntlmThree(user, domain string, lm, nt []byte) []byte {
	h := ntlmHeader(3, 64)
	h[type3Flags] = ntlmUnicode
	return ntlmBuild(h, map[int][]byte{type3Domain: utf16le(domain), type3User: utf16le(user), type3LM: lm, type3NT: nt},
		type3Domain, type3User, type3Station, type3LM, type3NT, type3Key)
}

func TestNTLMVerify(t *testing.T) {
	users := map[string]string{"user": "pass"}
	challenge := []byte("8octets!")
	two := ntlmChallenge(challenge, "MAIL", ntlmUnicode)
	one, err := ntlmAuthenticate(two, "user", "DOM", "pass")
	if err != nil {
		t.Fatal(err)
	}
	blob := []byte("\x01\x01\x00\x00\x00\x00\x00\x00 a time and a nonce and names")
	key := ntlm2Key(ntHash("pass"), "USER", "Dom")
	nonce := []byte("nonce  !")
	for name, c := range map[string]struct {
		message []byte
		ok      bool
	}{
		"version 1":              {one, true},
		"version 2":              {ntlmThree("User", "Dom", make([]byte, 24), append(hmacMD5(key, challenge, blob), blob...)), true},
		"version 2, wrong":       {ntlmThree("User", "Other", make([]byte, 24), append(hmacMD5(key, challenge, blob), blob...)), false},
		"client challenge":       {ntlmThree("user", "", append(nonce, make([]byte, 16)...), ntlm1Response(ntHash("pass"), md5Of(challenge, nonce))), true},
		"wrong password":         {ntlmThree("user", "", nil, ntlm1Response(ntHash("wrong"), challenge)), false},
		"no response":            {ntlmThree("user", "", nil, nil), false},
		"nobody":                 {ntlmThree("other", "", nil, ntlm1Response(ntHash("pass"), challenge)), false},
		"BUILTIN, even if right": {ntlmThree("user", "builtin", nil, ntlm1Response(ntHash("pass"), challenge)), false},
		"beyond the end":         {append([]byte(ntlmSignature), make([]byte, 40)...), false},
	} {
		if u, err := ntlmVerify(c.message, challenge, users); (err == nil) != c.ok || c.ok && u != "user" {
			t.Errorf("%s: %q, %v", name, u, err)
		}
	}
	if _, err := ntlmAuthenticate([]byte("TlRM"), "user", "", ""); err == nil {
		t.Error("no challenge, and yet an answer")
	}
}

func FuzzNTLM(f *testing.F) {
	f.Add(ntlmNegotiate())
	f.Add(ntlmThree("user", "DOM", make([]byte, 24), make([]byte, 24)))
	f.Add(ntlmThree("user", "DOM", nil, make([]byte, 60)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := ntlmVerify(b, []byte("8octets!"), map[string]string{"user": "pass"}); err == nil {
			t.Errorf("%x proves the password", b)
		}
		ntlmAuthenticate(b, "user", "", "pass")
	})
}

// TestNTLMDialogues: who takes the first message where, and what is said.
func TestNTLMDialogues(t *testing.T) {
	one := base64.StdEncoding.EncodeToString(ntlmNegotiate())
	for name, c := range map[string]struct{ first, ask, ok, fail string }{
		"ex55":   {"AUTH NTLM " + one, "", "235 ntlm authentication successful", "535 Authentication failed"},
		"ex2003": {"X-EXPS NTLM", "334 ntlm supported", "235 2.7.0 Authentication successful", "535 5.7.3 Authentication unsuccessful"},
		"ex2010": {"AUTH NTLM", "334 NTLM supported", "235 2.7.0 Authentication successful", "535 5.7.3 Authentication unsuccessful"},
	} {
		m := playing(t, name)
		addr := serveLocal(t, m)
		for password, want := range map[string]string{"pass": c.ok, "wrong": c.fail} {
			client := greeted(t, addr)
			cmd(t, client, "EHLO x")
			got := cmd(t, client, c.first)
			if c.ask != "" {
				if got != c.ask {
					t.Errorf("%s: %q", name, got)
				}
				got = cmd(t, client, one)
			}
			two, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(got, "334 "))
			if err != nil || !ntlmMessage(two, 2, 48) {
				t.Fatalf("%s: message 2 is %q", name, got)
			}
			three, err := ntlmAuthenticate(two, "user", "DOM", password)
			if err != nil {
				t.Fatal(err)
			}
			if got := cmd(t, client, base64.StdEncoding.EncodeToString(three)); got != want {
				t.Errorf("%s, %s: %q", name, password, got)
			}
		}
		// The wrong password is an event of the servers that have one for it; no step of the dialogue is.
		if n, want := len(m.Events().Events()), map[string]int{"ex2003": 1, "ex2010": 1}[name]; n != want {
			t.Errorf("%s: %v", name, m.Events().Events())
		}
	}
}

func md5Of(parts ...[]byte) []byte {
	h := md5.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)[:8]
}
