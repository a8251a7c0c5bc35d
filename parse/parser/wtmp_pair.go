package parser

import (
	"github.com/saksi-dfir/saksi/parse/format/utmp"
)

// wtmpPair is a session (login to logout) or a boot (boot to shutdown).
type wtmpPair struct {
	start, end int // record indices; end is -1 when nothing in the file ends it
	from, to   int64
	step       int64  // by how much the clock was set while it lasted, ns
	by         string // logout, shutdown, boot (no shutdown was recorded), relogin, or open
	user       string
}

// wtmpSurvey is what the first pass learns: which records belong together and
// which of the three files this is.
type wtmpSurvey struct {
	n       int
	pairs   []wtmpPair
	byIndex map[int]int    // record index to pair
	open    map[string]int // tty to pair of the session that is open on it
	prompts map[string]bool
	ended   map[int]bool // DEAD_PROCESS records that end a login prompt
	boot    int          // open boot's pair + 1
	old     int64        // time of the last "clock before the change" record, ns; 0 none
	steps   int64        // sum of the changes of the clock so far, ns
	ids     map[string]bool
	repeat  bool // an id occurs twice: appended, so not utmp
	failed  int  // records in the form of btmp
	other   int
	first   int
}

// wtmpPairs bounds the sessions that are paired; later ones stay as they are.
const wtmpPairs = 1 << 20

func (v *wtmpSurvey) piece(p *utmp.Piece) error {
	if p.Kind != utmp.Whole {
		return nil
	}
	if v.byIndex == nil {
		v.byIndex, v.prompts, v.ended = map[int]int{}, map[string]bool{}, map[int]bool{}
	}
	i, r := v.n, &p.Record
	v.n++
	if i == 0 {
		v.first = r.Type
	}
	v.kind(r)
	if len(v.pairs) >= wtmpPairs {
		return nil
	}
	at := int64(0) // none
	if r.Sec <= lastSecond {
		at = wtmpNano(r)
	}
	key := string(r.Line)
	if key == "" {
		key = "\x00" + string(r.ID)
	}
	switch r.Type {
	case utmp.OldTime:
		v.old = at
	case utmp.NewTime:
		if v.old != 0 && at != 0 {
			v.steps += at - v.old
		}
		v.old = 0
	case utmp.BootTime:
		v.closeAll(i, at, "boot")
		v.boot = v.start(i, at, "") + 1
	case utmp.RunLevel:
		if string(r.User) == "shutdown" {
			v.closeAll(i, at, "shutdown")
		}
	case utmp.LoginProcess, utmp.InitProcess:
		v.prompts[key] = true
	case utmp.UserProcess:
		delete(v.prompts, key)
		if n, ok := v.open[key]; ok {
			v.close(n, i, at, "relogin")
			delete(v.byIndex, i)
		}
		v.open[key] = v.start(i, at, string(r.User))
	case utmp.DeadProcess:
		if n, ok := v.open[key]; ok {
			v.close(n, i, at, "logout")
			delete(v.open, key)
		} else if v.prompts[key] {
			v.ended[i] = true
		}
		delete(v.prompts, key)
	}
	return nil
}

func (v *wtmpSurvey) kind(r *utmp.Record) {
	user := string(r.User)
	if r.Type == utmp.LoginProcess && user != "LOGIN" && user != "" {
		v.failed++
	} else {
		v.other++
	}
	if len(r.ID) > 0 && r.Type >= utmp.InitProcess {
		if v.ids[string(r.ID)] {
			v.repeat = true
		}
		if len(v.ids) < 4096 {
			v.ids[string(r.ID)] = true
		}
	}
}

func (v *wtmpSurvey) start(i int, at int64, user string) int {
	v.pairs = append(v.pairs, wtmpPair{start: i, end: -1, from: at, step: -v.steps, by: "open", user: user})
	v.byIndex[i] = len(v.pairs) - 1
	return len(v.pairs) - 1
}

func (v *wtmpSurvey) close(n, i int, at int64, by string) {
	p := &v.pairs[n]
	p.end, p.to, p.by, p.step = i, at, by, p.step+v.steps
	v.byIndex[i] = n
}

// closeAll ends every open session and the open boot.
func (v *wtmpSurvey) closeAll(i int, at int64, by string) {
	for key, n := range v.open {
		v.close(n, i, at, by)
		delete(v.open, key)
	}
	delete(v.byIndex, i)
	if v.boot > 0 {
		v.close(v.boot-1, i, at, by)
		v.boot = 0
		if by == "boot" {
			delete(v.byIndex, i)
		}
	}
	clear(v.prompts)
}

func (v *wtmpSurvey) finish() {
	v.ids = nil
	v.open = nil
}

// pairOf is the session or boot that record i starts or ends, or nil.
func (v *wtmpSurvey) pairOf(i int) *wtmpPair {
	n, ok := v.byIndex[i]
	if !ok {
		return nil
	}
	return &v.pairs[n]
}

func (v *wtmpSurvey) promptEnd(i int) bool { return v.ended[i] }

// source tells utmp, wtmp and btmp apart: by name, else by content. utmp holds
// one slot per terminal and begins with the boot; btmp holds failed attempts.
func (v *wtmpSurvey) source(byName string) string {
	switch {
	case byName != "":
		return byName
	case v.failed > 0 && v.other == 0:
		return "btmp"
	case v.first == utmp.BootTime && !v.repeat && v.n > 1:
		return "utmp"
	}
	return "wtmp"
}
