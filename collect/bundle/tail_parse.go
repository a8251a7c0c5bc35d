package bundle

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseFrames reads frames.txt into an empty ledger.
func (l *ledger) parseFrames(text []byte) error {
	for line := range bytes.Lines(text) {
		var f frameRef
		part := strings.Split(strings.TrimSuffix(string(line), "\n"), " ")
		if len(part) != 4 || len(part[3]) != 64 {
			return fmt.Errorf("bundle: frames.txt: line %.120q", line)
		}
		stored, err1 := strconv.ParseUint(part[1], 10, 32)
		content, err2 := strconv.ParseUint(part[2], 10, 32)
		_, err3 := hex.Decode(f.sum[:], []byte(part[3]))
		if err := errors.Join(err1, err2, err3); err != nil || stored > maxFrameOnDisk || content > FrameSize {
			return fmt.Errorf("bundle: frames.txt: line %.120q", line)
		}
		f.stored, f.content = uint32(stored), uint32(content)
		if l.stored > math.MaxInt64/2 {
			return errors.New("bundle: frames.txt: offsets too large")
		}
		l.frame(f)
	}
	return nil
}

// parseTags joins index.txt and the tag manifest: the same files in the same
// order, the manifest with two more lines for frames.txt and index.txt.
func (l *ledger) parseTags(index, manifest []byte) error {
	sums := bytes.Split(bytes.TrimSuffix(manifest, []byte("\n")), []byte("\n"))
	rows := bytes.Split(bytes.TrimSuffix(index, []byte("\n")), []byte("\n"))
	if len(rows)+2 != len(sums) || len(rows) > maxTagFiles {
		return fmt.Errorf("bundle: index.txt has %d files, the tag manifest %d", len(rows), len(sums))
	}
	l.tags = make([]tagRef, 0, len(sums)+2)
	last := int64(0)
	for i, row := range rows {
		t, err := parseIndexRow(row)
		if err != nil {
			return err
		}
		if t.at < last || t.at > l.plain || t.size > l.plain-t.at {
			return fmt.Errorf("bundle: index.txt: %.120q lies outside the tar", t.name)
		}
		last = t.at + t.size
		sum, name, ok := bytes.Cut(sums[i], []byte("  "))
		if !ok || string(name) != t.name || len(sum) != 64 {
			return fmt.Errorf("bundle: tag manifest: line %.120q where %q belongs", sums[i], t.name)
		}
		if _, err := hex.Decode(t.sum[:], sum); err != nil {
			return fmt.Errorf("bundle: tag manifest: %w", err)
		}
		l.tags = append(l.tags, t)
	}
	return nil
}

func parseIndexRow(row []byte) (tagRef, error) {
	part := strings.SplitN(string(row), " ", 3)
	if len(part) != 3 {
		return tagRef{}, fmt.Errorf("bundle: index.txt: line %.120q", row)
	}
	at, err1 := strconv.ParseInt(part[0], 10, 64)
	size, err2 := strconv.ParseInt(part[1], 10, 64)
	if err1 != nil || err2 != nil || at < 0 || size < 0 || checkName(part[2]) != nil {
		return tagRef{}, fmt.Errorf("bundle: index.txt: line %.120q", row)
	}
	return tagRef{name: part[2], at: at, size: size}, nil
}
