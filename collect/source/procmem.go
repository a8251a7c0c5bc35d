package source

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// procmem is the source of memory of suspect processes.
func procmem() collect.Source { return procmemSource{} }

type procmemSource struct{}

const (
	regionCap  = 16 << 20  // bytes of one mapping
	processCap = 64 << 20  // of one process
	procmemCap = 256 << 20 // of all
	maxRegions = 256       // of one process
)

// Describe implements collect.Source.
func (procmemSource) Describe() collect.Description {
	return collect.Description{
		Name: "procmem",
		Doc: "memory of processes whose executable is deleted or only in memory, and of others that run from writable memory: heap, stack, " +
			"anonymous code, mappings that are writable and executable; pages that are present only",
		Effects:    "process_vm_readv needs ptrace rights and may be audited; pages that are not present are not touched, so that nothing is faulted in",
		References: []string{"process_vm_readv(2)", "proc_pid_pagemap(5)", "MITRE ATT&CK T1055"},
		Group:      collect.GroupExe,
		MinKernel:  "3.10",
		Fallback:   "where pagemap cannot be read nothing is taken, with the errno",
		Root:       true,
		LiveOnly:   true,
		Profiles:   []string{"full"},
	}
}

// Plan implements collect.Source.
func (procmemSource) Plan(context.Context, *collect.Env) ([]bundle.PlanItem, error) {
	return []bundle.PlanItem{{Source: "procmem", Target: "memory of suspect processes", Bytes: -1}}, nil
}

// Collect implements collect.Source.
func (procmemSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc, kernel := env.Host.Proc(), env.Host.Kernel()
	if proc == nil || kernel == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	pids, err := proc.PIDs()
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("list processes: %w", err)
	}
	m := &memoryCopier{env: env, proc: proc, kernel: kernel, item: item.Item, clock: newWatch(env.Host, "procmem")}
	ranks := map[int]int{}
	for _, pid := range pids {
		ranks[pid] = m.suspicion(pid)
	}
	slices.SortFunc(pids, func(a, b int) int { return cmp.Or(ranks[a]-ranks[b], a-b) })
	for _, pid := range pids {
		if ctx.Err() != nil {
			break
		}
		if err := m.visit(ctx, pid); err != nil {
			return bundle.Outcome{}, err
		}
	}
	out := bundle.Outcome{Outcome: bundle.Collected, Method: "process_vm_readv", Exhibits: m.exhibits, Bytes: m.bytes}
	switch {
	case ctx.Err() != nil:
		out.Outcome, out.Reason = bundle.Partial, "cancelled"
	case m.denied > 0:
		out.Outcome, out.Errno = bundle.Partial, m.errno
		out.Reason = fmt.Sprintf("no right to see the mappings of %d processes", m.denied)
	case m.failed > 0:
		out.Outcome, out.Errno = bundle.Partial, m.errno
		out.Reason = fmt.Sprintf("%d mappings could not be read", m.failed)
	case m.cut > 0:
		out.Outcome, out.Cap = bundle.Partial, procmemCap
		out.Reason = fmt.Sprintf("%d mappings cut or left out by the caps", m.cut)
	}
	return out, nil
}

type memoryCopier struct {
	env    *collect.Env
	proc   host.Proc
	kernel host.Kernel
	item   int
	clock  watch

	exhibits, failed, cut, denied int
	bytes                         int64
	errno                         string
}

// region is one mapping, proc_pid_maps(5).
type region struct {
	start, end uint64
	perms      string
	name       string
}

func parseRegion(line string) (region, bool) {
	f := strings.SplitN(strings.TrimRight(line, "\n"), " ", 6)
	if len(f) < 5 || len(f[1]) < 4 {
		return region{}, false
	}
	from, to, _ := strings.Cut(f[0], "-")
	start, err1 := strconv.ParseUint(from, 16, 64)
	end, err2 := strconv.ParseUint(to, 16, 64)
	if err1 != nil || err2 != nil || end <= start || end-start > 1<<47 {
		return region{}, false
	}
	r := region{start: start, end: end, perms: f[1]}
	if len(f) == 6 {
		r.name = strings.TrimLeft(f[5], " ")
	}
	return r, true
}

// wanted says whether a mapping is taken of a suspect, and whether it makes a
// process suspect by itself: memory that is writable and executable, or code
// without a file.
func (r region) wanted() (take, suspicious bool) {
	if strings.HasPrefix(r.name, "[vvar") || strings.HasPrefix(r.name, "[vdso") || strings.HasPrefix(r.name, "[vsyscall") || r.perms[0] != 'r' {
		return false, false
	}
	code, writable := r.perms[2] == 'x', r.perms[1] == 'w'
	anonymous := r.name == "" || strings.HasPrefix(r.name, "[anon")
	suspicious = code && (writable || anonymous)
	return suspicious || r.name == "[heap]" || strings.HasPrefix(r.name, "[stack") || anonymous && writable || code && nameless(r.name), suspicious
}

