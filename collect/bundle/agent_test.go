package bundle

import (
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/crypto/ssh/agent"

	"github.com/saksi-dfir/saksi/collect/seal"
)

// waitFor waits until a socket of a process that was just started is there.
func waitFor(t *testing.T, path string) {
	t.Helper()
	for range 200 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s did not appear", path)
}

func agentSigner(t *testing.T, sock string) *seal.Key {
	t.Helper()
	conn, err := net.Dial("unix", sock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	signers, err := agent.NewClient(conn).Signers()
	if err != nil || len(signers) != 1 {
		t.Fatalf("%d keys, %v", len(signers), err)
	}
	return seal.FromSigner(signers[0])
}
