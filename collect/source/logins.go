package source

import "github.com/saksi-dfir/saksi/collect"

// logins takes the records of who was on the host.
func logins() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "logins",
			Doc: "utmp, wtmp, btmp and lastlog with their rotated copies, the SQLite successors wtmpdb and lastlog2, login counters, " +
				"sessions and lingering users of systemd-logind: who was on the host, from where, and who could have seen something.",
			Effects:    "page cache only",
			References: []string{"utmp(5)", "lastlog(8)", "faillog(5)", "pam_lastlog2(8)", "wtmpdb(8)", "systemd-logind.service(8)"},
			Group:      collect.GroupLogs,
			MinKernel:  "3.10",
			Root:       true,
			Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
		},
		wants: []string{
			"/run/utmp", "?/var/run/utmp", "?/run/utmps/utmp", "/var/log/wtmp", "?/var/log/wtmp[.-]*", "/var/log/btmp", "?/var/log/btmp[.-]*",
			"/var/log/lastlog", "?/var/log/lastlog[.-]*", "?/var/log/faillog", "?/var/log/tallylog", "?/run/faillock/", "?/var/run/faillock/",
			"?/var/lib/wtmpdb/", "?/var/lib/lastlog/", "?/var/log/wtmp.db", "?/run/systemd/sessions/", "?/run/systemd/users/", "?/run/systemd/seats/",
			"?/var/lib/systemd/linger/", "?/var/lib/systemd/pstore/", "?/var/log/sa/", "?/var/log/sysstat/", "?/var/log/account/pacct*", "?/var/account/pacct*",
		},
		skip: notRecord,
		cap:  8 << 30,
	}
}

// notRecord leaves out the FIFOs that logind keeps beside its session files:
// only regular files are visited anyway, this spares the item.
func notRecord(path string) bool { return hasSuffix(path, ".ref") }
