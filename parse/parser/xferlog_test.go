package parser

import (
	"testing"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// TestXferlog: who sent and took which file; a path may hold blanks.
func TestXferlog(t *testing.T) {
	for line, want := range map[string]string{
		"Sun Mar  3 02:14:07 2024 1 203.0.113.9 512 /home/kim/a_b.jsp b _ i r kim ftp 0 * c":            "upload|kim|/home/kim/a_b.jsp|203.0.113.9|512|real|complete",
		"Sun Mar  3 02:14:07 2024 2 ::ffff:203.0.113.9 1024 /srv/a b c b _ o a x@example.org ftp 0 * i": "download|x@example.org|/srv/a b c|203.0.113.9|1024|anonymous|incomplete",
		"Sun Mar  3 02:14:07 2024 0 far.example.net 0 /srv/x b _ d r kim ftp 0 * c":                     "delete|kim|/srv/x||0|real|complete",
	} {
		s := binParse(t, newXferlog(), &parse.Facts{Zone: mustZone(t, "UTC")}, "/var/log/xferlog", []byte(line+"\n"))
		if len(s.events) != 1 || len(s.warnings) != 0 {
			t.Errorf("%s: %d events, %v", line, len(s.events), s.warnings)
			continue
		}
		e := s.events[0]
		got := e.Action + "|" + e.Actor + "|" + e.Object
		for _, f := range []string{"ip", "size", "access", "status"} {
			v, _ := e.Get(f)
			got += "|" + v
		}
		if got != want || e.Time.Instant != utc("2024-03-03T02:14:07Z") {
			t.Errorf("%s\ngot  %s\nwant %s", line, got, want)
		}
	}
	for _, line := range []string{"Sun Mar  3 02:14:07 2024 x", "Sun Mar  3 02:14:07 2024 1 h 2 /p b _ q r kim ftp 0 * c", "Sun Mar  3 02:14:07 2024 1 h 2 /p i r kim"} {
		if s := binParse(t, newXferlog(), &parse.Facts{}, "/x", []byte(line+"\n")); len(s.events) != 0 {
			t.Errorf("%s: %d events", line, len(s.events))
		}
	}
}

// TestLevelsAreNoHosts: a level behind the time of a program's own log is no host.
func TestLevelsAreNoHosts(t *testing.T) {
	for _, line := range []string{"2024-03-03T02:14:07+0900 SUBDEBUG Installed: nmap-3:7.91-12.el9.x86_64\n", "2024-03-03T02:14:07Z INFO main: started\n", "time=\"2024-03-02T17:14:07Z\" level=error msg=\"x\"\n"} {
		src := &parsetest.Source{Acq: host("UTC"), Files: []parsetest.File{{Path: "/x.bin", Data: []byte(line + line), Mtime: utc("2024-03-04T00:00:00Z")}}}
		k, _ := parsetest.Parse(t, src, All(), 1)
		if len(k.Events) != 2 {
			t.Errorf("%q: %d events", line, len(k.Events))
			continue
		}
		if name, foreign := k.Events[0].Get("hostname"); foreign || k.Events[0].Parser != "textlog" {
			t.Errorf("%q: host %q, parser %s", line, name, k.Events[0].Parser)
		}
	}
}

// TestServerOfWindows: the log of the X server is none of the kernel's.
func TestServerOfWindows(t *testing.T) {
	if got := newDmesg().Claim(binExhibit("/x.bin", []byte("[    12.345] \nX.Org X Server 1.20.11\n[    12.346] (==) Log file: \"/var/log/Xorg.0.log\"\n"))); got != parse.No {
		t.Errorf("claimed %v", got)
	}
	if got := newDmesg().Claim(binExhibit("/x.bin", []byte("[    0.000000] Linux version 6.1.0\n[    0.000001] Command line: x\n"))); got != parse.Strong {
		t.Errorf("claimed %v", got)
	}
}

// TestLogfmtLevel: the level of a line of key=value words.
func TestLogfmtLevel(t *testing.T) {
	s := binParse(t, newTextlog(), &parse.Facts{}, "/x.log", []byte("time=\"2024-03-02T17:14:07Z\" level=error msg=\"info x\"\n"))
	if len(s.events) != 1 || s.events[0].Action != "error" {
		t.Errorf("%+v", s.events)
	}
}
