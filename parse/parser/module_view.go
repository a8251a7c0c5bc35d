package parser

import (
	"fmt"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/collect/record"
)

// zeroSymbols tells whether kallsyms showed addresses at all: kptr_restrict and
// missing rights make them zero, and every reading by address is blind then.
func (r *moduleReader) zeroSymbols(k *record.Kernel, text string, f *fieldList) error {
	f.add("value", text)
	f.int("count", k.Lines)
	message := fmt.Sprintf("%s of %d addresses of the kernel's symbols are zero", text, k.Lines)
	if k.Lines > 0 && text == fmt.Sprint(k.Lines) {
		message = "all addresses of the kernel's symbols are hidden (zero)"
	}
	return r.emit("setting", k.Name, message, f)
}

// missingHere finds modules that /proc/modules has and sysfs has not: a module
// may take its directory away and stay on the list.
func (r *moduleReader) missingHere(names []string) error {
	if len(names) == 0 {
		return nil // sysfs is not there, or has no loadable module at all
	}
	for _, name := range sortedNames(r.listed) {
		if slices.Contains(names, name) {
			continue
		}
		m := &fieldList{}
		m.add("name", name)
		m.add("views", "proc")
		m.add("missing", "sysfs")
		if err := r.emit("hidden", name, "kernel module "+name+" stands in /proc/modules but not in /sys/module", m); err != nil {
			return err
		}
	}
	return nil
}

func sortedNames(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for n := range m {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// areas compares the areas that load_module allocated with the addresses of the
// listed modules. Kernels from 6.4 on allocate a module in several areas under
// other names: there nothing is compared.
func (r *moduleReader) areas(data string, f *fieldList) error {
	known, shown := map[string]bool{}, false
	for _, addr := range r.listed {
		known[strings.TrimLeft(addr, "0")] = true
		shown = shown || strings.Trim(addr, "0") != ""
	}
	total, odd := 0, 0
	for line := range strings.Lines(data) {
		span, rest, _ := strings.Cut(line, " ")
		start, _, ok := strings.Cut(strings.TrimPrefix(span, "0x"), "-")
		if !ok || !strings.Contains(rest, " load_module+") {
			continue
		}
		total++
		if !shown || known[strings.TrimLeft(start, "0")] || strings.Trim(start, "0") == "" || r.listed == nil {
			continue
		}
		if odd++; odd > maxHooks {
			continue
		}
		m := &fieldList{}
		m.add("name", "at 0x"+start)
		m.add("address", "0x"+start)
		m.add("views", "vmallocinfo")
		m.add("missing", "proc")
		if err := r.emit("hidden", "0x"+start, "an area that load_module made at 0x"+start+" belongs to no module of /proc/modules", m); err != nil {
			return err
		}
	}
	if err := (rowLoss{over: max(odd-maxHooks, 0)}).warn(r.s, "module", "/proc/vmallocinfo", r.origin); err != nil {
		return err
	}
	f.int("count", int64(total))
	f.add("views", "vmallocinfo")
	return r.emit("view", "/proc/vmallocinfo", fmt.Sprintf("%d areas of modules in /proc/vmallocinfo, %d of no listed module", total, odd), f)
}

// rowFile says whether a file is a table of which every row is of interest.
func rowFile(name string) bool {
	switch name {
	case "/proc/keys", "/proc/locks", "/proc/sysvipc/msg", "/proc/sysvipc/sem", "/proc/sysvipc/shm":
		return true
	}
	return false
}

func (r *moduleReader) rows(name, data string, f *fieldList) error {
	n := 0
	for line := range strings.Lines(data) {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" || strings.HasPrefix(line, "key ") && strings.Contains(name, "sysvipc") {
			continue
		}
		if n++; n > maxHooks {
			continue
		}
		h := &fieldList{}
		h.add("path", name)
		h.add("value", line)
		if err := r.emit("entry", name, name+": "+line, h); err != nil {
			return err
		}
	}
	if err := (rowLoss{over: max(n-maxHooks, 0)}).warn(r.s, "module", name, r.origin); err != nil {
		return err
	}
	f.int("count", int64(n))
	return r.emit("view", name, fmt.Sprintf("%d entries in %s", n, name), f)
}
