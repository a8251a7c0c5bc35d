package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/memory"
	"github.com/saksi-dfir/saksi/collect/source"
)

// ram reads the flags that bound the image of the RAM.
func (o *options) ram(sel *collect.Selection) error {
	if !o.memory {
		if o.memoryMax > 0 || len(o.memoryRange) > 0 || o.memoryResume != "" {
			return errors.New("--memory-max, --memory-range and --memory-resume go with --memory")
		}
		return nil
	}
	sel.RAM.Max = int64(o.memoryMax)
	if o.memoryMax > 0 && o.memoryMax < memory.PageSize {
		return fmt.Errorf("--memory-max %d is less than one page of %d bytes", o.memoryMax, memory.PageSize)
	}
	var only []memory.Range
	for _, v := range o.memoryRange {
		for s := range strings.SplitSeq(v, ",") {
			r, err := memory.ParseRange(s)
			if err != nil {
				return fmt.Errorf("--memory-range: %w", err)
			}
			only = append(only, r)
		}
	}
	only = memory.Normal(only)
	if o.memoryResume != "" {
		run, missing, err := resume(o.memoryResume)
		if err != nil {
			return err
		}
		if len(only) > 0 {
			missing = memory.Intersect(missing, only)
		}
		if len(missing) == 0 {
			return fmt.Errorf("--memory-resume %q: nothing is missing there", o.memoryResume)
		}
		only, sel.RAM.Resumes = missing, run
	}
	for _, r := range only {
		sel.RAM.Ranges = append(sel.RAM.Ranges, collect.Extent(r))
	}
	return nil
}

// resume tells which ranges an earlier bundle of this boot left out: those it
// set out to read, without those it has.
func resume(path string) (run string, missing []memory.Range, err error) {
	b, err := bundle.Open(path, bundle.OpenOptions{})
	if err != nil {
		return "", nil, fmt.Errorf("--memory-resume: %w (of an encrypted bundle saksi inspect prints the ranges at the desk: give them with --memory-range)", err)
	}
	defer b.Close()
	acq := b.Acquisition()
	if boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil && acq.Host.BootID != "" && plainID(string(boot)) != plainID(acq.Host.BootID) {
		return "", nil, fmt.Errorf("--memory-resume %q: this host was booted since (boot id %s): its memory is another one", path, acq.Host.BootID)
	}
	im, err := source.ReadMemoryImage(b)
	if err != nil {
		return "", nil, fmt.Errorf("--memory-resume %q: %w", path, err)
	}
	return acq.RunID, im.Missing(), nil
}

// plainID is an id without the dashes that some files write.
func plainID(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), "-", "") }
