package jsonflat

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in, want, rest string
		ok             bool
	}{
		{`{"a":"b","c":12.5,"d":{"e":[1,"x"],"f":{}},"g":null}`, "a=b c=12.5 d.e.0=1 d.e.1=x g=null", "", true},
		{` { "a" : "q\"\\\u00e9\ud83d\ude00\n" } x`, "a=q\"\\é😀\n", " x", true},
		{`{"a":"\x41b"}`, "a=Ab", "", true},
		{`{"a":1`, "a=1", "", false},
		{`{"a":}`, "", "}", false},
		{`{"a":"b`, "", "", false},
		{`[1]`, "", "[1]", false},
		{strings.Repeat(`{"a":`, 40) + "1", "", "", false},
		{`{}`, "", "", true},
	} {
		pairs, rest, ok := Parse(c.in, nil)
		var got []string
		for _, p := range pairs {
			got = append(got, p.Key+"="+p.Value)
		}
		if strings.Join(got, " ") != c.want || ok != c.ok || ok && rest != c.rest {
			t.Errorf("%s: %q rest %q ok %v", c.in, got, rest, ok)
		}
	}
}

// FuzzParse: what encoding/json takes as an object of strings we read alike.
func FuzzParse(f *testing.F) {
	seeds := []string{`{"a":"b"}`, `{"a":"\u00e9"}`, `{"a":{"b":[1,2]}}`, `{"`}
	for _, s := range seeds {
		f.Add(s)
	}
	if len(seeds) == 0 {
		f.Fatal("the seed corpus is empty")
	}
	f.Fuzz(func(t *testing.T, s string) {
		pairs, _, ok := Parse(s, nil)
		if len(pairs) > maxPairs {
			t.Fatal("too many pairs")
		}
		var m map[string]string
		if len(s) > 4000 || json.Unmarshal([]byte(s), &m) != nil || m == nil || strings.Contains(s, "null") || strings.Contains(s, `\`) {
			return
		}
		if !ok {
			t.Fatalf("%q is an object", s)
		}
		got := map[string]string{}
		for _, p := range pairs {
			got[strings.ToValidUTF8(p.Key, "\ufffd")] = strings.ToValidUTF8(p.Value, "\ufffd")
		}
		if len(got) == len(m) && strings.ToValidUTF8(s, "") == s && fmt.Sprint(got) != fmt.Sprint(m) {
			t.Fatalf("%q: %v, want %v", s, got, m)
		}
	})
}
