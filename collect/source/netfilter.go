package source

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// netfilter is the source of firewall rules and tracked connections.
func netfilter() collect.Source { return netfilterSource{} }

type netfilterSource struct{}

// Bounds of one answer, in bytes: a line of a record must stay below 16 MiB.
const (
	rulesCap     = 8 << 20
	conntrackCap = 8 << 20
	routesCap    = 4 << 20
)

// Describe implements collect.Source.
func (netfilterSource) Describe() collect.Description {
	return collect.Description{
		Name: "netfilter",
		Doc: "nftables (tables, chains with their hooks, rules, sets and members, objects) and the tables of iptables, ip6tables and arptables, as the kernel " +
			"gives them, with the classic BPF programs of bpf matches; tracked connections; in every network namespace. Rules that redirect a port for one " +
			"address stand while an intruder is connected",
		Effects: "netlink dumps and getsockopt(2) in each namespace. Nothing is asked that is not there already, since the question would make the kernel start " +
			"modprobe or make a table: nfnetlink must show its socket in /proc/net/netlink, nf_tables and conntrack must be loaded or in kallsyms as built in, " +
			"an iptables table must stand in /proc/net/ip_tables_names. ebtables has no such list and is not asked",
		References: []string{"netlink(7)", "linux/netfilter/nf_tables.h", "linux/netfilter_ipv4/ip_tables.h", "linux/netfilter/xt_bpf.h", "MITRE ATT&CK T1562.004"},
		Group:      collect.GroupVolatile,
		Turn:       turnNetfilter,
		MinKernel:  "3.10",
		Fallback:   "nf_tables 3.13; where a part is not there, or cannot be told to be there, the record says so; /proc/net/nf_conntrack is in the source netns",
		Root:       true,
		LiveOnly:   true,
		Profiles:   []string{"triage", "full"},
	}
}

// Plan implements collect.Source.
func (netfilterSource) Plan(context.Context, *collect.Env) ([]bundle.PlanItem, error) {
	return []bundle.PlanItem{{Source: "netfilter", Target: "firewall rules and tracked connections of every namespace", Bytes: -1}}, nil
}

// Collect implements collect.Source.
func (netfilterSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc, kernel := env.Host.Proc(), env.Host.Kernel()
	if proc == nil || kernel == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	found, _, err := namespacesOf(ctx, proc)
	if err != nil {
		return bundle.Outcome{}, err
	}
	const how = "netlink, getsockopt(2)"
	stream, err := env.Out.Records(bundle.Exhibit{Name: "data/records/netfilter", Source: "netfilter", Item: item.Item, Method: how})
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("open the netfilter record: %w", err)
	}
	w := netWalk{env: env, proc: proc, kernel: kernel, clock: newWatch(env.Host, "netfilter"), stream: stream, present: newPresence(proc), failed: map[string]int{}}
	_, err = found.visit(ctx, proc, func(ino uint64, t task) error { return w.rules(ctx, ino, t) })
	mounted, done := mountedNetNS(env, kernel, found)
	for _, m := range mounted {
		if err == nil && m.errno == "" && ctx.Err() == nil {
			err = w.rules(ctx, m.ino, m.task)
		}
	}
	done()
	parts, size, closeErr := stream.Close()
	out := w.outcome()
	out.Exhibits, out.Bytes, out.Method = parts, size, how
	if ctx.Err() != nil {
		out.Outcome, out.Reason = bundle.Partial, "cancelled"
		return out, nil
	}
	if err = firstError(err, closeErr); err != nil {
		return bundle.Outcome{}, fmt.Errorf("write the netfilter record: %w", err)
	}
	return out, nil
}

// netWalk asks the namespaces one after the other.
type netWalk struct {
	env     *collect.Env
	proc    host.Proc
	kernel  host.Kernel
	clock   watch
	stream  collect.RecordStream
	present *presence
	failed  map[string]int // errno -> answers that did not come
	capped  int
	heard   bool // nfnetlink is there: it is in every namespace or in none
}

// xtFamily is one of the old kinds of tables and the file that lists those that
// a namespace has.
type xtFamily struct {
	name, file string
	family     int
}

func xtFamilies() []xtFamily {
	return []xtFamily{{"iptables", "ip_tables_names", 2}, {"ip6tables", "ip6_tables_names", 10}, {"arptables", "arp_tables_names", 3}}
}

