// Package rule holds the detectors, one file each. A detector decides by the
// structure of what it sees (which bytes a filter compares, from which file a
// process runs), never by a list of names or ports, and says with every
// finding which innocent explanation it could not exclude.
package rule

import "github.com/saksi-dfir/saksi/timeline/detect"

// All gives every detector, sorted by name.
func All() []detect.Detector {
	return []detect.Detector{
		AuditOff{},
		BPFPower{},
		ClockStep{},
		DeletedExe{},
		EmptyLock{},
		FirewallRule{},
		ForgedLine{},
		Hidden{},
		HistoryEnv{},
		LogCommand{},
		Masquerade{},
		PacketOrphan{},
		Preload{},
		ScannerReport{},
		SocketFilter{},
		TransientExe{},
		TransientExec{},
		WebShell{},
		WtmpOrder{},
	}
}
