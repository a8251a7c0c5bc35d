package source

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"net"
	"testing"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
)

// timeServer answers as a server whose clock is ahead; the first answer to
// each question is forged.
func timeServer(t *testing.T, ahead time.Duration, stratum byte) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("skip: no UDP on the loopback: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil || n < 48 {
				return
			}
			var a [48]byte
			a[0], a[1] = 4<<3|4, stratum
			_, _ = conn.WriteTo(a[:], from) // repeats nothing of the question
			copy(a[24:32], buf[40:48])
			binary.BigEndian.PutUint32(a[4:], 1<<16/100) // root delay 10 ms
			binary.BigEndian.PutUint64(a[32:], toNTP(time.Now().Add(ahead).UnixNano()))
			binary.BigEndian.PutUint64(a[40:], toNTP(time.Now().Add(ahead).UnixNano()))
			_, _ = conn.WriteTo(a[:], from)
		}
	}()
	return conn.LocalAddr().String()
}

func TestNTP(t *testing.T) {
	for _, ahead := range []time.Duration{37 * time.Second, -2 * time.Hour} {
		s := newShelf()
		env := &collect.Env{Out: s, NTP: []string{timeServer(t, ahead, 2)}, Throttle: func(context.Context, int) error { return nil }}
		items, err := ntpSource{}.Plan(context.Background(), env)
		if err != nil || len(items) != 1 {
			t.Fatalf("%d items, %v", len(items), err)
		}
		o, err := ntpSource{}.Collect(context.Background(), env, items[0])
		if err != nil || o.Outcome != bundle.Collected {
			t.Fatalf("%+v, %v", o, err)
		}
		best := 0
		for line := range bytes.Lines(s.records["ntp"]) {
			var x ntpSample
			if err := json.Unmarshal(line, &x); err != nil {
				t.Fatal(err)
			}
			if d := time.Duration(x.Offset) - ahead; d.Abs() > time.Duration(x.Error) {
				t.Errorf("offset %s +- %s, want %s inside", time.Duration(x.Offset), time.Duration(x.Error), ahead)
			}
			if x.Best {
				best++
			}
		}
		if best != 1 {
			t.Errorf("%d best samples", best)
		}
	}
}

func TestNTPWithoutTime(t *testing.T) {
	env := &collect.Env{Out: newShelf(), Throttle: func(context.Context, int) error { return nil }}
	o, err := ntpSource{}.Collect(context.Background(), env, bundle.PlanItem{Target: timeServer(t, 0, 0)})
	if err != nil || o.Outcome != bundle.Failed {
		t.Errorf("a server without time: %+v, %v", o, err)
	}
}

func TestNTPTimes(t *testing.T) {
	for _, ns := range []int64{0, 1, 999999999, 1711000000123456789, 2085978495999999999, 2085978496000000000, 4000000000000000000} {
		if got := fromNTP(toNTP(ns)); got-ns > 1 || ns-got > 1 {
			t.Errorf("%d came back as %d", ns, got)
		}
	}
}

func FuzzNTP(f *testing.F) {
	f.Add(make([]byte, 48))
	f.Fuzz(func(t *testing.T, a []byte) {
		s, err := parseNTP(a, 5, 9)
		if err == nil && (s.Delay < 0 || s.Error < 0) {
			t.Errorf("%+v", s)
		}
	})
}
