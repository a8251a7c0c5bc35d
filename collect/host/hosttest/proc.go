package hosttest

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"syscall"

	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// Proc is a procfs of recorded replies. Names are relative, as "42/stat".
type Proc struct {
	Pieces map[string]*record.Piece
	Links  map[string]*record.Link
	Dirs   map[string][]string
	Denied map[string]string // directory -> errno name
	Exes   map[string][]byte // "42/exe" -> content
}

var _ host.Proc = (*Proc)(nil)

func newProc(r Recording) *Proc {
	p := &Proc{Pieces: map[string]*record.Piece{}, Links: map[string]*record.Link{}, Dirs: map[string][]string{}, Denied: map[string]string{}, Exes: map[string][]byte{}}
	for i := range r.Processes {
		p.add(&r.Processes[i])
	}
	for i := range r.Sockets {
		p.addThreadTables(&r.Sockets[i])
	}
	for pid, b := range r.Exes {
		p.Exes[strconv.Itoa(pid)+"/exe"] = b
	}
	return p
}

func (p *Proc) add(r *record.Process) {
	dir := strconv.Itoa(r.PID)
	p.Dirs["."] = append(p.Dirs["."], dir)
	for name, f := range r.Files {
		p.Pieces[dir+"/"+name] = f
	}
	p.link(dir+"/exe", r.Exe)
	p.link(dir+"/cwd", r.CWD)
	p.link(dir+"/root", r.Root)
	p.Dirs[dir+"/task"] = []string{dir}
	for name, l := range r.NS {
		p.link(dir+"/ns/"+name, l)
		for _, tid := range r.Threads {
			p.link(fmt.Sprintf("%s/task/%d/ns/%s", dir, tid, name), l)
		}
	}
	for key, l := range r.ThreadNS {
		tid, name, _ := strings.Cut(key, "/")
		p.link(dir+"/task/"+tid+"/ns/"+name, l)
	}
	for _, tid := range r.Threads {
		p.Dirs[dir+"/task"] = append(p.Dirs[dir+"/task"], strconv.Itoa(tid))
	}
	if r.FDsErrno != "" {
		p.Denied[dir+"/fd"] = r.FDsErrno
		return
	}
	p.Dirs[dir+"/fd"] = []string{}
	for _, fd := range r.FDs {
		n := strconv.Itoa(fd.FD)
		p.Dirs[dir+"/fd"] = append(p.Dirs[dir+"/fd"], n)
		p.link(dir+"/fd/"+n, &record.Link{Target: fd.Target, Errno: fd.Errno})
		if fd.Info != nil {
			p.Pieces[dir+"/fdinfo/"+n] = fd.Info
		}
	}
}

// addThreadTables makes descriptor tables of threads that have their own.
func (p *Proc) addThreadTables(s *record.Socket) {
	for _, h := range s.Holders {
		if h.TID == 0 {
			continue
		}
		dir := fmt.Sprintf("%d/task/%d/fd", h.PID, h.TID)
		p.Dirs[dir] = append(p.Dirs[dir], strconv.Itoa(h.FD))
		p.link(fmt.Sprintf("%s/%d", dir, h.FD), &record.Link{Target: record.Bytes(fmt.Sprintf("socket:[%d]", s.Ino))})
	}
}

func (p *Proc) link(name string, l *record.Link) {
	if l != nil {
		p.Links[name] = l
	}
}

// Read implements host.Proc.
func (p *Proc) Read(ctx context.Context, name string, limit int) ([]byte, bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, false, fmt.Errorf("read %q: %w", name, err)
	}
	f, ok := p.Pieces[name]
	if !ok {
		return nil, false, fmt.Errorf("read %q: %w", name, syscall.ENOENT)
	}
	data, cut := []byte(f.Data), f.Cap
	if len(data) > limit {
		data, cut = data[:limit], true
	}
	if err := Errno(f.Errno); err != nil {
		return data, cut, fmt.Errorf("read %q: %w", name, err)
	}
	return data, cut, nil
}

// Readlink implements host.Proc.
func (p *Proc) Readlink(name string) (string, error) {
	l, ok := p.Links[name]
	switch {
	case !ok:
		return "", fmt.Errorf("readlink %q: %w", name, syscall.ENOENT)
	case len(l.Target) == 0 && l.Errno != "":
		return "", fmt.Errorf("readlink %q: %w", name, Errno(l.Errno))
	}
	return string(l.Target), nil
}

// Stat implements host.Proc.
func (p *Proc) Stat(name string) (record.File, error) {
	l, ok := p.Links[name]
	switch {
	case !ok:
		return record.File{}, fmt.Errorf("stat %q: %w", name, syscall.ENOENT)
	case l.Errno != "":
		return record.File{}, fmt.Errorf("stat %q: %w", name, Errno(l.Errno))
	}
	return record.File{Type: "file", Path: record.Bytes(name), Dev: l.Dev, Ino: l.Ino, Mode: l.Mode, Nlink: l.Nlink, Size: l.Size, UID: l.UID, GID: l.GID,
		Mtime: l.Mtime, Ctime: l.Ctime, Btime: l.Btime}, nil
}

// Open implements host.Proc.
func (p *Proc) Open(name string) (host.File, error) {
	b, ok := p.Exes[name]
	if !ok {
		return nil, fmt.Errorf("open %q: %w", name, syscall.ENOENT)
	}
	st, err := p.Stat(name)
	if err != nil {
		return nil, err
	}
	st.Size = int64(len(b))
	return &memFile{Reader: strings.NewReader(string(b)), stat: st}, nil
}

// ReadDir implements host.Proc.
func (p *Proc) ReadDir(name string) ([]string, error) {
	if no := p.Denied[name]; no != "" {
		return nil, fmt.Errorf("read directory %q: %w", name, Errno(no))
	}
	d, ok := p.Dirs[name]
	if !ok {
		return nil, fmt.Errorf("read directory %q: %w", name, syscall.ENOENT)
	}
	return append([]string(nil), d...), nil
}

// PIDs implements host.Proc.
func (p *Proc) PIDs() ([]int, error) {
	names, err := p.ReadDir(".")
	if err != nil {
		return nil, nil
	}
	var out []int
	for _, n := range names {
		if v, err := strconv.Atoi(n); err == nil {
			out = append(out, v)
		}
	}
	sort.Ints(out)
	return out, nil
}

// Detached implements host.Proc.
func (p *Proc) Detached() bool { return true }
