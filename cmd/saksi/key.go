package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// keyFlags choose a signing key.
type keyFlags struct {
	file string // --key: private key file, or public key file of a key in the ssh-agent
	name string // --as
}

func (k *keyFlags) add(c *cobra.Command, use string) {
	c.Flags().StringVar(&k.file, "key", "", use+" (default ~/.config/saksi/key; a .pub file picks a key of the ssh-agent)")
	c.Flags().StringVar(&k.name, "as", "", "name under which allowed_signers lists the key (default: account name)")
}

func (a *app) keyCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "key new|show",
		Short: "Make and show operator keys (OpenSSH form; ssh-agent understood)",
		Long: "An operator key certifies one-run keys and signs receipts. It is an ordinary SSH key, so\n" +
			"ssh-keygen, ssh-agent and hardware tokens work with it." + exitStatus,
		Example: "  saksi key new --as kim\n  saksi key show >> incident-7/allowed_signers\n  saksi key show --key ~/.ssh/id_ed25519_sk.pub",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return usagef("say saksi key new or saksi key show") },
	}
	c.AddCommand(a.keyNewCmd(), a.keyShowCmd())
	return c
}

func (a *app) keyNewCmd() *cobra.Command {
	var k keyFlags
	c := &cobra.Command{
		Use:   "new",
		Short: "Make an Ed25519 key; SAKSI_PASSPHRASE encrypts it",
		Long: "Writes a private key (mode 0600) and its .pub file, and prints the lines for allowed_signers.\n" +
			"An existing file is never overwritten. The passphrase is taken from SAKSI_PASSPHRASE;\n" +
			"without it the file is not encrypted and the command says so." + exitStatus,
		Example: "  saksi key new --as kim\n  SAKSI_PASSPHRASE=... saksi key new --key /media/usb/op",
		Args:    exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			path, err := a.keyPath(k.file)
			if err != nil {
				return err
			}
			key, err := a.newKey(path, k.holder())
			if err != nil {
				return err
			}
			return a.printKey(path, key.PublicKey(), k.holder())
		},
	}
	k.add(c, "where the private key goes")
	return c
}

func (a *app) keyShowCmd() *cobra.Command {
	var k keyFlags
	c := &cobra.Command{
		Use:     "show",
		Short:   "Print the allowed_signers lines of a key",
		Long:    "Prints the line that lets the key certify one-run keys, and the line that lets it sign\nreceipts, journals and custody records. Needs only the public key." + exitStatus,
		Example: "  saksi key show >> incident-7/allowed_signers",
		Args:    exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			path, err := a.keyPath(k.file)
			if err != nil {
				return err
			}
			pub, err := a.publicKey(path)
			if err != nil {
				return err
			}
			return a.printKey(path, pub, k.holder())
		},
	}
	k.add(c, "the key")
	return c
}

// holder is the principal of the key, without characters that mean something
// in allowed_signers.
func (k *keyFlags) holder() string {
	name := k.name
	if name == "" {
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
	}
	name = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("._-@+", r) {
			return r
		}
		return -1
	}, name)
	if name == "" {
		return "operator"
	}
	return name
}

// keyPath is the file of a key: the flag, else the user's own.
func (a *app) keyPath(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	dir := a.getenv("XDG_CONFIG_HOME")
	if dir == "" {
		home := a.getenv("HOME")
		if home == "" {
			return "", usagef("--key FILE is needed: HOME is not set")
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "saksi", "key"), nil
}

// newKey makes a key and writes both its files; neither may exist.
func (a *app) newKey(path, holder string) (*seal.Key, error) {
	key, err := seal.NewRunKey(rand.Reader)
	if err != nil {
		return nil, withCode(exitFailed, err, "")
	}
	pass := a.getenv("SAKSI_PASSPHRASE")
	text, err := key.Marshal(holder, []byte(pass))
	if err != nil {
		return nil, withCode(exitFailed, err, "")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, withCode(exitFailed, err, "")
	}
	if err := writeNew(path, text, 0o600); err != nil {
		return nil, withCode(exitFailed, err, "choose another file with --key; saksi key show prints an existing key")
	}
	if err := writeNew(path+".pub", []byte(seal.PublicLine(key.PublicKey())+" "+holder+"\n"), 0o644); err != nil {
		return nil, withCode(exitFailed, err, "")
	}
	if pass == "" {
		fmt.Fprintf(a.err, "saksi: %s is not encrypted; guard it, or use a key of an ssh-agent or a hardware token\n", safe(path))
	}
	return key, nil
}

// writeNew writes a file that must not exist, to disk.
func writeNew(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// publicKey reads the public half of a key: the file itself, or FILE.pub beside
// it; only without both is the private key opened.
func (a *app) publicKey(path string) (ssh.PublicKey, error) {
	for _, name := range []string{path, path + ".pub"} {
		if text, err := os.ReadFile(name); err == nil {
			if pub, err := seal.ParsePublicLine(strings.TrimSpace(string(text))); err == nil {
				return pub, nil
			}
		}
	}
	key, err := a.loadKey(path)
	if err != nil {
		return nil, err
	}
	defer key.close()
	return key.PublicKey(), nil
}

func (a *app) printKey(path string, pub ssh.PublicKey, holder string) error {
	if a.json {
		out := newJSONLines(a.out)
		if err := out.write(map[string]string{"file": jsonText(path), "fingerprint": seal.Fingerprint(pub), "holder": holder,
			"authority": seal.AuthorityLine(pub), "line": seal.HolderLine(pub, holder)}); err != nil {
			return err
		}
		return out.flush()
	}
	_, err := fmt.Fprintf(a.out, "# %s %s\n%s\n%s\n", seal.Fingerprint(pub), safe(path), seal.AuthorityLine(pub), seal.HolderLine(pub, holder))
	return err
}
