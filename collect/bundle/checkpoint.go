package bundle

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// checkpoint is the text of one checkpoint, taken apart.
type checkpoint struct {
	run, nonce string
	seq        int
	prev       [32]byte
	stamp      string
	mark       mark
	exhibits   uint32
	bytes      int64
	outcomes   []byte // lines of outcomes.jsonl
	prefix     string // "prefix" line of a checkpoint inside an exhibit, without the word
	exhibit    []byte // its exhibit record
	lines      []byte // sha256sum lines
}

// parseCheckpoint reads a checkpoint text (FORMAT.md section 6).
func parseCheckpoint(text []byte) (checkpoint, error) {
	var c checkpoint
	head, lines, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok || len(text) > maxCheckpoint {
		return c, fmt.Errorf("checkpoint of %d bytes has no blank line", len(text))
	}
	c.lines = lines
	rest := strings.Split(string(head), "\n")
	if rest[0] != checkpointBanner {
		return c, fmt.Errorf("checkpoint begins with %.80q", rest[0])
	}
	for i, word := range []string{"run", "nonce", "seq", "prev", "time", "frames", "exhibits"} {
		if i+1 >= len(rest) {
			return c, fmt.Errorf("checkpoint has no line %q", word)
		}
		value, ok := strings.CutPrefix(rest[i+1], word+" ")
		if !ok || c.set(word, value) != nil {
			return c, fmt.Errorf("checkpoint line %.120q where %q belongs", rest[i+1], word)
		}
	}
	for _, line := range rest[8:] {
		word, value, _ := strings.Cut(line, " ")
		switch word {
		case "outcome":
			c.outcomes = append(append(c.outcomes, value...), '\n')
		case "prefix":
			c.prefix = value
		case "exhibit":
			c.exhibit = []byte(value)
		default:
			return c, fmt.Errorf("checkpoint line %.120q", line)
		}
	}
	return c, nil
}

func (c *checkpoint) set(word, value string) error {
	var err error
	part := strings.Split(value, " ")
	ok := true
	switch word {
	case "run":
		c.run = value
	case "nonce":
		c.nonce = value
	case "seq":
		c.seq, err = strconv.Atoi(value)
	case "prev":
		c.prev, ok = sumHex(value)
	case "time":
		c.stamp = value
		_, err = time.Parse(time.RFC3339Nano, value)
	case "frames":
		if ok = len(part) == 3; ok {
			if c.mark.frames, err = strconv.Atoi(part[0]); err == nil {
				c.mark.stored, err = strconv.ParseInt(part[1], 10, 64)
			}
			if err == nil {
				c.mark.chain, ok = sumHex(part[2])
			}
		}
	case "exhibits":
		var n uint64
		if ok = len(part) == 2; ok {
			if n, err = strconv.ParseUint(part[0], 10, 32); err == nil {
				c.bytes, err = strconv.ParseInt(part[1], 10, 64)
			}
		}
		c.exhibits = uint32(n)
	}
	if err == nil && !ok {
		err = fmt.Errorf("value %.80q", value)
	}
	return err
}
