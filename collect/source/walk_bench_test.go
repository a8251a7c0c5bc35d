//go:build linux

package source

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/saksi-dfir/saksi/collect"
)

// walkTree makes a tree of 1,000 directories with 100 files each.
func walkTree(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	for d := range 1000 {
		p := fmt.Sprintf("%s/dir%04d", dir, d)
		if err := os.Mkdir(p, 0o755); err != nil {
			b.Fatal(err)
		}
		for f := range 100 {
			if err := os.WriteFile(fmt.Sprintf("%s/file-name-%03d.log", p, f), nil, 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	return dir
}

// BenchmarkFilestat walks 101,000 names into records held in memory; its
// yardstick is BenchmarkFind on a tree of the same form.
func BenchmarkFilestat(b *testing.B) {
	dir := walkTree(b)
	for b.Loop() {
		s := take(b, dir, collect.Selection{Only: []string{"filestat"}}, filestat())
		if len(s.records["filestat"]) < 101_000*100 {
			b.Fatalf("%d bytes of records", len(s.records["filestat"]))
		}
	}
	b.ReportMetric(101_000*float64(b.N)/b.Elapsed().Seconds(), "names/s")
}

// BenchmarkFind lists the same fields with GNU find.
func BenchmarkFind(b *testing.B) {
	find, err := exec.LookPath("find")
	if err != nil {
		b.Skip("skip: no find here")
	}
	dir := walkTree(b)
	for b.Loop() {
		if out, err := exec.Command(find, dir, "-fprintf", os.DevNull, "%p %s %m %U %G %i %n %A@ %T@ %C@ %B@\n").CombinedOutput(); err != nil {
			b.Skipf("skip: no GNU find here: %v %s", err, out)
		}
	}
	b.ReportMetric(101_000*float64(b.N)/b.Elapsed().Seconds(), "names/s")
}
