package source

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// maxMapped bounds the records of odd mappings.
const maxMapped = 1 << 16

// mappedCode is an executable mapping of a file, proc_pid_maps(5).
type mappedCode struct{ rng, perms, dev, ino, target string }

// codeLine reads a line of maps; ok is false when it is no executable mapping of a file.
func codeLine(line string) (m mappedCode, ok bool) {
	f := strings.SplitN(strings.TrimRight(line, "\n"), " ", 6)
	if len(f) < 6 || len(f[1]) < 3 || f[1][2] != 'x' || f[4] == "0" {
		return m, false
	}
	m = mappedCode{rng: f[0], perms: f[1], dev: f[3], ino: f[4], target: strings.TrimLeft(f[5], " ")}
	return m, strings.HasPrefix(m.target, "/")
}

// mapped looks at every file that a process has mapped as code.
func (d *deletedCopier) mapped(ctx context.Context, pid int) error {
	body := bodyOf(d.proc, pid)
	ctx2, cancel := host.Patience(ctx, taskWait)
	defer cancel()
	maps, _, err := d.proc.Read(ctx2, body.dir+"/maps", mapsCap)
	if err != nil {
		return nil // counted where the descriptors are read
	}
	done := map[string]bool{}
	for line := range bytes.Lines(maps) {
		m, ok := codeLine(string(line))
		if !ok || done[m.dev+m.ino] {
			continue
		}
		done[m.dev+m.ino] = true
		if err := d.code(ctx, body, m); err != nil {
			return err
		}
	}
	return nil
}

// code judges one mapped file, copies it once, and records it for this process.
func (d *deletedCopier) code(ctx context.Context, body task, m mappedCode) error {
	dir := strconv.Itoa(body.pid)
	id := [2]uint64{}
	if major, minor, ok := strings.Cut(m.dev, ":"); ok {
		a, err1 := strconv.ParseUint(major, 16, 32)
		b, err2 := strconv.ParseUint(minor, 16, 32)
		ino, err3 := strconv.ParseUint(m.ino, 10, 64)
		if err := firstError(err1, err2, err3); err == nil {
			id = [2]uint64{host.MakeDev(uint32(a), uint32(b)), ino}
		}
	}
	name, errno := dir+"/map_files/"+m.rng, ""
	why, looked := d.known[id]
	if !looked || nameless(m.target) {
		st, err := d.proc.Stat(name)
		if errno = host.ErrnoName(err); err != nil { // needs a capability: look at the name instead
			if st, err = d.proc.Stat(body.dir + "/root" + m.target); err == nil && !nameless(m.target) {
				name, errno = body.dir+"/root"+m.target, ""
			}
		}
		why = mappedWhy(m.target, st)
		d.known[id] = why
	}
	if len(why) == 0 {
		return nil
	}
	st, _ := d.proc.Stat(name)
	if errno == "" {
		if err := d.take(ctx, name, dir+"-map-"+m.rng, m.target, why); err != nil {
			return err
		}
	}
	return d.note(ctx, body.pid, m, st, why, errno)
}

// mappedWhy says what is odd about a file that is mapped as code.
func mappedWhy(target string, st record.File) (why []string) {
	if nameless(target) && (strings.HasPrefix(target, "/memfd:") || heldFile(target)) {
		why = append(why, "it has no name any more")
	}
	if w := placeWhy(target); w != "" && !strings.HasPrefix(target, "/dev/zero") && st.Mode&modeMask == modeReg {
		why = append(why, w)
	}
	if st.Mode&modeMask == modeReg && st.Mode&0o002 != 0 && !nameless(target) {
		why = append(why, "anybody may write it")
	}
	return why
}

// note writes the record of one odd mapping.
func (d *deletedCopier) note(ctx context.Context, pid int, m mappedCode, st record.File, why []string, errno string) error {
	if d.lines++; d.lines > maxMapped {
		return nil
	}
	if d.stream == nil {
		var err error
		if d.stream, err = d.env.Out.Records(bundle.Exhibit{Name: "data/records/mapped", Source: "deleted", Item: d.item, Method: method(d.proc)}); err != nil {
			return fmt.Errorf("mapped records: %w", err)
		}
	}
	stat, _, _ := d.proc.Read(ctx, strconv.Itoa(pid)+"/stat", statCap)
	_, start, _ := statFacts(stat)
	at, _ := d.clock.now()
	r := record.Mapped{Type: "mapped", At: at, PID: pid, Start: start, Range: m.rng, Perms: m.perms, Path: record.Bytes(m.target), Dev: st.Dev, Ino: st.Ino,
		Mode: st.Mode, UID: st.UID, Size: st.Size, Mtime: st.Mtime, Ctime: st.Ctime, Btime: st.Btime, Why: why, Errno: errno}
	if c, ok := d.had[[2]uint64{st.Dev, st.Ino}]; ok {
		r.Bag, r.SHA256 = c.Name, c.SHA256
	} else if errno == "" {
		r.Errno = "cap"
	}
	if err := d.stream.Record(&r); err != nil {
		return fmt.Errorf("mapped records: %w", err)
	}
	return nil
}
