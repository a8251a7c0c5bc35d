package view

import (
	"strings"

	"github.com/saksi-dfir/saksi/timeline"
	"github.com/saksi-dfir/saksi/tui/widget"
)

// cachedRaw gives the lines of the raw bytes, made once per event and width.
func (d *detail) cachedRaw(sh *Shared, w int) []pair {
	if d.raw == nil || d.err != nil {
		return d.rawLines(sh, w)
	}
	c := &d.cache
	if c.raw != d.raw || c.mode != d.mode || c.w != w {
		c.raw, c.mode, c.w, c.body = d.raw, d.mode, w, d.rawLines(sh, w)
	}
	return c.body
}

// rawLines shows the bytes behind an event, read again from the bundle.
func (d *detail) rawLines(sh *Shared, w int) []pair {
	l := &list{w: w}
	switch {
	case d.err != nil:
		l.remark(badLine, "the bytes cannot be read: %s", d.err.Error())
		return l.out
	case d.raw == nil:
		l.remark(dimLine, "reading the sealed bundle")
		return l.out
	}
	raw := d.raw
	o := raw.Origin
	if raw.Problem != "" {
		l.remark(badLine, "%s", raw.Problem)
	} else if raw.FrameOK {
		l.remark(goodLine, "read again from the bundle; the hash agrees")
	}
	l.remark(dimLine, "%s", raw.BundlePath)
	l.remark(dimLine, "%s, offset %d, %d bytes", o.Path, o.Offset, o.Length)
	if raw.SHA256 != "" {
		l.remark(dimLine, "sha256 %s", raw.SHA256)
	}
	if raw.Truncated {
		l.remark(dimLine, "the record is longer; the first %s bytes are shown", widget.Number(int64(len(raw.Bytes))))
	}
	if d.mode == modeHex {
		per := 16
		if w < 78 {
			per = 8
		}
		if w < 46 {
			per = 4
		}
		for _, h := range hexLines(*raw, per) {
			l.out = append(l.out, pair{value: h})
		}
		return l.out
	}
	for _, line := range strings.SplitAfterN(string(raw.Bytes), "\n", 2000) {
		for _, p := range wrap(text(line), w, 1000) {
			l.out = append(l.out, pair{value: p})
		}
	}
	return l.out
}

// hexLines dumps the pieces of a record, each with its own offsets.
func hexLines(raw timeline.Raw, per int) []string {
	const most = 64 * 1024
	data := raw.Bytes
	if len(data) > most {
		data = data[:most]
	}
	if len(raw.Spans) < 2 {
		return widget.Hex(data, raw.Origin.Offset, per)
	}
	var out []string
	for _, s := range raw.Spans {
		n := min(int64(len(data)), max(0, s.Length))
		out = append(out, widget.Hex(data[:n], s.Offset, per)...)
		data = data[n:]
	}
	return out
}
