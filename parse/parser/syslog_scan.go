package parser

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/parse/format/syslog"
)

// scanStamps adds the stamp of every line to the scanner. With witness, lines
// whose text states the year count as ones that state it.
func scanStamps(ctx context.Context, x *parse.Exhibit, scan *syslog.Scanner, witness bool) error {
	told := 0 // the year of the last witness
	return scanLines(ctx, x, func(line []byte, offset int64) { told = stampOf(line, offset, scan, witness, told) })
}

// scanLines gives every line without its newline, and its offset. Lines longer
// than the buffer are cut: only their beginning counts.
func scanLines(ctx context.Context, x *parse.Exhibit, add func(line []byte, offset int64)) error {
	r, err := x.Open()
	if err != nil {
		return fmt.Errorf("open %q: %w", x.Name, err)
	}
	defer r.Close()
	var in io.Reader = r
	if x.Layer != "" {
		keep := &keeper{}
		in = io.TeeReader(r, keep)
		defer keep.serve(x)
	}
	size := int64(256 << 10)
	if n := x.Room(); n >= 0 {
		size = min(size, n+1)
	}
	buf := make([]byte, size)
	var offset int64 // of buf[0]
	n, inside := 0, false
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		m, err := in.Read(buf[n:])
		n += m
		if err != nil && err != io.EOF {
			return err
		}
		at := 0
		for {
			i := bytes.IndexByte(buf[at:n], '\n')
			if i < 0 {
				break
			}
			if !inside {
				add(buf[at:at+i], offset+int64(at))
			}
			inside = false
			at += i + 1
		}
		if at == 0 && n == len(buf) || err == io.EOF {
			if !inside {
				add(buf[at:n], offset+int64(at))
			}
			at, inside = n, true
		}
		copy(buf, buf[at:n])
		offset += int64(at)
		n -= at
		if err == io.EOF {
			return nil
		}
	}
}

// keeper remembers a decoded stream of up to keepLimit bytes, so that it need
// not be decoded twice.
type keeper struct {
	data []byte
	over bool
}

const keepLimit = 32 << 20

func (k *keeper) Write(p []byte) (int, error) {
	if k.over = k.over || len(k.data)+len(p) > keepLimit; k.over {
		k.data = nil
		return len(p), nil
	}
	k.data = append(k.data, p...)
	return len(p), nil
}

// serve makes x read from what was kept, if that is all.
func (k *keeper) serve(x *parse.Exhibit) {
	if !k.over {
		x.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(k.data)), nil }
	}
}

// behindNul cuts NUL bytes before a line.
func behindNul(line []byte, offset int64) ([]byte, int64) {
	if len(line) == 0 || line[0] != 0 {
		return line, offset
	}
	t := bytes.TrimLeft(line, "\x00")
	return t, offset + int64(len(line)-len(t))
}

// stampOf adds the stamp of one line, if it has one. A line behind NUL bytes
// is found too. It gives the year of the last witness; one more of that year
// would tell nothing new.
func stampOf(line []byte, offset int64, scan *syslog.Scanner, witness bool, told int) int {
	line, offset = behindNul(line, offset)
	if len(line) > 0 && line[0] == '<' {
		if i := bytes.IndexByte(line[:min(len(line), 6)], '>'); i > 0 {
			line = line[i+1:]
		}
	}
	if len(line) < 14 {
		return told
	}
	s := unsafeString(line[:min(len(line), 64)])
	var t syslog.Stamp
	if syslog.DigitStart(s[0]) && s[1] == ' ' {
		s = s[2:]
	}
	if syslog.StampAt(s, &t) < 0 && !yearlessJSON(line, &t) {
		return told
	}
	if witness {
		if y := syslog.Witness(line, &t); y != 0 && y != told {
			t.Year, t.HasYear, told = y, true, y
		}
	}
	scan.Add(offset, &t)
	return told
}

// yearlessJSON reads the time of a JSON line that states no year: syslog-ng's
// "DATE":"Mar  3 02:14:07".
func yearlessJSON(line []byte, t *syslog.Stamp) bool {
	if line[0] != '{' || !bytes.Contains(line, []byte(`"DATE":"`)) {
		return false
	}
	var l syslog.Line
	if !syslogJSON(unsafeString(line), &l) || l.Stamp.HasYear {
		return false
	}
	*t = l.Stamp
	return true
}
