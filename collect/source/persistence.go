package source

import (
	"context"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
)

// persistence takes the other places from which something is started, loaded
// or hooked in.
func persistence() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "persistence",
			Doc: "start scripts, loader and library preloads with the libraries they name, PAM modules, shell start-up files, PAM, udev, D-Bus, polkit, kernel module configuration, package " +
				"manager and network hooks, MOTD, XDG autostart: where an implant makes itself start again.",
			Effects:    "page cache only",
			References: []string{"ld.so(8)", "pam.d(5)", "udev(7)", "modprobe.d(5)", "modules-load.d(5)", "binfmt.d(5)", "dbus-daemon(1)", "polkit(8)"},
			Group:      collect.GroupConfig,
			MinKernel:  "3.10",
			Root:       true,
			Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
		},
		wants: []string{
			"/etc/ld.so.preload", "?/etc/ld.so.conf", "?/etc/ld.so.conf.d/", "?/etc/ld.so.cache", "?/etc/rc.local", "?/etc/rc.d/", "?/etc/init.d/",
			"?/etc/rc[0-6S].d/", "?/etc/inittab", "?/etc/init/", "?/etc/default/", "?/etc/sysconfig/", "?/etc/conf.d/", "?/etc/local.d/", "?/etc/runlevels/",
			"/etc/profile", "?/etc/profile.d/", "?/etc/bash.bashrc", "?/etc/bashrc", "?/etc/bash_completion.d/", "?/etc/zsh/", "?/etc/zshrc", "?/etc/zshenv",
			"?/etc/fish/", "?/etc/csh.cshrc", "?/etc/csh.login", "?/etc/environment", "?/etc/skel/", "?/etc/inputrc", "?/etc/shells",
			"~/.bashrc", "~/.bash_profile", "~/.bash_login", "~/.bash_logout", "~/.bash_aliases", "~/.profile", "~/.zshrc", "~/.zshenv", "~/.zprofile",
			"~/.zlogin", "~/.zlogout", "~/.kshrc", "~/.cshrc", "~/.tcshrc", "~/.login", "~/.logout", "~/.config/fish/config.fish", "~/.config/autostart/",
			"~/.xinitrc", "~/.xsession", "~/.xprofile", "~/.vimrc", "~/.config/nvim/init.vim", "~/.gitconfig", "~/.pythonrc", "~/.inputrc", "~/.forward",
			"~/.rhosts", "~/.shosts", "~/.netrc", "~/.pam_environment", "~/.config/environment.d/", "~/.local/share/dbus-1/services/",
			"/etc/pam.d/", "?/etc/pam.conf", "?/etc/security/", "?/etc/udev/", "?/run/udev/rules.d/", "?/usr/lib/udev/rules.d/", "?/etc/modprobe.d/",
			"?/etc/modules", "?/etc/modules-load.d/", "?/usr/lib/modules-load.d/", "?/run/modules-load.d/", "?/etc/modprobe.conf", "?/etc/sysctl.conf", "?/etc/sysctl.d/",
			"?/usr/lib/sysctl.d/", "?/etc/binfmt.d/", "?/usr/lib/binfmt.d/", "?/etc/dbus-1/", "?/usr/share/dbus-1/system-services/", "?/etc/polkit-1/", "?/usr/share/polkit-1/rules.d/",
			"?/etc/xdg/autostart/", "?/etc/X11/Xsession.d/", "?/etc/X11/xinit/", "?/etc/update-motd.d/", "?/etc/motd", "?/etc/motd.d/", "?/etc/issue", "?/etc/issue.d/",
			"?/etc/apt/apt.conf", "?/etc/apt/apt.conf.d/", "?/etc/apt/sources.list", "?/etc/apt/sources.list.d/", "?/etc/yum.conf", "?/etc/yum.repos.d/",
			"?/etc/yum/pluginconf.d/", "?/etc/dnf/", "?/etc/pacman.conf", "?/etc/pacman.d/hooks/", "?/etc/apk/repositories", "?/etc/zypp/repos.d/",
			"?/etc/NetworkManager/dispatcher.d/", "?/etc/NetworkManager/NetworkManager.conf", "?/etc/networkd-dispatcher/", "?/etc/network/", "?/etc/netplan/",
			"?/etc/ifplugd/", "?/etc/ppp/ip-up.d/", "?/etc/ppp/ip-down.d/", "?/etc/dhcp/", "?/etc/openvpn/*.conf", "?/etc/wpa_supplicant/*.sh",
			"?/etc/initramfs-tools/", "?/etc/dracut.conf", "?/etc/dracut.conf.d/", "?/etc/grub.d/", "?/boot/grub/grub.cfg", "?/boot/grub2/grub.cfg",
			"?/boot/loader/entries/", "?/etc/kernel/", "?/etc/logrotate.conf", "?/etc/logrotate.d/", "?/etc/rsyslog.conf", "?/etc/rsyslog.d/", "?/etc/syslog.conf",
			"?/etc/syslog-ng/", "?/etc/audit/", "?/etc/audisp/", "?/etc/libaudit.conf", "?/etc/xinetd.conf", "?/etc/xinetd.d/", "?/etc/inetd.conf", "?/etc/supervisor/",
			"?/etc/supervisord.conf", "?/etc/supervisord.d/", "?/etc/monit/", "?/etc/monitrc", "?/etc/snmp/snmpd.conf", "?/etc/selinux/config", "?/etc/apparmor.d/local/",
			"?/etc/iptables/", "?/etc/nftables.conf", "?/etc/nftables/", "?/etc/ufw/", "?/etc/firewalld/", "?/etc/bpf/", "?/etc/python3*/sitecustomize.py", "?/usr/lib/python3*/sitecustomize.py",
			"?/usr/lib/python3*/usercustomize.py", "?/usr/local/lib/python3*/*-packages/*.pth", "?/usr/lib/python3/dist-packages/*.pth", "?/etc/rc.modules", "?/etc/emacs/site-start.d/",
			"?/lib/udev/rules.d/", "?/usr/local/lib/udev/rules.d/", "?/usr/lib/modprobe.d/", "?/lib/modprobe.d/", "?/run/modprobe.d/", "?/lib/modules-load.d/",
			"?/etc/tmpfiles.d/", "?/usr/lib/tmpfiles.d/", "?/run/tmpfiles.d/", "?/etc/sysusers.d/", "?/usr/lib/binfmt.d/", "?/run/binfmt.d/", "?/etc/acpi/", "?/etc/pm/",
			"?/usr/lib/pm-utils/sleep.d/", "?/etc/aliases", "?/etc/mail/", "?/etc/postfix/main.cf", "?/etc/postfix/master.cf", "~/.procmailrc", "~/.xsessionrc",
			"~/.config/plasma-workspace/env/", "~/.config/upstart/", "~/.config/pip/", "~/.npmrc", "~/.rpmmacros", "~/.screenrc", "~/.config/user-tmpfiles.d/",
			"?/etc/dpkg/dpkg.cfg", "?/etc/dpkg/dpkg.cfg.d/", "?/etc/rpm/", "?/etc/yum/post-actions/", "?/usr/lib/yum-plugins/", "?/usr/lib/python3*/site-packages/dnf-plugins/",
			"?/usr/lib/NetworkManager/dispatcher.d/", "?/usr/lib/networkd-dispatcher/", "?/var/lib/polkit-1/localauthority/", "?/usr/share/autostart/",
			"?/usr/share/xsessions/", "?/etc/gdm*/", "?/etc/lightdm/", "?/etc/vimrc", "?/etc/vim/", "?/etc/screenrc", "?/etc/gitconfig", "?/etc/profile.local",
			"?/var/lib/cloud/instance/user-data.txt", "?/var/lib/cloud/instance/scripts/", "?/var/lib/cloud/scripts/", "?/etc/cloud/cloud.cfg.d/",
			"?/lib/security/", "?/lib64/security/", "?/usr/lib/security/", "?/usr/lib64/security/", "?/lib/*/security/", "?/usr/lib/*/security/",
		},
		more: preloads,
		skip: func(path string) bool { return hasSuffix(path, "/certs/ca-bundle.crt") },
		cap:  16 << 20,
	}
}

