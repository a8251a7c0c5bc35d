package source

import "github.com/saksi-dfir/saksi/collect"

// packages takes the databases of the package managers.
func packages() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "packages",
			Doc: "databases and transaction histories of rpm, dpkg, apk, pacman, snap and flatpak: what was installed when, and what a file should be. " +
				"The suspect's own database never clears a file.",
			Effects:    "page cache of their size, 50 to 300 MB on rpm hosts",
			References: []string{"rpm(8)", "dpkg(1)", "apk(8)", "pacman(8)", "dnf(8)"},
			Group:      collect.GroupConfig,
			MinKernel:  "3.10",
			Profiles:   []string{collect.ProfileFull},
		},
		wants: []string{
			"?/var/lib/dpkg/status", "?/var/lib/dpkg/status-old", "?/var/lib/dpkg/available", "?/var/lib/dpkg/diversions", "?/var/lib/dpkg/statoverride",
			"?/var/lib/dpkg/alternatives/", "?/var/lib/dpkg/triggers/", "?/var/lib/dpkg/info/", "?/var/lib/apt/extended_states", "?/var/backups/",
			"?/var/lib/rpm/", "?/usr/lib/sysimage/rpm/", "?/usr/share/rpm/", "?/var/lib/dnf/", "?/usr/lib/sysimage/libdnf5/", "?/var/lib/yum/history/", "?/var/lib/zypp/",
			"?/lib/apk/db/", "?/usr/lib/apk/db/", "?/var/lib/pacman/local/", "?/var/lib/snapd/state.json", "?/var/lib/flatpak/repo/config", "?/var/lib/portage/world", "?/var/db/pkg/",
		},
		cap: 2 << 30,
	}
}
