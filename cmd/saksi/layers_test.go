package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/saksi-dfir/saksi"

// layer says what the packages below a folder may import of this project.
// A trailing "/..." stands for the folder and everything below it. The most
// specific row holds for a package; a package without a row may import nothing.
type layer struct {
	pkg string
	may []string
}

// layers is DESIGN's table of who imports whom. What is not listed fails.
func layers() []layer {
	return []layer{
		{"collect", []string{"collect/bundle", "collect/host", "collect/record"}},
		{"collect/bundle", []string{"collect/seal", "collect/record"}},
		{"collect/desk", []string{"collect/bundle", "collect/seal", "collect/record"}},
		{"collect/host", []string{"collect/record"}},
		{"collect/host/hosttest", []string{"collect/host", "collect/record"}},
		{"collect/memory", []string{"collect/host"}},
		{"collect/record", nil},
		{"collect/seal", nil},
		{"collect/source", []string{"collect", "collect/bundle", "collect/host", "collect/record", "collect/memory"}},
		{"parse", []string{"collect/bundle", "timeline/event", "parse/format/codec"}},
		{"parse/format/...", nil},
		{"parse/parser", []string{"parse", "parse/format/...", "collect/record", "timeline/event"}},
		{"parse/parsetest", []string{"parse", "timeline/event", "collect/bundle"}},
		{"timeline", []string{"collect/bundle", "parse/format/codec", "timeline/..."}},
		{"timeline/claim", []string{"timeline/event"}},
		{"timeline/command", nil},
		{"timeline/coverage", []string{"timeline/event", "timeline/claim"}},
		{"timeline/detect", []string{"timeline/event", "timeline/claim", "timeline/query"}},
		{"timeline/detect/detecttest", []string{"timeline/detect", "timeline/event", "timeline/claim", "timeline/query"}},
		{"timeline/detect/rule", []string{"timeline/detect", "timeline/event", "timeline/claim", "timeline/query", "timeline/command"}},
		{"timeline/event", nil},
		{"timeline/infection", []string{"timeline/event", "timeline/claim", "timeline/command"}},
		{"timeline/journal", []string{"timeline/event", "collect/seal"}},
		{"timeline/knowledge", []string{"timeline/event", "timeline/claim", "timeline/command"}},
		{"timeline/query", []string{"timeline/event"}},
		{"timeline/store", []string{"timeline/event", "timeline/claim", "timeline/query"}},
		{"timeline/store/storetest", []string{"timeline/store", "timeline/event", "timeline/claim", "timeline/query"}},
		{"tui", []string{"timeline", "timeline/event", "timeline/claim", "timeline/query", "tui/..."}},
		{"tui/clean", nil},
		{"tui/keys", nil},
		{"tui/ptytest", nil},
		{"tui/tmuxtest", nil},
		{"tui/quiet", nil},
		{"tui/term", []string{"tui/clean"}},
		{"tui/view", []string{"timeline", "timeline/event", "timeline/claim", "timeline/query", "tui/widget", "tui/clean", "tui/keys", "tui/term"}},
		{"tui/widget", nil},
		{"samples/gen/decoy", nil},
		{"samples/vm/guest", []string{"collect/memory"}},
		{"samples/gen", []string{"collect/bundle", "collect/record", "collect/seal", "collect/host/hosttest"}},
		{"cmd/saksi-collect", []string{"collect", "collect/bundle", "collect/host", "collect/memory", "collect/record", "collect/seal", "collect/source", "tui/clean"}},
		{"cmd/saksi", []string{"..."}},
	}
}

// onlyIn names the one folder (or folders) that may import a module of others.
func onlyIn() map[string][]string {
	return map[string][]string{
		"github.com/dgraph-io/badger":        {"timeline/store"},
		"github.com/charmbracelet/bubbletea": {"tui"},
		"github.com/hiddeco/sshsig":          {"collect/seal"},
		"github.com/klauspost/compress":      {"collect/bundle", "timeline/store", "parse/format", "parse/parsetest"},
		"github.com/spf13/cobra":             {"cmd/saksi"},
	}
}

