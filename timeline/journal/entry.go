// Package journal keeps what analysts put on events: stars, tags, notes,
// bookmarks, verdicts, and their retractions. One append-only file per
// analyst, each line chained by hash and signed when a key is given; merging
// is union. FORMAT.md is the contract.
package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// Version is the version of the line format.
const Version = 1

// Namespace is the SSHSIG namespace of journal signatures.
const Namespace = "saksi.journal"

// Limits of one entry.
const (
	MaxLine   = 1 << 20
	MaxEvents = 10_000
	MaxText   = 64 << 10
	MaxTag    = 128
)

// The operations.
const (
	Star       = "star"
	Unstar     = "unstar"
	Tag        = "tag"
	Untag      = "untag"
	NoteOp     = "note"
	BookmarkOp = "bookmark"
	Unbookmark = "unbookmark"
	Confirm    = "confirm"
	Reject     = "reject"
	Retract    = "retract"
)

// ErrEntry marks an annotation that cannot be written: unknown operation, no
// event, a text that is missing or too long.
var ErrEntry = errors.New("annotation not possible")

// Anchor is where the bytes of an event lie.
type Anchor struct {
	Run     string `json:"run"`
	Exhibit uint32 `json:"exhibit"`
	Offset  int64  `json:"offset"`
	Length  int64  `json:"length"`
}

// Entry is one act of one analyst.
type Entry struct {
	V       int      `json:"v"`
	N       uint64   `json:"n"`
	Prev    string   `json:"prev"`
	At      string   `json:"at"`
	Author  string   `json:"author"`
	Op      string   `json:"op"`
	Events  []string `json:"events,omitempty"`
	Anchors []Anchor `json:"anchors,omitempty"`
	Text    string   `json:"text,omitempty"`
	Target  string   `json:"target,omitempty"`

	hash string
	sig  string
	ids  []event.ID
}

// Hash is the name of the entry: SHA-256 of its bytes, hex.
func (e *Entry) Hash() string { return e.hash }

// Signed says whether the line carries a signature. Whether it is a good one
// only a Verifier can say.
func (e *Entry) Signed() bool { return e.sig != "" }

// Time is the wall clock of the writer in ns UTC, 0 when it cannot be read.
func (e *Entry) Time() int64 {
	t, err := time.Parse(time.RFC3339Nano, e.At)
	if err != nil || t.Year() < 1678 || t.Year() > 2261 {
		return 0
	}
	return t.UnixNano()
}

// line is a line of the file.
type line struct {
	Entry json.RawMessage `json:"entry"`
	Sig   string          `json:"sig,omitempty"`
}

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

// decode reads one line without its LF.
func decode(b []byte) (*Entry, []byte, error) {
	if len(b) > MaxLine {
		return nil, nil, fmt.Errorf("line of %d bytes is longer than %d", len(b), MaxLine)
	}
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return nil, nil, fmt.Errorf("no journal line: %w", err)
	}
	e := new(Entry)
	if err := json.Unmarshal(l.Entry, e); err != nil {
		return nil, nil, fmt.Errorf("no journal entry: %w", err)
	}
	if e.V != Version {
		return nil, nil, fmt.Errorf("journal entry of version %d, want %d", e.V, Version)
	}
	if err := e.check(); err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(l.Entry)
	e.hash, e.sig = hex.EncodeToString(sum[:]), l.Sig
	return e, l.Entry, nil
}

// check judges an entry, whoever wrote it.
func (e *Entry) check() error {
	if !isHash(e.Prev) {
		return fmt.Errorf("%w: prev %q is no hash", ErrEntry, e.Prev)
	}
	if err := ValidName(e.Author); err != nil {
		return err
	}
	if len(e.Events) > MaxEvents || len(e.Anchors) > MaxEvents {
		return fmt.Errorf("%w: %d events, at most %d", ErrEntry, len(e.Events), MaxEvents)
	}
	if len(e.Text) > MaxText || !utf8.ValidString(e.Text) {
		return fmt.Errorf("%w: text of %d bytes, at most %d, UTF-8", ErrEntry, len(e.Text), MaxText)
	}
	e.ids = e.ids[:0]
	for _, s := range e.Events {
		id, err := event.ParseID(s)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrEntry, err)
		}
		e.ids = append(e.ids, id)
	}
	return e.checkOp()
}

func (e *Entry) checkOp() error {
	events, text, target := false, false, false
	switch e.Op {
	case Star, Unstar:
		events = true
	case Tag, Untag:
		events, text = true, true
		if len(e.Text) > MaxTag || strings.ContainsFunc(e.Text, unicode.IsControl) {
			return fmt.Errorf("%w: a tag is one line of at most %d bytes", ErrEntry, MaxTag)
		}
	case NoteOp, BookmarkOp:
		events, text = true, true
	case Unbookmark, Confirm, Reject:
		text = true
	case Retract:
		target = true
	default:
		return fmt.Errorf("%w: unknown operation %q", ErrEntry, e.Op)
	}
	switch {
	case events && len(e.Events) == 0:
		return fmt.Errorf("%w: %s needs an event", ErrEntry, e.Op)
	case text && strings.TrimSpace(e.Text) == "":
		return fmt.Errorf("%w: %s needs a text", ErrEntry, e.Op)
	case target && !isHash(e.Target):
		return fmt.Errorf("%w: retract needs the hash of an entry", ErrEntry)
	}
	return nil
}

func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && strings.ToLower(s) == s
}

// ValidName judges the name of an analyst.
func ValidName(name string) error {
	n := utf8.RuneCountInString(name)
	ok := utf8.ValidString(name) && n >= 1 && n <= 64 && len(name) <= 200 && name[0] != '.' && name[0] != ' ' && !strings.HasSuffix(name, " ")
	for _, r := range name {
		ok = ok && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || strings.ContainsRune("-_.@ ", r))
	}
	if !ok {
		return fmt.Errorf("%w: analyst name %q: 1 to 64 letters, digits, - _ . @ or spaces", ErrEntry, name)
	}
	return nil
}

// encode makes the line of an entry, with its LF.
func encode(e *Entry, s Signer) ([]byte, error) {
	raw, err := marshal(e)
	if err != nil {
		return nil, err
	}
	l := line{Entry: raw}
	if s != nil {
		sig, err := s.Sign(Namespace, raw)
		if err != nil {
			return nil, fmt.Errorf("sign annotation: %w", err)
		}
		l.Sig = string(sig)
	}
	out, err := marshal(l)
	if err != nil {
		return nil, err
	}
	if len(out) > MaxLine {
		return nil, fmt.Errorf("%w: %d bytes, at most %d; annotate fewer events at a time", ErrEntry, len(out), MaxLine)
	}
	sum := sha256.Sum256(raw)
	e.hash, e.sig = hex.EncodeToString(sum[:]), l.Sig
	return append(out, '\n'), nil
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("journal entry: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// sorted gives entries in the one order that all machines agree on.
func sorted(all []*Entry) []*Entry {
	out := slices.Clone(all)
	slices.SortFunc(out, func(a, b *Entry) int {
		if a.N != b.N {
			if a.N < b.N {
				return -1
			}
			return 1
		}
		return strings.Compare(a.hash, b.hash)
	})
	return out
}
