package bundle

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"
)

// FuzzOpen: no input makes the reader panic, hang or hand out a byte beyond
// what the records say; only the honest bundle verifies as whole.
func FuzzOpen(f *testing.F) {
	honest := small(f, pinned(f))
	f.Add(honest)
	f.Add(honest[:len(honest)/2])
	f.Add(honest[:len(honest)-5])
	f.Add(append(bytes.Clone(honest), honest...))
	f.Add(seekTable([]frameRef{{stored: 9, content: 9}}))
	f.Add([]byte(ageMagic + "v1\n-> X25519 AAAA\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := OpenReader(bytes.NewReader(data), int64(len(data)), OpenOptions{})
		if err != nil {
			return
		}
		defer b.Close()
		r, err := b.Verify(context.Background(), VerifyOptions{Signers: []byte(testKey(t, 1).AllowedSignersLine("*"))})
		if err == nil && r.OK && !bytes.Equal(data, honest) {
			t.Errorf("another file verifies under the pinned key: %d bytes", len(data))
		}
		for x, err := range b.Exhibits() {
			if err != nil {
				continue
			}
			r, err := b.OpenExhibit(x)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, r); err == nil && n != x.Size {
				t.Errorf("%s: %d bytes, record says %d", x.Name, n, x.Size)
			}
		}
	})
}

func FuzzScanFrame(f *testing.F) {
	f.Add(rawFrame(nil, []byte("content")))
	f.Add(skippableFrame([]byte("text")))
	f.Add(small(f, pinned(f))[:200])
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := scanFrame(b)
		if err == nil && (info.size > int64(len(b)) || info.size < 8 || info.content > FrameSize) {
			t.Errorf("%+v of %d bytes", info, len(b))
		}
	})
}

func FuzzParseTail(f *testing.F) {
	data := small(f, pinned(f))
	table, n, err := readSeekTable(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		f.Fatal(err)
	}
	start, off, err := findTail(bytes.NewReader(data), table, int64(len(data))-n)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data[off:], uint32(table[start].stored), uint32(table[start].content))
	f.Fuzz(func(t *testing.T, b []byte, stored, content uint32) {
		if content > FrameSize || stored > maxFrameOnDisk {
			return
		}
		s, err := parseTail(b, []frameRef{{stored: stored, content: content}})
		if err == nil && s.led == nil {
			t.Error("no ledger")
		}
	})
}

// FuzzCheckpoint: a text that parses can be made again from what was parsed.
func FuzzCheckpoint(f *testing.F) {
	l := newLedger("run", "")
	l.payload(make([]byte, 32), "data/files/x", 3)
	f.Add(l.checkpointText("2026-04-03T02:14:07Z", l.mark(), []byte("{\"item\":1}\n"), ""))
	f.Add(l.checkpointText("2026-04-03T02:14:07.5Z", l.mark(), nil, insideText(make([]byte, 32), 5, "data/files/x", []byte("{}"))))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parseCheckpoint(text)
		if err != nil {
			return
		}
		l := newLedger(c.run, c.nonce)
		l.seq, l.prev, l.exhibits, l.exhibitBytes = c.seq-1, c.prev, c.exhibits, c.bytes
		l.lines.Write(c.lines)
		again := l.checkpointText(c.stamp, c.mark, c.outcomes, "")
		d, err := parseCheckpoint(again)
		if err != nil || d.seq != c.seq || d.mark != c.mark || !bytes.Equal(d.outcomes, c.outcomes) || d.run != c.run {
			t.Errorf("made again: %q, %v", again, err)
		}
	})
}

