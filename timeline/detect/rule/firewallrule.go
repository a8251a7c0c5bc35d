package rule

import (
	"context"
	"fmt"
	"net/netip"
	"path"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/command"
	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// FirewallRule finds rules that serve one outsider: packets from a single
// address are sent to another port of this host, so that a shell answers behind
// a port that looks like a service; and classic BPF matches, of the firewall or
// of traffic control, that pick packets by constants in their payload.
type FirewallRule struct{}

// Describe tells what the detector is.
func (FirewallRule) Describe() detect.Description {
	return detect.Description{
		Name: "firewall-rule", Version: 1,
		Doc:       "the firewall, or a command line for it, redirects a port for one address, or the firewall picks packets by constants in their payload",
		Technique: "T1205",
		References: []string{
			"https://attack.mitre.org/techniques/T1205/",
			"https://man7.org/linux/man-pages/man8/iptables-extensions.8.html",
		},
		Alternative: "port forwarding that an administrator made for one client, a load balancer, or a rule against a flood of like packets",
		Sources:     []string{"netfilter", "bpf", "audit", "syslog", "history"},
	}
}

// Detect looks at redirects and at classic programs outside sockets.
func (d FirewallRule) Detect(ctx context.Context, ev detect.Events, _ detect.Coverage, emit func(claim.Finding) error) error {
	q := either(both(term("action", "exec"), text("REDIRECT")), both(source("netfilter"), either(term("action", "redirect"), term("action", "filter-attached"))), both(source("bpf"), term("action", "attached")))
	for e, err := range ev.Events(ctx, q) {
		if err != nil {
			return fmt.Errorf("read firewall events: %w", err)
		}
		f := claim.Finding{Host: e.Host, Events: []event.ID{e.ID()}, Time: e.Time, Level: claim.Low, Confidence: "low", Detail: e.Message}
		from, redirects := "", false
		if e.Action == "exec" {
			from, redirects = redirectOfOne(line(e))
		}
		switch {
		case redirects:
			f.Level, f.Confidence, f.Detail = claim.Medium, "medium", "command line: "+clip(line(e))
			f.Title = fmt.Sprintf("%s ran a command that redirects packets from %s alone", who(e), from)
		case e.Source == "netfilter" && e.Action == "redirect" && field(e, "ip") != "" && field(e, "verdict") != "snat":
			f.Level, f.Confidence = claim.Medium, "medium"
			f.Title = fmt.Sprintf("packets from %s alone are redirected: %s", field(e, "ip"), short(field(e, "redirect")))
		case picksByPayload(e):
			f.Title = fmt.Sprintf("a classic BPF match outside any socket picks packets by payload %s: %s", orNone(field(e, "filter_payload")), short(e.Object))
		default:
			continue
		}
		if err := emit(f); err != nil {
			return err
		}
	}
	return nil
}

// redirectOfOne says whether a command line adds a rule that redirects the
// packets of one address to a port of the host, and gives the address.
func redirectOfOne(l string) (string, bool) {
	for _, s := range command.Simples(l) {
		if b := path.Base(s.Program); !strings.HasPrefix(b, "iptables") && !strings.HasPrefix(b, "ip6tables") {
			continue
		}
		from, adds, redirects := "", false, false
		for i, a := range s.Args {
			next := ""
			if i+1 < len(s.Args) {
				next = s.Args[i+1]
			}
			switch a {
			case "-A", "-I", "--append", "--insert":
				adds = true
			case "-s", "--source", "--src":
				from = strings.TrimSuffix(strings.TrimSuffix(next, "/32"), "/128")
			case "-j", "--jump":
				redirects = next == "REDIRECT"
			}
		}
		if _, err := netip.ParseAddr(from); err == nil && adds && redirects {
			return from, true
		}
	}
	return "", false
}

// picksByPayload says whether a match of the firewall or of traffic control
// waits for constants in the payload.
func picksByPayload(e *event.Event) bool {
	if e.Action != "filter-attached" && e.Action != "attached" || e.Source != "netfilter" && e.Source != "bpf" {
		return false
	}
	shape := field(e, "filter_shape")
	return shape == "payload-magic" || shape == "header-magic"
}
