package parser

import (
	"testing"
)

func TestWtmpConformance(t *testing.T) {
	tests := []struct {
		file       string
		records    int
		unreadable int // -1: at least one
	}{
		{"utmp/utmp", 14, 0},
		{"utmp/wtmp.1", 4, -1},
		{"utmp/utmp_x86_64", 6, 0},
		{"utmp/utmp_aarch64", 6, 0},
		{"utmp/utmp_s390", 6, 0},
		{"utmp/utmp_corrupted", 2, 2},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			data := conformance(t, tt.file)
			s := binParse(t, newWtmp(), nil, "/var/log/x.bin", data)
			binDump(t, s)
			if len(s.events) != tt.records {
				t.Errorf("%d records, want %d", len(s.events), tt.records)
			}
			if n := len(s.warnings); n != tt.unreadable && (tt.unreadable >= 0 || n == 0) {
				t.Errorf("%d warnings, want %d", n, tt.unreadable)
			}
		})
	}
}
