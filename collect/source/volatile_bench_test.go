package source

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
)

// discard is a collect.Output that counts and forgets.
type discard struct{ bytes int64 }

func (d *discard) File(x bundle.Exhibit, size int64, _ collect.Reader) (bundle.Exhibit, error) {
	d.bytes += size
	return x, nil
}

func (d *discard) Bytes(x bundle.Exhibit, b []byte) (bundle.Exhibit, error) {
	d.bytes += int64(len(b))
	return x, nil
}

func (d *discard) Records(bundle.Exhibit) (collect.RecordStream, error) {
	return &countedStream{}, nil
}

// countedStream marshals records and keeps nothing but their size.
type countedStream struct{ bytes int64 }

func (s *countedStream) Record(v any) error {
	b, err := json.Marshal(v)
	s.bytes += int64(len(b)) + 1
	return err
}

func (s *countedStream) Line(b []byte) error {
	s.bytes += int64(len(b)) + 1
	return nil
}

func (s *countedStream) Close() (int, int64, error) { return 1, s.bytes, nil }

// BenchmarkVolatile measures the volatile sources on this host. With
// SAKSI_BENCH_SOCKETS=N this process holds N more sockets, with
// SAKSI_BENCH_PROCS=N there are N more sleeping processes.
func BenchmarkVolatile(b *testing.B) {
	extra, _ := strconv.Atoi(os.Getenv("SAKSI_BENCH_SOCKETS"))
	for range extra {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			b.Fatal(err)
		}
		defer unix.Close(fd)
	}
	crowd, _ := strconv.Atoi(os.Getenv("SAKSI_BENCH_PROCS"))
	for range crowd {
		p, err := os.StartProcess("/bin/sleep", []string{"sleep", "600"}, &os.ProcAttr{})
		if err != nil {
			b.Fatal(err)
		}
		defer func() {
			_ = p.Kill()
			_, _ = p.Wait()
		}()
	}
	for _, s := range []collect.Source{exe(), pidview(), process(), socket(), netns(), ebpf()} {
		b.Run(s.Describe().Name, func(b *testing.B) {
			env, _ := liveEnv(b)
			env.Out = &discard{}
			items, err := s.Plan(context.Background(), env)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			var out bundle.Outcome
			for b.Loop() {
				if out, err = s.Collect(context.Background(), env, items[0]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(out.Bytes)/1e6, "MB")
		})
	}
	if names, err := os.ReadDir("/proc"); err == nil {
		b.Logf("%d entries in /proc, %d more sockets, %d more processes", len(names), extra, crowd)
	}
}
