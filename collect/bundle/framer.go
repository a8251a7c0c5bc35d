package bundle

import (
	"crypto/sha256"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// framer cuts tar bytes into frames of FrameSize and writes them in order.
// With more than one worker frames are compressed side by side; the bytes
// written are the same for any number of workers.
type framer struct {
	out   io.Writer
	led   *ledger
	enc   *zstd.Encoder
	buf   []byte // content of the frame being filled
	plain int64  // tar bytes taken in, written or not

	free  chan []byte
	spare chan []byte // buffers for stored frames
	jobs  chan *frameJob
	order chan *frameJob
	wg    sync.WaitGroup

	mu  sync.Mutex
	err error // first error of the output; sticks
	dst []byte
}

type frameJob struct {
	raw, stored []byte
	done        chan struct{}
	flush       chan struct{} // set: no frame, all frames before it are out
}

// tailRoom is how many frames are kept for the tail.
const tailRoom = maxTail / FrameSize

// storedRoom holds a frame that does not compress.
const storedRoom = FrameSize + FrameSize/64

func newFramer(out io.Writer, led *ledger, workers int) (*framer, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(max(workers, 1)),
		zstd.WithEncoderCRC(true), zstd.WithWindowSize(FrameSize), zstd.WithSingleSegment(true), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("bundle: zstd: %w", err)
	}
	f := &framer{out: out, led: led, enc: enc, buf: make([]byte, 0, FrameSize)}
	if workers <= 1 {
		f.dst = make([]byte, 0, storedRoom)
	}
	if workers > 1 {
		f.free = make(chan []byte, workers+2)
		f.spare = make(chan []byte, workers+3)
		for range workers + 2 {
			f.free <- make([]byte, 0, FrameSize)
		}
		f.jobs = make(chan *frameJob)
		f.order = make(chan *frameJob, workers+2)
		f.wg.Add(workers + 1)
		for range workers {
			go f.work()
		}
		go f.drain()
	}
	return f, nil
}

func (f *framer) work() {
	defer f.wg.Done()
	for j := range f.jobs {
		var dst []byte
		select {
		case dst = <-f.spare:
		default:
			dst = make([]byte, 0, storedRoom)
		}
		j.stored = f.enc.EncodeAll(j.raw, dst[:0])
		close(j.done)
	}
}

// drain writes compressed frames in the order in which they were cut.
func (f *framer) drain() {
	defer f.wg.Done()
	for j := range f.order {
		if j.flush != nil {
			close(j.flush)
			continue
		}
		<-j.done
		f.put(j.stored, uint32(len(j.raw)))
		f.free <- j.raw[:0]
		select {
		case f.spare <- j.stored:
		default:
		}
	}
}

// put writes one stored frame and accounts for it.
func (f *framer) put(stored []byte, content uint32) {
	if f.failed() != nil {
		return
	}
	if len(f.led.frames) >= maxFrames-tailRoom {
		f.fail(fmt.Errorf("bundle: more than %d frames: split what is collected into several runs", maxFrames-tailRoom))
		return
	}
	if _, err := f.out.Write(stored); err != nil {
		f.fail(fmt.Errorf("bundle: write: %w", err))
		return
	}
	f.led.frame(frameRef{stored: uint32(len(stored)), content: content, sum: sha256.Sum256(stored)})
}

func (f *framer) failed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *framer) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

// space is room in the frame being filled, never empty; fill takes what was
// put into it.
func (f *framer) space() []byte { return f.buf[len(f.buf):cap(f.buf)] }

func (f *framer) fill(n int) error {
	f.buf = f.buf[:len(f.buf)+n]
	f.plain += int64(n)
	if len(f.buf) == FrameSize {
		f.cut()
	}
	return f.failed()
}

// Write takes tar bytes.
func (f *framer) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 {
		n := copy(f.space(), p)
		p = p[n:]
		if err := f.fill(n); err != nil {
			return total - len(p), err
		}
	}
	return total, f.failed()
}

// cut ends the frame being filled.
func (f *framer) cut() {
	if len(f.buf) == 0 {
		return
	}
	if f.jobs == nil {
		f.dst = f.enc.EncodeAll(f.buf, f.dst[:0])
		f.put(f.dst, uint32(len(f.buf)))
		f.buf = f.buf[:0]
		return
	}
	j := &frameJob{raw: f.buf, done: make(chan struct{})}
	f.order <- j
	f.jobs <- j
	f.buf = <-f.free
}

// sync ends the frame being filled and waits until all is written, so that
// the ledger is up to date.
func (f *framer) sync() error {
	f.cut()
	if f.jobs != nil {
		j := &frameJob{flush: make(chan struct{})}
		f.order <- j
		<-j.flush
	}
	return f.failed()
}

// skippable writes a text that decompressors skip. Only after sync.
func (f *framer) skippable(text []byte) error {
	f.put(skippableFrame(text), 0)
	return f.failed()
}

// close stops the workers; it does not end the frame being filled.
func (f *framer) close() {
	if f.jobs != nil {
		close(f.jobs)
		close(f.order)
		f.wg.Wait()
		f.jobs = nil
	}
	_ = f.enc.Close()
}
