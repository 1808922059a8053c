package resolver

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

var addr = netip.MustParseAddr

// answer is what a server says: names that stand for names, and addresses, in the order given.
func answer(t *testing.T, id uint16, asked string, code dnsmessage.RCode, records ...dnsmessage.Resource) []byte {
	t.Helper()
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, Response: true, RCode: code},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(asked), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
		Answers:   records,
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func record(name string, ttl uint32, body dnsmessage.ResourceBody) dnsmessage.Resource {
	return dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Class: dnsmessage.ClassINET, TTL: ttl}, Body: body}
}

func a(name string, ttl uint32, text string) dnsmessage.Resource {
	return record(name, ttl, &dnsmessage.AResource{A: addr(text).As4()})
}

func alias(name string, ttl uint32, to string) dnsmessage.Resource {
	return record(name, ttl, &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(to)})
}

func TestRead(t *testing.T) {
	q, err := Question(7, "www.example.com")
	var p dnsmessage.Parser
	if h, err2 := p.Start(q); err != nil || err2 != nil || h.ID != 7 || h.Response || !h.RecursionDesired {
		t.Errorf("%v %v %+v", err, err2, h)
	}
	if _, err := Question(7, strings.Repeat("x", 300)); err == nil {
		t.Error("a name of 300 octets is asked for")
	}
	const name, asked = "www.example.com", "www.example.com."
	second := time.Second
	for _, v := range []struct {
		what string
		msg  []byte
		want []Record
		err  error
	}{
		{"addresses", answer(t, 7, asked, 0, a(asked, 30, "192.0.2.1"), a(asked, 60, "192.0.2.2")), []Record{{addr("192.0.2.1"), 30 * second}, {addr("192.0.2.2"), 60 * second}}, nil},
		{"another case", answer(t, 7, "WWW.example.com.", 0, a("Www.Example.Com.", 30, "192.0.2.1")), []Record{{addr("192.0.2.1"), 30 * second}}, nil},
		{"an alias", answer(t, 7, asked, 0, alias(asked, 10, "x.example.net."), a("x.example.net.", 60, "192.0.2.3")), []Record{{addr("192.0.2.3"), 10 * second}}, nil},
		{"an alias behind its address", answer(t, 7, asked, 0, a("x.example.net.", 60, "192.0.2.3"), alias(asked, 90, "x.example.net.")), []Record{{addr("192.0.2.3"), 60 * second}}, nil},
		{"a loop", answer(t, 7, asked, 0, alias(asked, 10, "x.example.net."), alias("x.example.net.", 10, asked)), nil, nil},
		{"a stranger's address", answer(t, 7, asked, 0, a("other.example.com.", 30, "192.0.2.1")), nil, nil},
		{"another question", answer(t, 7, "other.example.com.", 0, a(asked, 30, "192.0.2.1")), nil, ErrNotMine},
		{"another number", answer(t, 8, asked, 0, a(asked, 30, "192.0.2.1")), nil, ErrNotMine},
		{"no name", answer(t, 7, asked, dnsmessage.RCodeNameError), nil, ErrNoName},
		{"a failure", answer(t, 7, asked, dnsmessage.RCodeServerFailure), nil, ErrNoAnswer},
	} {
		got, err := Read(v.msg, 7, name)
		if !slices.Equal(got, v.want) || !errors.Is(err, v.err) {
			t.Errorf("%s: %v, %v", v.what, got, err)
		}
	}
	if _, err := Read(q, 7, name); !errors.Is(err, ErrNotMine) {
		t.Errorf("a question is read as an answer: %v", err)
	}
	var many []dnsmessage.Resource
	for i := range 200 {
		many = append(many, record(asked, 1<<31-1, &dnsmessage.AResource{A: [4]byte{192, 0, 2, byte(i)}}))
	}
	if got, _ := Read(answer(t, 7, asked, 0, many...), 7, name); len(got) != maxAddrs || got[0].TTL != maxTTL {
		t.Errorf("%d addresses", len(got))
	}
}

func FuzzRead(f *testing.F) {
	q, _ := Question(7, "www.example.com")
	f.Add(q)
	f.Fuzz(func(t *testing.T, b []byte) {
		if all, err := Read(b, 7, "www.example.com"); len(all) > maxAddrs || err != nil && len(all) > 0 {
			t.Error(len(all), err)
		}
	})
}

func TestTable(t *testing.T) {
	now := time.Date(2010, 5, 1, 12, 0, 0, 0, time.UTC)
	tab := Table{Poll: 4 * time.Hour, Keep: time.Minute}
	due := func(want string) {
		t.Helper()
		if got, _ := tab.Due(now); got != want {
			t.Errorf("%v: %q is due, want %q", now, got, want)
		}
	}
	tab.Want([]string{"b", "a"}, now)
	due("a")
	tab.Heard("a", []Record{{addr("192.0.2.1"), time.Minute}, {addr("192.0.2.2"), time.Hour}}, now)
	due("b")
	tab.Failed("b", now)
	due("")
	now = now.Add(11 * time.Second)
	due("b")
	tab.Failed("b", now)
	now = now.Add(11 * time.Second)
	due("") // twice as long now
	now = now.Add(39 * time.Second)
	due("b")
	tab.Heard("b", []Record{{addr("192.0.2.9"), 24 * time.Hour}}, now)
	due("a") // an address of it has expired
	tab.Heard("a", []Record{{addr("192.0.2.2"), time.Hour}}, now)
	if tab.Expire(now) || len(tab.Addrs()["a"]) != 2 {
		t.Errorf("what has expired goes at once: %v", tab.Addrs())
	}
	now = now.Add(time.Minute)
	if !tab.Expire(now) || !slices.Equal(tab.Addrs()["a"], []netip.Addr{addr("192.0.2.2")}) {
		t.Errorf("what was not said again stays: %v", tab.Addrs())
	}
	now = now.Add(4 * time.Hour)
	tab.Failed("a", now)
	due("b") // the poll
	tab.Want([]string{"b"}, now)
	if all := tab.Names(now); len(all) != 1 || all[0].Name != "b" || len(all[0].Addrs) != 1 || all[0].Addrs[0].TTL >= 24*time.Hour {
		t.Errorf("%v", all)
	}
	tab.Heard("a", []Record{{addr("192.0.2.2"), time.Hour}}, now) // nobody wants it any more
	tab.Forget("", now)
	due("b")
	if len(tab.Addrs()) != 0 {
		t.Errorf("%v", tab.Addrs())
	}
	var many []string
	for i := range 2 * MaxNames {
		many = append(many, string(rune('a'+i%26))+time.Duration(i).String())
	}
	tab.Want(many, now)
	if len(tab.names) != MaxNames {
		t.Errorf("%d names", len(tab.names))
	}
}
