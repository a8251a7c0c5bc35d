package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFullDisk ingests into a file system of this or that size: what does not
// fit is said in words with exit 1, and with more room the same case opens,
// is whole, and takes the same bundles in.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a disk: not with -short")
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root to mount a small tmpfs")
	}
	t.Parallel()
	samples, bin := sampleDir(t), program(t)
	mount := t.TempDir()
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no tmpfs can be mounted here: %v", err)
	}
	defer syscall.Unmount(mount, syscall.MNT_DETACH)
	plain := syslogFile(t, t.TempDir(), "log01", 4000)
	calm := &proc{t: t, bin: bin, dir: filepath.Join(t.TempDir(), "case")}
	args := []string{"ingest", "--copy", "--host", "log01", filepath.Join(samples, "web01.tar.zst"), plain, filepath.Join(samples, "db01.tar.zst")}
	calm.must(exitDone, args...)
	digest := calm.must(exitDone, "case", "digest")
	sizes := []string{"4k", "16k", "64k", "300k", "24m", "25m", "26m", "28m", "34m", "40m", "44m"}
	if os.Getenv("SAKSI_SOAK") != "" {
		for k := 20; k < 50<<10; k += 97 + k/40 {
			sizes = append(sizes, fmt.Sprintf("%dk", k))
		}
	}
	full := 0
	for i, size := range sizes {
		remount(t, mount, size)
		p := &proc{t: t, bin: bin, dir: filepath.Join(mount, fmt.Sprint("case", i))}
		_, errs, code := p.run(args...)
		if code != exitDone {
			full++
			if code != exitFailed || !strings.Contains(errs, "no space left") || strings.Contains(errs, "goroutine") {
				t.Errorf("%s: exit %d: %s", size, code, errs)
			}
		}
		remount(t, mount, "400m")
		if _, err := os.Stat(filepath.Join(p.dir, "case.toml")); err == nil {
			p.must(exitDone, "case", "check")
			p.must(exitDone, "hist")
		}
		p.must(exitDone, args...)
		if got := p.must(exitDone, "case", "digest"); got != digest {
			t.Errorf("%s, then more: digest\n%s\nwant\n%s", size, got, digest)
		}
		if err := os.RemoveAll(p.dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("the disk was full in %d of %d ingests", full, len(sizes))
	if full < 6 {
		t.Errorf("the disk was full only %d times", full)
	}
}

func remount(t *testing.T, mount, size string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", mount, "tmpfs", syscall.MS_REMOUNT, "size="+size); err != nil {
		t.Fatal(err)
	}
}
