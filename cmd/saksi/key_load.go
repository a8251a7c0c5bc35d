package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"

	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/term"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// heldKey is a key ready to sign; close ends a connection to an agent.
type heldKey struct {
	*seal.Key
	conn net.Conn
}

func (k *heldKey) close() {
	if k.conn != nil {
		_ = k.conn.Close()
	}
}

// loadKey reads a private key file, or, for a public key file, finds its
// private half in the ssh-agent.
func (a *app) loadKey(path string) (*heldKey, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, withCode(exitFailed, fmt.Errorf("no key at %q", path), "saksi key new makes one")
	}
	if err != nil {
		return nil, withCode(exitFailed, err, "")
	}
	if !bytes.Contains(text, []byte("PRIVATE KEY-----")) {
		return a.agentKey(path, strings.TrimSpace(string(text)))
	}
	key, err := seal.ParseKey(text, []byte(a.getenv("SAKSI_PASSPHRASE")))
	if errors.Is(err, seal.ErrPassphrase) {
		if pub, perr := os.ReadFile(path + ".pub"); perr == nil {
			if k, aerr := a.agentKey(path+".pub", strings.TrimSpace(string(pub))); aerr == nil {
				return k, nil
			}
		}
		key, err = a.askPassphrase(path, text)
	}
	if errors.Is(err, seal.ErrPassphrase) {
		return nil, withCode(exitFailed, fmt.Errorf("%q: %w", path, err), "ssh-add the key, or set SAKSI_PASSPHRASE for this one command")
	}
	if err != nil {
		return nil, withCode(exitFailed, fmt.Errorf("%q: %w", path, err), "a private key in OpenSSH form")
	}
	return &heldKey{Key: key}, nil
}

// askPassphrase asks at the terminal, once; without one nothing is asked.
func (a *app) askPassphrase(path string, text []byte) (*seal.Key, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, seal.ErrPassphrase
	}
	defer tty.Close()
	if _, err := fmt.Fprintf(tty, "Passphrase of %s: ", safe(path)); err != nil {
		return nil, seal.ErrPassphrase
	}
	pass, err := term.ReadPassword(int(tty.Fd()))
	_, _ = fmt.Fprintln(tty)
	if err != nil || len(pass) == 0 {
		return nil, seal.ErrPassphrase
	}
	return seal.ParseKey(text, pass)
}

// agentKey finds the private half of a public key in the ssh-agent.
func (a *app) agentKey(path, line string) (*heldKey, error) {
	pub, err := seal.ParsePublicLine(line)
	if err != nil {
		return nil, withCode(exitFailed, fmt.Errorf("%q: %w", path, err), "a private key, or the .pub file of a key in the ssh-agent")
	}
	sock := a.getenv("SSH_AUTH_SOCK")
	if sock == "" {
		return nil, withCode(exitFailed, fmt.Errorf("%q is a public key and no ssh-agent is running (SSH_AUTH_SOCK is not set)", path), "eval $(ssh-agent); ssh-add")
	}
	conn, err := net.Dial("unix", sock)
	if err != nil {
		return nil, withCode(exitFailed, fmt.Errorf("ssh-agent: %w", err), "")
	}
	signers, err := agent.NewClient(conn).Signers()
	if err == nil {
		for _, s := range signers {
			if bytes.Equal(s.PublicKey().Marshal(), pub.Marshal()) {
				return &heldKey{Key: seal.FromSigner(s), conn: conn}, nil
			}
		}
		err = fmt.Errorf("it holds %d keys, not %s", len(signers), seal.Fingerprint(pub))
	}
	_ = conn.Close()
	return nil, withCode(exitFailed, fmt.Errorf("ssh-agent: %w", err), "ssh-add the key of "+path)
}
