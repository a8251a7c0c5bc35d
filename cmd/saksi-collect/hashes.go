package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxHashes bounds the list of --hashes: 1,000,000 take about 150 MB.
const maxHashes = 1_000_000

// readHashes reads a list of SHA-256 hashes, one a line, each with an optional
// name behind it, as sha256sum writes it. Empty lines and lines that begin
// with # are left out.
func readHashes(name string) (map[string]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--hashes: %w", err)
	}
	defer f.Close()
	out := map[string]string{}
	sc := bufio.NewScanner(io.LimitReader(f, maxHashes*512))
	sc.Buffer(make([]byte, 4096), maxPathLine)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		end := strings.IndexAny(line, " \t,;")
		if end < 0 {
			end = len(line)
		}
		sum := strings.ToLower(line[:end])
		if raw, err := hex.DecodeString(sum); err != nil || len(raw) != 32 {
			return nil, fmt.Errorf("--hashes %q line %d: %.80q is no SHA-256 in hex", name, n, line)
		}
		label := strings.Trim(line[end:], " \t,;*\"")
		if label == "" {
			label = "listed as " + sum[:12]
		}
		if len(out) < maxHashes {
			out[sum] = label
		}
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("--hashes %q: %w", name, err)
	}
	return out, nil
}
