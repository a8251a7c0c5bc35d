package source

import (
	"encoding/binary"
	"strings"

	"github.com/saksi-dfir/saksi/collect/host"
	"github.com/saksi-dfir/saksi/collect/record"
)

// maxBTF bounds the type data of the kernel: 4 to 8 MiB on distributions.
const maxBTF = 32 << 20

// btfTypes names entries of the kernel's own type data, by which programs of
// tracing and security hooks say what they are attached to.
type btfTypes struct {
	names map[uint32]string // id of a BTF object of the kernel -> vmlinux, a module
	read  map[string]*btfBlob
}

// note remembers the objects that belong to the kernel (struct bpf_btf_info).
func (b *btfTypes) note(o *record.BPF) {
	const kernelBTF = 28
	if kernelU32(o.Info, kernelBTF) == 0 || len(o.Name) == 0 {
		return
	}
	if b.names == nil {
		b.names = map[uint32]string{}
	}
	b.names[o.ID] = string(o.Name)
}

// attached names attach_btf_id of a program: "vmlinux:bpf_lsm_file_open"; nil
// when it has none, or hangs on another program.
func (b *btfTypes) attached(files host.Files, info []byte) record.Bytes {
	const objID, typeID = 220, 224 // in struct bpf_prog_info
	id := kernelU32(info, typeID)
	if id == 0 {
		return nil
	}
	object := "vmlinux"
	if n := kernelU32(info, objID); n != 0 {
		if object = b.names[n]; object == "" {
			return nil
		}
	}
	if strings.ContainsAny(object, "/\x00") {
		return nil
	}
	base := b.load(files, "vmlinux", nil)
	blob := base
	if object != "vmlinux" {
		blob = b.load(files, object, base)
	}
	if name := blob.name(id); name != "" {
		return record.Bytes(object + ":" + name)
	}
	return nil
}

func (b *btfTypes) load(files host.Files, object string, base *btfBlob) *btfBlob {
	if blob, ok := b.read[object]; ok {
		return blob
	}
	if b.read == nil {
		b.read = map[string]*btfBlob{}
	}
	data, _, err := files.ReadFile("/sys/kernel/btf/"+object, maxBTF)
	if err != nil {
		data = nil
	}
	blob := newBTFBlob(data, base)
	b.read[object] = blob
	return blob
}

// btfBlob is type data as Documentation/bpf/btf.rst describes it. Ids and
// strings of a module continue those of its base.
type btfBlob struct {
	base    *btfBlob
	types   []byte
	strings []byte
	count   uint32 // ids up to and with the last of this blob
}

func newBTFBlob(data []byte, base *btfBlob) *btfBlob {
	const magic, header = 0xeb9f, 24
	b := &btfBlob{base: base}
	if base != nil {
		b.count = base.count
	}
	if len(data) < header || binary.LittleEndian.Uint16(data) != magic {
		return b
	}
	part := func(off int) []byte {
		at, n := uint64(kernelU32(data, 4))+uint64(kernelU32(data, off)), uint64(kernelU32(data, off+4))
		if at+n > uint64(len(data)) {
			return nil
		}
		return data[at : at+n]
	}
	b.types, b.strings = part(8), part(16)
	b.each(func(uint32, []byte) bool { b.count++; return true })
	return b
}

// each calls fn with every type and its id until it returns false.
func (b *btfBlob) each(fn func(id uint32, t []byte) bool) {
	id := uint32(1)
	if b.base != nil {
		id = b.base.count + 1
	}
	for t := b.types; len(t) >= 12; id++ {
		size := btfSize(kernelU32(t, 4))
		if size > len(t) || !fn(id, t) {
			return
		}
		t = t[size:]
	}
}

// btfSize gives the length of an entry by its kind and number of members.
func btfSize(info uint32) int {
	const fixed = 12
	n := int(info & 0xffff)
	switch info >> 24 & 0x1f {
	case 1, 14, 17: // int, variable, declaration tag
		return fixed + 4
	case 3: // array
		return fixed + 12
	case 4, 5, 15, 19: // struct, union, section, 64-bit enumeration
		return fixed + 12*n
	case 6, 13: // enumeration, prototype
		return fixed + 8*n
	}
	return fixed
}

func (b *btfBlob) name(id uint32) (name string) {
	if b == nil {
		return ""
	}
	if b.base != nil && id <= b.base.count {
		return b.base.name(id)
	}
	b.each(func(at uint32, t []byte) bool {
		if at == id {
			name = b.text(kernelU32(t, 0))
		}
		return at < id
	})
	return name
}

func (b *btfBlob) text(off uint32) string {
	s := b.strings
	if b.base != nil {
		if n := uint32(len(b.base.strings)); off < n {
			s = b.base.strings
		} else {
			off -= n
		}
	}
	if uint64(off) >= uint64(len(s)) {
		return ""
	}
	name, _, _ := strings.Cut(string(s[off:min(len(s), int(off)+512)]), "\x00")
	return name
}

// kernelU32 reads a member of a struct of the kernel; what is not there is zero.
func kernelU32(b []byte, off int) uint32 {
	if off+4 > len(b) {
		return 0
	}
	return binary.LittleEndian.Uint32(b[off:])
}
