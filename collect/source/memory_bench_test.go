package source

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/memory"
	"github.com/saksi-dfir/saksi/collect/seal"
)

// cachedPages are 256 MiB as the page cache of a busy host holds them: whole
// files of the Go tree, programs and text, each at a page border; one page in
// sixteen is zero.
func cachedPages(b *testing.B) []byte {
	b.Helper()
	const size = 256 << 20
	out := make([]byte, 0, size)
	add := func(p []byte) {
		for len(p) > 0 && len(out) < size {
			n := min(len(p), 15*memory.PageSize, size-len(out))
			out = append(out, p[:n]...)
			p = p[n:]
			out = out[:min((len(out)+2*memory.PageSize-1)&^(memory.PageSize-1), size)]
		}
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		b.Skipf("go env GOROOT: %v", err)
	}
	tree := strings.TrimSpace(string(root))
	for len(out) < size {
		was := len(out)
		err := filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
			if err != nil || len(out) >= size {
				return fs.SkipAll
			}
			if d.Type().IsRegular() {
				if p, err := os.ReadFile(path); err == nil && len(p) > 16<<10 {
					add(p)
				}
			}
			return nil
		})
		if err != nil || len(out) == was {
			b.Skipf("no files below %s: %v", tree, err)
		}
	}
	return out
}

// pagesHost is a host whose RAM is one range of given bytes.
type pagesHost struct {
	ramBoth
	ram []byte
}

func (h pagesHost) Proc() host.Proc { return pagesProc{ramProc{h: h.ramHost}, h.ram} }

type pagesProc struct {
	ramProc
	ram []byte
}

func (p pagesProc) Open(name string) (host.File, error) {
	f, err := p.ramProc.Open(name)
	if err != nil {
		return nil, err
	}
	return &pagesCore{f, p.ram}, nil
}

type pagesCore struct {
	host.File
	ram []byte
}

func (c *pagesCore) ReadAt(p []byte, off int64) (int, error) {
	if off < ramBase {
		return c.File.ReadAt(p, off)
	}
	return copy(p, c.ram[off-ramBase-0x100000:]), nil
}

// BenchmarkMemoryImage is the whole step over RAM full of page cache: reader,
// labels, SHA-256, zstd, checkpoints, into nothing. The kernel's own copying
// is not in it. MB/cpu-s is what one second of processor time handles.
func BenchmarkMemoryImage(b *testing.B) {
	ram := cachedPages(b)
	h := ramHostOf("00100000-100fffff : System RAM\n")
	h.segs = []memory.Range{{Start: 0x100000, End: 0x100000 + uint64(len(ram))}}
	key, err := seal.NewRunKey(bytes.NewReader(make([]byte, 64)))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(ram)))
	var cpu time.Duration
	var stored int64
	for b.Loop() {
		plan, err := collect.NewPlan(b.Context(), pagesHost{ramBoth{h}, ram}, All(), collect.Selection{Only: []string{"memory"}})
		if err != nil {
			b.Fatal(err)
		}
		began := ownCPU()
		w, err := bundle.NewWriter(io.Discard, bundle.Options{Acquisition: bundle.Acquisition{RunID: "ram", Sealed: "host"}, Plan: plan.Items, Signer: key})
		if err != nil {
			b.Fatal(err)
		}
		if res, err := collect.Run(b.Context(), collect.Config{Plan: plan, Writer: collect.Bundle(w)}); err != nil || !res.Complete() {
			b.Fatal(res.Bad, err)
		}
		sum, err := w.Close()
		if err != nil {
			b.Fatal(err)
		}
		cpu += ownCPU() - began
		stored = sum.Bytes
	}
	b.ReportMetric(float64(b.N)*float64(len(ram))/1e6/cpu.Seconds(), "MB/cpu-s")
	b.ReportMetric(float64(len(ram))/float64(stored), "times-smaller")
}

func ownCPU() time.Duration {
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru); err != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}