// rank orders mappings by what they are likely to tell: when the cap is
// reached the large anonymous ones are cut.
func (r region) rank() int {
	switch _, suspicious := r.wanted(); {
	case suspicious:
		return 0
	case strings.HasPrefix(r.name, "[stack"):
		return 1
	case r.name == "[heap]", nameless(r.name):
		return 2
	}
	return 3
}

// suspicion orders processes, so that those with the strongest grounds come
// before the caps are used up: no name, an odd place, an odd title, none.
func (m *memoryCopier) suspicion(pid int) int {
	why := ""
	if m.env.Seen != nil {
		why = m.env.Seen.Suspect[pid]
	}
	target, _ := m.proc.Readlink(bodyOf(m.proc, pid).dir + "/exe")
	switch {
	case nameless(target):
		return 0
	case why != "" && !strings.HasPrefix(why, whyTitle):
		return 1
	case why != "":
		return 2
	}
	return 3
}

func (m *memoryCopier) visit(ctx context.Context, pid int) error {
	body := bodyOf(m.proc, pid)
	dir := body.dir
	c, cancel := host.Patience(ctx, taskWait)
	defer cancel()
	maps, _, err := m.proc.Read(c, dir+"/maps", mapsCap)
	if refused(host.ErrnoName(err)) {
		m.denied++
		m.errno = host.ErrnoName(err)
	}
	if err != nil || len(maps) == 0 {
		return nil
	}
	target, _ := m.proc.Readlink(dir + "/exe")
	suspect := nameless(target) || m.env.Seen != nil && m.env.Seen.Suspect[pid] != ""
	var regions []region
	for line := range bytes.Lines(maps) {
		r, ok := parseRegion(string(line))
		take, suspicious := false, false
		if ok {
			take, suspicious = r.wanted()
		}
		if take && (suspect || suspicious) && len(regions) < maxRegions {
			regions = append(regions, r)
		}
	}
	if len(regions) == 0 || m.env.Host.Live() && pid == selfPID() {
		return nil
	}
	slices.SortStableFunc(regions, func(a, b region) int { return a.rank() - b.rank() })
	pagemap, err := m.proc.Open(dir + "/pagemap")
	if err != nil {
		if errno := host.ErrnoName(err); !gone(errno) {
			m.failed += len(regions)
			m.errno = errno
		}
		return nil
	}
	defer pagemap.Close()
	left := int64(processCap)
	for _, r := range regions {
		n, err := m.take(ctx, body, r, pagemap, left)
		if err != nil {
			return err
		}
		left -= n
	}
	return nil
}

// take copies one mapping within the caps.
func (m *memoryCopier) take(ctx context.Context, body task, r region, pagemap io.ReaderAt, left int64) (int64, error) {
	size := min(int64(r.end-r.start), regionCap, left, procmemCap-m.bytes)
	if size < int64(r.end-r.start) {
		m.cut++
	}
	if size <= 0 {
		return 0, nil
	}
	pid := body.pid
	p := &pages{kernel: m.kernel, pagemap: pagemap, pid: body.id(), at: r.start, from: r.start, end: r.start + uint64(size), page: uint64(m.kernel.PageSize())}
	began, _ := m.clock.now()
	x := bundle.Exhibit{Name: fmt.Sprintf("data/procmem/%d-%x", pid, r.start), Item: m.item, Source: "procmem", Method: "process_vm_readv", Started: began,
		Path:  record.Bytes(fmt.Sprintf("/proc/%d/mem %x-%x %s %s", pid, r.start, r.end, r.perms, r.name)),
		Flags: []string{"changing while read"}}
	if _, err := m.env.Out.File(x, size, metered{p, ctx, m.env}); err != nil {
		return 0, fmt.Errorf("copy memory of %d: %w", pid, err)
	}
	m.exhibits++
	m.bytes += size
	if p.errno != "" && p.got == 0 && !gone(p.errno) {
		m.failed++
		m.errno = p.errno
	}
	return size, nil
}

// metered reads within the budgets of the run and hands on the page states.
type metered struct {
	*pages
	ctx context.Context
	env *collect.Env
}

func (m metered) Read(b []byte) (int, error) {
	return throttled{ctx: m.ctx, env: m.env, r: m.pages}.Read(b)
}
