package parser

import (
	"strings"
	"testing"
)

func TestAuditConformance(t *testing.T) {
	tests := []struct {
		file       string
		records    int
		unreadable int
		events     int
	}{
		{"selinux.log", 7, 4, 6},
		{"audit_enriched.log", 29, 0, 12},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			s := binParse(t, newAudit(), nil, "/x.bin", conformance(t, tt.file))
			binDump(t, s)
			records := 0
			for _, e := range s.events {
				types, _ := e.Get("types")
				records += 1 + strings.Count(types, ",")
			}
			if records != tt.records || len(s.events) != tt.events {
				t.Errorf("%d records in %d events, want %d in %d", records, len(s.events), tt.records, tt.events)
			}
			if n := s.codes()["bad-record"]; n != tt.unreadable || len(s.warnings) != n {
				t.Errorf("%d of %d warnings are unreadable lines, want %d", n, len(s.warnings), tt.unreadable)
			}
		})
	}
}
