package term

import (
	"encoding/base64"
	"os"
	"strings"
	"testing"
)

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want Look
	}{
		{map[string]string{"TERM": "xterm-256color", "LANG": "ko_KR.UTF-8"}, Look{Color: true}},
		{map[string]string{"TERM": "xterm", "LANG": "en_US.UTF-8", "NO_COLOR": "1"}, Look{}},
		{map[string]string{"TERM": "dumb", "LANG": "C.UTF-8"}, Look{Dumb: true, Color: true}},
		{map[string]string{"LANG": "C.UTF-8"}, Look{Dumb: true, Color: true}},
		{map[string]string{"TERM": "xterm", "LC_ALL": "C"}, Look{Color: true, ASCII: true}},
		{map[string]string{"TERM": "xterm", "LC_ALL": "C", "LANG": "en_US.UTF-8"}, Look{Color: true, ASCII: true}},
		{map[string]string{"TERM": "linux"}, Look{Color: true, ASCII: true}},
		{map[string]string{"TERM": "vt100"}, Look{ASCII: true}},
		{map[string]string{"TERM": "xterm"}, Look{Color: true}},
		{map[string]string{"TERM": "tmux-256color", "TMUX": "/tmp/x", "LANG": "C.utf8", "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, Look{Color: true, Tmux: true, Slow: true, Via: Tmux}},
		{map[string]string{"TERM": "screen.xterm-256color", "LANG": "C.utf8"}, Look{Color: true, Tmux: true, Via: GNUScreen}},
		{map[string]string{"TERM": "screen-256color", "TMUX": "/tmp/x", "LANG": "C.utf8"}, Look{Color: true, Tmux: true, Via: Tmux}},
	} {
		if got := Detect(func(k string) string { return c.env[k] }); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.env, got, c.want)
		}
	}
}

func TestCopyTravelsAsBase64(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := New(nil, w, Options{})
	if err := s.Copy("a\x1b]52;c;!\x07b", Direct); err != nil {
		t.Fatal(err)
	}
	if err := s.Copy("x", Tmux); err != nil {
		t.Fatal(err)
	}
	if err := s.Copy(strings.Repeat("screen ", 60), GNUScreen); err != nil {
		t.Fatal(err)
	}
	w.Close()
	buf := make([]byte, 4096)
	n, _ := r.Read(buf)
	got, pieces := string(buf[:n]), ""
	if at := strings.LastIndex(got, "\x1b]52;c;c2NyZWVu"); at < 0 || !strings.Contains(got[at:], "\x1b\\\x1bP") {
		t.Errorf("for screen there are no pieces: %q", got)
	} else {
		from := strings.LastIndex(got[:at], "\x1bP")
		got, pieces = got[:strings.Index(got, "\x1b]52;c;c2NyZWVu")], got[from:]
	}
	whole := ""
	for _, p := range strings.SplitAfter(pieces, "\x1b\\") {
		if len(p) > 204 {
			t.Errorf("a piece of %d bytes", len(p))
		}
		whole += strings.TrimSuffix(strings.TrimPrefix(p, "\x1bP"), "\x1b\\")
	}
	if want := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("screen ", 60))) + "\x07"; whole != want {
		t.Errorf("the pieces join to %q", whole)
	}
	if want := "\x1b]52;c;YRtdNTI7YzshB2I=\x07\x1b]52;c;eA==\x07\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\"; got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
	if err := s.Copy(strings.Repeat("x", maxCopy+1), Direct); err == nil {
		t.Error("a text larger than a clipboard is taken")
	}
}
