package rule

import (
	"fmt"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/claim"
)

// title says in one line who holds the filter and what it lets pass.
func (f *filter) title(out claim.Finding) string {
	who := "a socket without a visible holder"
	switch {
	case out.PID > 0 && out.Path != "":
		who = fmt.Sprintf("process %d (%s)", out.PID, short(out.Path))
	case out.PID > 0:
		who = fmt.Sprintf("process %d", out.PID)
	}
	consts := "payload " + short(strings.Join(f.payload, ", "))
	switch {
	case len(f.payload) > 0:
	case len(f.computed) > 0:
		consts = "computed payload " + short(strings.Join(f.computed, ", "))
	default:
		consts = "header constants"
	}
	proto := strings.Join(f.protocols, "/")
	if proto == "" {
		proto = "any protocol"
	}
	if len(f.ports) > 0 {
		return fmt.Sprintf("%s filters %s packets by %s and port %s", who, proto, consts, strings.Join(f.ports, ", "))
	}
	if f.onPort() {
		return fmt.Sprintf("%s filters %s packets for its own port by %s", who, proto, consts)
	}
	return fmt.Sprintf("%s filters %s packets by %s on any port", who, proto, consts)
}

func (f *filter) detail(why []string) string {
	var parts []string
	if f.holder != nil && f.holder.cmdline != "" {
		parts = append(parts, "command line: "+f.holder.shown())
	}
	parts = append(parts, "protocols: "+orNone(strings.Join(f.protocols, ", ")), "ports: "+orNone(strings.Join(f.ports, ", ")),
		"payload constants: "+orNone(strings.Join(f.payload, ", ")))
	if len(f.computed) > 0 {
		parts = append(parts, "computed from the payload: "+strings.Join(f.computed, ", "))
	}
	if h := field(f.e, "filter_header"); h != "" && strings.Contains(f.shape, "header") {
		parts = append(parts, "header constants: "+short(h))
	}
	if len(why) > 0 {
		parts = append(parts, "seen: "+strings.Join(why, ", "))
	}
	if a := field(f.e, "filter_accepts"); a != "" {
		parts = append(parts, "accepts: "+a)
	}
	if u := field(f.e, "filter_undecoded"); u != "" {
		parts = append(parts, "not decoded: "+u)
	}
	if h := field(f.e, "filter_sha256"); h != "" {
		parts = append(parts, "filter SHA-256: "+h)
	}
	parts = append(parts, fmt.Sprintf("instructions (%s): %s", orNone(field(f.e, "filter_len")), orNone(field(f.e, "filter_asm"))))
	return strings.Join(parts, "\n")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