// FuzzTarHeader: what the header writer makes, the header reader reads back.
func FuzzTarHeader(f *testing.F) {
	f.Add("run/data/files/x", int64(5), int64(7))
	f.Add("run/data/files/"+string(bytes.Repeat([]byte("가/"), 60)), int64(1)<<40, int64(0))
	f.Add("run/"+string(bytes.Repeat([]byte("x"), 200)), int64(0), int64(1)<<32)
	f.Fuzz(func(t *testing.T, name string, size, mtime int64) {
		if size < 0 || mtime < 0 || mtime > 0o77777777777 || checkName(name) != nil {
			return
		}
		head := tarHeader(name, size, mtime)
		var got entryHead
		if len(head) > tarBlock {
			x, typ, _, err := parseUstar(head[:tarBlock])
			if err != nil || typ != 'x' {
				t.Fatalf("%v", err)
			}
			path, n, err := parsePax(head[tarBlock : tarBlock+x.size])
			if err != nil {
				t.Fatal(err)
			}
			got, _, _, err = parseUstar(head[len(head)-tarBlock:])
			if err != nil {
				t.Fatal(err)
			}
			if path != "" {
				got.name = path
			}
			if n >= 0 {
				got.size = n
			}
		} else {
			var err error
			if got, _, _, err = parseUstar(head); err != nil {
				t.Fatal(err)
			}
		}
		if got.name != name || got.size != size || got.mtime != mtime {
			t.Errorf("%+v, want %q %d %d", got, name, size, mtime)
		}
	})
}

func FuzzParsePax(f *testing.F) {
	f.Add([]byte(paxRecord("path", "x/y") + paxRecord("size", "8589934592")))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, size, err := parsePax(b); err == nil && size < -1 {
			t.Errorf("size %d", size)
		}
	})
}

// FuzzBagName: any path gives a name that a reader accepts, below its prefix.
func FuzzBagName(f *testing.F) {
	f.Add([]byte("/var/log/../../etc/passwd"))
	f.Add([]byte("\xff\x00=%\\\u202e/./"))
	f.Fuzz(func(t *testing.T, path []byte) {
		name := BagName("data/files", path)
		if err := checkName(name); err != nil || len(name) > maxEscaped+20 {
			t.Errorf("%q gives %q: %v", path, name, err)
		}
	})
}

func FuzzParsePart(f *testing.F) {
	line, err := json.Marshal(exhibitLine{Exhibit: Exhibit{Number: 1, Name: "data/x", SHA256: fmt.Sprintf("%064d", 0)}, At: 512})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(line, '\n'))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := parsePart(b, 1)
		for i := range rows {
			if err == nil && (rows[i].Number != uint32(i+1) || rows[i].Size < 0 || checkName(rows[i].Name) != nil) {
				t.Errorf("%+v", rows[i])
			}
		}
	})
}

func FuzzAuthorization(f *testing.F) {
	q := AuthorizationRequest{RunID: "r", Nonce: "00112233445566778899aabbccddeeff", Serial: 1, From: start, To: start.Add(time.Hour)}
	text, err := MarshalAuthorization(q, testKey(f, 3), testKey(f, 1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ParseAuthorization(b)
		if err == nil && (a.Key == nil || checkRunID(a.RunID) != nil) {
			t.Errorf("%+v", a)
		}
	})
}

func FuzzReceipt(f *testing.F) {
	text, sig, err := Receipt{Run: "r", State: "whole"}.Sign(testKey(f, 1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text, sig)
	f.Fuzz(func(t *testing.T, text, sig []byte) {
		if _, pub, err := ParseReceipt(text, sig); err == nil && pub == nil {
			t.Error("no key")
		}
	})
}

// FuzzFollower: pieces of any size give the same receipt as the whole.
func FuzzFollower(f *testing.F) {
	f.Add(small(f, pinned(f)), 100)
	f.Add([]byte("garbage"), 1)
	f.Fuzz(func(t *testing.T, data []byte, step int) {
		now := func() time.Time { return start }
		one, two := follow(t, data, len(data)+1, now), follow(t, data, max(step, 1), now)
		if one.SHA256 != two.SHA256 || len(one.Checkpoints) != len(two.Checkpoints) || one.Run != two.Run {
			t.Errorf("%+v\n%+v", one, two)
		}
	})
}

func follow(t *testing.T, data []byte, step int, now func() time.Time) Receipt {
	t.Helper()
	f, err := NewFollower(now)
	if err != nil {
		t.Fatal(err)
	}
	for len(data) > 0 {
		n := min(step, len(data))
		if _, err := f.Write(data[:n]); err != nil {
			t.Fatal(err)
		}
		data = data[n:]
	}
	return f.Receipt()
}
