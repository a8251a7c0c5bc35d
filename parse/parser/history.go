package parser

import (
	"context"
	"path"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// historyParser reads shell histories: bash with and without time stamps, zsh
// plain and extended, fish, ash and others that keep one command a line.
type historyParser struct{}

func newHistory() *historyParser { return &historyParser{} }

// Describe gives the parser's description.
func (historyParser) Describe() parse.Description {
	return parse.Description{
		Name: "shellhistory", Version: 1,
		Doc:        "command lines of bash, zsh, fish and ash; a dated line was entered then, an undated one between the birth and the last write of the file",
		References: []string{"bash(1) HISTORY", "zshoptions(1) EXTENDED_HISTORY"},
		Sources:    []string{"history"},
		Fields:     []string{"shell", "duration", "path"},
		Actions:    []string{"exec"},
		Sample:     "#1709431447 / id -a",
		PathOnly:   true,
	}
}

// historyShell knows the names of histories whose content has no mark, and the
// shell that writes each.
func historyShell(p string) string {
	switch base := path.Base(p); base {
	case ".bash_history", "bash_history":
		return "bash"
	case ".ash_history":
		return "ash"
	case ".sh_history":
		return "sh"
	case ".zsh_history", ".zhistory", ".histfile":
		return "zsh"
	case "fish_history":
		return "fish"
	case ".history":
		return "sh"
	}
	return ""
}

// Claim wants stamp lines, or a name that only a history has.
func (historyParser) Claim(x *parse.Exhibit) parse.Strength {
	bash, zsh, fish, lines := 0, 0, 0, 0
	for line := range headLines(x.Head, 200) {
		lines++
		if _, ok := bashStamp(line); ok {
			bash++
		}
		if _, _, _, ok := zshStamp(line); ok {
			zsh++
		}
		if strings.HasPrefix(line, "  when: ") {
			fish++
		}
	}
	switch {
	case fish > 0 && fish*8 >= lines && strings.HasPrefix(string(x.Head), fishStart):
		return parse.Strong
	case zsh > 0 && zsh*4 >= lines, bash > 0 && bash*5 >= lines:
		return parse.Strong
	case historyShell(x.Path) != "" && !strings.Contains(string(x.Head), "\x00"):
		return parse.ByName
	}
	return parse.No
}

// bashStamp reads "#1709431447".
func bashStamp(line string) (sec int64, ok bool) {
	if len(line) < 9 || line[0] != '#' || !number(line[1:]) {
		return 0, false
	}
	sec, err := strconv.ParseInt(line[1:], 10, 64)
	return sec, err == nil
}

// zshStamp reads ": 1709431447:12;command".
func zshStamp(line string) (sec, duration int64, command string, ok bool) {
	rest, ok := strings.CutPrefix(line, ": ")
	if !ok {
		return 0, 0, "", false
	}
	rest = strings.TrimLeft(rest, " ")
	a, rest, ok1 := strings.Cut(rest, ":")
	d, cmd, ok2 := strings.Cut(rest, ";")
	if !ok1 || !ok2 || !number(a) || !number(d) || len(a) < 8 {
		return 0, 0, "", false
	}
	sec, err1 := strconv.ParseInt(a, 10, 64)
	duration, err2 := strconv.ParseInt(d, 10, 64)
	return sec, duration, cmd, err1 == nil && err2 == nil
}

// Parse reads the history. Chunks are cut at stamps where there are any.
func (historyParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	h := &history{x: x, shell: historyShell(x.Path)}
	h.actor = historyActor(f, x)
	h.undated = historyBounds(x)
	o := parse.TextOptions{Starts: historyStarts}
	return parse.EachChunk(ctx, x, s, o, func(c *parse.Chunk, b *parse.Batch) error {
		h.b, h.c = b, c
		h.chunk()
		return nil
	})
}

func historyStarts(line []byte) bool {
	s := unsafeString(line)
	if _, ok := bashStamp(s); ok || strings.HasPrefix(s, fishStart) {
		return true
	}
	_, _, _, ok := zshStamp(s)
	return ok
}

// historyActor is the account whose history it is: by home directory, else the
// owner of the file.
func historyActor(f *parse.Facts, x *parse.Exhibit) string {
	if a, ok := f.HomeOwner(x.Path); ok {
		return a.Name
	}
	switch {
	case x.UID >= 0:
		return f.AccountName(uint32(x.UID))
	case strings.Contains("/"+x.Path, "/root/"):
		return "root"
	}
	if _, rest, ok := strings.Cut("/"+x.Path, "/home/"); ok {
		name, _, _ := strings.Cut(rest, "/")
		return name
	}
	return ""
}

// historyBounds bounds lines without a stamp: not after the last write; not
// before the birth of the file, unless the file is a copy: then its birth is
// later than its last write, or than a stamp in it.
func historyBounds(x *parse.Exhibit) event.Time {
	t := event.Undated(event.StampNone)
	if x.Mtime != 0 {
		t.Latest = x.Mtime
		t.Reasons = t.Reasons.With(event.BoundMtime)
	} else if x.Started != 0 {
		t.Latest = x.Started
		t.Reasons = t.Reasons.With(event.BoundCollection)
	}
	if x.Btime != 0 && x.Btime <= t.Latest && !stampBefore(x.Head, x.Btime) {
		t.Earliest = x.Btime
		t.Reasons = t.Reasons.With(event.BoundBirth)
	}
	return t
}

func stampBefore(head []byte, ns int64) bool {
	for line := range headLines(head, 10000) {
		sec, ok := bashStamp(line)
		if !ok {
			sec, _, _, ok = zshStamp(line)
		}
		if ok && sec < ns/1e9 {
			return true
		}
	}
	return false
}

// history reads the lines of one file.
type history struct {
	x       *parse.Exhibit
	c       *parse.Chunk
	b       *parse.Batch
	shell   string
	actor   string
	undated event.Time
}

// chunk cuts a chunk into entries.
func (h *history) chunk() {
	data := h.c.Data
	for at := 0; at < len(data); {
		next := lineEnd(data, at)
		line := trimEOL(data[at:next])
		if line == "" {
			h.b.Padding(h.c.Offset+int64(at), int64(next-at))
			at = next
			continue
		}
		if noText(line) {
			h.b.Extend(h.c.Offset+int64(at), int64(next-at), "binary", "bytes that are no text")
			at = next
			continue
		}
		if sec, ok := bashStamp(line); ok {
			at = h.bash(at, next, sec)
			continue
		}
		if strings.HasPrefix(line, fishStart) && (h.shell == "fish" || h.shell == "") {
			at = h.fish(at, next)
			continue
		}
		if sec, dur, cmd, ok := zshStamp(line); ok {
			at = h.zsh(at, next, len(line)-len(cmd), sec, dur)
			continue
		}
		end := commandEnd(data, at)
		h.entry(at, at, end, h.undated)
		at = end
	}
}

func lineEnd(s string, at int) int {
	if i := strings.IndexByte(s[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(s)
}

// bash reads a stamp line at at and the command behind it.
func (h *history) bash(at, next int, sec int64) int {
	data := h.c.Data
	if next < len(data) {
		if _, ok := bashStamp(trimEOL(data[next:lineEnd(data, next)])); !ok {
			end := commandEnd(data, next)
			if strings.TrimSpace(data[next:end]) != "" {
				h.entry(at, next, end, stamped(sec))
				return end
			}
		}
	}
	h.b.Warning(h.c.Offset+int64(at), int64(next-at), "stamp-alone", "a time stamp that no command follows")
	return next
}

// zsh reads ": sec:dur;command" with its continuation lines.
func (h *history) zsh(at, next, skip int, sec, dur int64) int {
	data := h.c.Data
	end := next
	for strings.HasSuffix(trimEOL(data[at:end]), "\\") && end < len(data) {
		end = lineEnd(data, end)
	}
	h.shell = "zsh"
	if dur > 0 {
		h.b.Field("duration", strconv.FormatInt(dur, 10))
	}
	h.entry(at, at+skip, end, stamped(sec))
	return end
}

// stamped is the second a shell wrote.
func stamped(sec int64) event.Time {
	const limit = 9_000_000_000
	if sec > limit || sec <= 0 {
		return event.Undated(event.StampInvalid)
	}
	return event.At(sec*1e9, event.Second, event.ResolutionSecond, event.ClockUnverified)
}

// entry makes the event of data[at:end] whose command begins at from.
func (h *history) entry(at, from, end int, t event.Time) {
	command := strings.TrimRight(h.c.Data[from:end], "\r\n")
	if h.shell == "zsh" {
		command = unmetafy(command)
	}
	if p, _ := token(command); strings.HasPrefix(p, "/") {
		h.b.Field("path", p)
	}
	h.command(at, end, command, t)
}

// command makes the event of a command that data[at:end] tells.
func (h *history) command(at, end int, command string, t event.Time) {
	whole := strings.TrimRight(h.c.Data[at:end], "\r\n")
	e := h.b.Event()
	e.Source, e.Action, e.Meaning = "history", "exec", "entered"
	e.Actor, e.Object, e.Message, e.Time = h.actor, command, command, t
	e.Origin.Offset, e.Origin.Length = h.c.Offset+int64(at), int64(len(whole))
	if rest := end - at - len(whole); rest > 0 {
		h.b.Padding(h.c.Offset+int64(at+len(whole)), int64(rest))
	}
	shell := h.shell
	if shell == "" && t.Dated() {
		shell = "bash"
	}
	h.b.Field("shell", shell)
	e.Fields = h.b.Take()
}

// unmetafy undoes zsh's escape of bytes it uses itself: 0x83, then the byte
// with bit 5 turned.
func unmetafy(s string) string {
	if strings.IndexByte(s, 0x83) < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == 0x83 && i+1 < len(s) {
			i++
			b = append(b, s[i]^0x20)
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}
