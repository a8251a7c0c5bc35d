package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/dgraph-io/badger/v4/y"
)

// formatLine is the first line of CURRENT.
func formatLine() string { return fmt.Sprintf("saksi-store %d", Format) }

// tamper changes the files of a store; what it gives must be in what Check says.
type tamper func(dir, gen string) (where string, err error)

// replaced puts something else in the place of a file; inGen says that it lies
// in the first generation.
func replaced(name string, inGen bool, put func(path string) error) tamper {
	return func(dir, gen string) (string, error) {
		if inGen {
			dir = filepath.Join(dir, gen)
		}
		path := filepath.Join(dir, name)
		return name, errors.Join(os.RemoveAll(path), put(path))
	}
}

func link(target string) func(string) error {
	return func(path string) error { return os.Symlink(target, path) }
}

func pipe(path string) error { return unix.Mkfifo(path, 0o600) }

func directory(path string) error { return os.Mkdir(path, 0o700) }

// currentOf writes a CURRENT whose checksum is right.
func currentOf(f func(text string) string) tamper {
	return func(dir, _ string) (string, error) {
		b, err := os.ReadFile(filepath.Join(dir, currentName))
		if err != nil {
			return "", err
		}
		text := string(b)
		text = f(text[:strings.LastIndex(text, "sum ")])
		return currentName, os.WriteFile(filepath.Join(dir, currentName), []byte(text+"sum "+sumOf(text)+"\n"), 0o600)
	}
}

// filesOf writes a FILES of the first generation, and a CURRENT that names it.
func filesOf(f func(text string) string) tamper {
	return func(dir, gen string) (string, error) {
		path := filepath.Join(dir, gen, filesName)
		b, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		text := f(string(b))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return "", err
		}
		_, err = currentOf(func(s string) string { return strings.Replace(s, sumOf(b), sumOf(text), 1) })(dir, gen)
		return filesName, err
	}
}

// contentOf changes a file of the first generation, and FILES and CURRENT with it.
func contentOf(name string, f func([]byte) []byte) tamper {
	return func(dir, gen string) (string, error) {
		path := filepath.Join(dir, gen, name)
		b, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		old := fmt.Sprintf("%s %d %s\n", sumOf(b), len(b), name)
		b = f(b)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			return "", err
		}
		_, err = filesOf(func(s string) string {
			return strings.Replace(s, old, fmt.Sprintf("%s %d %s\n", sumOf(b), len(b), name), 1)
		})(dir, gen)
		return name, err
	}
}

// segmentOf is a tamper that Check finds in the segments of the generation.
func segmentOf(f tamper) tamper {
	return func(dir, gen string) (string, error) {
		_, err := f(dir, gen)
		return gen + " segment", err
	}
}

// changes appends a record to a MANIFEST of Badger.
func changes(set ...byte) tamper {
	return contentOf("MANIFEST", func(b []byte) []byte {
		b = binary.BigEndian.AppendUint32(b, uint32(len(set)))
		b = binary.BigEndian.AppendUint32(b, crc32.Checksum(set, y.CastagnoliCrcTable))
		return append(b, set...)
	})
}

