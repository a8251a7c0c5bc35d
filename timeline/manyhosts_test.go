package timeline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// The beginning of a name may stand for very many hosts, also negated: the
// pages of a listing must have every row once, and another name that is given
// to a host counts from then on.
func TestPrefixOfManyHosts(t *testing.T) {
	c, dir := newCase(t)
	s := touched()
	const many, few, lines = 400, 25, 2
	for i := range (many + few) * lines {
		name := fmt.Sprintf("h%03d", i%(many+few))
		if n := i % (many + few); n >= many {
			name = fmt.Sprintf("db%02d", n-many)
		}
		e := s.add("data/files/var/log/remote.log", name+" sshd: hello", event.Event{Source: "syslog", Action: "logged", Time: event.At(t0+int64(i)*1e9, event.Second)}, "hostname="+name)
		e.HeldBy, e.Host = e.Host, event.MakeHostKey("", name)
	}
	ingest(t, c, s, s.write(t, dir))
	others := few*lines + 1 // the bundle's own host has one line of syslog
	for round, want := range []map[string]int{
		{"host:h*": many * lines, "-host:h* source:syslog": others, "host:h1*": 100 * lines, "-host:h1* source:syslog": (many-100)*lines + others, "host:zz*": 0},
		{"host:h*": many * lines, "-host:h* source:syslog": others, "host:h1*": 100 * lines, "-host:h1* source:syslog": (many-100)*lines + others, "host:zz*": lines}, // the name in the lines still counts
	} {
		for text, n := range want {
			for range 2 { // the second time from what was kept
				if got := listed(t, c, text); got != n {
					t.Errorf("round %d: %q lists %d rows, not %d", round, text, got, n)
				}
			}
		}
		if err := c.Join("zz-renamed", []event.HostKey{event.MakeHostKey("", "h100")}); err != nil {
			t.Fatal(err)
		}
	}
}

// listed pages through a query forward and back and gives how many rows came.
func listed(t *testing.T, c *timeline.Case, text string) int {
	t.Helper()
	q, err := c.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var runs [2]string
	n := 0
	for d, dir := range []timeline.Direction{timeline.Forward, timeline.Backward} {
		var ids []string
		for cur := (timeline.Cursor{}); ; {
			p, err := c.Page(t.Context(), q, timeline.PageRequest{After: cur, Limit: 37, Direction: dir})
			if err != nil {
				t.Fatal(err)
			}
			page := make([]string, len(p.Rows))
			for i := range p.Rows {
				page[i] = p.Rows[i].ID.String()
			}
			if ids = append(ids, page...); dir == timeline.Backward {
				ids = append(page, ids[:len(ids)-len(page)]...)
			}
			if cur = p.Last; dir == timeline.Backward {
				cur = p.First
			}
			if !p.More {
				break
			}
		}
		runs[d], n = strings.Join(ids, " "), len(ids)
	}
	if runs[0] != runs[1] {
		t.Errorf("%q: forward and back give other rows", text)
	}
	return n
}
