package query

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func seoul() *time.Location { return time.FixedZone("KST", 9*3600) }

func options() ParseOptions {
	return ParseOptions{Zone: seoul(), Now: time.Date(2024, 7, 31, 12, 0, 0, 0, time.UTC)}
}

func TestParseNormalForm(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "*"},
		{"  ", "*"},
		{"*", "*"},
		{"host:web01 source:wtmp actor:root", "host:web01 source:wtmp actor:root"},
		{"a AND b", "a b"},
		{"a b OR c d", "a b OR c d"},
		{"a (b OR c) d", "a (b OR c) d"},
		{"-(a OR b)", "-(a OR b)"},
		{"NOT -a", "--a"},
		{`!host:lab !(a b) !"x y" !pid>3 ! a`, `-host:lab -(a b) -"x y" -pid>3 -a`},
		{"!x a!b hello! !http://x", `"!x" a!b hello! "!http://x"`},
		{"level:high level:m*", "level:high level:m*"},
		{"-(a b)", "-(a b)"},
		{"((a))", "a"},
		{`"magic packet" x`, `"magic packet" x`},
		{`path:"/tmp/a b"*`, `path:"/tmp/a b"*`},
		{"path:/dev/shm/*", "path:/dev/shm/*"},
		{`path:/a\*b`, `path:"/a*b"`},
		{`"a\x1b\"\\z"`, `"a\x1b\"\\z"`},
		{"10:00:01", "10:00:01"},
		{"sekurlsa::logon http://x/y", "sekurlsa::logon http://x/y"},
		{"한국어 actor:김철수", "한국어 actor:김철수"},
		{"after:2024-03-19", "after:2024-03-18T15:00:00Z"},
		{"before:2024-07-31T00:00:00Z", "before:2024-07-31T00:00:00Z"},
		{"at:2024-04-11T09:00±2h", "at:2024-04-10T22:00:00.000000000Z..2024-04-11T02:00:59.999999999Z"},
		{"at:2024-04-11T09:00+-2h", "at:2024-04-10T22:00:00.000000000Z..2024-04-11T02:00:59.999999999Z"},
		{"at:2024", "at:2023-12-31T15:00:00.000000000Z..2024-12-31T14:59:59.999999999Z"},
		{"at:2024-02Z", ""},
		{"sure:2024-04-11T09:00:00.5+09:00", "sure:at:2024-04-11T00:00:00.500000000Z..2024-04-11T00:00:00.599999999Z"},
		{"sure:after:2024-04-11T09:00", "sure:after:2024-04-11T00:00:00Z"},
		{"after:now-1h30m", "after:2024-07-31T10:30:00Z"},
		{"at:today", "at:2024-07-30T15:00:00.000000000Z..2024-07-31T14:59:59.999999999Z"},
		{"after:@1710814447", "after:2024-03-19T02:14:07Z"},
		{"at:2024-04-11..2024-04-12", "at:2024-04-10T15:00:00.000000000Z..2024-04-12T14:59:59.999999999Z"},
		{"ip:10.1.2.3/8", "ip:10.0.0.0/8"},
		{"ip:::ffff:10.0.0.1", "ip:10.0.0.1"},
		{"ip:192.0.2.*", "ip:192.0.2.*"},
		{"pid>1000 size<=4096 x!=3", "pid>1000 size<=4096 -x=3"},
		{"level>=medium", "level:medium OR level:high"},
		{"tag:finding AND (x OR y)", "tag:finding (x OR y)"},
		{"pid:812", "pid:812"},
		{"message:foo", "foo"},
	} {
		n, err := Parse(c.in, options())
		if c.want == "" {
			if err == nil {
				t.Errorf("%q: want an error, got %s", c.in, n)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		if got := n.String(); got != c.want {
			t.Errorf("%q: got %s, want %s", c.in, got, c.want)
		}
	}
}

func TestEchoInZone(t *testing.T) {
	n, err := Parse("after:2024-03-19", options())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := n.In(seoul()), "after:2024-03-19T00:00:00+09:00"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, c := range []struct {
		in      string
		col     int
		suggest string
	}{
		{"hots:web01", 1, "did you mean host:"},
		{"a sorce:wtmp", 3, "did you mean source:"},
		{"Host:web01", 1, "did you mean host:"},
		{"after:2024-13-01", 7, "2024-03-19"},
		{"한 after:yesterdy", 9, "2024-03-19"},
		{"(a OR b", 1, "add )"},
		{"a)", 2, "remove it"},
		{"a AND", 6, "add a term"},
		{"OR a", 1, "in quotes"},
		{`x "abc`, 3, "close it"},
		{"path:*a", 6, "in quotes"},
		{"ip:300.1.1.1", 4, "192.0.2.7"},
		{"pid>abc", 5, "write a number"},
		{"exe=abc", 5, "exe:abc"},
		{"level>=huge", 8, "info, low"},
		{"level:hihg", 7, "info, low"},
		{`level:""`, 7, "info, low"},
		{"host:", 6, "VALUE"},
		{"host:(a OR b)", 6, "(host:A OR host:B)"},
		{"at:2024-01-01±xx", 15, "30m"},
		{"at:2024-01-02..2024-01-01", 4, "earlier"},
		{"after:0001-01-01", 7, "1677"},
		{"()", 2, "put a term"},
		{`"\xzz"`, 2, "two hex"},
		{strings.Repeat("(", 300) + "a", maxDepth + 2, ""},
	} {
		_, err := Parse(c.in, options())
		var se *SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("%q: got %v, want a SyntaxError", c.in, err)
			continue
		}
		if se.Column != c.col || !strings.Contains(se.Suggest, c.suggest) {
			t.Errorf("%q: got column %d, %q; want column %d with %q", c.in, se.Column, se.Error(), c.col, c.suggest)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`host:web01 -(a OR "b c") after:2024-03-19`, "at:2024-04-11T09:00±2h ip:10.0.0.0/8", `path:"/a b"* pid>=1.5e3`,
		"level<high", "!a:b", "!!(x)", "!\"", "\\*\\", "a\u3000b \x80", "NOT x AND(y)z", `-"-" sure:at:2024`, "at:1678..2261", "ip:fe80::1", `"\\x"`, "a:b:c", "x:\u0085y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := Parse(s, options())
		if err != nil {
			var se *SyntaxError
			if !errors.As(err, &se) || se.Column < 1 {
				t.Fatalf("%q: %v is no SyntaxError with a column", s, err)
			}
			return
		}
		again, err := Parse(n.String(), ParseOptions{})
		if err != nil {
			t.Fatalf("%q: normal form %q: %v", s, n, err)
		}
		if !same(n, again) {
			t.Fatalf("%q: normal form %q reads back as %q", s, n, again)
		}
	})
}

// same compares two queries but for their columns, in one walk: a general
// comparison takes twice as long for each level of nesting.
func same(a, b *Node) bool {
	x, y := *a, *b
	x.Kids, x.Column, y.Kids, y.Column = nil, 0, nil, 0
	return reflect.DeepEqual(x, y) && slices.EqualFunc(a.Kids, b.Kids, same)
}
