package config

import (
	"strings"
	"testing"

	"pixsim/appliance/release"
)

// Salted secrets, by another's PBKDF2-HMAC-SHA512 (Python's hashlib).
func TestSealed(t *testing.T) {
	rel, err := release.Parse("asa-9.8")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct{ password, salt, hash string }{
		{"cisco123", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", "$sha512$5000$AAECAwQFBgcICQoLDA0ODw==$zZJIwWsAl5/cjF6C0UH2Mg=="},
		{"", strings.Repeat("\xff", 16), "$sha512$5000$/////////////////////w==$0hG1Wuenl06xVYHowGFiKQ=="},
		{strings.Repeat("x", 127), "0123456789abcdef", "$sha512$5000$MDEyMzQ1Njc4OWFiY2RlZg==$sIPSc3Xvij0TU1J4uzor8w=="},
	} {
		e := New(rel)
		e.Salt = func() [16]byte { return [16]byte([]byte(v.salt)) }
		if got := e.Seal(v.password, "admin"); got != v.hash {
			t.Errorf("%q is kept as %s, want %s", v.password, got, v.hash)
		}
		if !Sealed(v.hash) || !Fits(rel, v.hash, v.password, "admin") || Fits(rel, v.hash, v.password+"x", "admin") {
			t.Errorf("%s and %q", v.hash, v.password)
		}
	}
}

// What a release before kept fits still, and what is no salted hash is none.
func TestSealedBesideOlder(t *testing.T) {
	rel, err := release.Parse("asa-9.8")
	if err != nil {
		t.Fatal(err)
	}
	if old := HashASA("cisco", "admin"); Sealed(old) || !Fits(rel, old, "cisco", "admin") || Fits(rel, old, "cisco", "other") {
		t.Errorf("%s", old)
	}
	for _, no := range []string{
		"", "$sha512$", "$sha512$5000$AAAA$AAAA", "$sha512$0$AAECAwQFBgcICQoLDA0ODw==$zZJIwWsAl5/cjF6C0UH2Mg==",
		"$sha512$100001$AAECAwQFBgcICQoLDA0ODw==$zZJIwWsAl5/cjF6C0UH2Mg==", "$sha512$5000$$zZJIwWsAl5/cjF6C0UH2Mg==",
		"$sha512$+5000$AAECAwQFBgcICQoLDA0ODw==$zZJIwWsAl5/cjF6C0UH2Mg==", "$sha512$5000$AAECAwQFBgcICQoLDA0ODw$zZJIwWsAl5/cjF6C0UH2Mg",
		"$sha256$5000$AAECAwQFBgcICQoLDA0ODw==$zZJIwWsAl5/cjF6C0UH2Mg==", "$sha512$5000$AAECAwQFBgcICQoLDA0ODw==$zZJIwWsAl5/cjF6C0UH2Mg==$",
	} {
		if Sealed(no) {
			t.Errorf("%q is a salted hash", no)
		}
	}
}
