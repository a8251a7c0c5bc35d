package parse

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/saksi-dfir/saksi/parse/format/codec"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// unread gives the warning for an exhibit that no parser claims, if it should
// have one.
func unread(x *Exhibit) (event.Warning, bool) {
	if form := codec.Unread(x.Head); form != "" {
		return event.Warning{Length: max(x.Size, 0), Code: "codec", Message: "the content is " + form + ", which is not decoded: unpack or convert it, and take that in"}, true
	}
	return unclaimed(x)
}

// unclaimed gives the warning for an exhibit that is named like a log but that
// no parser claims: overwritten, emptied, encrypted or of a form that is not
// read, it may be what the case turns on. Of others it gives false: an image,
// a program or a configuration is no evidence that went unread.
func unclaimed(x *Exhibit) (event.Warning, bool) {
	if x.Sealed || !logName(x.Path) {
		return event.Warning{}, false
	}
	w := event.Warning{Length: max(x.Size, 0), Code: "unclaimed"}
	switch at := notText(x.Head); {
	case len(x.Head) == 0:
		return empty(), true
	case bytes.HasPrefix(x.Head, []byte("\x7fELF")), bytes.HasPrefix(x.Head, []byte("MZ")):
		w.Message = "its name is that of a log, but it is a program"
	case len(bytes.Trim(x.Head, "\x00")) == 0:
		w.Message = fmt.Sprintf("its name is that of a log, but its first %d bytes are NUL and no parser claims it", len(x.Head))
	case at >= 0:
		w.Message = fmt.Sprintf("its name is that of a log, but no parser finds a record in its first %d bytes: byte 0x%02x at offset %d is no text", x.Mark+len(x.Head), x.Head[at], x.Mark+at)
	default:
		w.Message = fmt.Sprintf("its name is that of a log, but no parser knows the lines of its first %d bytes", x.Mark+len(x.Head))
	}
	return w, true
}

// empty is what is said of a log without a byte.
func empty() event.Warning {
	return event.Warning{Code: "empty", Message: "its name is that of a log, and it is empty: it was never written, was just rotated or was emptied"}
}

// notText gives the index of the first byte that no text in UTF-8 or in an
// encoding of a country holds, which is a control character; -1 for none.
func notText(head []byte) int {
	return bytes.IndexFunc(head, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' && r != '\b' && r != 0x1b
	})
}

// logName says whether a path is named like a log, or like a rotation of one:
// its name ends so, or it stands below /var/log. Directories of
// configuration name programs' logs, but hold none.
func logName(p string) bool {
	dir, base := path.Split(strings.ToLower(p))
	if strings.HasPrefix(dir, "/etc/") || strings.HasPrefix(dir, "/usr/") || !utf8.ValidString(base) {
		return false
	}
	base = strings.TrimRight(base, "0123456789")
	base = strings.TrimSuffix(strings.TrimRight(base, ".-_"), ".old")
	switch base {
	case "syslog", "messages", "secure", "maillog", "wtmp", "btmp", "utmp", "lastlog", "faillog", "catalina.out", "access", "error":
		return true
	}
	for _, suffix := range []string{".log", "_log", "-log", ".journal", ".journal~"} {
		if strings.HasSuffix(base, suffix) {
			return true
		}
	}
	return strings.HasPrefix(dir, "/var/log/")
}
