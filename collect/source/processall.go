package source

import (
	"context"
	"fmt"
	"strconv"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/record"
)

// processWorkers is how many processes are read at a time: a read is mostly
// the kernel's work, and volatile state should be of one moment.
const processWorkers = 2

// processLine is a process as it goes into the record.
type processLine struct {
	json []byte
	read int // bytes of its files
}

// all reads the processes, some at a time, and writes them in order.
func (r *processReader) all(ctx context.Context, pids []int, stream collect.RecordStream) error {
	ctx, cancel := context.WithCancel(ctx)
	queue := make(chan chan processLine, 2*processWorkers)
	go func() {
		defer close(queue)
		busy := make(chan struct{}, processWorkers)
		for _, pid := range pids {
			select {
			case busy <- struct{}{}:
			case <-ctx.Done():
				return
			}
			line, files := make(chan processLine, 1), r.wanted(pid)
			go func() {
				defer func() { <-busy }()
				line <- encodeProcess(r.read(ctx, pid, files))
			}()
			queue <- line
		}
	}()
	defer func() { // the readers have ended before their counts are used
		cancel()
		for line := range queue {
			<-line
		}
	}()
	for line := range queue {
		p := <-line
		if err := collect.Lines(stream, p.json); err != nil {
			return fmt.Errorf("process line: %w", err)
		}
		if err := throttle(ctx, r.env, p.read); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func encodeProcess(p *record.Process) processLine {
	l := processLine{json: append(appendProcess(nil, p), '\n')}
	for _, f := range p.Files {
		l.read += len(f.Data)
	}
	return l
}

// wanted lists the files to read of a process: those that are the same for all
// of a namespace are read of its first process only.
func (r *processReader) wanted(pid int) []procFile {
	var out []procFile
	for _, f := range processFiles() {
		if f.once == "" {
			out = append(out, f)
			continue
		}
		target, err := r.proc.Readlink(strconv.Itoa(pid) + "/ns/" + f.once)
		if key := f.name + "|" + target; err == nil && !r.shown[key] {
			r.shown[key] = true
			out = append(out, f)
		}
	}
	return out
}
