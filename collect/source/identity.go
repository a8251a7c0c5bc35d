package source

import "github.com/saksi-dfir/saksi/collect"

// identity takes the files that say who the host claims to be and how its
// clock and zone are kept.
func identity() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "identity",
			Doc: "machine-id, hostname, os-release, zone and clock keeping: every later time and name is relative to these. " +
				"The state files of chrony, ntpd and timesyncd tell how far the clock was off.",
			Effects:    "page cache only",
			References: []string{"machine-id(5)", "hostname(5)", "os-release(5)", "localtime(5)", "hwclock(8) on /etc/adjtime"},
			Group:      collect.GroupClock,
			MinKernel:  "3.10",
			Profiles:   []string{collect.ProfileSweep, collect.ProfileTriage, collect.ProfileFull},
		},
		wants: []string{
			"/etc/machine-id", "/etc/hostname", "/etc/os-release", "/etc/localtime", "?/etc/timezone", "?/etc/adjtime",
			"?/etc/redhat-release", "?/etc/debian_version", "?/etc/lsb-release", "?/etc/machine-info", "?/etc/sysconfig/clock",
			"?/etc/sysconfig/network", "?/var/lib/dbus/machine-id", "/etc/hosts", "/etc/resolv.conf", "?/etc/hosts.allow", "?/etc/hosts.deny",
			"?/etc/chrony.conf", "?/etc/chrony/chrony.conf", "?/etc/chrony/conf.d/", "?/etc/chrony/sources.d/", "?/etc/ntp.conf", "?/etc/ntpsec/ntp.conf",
			"?/etc/systemd/timesyncd.conf", "?/etc/systemd/timesyncd.conf.d/", "?/var/lib/chrony/drift", "?/var/lib/ntp/drift", "?/var/lib/ntpsec/ntp.drift",
			"?/var/lib/systemd/timesync/clock", "?/run/systemd/timesync/synchronized", "?/etc/fstab", "?/etc/crypttab", "?/etc/mtab",
			"?/var/lib/cloud/data/", "?/etc/cloud/cloud.cfg", "?/var/lib/cloud/instance/cloud-config.txt", "?/etc/hostid",
		},
		cap: 16 << 20,
	}
}
