package timeline

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// keep copies a bundle, and the intake receipt beside it, into the case
// directory under the name of its run, and gives the path of the copy. A bundle
// that lies there already is not copied again, and nothing is written over.
func (c *Case) keep(path string, ids []age.Identity) (string, error) {
	rel, err := relative(c.dir, path)
	if err != nil || !filepath.IsAbs(rel) {
		return path, err
	}
	b, err := bundle.Open(path, bundle.OpenOptions{Identities: ids})
	if err != nil {
		return "", fmt.Errorf("copy bundle %q: %w", path, err)
	}
	run, seal := b.Acquisition().RunID, b.Seal().Hash
	if err := b.Close(); err != nil {
		return "", fmt.Errorf("copy bundle %q: %w", path, err)
	}
	if err := os.MkdirAll(c.BundleDir(), 0o700); err != nil {
		return "", fmt.Errorf("copy bundle: %w", err)
	}
	base := filepath.Join(c.BundleDir(), fileName(run))
	for n := 1; n < 1000; n++ {
		to := base + ".tar.zst"
		if n > 1 {
			to = fmt.Sprintf("%s~%d.tar.zst", base, n)
		}
		switch sealAt(to, ids) {
		case seal:
			return to, nil
		case "":
			if err := copyFile(to, path); err != nil {
				return "", err
			}
			return to, copyReceipt(to, path)
		}
	}
	return "", fmt.Errorf("copy bundle: a thousand others of run %q lie in %q", run, c.BundleDir())
}

// fileName makes a file name of a run id, whatever it holds.
func fileName(run string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, run)
	name = strings.TrimLeft(name, ".-")
	if name == "" {
		name = "bundle"
	}
	return name[:min(len(name), 120)]
}

// sealAt gives the seal of the bundle at a path: "" when nothing is there, and
// words when it is something else.
func sealAt(path string, ids []age.Identity) string {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	b, err := bundle.Open(path, bundle.OpenOptions{Identities: ids})
	if err != nil {
		return "not a bundle"
	}
	h := b.Seal().Hash
	if b.Close() != nil {
		return "not a bundle"
	}
	return h
}

// copyFile makes a copy that is there whole or not at all.
func copyFile(to, from string) error {
	src, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copy bundle: %w", err)
	}
	defer src.Close()
	dst, err := os.CreateTemp(filepath.Dir(to), ".copy*")
	if err != nil {
		return fmt.Errorf("copy bundle: %w", err)
	}
	_, err = io.Copy(dst, src)
	if err = errors.Join(err, dst.Sync(), dst.Close()); err == nil {
		err = os.Rename(dst.Name(), to)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("copy bundle: %w", err), os.Remove(dst.Name()))
	}
	return nil
}

// copyReceipt takes a signed intake receipt along, where there is one: it says
// at what time the signer of the bundle is judged.
func copyReceipt(to, from string) error {
	for _, suffix := range []string{bundle.ReceiptSuffix, bundle.ReceiptSuffix + ".sig"} {
		if _, err := os.Stat(from + suffix); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := copyFile(to+suffix, from+suffix); err != nil {
			return err
		}
	}
	return nil
}
