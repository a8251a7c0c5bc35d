package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/tui/clean"
)

// table prints aligned columns. Every cell passes the sanitiser; the last
// column is never padded.
type table struct {
	head []string
	rows [][]string
	bare bool // no head line: the table goes on
}

func newTable(head ...string) *table { return &table{head: head} }

func (t *table) row(cells ...string) {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = clean.Line(c)
	}
	t.rows = append(t.rows, out)
}

func (t *table) write(w io.Writer) error {
	width := make([]int, len(t.head))
	for _, r := range append([][]string{t.head}, t.rows...) {
		for i, c := range r {
			if n := ansi.StringWidth(c); i < len(width) && n > width[i] {
				width[i] = n
			}
		}
	}
	bw := bufio.NewWriter(w)
	lines := t.rows
	if !t.bare {
		lines = append([][]string{t.head}, t.rows...)
	}
	for _, r := range lines {
		for i, c := range r {
			if i > 0 {
				bw.WriteString("  ")
			}
			bw.WriteString(c)
			if i < len(r)-1 {
				bw.WriteString(strings.Repeat(" ", width[i]-ansi.StringWidth(c)))
			}
		}
		bw.WriteByte('\n')
	}
	return bw.Flush()
}

// jsonLines writes one object a line and never lets a control character
// through: encoding/json escapes C0; bytes that are not UTF-8 are escaped by
// clean.JSON before they get here.
type jsonLines struct {
	w   *bufio.Writer
	buf bytes.Buffer
	enc *json.Encoder
}

func newJSONLines(w io.Writer) *jsonLines {
	j := &jsonLines{w: bufio.NewWriterSize(w, 64<<10)}
	j.enc = json.NewEncoder(&j.buf)
	j.enc.SetEscapeHTML(false)
	return j
}

func (j *jsonLines) write(v any) error {
	j.buf.Reset()
	if err := j.enc.Encode(v); err != nil {
		return fmt.Errorf("json: %w", err)
	}
	_, err := j.w.Write(escapeControls(j.buf.Bytes()))
	return err
}

func (j *jsonLines) flush() error { return j.w.Flush() }

// escapeControls replaces what encoding/json lets through but a terminal may
// act on: DEL, C1 controls, bidi overrides, zero-width characters. The result
// is the same JSON value.
func escapeControls(b []byte) []byte {
	plain := true
	for _, c := range b {
		if c >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return b
	}
	var out bytes.Buffer
	for _, r := range string(b) {
		if r >= 0x7f && r != clean.Visible(r) {
			if r > 0xffff {
				r -= 0x10000
				fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
				continue
			}
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		}
		out.WriteRune(r)
	}
	return out.Bytes()
}

// stamp is a time in the zone of the listing, RFC 3339 with nanoseconds.
func stamp(ns int64, zone *time.Location) string {
	return time.Unix(0, ns).In(zone).Format("2006-01-02T15:04:05.000000000Z07:00")
}

// shortStamp is the form of the tables: seconds, with offset.
func shortStamp(ns int64, zone *time.Location) string {
	return time.Unix(0, ns).In(zone).Format("2006-01-02 15:04:05 -07:00")
}

// bound gives a JSON time, nil where there is no bound.
func bound(ns int64, zone *time.Location) *string {
	if ns == event.MinTime || ns == event.MaxTime {
		return nil
	}
	s := stamp(ns, zone)
	return &s
}

// line prints one sanitised line.
func (a *app) line(s string) error {
	_, err := fmt.Fprintln(a.out, clean.Line(s))
	return err
}

// jsonList prints each value as one JSON line.
func jsonList[T, J any](a *app, vs []T, make func(*T) J) error {
	j := newJSONLines(a.out)
	for i := range vs {
		if err := j.write(make(&vs[i])); err != nil {
			return err
		}
	}
	return j.flush()
}
