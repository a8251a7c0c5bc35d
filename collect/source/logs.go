package source

import (
	"strings"

	"github.com/saksi-dfir/saksi/collect"
)

// logs takes everything below /var/log and the volatile journal.
func logs() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "logs",
			Doc: "all regular files below /var/log and /run/log, of any form: text, journald, auditd, rotated, compressed. " +
				"Also logs elsewhere that the configuration of rsyslog, syslog-ng, auditd, logrotate (and what they include), systemd units and supervisord names, old log directories, and the kernel's crash store.",
			Effects:    "page cache of the size of the logs; --since skips what was last written before it",
			References: []string{"systemd-journald.service(8)", "auditd(8)", "rsyslogd(8)", "logrotate(8)"},
			Group:      collect.GroupLogs,
			MinKernel:  "3.10",
			Root:       true,
			Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
		},
		wants:  []string{"/var/log/", "?/run/log/", "?/var/adm/", "?/var/lib/systemd/coredump/.info", "?/sys/fs/pstore/", "?/var/spool/rsyslog/", "?/var/lib/rsyslog/", "?/var/crash/*.meta", "?/var/opt/log/"},
		more:   findLogs,
		aged:   true,
		follow: true,
	}
}

func hasSuffix(s string, any ...string) bool {
	for _, x := range any {
		if strings.HasSuffix(s, x) {
			return true
		}
	}
	return false
}

// hasDir says whether one of the directories is a component of a path.
func hasDir(p string, dirs ...string) bool {
	for _, d := range dirs {
		if strings.Contains(p, "/"+d+"/") {
			return true
		}
	}
	return false
}
