package codec

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
)

// drain reads a stream to its end, over what was skipped.
func drain(t testing.TB, name string, data []byte) (out []byte, skips []*SkipError, err error) {
	t.Helper()
	r, err := New(name, bytes.NewReader(data))
	if err != nil {
		return nil, nil, err
	}
	buf := make([]byte, 1000)
	for {
		n, err := r.Read(buf)
		out = append(out, buf[:n]...)
		var skip *SkipError
		switch {
		case errors.As(err, &skip):
			if n != 0 {
				t.Fatalf("%s: %d bytes together with %v", name, n, err)
			}
			skips = append(skips, skip)
		case errors.Is(err, io.EOF):
			return out, skips, r.Close()
		case err != nil:
			return out, skips, errors.Join(err, r.Close())
		}
	}
}

// twoBlocks is a text of 120,000 bytes, lines of numbers, as bzip2 -1 packs it:
// two blocks.
const twoBlocks = "QlpoMTFBWSZTWZparFAAJ5ZIACAQf+BQBFzwSigiKpSIGgaBA0DQIGgaAUqmNQmoClRImn/qpGqCvUFaoK5QVlBXdBXlBXtBXdBX6gr6gr+oK+0FagrUFZBWQVkFZBWQVkFZBWQVkFZBWQVkFZBWQVkFZBWQVkFZBWQVkFZBWQV7oKygrEFYgragr+QVnURJ2grpESboK6VFDxBXCCsgrihJ5QVwQVxBXRBXyCuhBW6CukFe0FdFCTKCvqCvkFYgrdBXVBW5BXKCvqCsgrtBXaCvqCtUFfUFcoK+QV4graCvUFZQViCsQVqgrugrVBWoiT6gr1BXEFeIK2gr1BWUFYgriCtUFcoKxBWkFeUFagrIK8QV7QV4grqCtIK9IK6gr5QVwgrqCuIK9oK9UFZBX5BXiCv20FdoK9oK2grUgrqgrEFaQV0grEFaQV2grKCsQViCsgr2grUFcIK+IK6QVqgrxBXKCtoK8QVxBXxQVkFdQVkFYgrSCtoK8QVpBX5BW6CsQVxBWUFYkFZBXpBXUFdQVkFaQV+oK9oK4griCvUFYgrtBXqCtIK4grtBXUFagr/MUFZJlNZj7sLEQATuEgAIBB/4FADfeqglBSgIGgaBA0DQIGgaAmqpplM9SgKVCp7Sn+pRqReyLUi3IuSL9IvJF6lOpTEp8lP5KfJTEphFhFhFhFhFhFhFkUxKYlMSmJTEpiUxCyRZIskWSLJFkiySYlMSnepTqU6lOpThKfwlPUpoqDaU1QV6lNKUxKahDiU0JT8pTRKfUpoSnEppKfqU0VB4lPkp8lPEpxKaSnCi6kX0iwi1ItSL6RakX0i3IvpF5Iu5F7IuSTOpTqU4lPUptKbVB8osItyL2RdyLJFyRckWyLUi3IuEWiLuRfSL4i7kXJF3ItEWUi3ItEXki6SLUi6IuEW5FhFki8kWpFwi8kWSGyU0lPEptKaSniU2lX6RckXCLEiyRckWSLpIvJF1ItSLyRbkXZDiU0lPSUxKbSmJTxKtSLuReEWpFhF3IuEW5FyRcqRZItyLUi0RZItSLJF7ItyLci69kXJF+IvZFqRckWpFqRZIv8XckU4UJC7DlOwA"

