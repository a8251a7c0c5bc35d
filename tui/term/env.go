package term

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Look is how a terminal wants to be written to, as its environment tells.
// Nothing is asked of the terminal itself: a silent one would stall us.
type Look struct {
	Dumb  bool // cannot place a cursor: use the plain linear form
	Color bool // false with NO_COLOR set or a monochrome terminal
	ASCII bool // the locale is not UTF-8
	Slow  bool // reached over ssh: fewer frames
	Tmux  bool // within tmux or screen: frames are wrapped against flicker
	Via   Via  // what stands between us and the terminal
}

// Via is a program between us and the terminal that passes a sequence on only
// when it is wrapped in its own way.
type Via int

// What a sequence for the clipboard goes through.
const (
	Direct Via = iota
	Tmux
	GNUScreen // or a tmux of old that calls itself so, beyond an ssh
)

// Detect reads the environment (https://no-color.org for NO_COLOR).
func Detect(env func(string) string) Look {
	t := env("TERM")
	l := Look{Dumb: t == "dumb" || t == "", Color: env("NO_COLOR") == ""}
	if strings.HasPrefix(t, "vt") || strings.HasSuffix(t, "-m") || strings.HasSuffix(t, "-mono") {
		l.Color = false
	}
	l.ASCII = !utf8Locale(env)
	l.Slow = env("SSH_CONNECTION") != "" || env("SSH_TTY") != ""
	l.Tmux = env("TMUX") != "" || strings.HasPrefix(t, "tmux") || strings.HasPrefix(t, "screen")
	switch {
	case env("TMUX") != "" || strings.HasPrefix(t, "tmux"):
		l.Via = Tmux
	case strings.HasPrefix(t, "screen"):
		l.Via = GNUScreen
	}
	return l
}

// utf8Locale follows setlocale: LC_ALL, else LC_CTYPE, else LANG. With none of
// them set a terminal of today is taken to read UTF-8, except the old ones.
func utf8Locale(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		v := strings.ToLower(env(name))
		if v == "" {
			continue
		}
		return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
	}
	t := env("TERM")
	return t != "linux" && !strings.HasPrefix(t, "vt")
}

// maxCopy is the most bytes handed to a clipboard; many terminals take no more.
const maxCopy = 74_994

// Copy puts text into the clipboard of the terminal with OSC 52. Inside tmux it
// goes out twice: plain, which tmux takes with "set-clipboard on", and wrapped,
// which it passes on with "allow-passthrough on"; screen passes pieces on. The
// text may hold anything: it travels as base64.
func (s *Screen) Copy(text string, via Via) error {
	if len(text) > maxCopy {
		return fmt.Errorf("copy %d bytes: a terminal's clipboard takes %d; export instead", len(text), maxCopy)
	}
	seq := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(text)) + "\x07"
	switch via {
	case Tmux:
		seq += "\x1bPtmux;" + strings.ReplaceAll(seq, "\x1b", "\x1b\x1b") + "\x1b\\"
	case GNUScreen:
		whole := seq
		for len(whole) > 0 { // screen holds 768 bytes of a sequence, of old 256
			n := min(len(whole), 200)
			seq += "\x1bP" + whole[:n] + "\x1b\\"
			whole = whole[n:]
		}
	}
	s.write(seq)
	return nil
}
