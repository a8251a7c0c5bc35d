package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/memory"
)

// naiveAt is where on the disk "img" the image through the page cache begins;
// the other begins at 0. Each byte lies at its physical address.
const naiveAt = 8 << 30

// image reads all of RAM with the collector's reader and writes it, without
// compression, to the disk "img": how is "direct" (O_DIRECT) or "naive"
// (through the page cache, as a plain copy does it).
func image(how string) error {
	text, err := os.ReadFile("/proc/iomem")
	if err != nil {
		return err
	}
	ranges, err := memory.ParseIomem(text)
	if err != nil {
		return err
	}
	core, err := os.Open("/proc/kcore")
	if err != nil {
		return err
	}
	defer core.Close()
	k, err := memory.ReadKcore(core)
	if err != nil {
		return err
	}
	dev, err := disk("img")
	if err != nil {
		return err
	}
	flags, base := os.O_WRONLY|unix.O_DIRECT, int64(0)
	if how == "naive" {
		flags, base = os.O_WRONLY, naiveAt
	}
	out, err := os.OpenFile(dev, flags, 0)
	if err != nil {
		return err
	}
	start, buf, bad := time.Now(), aligned(memory.Chunk), int64(0)
	for _, r := range ranges {
		m := memory.NewReader(context.Background(), core, k, r)
		at := base + int64(r.Start)
		for {
			n, err := m.Read(buf)
			if n > 0 {
				if _, err := out.WriteAt(buf[:n], at); err != nil {
					return err
				}
				at += int64(n)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
		}
		bad += m.Bad
	}
	fmt.Printf("@@IMAGED %s %d bytes in %v, %d bad pages\n", how, memory.Total(ranges), time.Since(start).Round(time.Millisecond), bad)
	return out.Close()
}

// iomem prints the System RAM ranges, page-aligned inward, for comparison;
// it parses for itself.
func iomem() error {
	b, err := os.ReadFile("/proc/iomem")
	if err != nil {
		return err
	}
	var out []string
	for _, l := range strings.Split(string(b), "\n") {
		var lo, hi uint64
		if n, _ := fmt.Sscanf(l, "%x-%x", &lo, &hi); n == 2 && !strings.HasPrefix(l, " ") && strings.HasSuffix(l, " : System RAM") {
			lo, hi = (lo+4095)&^4095, (hi+1)&^4095
			out = append(out, fmt.Sprintf("%x-%x", lo, hi-1))
		}
	}
	fmt.Println("@@IOMEM", strings.Join(out, ","))
	return nil
}

// canary keeps 32 MiB of a known pattern in memory: 8,192 pages, each marked
// with its number. The mapping lives until the machine goes off.
func canary() error {
	const size = 32 << 20
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_POPULATE)
	if err != nil {
		return err
	}
	for i := 0; i < size; i += 4096 {
		copy(b[i:], "saksi canary page")
		binary.LittleEndian.PutUint64(b[i+24:], uint64(i/4096))
		for k := 32; k < 4096; k += 8 {
			binary.LittleEndian.PutUint64(b[i+k:], uint64(i/4096)*0x9e3779b97f4a7c15+uint64(k))
		}
	}
	return unix.Mlock(b)
}

// disk finds the block device of an NVMe disk by its serial.
func disk(serial string) (string, error) {
	for range 100 {
		ps, err := filepath.Glob("/sys/class/block/nvme*/device/serial")
		if err != nil {
			return "", err
		}
		for _, p := range ps {
			b, err := os.ReadFile(p)
			if err == nil && string(bytes.TrimSpace(b)) == serial {
				return "/dev/" + filepath.Base(filepath.Dir(filepath.Dir(p))), nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "", fmt.Errorf("no disk with serial %q", serial)
}

// aligned gives a buffer for O_DIRECT.
func aligned(n int) []byte {
	b, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return make([]byte, n)
	}
	return b
}

// fill leaves so many MiB free on a file system.
func fill(dir, leave string) error {
	var keep int64
	if _, err := fmt.Sscan(leave, &keep); err != nil {
		return err
	}
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		return err
	}
	if n := int64(st.Bavail)*st.Bsize - keep<<20; n > 0 {
		if err := unix.Fallocate(int(f.Fd()), 0, 0, n); err != nil {
			return err
		}
	}
	return f.Close()
}
