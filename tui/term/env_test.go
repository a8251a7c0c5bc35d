package term

import (
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
		{map[string]string{"TERM": "tmux-256color", "TMUX": "/tmp/x", "LANG": "C.utf8", "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, Look{Color: true, Tmux: true, Slow: true}},
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
	if err := s.Copy("a\x1b]52;c;!\x07b", false); err != nil {
		t.Fatal(err)
	}
	if err := s.Copy("x", true); err != nil {
		t.Fatal(err)
	}
	w.Close()
	buf := make([]byte, 1024)
	n, _ := r.Read(buf)
	if got, want := string(buf[:n]), "\x1b]52;c;YRtdNTI7YzshB2I=\x07\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\"; got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
	if err := s.Copy(strings.Repeat("x", maxCopy+1), false); err == nil {
		t.Error("a text larger than a clipboard is taken")
	}
}
