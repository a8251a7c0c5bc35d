package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// registry is a folder in which every type that has all of the methods must be
// reachable from list.go.
type registry struct {
	dir     string
	methods []string
	least   int // fewer types than this mean that the test does not see them
}

func registries() []registry {
	return []registry{
		{"collect/source", []string{"Describe", "Plan", "Collect"}, 15},
		{"parse/parser", []string{"Describe", "Claim", "Parse"}, 15},
		{"timeline/detect/rule", []string{"Describe", "Detect"}, 5},
	}
}

// unlisted reads a folder and names the types that list.go does not reach,
// either by name or through a function of the folder that mentions them.
func unlisted(dir string, methods []string) (missing []string, types int, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, 0, err
	}
	has := map[string]map[string]bool{}
	mentions := map[string]map[string]bool{} // function -> identifiers in it
	listed := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return nil, 0, err
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ids := identifiers(fn)
			switch {
			case filepath.Base(name) == "list.go":
				for id := range ids {
					listed[id] = true
				}
			case fn.Recv != nil:
				t := receiver(fn.Recv.List[0].Type)
				if has[t] == nil {
					has[t] = map[string]bool{}
				}
				has[t][fn.Name.Name] = true
			default:
				mentions[fn.Name.Name] = ids
			}
		}
	}
	for t, ms := range has {
		if slices.ContainsFunc(methods, func(m string) bool { return !ms[m] }) {
			continue
		}
		types++
		reached := listed[t]
		for fn, ids := range mentions {
			reached = reached || listed[fn] && ids[t]
		}
		if !reached {
			missing = append(missing, t)
		}
	}
	slices.Sort(missing)
	return missing, types, nil
}

func identifiers(n ast.Node) map[string]bool {
	ids := map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			ids[id.Name] = true
		}
		return true
	})
	return ids
}

func receiver(e ast.Expr) string {
	if p, ok := e.(*ast.StarExpr); ok {
		e = p.X
	}
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func TestEverySourceParserAndDetectorIsListed(t *testing.T) {
	for _, r := range registries() {
		missing, types, err := unlisted(filepath.Join(repoRoot(t), r.dir), r.methods)
		if err != nil {
			t.Fatal(err)
		}
		if types < r.least {
			t.Errorf("%s: only %d types seen, the test is blind", r.dir, types)
		}
		if len(missing) > 0 {
			t.Errorf("%s: not in list.go: %v", r.dir, missing)
		}
	}
}

func TestRegistrationTestSeesAPlantedFault(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"list.go": "package p\nfunc All() []any { return []any{a(), B{}} }\n",
		"a.go":    "package p\ntype aSource struct{}\nfunc a() any { return aSource{} }\nfunc (aSource) Describe() {}\nfunc (aSource) Detect() {}\n",
		"b.go":    "package p\ntype B struct{}\nfunc (B) Describe() {}\nfunc (B) Detect() {}\n",
		"c.go":    "package p\ntype C struct{}\nfunc c() any { return &C{} }\nfunc (*C) Describe() {}\nfunc (*C) Detect() {}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	missing, types, err := unlisted(dir, []string{"Describe", "Detect"})
	if err != nil || types != 3 || !slices.Equal(missing, []string{"C"}) {
		t.Errorf("missing %v of %d types, %v: want C of 3", missing, types, err)
	}
}
