package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/collect/record"
)

// Rows inside a record that cannot be read, or are beyond the bound, are told.
func TestRowsOfRecordsAreAccountedFor(t *testing.T) {
	tcp := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
		"   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 17 1 0\n"
	row := tcp[strings.IndexByte(tcp, '\n')+1:]
	piece := func(s string) *record.Piece { return &record.Piece{Data: record.Bytes(s)} }
	net := func(name string, p *record.Piece) any {
		return &record.NetNS{Type: "netns", At: recordNow, Ino: 1, PID: 1, Tasks: 1, Files: map[string]*record.Piece{name: p}}
	}
	kernel := func(name, data string) any {
		return &record.Kernel{Type: "kernel", At: recordNow, Name: name, Piece: record.Piece{Data: record.Bytes(data)}}
	}
	for name, c := range map[string]struct {
		stream string
		line   any
		events int
		code   string
		words  string
	}{
		"a whole table":       {"netns", net("tcp", piece(tcp)), 2, "", ""},
		"a cut row":           {"netns", net("tcp", piece(tcp+"   1: 0100007F:00")), 2, "unreadable", "1 rows of tcp"},
		"an address too long": {"netns", net("udp", piece(tcp+strings.Replace(row, "0100007F", "0100007F0", 1))), 2, "unreadable", "1 rows of udp"},
		"a uid of words":      {"netns", net("tcp6", piece(strings.Replace(tcp, "     0        0 17", "     x        0 17", 1))), 1, "unreadable", "1 rows of tcp6"},
		"too many rows":       {"netns", net("tcp", piece(strings.Repeat(row, maxRows+3))), maxRows + 1, "too-many", "3 more rows of tcp"},
		"a cut neighbour":     {"netns", net("arp", piece("IP address HW type Flags HW address Mask Device\n192.0.2.1 0x1 0x2\n")), 1, "unreadable", "1 rows of arp"},
		"a cut module":        {"kernel", kernel("/proc/modules", "nf_tables 303104 0 - Live 0xffffffffc0a00000\nnf_ta"), 2, "unreadable", "1 rows of /proc/modules"},
		"many hooks":          {"kernel", kernel("/sys/kernel/tracing/enabled_functions", strings.Repeat("f (1)\n", maxHooks+2)), maxHooks + 1, "too-many", "2 more rows"},
		"rules of arptables":  {"netfilter", &record.XTable{Type: "xtables", At: recordNow, Family: 3, Table: record.Bytes("filter"), Entries: record.Bytes("rules")}, 1, "unread", "5 bytes"},
		"an odd stat":         {"process", &record.Process{Type: "process", At: recordNow, PID: 7, Files: map[string]*record.Piece{"stat": piece("7 (x S 1")}}, 1, "unreadable", "process 7"},
	} {
		t.Run(name, func(t *testing.T) {
			data := jsonl(t, c.line)
			k := parseRecords(t, c.stream, data)
			if len(k.Events) != c.events {
				t.Errorf("%d events, want %d", len(k.Events), c.events)
			}
			if c.code == "" && len(k.Warnings) == 0 {
				return
			}
			if len(k.Warnings) != 1 || k.Warnings[0].Code != c.code || !strings.Contains(k.Warnings[0].Message, c.words) || k.Warnings[0].Length != int64(len(data)) {
				t.Errorf("warnings %+v", k.Warnings)
			}
		})
	}
}

// What a line does not say is not taken for zero: a socket without its uid is
// not root's, a file without its times not of 1970, a clock reading without the
// time since boot shows no step.
func TestMissingMembersAreUnknown(t *testing.T) {
	k := parseRecords(t, "socket", []byte(`{"t":"socket","at":1700000000000000000,"ino":7,"filter_state":"none"}`+"\n"))
	if len(k.Events) != 1 || k.Events[0].Actor != "" || len(k.Events[0].Fields) != 2 {
		t.Errorf("socket: %+v", k.Events)
	}
	k = parseRecords(t, "filestat", []byte(`{"t":"file","path":"/etc/x","mode":33188,"mtime":0,"atime":5}`+"\n"))
	if len(k.Events) != 2 || len(k.Warnings) != 1 || k.Warnings[0].Code != "no-time" || k.Events[0].Meaning != "m..." || k.Events[1].Meaning != ".a.." {
		t.Errorf("file: %+v %+v", k.Events, k.Warnings)
	}
	k = parseRecords(t, "clock", []byte(`{"when":"start","realtime":1700000000000000000,"boottime":86400000000000}`+"\n"+`{"when":"end","realtime":1700000001000000000}`+"\n"))
	if len(k.Events) != 2 || k.Events[1].Action != "reading" {
		t.Errorf("clock: %+v", k.Events)
	}
}

// Bytes that are no UTF-8 cannot have come from the collector: the record is
// read, and said to be damaged.
func TestRecordsThatAreNotUTF8(t *testing.T) {
	for stream, line := range map[string]string{
		"filestat": `{"t":"file","path":"/etc/p` + "\xff" + `sswd","mode":33188,"atime":5,"mtime":5,"ctime":5}`,
		"mount":    `{"t":"mount","at":1700000000000000000,"point":"/m` + "\xfe" + `t"}`,
	} {
		k := parseRecords(t, stream, []byte(line+"\n"))
		if len(k.Events) != 1 || len(k.Warnings) != 1 || k.Warnings[0].Code != "not-utf8" {
			t.Errorf("%s: %d events, warnings %s", stream, len(k.Events), fmt.Sprint(k.Warnings))
		}
	}
}