// TestDamagedStreams: what lies behind damage, or behind bytes of another kind,
// is read, and the place of what was left out is named.
func TestDamagedStreams(t *testing.T) {
	line := "Mar  3 02:14:07 web01 sshd[812]: x\n"
	all := packed(t, []byte(strings.Repeat(line, 300)))
	all["bz2"] = unbase64(t, oneBlock)
	for name, data := range all {
		whole, _, err := drain(t, name, data)
		if err != nil || len(whole) == 0 {
			t.Fatalf("%s: %d bytes, %v", name, len(whole), err)
		}
		n := int64(len(data))
		hurt := bytes.Clone(data)
		for i := range 6 {
			hurt[len(hurt)/2+i] ^= 0x5a
		}
		garbage := []byte("some other bytes")
		for what, tt := range map[string]struct {
			data   []byte
			copies int // of the whole text, at least
			skips  int
			at     int64 // of the first skip, or of what follows; -1: unchecked
			behind bool
		}{
			"three":           {bytes.Join([][]byte{data, data, data}, nil), 3, 0, -1, false},
			"second damaged":  {bytes.Join([][]byte{data, hurt, data}, nil), 2, 1, -1, false},
			"garbage between": {bytes.Join([][]byte{data, garbage, data}, nil), 2, 1, n, false},
			"garbage behind":  {bytes.Join([][]byte{data, garbage}, nil), 1, 0, n, true},
			"twice between":   {bytes.Join([][]byte{data, garbage, data, garbage, data}, nil), 3, 2, n, false},
		} {
			out, skips, err := drain(t, name, tt.data)
			var behind *BehindError
			if errors.As(err, &behind) != tt.behind || err != nil && !tt.behind {
				t.Errorf("%s, %s: error %v", name, what, err)
				continue
			}
			if got := bytes.Count(out, whole); got != tt.copies || len(skips) != tt.skips {
				t.Errorf("%s, %s: %d texts in %d bytes, skipped %v", name, what, got, len(out), skips)
				continue
			}
			if len(skips) > 0 && tt.at >= 0 && (skips[0].Offset != tt.at || skips[0].Length != int64(len(garbage))) {
				t.Errorf("%s, %s: %v, want %d", name, what, skips[0], tt.at)
			}
			if tt.behind && behind.Offset != tt.at {
				t.Errorf("%s, %s: %v, want %d", name, what, behind, tt.at)
			}
			through, err := New(name, bytes.NewReader(tt.data))
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := io.ReadAll(Through(through)); !bytes.Equal(again, out) {
				t.Errorf("%s, %s: %d bytes through, %d before", name, what, len(again), len(out))
			}
			if err := through.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestDamagedBlock: of a bzip2 stream with a damaged block the next one is read,
// and the stream behind it.
func TestDamagedBlock(t *testing.T) {
	data := unbase64(t, twoBlocks)
	whole, _, err := drain(t, "bz2", data)
	if err != nil || len(whole) != 120_000 {
		t.Fatalf("%d bytes, %v", len(whole), err)
	}
	hurt := bytes.Clone(data)
	hurt[100] ^= 0xff
	out, skips, err := drain(t, "bz2", append(hurt, data...))
	if err != nil || len(skips) != 2 || !bytes.HasSuffix(out, append(bytes.Clone(whole[100_500:]), whole...)) {
		t.Errorf("%d bytes, %v, %v", len(out), skips, err)
	}
	out, skips, err = drain(t, "bz2", hurt)
	if err != nil || len(skips) != 1 || !bytes.HasSuffix(out, whole[100_500:]) {
		t.Errorf("%d bytes, %v, %v", len(out), skips, err)
	}
}

// TestManyStreams: an input that is nothing but starts of streams ends.
func TestManyStreams(t *testing.T) {
	for name, data := range packed(t, []byte("x")) {
		many := append(bytes.Clone(data), bytes.Repeat(data[:12], 1000)...)
		out, skips, _ := drain(t, name, many)
		if len(skips) > maxSkips || len(out) > len(many) {
			t.Errorf("%s: %d bytes, %d skips", name, len(out), len(skips))
		}
	}
}

func FuzzStreams(f *testing.F) {
	for name, data := range packed(f, []byte("Mar  3 02:14:07 web01 x\n")) {
		f.Add(name, append(bytes.Clone(data), data...))
	}
	b, err := base64.StdEncoding.DecodeString(oneBlock)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("bz2", append(b, b...))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if Detect(data) != name || len(data) > 1<<16 {
			return
		}
		r, err := NewWindow(name, bytes.NewReader(data), 8<<20)
		if err != nil {
			return
		}
		for at, end := 0, 1<<22; at < end; {
			n, err := r.Read(make([]byte, 4096))
			at += max(n, 1)
			var skip *SkipError
			if err != nil && !errors.As(err, &skip) {
				break
			}
			if skip != nil && (skip.Offset < 0 || skip.Length < 0 || skip.Offset+skip.Length > int64(len(data))) {
				t.Fatalf("%v of %d bytes", skip, len(data))
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// oneBlock is 300 lines of a log as bzip2 -1 packs them.
const oneBlock = "QlpoMTFBWSZTWTpaaloADXnfgAAQQAB80AACAAo2QBjAMADYBRoyBo0yNCjRkDRpkaBSqnqaDQeoNNNykbFI6FI0KRzKRqUjuUj2UjQpGCkalI8FIwUjBSOZSNCkcCkYKRkpHopGSkZKRkpHwpGCkeykfSkbFI3KRuUjcpHApGSCv4u5IpwoSB0tNS0A"
