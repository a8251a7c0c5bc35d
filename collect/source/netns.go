package source

import (
	"context"
	"fmt"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// netns is the source of network state by namespace.
func netns() collect.Source { return netnsSource{} }

type netnsSource struct{}

// Describe implements collect.Source.
func (netnsSource) Describe() collect.Description {
	return collect.Description{
		Name: "netns",
		Doc: "connections, listeners, routes, neighbours, interfaces, netfilter lists of every network namespace that a process or thread is in, " +
			"as the raw files below /proc/PID/net, and links, addresses, rules, routes of all tables and neighbours as rtnetlink tells them; the last " +
			"also of namespaces that are mounted and have no task inside",
		Effects:    "reading long connection tables takes the locks of their buckets for microseconds",
		References: []string{"proc_pid_net(5)", "network_namespaces(7)", "packet(7)"},
		Group:      collect.GroupVolatile,
		Turn:       turnNetNS,
		MinKernel:  "3.10",
		Fallback:   "files that a kernel does not have are recorded with ENOENT",
		Root:       true,
		LiveOnly:   true,
		Profiles:   []string{"sweep", "triage", "full"},
	}
}

// Plan implements collect.Source.
func (netnsSource) Plan(context.Context, *collect.Env) ([]bundle.PlanItem, error) {
	return []bundle.PlanItem{{Source: "netns", Target: "network state of every namespace", Bytes: -1}}, nil
}

func netnsFiles() []string {
	return []string{"arp", "arp_tables_names", "dev", "fib_trie", "icmp", "icmp6", "if_inet6", "igmp", "ip_tables_matches", "ip_tables_names", "ip_tables_targets",
		"ip6_tables_names", "ip6_tables_matches", "ip6_tables_targets", "ipv6_route", "netfilter/nf_log", "netlink", "nf_conntrack", "packet", "ptype", "raw", "raw6", "route", "sctp/eps",
		"tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "unix", "vlan/config", "wireless"}
}

// Collect implements collect.Source.
func (netnsSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	proc := env.Host.Proc()
	if proc == nil {
		return bundle.Outcome{Outcome: bundle.Skipped, Reason: "not a live host"}, nil
	}
	found, denied, err := namespacesOf(ctx, proc)
	if err != nil {
		return bundle.Outcome{}, err
	}
	stream, err := env.Out.Records(bundle.Exhibit{Name: "data/records/netns", Source: "netns", Item: item.Item, Method: method(proc)})
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("open the namespace record: %w", err)
	}
	clock := newWatch(env.Host, "netns")
	capped := 0
	gone, err := found.visit(ctx, proc, func(ino uint64, t task) error {
		n, err := writeNetNS(ctx, env, stream, clock, ino, t, found[ino].count)
		capped += n
		if err != nil {
			return err
		}
		n, err = writeRoutes(ctx, env, stream, clock, ino, t)
		capped += n
		return err
	})
	if err == nil {
		n := 0
		n, err = writeMounted(ctx, env, stream, clock, found, gone)
		capped += n
	}
	parts, size, closeErr := stream.Close()
	out := bundle.Outcome{Outcome: bundle.Collected, Exhibits: parts, Bytes: size, Method: method(proc)}
	switch {
	case ctx.Err() != nil:
		out.Outcome, out.Reason = bundle.Partial, "cancelled"
		return out, nil
	case err != nil || closeErr != nil:
		return bundle.Outcome{}, fmt.Errorf("write the namespace record: %w", firstError(err, closeErr))
	case denied > 0:
		out.Outcome, out.Errno = bundle.Partial, "EACCES"
		out.Reason = fmt.Sprintf("no right to see the namespace of %d processes", denied)
	case capped > 0:
		out.Outcome, out.Cap = bundle.Partial, netFileCap
		out.Reason = fmt.Sprintf("%d files cut at their cap", capped)
	}
	return out, nil
}

// writeNetNS writes the files of one namespace. One that is long gets a line of
// its own, since a line of a record must stay below 16 MiB.
func writeNetNS(ctx context.Context, env *collect.Env, stream collect.RecordStream, clock watch, ino uint64, t task, tasks int) (capped int, err error) {
	line := func(name string, p *record.Piece) *record.NetNS {
		at, _ := clock.now()
		r := &record.NetNS{Type: "netns", At: at, Ino: ino, PID: t.pid, TID: t.tid, Tasks: tasks, Files: map[string]*record.Piece{}}
		if p != nil {
			r.Files[name] = p
		}
		return r
	}
	all := line("", nil)
	for _, name := range netnsFiles() {
		p := piece(ctx, env.Host.Proc(), t.dir+"/net/"+name, netFileCap)
		if p.Errno == "ENOENT" && len(p.Data) == 0 {
			continue
		}
		if p.Cap {
			capped++
		}
		if len(p.Data) <= netFileLong {
			all.Files[name] = p
		} else if err := stream.Record(line(name, p)); err != nil {
			return capped, err
		}
		if err := throttle(ctx, env, len(p.Data)); err != nil {
			return capped, err
		}
	}
	return capped, stream.Record(all)
}

// writeRoutes writes what rtnetlink tells of one namespace and no file does:
// links, addresses, rules, routes of all tables with their encapsulation, and
// the neighbours of both families.
func writeRoutes(ctx context.Context, env *collect.Env, stream collect.RecordStream, clock watch, ino uint64, t task) (capped int, err error) {
	kernel := env.Host.Kernel()
	if kernel == nil {
		return 0, nil
	}
	list, err := kernel.NetDump(t.pid, t.tid, "route", routesCap)
	if err != nil {
		list = append(list, record.NetDump{Of: "route", Errno: host.ErrnoName(err)})
	}
	w := netWalk{env: env, clock: clock, stream: stream, failed: map[string]int{}}
	err = w.dumps(ctx, ino, list)
	return w.capped, err
}

// Bounds of one file of a namespace, in bytes: what is kept of it, and from
// what length on it gets a line of its own.
const (
	netFileCap  = 12 << 20
	netFileLong = 256 << 10
)

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