// rules records what one namespace has of netfilter.
func (w *netWalk) rules(ctx context.Context, ino uint64, t task) error {
	at, _ := w.clock.now()
	r := &record.Netfilter{Type: "netfilter", At: at, NetNS: ino, PID: max(t.pid, 0), TID: t.tid, Parts: map[string]string{}}
	var dumps []record.NetDump
	ask := func(part, what, module, symbol string, limit int) {
		ok, why := w.listens(ctx, t), partMissing
		if ok {
			ok, why = w.present.has(ctx, module, symbol)
		}
		r.Parts[part] = why
		if !ok {
			return
		}
		list, err := w.kernel.NetDump(t.pid, t.tid, what, limit)
		if err != nil {
			list = append(list, record.NetDump{Of: part, Errno: host.ErrnoName(err)})
		}
		dumps = append(dumps, list...)
	}
	ask("nf_tables", "nftables", "nf_tables", "nf_tables_getrule", rulesCap)
	ask("conntrack", "conntrack", "nf_conntrack_netlink", "ctnetlink_dump_table", conntrackCap)
	var tables []record.XTable
	for _, f := range xtFamilies() {
		if t.pid < 0 {
			r.Parts[f.name] = "not asked: no task is inside, so the names of its tables cannot be read"
			continue
		}
		names, _, err := w.proc.Read(ctx, t.dir+"/net/"+f.file, smallCap)
		list := strings.Fields(string(names))
		switch {
		case err != nil:
			r.Parts[f.name] = host.ErrnoName(err)
			continue
		case len(list) == 0:
			r.Parts[f.name] = "no table in use"
			continue
		}
		r.Parts[f.name] = strings.Join(list, " ")
		got, err := w.kernel.XTables(t.pid, t.tid, f.family, list)
		if err != nil {
			got = append(got, record.XTable{Family: f.family, Errno: host.ErrnoName(err)})
		}
		tables = append(tables, got...)
	}
	if err := w.stream.Record(r); err != nil {
		return err
	}
	for i := range tables {
		x := &tables[i]
		x.Type, x.At, x.NetNS = "xtables", at, ino
		w.note(x.Errno, false)
		if err := w.stream.Record(x); err != nil {
			return err
		}
	}
	return w.dumps(ctx, ino, dumps)
}

// dumps writes answers of netlink; a part that has nothing is left out.
func (w *netWalk) dumps(ctx context.Context, ino uint64, list []record.NetDump) error {
	for i := range list {
		d := &list[i]
		d.Type, d.NetNS = "net-dump", ino
		d.At, _ = w.clock.now()
		if len(d.Data) == 0 && (d.Errno == "" || d.Errno == "EOPNOTSUPP" || d.Errno == "EINVAL" || d.Errno == "ENOENT") {
			continue // older kernels do not know the question
		}
		w.note(d.Errno, d.Cap)
		if err := w.stream.Record(d); err != nil {
			return err
		}
		if err := throttle(ctx, w.env, len(d.Data)); err != nil {
			return err
		}
	}
	return nil
}

func (w *netWalk) note(errno string, capped bool) {
	if errno != "" {
		w.failed[errno]++
	}
	if capped {
		w.capped++
	}
}

// listens says whether nfnetlink is there: the kernel's own socket of
// NETLINK_NETFILTER (12) stands in the list with the port 0. Opening a socket of
// a protocol that nobody serves makes the kernel look for a module.
func (w *netWalk) listens(ctx context.Context, t task) bool {
	if w.heard || t.pid < 0 {
		return w.heard
	}
	rows, _, err := w.proc.Read(ctx, t.dir+"/net/netlink", procNetCap)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(rows)) {
		if f := strings.Fields(line); len(f) > 3 && f[1] == "12" && f[2] == "0" {
			w.heard = true
			return true
		}
	}
	return false
}

func (w *netWalk) outcome() bundle.Outcome {
	o := bundle.Outcome{Outcome: bundle.Collected}
	for _, errno := range slices.Sorted(maps.Keys(w.failed)) {
		o.Outcome, o.Errno = bundle.Partial, errno
		o.Reason = fmt.Sprintf("%d answers did not come", w.failed[errno])
	}
	if o.Outcome == bundle.Collected && w.capped > 0 {
		o.Outcome, o.Cap = bundle.Partial, rulesCap
		o.Reason = fmt.Sprintf("%d answers cut at their cap", w.capped)
	}
	return o
}
