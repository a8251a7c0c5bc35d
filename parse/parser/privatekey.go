package parser

import (
	"context"
	"fmt"
	"strconv"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/parse"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// keyParser reads what the collector recorded of private keys it left out.
type keyParser struct{}

func newPrivateKey() parse.Parser { return keyParser{} }

// Describe implements parse.Parser.
func (keyParser) Describe() parse.Description {
	return parse.Description{
		Name:       "privatekey",
		Version:    1,
		Doc:        "private keys that the collector left out: where they lay, their fingerprint and whether a passphrase covers them, seen at collection; the times of the file are those of its file record",
		References: []string{"collect/record/FORMAT.md", "ssh-keygen(1) -l"},
		Sources:    []string{"privatekey"},
		Fields:     []string{"path", "kind", "algorithm", "fingerprint", "encrypted", "sha256", "key_offset", "reason", "inode", "mode", "uid", "gid", "size"},
		Actions:    []string{"private-key"},
		Sample:     `{"t":"private-key","at":1700000000000000000,"file":{"t":"file","path":"/root/.ssh/id_ed25519"},"kind":"OPENSSH PRIVATE KEY","algorithm":"ssh-ed25519","fingerprint":"SHA256:abc","encrypted":false}`,
		PathOnly:   true,
	}
}

// Claim implements parse.Parser.
func (keyParser) Claim(x *parse.Exhibit) parse.Strength { return claimRecord(x, "privatekey") }

// keyRecord is one line of the stream privatekey.
type keyRecord struct {
	At          int64       `json:"at"`
	File        record.File `json:"file"`
	Kind        string      `json:"kind"`
	Algorithm   string      `json:"algorithm"`
	Fingerprint string      `json:"fingerprint"`
	Encrypted   bool        `json:"encrypted"`
	SHA256      string      `json:"sha256"`
	Offset      int64       `json:"offset"`
	Why         string      `json:"why"`
}

// Parse implements parse.Parser.
func (keyParser) Parse(ctx context.Context, facts *parse.Facts, x *parse.Exhibit, s parse.Sink) error {
	names := accountNames(facts)
	return eachRecord(ctx, x, "privatekey", s, func(kind string, off int64, line []byte) (bool, error) {
		if kind != "private-key" {
			return false, nil
		}
		var k keyRecord
		if err := decodeRecord(line, &k); err != nil {
			return true, err
		}
		e := keyEvent(&k, names)
		e.Origin = event.Origin{Offset: off, Length: int64(len(line))}
		return true, s.Event(e)
	})
}

func keyEvent(k *keyRecord, names map[uint32]string) *event.Event {
	f := &fieldList{}
	f.add("path", string(k.File.Path))
	f.add("kind", k.Kind)
	f.add("algorithm", k.Algorithm)
	f.add("fingerprint", k.Fingerprint)
	f.add("encrypted", strconv.FormatBool(k.Encrypted))
	f.add("sha256", k.SHA256)
	if k.Offset != 0 {
		f.int("key_offset", k.Offset)
	}
	f.add("reason", k.Why)
	fileFields(f, &k.File)
	state := "without a passphrase"
	if k.Encrypted {
		state = "under a passphrase"
	}
	return &event.Event{Time: collectedAt(k.At), Meaning: "observed", Source: "privatekey", Action: "private-key", Actor: accountOf(names, k.File.UID), Object: string(k.File.Path),
		Message: fmt.Sprintf("private key %s %s in %s, left out of the bundle", orWord(k.Fingerprint, "of unknown fingerprint"), state, k.File.Path), Fields: f.sorted()}
}

// fileFields adds what statx told of a file, where it told anything.
func fileFields(f *fieldList, x *record.File) {
	if x.Ino == 0 {
		return
	}
	f.uint("inode", x.Ino)
	f.add("mode", fmt.Sprintf("%o", x.Mode))
	f.uint("uid", uint64(x.UID))
	f.uint("gid", uint64(x.GID))
	f.int("size", x.Size)
}

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}
