package syslog

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in     string
		status Status
		want   string // host|program|pid|message
	}{
		{"Mar  3 02:14:07 web01 sshd[812]: x y", Record, "web01|sshd|812|x y"},
		{"Mar  3 02:14:07 web01 sshd(pam_unix)[812]: x", Record, "web01|sshd|812|x"},
		{"Mar  3 02:14:07 web01 (systemd)[812]: x", Record, "web01|systemd|812|x"},
		{"Mar  3 02:14:07 mac fw[1985] <Info>: x", Record, "mac|fw|1985|x"},
		{"Mar  3 02:14:07: --- last message repeated 5 times ---", Record, "|||--- last message repeated 5 times ---"},
		{"Mar  3 02:14:07 web01 postfix/smtpd[1]: x", Record, "web01|postfix/smtpd|1|x"},
		{"Mar  3 02:14:07 web01 tag:x", Record, "web01|tag||x"},
		{"Mar  3 02:14:07", Record, "|||"},
		{"Mar  3 02:14:07 ", Record, "|||"},
		{"MMM 22 07:54:32 web01 x[1]: y", BadStamp, ""},
		{"Mar  3 02:1x:07 web01", NoStamp, ""},
		{"\tcontinued 07:54:32", NoStamp, ""},
		{"<30>1 2024-03-03T02:14:07Z web01 app 7 - - x", Record, "web01|app|7|x"},
		{"<30>1 - web01 app 7 - - x", Record, "web01|app|7|x"},
		{"<999999>x", NoStamp, ""},
		{"", NoStamp, ""},
	} {
		var l Line
		s := Parse(c.in, &l)
		if s != c.status {
			t.Errorf("%q: status %d, want %d", c.in, s, c.status)
			continue
		}
		if s != Record {
			continue
		}
		if got := strings.Join([]string{l.Host, l.Program, l.PID, l.Message}, "|"); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestYears(t *testing.T) {
	add := func(c *Scanner, offset int64, month, day, year int) {
		c.Add(offset, &Stamp{Month: month, Day: day, Year: year, HasYear: year != 0})
	}
	for _, c := range []struct {
		name string
		days [][3]int // month, day, stated year
		base int
		year []int
		most []int
	}{
		{"one year", [][3]int{{1, 1, 0}, {2, 1, 0}}, 2024, []int{2024, 2024}, []int{2024, 2024}},
		{"roll-over", [][3]int{{12, 31, 0}, {1, 1, 0}}, 2024, []int{2023, 2024}, []int{2023, 2024}},
		{"two", [][3]int{{12, 31, 0}, {1, 1, 0}, {12, 1, 0}, {1, 2, 0}}, 2024, []int{2022, 2023, 2023, 2024}, []int{2022, 2023, 2023, 2024}},
		{"late", [][3]int{{1, 1, 0}, {12, 31, 0}, {1, 1, 0}}, 2024, []int{2024, 2023, 2024}, []int{2024, 2023, 2024}},
		{"jitter", [][3]int{{3, 10, 0}, {3, 9, 0}, {3, 10, 0}}, 2024, []int{2024, 2024, 2024}, []int{2024, 2024, 2024}},
		{"doubt", [][3]int{{5, 10, 0}, {3, 9, 0}}, 2024, []int{2023, 2024}, []int{2024, 2024}},
		{"leap day", [][3]int{{2, 29, 0}, {12, 1, 0}, {1, 1, 0}}, 2026, []int{2024, 2024, 2026}, []int{2024, 2024, 2026}},
		{"stated behind", [][3]int{{12, 31, 0}, {1, 1, 2020}, {3, 1, 0}}, 2024, []int{2019, 2020, 2024}, []int{2019, 2020, 2024}},
		{"no base", [][3]int{{12, 31, 0}, {1, 1, 2020}, {3, 1, 0}}, 0, []int{2019, 2020, 0}, []int{2019, 2020, 0}},
	} {
		var s Scanner
		for i, d := range c.days {
			add(&s, int64(i*10), d[0], d[1], d[2])
		}
		years := s.Resolve(c.base)
		hint := -1
		for i := range c.days {
			var span *YearSpan
			span, hint = years.At(int64(i*10), hint)
			if span.Year != c.year[i] || span.Max != c.most[i] {
				t.Errorf("%s: line %d is of %d to %d, want %d to %d", c.name, i, span.Year, span.Max, c.year[i], c.most[i])
			}
		}
	}
}

func TestChaoticYears(t *testing.T) {
	var s Scanner
	for i := range 100_000 {
		s.Add(int64(i), &Stamp{Month: 1 + i%2*8, Day: 1})
	}
	if !s.Chaotic() || len(s.segs) > maxSegments {
		t.Errorf("%d segments, chaotic %v", len(s.segs), s.Chaotic())
	}
}

func FuzzParse(f *testing.F) {
	seeds := []string{"Mar  3 02:14:07 web01 sshd[812]: x", "<30>1 2024-03-03T02:14:07.5+09:00 h a 1 - [x y=\"z\"] m", "2024-03-03 02:14:07 h a: m", "Feb 30 25:61:61 h", "MMM 22 07:54:32 h",
		"Sun Mar  3 02:14:07 h a[1]: m", "2024 Mar  3 02:14:07 h a[1]: m", "1709432047 h a[1]: m"}
	for _, s := range seeds {
		f.Add(s)
	}
	if len(seeds) == 0 {
		f.Fatal("the seed corpus is empty")
	}
	f.Fuzz(func(t *testing.T, s string) {
		var l Line
		if Parse(s, &l) != Record {
			return
		}
		for _, part := range []string{l.Host, l.Text, l.Message, l.MsgID, l.Data} {
			if !strings.Contains(s, part) {
				t.Errorf("%q: part %q is not of the line", s, part)
			}
		}
		for i := range l.PID {
			if l.PID[i] < '0' || l.PID[i] > '9' {
				t.Errorf("%q: pid %q", s, l.PID)
			}
		}
	})
}

// FuzzWitness: no line makes it fail, and a year it gives holds the stamp.
func FuzzWitness(f *testing.F) {
	f.Add("Mar  3 11:14:09 web01 kernel: [    1.2] rtc_cmos rtc_cmos: setting system clock to 2021-03-03T02:14:07 UTC (1614737647)")
	f.Add("Feb 29 11:14:09 web01 kernel: audit: type=1400 audit(1709205249.123:45): a")
	f.Add("Jan  1 00:00:00 a kernel: audit(99999999999")
	f.Fuzz(func(t *testing.T, line string) {
		var s Stamp
		if BSD(line, &s) < 0 {
			return
		}
		if y := Witness([]byte(line), &s); y != 0 && (s.Month == 2 && s.Day == 29 && !Leap(y) || y < 1969 || y > 2287) {
			t.Errorf("%q is of %d", line, y)
		}
	})
}
