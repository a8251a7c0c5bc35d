package source

import (
	"context"
	"fmt"
)

// listsCap bounds the lists of the kernel that are kept to be gone through twice.
const listsCap = 4 << 20

// list gives one of the socketTables of a namespace: the text that was kept, or
// what the kernel says now.
func (s *socketSweep) list(ctx context.Context, ns uint64, file string) (data []byte, cut bool, err error) {
	name := s.netns[ns].dir + "/net/" + file
	if data, ok := s.lists[name]; ok {
		return data, false, nil
	}
	if data, cut, err = s.proc.Read(ctx, name, procNetCap); err != nil {
		return nil, false, fmt.Errorf("list of sockets: %w", err)
	}
	if n := len(data); !cut && s.kept+n <= listsCap {
		s.kept += n
		s.lists[name] = data
	}
	return data, cut, nil
}

func (s *socketSweep) forgetLists() {
	clear(s.lists)
	s.kept = 0
}

// noteNetNS notes a namespace and, when it is a new one, which sockets are in it
// before descriptor tables are read on.
func (s *socketSweep) noteNetNS(ctx context.Context, t task) {
	target, err := s.proc.Readlink(t.dir + "/ns/net")
	if err != nil {
		return
	}
	if ino, ok := nsInode(target, netnsPrefix); ok {
		if _, known := s.netns[ino]; !known {
			s.netns[ino] = t
			s.noteEarly(ctx, ino)
		}
	}
}

// noteEarly remembers which sockets a namespace had when it was come upon.
func (s *socketSweep) noteEarly(ctx context.Context, ns uint64) {
	if s.again {
		return
	}
	for _, file := range socketTables() {
		data, _, err := s.proc.Read(ctx, s.netns[ns].dir+"/net/"+file, procNetCap)
		if err != nil {
			continue
		}
		for _, row := range listedSockets(file, string(data)) {
			if len(s.early) < maxSockets {
				s.early[row.ino] = true
			}
		}
	}
}

// withheld says whether a socket without a holder is taken for one of a process
// whose table is not shown: there is such a process, and the socket was there
// before the tables were read. To read them again would not tell more.
func (s *socketSweep) withheld(ino uint64) bool { return s.denied > 0 && s.early[ino] }
