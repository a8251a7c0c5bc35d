package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
)

// symbolLimit bounds each of the files that explain the image.
const symbolLimit = 256 << 20

// beside writes what makes the image readable elsewhere: before it, so that an
// image that is cut has it too.
func (im *imager) beside(ctx context.Context, iomem []byte) error {
	for _, p := range []struct {
		name string
		data []byte
	}{{"iomem", iomem}, {"kcore-header", im.k.Header}, {"kcore-notes", im.k.Notes}} {
		if err := im.small(p.name, "read /proc", p.data); err != nil {
			return err
		}
	}
	for _, name := range []string{"version", "modules"} {
		if b, _, err := im.proc.Read(ctx, name, iomemLimit); err == nil {
			if err := im.small(name, method(im.proc), b); err != nil {
				return err
			}
		}
	}
	if b, _, err := im.env.Host.ReadFile("/sys/kernel/vmcoreinfo", smallCap); err == nil {
		if err := im.small("vmcoreinfo", "open, read", b); err != nil {
			return err
		}
	}
	if err := im.symbols("kallsyms", func() (host.File, error) { return im.proc.Open("kallsyms") }); err != nil {
		return err
	}
	return im.symbols("btf-vmlinux", func() (host.File, error) { return im.env.Host.Open("/sys/kernel/btf/vmlinux") })
}

func (im *imager) small(name, how string, data []byte) error {
	x := bundle.Exhibit{Name: "data/memory/" + name, Item: im.item, Source: "memory", Method: how}
	if _, err := im.env.Out.Bytes(x, data); err != nil {
		return fmt.Errorf("write %s: %w", x.Name, err)
	}
	im.out.Exhibits++
	im.out.Bytes += int64(len(data))
	return nil
}

// symbols copies a large kernel file that tells no size: it is read once to
// count and once to copy, so that it never lies in memory whole. What the
// kernel does not have, or refuses, is left out: the image stands without it.
func (im *imager) symbols(name string, open func() (host.File, error)) error {
	if im.env.Seen != nil && im.env.Seen.Symbols[name] {
		return nil // data/kernel has it
	}
	size, err := countBytes(open)
	var f host.File
	if err == nil && size > 0 {
		f, err = open()
	}
	if err != nil || size == 0 {
		im.out.Flags = append(im.out.Flags, fmt.Sprintf("without %s (%s)", name, cmp.Or(host.ErrnoName(err), "empty")))
		return nil
	}
	defer f.Close()
	x := bundle.Exhibit{Name: "data/memory/" + name, Item: im.item, Source: "memory", Method: "open, read"}
	if _, err = im.env.Out.File(x, size, f); err != nil {
		return fmt.Errorf("write %s: %w", x.Name, err)
	}
	im.out.Exhibits++
	im.out.Bytes += size
	return nil
}

func countBytes(open func() (host.File, error)) (int64, error) {
	f, err := open()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	buf := make([]byte, 64<<10)
	total := int64(0)
	for total < symbolLimit {
		n, err := f.Read(buf)
		total += int64(n)
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
	return symbolLimit, nil
}
