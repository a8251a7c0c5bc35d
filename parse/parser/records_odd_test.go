package parser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// raw is a JSON value as it stands, valid or not.
type raw string

// oddValues stand in place of every member of every record: wrong types, huge
// and negative numbers, numbers that are none, broken text, depth.
func oddValues() map[string]raw {
	return map[string]raw{
		"null": "null", "true": "true", "zero": "0", "minus": "-1", "fraction": "1.5", "huge": "1e400", "NaN": "NaN", "infinite": "-Infinity",
		"most": "9223372036854775807", "least": "-9223372036854775808", "unsigned": "18446744073709551615", "over": "18446744073709551616",
		"string": `"x"`, "number as string": `"17"`, "empty": `""`, "controls": `"\u0000\u001b[2J\n"`, "half a pair": `"\ud800"`, "not UTF-8": raw("\"\xff\xfe\""),
		"list": "[]", "list of null": "[null]", "object": "{}", "base64": `{"b64":"!"}`, "bytes": `{"b64":"/w=="}`,
		"long": raw(`"` + strings.Repeat("A", 70_000) + `"`), "deep": raw(strings.Repeat("[", 12_000) + strings.Repeat("]", 12_000)),
	}
}

// oddLines gives for each member of a record, at any depth, the record with
// each odd value in its place, without it, and with it twice.
func oddLines(t *testing.T, line []byte) map[string]string {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	root := v.(map[string]any)
	var walk func(path string, o map[string]any)
	write := func(name string) { out[name] = oddText(root) }
	walk = func(path string, o map[string]any) {
		for _, k := range slices.Sorted(maps.Keys(o)) {
			was := o[k]
			for name, text := range oddValues() {
				o[k] = text
				write(path + k + " " + name)
			}
			delete(o, k)
			write(path + k + " missing")
			o[k] = was
			o[k+" "] = was
			out[path+k+" twice"] = strings.Replace(oddText(root), `"`+k+` "`, `"`+k+`"`, 1)
			delete(o, k+" ")
			switch x := was.(type) {
			case map[string]any:
				walk(path+k+".", x)
			case []any:
				if len(x) == 0 {
					continue
				}
				if m, ok := x[0].(map[string]any); ok {
					walk(path+k+"[0].", m)
				}
			}
		}
	}
	walk("", root)
	root["unheard of"] = raw(`{"of":[1,{"a":null}]}`)
	write("a new member")
	return out
}

// oddText writes JSON in which raw values stand as they are.
func oddText(v any) string {
	switch x := v.(type) {
	case raw:
		return string(x)
	case map[string]any:
		var b strings.Builder
		b.WriteByte('{')
		for i, k := range slices.Sorted(maps.Keys(x)) {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%q:%s", k, oddText(x[k]))
		}
		return b.String() + "}"
	case []any:
		var parts []string
		for _, e := range x {
			parts = append(parts, oddText(e))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

// TestOddRecords: whatever stands in place of a member of a record of the
// collector, its line gives an event or a warning, and the next line is read.
// An event that was seen at collection is not dated by a time that is not there.
func TestOddRecords(t *testing.T) {
	for i, c := range damageCases(t) {
		f := c.Source.Files[0]
		if testing.Short() && i%4 != 0 || !strings.HasPrefix(f.Name, "data/records/") {
			continue
		}
		t.Run(c.Parser, func(t *testing.T) {
			seen := map[string]bool{}
			for line := range bytes.Lines(f.Data) {
				var head struct{ T string }
				if json.Unmarshal(line, &head) != nil || seen[head.T] {
					continue
				}
				seen[head.T] = true
				oddRecord(t, c, line)
			}
		})
	}
}

// oddRecord reads all variants of one record as one exhibit.
func oddRecord(t *testing.T, c parsetest.Case, line []byte) {
	t.Helper()
	lines := oddLines(t, line)
	names := slices.Sorted(maps.Keys(lines))
	var data []byte
	at := map[int64]string{}
	for _, name := range names {
		at[int64(len(data))] = name
		data = append(append(data, lines[name]...), '\n')
	}
	f := c.Source.Files[0]
	f.Data = data
	src := c.Source
	src.Files = append([]parsetest.File{f}, src.Files[1:]...)
	odd := parsetest.Case{Parser: c.Parser, Source: src}
	k := parsetest.Whole(t, All(), odd)
	told := map[int64]bool{}
	for _, e := range k.Events {
		name := at[e.Origin.Offset]
		told[e.Origin.Offset] = true
		if tm := e.Time; tm.Earliest > tm.Latest || tm.Dated() && (tm.Instant < tm.Earliest || tm.Instant > tm.Latest) {
			t.Errorf("%s: time %+v", name, tm)
		}
		if undatedName(name) && e.Time.Dated() && e.Meaning == "observed" {
			t.Errorf("%s: an event at %+v", name, e.Time)
		}
		if e.Meaning == "started" && e.Time.Dated() && e.Time.Instant < 0 {
			t.Errorf("%s: started at %+v", name, e.Time)
		}
	}
	for _, w := range k.Warnings {
		told[w.Offset] = true
		if w.Code == "unaccounted" || w.Code == "unparsed" {
			t.Errorf("%s: %+v", at[w.Offset], w)
		}
	}
	for off, name := range at {
		if !told[off] && !wholeChunk(lines[name]) {
			t.Errorf("%s: neither an event nor a warning", name)
		}
	}
}

// wholeChunk says whether a line is a chunk of memory that was read in one
// piece: the summary tells of those.
func wholeChunk(line string) bool {
	var c record.MemoryChunk
	err := json.Unmarshal([]byte(line), &c)
	return err == nil && c.Type == "memory-chunk" && len(c.States) == 1 && c.States[0] == record.MemoryState{Length: c.Length, State: "read"}
}

// undatedName says whether a variant has no time of collection.
func undatedName(name string) bool {
	switch name {
	case "at missing", "at null", "at zero", "realtime zero":
		return true
	}
	return false
}

// TestNotRecords: lines that are no record give a warning each, and padding
// where there is nothing.
func TestNotRecords(t *testing.T) {
	for _, line := range []string{"null", "[]", "7", `"t"`, `{"t":7}`, `{"t":null}`, `{}`, `{"t":"file"`, "{\"t\":\"process\"}}", strings.Repeat("[", 20_000), "\x00\x00\x00", "\xff\xfe", `{"t":"process"} {"t":"process"}`, `{"t":"ünknown"}`} {
		for _, stream := range []string{"process", "socket", "filestat", "clock", "netns"} {
			k := parseRecords(t, stream, []byte(line+"\n\n"))
			if len(k.Events) != 0 || len(k.Warnings) != 1 || k.Warnings[0].Offset != 0 || k.Warnings[0].Length != int64(len(line)+1) || k.Warnings[0].Message == "" {
				t.Errorf("%s: %.40q: %d events, warnings %.300v", stream, line, len(k.Events), k.Warnings)
			}
		}
	}
	if k := parseRecords(t, "process", []byte("\n\n\r\n")); len(k.Events) != 0 || len(k.Warnings) != 0 {
		t.Errorf("blank lines: %v", k.Warnings)
	}
}
