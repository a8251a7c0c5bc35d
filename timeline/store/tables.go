package store

import (
	"github.com/saksi-dfir/saksi/timeline/event"
)

// tables are the dictionaries of a segment; blocks hold numbers into them.
type tables struct {
	hosts    []event.HostKey
	sources  []string
	parsers  []string
	meanings []string
	actions  []string
	tags     []string
	names    []string
	exhibits []exhibitRef
}

func appendStrings(b []byte, list []string) []byte {
	b = putUv(b, uint64(len(list)))
	for _, s := range list {
		b = putStr(b, s)
	}
	return b
}

func (s *scan) strings() []string {
	n := s.count()
	out := make([]string, 0, min(n, 4096))
	for range n {
		if s.err != nil {
			return nil
		}
		out = append(out, s.str())
	}
	return out
}

func (t *tables) append(b []byte) []byte {
	b = putUv(b, uint64(len(t.hosts)))
	for _, h := range t.hosts {
		b = append(b, h[:]...)
	}
	for _, l := range [][]string{t.sources, t.parsers, t.meanings, t.actions, t.tags, t.names} {
		b = appendStrings(b, l)
	}
	b = putUv(b, uint64(len(t.exhibits)))
	for i := range t.exhibits {
		x := &t.exhibits[i]
		b = putStr(b, x.Run)
		b = putUv(b, uint64(x.Number))
		b = putStr(b, x.Path)
		b = putStr(b, x.Layer)
		b = append(b, x.SHA256[:]...)
	}
	return b
}

func (t *tables) read(s *scan) {
	n := s.count()
	for range n {
		h := s.bytes(8)
		if s.err != nil {
			return
		}
		t.hosts = append(t.hosts, event.HostKey(h))
	}
	for _, l := range []*[]string{&t.sources, &t.parsers, &t.meanings, &t.actions, &t.tags, &t.names} {
		*l = s.strings()
	}
	n = s.count()
	runs := map[string]string{}
	for range n {
		var x exhibitRef
		x.Run, x.Number, x.Path, x.Layer = s.str(), uint32(s.uv()), s.str(), s.str()
		h := s.bytes(32)
		if s.err != nil {
			return
		}
		x.SHA256 = [32]byte(h)
		if r, ok := runs[x.Run]; ok {
			x.Run = r
		} else {
			runs[x.Run] = x.Run
		}
		t.exhibits = append(t.exhibits, x)
	}
}
