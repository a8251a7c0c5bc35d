package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	maxPathFile = 16 << 20
	maxPathLine = 64 << 10
)

// readPaths reads the file of --paths: one path or pattern a line, empty lines
// and lines that begin with # left out.
func readPaths(name string) ([]string, error) {
	in := io.Reader(os.Stdin)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("--paths: %w", err)
		}
		defer f.Close()
		in = f
	}
	var out []string
	sc := bufio.NewScanner(io.LimitReader(in, maxPathFile))
	sc.Buffer(make([]byte, 4096), maxPathLine)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimRight(sc.Text(), "\r")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !strings.HasPrefix(line, "/") && !strings.HasPrefix(line, "~/") {
			return nil, fmt.Errorf("--paths %q line %d: %q does not begin with / or ~/", name, n, line)
		}
		out = append(out, line)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("--paths %q: %w", name, err)
	}
	return out, nil
}
