package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestCursorStandsOnItsOwnLine lists with stdout and stderr on one terminal:
// the cursor begins a line, behind all rows.
func TestCursorStandsOnItsOwnLine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "case")
	d := &desk2{t, dir}
	d.must(exitDone, "ingest", "--case", dir, filepath.Join(sampleDir(t), "web01.tar.zst"))
	for _, form := range []string{"", "--json", "--csv", "--cite"} {
		var both bytes.Buffer
		a := &app{in: strings.NewReader(""), out: &both, err: &both, now: time.Now, getenv: func(string) string { return "" }}
		args := []string{"events", "--case", dir, "--limit", "3"}
		if form != "" {
			args = append(args, form)
		}
		if code := a.run(t.Context(), args); code != exitDone {
			t.Fatalf("%s: exit %d: %s", form, code, both.String())
		}
		lines := strings.Split(strings.TrimSuffix(both.String(), "\n"), "\n")
		if n := strings.Count(both.String(), "more: --after "); n != 1 || !strings.HasPrefix(lines[len(lines)-1], "more: --after ") {
			t.Errorf("%s: %q", form, both.String())
		}
	}
}

func TestClipKeepsCharactersWhole(t *testing.T) {
	for _, s := range []string{strings.Repeat("한", 200), strings.Repeat("a", 299) + "é", "x" + strings.Repeat("😀", 100), strings.Repeat("\x80", 400)} {
		got := strings.TrimSuffix(clip(s, 300), "...")
		if !strings.HasPrefix(s, got) || len(got) > 300 || len(got) < 297 || utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("%.20q is cut to %d bytes", s, len(got))
		}
	}
}
