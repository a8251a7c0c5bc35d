package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/saksi-dfir/saksi/samples/gen"
)

// TestMain makes the program itself a command of the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"saksi": main})
}

// collectorBinary builds saksi-collect once for the scripts.
func collectorBinary(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "saksi-collect")
	cmd := exec.Command("go", "build", "-o", bin, module+"/cmd/saksi-collect")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build saksi-collect: %v\n%s", err, out)
	}
	return bin
}

// TestScripts runs every script in testdata: one or more for each command.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("runs whole programs, which the race detector slows tenfold; make test has it")
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 5 {
		t.Fatalf("only %d scripts found in testdata", len(files))
	}
	bin := collectorBinary(t)
	samples := sampleDir(t)
	realMake, err := exec.LookPath("make")
	if err != nil {
		t.Fatal("make is missing: the README cannot be tested")
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(bin)+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("TZ", "UTC")
			e.Setenv("HOME", filepath.Join(e.WorkDir, "desk-home"))
			e.Setenv("SAMPLES", samples)
			e.Setenv("COLLECTOR", bin)
			e.Setenv("REPO", repoRoot(t))
			e.Setenv("REALMAKE", realMake)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "readme": readme},
	})
}

// exits runs a command and checks its exit code: exits 4 saksi verify ...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE command args...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		ee, ok := err.(*exec.ExitError)
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		code = ee.ExitCode()
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// sampleDir writes the bundles of the sample case once for all scripts.
func sampleDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := gen.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}
