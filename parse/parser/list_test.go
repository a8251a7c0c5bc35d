package parser

import (
	"go/ast"
	goparser "go/parser"
	gotoken "go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// source is the code of this folder as the registration test reads it.
type source struct {
	makers map[string]string          // function that makes a parser or decoder -> its file
	types  map[string]map[string]bool // type -> its methods
	listed map[string]bool            // functions called in list.go
}

func readSource(t *testing.T, dir fs.FS) *source {
	t.Helper()
	files, err := fs.Glob(dir, "*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files: %v", err)
	}
	s := &source{makers: map[string]string{}, types: map[string]map[string]bool{}, listed: map[string]bool{}}
	var all []*ast.File
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := goparser.ParseFile(gotoken.NewFileSet(), name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
		s.methods(f)
		if name == "list.go" {
			ast.Inspect(f, func(n ast.Node) bool {
				if c, ok := n.(*ast.CallExpr); ok {
					if id, ok := c.Fun.(*ast.Ident); ok {
						s.listed[id.Name] = true
					}
				}
				return true
			})
		}
	}
	for i, f := range all {
		s.constructors(f, files[i])
	}
	return s
}

func (s *source) methods(f *ast.File) {
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv == nil {
			continue
		}
		name := typeName(fn.Recv.List[0].Type)
		if s.types[name] == nil {
			s.types[name] = map[string]bool{}
		}
		s.types[name][fn.Name.Name] = true
	}
}

func typeName(e ast.Expr) string {
	if p, ok := e.(*ast.StarExpr); ok {
		e = p.X
	}
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// constructors finds functions without parameters that return one parser.
func (s *source) constructors(f *ast.File, file string) {
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv != nil || len(fn.Type.Params.List) != 0 || fn.Type.Results == nil || len(fn.Type.Results.List) != 1 {
			continue
		}
		m := s.types[typeName(fn.Type.Results.List[0].Type)]
		if m["Describe"] && m["Claim"] && m["Parse"] {
			s.makers[fn.Name.Name] = file
		}
	}
}

// missing names the makers that list.go does not call.
func (s *source) missing() []string {
	var out []string
	for name := range s.makers {
		if !s.listed[name] {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func TestEveryParserIsListed(t *testing.T) {
	s := readSource(t, os.DirFS("."))
	if len(s.makers) < 20 {
		t.Fatalf("only %d constructors found: the test does not see the parsers", len(s.makers))
	}
	if m := s.missing(); len(m) > 0 {
		t.Errorf("not in list.go: %v", m)
	}
}

func TestRegistrationTestSeesAFault(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"list.go": "package p\nfunc all() []any { return []any{newA()} }\n",
		"a.go":    "package p\ntype a struct{}\nfunc newA() *a { return nil }\nfunc (a) Describe() {}\nfunc (a) Claim() {}\nfunc (a) Parse() {}\n",
		"b.go":    "package p\nfunc newB() *a { return nil }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if m := readSource(t, os.DirFS(dir)).missing(); !slices.Equal(m, []string{"newB"}) {
		t.Errorf("missing %v, want newB", m)
	}
}

// TestListIsSorted: both lists are sorted by name, and no name is used twice.
func TestListIsSorted(t *testing.T) {
	var names, last []string
	for _, p := range parsers() {
		names = append(names, p.Describe().Name)
	}
	for _, d := range decoders() {
		last = append(last, d.Describe().Name)
	}
	if !slices.IsSorted(last) {
		t.Errorf("decoders are not sorted: %v", last)
	}
	all := append(names, last...)
	slices.Sort(all)
	if len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Errorf("a name is used twice: %v", all)
	}
}
