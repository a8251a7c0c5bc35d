package parse_test

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

func TestUnclaimed(t *testing.T) {
	binary := "\x8f\xa1\x93\x07" + strings.Repeat("\xee\x02", 50)
	for _, c := range []struct{ path, text, want string }{
		{"/var/log/auth.log", binary, "unclaimed|byte 0x07 at offset 3 is no text"},
		{"/copies/access.log", binary, "unclaimed|byte 0x07 at offset 3 is no text"},
		{"auth.log.1", binary, "unclaimed|byte 0x07 at offset 3 is no text"},
		{"/var/log/secure-20240303", binary, "unclaimed|is no text"},
		{"/var/log/httpd/error_log", strings.Repeat("\x00", 700), "unclaimed|first 700 bytes are NUL"},
		{"/var/log/rkhunter.log", "Checking for rootkits\n", "unclaimed|knows the lines of its first 22 bytes"},
		{"/var/log/cron.log", "\x7fELF\x02\x01\x01", "unclaimed|it is a program"},
		{"/var/log/app2.log", "\ufefflines\x01", "unclaimed|first 9 bytes: byte 0x01 at offset 8 is no text"},
		{"/var/log/messages", "", "empty|just rotated or was emptied"},
		{"/copies/kern.log.old", "", "empty|just rotated or was emptied"},
		{"/var/log/app.log", "words words\n", ""},
		{"/etc/logrotate.d/auth.log", binary, ""},
		{"/usr/bin/catalog", binary, ""},
		{"/home/kim/photo.jpg", binary, ""},
		{"/tmp/empty", "", ""},
	} {
		kept, res := run(t, parsetest.File{Path: c.path, Data: []byte(c.text)})
		if c.want == "" {
			if len(kept.Warnings) != 0 {
				t.Errorf("%s: %v", c.path, kept.Warnings)
			}
			continue
		}
		code, says, _ := strings.Cut(c.want, "|")
		if len(kept.Warnings) != 1 || res.Warnings != 1 {
			t.Errorf("%s: %v, counted %d", c.path, kept.Warnings, res.Warnings)
			continue
		}
		w := kept.Warnings[0]
		if w.Code != code || !strings.Contains(w.Message, says) || w.Offset != 0 || w.Length != int64(len(c.text)) {
			t.Errorf("%s: %+v", c.path, w)
		}
	}
}

// silent claims by name and says nothing.
type silent struct{ words }

func (silent) Claim(*parse.Exhibit) parse.Strength { return parse.ByName }

// A log that a parser claims by its name, and that is empty, is told of, too.
func TestClaimedEmpty(t *testing.T) {
	kept, _ := parsetest.Parse(t, &parsetest.Source{Files: []parsetest.File{{Path: "/var/log/messages"}, {Path: "/root/.bash_history"}}}, []parse.Parser{silent{}}, 2)
	if len(kept.Warnings) != 1 || kept.Warnings[0].Code != "empty" || kept.Warnings[0].Parser != "words" {
		t.Errorf("%+v", kept.Warnings)
	}
}
