package parse_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/parsetest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func facts(t *testing.T, acq bundle.Acquisition, files ...parsetest.File) *parse.Facts {
	t.Helper()
	res, err := parse.RunSource(context.Background(), &parsetest.Source{Acq: acq, Files: files}, nil, parse.Options{Sink: new(parsetest.Kept)})
	if err != nil {
		t.Fatal(err)
	}
	return res.Facts
}

func TestFacts(t *testing.T) {
	acq := bundle.Acquisition{RunID: "r", Sealed: "host", Host: bundle.HostClaims{Hostname: "web01.example.org", MachineID: "m1", Zone: "Asia/Seoul"}}
	f := facts(t, acq,
		parsetest.File{Path: "/etc/passwd", Data: []byte("root:x:0:0:root:/root:/bin/bash\nkim:x:1000:1000:,,,:/home/kim:/bin/zsh\nbad line\nx:x:-1:0::/:/\n")},
		parsetest.File{Path: "/var/log/auth.log", Mtime: 3}, parsetest.File{Path: "/var/log/auth.log.1", Mtime: 2}, parsetest.File{Path: "/var/log/auth.log.2.gz", Mtime: 1},
		parsetest.File{Path: "/var/log/messages-20240301.xz", Mtime: 1}, parsetest.File{Path: "/var/log/messages", Mtime: 4},
		parsetest.File{Path: "/etc/nginx/nginx.conf", Data: []byte("http { # x\n log_format mine '$remote_addr [$time_local] ' '\"$request\" $status';\n access_log /var/log/nginx/a.log mine;\n access_log off;\n}\n")},
		parsetest.File{Path: "/etc/apache2/apache2.conf", Data: []byte("LogFormat \"%h %l \\\"%r\\\" %>s\" short\nCustomLog ${APACHE_LOG_DIR}/b.log short\n")})
	if f.Host != event.MakeHostKey("m1", "web01.example.org") || f.Zone == nil || f.Zone.String() != "Asia/Seoul" || f.ZoneFrom != event.ZoneHost {
		t.Errorf("host %s zone %v from %v", f.Host, f.Zone, f.ZoneFrom)
	}
	if len(f.Accounts) != 2 || f.AccountName(1000) != "kim" || f.AccountName(7) != "7" {
		t.Errorf("accounts %+v", f.Accounts)
	}
	if a, ok := f.HomeOwner("/home/kim/.zsh_history"); !ok || a.Name != "kim" {
		t.Errorf("home owner %+v %v", a, ok)
	}
	if n := len(f.Siblings("/var/log/auth.log.1")); n != 3 {
		t.Errorf("%d siblings of auth.log.1", n)
	}
	if n := len(f.Siblings("/var/log/messages")); n != 2 {
		t.Errorf("%d siblings of messages", n)
	}
	for name, own := range map[string]bool{"web01": true, "WEB01": true, "web01.example.org": true, "web01.example.net": false, "db02": false, "localhost": true, "": true} {
		if got := f.HostFor(name).IsZero(); got != own {
			t.Errorf("%q is this host: %v, want %v", name, got, own)
		}
	}
	if got := fmt.Sprintf("%q", f.LogFormat("/var/log/nginx/a.log.1")); got != `["nginx:$remote_addr [$time_local] \"$request\" $status"]` {
		t.Errorf("nginx format %s", got)
	}
	if got := fmt.Sprintf("%q", f.LogFormat("/var/log/apache2/b.log")); got != `["apache:%h %l \"%r\" %>s"]` {
		t.Errorf("apache format %s", got)
	}
}

func TestZones(t *testing.T) {
	for _, c := range []struct {
		zone, sealed, file string
		want               string
		from               event.Reason
	}{
		{"Asia/Seoul", "desk", "", "Asia/Seoul", event.ZoneGiven},
		{"", "host", "Europe/Berlin\n", "Europe/Berlin", event.ZoneHost},
		{"+09:00", "desk", "", "+09:00", event.ZoneGiven},
		{"Nowhere/None", "host", "", "<nil>", 0},
		{"", "host", "../../etc/passwd\n", "<nil>", 0},
	} {
		acq := bundle.Acquisition{RunID: "r", Sealed: c.sealed, Host: bundle.HostClaims{Zone: c.zone}}
		f := facts(t, acq, parsetest.File{Path: "/etc/timezone", Data: []byte(c.file)})
		got := "<nil>"
		if f.Zone != nil {
			got = f.Zone.String()
		}
		if got != c.want || f.ZoneFrom != c.from {
			t.Errorf("%+v: zone %s from %v", c, got, f.ZoneFrom)
		}
	}
}

// FuzzFacts: no configuration hangs or panics the reader of log formats.
func FuzzFacts(f *testing.F) {
	f.Add([]byte("LogFormat \"%h\" x\nCustomLog /a x"), []byte("log_format a 'b' \"c\\\"\"; access_log /x a;"), []byte("root:x:0:0::/root:/bin/sh"))
	f.Fuzz(func(t *testing.T, apache, nginx, passwd []byte) {
		facts(t, bundle.Acquisition{}, parsetest.File{Path: "/etc/apache2/a.conf", Data: apache}, parsetest.File{Path: "/etc/nginx/n.conf", Data: nginx}, parsetest.File{Path: "/etc/passwd", Data: passwd})
	})
}
