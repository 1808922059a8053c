package config

import "crypto/md5"

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
