package parser

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// filestatParser reads the statx records of the collector's walk: one event
// for each distinct instant of a file, the meanings joined as MACB.
type filestatParser struct{}

func newFilestat() parse.Parser { return filestatParser{} }

// Describe implements parse.Parser.
func (filestatParser) Describe() parse.Description {
	return parse.Description{
		Name:    "filestat",
		Version: 1,
		Doc: "statx records of the collector: one event for each distinct instant of a file; meaning m (content), a (access), c (inode), " +
			"b (birth) joined as in \"m.c.\"",
		References: []string{"collect/record/FORMAT.md", "statx(2)"},
		Sources:    []string{"file"},
		Fields:     []string{"attrs", "covered", "dev", "gid", "inode", "kind", "mode", "nlink", "path", "size", "target", "uid", "xattrs"},
		Actions:    []string{"timestamp"},
		Sample:     `{"t":"file","path":"/etc/passwd","dev":2049,"ino":131,"mode":33188,"uid":0,"gid":0,"nlink":1,"size":1024,"atime":1,"mtime":2,"ctime":2}`,
		PathOnly:   true,
	}
}

// Claim implements parse.Parser.
func (filestatParser) Claim(x *parse.Exhibit) parse.Strength { return claimRecord(x, "filestat") }

// Parse implements parse.Parser.
func (filestatParser) Parse(ctx context.Context, _ *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	return parse.EachChunk(ctx, x, s, parse.TextOptions{Workers: x.Workers}, func(c *parse.Chunk, b *parse.Batch) error {
		rest, off := c.Data, c.Offset
		for len(rest) > 0 {
			n := strings.IndexByte(rest, '\n') + 1
			if n == 0 {
				n = len(rest)
			}
			filestatLine(rest[:n], off, b)
			rest, off = rest[n:], off+int64(n)
		}
		return nil
	})
}

func filestatLine(line string, off int64, b *parse.Batch) {
	length := int64(len(line))
	text := strings.TrimRight(line, "\r\n")
	if text == "" {
		b.Padding(off, length)
		return
	}
	var f record.File
	if f = noFile(); !quickFile(text, &f) {
		f = noFile()
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			b.Warning(off, length, "unreadable", "not a record line: "+err.Error())
			return
		}
		if !utf8.ValidString(text) {
			b.Warning(off, length, "not-utf8", "a record line with bytes that are no UTF-8, shown as U+FFFD")
		}
	}
	switch {
	case f.Type != "file":
		b.Warning(off, length, "unknown-type", "a record of a type that this version does not read: "+strconv.Quote(f.Type))
	case f.Errno != "" && f.Ino == 0:
		b.Warning(off, length, "no-stat", "the collector could not stat "+strconv.Quote(string(f.Path))+": "+f.Errno)
	default:
		if f.Mtime == noTime || f.Atime == noTime || f.Ctime == noTime {
			b.Warning(off, length, "no-time", "a file record without all of mtime, atime and ctime: "+strconv.Quote(string(f.Path)))
		}
		fileEvents(&f, off, length, b)
	}
}

// noTime stands for a time that a record does not have: 0 is one that a file can have.
const noTime = math.MinInt64

// noFile is a record of which nothing is known yet.
func noFile() record.File { return record.File{Mtime: noTime, Atime: noTime, Ctime: noTime} }

// instant is one moment of a file with the letters of what happened then.
type instant struct {
	at      int64
	letters [4]byte
}

// instants joins equal times; order of first appearance.
func instants(f *record.File) ([4]instant, int) {
	var out [4]instant
	n := 0
	put := func(at int64, slot int, letter byte) {
		if at == noTime {
			return
		}
		for i := range n {
			if out[i].at == at {
				out[i].letters[slot] = letter
				return
			}
		}
		out[n] = instant{at: at, letters: [4]byte{'.', '.', '.', '.'}}
		out[n].letters[slot] = letter
		n++
	}
	put(f.Mtime, 0, 'm')
	put(f.Atime, 1, 'a')
	put(f.Ctime, 2, 'c')
	if f.Btime != 0 {
		put(f.Btime, 3, 'b')
	}
	return out, n
}

func granulePrecision(granule int64) event.Precision {
	switch {
	case granule >= 1e9:
		return event.Second
	case granule >= 1e6:
		return event.Millisecond
	case granule >= 1e3:
		return event.Microsecond
	}
	return event.Nanosecond
}

// fileKind names the type bits of a mode.
func fileKind(mode uint32) string {
	switch mode & 0xf000 {
	case 0x8000:
		return "file"
	case 0x4000:
		return "directory"
	case 0xa000:
		return "link"
	case 0x1000:
		return "fifo"
	case 0x2000:
		return "char"
	case 0x6000:
		return "block"
	case 0xc000:
		return "socket"
	}
	return "unknown"
}

// fileVerbs says in words which of a file's times an instant is: "born,
// modified, changed" for "m.cb".
func fileVerbs(letters [4]byte) string {
	n := 0
	for i, c := range letters {
		if c != '.' {
			n |= 1 << i
		}
	}
	return [...]string{"", "modified", "accessed", "modified, accessed", "changed", "modified, changed", "accessed, changed", "modified, accessed, changed",
		"born", "born, modified", "born, accessed", "born, modified, accessed", "born, changed", "born, modified, changed", "born, accessed, changed", "born, modified, accessed, changed"}[n]
}

func fileEvents(f *record.File, off, length int64, b *parse.Batch) {
	path, kind := string(f.Path), fileKind(f.Mode)
	size, mode := strconv.FormatInt(f.Size, 10), strconv.FormatUint(uint64(f.Mode&0xfff), 8)
	inode, dev := strconv.FormatUint(f.Ino, 10), strconv.FormatUint(f.Dev, 10)
	uid, gid := strconv.FormatUint(uint64(f.UID), 10), strconv.FormatUint(uint64(f.GID), 10)
	message := " " + kind + " " + path
	if len(f.Target) > 0 {
		message += " -> " + string(f.Target)
	}
	precision := granulePrecision(f.Granule)
	list, n := instants(f)
	for i := range n {
		b.Field("dev", dev)
		b.Field("gid", gid)
		b.Field("inode", inode)
		b.Field("kind", kind)
		b.Field("mode", mode)
		b.Field("path", path)
		b.Field("size", size)
		b.Field("uid", uid)
		rareFileFields(f, b)
		e := b.Event()
		*e = event.Event{Time: event.At(list[i].at, precision, event.ClockUnverified), Meaning: string(list[i].letters[:]), Source: "file",
			Action: "timestamp", Object: path, Message: fileVerbs(list[i].letters) + message, Ordinal: uint32(i), Origin: event.Origin{Offset: off, Length: length}, Fields: b.Take()}
	}
}

func rareFileFields(f *record.File, b *parse.Batch) {
	if f.Nlink != 1 {
		b.Field("nlink", strconv.FormatUint(uint64(f.Nlink), 10))
	}
	if f.Attrs != 0 {
		b.Field("attrs", "0x"+strconv.FormatUint(f.Attrs, 16))
	}
	b.Field("target", string(f.Target))
	if f.Covered {
		b.Field("covered", "true")
	}
	if len(f.Xattrs) > 0 {
		b.Field("xattrs", xattrNames(f.Xattrs))
	}
}

func xattrNames(m map[string]record.Bytes) string {
	var f fieldList
	for n := range m {
		f.add(n, n)
	}
	var out []string
	for _, x := range f.sorted() {
		out = append(out, x.Name)
	}
	return strings.Join(out, ",")
}
