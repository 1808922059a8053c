package config

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// ZoneAt is the time zone that `clock timezone` and `clock summer-time` make of a time: what is displayed there and
// stands in log messages. Without such lines, or where a line means no dates, it is UTC.
func (c *Config) ZoneAt(t time.Time) *time.Location {
	if s, ok := c.SummerAt(t); ok && !t.Before(s.Begin) && t.Before(s.End) {
		return s.End.Location()
	}
	name, offset := c.standard()
	return zone(name, offset)
}

// standard is the zone without summer time, and its offset in seconds.
func (c *Config) standard() (name string, offset int) {
	name = "UTC"
	for _, s := range c.StoredOf("clock") {
		if words := s.plain(); len(words) >= 4 && words[1] == "timezone" && !s.Off {
			name, offset = words[2], 3600*number(words[3])
			if len(words) > 4 {
				minutes := 60 * number(words[4])
				if strings.HasPrefix(words[3], "-") {
					minutes = -minutes
				}
				offset += minutes
			}
		}
	}
	return name, offset
}

func zone(name string, offset int) *time.Location {
	if offset == 0 && name == "UTC" {
		return time.UTC
	}
	return time.FixedZone(name, offset)
}

// Summer is a time in which the clock is ahead: Begin is in the standard zone, End, which is no part of it, in the
// summer's, as they are told.
type Summer struct{ Begin, End time.Time }

// SummerAt is the summer that `clock summer-time` means at a time: the one that it lies in, else that of its year. False:
// there is no such line, or it means no dates.
func (c *Config) SummerAt(t time.Time) (s Summer, ok bool) {
	name, offset := c.standard()
	for _, l := range c.StoredOf("clock") {
		words := l.plain()
		if len(words) < 4 || words[1] != "summer-time" || l.Off {
			continue
		}
		local := t.UTC().Add(time.Duration(offset) * time.Second)
		if begin, end, ahead, known := summer(words[3:], local); known {
			s, ok = Summer{at(begin, zone(name, offset)), at(end, zone(words[2], offset+ahead))}, true
		}
	}
	return s, ok
}

// at is a local time, written as if it were UTC, in its zone.
func at(local time.Time, in *time.Location) time.Time {
	_, offset := local.In(in).Zone()
	return local.Add(-time.Duration(offset) * time.Second).In(in)
}

func (s *Stored) plain() []string { return strings.Fields(s.Text()) }

func number(w string) int {
	n, _ := strconv.Atoi(w)
	return n
}

// usualSummer is that of the United States when these releases were made.
const usualSummer = "1 Sunday April 2:00 last Sunday October 2:00"

// summer reads when a summer begins and ends, each told as the clock shows it then and written as if it were UTC, and by
// how many seconds the clock is ahead. local is the standard time that it is asked for.
func summer(words []string, local time.Time) (begin, end time.Time, ahead int, ok bool) {
	kind, rest := words[0], words[1:]
	if kind == "recurring" && len(rest) < 8 {
		rest = append(strings.Fields(usualSummer), rest...)
	}
	const parts = 4 // of a date, in both forms
	if len(rest) < 2*parts {
		return begin, end, 0, false
	}
	minutes := 60
	if len(rest) > 2*parts {
		minutes = number(rest[2*parts])
	}
	moment := dated
	if kind == "recurring" {
		moment = weekly
	}
	begin, ok1 := moment(rest[:parts], local.Year())
	end, ok2 := moment(rest[parts:2*parts], local.Year())
	if kind == "recurring" && end.Before(begin) { // south of the equator
		if local.Before(end.Add(-time.Duration(minutes) * time.Minute)) {
			begin, _ = moment(rest[:parts], local.Year()-1)
		} else {
			end, _ = moment(rest[parts:2*parts], local.Year()+1)
		}
	}
	return begin, end, 60 * minutes, ok1 && ok2
}

var (
	weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	months   = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
)

// among is the place of a word, of which three letters count.
func among(list []string, w string) (int, bool) {
	if len(w) < 3 {
		return 0, false
	}
	i := slices.Index(list, strings.ToLower(w[:3]))
	return i, i >= 0
}

func clockOf(w string) (time.Duration, bool) {
	h, m, ok := strings.Cut(w, ":")
	hours, err := strconv.Atoi(h)
	minutes, err2 := strconv.Atoi(m)
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute, ok && err == nil && err2 == nil && hours < 24 && minutes < 60
}

// weekly reads "1 Sunday April 2:00", "first ..." and "last ...", of a year.
func weekly(words []string, year int) (time.Time, bool) {
	day, ok1 := among(weekdays, words[1])
	month, ok2 := among(months, words[2])
	at, ok3 := clockOf(words[3])
	if !ok1 || !ok2 || !ok3 {
		return time.Time{}, false
	}
	first := time.Date(year, time.Month(month+1), 1, 0, 0, 0, 0, time.UTC)
	when := first.AddDate(0, 0, (day-int(first.Weekday())+7)%7)
	switch w := strings.ToLower(words[0]); {
	case strings.HasPrefix("last", w):
		for next := when; int(next.Month()) == month+1; next = next.AddDate(0, 0, 7) {
			when = next
		}
	case strings.HasPrefix("first", w):
	default:
		n, err := strconv.Atoi(w)
		if err != nil || n < 1 || n > 4 {
			return time.Time{}, false
		}
		when = when.AddDate(0, 0, 7*(n-1))
	}
	return when.Add(at), true
}

// dated reads "7 April 2002 2:00" and "April 7 2002 2:00".
func dated(words []string, _ int) (time.Time, bool) {
	day, month := words[0], words[1]
	if _, err := strconv.Atoi(day); err != nil {
		day, month = month, day
	}
	m, ok := among(months, month)
	at, ok2 := clockOf(words[3])
	if !ok || !ok2 {
		return time.Time{}, false
	}
	return time.Date(number(words[2]), time.Month(m+1), number(day), 0, 0, 0, 0, time.UTC).Add(at), true
}
