package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
)

// frameRef is one stored frame: bytes as stored, bytes of content (0 for a
// skippable frame), SHA-256 of the stored bytes.
type frameRef struct {
	stored, content uint32
	sum             [32]byte
}

// tagRef is one tag file (any file of the bag outside data/): where its
// content starts in the tar, its size and hash.
type tagRef struct {
	name string
	at   int64
	size int64
	sum  [32]byte
}

// ledger is the running account of a bundle. The writer fills it to make
// checkpoints, manifests and the tail; a reader fills it from what it reads,
// makes the same texts again and compares.
type ledger struct {
	run, nonce string

	frames []frameRef
	stored int64     // bytes of all frames so far
	plain  int64     // bytes of tar content of all frames so far
	chain  hash.Hash // SHA-256 over the lines of frames.txt so far

	tags  []tagRef
	lines bytes.Buffer // sha256sum lines since the last checkpoint

	seq  int
	prev [32]byte

	exhibits     uint32
	exhibitBytes int64
	manifest     hash.Hash // SHA-256 over the lines of manifest-sha256.txt so far
	manifestSize int64
	outcomes     hash.Hash // SHA-256 over the lines of outcomes.jsonl so far
	outcomesSize int64
}

func newLedger(run, nonce string) *ledger {
	if nonce == "" {
		nonce = "-"
	}
	return &ledger{run: run, nonce: nonce, chain: sha256.New(), manifest: sha256.New(), outcomes: sha256.New()}
}

// frame accounts for one stored frame.
func (l *ledger) frame(f frameRef) {
	var buf [160]byte
	line := appendFrameLine(buf[:0], l.stored, f)
	l.chain.Write(line)
	l.frames = append(l.frames, f)
	l.stored += int64(f.stored)
	l.plain += int64(f.content)
}

// appendFrameLine is one line of frames.txt: offset, stored bytes, content
// bytes, SHA-256.
func appendFrameLine(b []byte, offset int64, f frameRef) []byte {
	b = strconv.AppendInt(b, offset, 10)
	b = append(b, ' ')
	b = strconv.AppendUint(b, uint64(f.stored), 10)
	b = append(b, ' ')
	b = strconv.AppendUint(b, uint64(f.content), 10)
	b = append(b, ' ')
	b = hex.AppendEncode(b, f.sum[:])
	return append(b, '\n')
}

// sumLine is one line of sha256sum(1).
func sumLine(sum []byte, name string) []byte {
	b := make([]byte, 0, 67+len(name))
	b = hex.AppendEncode(b, sum)
	b = append(b, "  "...)
	b = append(b, name...)
	return append(b, '\n')
}

// tag accounts for a tag file; covered says that the next checkpoint lists it.
func (l *ledger) tag(t tagRef, covered bool) {
	l.tags = append(l.tags, t)
	if covered {
		l.lines.Write(sumLine(t.sum[:], t.name))
	}
}

// payload accounts for one exhibit.
func (l *ledger) payload(sum []byte, name string, size int64) {
	line := sumLine(sum, name)
	l.manifest.Write(line)
	l.manifestSize += int64(len(line))
	l.lines.Write(line)
	l.exhibits++
	l.exhibitBytes += size
}

func (l *ledger) outcome(line []byte) {
	l.outcomes.Write(line)
	l.outcomesSize += int64(len(line))
}

// mark is the state of the stored stream before a frame.
type mark struct {
	frames int
	stored int64
	chain  [32]byte
}

func (l *ledger) mark() mark {
	m := mark{frames: len(l.frames), stored: l.stored}
	l.chain.Sum(m.chain[:0])
	return m
}

// checkpointText makes the text of the next checkpoint. outcomes are the
// outcome lines since the last one; inside, for a checkpoint within a large
// exhibit, is the prefix line and the exhibit line.
func (l *ledger) checkpointText(stamp string, m mark, outcomes []byte, inside string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nrun %s\nnonce %s\nseq %d\nprev %x\ntime %s\n", checkpointBanner, l.run, l.nonce, l.seq+1, l.prev, stamp)
	fmt.Fprintf(&b, "frames %d %d %x\nexhibits %d %d\n", m.frames, m.stored, m.chain, l.exhibits, l.exhibitBytes)
	for line := range bytes.Lines(outcomes) {
		b.WriteString("outcome ")
		b.Write(line)
	}
	b.WriteString(inside)
	b.WriteByte('\n')
	if inside == "" {
		b.Write(l.lines.Bytes())
	}
	return b.Bytes()
}

// advance closes a checkpoint: the next one is chained to it.
func (l *ledger) advance(text []byte, inside bool) {
	l.seq++
	l.prev = sha256.Sum256(text)
	if !inside {
		l.lines.Reset()
	}
}

// framesText is frames.txt.
func (l *ledger) framesText() []byte {
	b := make([]byte, 0, len(l.frames)*96)
	off := int64(0)
	for i := range l.frames {
		b = appendFrameLine(b, off, l.frames[i])
		off += int64(l.frames[i].stored)
	}
	return b
}

// indexText is index.txt: where each tag file lies in the tar.
func (l *ledger) indexText() []byte {
	var b []byte
	for i := range l.tags {
		b = strconv.AppendInt(b, l.tags[i].at, 10)
		b = append(b, ' ')
		b = strconv.AppendInt(b, l.tags[i].size, 10)
		b = append(b, ' ')
		b = append(b, l.tags[i].name...)
		b = append(b, '\n')
	}
	return b
}

// tagManifestText is tagmanifest-sha256.txt, the text that the seal signs.
func (l *ledger) tagManifestText() []byte {
	var b []byte
	for i := range l.tags {
		b = append(b, sumLine(l.tags[i].sum[:], l.tags[i].name)...)
	}
	return b
}

// tail is everything after the last hashed frame but the seek table: the tar
// bytes of frames.txt, index.txt, the tag manifest, its signature and the end
// of the archive.
func (l *ledger) tail(mtime int64, sign func(message []byte) ([]byte, error)) (tarBytes, manifest []byte, err error) {
	var b []byte
	add := func(name string, content []byte) {
		b = append(b, tarHeader(l.run+"/"+name, int64(len(content)), mtime)...)
		at := l.plain + int64(len(b))
		b = append(b, content...)
		b = append(b, make([]byte, padding(int64(len(content))))...)
		l.tags = append(l.tags, tagRef{name: name, at: at, size: int64(len(content)), sum: sha256.Sum256(content)})
	}
	index := l.indexText()
	add("frames.txt", l.framesText())
	add("index.txt", index)
	manifest = l.tagManifestText()
	sig, err := sign(manifest)
	if err != nil {
		return nil, nil, err
	}
	add("tagmanifest-sha256.txt", manifest)
	add("tagmanifest-sha256.txt.sig", sig)
	return append(b, make([]byte, 2*tarBlock)...), manifest, nil
}

// rawFrames cuts the tail into its canonical frames.
func rawFrames(tarBytes []byte) (stored []byte, refs []frameRef) {
	for len(tarBytes) > 0 {
		n := min(len(tarBytes), FrameSize)
		at := len(stored)
		stored = rawFrame(stored, tarBytes[:n])
		refs = append(refs, frameRef{stored: uint32(len(stored) - at), content: uint32(n)})
		tarBytes = tarBytes[n:]
	}
	return stored, refs
}
