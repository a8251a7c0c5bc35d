package source

import "github.com/saksi-dfir/saksi/collect"

// scratch takes what lies where anybody may write and where nothing stays.
func scratch() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "scratch",
			Doc: "files in /dev/shm, /tmp, /var/tmp and the volatile directories of accounts: staging areas of implants, lost at the next boot. " +
				"Of one directory at most 4,096 files and 64 MiB, no file over 8 MiB; filestat lists all.",
			Effects:    "page cache of their size",
			References: []string{"hier(7)", "file-hierarchy(7)"},
			Group:      collect.GroupExe,
			MinKernel:  "3.10",
			Root:       true,
			Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
		},
		wants: []string{"/dev/shm/", "/tmp/", "/var/tmp/", "?/run/shm/", "?/dev/mqueue/", "?/run/user/*/", "?/run/initramfs/", "?/dev/.*/", "?/dev/[a-z]*.txt"},
		few:   true,
		total: 64 << 20,
		small: 8 << 20,
	}
}

// locks takes pid and lock files: some implants guard themselves with one.
func locks() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "locks",
			Doc: "pid and lock files below /run and /var/lock with their times: an empty one where digits are usual is a known mark of BPFDoor; " +
				"its time bounds the start of the implant.",
			Effects:    "page cache only",
			References: []string{"KISA BPFDoor inspection guide, May 2025", "daemon(7)"},
			Group:      collect.GroupExe,
			MinKernel:  "3.10",
			Profiles:   []string{collect.ProfileSweep, collect.ProfileTriage, collect.ProfileFull},
		},
		wants: []string{"?/run/*.pid", "?/run/*.lock", "?/run/*/*.pid", "?/run/*/*.lock", "?/run/lock/", "?/var/run/*.pid", "?/var/run/*.lock", "?/var/lock/", "?/tmp/*.pid", "?/tmp/*.lock", "?/tmp/.*lock", "?/dev/shm/*.pid", "?/dev/shm/*.lock"},
		cap:   4096,
	}
}
