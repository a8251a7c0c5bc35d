package term

import (
	"net"
	"testing"
	"time"
)

// TestLineOfARealConnection asks the kernel for a TCP connection on loopback:
// its round trip, and what the other side has not read.
func TestLineOfARealConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("no loopback here: %v", err)
	}
	defer l.Close()
	far, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Skipf("no loopback here: %v", err)
	}
	defer far.Close()
	near, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	ca, cp, _ := net.SplitHostPort(near.RemoteAddr().String())
	sa, sp, _ := net.SplitHostPort(near.LocalAddr().String())
	ssh := ca + " " + cp + " " + sa + " " + sp
	line := OpenLine(func(k string) string { return map[string]string{"SSH_CONNECTION": ssh}[k] })
	if line == nil {
		t.Skip("the kernel answers no sock_diag here")
	}
	if trip, queued, ok := line.State(); !ok || trip <= 0 || trip > time.Second || queued != 0 {
		t.Errorf("an idle loopback connection: round trip %v, %d bytes under way, %v", trip, queued, ok)
	}
	_ = near.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	block := make([]byte, 1<<20)
	for range 64 { // until the buffers of both sides are full
		if _, err := near.Write(block); err != nil {
			break
		}
	}
	if _, queued, ok := line.State(); !ok || queued < mostQueued {
		t.Errorf("%d bytes under way while nobody reads, %v", queued, ok)
	}
	near.Close()
	far.Close()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, _, ok := line.State(); !ok {
			return
		}
	}
	t.Error("a closed connection still has a round trip")
}

func TestNoLine(t *testing.T) {
	for _, s := range []string{"", "192.0.2.1 1 192.0.2.2", "a b c d", "192.0.2.1 99999 192.0.2.2 22", "192.0.2.1 1024 192.0.2.2 22", "fe80::1%eth0 1 ::1 2"} {
		if l := OpenLine(func(string) string { return s }); l != nil {
			t.Errorf("%q gives a line", s)
		}
	}
}

func FuzzReadDiag(f *testing.F) {
	f.Add(make([]byte, 400))
	near, err := endpoint("127.0.0.1", "22")
	if err != nil {
		f.Fatal(err)
	}
	whole := diagRequest(near, near)
	f.Add(append(whole, make([]byte, 300)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if trip, queued, _ := readDiag(b); trip < 0 || queued < 0 {
			t.Errorf("round trip %v, %d bytes", trip, queued)
		}
	})
}
