package parser

import (
	"bytes"
	"path"
	"strings"

	"github.com/saksi-dfir/saksi/parse"
)

// namedLog says whether the name of an exhibit is that of a binary log, or of
// a copy or rotation of one. Programs, units and configurations are often
// named for the log they serve (pam_lastlog.so, systemd-update-utmp.service,
// /etc/logrotate.d/wtmp): a program is never taken for the log, and text only
// where the log itself would lie, since then something overwrote it.
func namedLog(x *parse.Exhibit, names ...string) bool {
	base := path.Base(x.Path)
	for _, name := range names {
		if !strings.Contains(base, name) || bytes.HasPrefix(x.Head, []byte("\x7fELF")) {
			continue
		}
		if len(x.Head) == 0 || bytes.IndexByte(x.Head, 0) >= 0 {
			return true
		}
		rest, own := strings.CutPrefix(base, name)
		if own && !strings.HasPrefix(x.Path, "/etc/") && (rest == "" || strings.Trim(rest, ".-_0123456789") == "") {
			return true
		}
	}
	return false
}
