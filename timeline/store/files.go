package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	filesLimit = 16 << 20  // bytes of FILES
	tableLimit = 256 << 20 // bytes of a file that is no value log: far above what Badger writes with our options
	vlogLimit  = 1 << 32   // bytes of a value log, whose offsets have 32 bits
)

// fileLimit is the greatest size of a file of a generation, 0 for a name that
// none has.
func fileLimit(name string) int64 {
	number, kind, ok := strings.Cut(name, ".")
	switch {
	case name == "MANIFEST" || name == "KEYREGISTRY" || name == "DISCARD":
		return tableLimit
	case !ok || len(number) < 6 || strings.Trim(number, "0123456789") != "":
		return 0
	case kind == "sst":
		return tableLimit
	case kind == "vlog":
		return vlogLimit
	}
	return 0
}

// readFiles reads FILES and compares it with the hash that CURRENT holds.
func readFiles(dir, sum string) ([]fileInfo, error) {
	path := filepath.Join(dir, filesName)
	bad := func(what string) ([]fileInfo, error) { return nil, &DamagedError{File: path, What: what} }
	b, err := readSmall(path, filesLimit)
	if errors.Is(err, os.ErrNotExist) {
		return bad("is missing")
	}
	if err != nil {
		return nil, err
	}
	if sumOf(string(b)) != sum {
		return bad("is not the one that CURRENT names")
	}
	var out []fileInfo
	for line := range strings.Lines(string(b)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 3)
		if len(f) != 3 || !isSum(f[0]) {
			return bad("has a line that is no file")
		}
		n, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil || n < 0 {
			return bad("has a line that is no file")
		}
		limit := fileLimit(f[2])
		if limit == 0 {
			return bad(fmt.Sprintf("names %q, which no generation has", f[2]))
		}
		if n > limit {
			return bad(fmt.Sprintf("gives %q %d bytes, which none has", f[2], n))
		}
		if k := len(out); k > 0 && out[k-1].name >= f[2] {
			return bad(fmt.Sprintf("names %q out of order or twice", f[2]))
		}
		out = append(out, fileInfo{name: f[2], size: n, sum: f[0]})
	}
	return out, nil
}

// checkFiles compares a generation with its FILES: that it has these files and
// no others, the sizes of all, and the contents of all (whole) or of all but
// the value logs.
func checkFiles(dir, sum string, whole bool) error {
	_, err := checkedFiles(dir, sum, whole)
	return err
}

// checkedFiles is checkFiles, and gives what it met on the way.
func checkedFiles(dir, sum string, whole bool) (*blockPlaces, error) {
	if err := isDirectory(dir); err != nil {
		return nil, err
	}
	files, err := readFiles(dir, sum)
	if err != nil {
		return nil, err
	}
	if err := noOthers(dir, files); err != nil {
		return nil, err
	}
	places := newBlockPlaces(dir)
	for i := range files {
		files[i].places = places
		if err := files[i].check(dir, whole); err != nil {
			return nil, err
		}
		places.file(&files[i])
	}
	return places, checkTableList(dir, files)
}

func isDirectory(dir string) error {
	st, err := os.Lstat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &DamagedError{File: dir, What: "is missing"}
	case err != nil:
		return fmt.Errorf("store: %w", err)
	case !st.IsDir():
		return &DamagedError{File: dir, What: "is no directory"}
	}
	return nil
}

// noOthers wants no file in a generation that FILES does not name: Badger would
// take rows from it. Names with a dot in front, which Badger never reads, may
// be anybody's.
func noOthers(dir string, files []fileInfo) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	named := map[string]bool{filesName: true}
	for _, f := range files {
		named[f.name] = true
	}
	for _, e := range entries {
		if name := e.Name(); !named[name] && !strings.HasPrefix(name, ".") {
			return &DamagedError{File: filepath.Join(dir, name), What: "is not one of the files of its generation"}
		}
	}
	return nil
}

// check compares one file with its line in FILES.
func (f *fileInfo) check(dir string, whole bool) error {
	path := filepath.Join(dir, f.name)
	st, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &DamagedError{File: path, What: "is missing"}
	case err != nil:
		return fmt.Errorf("store: %w", err)
	case !st.Mode().IsRegular():
		return &DamagedError{File: path, What: "is no regular file"}
	case st.Size() != f.size:
		return &DamagedError{File: path, What: fmt.Sprintf("has %d bytes, not %d", st.Size(), f.size)}
	}
	if strings.HasSuffix(f.name, ".vlog") {
		return f.checkLog(path, whole)
	}
	b, err := readSmall(path, f.size)
	if err != nil {
		return err
	}
	if sumOf(b) != f.sum {
		return &DamagedError{File: path, What: "was changed after it was written (SHA-256 differs)"}
	}
	if err := f.checkContent(b); err != nil {
		return &DamagedError{File: path, What: err.Error()}
	}
	return nil
}

// checkContent holds a file against the format that Badger reads.
func (f *fileInfo) checkContent(data []byte) (err error) {
	defer guard(f.name, &err)
	switch {
	case f.name == "MANIFEST":
		f.tables, err = checkManifest(data)
	case f.name == "KEYREGISTRY":
		err = checkRegistry(data)
	case strings.HasSuffix(f.name, ".sst"):
		err = eachEntry(data, f.places.note)
	}
	return err
}

// checkLog reads the head of a value log, and with whole all of it.
func (f *fileInfo) checkLog(path string, whole bool) error {
	if whole {
		x, err := hashFile(path)
		if err != nil {
			return err
		}
		if x.sum != f.sum {
			return &DamagedError{File: path, What: "was changed after it was written (SHA-256 differs)"}
		}
	}
	file, err := openRegular(path, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer file.Close()
	head := make([]byte, 20)
	if _, err := io.ReadFull(file, head); err != nil {
		return &DamagedError{File: path, What: "has no head"}
	}
	if err := checkLogHead(head); err != nil {
		return &DamagedError{File: path, What: err.Error()}
	}
	return nil
}

// checkTableList wants the tables that MANIFEST names, and no others: Badger
// would remove those.
func checkTableList(dir string, files []fileInfo) error {
	have, named := map[uint64]bool{}, []uint64{}
	found := 0
	for i := range files {
		f := &files[i]
		switch {
		case f.name == "MANIFEST" || f.name == "KEYREGISTRY":
			named = append(named, f.tables...)
			found++
		case strings.HasSuffix(f.name, ".sst"):
			n, err := strconv.ParseUint(strings.TrimSuffix(f.name, ".sst"), 10, 32)
			if err != nil || f.name != fmt.Sprintf("%06d.sst", n) {
				return &DamagedError{File: filepath.Join(dir, f.name), What: "has a name that no table has"}
			}
			have[n] = true
		}
	}
	if found != 2 {
		return &DamagedError{File: dir, What: "has no MANIFEST or no KEYREGISTRY"}
	}
	if len(have) != len(named) {
		return &DamagedError{File: filepath.Join(dir, "MANIFEST"), What: fmt.Sprintf("names %d tables, there are %d", len(named), len(have))}
	}
	for _, n := range named {
		if !have[n] {
			return &DamagedError{File: filepath.Join(dir, "MANIFEST"), What: fmt.Sprintf("names table %d, which is not there", n)}
		}
	}
	return nil
}
