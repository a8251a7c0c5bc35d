package source

import (
	"maps"
	"slices"
	"strconv"

	"github.com/saksi-dfir/saksi/collect/record"
)

// appendProcess writes the JSON object that encoding/json writes for a
// record.Process, without its cost: a busy host has thousands of them.
func appendProcess(b []byte, p *record.Process) []byte {
	b = append(b, `{"t":`...)
	b = appendBytes(b, []byte(p.Type))
	b = appendInt(b, `,"at":`, p.At)
	b = appendInt(b, `,"boottime":`, p.Boottime)
	b = appendInt(b, `,"pid":`, int64(p.PID))
	b = append(b, `,"files":{`...)
	for i, name := range slices.Sorted(maps.Keys(p.Files)) {
		b = appendKey(b, i, name)
		b = appendPiece(b, p.Files[name])
	}
	b = append(b, '}')
	b = appendLink(b, `,"exe":`, p.Exe)
	b = appendLink(b, `,"cwd":`, p.CWD)
	b = appendLink(b, `,"root":`, p.Root)
	b = appendLinks(b, `,"ns":{`, p.NS)
	b = appendFDs(b, p.FDs)
	b = appendText(b, `,"fds_errno":`, p.FDsErrno)
	for i, tid := range p.Threads {
		b = appendInt(b, []string{`,"threads":[`, ","}[min(i, 1)], int64(tid))
	}
	if len(p.Threads) > 0 {
		b = append(b, ']')
	}
	b = appendLinks(b, `,"thread_ns":{`, p.ThreadNS)
	b = appendText(b, `,"exe_bag":`, p.ExeBag)
	b = appendText(b, `,"exe_sha256":`, p.ExeSHA256)
	if p.Body != 0 {
		b = appendInt(b, `,"body":`, int64(p.Body))
	}
	for i, v := range p.Views {
		b = append(b, []string{`,"views":[`, ","}[min(i, 1)]...)
		b = appendBytes(b, []byte(v))
	}
	if len(p.Views) > 0 {
		b = append(b, ']')
	}
	if p.Gone {
		b = append(b, `,"gone":true`...)
	}
	if p.Self {
		b = append(b, `,"self":true`...)
	}
	return append(b, '}')
}

// appendKey writes the name of the i-th member of an object.
func appendKey(b []byte, i int, name string) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return append(appendBytes(b, []byte(name)), ':')
}

// appendText writes a member that is left out when it is empty.
func appendText(b []byte, key, value string) []byte {
	if value == "" {
		return b
	}
	return appendBytes(append(b, key...), []byte(value))
}

func appendPiece(b []byte, p *record.Piece) []byte {
	if p == nil {
		return append(b, "null"...)
	}
	n := len(b)
	if len(p.Data) > 0 {
		b = appendBytes(append(b, `,"data":`...), p.Data)
	}
	b = appendText(b, `,"errno":`, p.Errno)
	if p.Cap {
		b = append(b, `,"cap":true`...)
	}
	return closeObject(b, n)
}

// closeObject makes an object of the members written since place n, each with
// a comma before it.
func closeObject(b []byte, n int) []byte {
	if len(b) == n {
		return append(b, "{}"...)
	}
	b[n] = '{'
	return append(b, '}')
}

func appendLink(b []byte, key string, l *record.Link) []byte {
	if l == nil {
		return b
	}
	return appendLinkValue(append(b, key...), l)
}

func appendLinkValue(b []byte, l *record.Link) []byte {
	if l == nil {
		return append(b, "null"...)
	}
	n := len(b)
	if len(l.Target) > 0 {
		b = appendBytes(append(b, `,"target":`...), l.Target)
	}
	for _, m := range []struct {
		key string
		v   uint64
	}{{`,"dev":`, l.Dev}, {`,"ino":`, l.Ino}, {`,"mode":`, uint64(l.Mode)}, {`,"nlink":`, uint64(l.Nlink)}} {
		if m.v != 0 {
			b = appendUint(b, m.key, m.v)
		}
	}
	for _, m := range []struct {
		key string
		v   int64
	}{{`,"size":`, l.Size}, {`,"uid":`, int64(l.UID)}, {`,"gid":`, int64(l.GID)}, {`,"mtime":`, l.Mtime}, {`,"ctime":`, l.Ctime}, {`,"btime":`, l.Btime}} {
		if m.v != 0 {
			b = appendInt(b, m.key, m.v)
		}
	}
	return closeObject(appendText(b, `,"errno":`, l.Errno), n)
}

func appendLinks(b []byte, key string, links map[string]*record.Link) []byte {
	if len(links) == 0 {
		return b
	}
	b = append(b, key...)
	for i, name := range slices.Sorted(maps.Keys(links)) {
		b = appendLinkValue(appendKey(b, i, name), links[name])
	}
	return append(b, '}')
}

func appendFDs(b []byte, fds []record.FD) []byte {
	for i := range fds {
		f := &fds[i]
		b = append(b, []string{`,"fds":[`, ","}[min(i, 1)]...)
		b = strconv.AppendInt(append(b, `{"fd":`...), int64(f.FD), 10)
		if len(f.Target) > 0 {
			b = appendBytes(append(b, `,"target":`...), f.Target)
		}
		if f.Info != nil {
			b = appendPiece(append(b, `,"info":`...), f.Info)
		}
		b = append(appendText(b, `,"errno":`, f.Errno), '}')
	}
	if len(fds) > 0 {
		b = append(b, ']')
	}
	return b
}
