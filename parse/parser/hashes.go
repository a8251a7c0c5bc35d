package parser

import (
	"context"
	"fmt"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// hashParser reads the hashes of files that the collector computed, and the
// matches with a list of hashes it was given.
type hashParser struct{}

func newHashes() parse.Parser { return hashParser{} }

// Describe implements parse.Parser.
func (hashParser) Describe() parse.Description {
	return parse.Description{
		Name:    "hashes",
		Version: 1,
		Doc: "SHA-256 of executables and libraries as the collector read them (hashed; unhashed with the reason), and files whose hash stands in the list given with --hashes " +
			"(known-hash): the name is that of the list and no judgement of ours",
		References: []string{"collect/record/FORMAT.md"},
		Sources:    []string{"hash"},
		Fields:     []string{"path", "sha256", "list_name", "pid", "errno", "inode", "dev", "mode", "uid", "gid", "size"},
		Actions:    []string{"hashed", "unhashed", "known-hash"},
		Sample:     `{"t":"hash","at":1700000000000000000,"path":"/usr/bin/id","dev":2049,"ino":77,"size":43432,"mtime":1600000000000000000,"ctime":1600000000000000000,"sha256":"ab"}`,
		PathOnly:   true,
	}
}

// Claim implements parse.Parser.
func (hashParser) Claim(x *parse.Exhibit) parse.Strength {
	return max(claimRecord(x, "hashes"), claimRecord(x, "known"))
}

// hashRecord is one line of the stream hashes (path and inode in the line) or
// known (file).
type hashRecord struct {
	At     int64        `json:"at"`
	Path   record.Bytes `json:"path"`
	Dev    uint64       `json:"dev"`
	Ino    uint64       `json:"ino"`
	Size   int64        `json:"size"`
	SHA256 string       `json:"sha256"`
	Errno  string       `json:"errno"`
	PID    int          `json:"pid"`
	File   *record.File `json:"file"`
	Name   string       `json:"name"`
}

// Parse implements parse.Parser.
func (hashParser) Parse(ctx context.Context, facts *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	names := accountNames(facts)
	return eachRecord(ctx, x, "hashes", s, func(kind string, off int64, line []byte) (bool, error) {
		if kind != "hash" && kind != "known" {
			return false, nil
		}
		var h hashRecord
		if err := decodeRecord(line, &h); err != nil {
			return true, err
		}
		e := hashEvent(&h)
		if kind == "known" {
			e = knownEvent(&h, names)
		}
		e.Origin = event.Origin{Offset: off, Length: int64(len(line))}
		return true, s.Event(e)
	})
}

func hashEvent(h *hashRecord) *event.Event {
	f := &fieldList{}
	f.add("path", string(h.Path))
	f.add("sha256", h.SHA256)
	f.add("errno", h.Errno)
	f.uint("dev", h.Dev)
	f.uint("inode", h.Ino)
	f.int("size", h.Size)
	e := &event.Event{Time: collectedAt(h.At), Meaning: "observed", Source: "hash", Action: "hashed", Object: string(h.Path), Message: fmt.Sprintf("%s has SHA-256 %s", h.Path, h.SHA256)}
	if h.SHA256 == "" {
		e.Action, e.Message = "unhashed", fmt.Sprintf("%s was not hashed: %s", h.Path, orWord(h.Errno, "no reason given"))
	}
	e.Fields = f.sorted()
	return e
}

func knownEvent(h *hashRecord, names map[uint32]string) *event.Event {
	f := &fieldList{}
	where, actor := string(h.Path), ""
	if h.File != nil {
		where, actor = string(h.File.Path), accountOf(names, h.File.UID)
		fileFields(f, h.File)
	}
	f.add("path", where)
	f.add("sha256", h.SHA256)
	f.add("list_name", h.Name)
	message := fmt.Sprintf("%s has the hash that the given list calls %q", where, h.Name)
	if h.PID != 0 {
		f.int("pid", int64(h.PID))
		message = fmt.Sprintf("process %d runs %s, which has the hash that the given list calls %q", h.PID, where, h.Name)
	}
	return &event.Event{Time: collectedAt(h.At), Meaning: "observed", Source: "hash", Action: "known-hash", Actor: actor, Object: where, Message: message, Fields: f.sorted()}
}
