package parser

import (
	"testing"

	"github.com/saksi-dfir/saksi/parse"
)

// TestNamedForALog: what is only named for a log is not taken for it; a log
// that something overwrote, and a damaged copy, are.
func TestNamedForALog(t *testing.T) {
	text, binary := "[Unit]\nDescription=Record System Boot/Shutdown in UTMP\n", "\x01\x00\x00damage"
	for _, c := range []struct {
		p          parse.Parser
		path, head string
		want       parse.Strength
	}{
		{newWtmp(), "/usr/lib/systemd/system/systemd-update-utmp.service", text, parse.No},
		{newWtmp(), "/etc/logrotate.d/wtmp", "/var/log/wtmp {\n    monthly\n}\n", parse.No},
		{newWtmp(), "/var/log/wtmp", text, parse.ByName},
		{newWtmp(), "/var/log/btmp-20240301", text, parse.ByName},
		{newWtmp(), "/var/log/wtmp", "", parse.ByName},
		{newWtmp(), "/cases/web01-wtmp", binary, parse.ByName},
		{newLastlog(), "/lib/x86_64-linux-gnu/security/pam_lastlog.so", "\x7fELF\x02\x01\x01\x00\x00", parse.No},
		{newLastlog(), "/usr/bin/lastlog", "\x7fELF\x02\x01\x01\x00\x00", parse.No},
		{newLastlog(), "/var/log/lastlog", binary, parse.ByName},
		{newFaillog(), "/usr/bin/faillog", "\x7fELF\x02\x01\x01\x00\x00", parse.No},
		{newFaillog(), "/var/log/faillog", binary, parse.ByName},
	} {
		x := &parse.Exhibit{Path: c.path, Head: []byte(c.head), Size: int64(len(c.head))}
		if got := c.p.Claim(x); got != c.want {
			t.Errorf("%s claims %s as %v, want %v", c.p.Describe().Name, c.path, got, c.want)
		}
	}
}
