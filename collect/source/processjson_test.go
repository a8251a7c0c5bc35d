package source

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/collect/record"
)

// The line written by hand is the one that encoding/json writes, for anything
// a kernel or a hostile process may hand over.
func TestProcessLineIsTheRecord(t *testing.T) {
	text := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) record.Bytes { return b })
	name := rapid.StringMatching(`[a-z/_"]{0,8}`)
	piece := rapid.Custom(func(t *rapid.T) *record.Piece {
		return &record.Piece{Data: text.Draw(t, "data"), Errno: name.Draw(t, "errno"), Cap: rapid.Bool().Draw(t, "cap")}
	})
	link := rapid.Custom(func(t *rapid.T) *record.Link {
		return &record.Link{Target: text.Draw(t, "target"), Dev: rapid.Uint64().Draw(t, "dev"), Ino: rapid.Uint64().Draw(t, "ino"), Mode: rapid.Uint32().Draw(t, "mode"),
			Nlink: rapid.Uint32().Draw(t, "nlink"), Size: rapid.Int64().Draw(t, "size"), UID: rapid.Uint32().Draw(t, "uid"), GID: rapid.Uint32().Draw(t, "gid"),
			Mtime: rapid.Int64().Draw(t, "mtime"), Ctime: rapid.Int64().Draw(t, "ctime"), Btime: rapid.Int64().Draw(t, "btime"), Errno: name.Draw(t, "errno")}
	})
	some := rapid.Custom(func(t *rapid.T) *record.Link {
		if rapid.Bool().Draw(t, "none") {
			return nil
		}
		return link.Draw(t, "link")
	})
	rapid.Check(t, func(t *rapid.T) {
		p := &record.Process{Type: "process", At: rapid.Int64().Draw(t, "at"), Boottime: rapid.Int64().Draw(t, "boot"), PID: rapid.Int().Draw(t, "pid"),
			Files: rapid.MapOfN(name, piece, 0, 4).Draw(t, "files"), Exe: some.Draw(t, "exe"), CWD: some.Draw(t, "cwd"), Root: some.Draw(t, "root"),
			NS: rapid.MapOfN(name, link, 0, 3).Draw(t, "ns"), FDsErrno: name.Draw(t, "fdserrno"), Threads: rapid.SliceOfN(rapid.Int(), 0, 3).Draw(t, "threads"),
			ThreadNS: rapid.MapOfN(name, link, 0, 2).Draw(t, "threadns"), ExeBag: name.Draw(t, "bag"), ExeSHA256: name.Draw(t, "sha"), Body: rapid.IntRange(0, 3).Draw(t, "body"),
			Views: rapid.SliceOfN(name, 0, 3).Draw(t, "views"), Gone: rapid.Bool().Draw(t, "gone"), Self: rapid.Bool().Draw(t, "self")}
		for range rapid.IntRange(0, 3).Draw(t, "fds") {
			f := record.FD{FD: rapid.Int().Draw(t, "fd"), Target: text.Draw(t, "fdtarget"), Errno: name.Draw(t, "fderrno")}
			if rapid.Bool().Draw(t, "info") {
				f.Info = piece.Draw(t, "fdinfo")
			}
			p.FDs = append(p.FDs, f)
		}
		line := appendProcess(nil, p)
		want, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var a, b record.Process
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if err := json.Unmarshal(want, &b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b, a); diff != "" {
			t.Fatalf("-encoding/json +by hand:\n%s", diff)
		}
		for _, c := range line {
			if c < 0x20 || c == 0x7f {
				t.Fatalf("control byte in %q", line)
			}
		}
	})
}
