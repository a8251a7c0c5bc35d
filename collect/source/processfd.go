package source

import (
	"context"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

func (r *processReader) descriptors(ctx context.Context, body task, start uint64) ([]record.FD, string) {
	out, errno := []record.FD{}, ""
	dir, table := body.dir, fdTable{at: time.Now(), start: start}
	err := eachLink(r.proc, dir+"/fd", func(n, target string, err error) bool {
		num, bad := strconv.Atoi(n)
		if bad != nil {
			return true
		}
		if len(out) >= maxFDs {
			errno = "cap"
			return false
		}
		fd := record.FD{FD: num, Target: record.Bytes(target), Errno: host.ErrnoName(err)}
		table.note(num, n, target, fd.Errno)
		if wantsInfo(target) && ctx.Err() == nil {
			fd.Info = piece(ctx, r.proc, dir+"/fdinfo/"+n, smallCap)
		}
		out = append(out, fd)
		return true
	})
	if err != nil {
		return nil, host.ErrnoName(err)
	}
	if errno == "" && body.tid == 0 { // tables of threads are looked for by those that want them
		r.fds.keep(body.pid, table)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].FD < out[j].FD })
	return out, errno
}

// wantsInfo says whether the fdinfo of a descriptor tells more than its
// target: kernel objects, and files that have no name any more.
func wantsInfo(target string) bool {
	return strings.HasPrefix(target, "anon_inode:bpf") || strings.HasPrefix(target, "anon_inode:[pidfd]") ||
		strings.HasPrefix(target, "anon_inode:inotify") || strings.HasSuffix(target, " (deleted)")
}

// threadNamespaces records the namespaces of threads that are not those of
// their process.
func (r *processReader) threadNamespaces(p *record.Process) map[string]*record.Link {
	var out map[string]*record.Link
	for _, tid := range p.Threads {
		for _, n := range namespaceNames() {
			if p.NS[n] == nil {
				continue // not in this kernel
			}
			l := link(r.proc, taskOf(p.PID, tid).dir+"/ns/"+n, false)
			if l.Errno != "" || string(l.Target) == string(p.NS[n].Target) {
				continue
			}
			if out == nil {
				out = map[string]*record.Link{}
			}
			out[strconv.Itoa(tid)+"/"+n] = l
		}
	}
	return out
}
