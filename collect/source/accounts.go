package source

import "github.com/saksi-dfir/saksi/collect"

// accounts takes who exists and who may become whom.
func accounts() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "accounts",
			Doc: "account and group files with their backups, password ages, sudo rules, name service and directory client configuration. " +
				"shadow files hold password hashes: encrypt the bundle (--encrypt-to) or skip this source where that matters.",
			Effects:    "page cache only",
			References: []string{"passwd(5)", "shadow(5)", "group(5)", "sudoers(5)", "nsswitch.conf(5)", "sssd.conf(5)"},
			Group:      collect.GroupConfig,
			MinKernel:  "3.10",
			Root:       true,
			Profiles:   []string{collect.ProfileSweep, collect.ProfileTriage, collect.ProfileFull},
		},
		wants: []string{
			"/etc/passwd", "?/etc/passwd-", "/etc/group", "?/etc/group-", "/etc/shadow", "?/etc/shadow-", "?/etc/gshadow", "?/etc/gshadow-",
			"?/etc/passwd.bak", "?/etc/shadow.bak", "?/etc/passwd.*", "?/etc/shadow.*", "?/etc/subuid", "?/etc/subgid", "?/etc/login.defs", "/etc/nsswitch.conf",
			"?/etc/sudoers", "?/etc/sudoers.d/", "?/etc/sudo.conf", "?/etc/doas.conf", "?/etc/sudo-ldap.conf", "?/etc/krb5.conf", "?/etc/sssd/sssd.conf",
			"?/etc/sssd/conf.d/", "?/etc/ldap.conf", "?/etc/ldap/ldap.conf", "?/etc/openldap/ldap.conf", "?/etc/nslcd.conf", "?/etc/libuser.conf", "?/etc/userdb/",
			"?/run/userdb/", "?/etc/securetty", "?/etc/ftpusers", "?/etc/hosts.equiv", "?/etc/shosts.equiv", "?/etc/default/useradd", "?/var/lib/AccountsService/users/",
		},
		cap: 64 << 20,
	}
}
