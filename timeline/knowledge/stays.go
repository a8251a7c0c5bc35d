package knowledge

import (
	"context"
	"fmt"
	"slices"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// hostsAtOnce is of how many hosts the logins are held at a time while they
// are read.
const hostsAtOnce = 1000

// sessionFields are what tells the records of logins from others, and ties
// those of one session together.
func sessionFields() []string {
	return []string{"success", "rhost", "ip", "exe", "pid", "ses", "program"}
}

// readStays gives the logins of all infected hosts by account. Servers write
// hundreds of records of cron's sessions for each of a login, and those of many
// hosts lie between one another: so the logins are found first, by few fields
// and for all hosts at once, then what ends one of them, and only these records
// are read in full.
func readStays(ctx context.Context, ev Events, in Input) (map[event.HostKey]map[string][]stay, error) {
	var hosts []event.HostKey
	known := map[event.HostKey]bool{}
	for _, inf := range in.Infections {
		if !known[inf.Host] {
			known[inf.Host] = true
			hosts = append(hosts, inf.Host)
		}
	}
	out := map[event.HostKey]map[string][]stay{}
	for some := range slices.Chunk(hosts, hostsAtOnce) {
		recs, err := sessionRecords(ctx, ev, some)
		if err != nil {
			return nil, fmt.Errorf("read logins: %w", err)
		}
		for host, list := range recs {
			if out[host], err = hostStays(ctx, ev, list, in.Collected[host]); err != nil {
				return nil, fmt.Errorf("read logins: %w", err)
			}
		}
	}
	return out, nil
}

// sessionRecords gives the records of logins, of their ends and of boots, in
// the order of the timeline.
func sessionRecords(ctx context.Context, ev Events, hosts []event.HostKey) (map[event.HostKey][]event.Slim, error) {
	recs, keys := map[event.HostKey][]event.Slim{}, map[event.HostKey]map[string]bool{}
	for _, h := range hosts {
		keys[h] = map[string]bool{}
	}
	fields := sessionFields()
	getter := func(e *event.Slim) func(string) string {
		return func(name string) string {
			if i := slices.Index(fields, name); i >= 0 {
				return e.Values[i]
			}
			return ""
		}
	}
	err := ev.Acts(ctx, []string{"login", "session-start"}, fields, func(e *event.Slim) error {
		if open, ok := keys[e.Host]; ok && e.Time.Dated() && begins(e.Action, e.Source, e.Parser, getter(e)) {
			open[sessionKey(e.Source, getter(e))] = true
			recs[e.Host] = append(recs[e.Host], e.Kept())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = ev.Acts(ctx, []string{"session-close", "session-end", "logout", "boot"}, fields, func(e *event.Slim) error {
		key := sessionKey(e.Source, getter(e))
		if len(recs[e.Host]) > 0 && ends(e.Action) && (e.Action == "boot" || key != "" && keys[e.Host][key]) {
			recs[e.Host] = append(recs[e.Host], e.Kept())
		}
		return nil
	})
	for _, list := range recs {
		slices.SortFunc(list, func(a, b event.Slim) int {
			switch {
			case a.Before(&b):
				return -1
			case b.Before(&a):
				return 1
			}
			return 0
		})
	}
	return recs, err
}

// hostStays pairs the records of one host: logins, with the end that is on record.
func hostStays(ctx context.Context, ev Events, list []event.Slim, at int64) (map[string][]stay, error) {
	byAccount, open := map[string][]stay{}, openStays{}
	for i := range list {
		e, ok, err := ev.Get(ctx, list[i].ID())
		switch {
		case err != nil:
			return nil, err
		case !ok:
			continue
		case ends(e.Action):
			open.end(e, byAccount)
			continue
		}
		if s, ok := stayOf(e, at); ok {
			open.begin(e, s.account, len(byAccount[s.account]))
			byAccount[s.account] = append(byAccount[s.account], s)
		}
	}
	return byAccount, nil
}
