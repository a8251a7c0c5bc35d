//go:build linux

package source

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// TestAppendFile wants the fast encoder to say exactly what encoding/json says.
func TestAppendFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bytesGen := rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) }))
		f := record.File{
			Type: "file", Path: bytesGen.Draw(t, "path"), Dev: rapid.Uint64().Draw(t, "dev"), Ino: rapid.Uint64().Draw(t, "ino"), MntID: rapid.Uint64Range(0, 3).Draw(t, "mnt"),
			Mode: rapid.Uint32().Draw(t, "mode"), UID: rapid.Uint32().Draw(t, "uid"), GID: 7, Nlink: 1, Size: rapid.Int64().Draw(t, "size"), Atime: rapid.Int64().Draw(t, "atime"),
			Mtime: -1, Ctime: 5, Btime: rapid.Int64Range(0, 2).Draw(t, "btime"), Attrs: rapid.Uint64Range(0, 2).Draw(t, "attrs"), Target: bytesGen.Draw(t, "target"),
			Covered: rapid.Bool().Draw(t, "covered"), Errno: rapid.SampledFrom([]string{"", "EACCES"}).Draw(t, "errno"),
		}
		if rapid.Bool().Draw(t, "x") {
			f.Xattrs = map[string]record.Bytes{"security.capability": bytesGen.Draw(t, "xattr")}
		}
		line := appendFile(nil, &f)
		if bytes.IndexByte(line, '\n') >= 0 {
			t.Fatalf("newline in %q", line)
		}
		var got record.File
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if d := cmp.Diff(f, got, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("(-want +got):\n%s\n%s", d, line)
		}
	})
}

func TestFilestat(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{"etc/passwd": "x", "opt/\x1b[31m\n": "y", "bin/tool": "z"})
	if err := os.Chmod(filepath.Join(dir, "bin/tool"), 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", dir+"/link"); err != nil {
		t.Fatal(err)
	}
	s := take(t, dir, collect.Selection{}, filestat())
	got := map[string]record.File{}
	for line := range bytes.Lines(s.records["filestat"]) {
		var f record.File
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatal(err)
		}
		got[string(f.Path)] = f
	}
	for _, p := range []string{"/", "/etc", "/etc/passwd", "/opt", "/opt/\x1b[31m\n", "/bin", "/bin/tool", "/link"} {
		if got[p].Ino == 0 {
			t.Errorf("%q is missing", p)
		}
	}
	if len(got) != 8 {
		t.Errorf("%d names, want 8", len(got))
	}
	if f := got["/bin/tool"]; f.Mode != 0o104755 || f.Size != 1 || f.Mtime == 0 {
		t.Errorf("tool: %+v", f)
	}
	var m record.Mount
	if err := json.Unmarshal(bytes.SplitN(s.records["mount"], []byte("\n"), 2)[0], &m); err != nil || !m.Walked || m.Files+m.Dirs != 8 {
		t.Errorf("mount record %+v, %v", m, err)
	}
}

func TestUnwalked(t *testing.T) {
	root := host.Mount{ID: 1, Dev: 10, Root: "/", Point: "/", FSType: "ext4"}
	all := []host.Mount{
		root, {ID: 2, Dev: 10, Root: "/srv", Point: "/mnt/bind", FSType: "ext4"}, {ID: 3, Dev: 11, Root: "/", Point: "/net", FSType: "nfs4"},
		{ID: 4, Dev: 12, Root: "/", Point: "/auto", FSType: "autofs"}, {ID: 5, Dev: 13, Root: "/", Point: "/var/lib/docker/overlay2/x/merged", FSType: "overlay"},
		{ID: 6, Dev: 14, Root: "/a", Point: "/only", FSType: "xfs"}, {ID: 7, Dev: 14, Root: "/ab", Point: "/other", FSType: "xfs"}, {ID: 8, Dev: 10, Root: "/", Point: "/again", FSType: "ext4"},
	}
	want := map[int]bool{1: true, 2: false, 3: false, 4: false, 5: false, 6: true, 7: true, 8: false}
	for _, m := range all {
		if why := unwalked(m, all); (why == "") != want[m.ID] {
			t.Errorf("mount %d at %s: walked %v (%s), want %v", m.ID, m.Point, why == "", why, want[m.ID])
		}
	}
	if why := unwalked(host.Mount{ID: 9, Dev: 15, Root: "/", Point: "/", FSType: "9p"}, nil); why != "" {
		t.Errorf("a root of 9p is not walked: %s", why)
	}
}

func TestDescriptions(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range All() {
		d := s.Describe()
		if d.Name == "" || d.Doc == "" || d.Effects == "" || len(d.References) == 0 || d.Group == 0 || d.MinKernel == "" || seen[d.Name] {
			t.Errorf("description of %q is incomplete or its name is used twice: %+v", d.Name, d)
		}
		seen[d.Name] = true
	}
	if len(seen) < 20 {
		t.Errorf("%d sources, want at least 20", len(seen))
	}
}

var _ collect.Writer = (*shelf)(nil)

func TestHashes(t *testing.T) {
	dir := t.TempDir()
	plantFiles(t, dir, map[string]string{"bin/tool": "abc", "lib/x.so": "abc", "etc/conf": "abc", "bin/empty": ""})
	for _, name := range []string{"bin/tool", "bin/empty"} {
		if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s := take(t, dir, collect.Selection{Profile: collect.ProfileFull}, hashes())
	got := map[string]string{}
	for line := range bytes.Lines(s.records["hashes"]) {
		var h fileHash
		if err := json.Unmarshal(line, &h); err != nil {
			t.Fatal(err)
		}
		got[string(h.Path)] = h.SHA256
	}
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if d := cmp.Diff(map[string]string{"/bin/tool": abc, "/lib/x.so": abc}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
