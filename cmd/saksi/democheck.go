package main

import (
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/saksi-dfir/saksi/collect/bundle"
)

// signerLine is the line of allowed_signers by which stock ssh-keygen knows
// the key of a bundle.
func signerLine(b *bundle.Bundle) string {
	return b.Acquisition().RunID + ` namespaces="saksi.*" ` + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(b.SignerKey()))) + "\n"
}

// check prints the lines with which a stranger checks the infected host's
// bundle, and names the tools that are missing here.
func (d *demo) check() error {
	p := d.bundles[0]
	b, err := bundle.Open(p, bundle.OpenOptions{})
	if err != nil {
		return err
	}
	run := b.Acquisition().RunID
	if err := b.Close(); err != nil {
		return err
	}
	dir, err := filepath.Abs(d.dir)
	if err != nil {
		return err
	}
	d.say("\nCHECK (paste these; they need no program of ours)")
	d.say("  cd %s", shellQuote(dir))
	d.say("  mkdir -p check && tar --zstd -xf %s -C check", filepath.Base(p))
	d.say("  (cd check/%s && sha256sum -c --quiet manifest-sha256.txt && sha256sum -c --quiet tagmanifest-sha256.txt && echo every exhibit is as it was sealed)", run)
	d.say("  ssh-keygen -Y verify -f allowed_signers -I %s -n saksi.seal -s check/%s/tagmanifest-sha256.txt.sig < check/%s/tagmanifest-sha256.txt", run, run, run)
	for _, t := range [][2]string{{"tar", "tar"}, {"zstd", "zstd"}, {"sha256sum", "coreutils"}, {"ssh-keygen", "openssh-client"}} {
		if _, err := exec.LookPath(t[0]); err != nil {
			d.say("  missing here: %s (apt-get install %s)", t[0], t[1])
		}
	}
	d.say("  A signature says that the bytes are unchanged since sealing and which key sealed them; not that a compromised kernel told the truth.")
	return nil
}

// shellQuote quotes a path for a POSIX shell.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+,=@%", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
