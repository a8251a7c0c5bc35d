package main

import (
	"errors"
	"fmt"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/memory"
	"github.com/saksi-dfir/saksi/collect/source"
)

// outputWords explains how a bundle left the host (bundle/FORMAT.md, run.json).
func outputWords(how string) string {
	switch how {
	case "direct":
		return "direct: a file past the page cache (O_DIRECT)"
	case "windows":
		return "windows: a file through the page cache, dropped from it every 8 MiB"
	case "buffered":
		return "buffered: a file through the page cache; it pushed out cached files and overwrote free memory"
	case "memory":
		return "memory: a file system in memory; it overwrote free memory"
	case "pipe", "socket", "device":
		return how + ": off this process; where it ended is not known here"
	}
	return how
}

// memoryWords tells what of the RAM a bundle holds, and how to get the rest.
func memoryWords(b *bundle.Bundle) string {
	m, err := source.ReadMemoryImage(b)
	if errors.Is(err, source.ErrNoImage) {
		return ""
	}
	if err != nil {
		return "the image cannot be read: " + err.Error()
	}
	im := memory.NewImage(m.Parts)
	text := fmt.Sprintf("%s in %d ranges, %s of it read", size(int64(memory.Total(im.Ranges()))), len(im.Ranges()), size(int64(memory.Total(im.Read()))))
	if m.Plan != nil && m.Plan.Resumes != "" {
		text += "; goes on from run " + m.Plan.Resumes
	}
	if missing := m.Missing(); len(missing) > 0 {
		text += fmt.Sprintf("; %s missing: --memory-range %s", size(int64(memory.Total(missing))), briefly(missing))
	}
	return text
}
