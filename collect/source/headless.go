package source

import (
	"slices"

	"github.com/saksi-dfir/saksi/collect/host"
)

// bodyOf gives the task below which the memory, the executable and the
// descriptors of a process are seen: its leader, or the first thread that has
// an executable when the leader has exited while other threads run on. The
// kernel shows such a leader as a zombie with nothing of its own.
func bodyOf(proc host.Proc, pid int) task {
	leader := taskOf(pid, 0)
	if _, err := proc.Readlink(leader.dir + "/exe"); host.ErrnoName(err) != "ENOENT" {
		return leader
	}
	for _, tid := range threads(proc, pid) { // none: a kernel thread, or a process that has ended
		t := taskOf(pid, tid)
		if _, err := proc.Readlink(t.dir + "/exe"); err == nil {
			return t
		}
	}
	return leader
}

// id is the number to ask kernel calls for: of the thread, or of the process.
func (t task) id() int {
	if t.tid != 0 {
		return t.tid
	}
	return t.pid
}

// leaderFiles are the files that tell of the process as a whole, or that
// threads do not have: they are read of the leader even when it has exited.
func leaderFiles() []string { return []string{"status", "io", "limits", "timerslack_ns"} }

// byTask parts the files of a process into those read below its body and those
// read of its leader.
func byTask(body task, files []procFile) (own, leader []procFile) {
	if body.tid == 0 {
		return files, nil
	}
	for _, f := range files {
		if slices.Contains(leaderFiles(), f.name) {
			leader = append(leader, f)
		} else {
			own = append(own, f)
		}
	}
	return own, leader
}
