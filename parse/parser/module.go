package parser

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// moduleParser reads the kernel records of the collector: modules by three
// views, taint, trace hooks and settings.
type moduleParser struct{}

func newModule() parse.Parser { return moduleParser{} }

// Describe implements parse.Parser.
func (moduleParser) Describe() parse.Description {
	return parse.Description{
		Name:    "module",
		Version: 1,
		Doc: "kernel records of the collector: modules that are loaded, \"hidden\" ones that /sys/module, the symbols or an area of vmallocinfo show but " +
			"/proc/modules does not (or the other way round), taint flags, trace hooks, keys, locks, IPC objects, settings",
		References: []string{"collect/record/FORMAT.md", "proc_modules(5)", "Documentation/admin-guide/tainted-kernels.rst"},
		Sources:    []string{"module"},
		Fields:     []string{"address", "count", "cut", "errno", "flags", "missing", "name", "path", "size", "state", "taint", "used_by", "value", "views"},
		Actions:    []string{"entry", "loaded", "hidden", "taint", "hook", "setting", "view"},
		Sample:     `{"t":"kernel","at":1700000000000000000,"name":"/proc/modules","data":"nf_tables 303104 0 - Live 0xffffffffc0a00000\n"}`,
		PathOnly:   true,
	}
}

// Claim implements parse.Parser.
func (moduleParser) Claim(x *parse.Exhibit) parse.Strength { return claimRecord(x, "kernel") }

// Parse implements parse.Parser.
func (moduleParser) Parse(ctx context.Context, _ *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	r := moduleReader{s: s}
	return eachRecord(ctx, x, "module", s, func(kind string, off int64, line []byte) (bool, error) {
		if kind != "kernel" {
			return false, nil
		}
		var k record.Kernel
		if err := decodeRecord(line, &k); err != nil {
			return true, err
		}
		r.at, r.origin, r.ordinal = k.At, event.Origin{Offset: off, Length: int64(len(line))}, 0
		return true, r.file(&k)
	})
}

type moduleReader struct {
	s       parse.Sink
	at      int64
	origin  event.Origin
	ordinal uint32
	listed  map[string]string // module -> address, by /proc/modules; nil before it was read
}

func (r *moduleReader) emit(action, object, message string, f *fieldList) error {
	e := &event.Event{Time: collectedAt(r.at), Meaning: "observed", Source: "module", Action: action, Object: object, Message: message,
		Fields: f.sorted(), Origin: r.origin, Ordinal: r.ordinal}
	r.ordinal++
	return r.s.Event(e)
}

// file makes the events of one kernel file. Every line gives at least one.
func (r *moduleReader) file(k *record.Kernel) error {
	f := &fieldList{}
	f.add("path", k.Name)
	f.add("errno", k.Errno)
	if k.Cap {
		f.add("cut", "true")
	}
	text := strings.TrimSpace(string(k.Data))
	switch {
	case k.Name == "/proc/modules" && k.Errno == "":
		return r.modules(string(k.Data), f)
	case k.Name == "/sys/module" && k.Errno == "":
		return r.second(k, "sysfs", f)
	case k.Name == "/proc/kallsyms" && k.Of == "addresses that are zero" && k.Errno == "":
		return r.zeroSymbols(k, text, f)
	case k.Name == "/proc/kallsyms" && k.Errno == "":
		return r.second(k, "symbols", f)
	case k.Name == "/proc/vmallocinfo" && k.Errno == "":
		return r.areas(string(k.Data), f)
	case k.Errno == "" && rowFile(k.Name):
		return r.rows(k.Name, string(k.Data), f)
	case k.Name == "/proc/sys/kernel/tainted" && k.Errno == "":
		return r.taint(text, f)
	case k.Errno == "" && (strings.Contains(k.Name, "/tracing/") || strings.HasSuffix(k.Name, "/kprobes/list")):
		return r.hooks(k.Name, text, f)
	}
	value, _, more := strings.Cut(text, "\n")
	if len(value) > 256 {
		value = value[:256]
	}
	f.add("value", value)
	message := k.Name + ": " + value
	if k.Errno != "" {
		message = k.Name + ": " + k.Errno
	} else if more {
		message += " ..."
	}
	return r.emit("setting", k.Name, message, f)
}

