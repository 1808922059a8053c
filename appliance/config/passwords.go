package config

import (
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"pixsim/appliance/release"
)

// itoa64 is the alphabet of the stored form, least significant six bits first.
const itoa64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// HashPIX is the stored form of a password: one round of MD5 without salt, every fourth octet dropped. user is empty
// except for the accounts of `username`, whose first four octets follow the password. What exceeds 16 octets does not
// count. The vectors in the test were computed by others (passlib, John the Ripper).
func HashPIX(password, user string) string {
	var b [16]byte
	n := copy(b[:], password)
	copy(b[n:], user[:min(4, len(user))])
	return encodeHash(md5.Sum(b[:]))
}

// HashASA is HashPIX by the rules of 7.0 and later: the user's octets are repeated to four and left out behind a
// password of 28 octets or more, and a password over 16 octets is padded to 32 instead of cut (passlib's cisco_asa).
func HashASA(password, user string) string {
	if user != "" && len(password) < 28 {
		for len(user) < 4 {
			user += user
		}
		password += user[:4]
	}
	size := 16
	if len(password) > size {
		size = 32
	}
	b := make([]byte, size)
	copy(b, password)
	return encodeHash(md5.Sum(b))
}

func encodeHash(d [16]byte) string {
	out := make([]byte, 0, 16)
	for i := 0; i < 16; i += 4 {
		v := uint(d[i]) | uint(d[i+1])<<8 | uint(d[i+2])<<16
		for range 4 {
			out = append(out, itoa64[v&63])
			v >>= 6
		}
	}
	return string(out)
}

// Hash is the stored form of a password without salt, by the rules of rel; user is empty for passwd and enable password.
func Hash(rel *release.Release, password, user string) string {
	if rel.Console.Hash == release.HashPIX {
		return HashPIX(password, user)
	}
	return HashASA(password, user)
}

// Seal is the form in which a new secret of enable or of an account is kept.
func (e *Edit) Seal(password, user string) string {
	if rel := e.c.Release; rel.Console.Hash != release.HashPBKDF2 {
		return Hash(rel, password, user)
	}
	var salt [16]byte
	if e.Salt != nil {
		salt = e.Salt()
	}
	return sealed{saltedRounds, salt[:], stretch(password, salt[:], saltedRounds)}.String()
}

// Fits reports whether password is the one that was stored as hash, in whichever form.
func Fits(rel *release.Release, hash, password, user string) bool {
	if k, ok := parseSealed(hash); ok {
		return subtle.ConstantTimeCompare(k.key, stretch(password, k.salt, k.rounds)) == 1
	}
	return subtle.ConstantTimeCompare([]byte(hash), []byte(Hash(rel, password, user))) == 1
}

// Sealed reports whether a hash is salted.
func Sealed(hash string) bool { _, ok := parseSealed(hash); return ok }

// What a 9.7(1)4 stores: PBKDF2-HMAC-SHA512 of 5000 rounds, salt and key of 16 octets.
const (
	sealedMark   = "$sha512$"
	saltedRounds = 5000
	sealedKey    = 16
	// mostRounds bounds what a configuration can make a login cost.
	mostRounds = 20 * saltedRounds
)

// sealed is a salted hash: $sha512$ROUNDS$SALT$KEY, both in base64.
type sealed struct {
	rounds    int
	salt, key []byte
}

func (k sealed) String() string {
	b := base64.StdEncoding
	return fmt.Sprintf("%s%d$%s$%s", sealedMark, k.rounds, b.EncodeToString(k.salt), b.EncodeToString(k.key))
}

func parseSealed(text string) (k sealed, ok bool) {
	rest, ok := strings.CutPrefix(text, sealedMark)
	parts := strings.Split(rest, "$")
	if !ok || len(parts) != 3 {
		return k, false
	}
	var errs [3]error
	k.rounds, errs[0] = strconv.Atoi(parts[0])
	k.salt, errs[1] = base64.StdEncoding.DecodeString(parts[1])
	k.key, errs[2] = base64.StdEncoding.DecodeString(parts[2])
	fits := k.rounds > 0 && k.rounds <= mostRounds && len(k.salt) > 0 && len(k.key) == sealedKey
	return k, fits && errs == [3]error{} && k.String() == text
}

// stretch cannot fail: the length of the key is a constant.
func stretch(password string, salt []byte, rounds int) []byte {
	key, err := pbkdf2.Key(sha512.New, password, salt, rounds, sealedKey)
	if err != nil {
		return nil
	}
	return key
}
