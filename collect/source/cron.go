package source

import "github.com/saksi-dfir/saksi/collect"

// cron takes what runs at a time.
func cron() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name:       "cron",
			Doc:        "crontabs of the system and of every account, anacron and at: a usual way for an implant to start again.",
			Effects:    "page cache only",
			References: []string{"crontab(5)", "cron(8)", "anacron(8)", "at(1)"},
			Group:      collect.GroupConfig,
			MinKernel:  "3.10",
			Root:       true,
			Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
		},
		wants: []string{
			"/etc/crontab", "/etc/cron.d/", "?/etc/cron.hourly/", "?/etc/cron.daily/", "?/etc/cron.weekly/", "?/etc/cron.monthly/", "?/etc/cron.yearly/",
			"/var/spool/cron/", "?/var/cron/", "?/etc/crontabs/", "?/etc/anacrontab", "?/var/spool/anacron/", "?/var/spool/at/", "?/var/spool/atjobs/",
			"?/etc/cron.allow", "?/etc/cron.deny", "?/etc/at.allow", "?/etc/at.deny", "?/etc/default/cron", "?/etc/sysconfig/crond", "?/etc/incron.d/",
			"?/var/spool/incron/", "?/etc/fcron.conf", "?/var/spool/fcron/", "?/etc/periodic/",
		},
		cap: 64 << 20,
	}
}
