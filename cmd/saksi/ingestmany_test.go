package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/samples/gen"
)

// manyBundles gives the bundles of the sample case and some that a desk made
// of plain logs, which share lines with each other.
func manyBundles(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	c, err := gen.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := slices.Clone(c.Bundles)
	if testing.Short() {
		out = out[:1]
	}
	for host := range 3 {
		var b strings.Builder
		for i := range 600 * (host + 1) {
			fmt.Fprintf(&b, "2024-03-%02dT%02d:%02d:%02d+09:00 web%02d sshd[%d]: Accepted publickey for deploy from 203.0.113.%d port %d ssh2\n",
				i/600+1, i/30%20, i/10%60, i%60, host, 800+i%50, i%250, 30000+i%500)
		}
		log := filepath.Join(dir, "auth.log")
		if err := os.WriteFile(log, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		d := &desk2{t, filepath.Join(dir, fmt.Sprint("made", host))}
		d.must(exitDone, "ingest", "--no-detect", "--case", d.dir, "--host", fmt.Sprintf("web%02d", host), "--zone", "Asia/Seoul", log)
		made, err := filepath.Glob(filepath.Join(d.dir, "bundles", "*.zst"))
		if err != nil || len(made) != 1 {
			t.Fatalf("%v %v", made, err)
		}
		out = append(out, made[0])
	}
	return out
}

// TestBundlesSideBySide ingests the same bundles in different orders, one
// named twice, with different numbers of processors: every listing is the same,
// byte by byte.
func TestBundlesSideBySide(t *testing.T) {
	paths := manyBundles(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want map[string]string
	for _, procs := range []int{1, 5} {
		runtime.GOMAXPROCS(procs)
		d := &desk2{t, filepath.Join(t.TempDir(), "case")}
		args := append([]string{"ingest", "--case", d.dir}, paths...)
		out, errs, code := d.run(append(args, paths[0])...)
		if code != exitDone {
			t.Fatalf("exit %d\n%s%s", code, out, errs)
		}
		if n := strings.Count(errs, "in the case already"); n != 1 {
			t.Errorf("one bundle was named twice, %d were known already:\n%s", n, errs)
		}
		got := map[string]string{}
		for _, l := range []string{"events", "warnings", "findings", "infections", "sightings", "coverage"} {
			got[l] = d.must(exitDone, l, "--json", "--case", d.dir)
		}
		got["digest"] = d.must(exitDone, "case", "digest", "--json", "--case", d.dir)
		least := 40_000
		if testing.Short() {
			least = 15_000
		}
		if n := strings.Count(got["events"], "\n"); n < least {
			t.Fatalf("only %d events", n)
		}
		if want == nil {
			want = got
		}
		for l := range want {
			if got[l] != want[l] {
				t.Errorf("%s differ with %d processors and the order %v", l, procs, paths)
			}
		}
		slices.Reverse(paths)
	}
}

// TestOneOfManyFails says that a bundle that cannot be used stops the others,
// names itself, and leaves a case that opens.
func TestOneOfManyFails(t *testing.T) {
	paths := manyBundles(t)[:4]
	b, err := os.ReadFile(paths[1])
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.tar.zst")
	if err := os.WriteFile(bad, b[:2500], 0o600); err != nil {
		t.Fatal(err)
	}
	d := &desk2{t, filepath.Join(t.TempDir(), "case")}
	_, errs, code := d.run(append([]string{"ingest", "--case", d.dir, bad}, paths...)...)
	if code != exitVerify || !strings.Contains(errs, "bad.tar.zst") {
		t.Errorf("exit %d: %s", code, errs)
	}
	d.must(exitDone, "case", "check", "--case", d.dir)
	d.must(exitDone, append([]string{"ingest", "--case", d.dir}, paths...)...)
}
