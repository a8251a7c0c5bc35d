// Package parser holds the parsers, one file each, and the list of them. A
// parser turns one exhibit into events, warnings and counters; the decoders it
// uses live in parse/format.
package parser

import (
	"sort"

	"github.com/saksi-dfir/saksi/parse"
)

// All lists every parser and every message decoder, sorted by name.
func All() []parse.Parser {
	all := parsers()
	for _, d := range decoders() {
		all = append(all, d)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Describe().Name < all[j].Describe().Name })
	return all
}

// parsers lists those that claim exhibits, sorted by name.
func parsers() []parse.Parser {
	return []parse.Parser{
		newApt(),
		newAptterm(),
		newAudit(),
		newBodyfile(),
		newBPF(),
		newClamscan(),
		newClock(),
		newContainer(),
		newDmesg(),
		newDpkg(),
		newFaillog(),
		newFilestat(),
		newHashes(),
		newHistory(),
		newJournal(),
		newLastlog(),
		newLastlog2(),
		newMapped(),
		newMemory(),
		newModule(),
		newMount(),
		newNetfilter(),
		newNetNS(),
		newOwnlog(),
		newPidview(),
		newPrivateKey(),
		newProcess(),
		newRunFacts(),
		newSocket(),
		newSquid(),
		newSyslog(),
		newVsftpd(),
		newTextlog(),
		newWeblog(),
		newWtmp(),
		newWtmpdb(),
		newXferlog(),
	}
}

// decoders lists those that read the messages of one program, sorted by name.
func decoders() []*decoder {
	return []*decoder{
		chrony(),
		clamav(),
		cron(),
		daemon(),
		fail2ban(),
		kernel(),
		pam(),
		postfix(),
		sshd(),
		su(),
		sudo(),
		systemd(),
		useradd(),
	}
}
