package smtp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// texts are bodies of mails: an attachment in base64; prose with lines of all lengths, dots and hyphens; and the worst,
// lines that look like the beginnings and headers of parts.
var texts = []struct {
	name string
	line func(r *rand.Rand) string
}{
	{"base64", func(*rand.Rand) string { return strings.Repeat("a", 76) }},
	{"parts", func(r *rand.Rand) string {
		return []string{"", "--b", "Content-Type: text/plain; charset=utf-8; name=\"a.txt\"", "X-Other: words and more words"}[r.IntN(4)]
	}},
	{"prose", func(r *rand.Rand) string {
		return []string{"", "", "..", "- a", "The quick brown fox. It jumps - over the lazy dog"}[r.IntN(5)] + strings.Repeat("word ", r.IntN(14))
	}},
}

// BenchmarkScan is text of a message through a Session, and by turns the same through a bare search for the end of the
// message, which is what the ratio relates it to. The best of many short batches stands for each, so that other work of
// the machine falls on neither.
func BenchmarkScan(b *testing.B) {
	const batch = 16 // segments between two looks at the clock
	for _, text := range texts {
		for _, size := range []int{1460, 64 << 10} {
			r := rand.New(rand.NewPCG(1, 2))
			var seg []byte
			for len(seg) < size {
				seg = append(append(seg, text.line(r)...), "\r\n"...)
			}
			seg = seg[:size]
			for _, p := range []Profile{P60(), P72()} {
				b.Run(fmt.Sprintf("%s/%s/%d", p.Name, text.name, size), func(b *testing.B) {
					s := New(&p, nil)
					s.enter(b, "DATA_BODY")
					session, search := time.Hour, time.Hour
					b.ReportAllocs()
					for b.Loop() {
						start := time.Now()
						for range batch {
							if s.Segment(t0, ToServer, seg).Take != size {
								b.Fatal("withheld")
							}
						}
						middle := time.Now()
						for range batch {
							if bytes.Contains(seg, []byte(terminator)) {
								b.Fatal("an end")
							}
						}
						session, search = min(session, middle.Sub(start)), min(search, time.Since(middle))
					}
					b.ReportMetric(float64(batch*size)/1e6/session.Seconds(), "session-MB/s")
					b.ReportMetric(float64(batch*size)/1e6/search.Seconds(), "search-MB/s")
					b.ReportMetric(search.Seconds()/session.Seconds(), "session/search")
				})
			}
		}
	}
}

// BenchmarkCommands is one command and its reply, allowed and refused, in each profile.
func BenchmarkCommands(b *testing.B) {
	for _, x := range profiles {
		p := x.p()
		for _, c := range []struct{ name, command, reply string }{
			{"allowed", "RCPT TO:<bob@contoso.example>\r\n", "250 2.1.5 ok\r\n"}, {"refused", "X-LINK2STATE a\r\n", "500 what\r\n"},
		} {
			b.Run(x.name+"/"+c.name, func(b *testing.B) {
				s := New(&p, nil)
				s.enter(b, "CMD")
				command, reply, rset := make([]byte, len(c.command)), []byte(c.reply), []byte("RSET\r\n")
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if i%50 == 0 { // else there were too many recipients
						s.Segment(t0, ToServer, rset)
						s.Segment(t0, ToClient, reply)
					}
					copy(command, c.command)
					if v := s.Segment(t0, ToServer, command); v.Take+v.Swallow != len(command) {
						b.Fatal("withheld")
					} else if v.Swallow == 0 {
						s.Segment(t0, ToClient, reply)
					}
				}
			})
		}
	}
}

// BenchmarkEHLO is the reply to an EHLO.
func BenchmarkEHLO(b *testing.B) {
	const list = "250-mx\r\n250-SIZE 5\r\n250-CHUNKING\r\n250-X-EXPS GSSAPI NTLM LOGIN\r\n250-AUTH LOGIN\r\n250 OK\r\n"
	for _, p := range []Profile{P70(), P72()} {
		b.Run(p.Name, func(b *testing.B) {
			s := New(&p, nil)
			s.enter(b, "CMD")
			reply, hello := make([]byte, len(list)), []byte("EHLO x\r\n")
			b.ReportAllocs()
			for b.Loop() {
				s.Segment(t0, ToServer, hello)
				copy(reply, list)
				s.Segment(t0, ToClient, reply)
			}
		})
	}
}
