package parser

import (
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// history reads the lines of one file.
type history struct {
	x       *parse.Exhibit
	c       *parse.Chunk
	b       *parse.Batch
	shell   string
	prompt  bool // of a program that is no shell: a command is a line
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
		if h.prompt {
			h.prompted(at, next, line)
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

// prompted reads a line of a history that no shell wrote.
func (h *history) prompted(at, next int, line string) {
	if line == editHeader {
		h.b.Padding(h.c.Offset+int64(at), int64(next-at))
		return
	}
	if h.shell == "mysql" || h.shell == "psql" || h.shell == "sqlite" { // those that may be built with libedit
		line = unescaped(line)
	}
	h.command(at, next, line, h.undated)
}

// unescaped turns the octal escapes of libedit into the bytes they stand for.
func unescaped(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b = append(b, byte(n))
				i += 3
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// bash reads a stamp line at at and the command behind it.
func (h *history) bash(at, next int, sec int64) int {
	data := h.c.Data
	if next < len(data) {
		if _, ok := bashStamp(trimEOL(data[next:lineEnd(data, next)])); !ok {
			end := commandEnd(data, next)
			if strings.TrimSpace(data[next:end]) != "" {
				h.entry(at, next, end, h.stamped(sec))
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
	if named := h.shell; named != "" { // one such line does not make the file one of zsh
		defer func() { h.shell = named }()
	}
	h.shell = "zsh"
	if dur > 0 {
		h.b.Field("duration", strconv.FormatInt(dur, 10))
	}
	t := h.undated
	if sec != 0 { // 0: zsh wrote a line anew that it had read without a stamp
		t = h.stamped(sec)
	}
	h.entry(at, at+skip, end, t)
	return end
}

// stamped is the second a shell wrote. A line whose stamp cannot be is bounded
// like one without.
func (h *history) stamped(sec int64) event.Time {
	if sec > lastSecond || sec <= 0 {
		t := h.undated
		t.Reasons = (t.Reasons &^ event.Reasons(0).With(event.StampNone)).With(event.StampInvalid)
		return t
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
	korean(h.b, command)
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
