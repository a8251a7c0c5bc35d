package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline"
)

// TestCaseDirectory: what is no case directory is called what it is, with a
// hint, by readers and by ingest; none of it is a damaged case.
func TestCaseDirectory(t *testing.T) {
	dir := t.TempDir()
	link, file := filepath.Join(dir, "link"), filepath.Join(dir, "file")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ dir, opened, made string }{
		{link, "symbolic link to nothing", "symbolic link to nothing"},
		{file, "is a file", "is no directory"},
		{filepath.Join(file, "below"), "is a file", "is no directory"},
		{filepath.Join(dir, "absent"), "no case at", ""},
	} {
		_, err := openCase(tt.dir)
		var e *exitError
		if !errors.As(err, &e) || e.code != exitFailed || e.hint == "" || !strings.Contains(err.Error(), tt.opened) {
			t.Errorf("open %q: %v", tt.dir, err)
		}
		if tt.made == "" {
			continue
		}
		err = notMade(tt.dir, timeline.Create(tt.dir, timeline.CreateOptions{}))
		if !errors.As(err, &e) || e.code != exitFailed || strings.Contains(e.hint, "IANA") || !strings.Contains(err.Error(), tt.made) {
			t.Errorf("make %q: %v", tt.dir, err)
		}
	}
}
