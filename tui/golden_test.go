package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// korean gives events Korean text, composed and decomposed.
func korean(i int, e *event.Event) {
	e.Actor = []string{"김민서", "운영자", "\u110b\u1175\u1109\u116e\u11ab", "root"}[i%4] // the third is decomposed
	e.Message = []string{"서버에 로그인했습니다 203.0.113.7", "파일 /var/www/html/게시판.php 생성", "\u110b\u1168\u110b\u116c ssh 접속", "plain ASCII message"}[i%4]
}

// shot is a screen and the keys that lead there; main ones are taken in every
// look and width.
type shot struct {
	name string
	main bool
	keys []string
}

func shots() []shot {
	return []shot{
		{"overview", true, nil},
		{"timeline", true, []string{"2", "j", "l", "m"}},
		{"detail", true, []string{"2", "e", "enter"}},
		{"filter", true, []string{"2", "f", "text:actor:김민서 hots:x"}},
		{"card", false, []string{"H", "tab"}},
		{"compare", false, []string{" ", " ", "c"}},
		{"findings", false, []string{"!", "+"}},
		{"facets", false, []string{"2", "F", "tab", "tab"}},
		{"lanes", false, []string{"L"}},
		{"palette", false, []string{"2", ":", "text:fi"}},
		{"help", false, []string{"?"}},
		{"goto", false, []string{"2", "t", "text:00:05"}},
		{"raw", false, []string{"2", "v"}},
		{"hex", false, []string{"2", "v", "v"}},
		{"witnesses", false, []string{"2", "j", "j", "j", "j", "j", "j", "j", "W"}},
		{"bookmarks", false, []string{"2", "B", "text:처음 본 로그인", "enter", "'"}},
	}
}

// look is a theme: with colours, without any (NO_COLOR), and ASCII only.
type look struct {
	name, theme string
	ascii       bool
}

// TestGolden compares frames with those that were looked at and accepted;
// SAKSI_UPDATE=1 accepts the present ones.
func TestGolden(t *testing.T) {
	looks := []look{{"colour", "ansi", false}, {"nocolour", "mono", false}, {"ascii", "mono", true}}
	n := 0
	for _, s := range shots() {
		for _, l := range looks {
			for _, w := range []int{60, 80, 120, 160, 200} {
				if s.main || l.name == "nocolour" && (w == 80 || w == 160) {
					golden(t, s, l, w)
					n++
				}
			}
		}
	}
	if n != 4*3*5+12*2 {
		t.Errorf("%d frames were compared, want 84", n)
	}
}

func golden(t *testing.T, s shot, l look, w int) {
	t.Helper()
	c := newFake(400)
	c.mutate = korean
	x := newHarness(t, c, w, 24, func(o *Options) { o.Theme, o.ASCII = l.theme, l.ascii })
	x.keys(s.keys...)
	checkFrame(t, x.m)
	got := strings.ReplaceAll(strings.Join(x.m.frame().Lines, "\n"), "\x1b", "\\e") + "\n"
	path := filepath.Join("testdata", "golden", fmt.Sprintf("%s-%s-%d.txt", s.name, l.name, w))
	if want := accepted(t, path, got); want != got {
		t.Errorf("%s is not the frame that was accepted (SAKSI_UPDATE=1 accepts this one):\n%s", path, got)
	}
	if l.name != "colour" && strings.Contains(got, "\\e[3") {
		t.Errorf("%s: a colour", path)
	}
	if !l.ascii {
		return
	}
	ours := strings.Map(func(r rune) rune { // what is left when Korean evidence is taken out
		if r >= 0x1100 {
			return -1
		}
		return r
	}, strings.ReplaceAll(got, "▁", "!"))
	for _, r := range ours {
		if r > 0x7e {
			t.Errorf("%s: U+%04X of ours in ASCII mode", path, r)
			break
		}
	}
}

// accepted gives the frame that was accepted; with SAKSI_UPDATE it is this one.
func accepted(t *testing.T, path, got string) string {
	t.Helper()
	if os.Getenv("SAKSI_UPDATE") != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(want)
}

// States must be told without colour: by glyph and word.
func TestStatesWithoutColour(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		x := newHarness(t, newFake(400), 120, 24, func(o *Options) { o.Theme, o.ASCII = "mono", ascii })
		all := strings.Join(x.m.frame().Lines, "\n")
		for _, word := range []string{"confirmed", "no sign", "no data", "missing"} {
			if !strings.Contains(all, word) {
				t.Errorf("ascii=%v: %q is not on the screen", ascii, word)
			}
		}
		for _, seq := range []string{"\x1b[3", "\x1b[9", "38;5"} {
			if strings.Contains(all, seq) {
				t.Errorf("ascii=%v: a colour %q in the theme without", ascii, seq)
			}
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	for _, c := range []struct {
		name, screen string
		hosts        int
	}{{"overview33000", "1", 33_000}, {tlScreen, "2", 3}} {
		b.Run(c.name, func(b *testing.B) {
			fake := newFake(100_000)
			fake.hosts = c.hosts
			x := newHarness(b, fake, 200, 50)
			x.keys(c.screen)
			keys := []string{"j", "j", "j", "k", "l", "h"}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				_, cmd := x.m.Update(keyMsg(keys[i%len(keys)]))
				if cmd != nil {
					b.StopTimer()
					x.settle(cmd)
					b.StartTimer()
				}
			}
		})
	}
}

func BenchmarkView(b *testing.B) {
	for _, c := range []struct {
		name, screen string
		hosts        int
	}{{overview, "1", 3}, {"overview33000", "1", 33_000}, {tlScreen, "2", 3}} {
		b.Run(c.name, func(b *testing.B) {
			fake := newFake(100_000)
			fake.hosts = c.hosts
			x := newHarness(b, fake, 200, 50, func(o *Options) { o.Theme = "ansi" })
			x.keys(c.screen)
			b.ReportAllocs()
			for b.Loop() {
				if f := x.m.frame(); len(f.Lines) != 50 {
					b.Fatal("no frame")
				}
			}
		})
	}
}
