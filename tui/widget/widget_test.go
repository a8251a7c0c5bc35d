package widget

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFitIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "word ", "한", "글", "\u1112\u1161\u11ab", "漢", "e\u0301", "👩‍💻", "🇰🇷", "…", "█", "ＡＢ"}), 0, 30).Draw(t, "parts")
		w := rapid.IntRange(0, 40).Draw(t, "w")
		s := strings.Join(parts, "")
		for _, got := range []string{Fit(s, w, "…"), FitLeft(s, w, "~"), NewLine(w, "…").Add("", s).Fill(""), NewLine(w, "").AddFit("", s, w).Fill("")} {
			if Width(got) != w {
				t.Fatalf("%q in %d cells is %d wide: %q", s, w, Width(got), got)
			}
		}
		if got := Cut(s, w, "…"); Width(got) > w {
			t.Fatalf("Cut(%q, %d) is %d wide", s, w, Width(got))
		}
	})
}

func TestKoreanWidths(t *testing.T) {
	for s, want := range map[string]int{"한글": 4, "\u1112\u1161\u11ab\u1100\u1173\u11af": 4, "a한": 3, "e\u0301": 1, "": 0, "漢字": 4} {
		if got := Width(s); got != want {
			t.Errorf("Width(%q) = %d, want %d", s, got, want)
		}
	}
	if got := Fit("한글이다", 5, "…"); got != "한글…" {
		t.Errorf("a wide character is split: %q", got)
	}
}

func TestHugeTextIsCutFast(t *testing.T) {
	s := strings.Repeat("한", 16<<20/3)
	if got := Fit(s, 80, "…"); Width(got) != 80 {
		t.Errorf("width %d", Width(got))
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 50220: "50,220", 1234567: "1,234,567", -1234: "-1,234", -9223372036854775808: "-9,223,372,036,854,775,808"} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1k", 15676: "15.6k", 999999: "999k", 4_500_000: "4.5M", 1_200_000_000: "1.2G"} {
		if got := Short(n); got != want {
			t.Errorf("Short(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestBars(t *testing.T) {
	th := NewTheme("mono", false)
	if got := th.Bars([]int64{0, 1, 1000000}, -1); got != " ▂█" && got != " ▁█" {
		t.Errorf("bars are %q: one event beside a million must be seen", got)
	}
	if got := th.Bars(nil, -1); got != "" {
		t.Errorf("no columns give %q", got)
	}
	for i := range 9 {
		if height(int64(i), 8, 8) > height(int64(i+1), 8, 8) {
			t.Errorf("bar of %d is higher than of %d", i, i+1)
		}
	}
	if got := NewTheme("mono", true).Cited([]int{-1, 0, 1, 2, 3, 9}); got != " .-\x1b[1m+\x1b[m\x1b[1m#\x1b[m " {
		t.Errorf("cited row is %q", got)
	}
}

func TestInput(t *testing.T) {
	var in Input
	in.Open("", []string{"first", "second"})
	for _, r := range "hello world" {
		in.Insert([]rune{r})
	}
	for _, c := range []struct{ key, want string }{
		{"ctrl+w", "hello "}, {"backspace", "hello"}, {"home", "hello"}, {"delete", "ello"}, {"end", "ello"}, {"left", "ello"}, {"ctrl+k", "ell"},
		{"up", "second"}, {"up", "first"}, {"up", "first"}, {"down", "second"}, {"down", "ell"}, {"ctrl+u", ""}, {"backspace", ""}, {"delete", ""},
	} {
		if !in.Key(c.key) {
			t.Errorf("%s is not taken", c.key)
		}
		if in.Text() != c.want {
			t.Errorf("after %s: %q, want %q", c.key, in.Text(), c.want)
		}
	}
	in.Insert([]rune("a\nb\x1b[2J\x00\tc"))
	if in.Text() != "a b[2J c" {
		t.Errorf("pasted: %q", in.Text())
	}
	in.Set(strings.Repeat("한글", 50))
	text, cur := in.View(20, func(s string) string { return s })
	if Width(text) != 20 || cur < 0 || cur > 19 {
		t.Errorf("view is %d wide, cursor at %d", Width(text), cur)
	}
	in.Insert([]rune(strings.Repeat("x", 100000)))
	if len(in.Text()) > 10000 {
		t.Error("a line grows without end")
	}
}

func TestFuzzyPutsTheObviousFirst(t *testing.T) {
	items := []Item{{ID: "facets", Label: "Facets: values of a field with exact counts"}, {ID: "follow", Label: "Follow the entity under the cursor"}, {ID: "filter", Label: "Edit the filter"}, {ID: "zoom", Label: "Zoom in"}}
	for typed, want := range map[string]string{"fol": "follow", "fac": "facets", "filt": "filter", "edit fi": "filter", "zi": "zoom"} {
		m := NewMenu(items)
		m.Filter.Set(typed)
		m.Typed()
		if it, ok := m.Current(); !ok || it.ID != want {
			t.Errorf("%q finds %q, want %q", typed, it.ID, want)
		}
	}
	if _, ok := Fuzzy("xyz", "Follow"); ok {
		t.Error("xyz is found in Follow")
	}
}

func TestMenuKeepsItsPlace(t *testing.T) {
	var items []Item
	for i := range 100 {
		items = append(items, Item{ID: Number(int64(i)), Label: "item " + Number(int64(i))})
	}
	m := NewMenu(items)
	m.Move(50)
	m.SetItems(append([]Item{{ID: "new", Label: "new"}}, items...))
	if it, _ := m.Current(); it.ID != "50" {
		t.Errorf("the place moved to %q", it.ID)
	}
	th := NewTheme("mono", false)
	for _, h := range []int{0, 1, 5, 200} {
		if got := len(m.View(th, 30, h)); got != h {
			t.Errorf("%d lines, want %d", got, h)
		}
	}
	m.Move(-1000)
	m.Move(1000)
	if it, _ := m.Current(); it.ID != "99" {
		t.Errorf("the end is %q", it.ID)
	}
}

func TestHex(t *testing.T) {
	got := Hex([]byte("Mar 19 \x1b[31m\xff"), 0x1000, 8)
	want := []string{"0000001000  4d 61 72 20 31 39 20 1b  Mar 19 .", "0000001008  5b 33 31 6d ff           [31m."}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Errorf("line %d is %q, want %q", i, got[i], want[i])
		}
	}
}
