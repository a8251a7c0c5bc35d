package view

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/tui/widget"
)

func kst() *time.Location { return time.FixedZone("KST", 9*3600) }

func TestParseTarget(t *testing.T) {
	now := time.Date(2024, 8, 1, 15, 30, 0, 0, kst())
	here := time.Date(2024, 3, 19, 2, 14, 7, 0, kst())
	for in, want := range map[string]string{
		"2024-04-11 09:00":          "2024-04-11 09:00:00",
		"2024-04-11 09:00:05.5":     "2024-04-11 09:00:05.5",
		"2024-04-11T09:00":          "2024-04-11 09:00:00",
		"2024-04-11T00:00:00Z":      "2024-04-11 09:00:00",
		"2024-04-11t09:00:00+09:00": "2024-04-11 09:00:00",
		"2024-04-11":                "2024-04-11 00:00:00",
		"2024-04":                   "2024-04-01 00:00:00",
		"2023":                      "2023-01-01 00:00:00",
		"04-11":                     "2024-04-11 00:00:00",
		"04-11 09:00":               "2024-04-11 09:00:00",
		"02-29":                     "2024-02-29 00:00:00",
		"09:00":                     "2024-03-19 09:00:00",
		"9pm":                       "2024-03-19 21:00:00",
		"yesterday 9pm":             "2024-07-31 21:00:00",
		"Yesterday":                 "2024-07-31 00:00:00",
		"today 14:00":               "2024-08-01 14:00:00",
		"now":                       "2024-08-01 15:30:00",
		"-2h":                       "2024-03-19 00:14:07",
		"+15m":                      "2024-03-19 02:29:07",
		"-1d12h":                    "2024-03-17 14:14:07",
		"+ 1 w":                     "2024-03-26 02:14:07",
	} {
		got, err := ParseTarget(in, now, here, kst())
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if s := time.Unix(0, got.Time).In(kst()).Format("2006-01-02 15:04:05.999"); s != want {
			t.Errorf("%q leads to %s, want %s", in, s, want)
		}
	}
	for in, want := range map[string]string{"first": "first", "LAST": "last", "first finding": "first finding", "@Mark One": "@mark one"} {
		if got, err := ParseTarget(in, now, here, kst()); err != nil || got.Named != want {
			t.Errorf("%q: %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "nonsense", "25:00", "-", "-h", "-2", "+2y", "04-31", "2024-13-01", "9999-01-01", "1066-10-14", "-99999999999h", "yesterday noon", "02-30 10:00"} {
		if got, err := ParseTarget(in, now, here, kst()); err == nil {
			t.Errorf("%q leads to %v", in, time.Unix(0, got.Time))
		}
	}
	if _, err := ParseTarget("02-29", now, here.AddDate(-1, 0, 0), kst()); err == nil {
		t.Error("02-29 is taken in a year without one")
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"2024-04-11 09:00", "-2h", "yesterday 9pm", "@x", "04-11", "+1w2d", "한글", "\x1b[2J", "-99999999999999999999d"} {
		f.Add(s)
	}
	now := time.Date(2024, 8, 1, 15, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseTarget(s, now, now, time.UTC)
		if err == nil && got.Named == "" {
			if y := time.Unix(0, got.Time).UTC().Year(); y < 1677 || y > 2262 {
				t.Fatalf("%q leads to the year %d", s, y)
			}
		}
	})
}

func TestChips(t *testing.T) {
	for in, want := range map[string][]string{
		"":                                    nil,
		"host:web01":                          {"host:web01"},
		`host:web01  "magic packet" -user:b `: {"host:web01", `"magic packet"`, "-user:b"},
		"a OR b c":                            {"a OR b c"},
		"x a || b":                            {"x a || b"},
		"a AND b NOT c -d":                    {"a AND b", "NOT c", "-d"},
		"a or b and c":                        {"a", "or", "b", "and", "c"},
		"(x OR y) z":                          {"(x OR y)", "z"},
		`path:"a b" AND c`:                    {`path:"a b" AND c`},
		`"open (quote`:                        {`"open (quote`},
		`"a\" b" c`:                           {`"a\" b"`, "c"},
		"한글 검색":                               {"한글", "검색"},
	} {
		if diff := cmp.Diff(want, Chips(in)); diff != "" {
			t.Errorf("Chips(%q): %s", in, diff)
		}
	}
}

func TestFilterWith(t *testing.T) {
	f := func(s string) Filter { return Filter{Text: s, Chips: Chips(s)} }
	for _, c := range []struct{ have, add, want string }{
		{"", "host:a", "host:a"},
		{"host:a", "host:a", "host:a"},
		{"host:a", "-host:a", "-host:a"},
		{"-host:a x", "host:a", "x host:a"},
		{"a OR b", "c", "(a OR b) c"},
		{"a OR b c", "d", "(a OR b c) d"},
		{"x (a OR b) || c", "d", "(x (a OR b) || c) d"},
		{"a or b", "c", "a or b c"},
		{"host:a x", "host:b", "(host:a OR host:b) x"},
		{"(host:a OR host:b) x", "host:c", "(host:a OR host:b OR host:c) x"},
		{"(host:a OR host:b)", "host:b", "(host:a OR host:b)"},
		{"ip:1.1.1.1", "ip:2.2.2.2", "ip:1.1.1.1 ip:2.2.2.2"},
		{"-host:a", "-host:b", "-host:a -host:b"},
		{"(host:a OR x)", "host:b", "(host:a OR x) host:b"},
	} {
		if got := f(c.have).With(c.add); got != c.want {
			t.Errorf("%q with %q is %q, want %q", c.have, c.add, got, c.want)
		}
	}
	for _, c := range []struct{ have, add, want string }{{"host:a x", "host:b", "x host:b"}, {"(host:a OR host:b) -host:c x", "host:d", "x host:d"}, {"host:a", "ip:1.1.1.1", "host:a ip:1.1.1.1"}} {
		if got := f(c.have).Replacing(c.add); got != c.want {
			t.Errorf("%q replacing %q is %q, want %q", c.have, c.add, got, c.want)
		}
	}
	if got := f("a b c").Without(); got != "a b" {
		t.Errorf("without the last chip: %q", got)
	}
}

// A value of evidence, whatever it holds, makes a term that finds it again.
func TestTermRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{`a"b`, ":", "::x", "//srv/x", `\`, `x*`, "-", "a b", "(", "한글", "\x1b[2J", "OR", "\xff", "10.0.0.1", ""})).Draw(t, "value")
		n, err := query.Parse(Term("actor", v), query.ParseOptions{Zone: time.UTC})
		if err != nil {
			t.Fatalf("Term of %q does not parse: %v", v, err)
		}
		e := event.Event{Actor: v}
		if !query.Match(n, query.Row{Event: &e}, nil) {
			t.Fatalf("%q does not find %q", Term("actor", v), v)
		}
	})
}

func TestSpan(t *testing.T) {
	for d, want := range map[int64]string{0: "0 s", 999: "999 ns", 1500: "1 us", 2e9: "2 s", 90e9: "1 min 30 s", 3600e9: "1 h", 26 * 3600e9: "1 d 2 h", 400 * 86400e9: "1 y 35 d"} {
		if got := Span(d); got != want {
			t.Errorf("Span(%d) = %q, want %q", d, got, want)
		}
	}
}

func TestStampOfSaysNoMoreThanTheRecord(t *testing.T) {
	ns := time.Date(2024, 3, 19, 2, 14, 7, 123456789, kst()).UnixNano()
	for p, want := range map[event.Precision]string{event.Nanosecond: "2024-03-19 02:14:07.123", event.Second: "2024-03-19 02:14:07", event.Minute: "2024-03-19 02:14", event.Day: "2024-03-19"} {
		if got := stampOf(event.At(ns, p), kst(), 23); got != want {
			t.Errorf("%v: %q, want %q", p, got, want)
		}
	}
	if got := stampOf(event.Undated(), kst(), 23); got != "undated" {
		t.Errorf("undated: %q", got)
	}
	if got := stampOf(event.Between(ns, event.MaxTime), kst(), 23); !strings.HasPrefix(got, "~2024-03-19") {
		t.Errorf("bounded: %q", got)
	}
}

func TestOrderIsProvable(t *testing.T) {
	mk := func(run, meaning string, offset, from, to int64) *row {
		return &row{Row: timeline.Row{Event: event.Event{Meaning: meaning, Time: event.Time{Instant: from, Earliest: from, Latest: to},
			Origin: event.Origin{Run: run, Offset: offset}}}}
	}
	for _, c := range []struct {
		a, b *row
		want sequence
	}{
		{mk("r", "logged", 0, 10, 20), mk("s", "logged", 0, 21, 30), proven},
		{mk("r", "logged", 0, 10, 20), mk("s", "logged", 0, 20, 30), unproven},
		{mk("r", "logged", 0, 10, 20), mk("r", "logged", 90, 10, 20), proven},
		{mk("r", "logged", 90, 10, 20), mk("r", "logged", 0, 10, 20), reversed},
		{mk("r", "logged", 90, 10, 20), mk("r", "logged", 0, 21, 30), proven},
		{mk("r", "modified", 0, 10, 10), mk("r", "modified", 90, 10, 10), unproven}, // the order of a walk is none in time
		{mk("r", "logged", 0, 10, event.MaxTime), mk("s", "logged", 0, 21, 30), unproven},
	} {
		if got := follows(c.a, c.b); got != c.want {
			t.Errorf("%+v then %+v: %v", c.a.Event.Time, c.b.Event.Time, got)
		}
	}
}

func TestBeforeAndAfterARow(t *testing.T) {
	r := timeline.Row{Event: event.Event{Time: event.At(100, event.Nanosecond), Host: event.HostKey{0, 1}}}
	for _, id := range []event.ID{{15: 1}, {14: 1}, {0: 1}} {
		r.ID = id
		b, a := before(&r), after(&r)
		if string(b.ID[:]) >= string(a.ID[:]) || a.ID != id || b.Time != 100 {
			t.Errorf("before %x is %x", id, b.ID)
		}
	}
	r.ID = event.ID{}
	if b := before(&r); b.Host == r.Event.Host {
		t.Error("before the zero id is the same host")
	}
}

func TestZoomAndPan(t *testing.T) {
	s := &Shared{Range: Range{All: true}, StatOK: true, Stat: timeline.Stat{First: 0, Last: int64(1000 * time.Hour)}}
	here := int64(500 * time.Hour)
	for range 40 {
		r, ok := s.ZoomIn(here)
		if !ok {
			break
		}
		if here < r.From || here >= r.To {
			t.Fatalf("zooming in lost the cursor: %+v", r)
		}
		s.Range = r
	}
	if w := s.Range.To - s.Range.From; w != int64(time.Second) {
		t.Errorf("the narrowest range is %v", time.Duration(w))
	}
	if r, ok := s.Pan(1); !ok || r.To-r.From != s.Range.To-s.Range.From {
		t.Errorf("pan gives %+v, %v", r, ok)
	}
	for range 40 {
		r, ok := s.ZoomOut(here)
		if !ok {
			break
		}
		s.Range = r
	}
	if !s.Range.All {
		t.Errorf("zooming out ends at %+v", s.Range)
	}
	s.Range = Range{From: -5, To: 5}
	if r := s.Around(int64(time.Hour)); r.To-r.From != 10 || r.From > int64(time.Hour) || r.To <= int64(time.Hour) {
		t.Errorf("around gives %+v", r)
	}
	extreme := &Shared{Range: Range{All: true}, StatOK: true, Stat: timeline.Stat{First: event.MinTime + 1, Last: event.MaxTime - 1}}
	if from, to, ok := extreme.Bounds(); !ok || to <= from {
		t.Errorf("bounds of all time: %d %d %v", from, to, ok)
	}
}

func TestBetween(t *testing.T) {
	at := func(s string) int64 {
		x, err := time.ParseInLocation("2006-01-02 15:04:05", s, kst())
		if err != nil {
			t.Fatal(err)
		}
		return x.UnixNano()
	}
	known := func(s string) claim.Bound { return claim.Bound{Known: true, Time: at(s)} }
	one := []claim.Infection{{NotBefore: known("2024-03-12 04:00:11"), NotAfter: known("2024-03-19 02:14:02")}}
	for _, c := range []struct {
		in   []claim.Infection
		w    int
		want string
	}{
		{nil, 42, "-"},
		{one, 42, "2024-03-12 04:00:11 .. 2024-03-19 02:14:02"},
		{one, 36, "2024-03-12 04:00 .. 2024-03-19 02:14"},
		{one, 24, "2024-03-12 .. 2024-03-19"},
		{one, 16, "by 2024-03-19"},
		{[]claim.Infection{{NotAfter: known("2024-03-19 02:14:02")}}, 42, "unknown .. 2024-03-19 02:14:02"},
		{[]claim.Infection{{NotBefore: known("2024-03-19 01:00:00"), NotAfter: known("2024-03-19 02:14:02")}}, 42, "2024-03-19 01:00:00 .. 02:14:02"},
		{[]claim.Infection{{}}, 42, "unknown"},
		{append(one, claim.Infection{NotAfter: known("2024-05-01 00:00:00")}), 46, "2024-03-12 04:00:11 .. 2024-03-19 02:14:02 +1"},
	} {
		if got := Between(c.in, kst(), c.w); got != c.want {
			t.Errorf("%d cells: %q, want %q", c.w, got, c.want)
		}
	}
}

func TestWrapLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"  start", "word", "a", "한국어문장", "averyveryverylongwordwithoutblanks", "\u1112\u1161\u11ab"}), 0, 12).Draw(t, "words")
		w := rapid.IntRange(8, 40).Draw(t, "w")
		in := strings.Join(words, " ")
		got := Wrap([]Note{{Text: in}}, w)
		all := ""
		for _, l := range got {
			if n := widget.Width(l.Text); n > w {
				t.Fatalf("a line is %d wide, %d fit: %q", n, w, l.Text)
			}
			all += l.Text
		}
		strip := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if len(got) < 12 && strip(all) != strip(in) {
			t.Fatalf("%q became %q", in, all)
		}
	})
}