// modules reads /proc/modules: name size uses users state address (taint).
func (r *moduleReader) modules(data string, f *fieldList) error {
	r.listed = map[string]string{}
	lost := rowLoss{}
	for line := range strings.Lines(data) {
		w := strings.Fields(line)
		if len(w) < 6 {
			if len(w) > 0 {
				lost.bad++
			}
			continue
		}
		r.listed[w[0]] = strings.TrimPrefix(w[5], "0x")
		m := &fieldList{}
		m.add("name", w[0])
		m.add("size", w[1])
		if w[3] != "-" {
			m.add("used_by", strings.TrimSuffix(w[3], ","))
		}
		m.add("state", w[4])
		m.add("address", w[5])
		if len(w) > 6 {
			m.add("taint", strings.Trim(w[6], "()"))
		}
		if err := r.emit("loaded", w[0], "kernel module "+w[0]+" is loaded", m); err != nil {
			return err
		}
	}
	if err := lost.warn(r.s, "module", "/proc/modules", r.origin); err != nil {
		return err
	}
	f.int("count", int64(len(r.listed)))
	f.add("views", "proc")
	return r.emit("view", "/proc/modules", fmt.Sprintf("%d modules in /proc/modules", len(r.listed)), f)
}

// second compares another view with /proc/modules, which stands before it.
func (r *moduleReader) second(k *record.Kernel, view string, f *fieldList) error {
	var names, missing []string
	for line := range strings.Lines(string(k.Data)) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" || name == "kernel" || name == "bpf" || strings.HasPrefix(name, "__builtin") {
			continue
		}
		names = append(names, name)
		if _, known := r.listed[name]; r.listed != nil && !known {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	for _, name := range missing {
		m := &fieldList{}
		m.add("name", name)
		m.add("views", view)
		m.add("missing", "proc")
		if err := r.emit("hidden", name, "kernel module "+name+" stands in "+k.Name+" but not in /proc/modules", m); err != nil {
			return err
		}
	}
	if view == "sysfs" {
		if err := r.missingHere(names); err != nil {
			return err
		}
	}
	f.int("count", int64(len(names)))
	f.add("views", view)
	return r.emit("view", k.Name, fmt.Sprintf("%d modules in %s, %d of them not in /proc/modules", len(names), k.Name, len(missing)), f)
}

// taintFlags are the letters of Documentation/admin-guide/tainted-kernels.rst
// by bit.
const taintFlags = "PFSRMBUDAWCIOELKXTN"

func (r *moduleReader) taint(text string, f *fieldList) error {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return r.emit("setting", "/proc/sys/kernel/tainted", "taint: "+strconv.Quote(text), f)
	}
	flags := ""
	for i := range len(taintFlags) {
		if n>>i&1 == 1 {
			flags += taintFlags[i : i+1]
		}
	}
	f.add("value", text)
	f.add("flags", flags)
	message := "the kernel is not tainted"
	if n != 0 {
		message = fmt.Sprintf("the kernel is tainted: %d (%s)", n, flags)
	}
	return r.emit("taint", "kernel", message, f)
}

// maxHooks bounds the events of one tracing file; enabled_functions may list
// every function of the kernel.
const maxHooks = 4096

func (r *moduleReader) hooks(name, text string, f *fieldList) error {
	n := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line == "nop" || strings.HasPrefix(line, "#") {
			continue
		}
		if n++; n > maxHooks {
			continue
		}
		h := &fieldList{}
		h.add("path", name)
		h.add("value", line)
		if err := r.emit("hook", line, "trace hook in "+name+": "+line, h); err != nil {
			return err
		}
	}
	if err := (rowLoss{over: max(n-maxHooks, 0)}).warn(r.s, "module", name, r.origin); err != nil {
		return err
	}
	f.int("count", int64(n))
	return r.emit("view", name, fmt.Sprintf("%d entries in %s", n, name), f)
}
