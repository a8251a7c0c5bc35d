package hosttest

import (
	"syscall"

	"github.com/saksi-dfir/saksi/collect/record"
)

// BPFNext implements host.Kernel over the recorded objects but the unlisted.
func (k *Kernel) BPFNext(kind string, after uint32) (uint32, error) {
	if err := k.call("bpf next"); err != nil {
		return 0, err
	}
	best := uint32(0)
	for _, o := range k.BPF {
		if o.Type == "bpf-"+kind && !o.Unlisted && o.ID > after && (best == 0 || o.ID < best) {
			best = o.ID
		}
	}
	if best == 0 {
		return 0, syscall.ENOENT
	}
	return best, nil
}

// BPFExists implements host.Kernel.
func (k *Kernel) BPFExists(kind string, id uint32) error {
	_, err := k.BPFObject(kind, id, 0)
	return err
}

// BPFObject implements host.Kernel.
func (k *Kernel) BPFObject(kind string, id uint32, _ int) (record.BPF, error) {
	if err := k.call("bpf open"); err != nil {
		return record.BPF{}, err
	}
	for _, o := range k.BPF {
		if o.Type == "bpf-"+kind && o.ID == id {
			o.Unlisted, o.Holders = false, nil
			return o, nil
		}
	}
	return record.BPF{}, syscall.ENOENT
}

// BPFCgroup implements host.Kernel: recorded hooks whose target is the path.
func (k *Kernel) BPFCgroup(path string) ([]record.Hook, error) {
	return k.hooks("bpf query", func(h record.Hook) bool { return h.Where == "cgroup" && string(h.Target) == path })
}

// BPFPinned implements host.Kernel over hooks recorded as pins.
func (k *Kernel) BPFPinned(path string) (string, uint32, error) {
	list, err := k.hooks("bpf open", func(h record.Hook) bool { return h.Where == "pin" && string(h.Target) == path })
	if err != nil {
		return "", 0, err
	}
	if len(list) == 0 || len(list[0].IDs) == 0 {
		return "", 0, syscall.ENOENT
	}
	return string(list[0].Name), list[0].IDs[0], nil
}

// NetHooks implements host.Kernel: recorded hooks of the namespace of a process.
func (k *Kernel) NetHooks(pid, _ int) ([]record.Hook, error) {
	return k.hooks("net hooks", func(h record.Hook) bool {
		return h.Where != "cgroup" && h.Where != "pin" && h.Where != "perf" && h.Where != "sockmap" && h.NetNS == k.netns[pid]
	})
}

func (k *Kernel) hooks(call string, want func(record.Hook) bool) ([]record.Hook, error) {
	if err := k.call(call); err != nil {
		return nil, err
	}
	var out []record.Hook
	for _, h := range k.Hooks {
		if want(h) {
			out = append(out, h)
		}
	}
	return out, nil
}

// BPFTaskFD implements host.Kernel: recorded hooks of perf events by their holder.
func (k *Kernel) BPFTaskFD(tid, fd int) (record.Hook, error) {
	list, err := k.hooks("bpf task fd", func(h record.Hook) bool {
		return h.Where == "perf" && len(h.Holders) > 0 && h.Holders[0].FD == fd && (h.Holders[0].PID == tid || h.Holders[0].TID == tid)
	})
	if err != nil {
		return record.Hook{}, err
	}
	if len(list) == 0 {
		return record.Hook{}, syscall.ENOENT
	}
	list[0].Holders = nil
	return list[0], nil
}

// BPFQueryMap implements host.Kernel: recorded hooks of a map, by its id.
func (k *Kernel) BPFQueryMap(id uint32) ([]record.Hook, error) {
	return k.hooks("bpf query", func(h record.Hook) bool { return h.Where == "sockmap" && uint32(h.Index) == id })
}
