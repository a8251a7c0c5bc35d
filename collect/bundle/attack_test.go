package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/record"
	"github.com/saksi-dfir/saksi/collect/seal"
)

// small makes the smallest honest bundle with an exhibit.
func small(t testing.TB, o Options) []byte {
	t.Helper()
	var buf bytes.Buffer
	o.Plan = []PlanItem{{Item: 1, Source: "logs", Target: "/etc/motd"}}
	w, err := NewWriter(&buf, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Bytes(Exhibit{Item: 1, Source: "logs", Path: record.Bytes("/etc/motd"), Method: "read"}, []byte("hello\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Outcome(Outcome{Item: 1, Outcome: Collected}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// passes says whether a file verifies; nothing may panic on the way.
func passes(t testing.TB, data []byte, o VerifyOptions) (Report, bool) {
	t.Helper()
	b, err := OpenReader(bytes.NewReader(data), int64(len(data)), OpenOptions{})
	if err != nil {
		var u *UnprovenError
		if errors.As(err, &u) {
			return Report{Problems: u.Problems}, false
		}
		return Report{}, false
	}
	defer b.Close()
	r, err := b.Verify(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r, r.OK
}

// TestEveryBit: no flip of any bit of a small bundle verifies. All bits with
// SAKSI_INTEROP=1; one bit of each byte, each in turn, otherwise.
func TestEveryBit(t *testing.T) {
	data := small(t, pinned(t))
	if _, ok := passes(t, data, VerifyOptions{}); !ok {
		t.Fatal("the honest bundle does not verify")
	}
	all := os.Getenv("SAKSI_INTEROP") != ""
	n := 0
	for i := range data {
		if raceDetector && i%50 != 0 {
			continue
		}
		for bit := range 8 {
			if !all && bit != i%8 {
				continue
			}
			data[i] ^= 1 << bit
			if _, ok := passes(t, data, VerifyOptions{}); ok {
				t.Errorf("bit %d of byte %d of %d flipped: still verifies", bit, i, len(data))
			}
			data[i] ^= 1 << bit
			n++
		}
	}
	t.Logf("%d flips in %d bytes", n, len(data))
}

// TestCuts: a cut at any offset never verifies, and what it proves is right.
func TestCuts(t *testing.T) {
	data, _ := write(t, pinned(t))
	whole := openBytes(t, data)
	var want []Exhibit
	for x, err := range whole.Exhibits() {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, x)
	}
	last, usable, cuts := -1, 0, 1000
	if raceDetector {
		cuts = 20
	}
	for i := range cuts {
		cut := len(data) * i / cuts
		b, err := OpenReader(bytes.NewReader(data[:cut]), int64(cut), OpenOptions{})
		if err != nil {
			if last >= 0 {
				t.Fatalf("cut at %d: %v, though less was usable before", cut, err)
			}
			continue
		}
		usable++
		r, err := b.Verify(context.Background(), VerifyOptions{})
		if err != nil || r.OK || r.Integrity != IntegrityCut {
			t.Fatalf("cut at %d: %+v %v", cut, r, err)
		}
		if r.Proven.Checkpoint < last {
			t.Fatalf("cut at %d proves checkpoint %d, an earlier cut %d", cut, r.Proven.Checkpoint, last)
		}
		last = r.Proven.Checkpoint
		n := 0
		for x, err := range b.Exhibits() {
			if err != nil {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			checkPrefix(t, b, whole, x, want[n])
			n++
		}
		if n > 0 && (r.Proven.Last != want[n-1].Name || r.Proven.LastBytes == 0 && want[n-1].Size > 0) {
			t.Fatalf("cut at %d: last is %q, %d bytes; want %q", cut, r.Proven.Last, r.Proven.LastBytes, want[n-1].Name)
		}
		if n != r.Proven.Items {
			t.Fatalf("cut at %d: %d exhibits, %d proven", cut, n, r.Proven.Items)
		}
		_ = b.Close()
	}
	if usable < cuts/2 {
		t.Errorf("only %d of %d cuts left anything usable", usable, cuts)
	}
}

// checkPrefix compares a proven exhibit of a cut bundle with the original.
func checkPrefix(t *testing.T, b, whole *Bundle, x, want Exhibit) {
	t.Helper()
	if x.Name != want.Name || (x.Size != want.Size && (len(x.Flags) == 0 || x.Flags[len(x.Flags)-1] != "cut")) {
		t.Fatalf("proven %q of %d bytes, want %q of %d", x.Name, x.Size, want.Name, want.Size)
	}
	r, err := b.OpenExhibit(x)
	if err != nil {
		t.Fatal(err)
	}
	orig, err := whole.OpenExhibit(want)
	if err != nil {
		t.Fatal(err)
	}
	got, exp := make([]byte, x.Size), make([]byte, x.Size)
	if n, err := r.ReadAt(got, 0); int64(n) != x.Size {
		t.Fatalf("%s: read %d of %d: %v", x.Name, n, x.Size, err)
	}
	if n, err := orig.ReadAt(exp, 0); int64(n) != x.Size {
		t.Fatalf("%s: original: %v", x.Name, err)
	}
	sum := sha256.Sum256(got)
	if !bytes.Equal(got, exp) || hex.EncodeToString(sum[:]) != x.SHA256 {
		t.Fatalf("%s: proven bytes differ", x.Name)
	}
}

const victim = "data/files/var/log/auth.log"

// TestForgeries: each attack of FORMAT.md section 9 fails and names the exhibit.
func TestForgeries(t *testing.T) {
	data, sum := write(t, pinned(t))
	line := "web01 sshd["
	for name, attack := range map[string]func(f *forge) []byte{
		"content changed": func(f *forge) []byte {
			f.replace(line, "web01 cron[")
			return f.pack(nil)
		},
		"content and records recomputed": func(f *forge) []byte {
			old := sha256.Sum256(items()[0].data)
			f.replace(line, "web01 cron[")
			changed := bytes.ReplaceAll(items()[0].data, []byte(line), []byte("web01 cron["))
			now := sha256.Sum256(changed)
			f.replace(hex.EncodeToString(old[:]), hex.EncodeToString(now[:]))
			return f.pack(nil)
		},
		"all of it, sealed by the attacker": func(f *forge) []byte {
			old := sha256.Sum256(items()[0].data)
			f.replace(line, "web01 cron[")
			changed := bytes.ReplaceAll(items()[0].data, []byte(line), []byte("web01 cron["))
			now := sha256.Sum256(changed)
			f.replace(hex.EncodeToString(old[:]), hex.EncodeToString(now[:]))
			return f.pack(testKey(t, 9))
		},
		"header mtime": func(f *forge) []byte {
			f.header(sum.RunID+"/"+victim, 136, "00000000001")
			return f.pack(nil)
		},
		"header mode": func(f *forge) []byte {
			f.header(sum.RunID+"/"+victim, 100, "0004755")
			return f.pack(nil)
		},
		"header uid": func(f *forge) []byte {
			f.header(sum.RunID+"/"+victim, 108, "0001000")
			return f.pack(nil)
		},
		"header mtime, sealed by the same key": func(f *forge) []byte {
			f.header(sum.RunID+"/"+victim, 136, "00000000001")
			return f.pack(testKey(t, 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			bad := attack(takeApart(t, data))
			r, ok := passes(t, bad, VerifyOptions{Signers: []byte(sum.SignerLine + "\n")})
			if ok {
				t.Fatal("verifies")
			}
			found := false
			for _, p := range r.Problems {
				found = found || strings.Contains(p.Where, victim)
			}
			if !found {
				t.Errorf("does not name %s: %+v", victim, r.Problems)
			}
		})
	}
}

// TestCompressedAgain: honest content in other frames does not verify, but
// what the checkpoints sign is still proven and usable.
func TestCompressedAgain(t *testing.T) {
	data, _ := write(t, pinned(t))
	b := openBytes(t, takeApart(t, data).pack(nil))
	if s := b.Seal(); s.State != Damaged || s.Items != len(items())+1 {
		t.Fatalf("%+v", s)
	}
	if r := verify(t, b, VerifyOptions{}); r.OK || len(r.Problems) == 0 {
		t.Fatalf("%+v", r)
	}
}

// TestResealed: a whole bundle written again by another key is sound, but its
// signer is not the listed one.
func TestResealed(t *testing.T) {
	_, sum := write(t, pinned(t))
	o := pinned(t)
	o.Signer = testKey(t, 9)
	again, _ := write(t, o)
	r, ok := passes(t, again, VerifyOptions{Signers: []byte(sum.SignerLine + "\n")})
	if ok || r.Integrity != IntegrityOK || r.Trust != string(seal.Unknown) {
		t.Errorf("%+v", r)
	}
	if _, ok := passes(t, again, VerifyOptions{}); !ok {
		t.Error("without a list an unknown signer must be no failure")
	}
}

// TestStitched: pieces of other bundles and archives do not verify.
func TestStitched(t *testing.T) {
	one := small(t, pinned(t))
	o := pinned(t)
	o.Acquisition.RunID = "web02-20260403T021407Z-00000000"
	other := small(t, o)
	swapped := takeApart(t, one)
	i := bytes.Index(swapped.tar, []byte("-----BEGIN SSH SIGNATURE-----"))
	foreign := takeApart(t, other)
	k := bytes.Index(foreign.tar, []byte("-----BEGIN SSH SIGNATURE-----"))
	copy(swapped.tar[i:i+200], foreign.tar[k:k+200])
	for name, data := range map[string][]byte{
		"appended bundle":               append(bytes.Clone(one), other...),
		"appended to itself":            append(bytes.Clone(one), one...),
		"appended bytes":                append(bytes.Clone(one), "garbage"...),
		"appended empty skippable":      append(bytes.Clone(one), 0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0),
		"signature of another run":      swapped.pack(testKey(t, 1)),
		"second seal under the first":   append(bytes.Clone(other[:len(other)/2]), one...),
		"nothing":                       {},
		"seek table alone":              seekTable(nil),
		"only its tail":                 one[len(one)-3000:],
		"frames of two runs in a row":   append(bytes.Clone(one[:1500]), other[1500:]...),
		"magic and absurd skippable":    {0x50, 0x2A, 0x4D, 0x18, 0xff, 0xff, 0xff, 0xff},
		"seek table of absurd length":   append(bytes.Clone(one[:len(one)-9]), 0xff, 0xff, 0xff, 0xff, 0, 0xB1, 0xEA, 0x92, 0x8F),
		"seek table of absurd contents": append(bytes.Repeat([]byte{0xff}, 64), 8, 0, 0, 0, 0, 0xB1, 0xEA, 0x92, 0x8F),
	} {
		if _, ok := passes(t, data, VerifyOptions{}); ok {
			t.Errorf("%s: verifies", name)
		}
	}
}
