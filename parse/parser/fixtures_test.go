package parser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// textFixtures lists the fixtures of a text parser, each with the path at
// which its program writes it.
func textFixtures(t *testing.T, name string) []parsetest.File {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("testdata", name))
	if err != nil {
		t.Fatalf("parser %s has no fixture folder: %v", name, err)
	}
	var out []parsetest.File
	for _, e := range entries {
		base := e.Name()
		if base == "README.md" || strings.HasSuffix(base, ".conf") {
			continue
		}
		data, err := os.ReadFile(filepath.Join("testdata", name, base))
		if err != nil {
			t.Fatal(err)
		}
		p := "/var/log/" + base
		switch {
		case name == "shellhistory":
			p = "/home/kim/." + map[string]string{"stamped": "bash_history", "plain": "bash_history", "zsh": "zsh_history"}[base]
		case strings.HasPrefix(base, "nginx-"):
			p = "/var/log/nginx/" + strings.TrimPrefix(base, "nginx-")
		case strings.HasPrefix(base, "apache-"):
			p = "/var/log/apache2/" + strings.TrimPrefix(base, "apache-")
		}
		out = append(out, parsetest.File{Path: p, Data: data, Mtime: utc("2026-11-21T23:00:00Z")})
	}
	if len(out) == 0 {
		t.Fatalf("parser %s has an empty fixture folder", name)
	}
	return out
}

// beside gives files that tell facts: accounts, web log formats.
func beside(t *testing.T) []parsetest.File {
	t.Helper()
	out := []parsetest.File{{Path: "/etc/passwd", Data: []byte("root:x:0:0::/root:/bin/bash\nkim:x:1001:1002::/home/kim:/bin/bash\n")}}
	for from, to := range map[string]string{"nginx.conf": "/etc/nginx/nginx.conf", "apache2.conf": "/etc/apache2/apache2.conf"} {
		data, err := os.ReadFile(filepath.Join("testdata/weblog", from))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, parsetest.File{Path: to, Data: data})
	}
	return out
}

// TestTextFixtures holds what real programs wrote to the contract; a line of
// theirs that cannot be read is a fault of ours.
func TestTextFixtures(t *testing.T) {
	for _, p := range parsers() {
		name := p.Describe().Name
		switch p.(type) {
		case *syslogParser, *weblogParser, *historyParser, *aptParser, *clamscanParser, *lineLog:
		default:
			continue
		}
		for i, f := range textFixtures(t, name) {
			if testing.Short() && i%4 != 0 {
				continue
			}
			t.Run(name+f.Path, func(t *testing.T) {
				src := parsetest.Source{Acq: host("UTC"), Files: append([]parsetest.File{f}, beside(t)...)}
				c := parsetest.Case{Parser: name, Source: src, Events: -1}
				if strings.HasSuffix(f.Path, "/odd.log") {
					k, res := parsetest.Parse(t, &src, All(), 1) // only the configuration tells its form
					if res.Exhibits[0].Parser != name || len(k.Events) == 0 || len(k.Warnings) != 0 {
						t.Errorf("claimed by %q, %d events, %v", res.Exhibits[0].Parser, len(k.Events), k.Warnings)
					}
					return
				}
				contract(t, c)
				k, _ := parsetest.Parse(t, &src, All(), 1)
				if len(k.Events) == 0 || len(k.Warnings) != 0 {
					t.Errorf("%d events, warnings %v", len(k.Events), k.Warnings)
				}
			})
		}
	}
}
