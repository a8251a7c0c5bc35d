package rule

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saksi-dfir/saksi/timeline/detect"
	"github.com/saksi-dfir/saksi/timeline/detect/detecttest"
	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/query"
)

// shuffled gives slim events in any order.
type shuffled struct {
	detecttest.Memory
	rng *rand.Rand
}

func (s shuffled) Slim(_ context.Context, _ *query.Node, fields []string, f func(*event.Slim) error) error {
	for _, i := range s.rng.Perm(len(s.Memory)) {
		e := event.SlimOf(s.Memory[i], fields, nil)
		if err := f(&e); err != nil {
			return err
		}
	}
	return nil
}

// TestWebShellTakesRequestsInAnyOrder gives the same requests in time order
// and shuffled.
func TestWebShellTakesRequestsInAnyOrder(t *testing.T) {
	var m detecttest.Memory
	add := func(at int64, path, status, method, ip string) {
		m = append(m, detecttest.Event(len(m)+1, "web01", "weblog", "request", at, "path="+path, "status="+status, "method="+method, "ip="+ip, "agent=a/1"))
	}
	for i := range 30 {
		for c := range 5 {
			add(int64(1e18)+int64(i)*1e9, fmt.Sprintf("/page%d.php", i), "200", "GET", fmt.Sprintf("192.0.2.%d", c))
		}
	}
	add(1e18-7e9, "/uploads/a.php", "404", "GET", "198.51.100.2")
	for i := range int64(9) {
		add(1e18+i*1e9, "/uploads/a.php", "200", "POST", fmt.Sprintf("198.51.100.%d", 1+i%2))
	}
	add(1e18+7e9, "/b.php", "200", "POST", "198.51.100.2")
	add(1e18+9e9, "/b.php", "404", "POST", "198.51.100.2")
	want := detecttest.Find(t, WebShell{}, m...)
	if len(want) != 2 {
		t.Fatalf("findings: %v", want)
	}
	for seed := range uint64(5) {
		got, err := detect.Run(context.Background(), []detect.Detector{WebShell{}}, shuffled{m, rand.New(rand.NewPCG(seed, 1))}, detecttest.Covered("present"))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("another order of requests: %s", d)
		}
	}
}

// TestWebShellThinsAFlood watches a bounded number of names, the same ones in
// any order.
func TestWebShellThinsAFlood(t *testing.T) {
	var want []string
	for seed := range uint64(3) {
		s := &sites{pages: map[pageKey]*page{}, answered: map[event.HostKey]map[string]bool{}, limit: 1000, above: ^uint32(0)}
		for _, i := range rand.New(rand.NewPCG(seed, 2)).Perm(9000) {
			s.answer(&event.Slim{Values: []string{fmt.Sprintf("/%d.php", i), "200", "GET", "", "192.0.2.1", "x"}, Offset: int64(i)})
			if len(s.pages) > 1000 {
				t.Fatalf("%d names are watched", len(s.pages))
			}
		}
		var got []string
		for i := range 9000 {
			if p := s.pages[pageKey{path: fmt.Sprintf("/%d.php", i)}]; p != nil {
				got = append(got, p.path)
			}
		}
		if len(got) < 300 || want != nil && !cmp.Equal(want, got) {
			t.Errorf("%d names left, another order left %d", len(got), len(want))
		}
		want = got
	}
}

var _ detect.Slim = shuffled{}

// TestWebShellReported: a scanner's report of a file at the path of a rare
// script that was not found before makes one implant of both; of a page that
// always was there it does not, for it may have been changed later.
func TestWebShellReported(t *testing.T) {
	var site detecttest.Memory
	add := func(m *detecttest.Memory, at int64, path, status, method, ip string) {
		*m = append(*m, detecttest.Event(len(*m)+1, "web01", "weblog", "request", at, "path="+path, "status="+status, "method="+method, "ip="+ip, "agent=a/1"))
	}
	for i := range 30 {
		for c := range 5 {
			add(&site, t0+int64(i)*1e9, fmt.Sprintf("/page%d.php", i), "200", "GET", fmt.Sprintf("192.0.2.%d", c))
		}
	}
	report := func(file, signature string) *event.Event {
		e := detecttest.Event(900, "web01", "ownlog", "found", t0+86400e9, "path="+file, "signature="+signature)
		e.Parser = "clamav"
		return e
	}
	for name, tt := range map[string]struct {
		path    string
		miss    bool
		report  *event.Event
		implant string
	}{
		"reported":          {"/uploads/a.php", true, report("/srv/www/uploads/a.php", "Php.Webshell.Example-1"), "file:/srv/www/uploads/a.php"},
		"always there":      {"/uploads/a.php", false, report("/srv/www/uploads/a.php", "Php.Webshell.Example-1"), ""}, // 5 of 6 points
		"another file":      {"/uploads/a.php", true, report("/srv/www/uploads/ba.php", "Php.Webshell.Example-1"), "web:/uploads/a.php"},
		"of the root":       {"/a.php", true, report("/srv/www/uploads/a.php", "Php.Webshell.Example-1"), ""},
		"of another system": {"/uploads/a.php", true, report("/srv/www/uploads/a.php", "Win.Trojan.Example-1"), "web:/uploads/a.php"},
	} {
		m := append(detecttest.Memory{}, site...)
		if tt.miss {
			add(&m, t0+900e9, tt.path, "404", "GET", "203.0.113.9")
		}
		for i := range int64(5) {
			add(&m, t0+1000e9+i*1e9, tt.path, "200", "POST", "203.0.113.9")
		}
		m = append(m, tt.report)
		implant, seen := "", false
		for _, f := range detecttest.Find(t, WebShell{}, m...) {
			if strings.Contains(f.Title, tt.path) {
				implant, seen = f.Implant, true
				if tt.miss != strings.Contains(f.Detail, "until 2024-03-09T16:15:00Z") || !strings.Contains(f.Detail, "from 2024-03-09T16:16:40Z to 2024-03-09T16:16:44Z") {
					t.Errorf("%s: %s", name, f.Detail)
				}
			}
		}
		if implant != tt.implant || !seen {
			t.Errorf("%s: implant %q, want %q (seen %v)", name, implant, tt.implant, seen)
		}
	}
}

// TestWebShellOfLogsAlone: what the logs alone know is a path of a server, with
// the last answer that nothing was there; a refusal is no such answer.
func TestWebShellOfLogsAlone(t *testing.T) {
	for name, c := range map[string]struct {
		status string
		events int
		why    string
	}{
		"not found": {"404", 3, "not found before it was"},
		"gone":      {"410", 3, "not found before it was"},
		"refused":   {"403", 2, "refused before it was answered"},
	} {
		events := site("/uploads/a.php", false)
		for _, e := range events {
			for i := range e.Fields {
				if e.Fields[i].Name == "status" && e.Fields[i].Value == "404" {
					e.Fields[i].Value = c.status
				}
			}
		}
		fs := detecttest.Find(t, WebShell{}, events...)
		if len(fs) != 1 || fs[0].Implant != "web:/uploads/a.php" || fs[0].ImplantPath() != "" || fs[0].Confidence != "low" || len(fs[0].Events) != c.events || !strings.Contains(fs[0].Detail, c.why) {
			t.Errorf("%s: %+v", name, fs)
		}
	}
}
