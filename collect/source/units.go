package source

import "github.com/saksi-dfir/saksi/collect"

// units takes what systemd starts.
func units() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "units",
			Doc: "systemd units, drop-ins, timers, sockets, paths and generators of the system and of every account, as configured and as " +
				"they are under /run: what starts, when, as whom.",
			Effects:    "page cache only",
			References: []string{"systemd.unit(5)", "systemd.generator(7)", "systemd.environment-generator(7)"},
			Group:      collect.GroupConfig,
			MinKernel:  "3.10",
			Root:       true,
			Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
		},
		wants: []string{
			"/etc/systemd/", "/run/systemd/system/", "?/run/systemd/transient/", "?/run/systemd/generator/", "?/run/systemd/generator.early/",
			"?/run/systemd/generator.late/", "?/run/systemd/user/", "?/usr/local/lib/systemd/", "?/usr/local/share/systemd/", "/usr/lib/systemd/system/",
			"?/usr/lib/systemd/user/", "?/usr/lib/systemd/system-generators/", "?/usr/lib/systemd/user-generators/", "?/usr/lib/systemd/system-preset/",
			"?/usr/lib/systemd/system-sleep/", "?/usr/lib/systemd/system-shutdown/", "?/lib/systemd/system/", "?/lib/systemd/system-generators/",
			"?/usr/lib/systemd/system-environment-generators/", "?/usr/lib/systemd/user-environment-generators/", "?/run/systemd/system-generators/", "?/run/systemd/user-generators/",
			"?/usr/lib/systemd/user-preset/", "?/run/systemd/transient/", "?/usr/lib/environment.d/",
			"~/.config/systemd/", "~/.local/share/systemd/", "?/run/user/*/systemd/", "?/var/lib/systemd/timers/", "?/etc/environment.d/", "?/run/systemd/units/",
		},
		cap: 16 << 20,
	}
}