// tamperedFiles are stores whose files are not what they seem.
func tamperedFiles(victim string) map[string]tamper {
	first := func(s string) string { // the line of the first generation
		i := strings.Index(s, "gen ")
		return s[i : i+strings.Index(s[i:], "\n")+1]
	}
	rename := func(to string) tamper {
		return currentOf(func(s string) string { return strings.Replace(s, "gen "+first(s)[4:11], "gen "+to, 1) })
	}
	return map[string]tamper{
		"CURRENT is a link":                replaced(currentName, false, link(victim)),
		"CURRENT is a link to itself":      replaced(currentName, false, link(currentName)),
		"CURRENT is a link to zeros":       replaced(currentName, false, link("/dev/zero")),
		"CURRENT is a pipe":                replaced(currentName, false, pipe),
		"CURRENT is a directory":           replaced(currentName, false, directory),
		"CURRENT of 2^40 bytes":            replaced(currentName, false, func(p string) error { return sparse(p, 1<<40) }),
		"CURRENT without lines":            currentOf(func(string) string { return "" }),
		"CURRENT of another format":        currentOf(func(s string) string { return strings.Replace(s, formatLine(), "saksi-store 99", 1) }),
		"CURRENT without a number":         currentOf(func(s string) string { return formatLine() + "\n" }),
		"CURRENT with two numbers":         currentOf(func(s string) string { return s + "next 9\n" }),
		"CURRENT with number 2^63":         currentOf(func(s string) string { return strings.Replace(s, "next ", "next 9223372036854775808", 1) }),
		"CURRENT with number 2^62":         currentOf(func(s string) string { return formatLine() + "\nnext 4611686018427387904\n" }),
		"CURRENT names a generation twice": currentOf(func(s string) string { return s + first(s) }),
		"CURRENT points upward":            rename("../../g000001"),
		"CURRENT points to a path":         rename("/etc"),
		"CURRENT points to nothing":        rename("."),
		"CURRENT points beyond its number": rename("g999999"),
		"CURRENT with a short name":        rename("g1"),
		"CURRENT with a long name":         rename("g0000001"),
		"CURRENT with a hash of 3 digits":  currentOf(func(s string) string { return s + "gen g000004 abc\n" }),
		"CURRENT with an unknown line":     currentOf(func(s string) string { return s + "include /etc/passwd\n" }),
		"generation is missing":            replaced("g000001", false, func(string) error { return nil }),
		"generation is a link":             replaced("g000001", false, link(victim)),
		"generation is a pipe":             replaced("g000001", false, pipe),
		"generation is empty":              replaced("g000001", false, directory),
		"FILES is a pipe":                  replaced(filesName, true, pipe),
		"FILES is a link":                  replaced(filesName, true, link("/dev/zero")),
		"FILES of 2^40 bytes":              replaced(filesName, true, func(p string) error { return sparse(p, 1<<40) }),
		"FILES names a path upward":        filesOf(func(s string) string { return strings.Replace(s, " MANIFEST", " ../../CURRENT", 1) }),
		"FILES names an absolute path":     filesOf(func(s string) string { return strings.Replace(s, " MANIFEST", " /etc/passwd", 1) }),
		"FILES names a strange file":       filesOf(func(s string) string { return s + sumOf("") + " 0 x.mem\n" }),
		"FILES names a file twice":         filesOf(func(s string) string { return s + s }),
		"FILES with 2^62 bytes":            filesOf(func(s string) string { return strings.Replace(s, " 28 KEY", " 4611686018427387904 KEY", 1) }),
		"FILES with bytes below nothing":   filesOf(func(s string) string { return strings.Replace(s, " 28 KEY", " -28 KEY", 1) }),
		"FILES without lines":              filesOf(func(string) string { return "" }),
		"FILES with words":                 filesOf(func(string) string { return "what is this\n" }),
		"value log is a pipe":              replaced("000001.vlog", true, pipe),
		"value log is a link":              replaced("000001.vlog", true, link("/dev/zero")),
		"table is a link":                  replaced("000001.sst", true, link("../g000003/000001.sst")),
		"table is a directory":             replaced("000001.sst", true, directory),
		"memtable that nobody wrote":       replaced("00001.mem", true, func(p string) error { return os.WriteFile(p, make([]byte, 4096), 0o600) }),
		"value log that nobody wrote":      replaced("000009.vlog", true, func(p string) error { return os.WriteFile(p, make([]byte, 64), 0o600) }),
		"table that nobody wrote":          replaced("000009.sst", true, func(p string) error { return os.WriteFile(p, make([]byte, 64), 0o600) }),
		"value log with a key":             contentOf("000001.vlog", func(b []byte) []byte { b[7] = 9; return b }),
		"value log of 3 bytes":             contentOf("000001.vlog", func(b []byte) []byte { return b[:3] }),
		"value log of other bytes":         segmentOf(contentOf("000001.vlog", func(b []byte) []byte { clear(b[200:]); return b })),
		"registry with a key":              contentOf("KEYREGISTRY", func(b []byte) []byte { return append(b, b...) }),
		"registry of other text":           contentOf("KEYREGISTRY", func(b []byte) []byte { b[20]++; return b }),
		"MANIFEST of another version":      contentOf("MANIFEST", func(b []byte) []byte { b[7] = 7; return b }),
		"MANIFEST of 4 GiB":                contentOf("MANIFEST", func(b []byte) []byte { return append(b, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4) }),
		"MANIFEST with level 2^32":         changes(0x0a, 8, 0x08, 9, 0x18, 0xff, 0xff, 0xff, 0xff, 0x0f),
		"MANIFEST with a table not there":  changes(0x0a, 2, 0x08, 9),
		"MANIFEST without its table":       changes(0x0a, 4, 0x08, 1, 0x10, 1),
		"MANIFEST with the table twice":    changes(0x0a, 2, 0x08, 1),
		"MANIFEST with compression":        changes(0x0a, 8, 0x08, 1, 0x10, 1, 0x0a, 4, 0x08, 1, 0x30, 1),
		"MANIFEST with a field cut":        changes(0x0a, 0xff),
		"table of zeros":                   contentOf("000001.sst", func(b []byte) []byte { clear(b); return b }),
		"table cut":                        contentOf("000001.sst", func(b []byte) []byte { return b[:len(b)/2] }),
		"table of 3 bytes":                 contentOf("000001.sst", func(b []byte) []byte { return b[:3] }),
		"table with an index of 4 GiB": contentOf("000001.sst", func(b []byte) []byte {
			copy(b[len(b)-12:], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
			return b
		}),
	}
}

// sparse makes a file of n bytes that takes no room.
func sparse(path string, n int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(n), f.Close())
}

// TestTamperedFiles puts links, pipes, other files and lies in the place of
// the files of a store.
func TestTamperedFiles(t *testing.T) {
	base := tamperBase(t)
	victim := filepath.Join(t.TempDir(), "victim")
	const precious = "not of this store\n"
	if err := os.WriteFile(victim, []byte(precious), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, f := range tamperedFiles(victim) {
		t.Run(name, func(t *testing.T) {
			dir := copyOf(t, base)
			where, err := f(dir, "g000001")
			if err != nil {
				t.Fatal(err)
			}
			hostile(t, dir, where)
		})
	}
	for name, put := range map[string]func(string) error{"link": link(victim), "pipe": pipe, "directory": directory} {
		t.Run("LOCK is a "+name, func(t *testing.T) {
			dir := copyOf(t, base)
			path := filepath.Join(dir, lockName)
			if err := errors.Join(os.RemoveAll(path), put(path)); err != nil {
				t.Fatal(err)
			}
			var d *DamagedError
			if _, err := OpenWriter(dir, WriterOptions{}); !errors.As(err, &d) || d.File != path {
				t.Errorf("a writer says %v", err)
			}
		})
	}
	if b, err := os.ReadFile(victim); err != nil || string(b) != precious {
		t.Errorf("a file outside of the store holds %q now: %v", b, err)
	}
}
