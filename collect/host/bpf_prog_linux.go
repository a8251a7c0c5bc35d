package host

import (
	"encoding/binary"
	"runtime"

	"github.com/saksi-dfir/saksi/collect/record"
)

// Offsets in struct bpf_prog_info, linux/bpf.h. Members that an older kernel
// does not have stay zero.
const (
	progJitedLen, progXlatedLen         = 16, 20
	progJited, progXlated               = 24, 32
	progMapCount, progMaps              = 52, 56
	progSymCount, progSyms              = 104, 112
	progFuncSize, progFunc, progFuncs   = 132, 136, 144
	progLines, progLine, progLineSize   = 148, 152, 172
	progTagCount, progTags, progTagSize = 180, 184, 8
)

// array is a list that the kernel copies out of a program: how many it has,
// where their number and address stand in the struct, and their size.
type array struct{ count, addr, size int }

// progDump asks twice: the first answer, which the caller has, tells the sizes.
func progDump(fd int, o *record.BPF, first []byte, limit int) error {
	u32 := func(off int) int { return int(binary.NativeEndian.Uint32(first[off:])) }
	info := make([]byte, infoSize)
	var pin runtime.Pinner
	defer pin.Unpin()
	ask := func(a array) []byte {
		n := u32(a.count)
		if a.size <= 0 || a.size > 1<<12 {
			return nil
		}
		if n > limit/a.size {
			n, o.Cap = limit/a.size, true
		}
		buf := make([]byte, n*a.size)
		binary.NativeEndian.PutUint32(info[a.count:], uint32(n))
		putPtr(info[a.addr:], buf, &pin)
		return buf
	}
	xlated := ask(array{progXlatedLen, progXlated, 1})
	jited := ask(array{progJitedLen, progJited, 1})
	maps := ask(array{progMapCount, progMaps, 4})
	syms := ask(array{progSymCount, progSyms, 8})
	tags := ask(array{progTagCount, progTags, progTagSize})
	funcs := ask(array{progFuncs, progFunc, u32(progFuncSize)})
	lines := ask(array{progLines, progLine, u32(progLineSize)})
	binary.NativeEndian.PutUint32(info[progFuncSize:], uint32(u32(progFuncSize)))
	binary.NativeEndian.PutUint32(info[progLineSize:], uint32(u32(progLineSize)))
	n, err := bpfInfo(fd, info)
	if err != nil {
		return err
	}
	for _, off := range []int{progXlated, progJited, progMaps, progSyms, progTags, progFunc, progLine} {
		clear(info[off : off+8]) // our own addresses are no evidence
	}
	o.Info, o.Xlated, o.Jited, o.FuncInfo, o.LineInfo, o.JitedSyms, o.Tags = info[:n], xlated, jited, funcs, lines, syms, tags
	for ; len(maps) >= 4; maps = maps[4:] {
		o.MapIDs = append(o.MapIDs, binary.NativeEndian.Uint32(maps))
	}
	return nil
}

// btfDump takes the type data of programs; that of the kernel and its modules
// is large and lies in /sys/kernel/btf.
func btfDump(fd int, o *record.BPF, first []byte, limit int) error {
	size, nameLen := binary.NativeEndian.Uint32(first[8:]), binary.NativeEndian.Uint32(first[24:])
	kernelOwn := binary.NativeEndian.Uint32(first[28:]) != 0
	name := make([]byte, min(nameLen+1, 256))
	var data []byte
	if !kernelOwn {
		data = make([]byte, min(int(size), limit))
		o.Cap = int(size) > limit
	}
	info := make([]byte, 32)
	var pin runtime.Pinner
	defer pin.Unpin()
	putPtr(info, data, &pin)
	binary.NativeEndian.PutUint32(info[8:], uint32(len(data)))
	putPtr(info[16:], name, &pin)
	binary.NativeEndian.PutUint32(info[24:], uint32(len(name)))
	if _, err := bpfInfo(fd, info); err != nil {
		return err
	}
	o.Data, o.Name = data, name[:min(int(nameLen), len(name))]
	return nil
}
