package widget

// Theme holds the styles by role, as SGR prefixes ("" for the terminal's own
// look), and the glyphs. State never rests on colour: it has a glyph and a
// word first.
type Theme struct {
	Name   string
	Dim    string // less important text
	Strong string
	Title  string // header bar
	Select string // row under the cursor
	Idle   string // row under the cursor of a pane without focus
	Cell   string // selected cell of that row
	Match  string // search hit
	Key    string // key names in footer and help
	Good   string
	Warn   string
	Bad    string
	Levels [4]string // info, low, medium, high
	Glyph  Glyphs
}

// Glyphs are the characters that have an ASCII form.
type Glyphs struct {
	Cut    string
	Bar    string // between panes
	Rule   string // horizontal
	Bars   []string
	Cited  [4]string // info, low, medium, high
	States map[string]string
	Dot    string // separates items of a line
	Hair   string // cursor position below the strip
	Link   string // in front of a line that leads to an event
}

func unicodeGlyphs() Glyphs {
	return Glyphs{
		Cut: "…", Bar: "│", Rule: "─", Dot: " · ", Hair: "^", Link: "→",
		Bars:  []string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
		Cited: [4]string{"▁", "▃", "▅", "█"},
		States: map[string]string{
			"confirmed": "●", "probable": "◐", "possible": "◔", "no sign": "○", "no data": "?",
		},
	}
}

func asciiGlyphs() Glyphs {
	return Glyphs{
		Cut: "~", Bar: "|", Rule: "-", Dot: " . ", Hair: "^", Link: "=",
		Bars:  []string{" ", ".", ":", "-", "=", "+", "*", "#", "@"},
		Cited: [4]string{".", "-", "+", "#"},
		States: map[string]string{
			"confirmed": "@", "probable": "%", "possible": "+", "no sign": "o", "no data": "?",
		},
	}
}

// Themes lists the names NewTheme knows, the default first.
func Themes() []string { return []string{"ansi", "dark", "light", "mono"} }

// NewTheme gives a theme by name; an unknown name gives the default. "ansi"
// uses the sixteen colours of the terminal, "dark" and "light" fixed colours
// of the 256, "mono" bold, underline and reverse only.
func NewTheme(name string, ascii bool) *Theme {
	t := &Theme{Name: name}
	switch name {
	case "mono":
		mono(t)
	case "dark":
		fixed(t, "250", "244", "117", "114", "221", "209", "24", "237")
	case "light":
		fixed(t, "236", "242", "25", "22", "94", "124", "153", "254")
	default:
		t.Name = "ansi"
		sixteen(t)
	}
	t.Glyph = unicodeGlyphs()
	if ascii {
		t.Glyph = asciiGlyphs()
	}
	return t
}

func mono(t *Theme) {
	t.Strong, t.Title, t.Select = "\x1b[1m", "\x1b[7m", "\x1b[7m"
	t.Idle, t.Cell, t.Match, t.Key = "\x1b[1m", "\x1b[1;4;7m", "\x1b[4m", "\x1b[1m"
	t.Warn, t.Bad = "\x1b[1m", "\x1b[1m"
	t.Levels = [4]string{"", "", "\x1b[1m", "\x1b[1m"}
}

func sixteen(t *Theme) {
	t.Dim, t.Strong, t.Title = "\x1b[2m", "\x1b[1m", "\x1b[7m"
	t.Select, t.Idle, t.Cell = "\x1b[7m", "\x1b[1m", "\x1b[1;4;7m"
	t.Match, t.Key = "\x1b[30;43m", "\x1b[1;36m"
	t.Good, t.Warn, t.Bad = "\x1b[36m", "\x1b[33m", "\x1b[1;31m"
	t.Levels = [4]string{"\x1b[36m", "\x1b[34m", "\x1b[33m", "\x1b[1;31m"}
}

func fixed(t *Theme, text, dim, key, good, warn, bad, sel, bar string) {
	fg := func(c string) string { return "\x1b[38;5;" + c + "m" }
	t.Dim, t.Strong = fg(dim), "\x1b[1m"
	t.Title = "\x1b[38;5;" + text + ";48;5;" + bar + "m"
	t.Select, t.Idle = "\x1b[48;5;"+sel+"m", "\x1b[1m"
	t.Cell = "\x1b[1;4;48;5;" + sel + "m"
	t.Match = "\x1b[30;48;5;221m"
	t.Key, t.Good, t.Warn, t.Bad = fg(key), fg(good), fg(warn), "\x1b[1;38;5;"+bad+"m"
	t.Levels = [4]string{fg(key), fg(good), fg(warn), t.Bad}
}

// State gives glyph and word of a state; an unknown state is shown as it is.
func (t *Theme) State(s string) string {
	if g, ok := t.Glyph.States[s]; ok {
		return g + " " + s
	}
	return "? " + s
}