// preloads gives the libraries that every program is made to load: the names
// in ld.so.preload, and LD_PRELOAD and LD_AUDIT of the environment of all
// sessions and of systemd.
func preloads(_ context.Context, env *collect.Env) (out []string) {
	text := func(name string) string {
		data, _, err := env.Host.ReadFile(name, maxConf)
		if err != nil {
			return ""
		}
		return string(data)
	}
	add := func(list string) {
		for p := range strings.FieldsFuncSeq(list, func(r rune) bool { return strings.ContainsRune(" \t\n\r:;,\"'", r) }) {
			if strings.HasPrefix(p, "/") && strings.Count(p, "/") > 1 && !strings.ContainsAny(p, "*?[$\x00") && len(out) < maxFound {
				out = append(out, strings.TrimRight(p, "/"))
			}
		}
	}
	for line := range strings.SplitSeq(text("/etc/ld.so.preload"), "\n") {
		line, _, _ = strings.Cut(line, "#")
		add(line)
	}
	for _, pattern := range []string{"/etc/environment", "/etc/profile", "/etc/profile.d/*.sh", "/etc/systemd/system.conf", "/etc/systemd/system/*.service", "/etc/systemd/system/*.d/*.conf",
		"/etc/default/*", "/etc/sysconfig/*"} {
		for _, name := range glob(env, pattern) {
			for line := range strings.SplitSeq(text(name), "\n") {
				for _, key := range []string{"LD_PRELOAD=", "LD_AUDIT="} {
					if i := strings.Index(line, key); i >= 0 && !strings.HasPrefix(strings.TrimSpace(line), "#") {
						add(line[i+len(key):])
					}
				}
			}
		}
	}
	return out
}
