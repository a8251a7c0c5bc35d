package parser

import (
	"bytes"
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
		Doc:        "command lines of bash, zsh, fish and ash, and of the prompts of MySQL, PostgreSQL, SQLite, Redis, Python, Node, PHP and Ruby; a dated line was entered then, an undated one between the birth of the home directory, of the file or of the account, and the last write of the file",
		References: []string{"bash(1) HISTORY", "zshoptions(1) EXTENDED_HISTORY"},
		Sources:    []string{"history"},
		Fields:     []string{"shell", "duration", "path", "encoding", "text"},
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
	return historyPrompt(path.Base(p))
}

// historyPrompt knows the histories of programs that are no shells but read
// commands as these do: one a line, none of them dated.
func historyPrompt(base string) string {
	switch base {
	case ".mysql_history", ".mariadb_history":
		return "mysql"
	case ".psql_history":
		return "psql"
	case ".sqlite_history":
		return "sqlite"
	case ".rediscli_history":
		return "redis-cli"
	case ".python_history":
		return "python"
	case ".node_repl_history":
		return "node"
	case ".php_history":
		return "php"
	case ".irb_history":
		return "irb"
	}
	return ""
}

// editHeader is the first line of a history that libedit wrote, as the client
// of MySQL does; blanks and the like are octal escapes in it.
const editHeader = "_HiStOrY_V2_"

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
	case historyShell(x.Path) != "":
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
	if !ok1 || !ok2 || !number(a) || !number(d) || len(a) < 8 && a != "0" {
		return 0, 0, "", false
	}
	sec, err1 := strconv.ParseInt(a, 10, 64)
	duration, err2 := strconv.ParseInt(d, 10, 64)
	return sec, duration, cmd, err1 == nil && err2 == nil
}

// Parse reads the history. Chunks are cut at stamps where there are any.
func (historyParser) Parse(ctx context.Context, f *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	h := &history{x: x, shell: historyShell(x.Path), prompt: historyPrompt(path.Base(x.Path)) != ""}
	h.actor = historyActor(f, x)
	h.undated = historyBounds(f, x)
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

// historyActor is the account whose history it is: by home directory, by the
// usual places of homes, else the owner of the file (which a copy may change).
func historyActor(f *parse.Facts, x *parse.Exhibit) string {
	if a, ok := f.HomeOwner(x.Path); ok {
		return a.Name
	}
	p := "/" + x.Path
	if strings.Contains(p, "/root/") {
		return "root"
	}
	if _, rest, ok := strings.Cut(p, "/home/"); ok {
		if name, _, ok := strings.Cut(rest, "/"); ok {
			return name
		}
	}
	if x.UID >= 0 {
		return f.AccountName(uint32(x.UID))
	}
	return ""
}

// historyTrim is the least number of lines at which a shell may have written
// its history anew, without the oldest: the default HISTFILESIZE of bash.
const historyTrim = 500

// historyBounds bounds lines without a stamp: not after the last write; not
// before the home directory of the account was born, or where that is not
// known the file. A file that a shell may have trimmed, that was born after its
// last write or holds an older stamp is a copy: its birth bounds nothing.
func historyBounds(f *parse.Facts, x *parse.Exhibit) event.Time {
	t := event.Undated(event.StampNone)
	if x.Mtime != 0 {
		t.Latest = x.Mtime
		t.Reasons = t.Reasons.With(event.BoundMtime)
	} else if x.Started != 0 {
		t.Latest = x.Started
		t.Reasons = t.Reasons.With(event.BoundCollection)
	}
	home := int64(0)
	if a, ok := f.HomeOwner(x.Path); ok && f.HomeBirth != nil {
		home = f.HomeBirth(a.Home)
	}
	switch {
	case home != 0 && home <= t.Latest && !stampBefore(x.Head, home):
		t.Earliest = home
		t.Reasons = t.Reasons.With(event.BoundHome)
	case home != 0: // a restored home: its files are copies, too
	case x.Btime != 0 && x.Btime <= t.Latest && !stampBefore(x.Head, x.Btime) && !historyTrimmed(x):
		t.Earliest = x.Btime
		t.Reasons = t.Reasons.With(event.BoundBirth)
	default:
		historyAccount(f, x, &t)
	}
	return t
}

// historyAccount bounds lines by the making of the account, where neither its
// home nor the file bounds them and no stamp is older. A zone that is not known
// is in the instant: it is the earliest that the record of the making allows.
func historyAccount(f *parse.Facts, x *parse.Exhibit, t *event.Time) {
	if f.AccountBirth == nil {
		return
	}
	made := f.AccountBirth(historyActor(f, x))
	if made == 0 || made > t.Latest || stampBefore(x.Head, made) {
		return
	}
	t.Earliest = made
	t.Reasons = t.Reasons.With(event.BoundAccount)
}

// historyTrimmed says whether the file holds so many lines that a shell may
// have written it anew.
func historyTrimmed(x *parse.Exhibit) bool {
	return x.Size != int64(len(x.Head)) || bytes.Count(x.Head, []byte("\n")) >= historyTrim
}

func stampBefore(head []byte, ns int64) bool {
	for line := range headLines(head, 10000) {
		sec, ok := bashStamp(line)
		if !ok {
			sec, _, _, ok = zshStamp(line)
		}
		if ok && sec != 0 && sec < ns/1e9 {
			return true
		}
	}
	return false
}
