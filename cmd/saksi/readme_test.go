package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// shims stand in for programs that would leave this machine or start a whole
// build again: scp copies, ssh runs its command here in the "home" of the
// host, sudo runs its command, make shows what it would do and brings the
// programs that the tests have built.
func shims() map[string]string {
	return map[string]string{
		"scp": `#!/bin/sh
mkdir -p "$WORK/home" && cp "$1" "$WORK/home/"
`,
		"ssh": `#!/bin/sh
shift; cd "$WORK/home" && exec "$@"
`,
		"sudo": `#!/bin/sh
case "$*" in *" run "*) exec "$@" --profile sweep ;; *) exec "$@" ;; esac
`,
		"make": `#!/bin/sh
echo "make $1"
"$REALMAKE" -n -C "$REPO" "$1" >/dev/null || exit 1
mkdir -p bin && cp "$COLLECTOR" bin/saksi-collect && cp "$(command -v saksi)" bin/saksi
`,
	}
}

// readme runs the n-th shell block of README.md.
func readme(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[0])
	if neg || err != nil {
		ts.Fatalf("usage: readme NUMBER")
	}
	text, err := os.ReadFile(filepath.Join(ts.Getenv("REPO"), "README.md"))
	ts.Check(err)
	blocks := strings.Split(string(text), "```sh\n")
	if n >= len(blocks) {
		ts.Fatalf("README.md has %d shell blocks", len(blocks)-1)
	}
	block, _, ok := strings.Cut(blocks[n], "```")
	if !ok {
		ts.Fatalf("shell block %d of README.md does not end", n)
	}
	dir := ts.MkAbs("shims")
	ts.Check(os.MkdirAll(dir, 0o755))
	for name, body := range shims() {
		ts.Check(os.WriteFile(filepath.Join(dir, name), []byte(body), 0o755))
	}
	path := dir + string(os.PathListSeparator) + ts.Getenv("PATH")
	ts.Check(ts.Exec("sh", "-c", fmt.Sprintf("PATH=%q; export PATH; set -e\n%s", path, block)))
}
