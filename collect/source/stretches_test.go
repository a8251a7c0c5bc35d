package source

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
)

// holedFile makes a file of a size with 100 bytes at each of the offsets.
func holedFile(t *testing.T, name string, size int64, at ...int64) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, off := range at {
		if _, err := f.WriteAt([]byte(strings.Repeat("x", 100)), off); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
}

// TestStretches: of a sparse file beyond its cap all data is taken, from whole
// records on; a dense one is cut, and so is one without a cap that is large.
func TestStretches(t *testing.T) {
	const size, far, farther = 3 << 30, 1<<30 + 777, 2<<30 + 9
	dir := t.TempDir()
	holedFile(t, dir+"/lastlog", size, 5, far, far+stretchGap/2, farther, size-100)
	holedFile(t, dir+"/hollow", size, 5)
	src := fileSource{desc: collect.Description{Name: "f", Profiles: []string{collect.ProfileTriage}}, wants: []string{"/lastlog", "/hollow"}, cap: 100 << 20}
	f, err := webEnv(t, dir).Host.Open("/lastlog")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, ok := stretches(f, sparseHead, size)
	if !ok {
		t.Skip("skip: this file system stores no holes")
	}
	if len(list) != 3 || list[0].from > far || list[0].to < far+stretchGap/2+100 || list[2].to != size || list[0].from%292 != 0 || list[1].from%296 != 0 {
		t.Errorf("stretches %v", list)
	}
	s := take(t, dir, collect.Selection{}, src)
	o := s.outcomes["f /lastlog"]
	if o.Outcome != bundle.Collected || o.Exhibits != 4 || o.Cap != 0 || len(o.Flags) == 0 {
		t.Errorf("sparse: %+v", o)
	}
	var names []string
	found := 0
	for name, data := range s.files {
		if strings.HasPrefix(name, "/lastlog") {
			names = append(names, name)
			found += strings.Count(string(data), "x")
		}
	}
	slices.Sort(names)
	if len(names) != 4 || names[0] != "/lastlog" || !strings.HasPrefix(names[1], "/lastlog@") || found != 500 || len(s.files["/lastlog"]) != sparseHead {
		t.Errorf("exhibits %q hold %d bytes of data", names, found)
	}
	if o := s.outcomes["f /hollow"]; o.Outcome != bundle.Collected || o.Exhibits != 1 {
		t.Errorf("nothing behind the head: %+v", o)
	}
	if _, ok := stretches(f, size-stretchStep, size); ok {
		t.Error("a file that is dense behind its head is taken for sparse")
	}
}