func below(pkg, pattern string) bool {
	if pattern == "..." {
		return true
	}
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == base || strings.HasPrefix(pkg, base+"/")
	}
	return pkg == pattern
}

// rowFor finds the most specific row of a package.
func rowFor(pkg string) (layer, bool) {
	best, found := layer{}, false
	for _, l := range layers() {
		if below(pkg, l.pkg) && (!found || len(l.pkg) > len(best.pkg)) {
			best, found = l, true
		}
	}
	return best, found
}

// checkLayers reads the imports of every non-test file below root.
func checkLayers(root string) (faults []string, files int, err error) {
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(p))
		if err != nil || rel == "." {
			return err
		}
		files++
		fs, err := fileFaults(p, filepath.ToSlash(rel))
		faults = append(faults, fs...)
		return err
	})
	sort.Strings(faults)
	return faults, files, err
}

func fileFaults(file, pkg string) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return nil, fmt.Errorf("layers: %w", err)
	}
	row, known := rowFor(pkg)
	if !known {
		return []string{pkg + ": no row in the layer table"}, nil
	}
	var faults []string
	for _, im := range f.Imports {
		path, err := strconv.Unquote(im.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("layers: %w", err)
		}
		if to, ours := strings.CutPrefix(path, module+"/"); ours {
			if !slices.ContainsFunc(row.may, func(m string) bool { return below(to, m) }) {
				faults = append(faults, fmt.Sprintf("%s imports %s (%s)", pkg, to, filepath.Base(file)))
			}
			continue
		}
		for mod, homes := range onlyIn() {
			if strings.HasPrefix(path, mod) && !slices.ContainsFunc(homes, func(h string) bool { return below(pkg, h+"/...") }) {
				faults = append(faults, fmt.Sprintf("%s imports %s, which lives in %v (%s)", pkg, path, homes, filepath.Base(file)))
			}
		}
	}
	return faults, nil
}

func repoRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestLayers(t *testing.T) {
	faults, files, err := checkLayers(repoRoot(t))
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Fatalf("only %d files were read: the walk is broken", files)
	}
	for _, f := range faults {
		t.Error(f)
	}
}

func TestLayersSeePlantedFaults(t *testing.T) {
	plants := map[string]string{
		"timeline/event/x.go":       `import "github.com/saksi-dfir/saksi/timeline/store"`,
		"collect/source/x.go":       `import "github.com/saksi-dfir/saksi/parse"`,
		"cmd/saksi-collect/x.go":    `import "github.com/saksi-dfir/saksi/collect/desk"`,
		"tui/view/x.go":             `import "github.com/saksi-dfir/saksi/timeline/store"`,
		"timeline/query/x.go":       `import "github.com/dgraph-io/badger/v4"`,
		"util/x.go":                 `import "fmt"`,
		"parse/format/journal/x.go": `import "github.com/saksi-dfir/saksi/timeline/event"`,
	}
	for name, body := range plants {
		root := t.TempDir()
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte("package x\n\n"+body+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		faults, _, err := checkLayers(root)
		if err != nil {
			t.Fatal(err)
		}
		if len(faults) != 1 {
			t.Errorf("%s with %s: want one fault, got %q", name, body, faults)
		}
	}
}

// TestCollectorLinks proves on the whole dependency list that the collector
// carries no store, no screen and no desk.
func TestCollectorLinks(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", module+"/cmd/saksi-collect")
	cmd.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	deps := strings.Fields(string(out))
	if len(deps) < 50 || !slices.Contains(deps, module+"/collect/bundle") {
		t.Fatalf("the list of %d dependencies does not look whole", len(deps))
	}
	for _, d := range deps {
		for _, bad := range []string{"dgraph-io/badger", "charmbracelet/", "spf13/cobra", module + "/timeline", module + "/parse", module + "/collect/desk", module + "/collect/custody", module + "/collect/host/hosttest"} {
			if strings.Contains(d, bad) {
				t.Errorf("saksi-collect links %s", d)
			}
		}
		if strings.HasPrefix(d, module+"/tui") && d != module+"/tui/clean" {
			t.Errorf("saksi-collect links %s", d)
		}
	}
}
