package source

import "github.com/saksi-dfir/saksi/collect"

// secureShell takes the keys and settings of secure shell: public parts only.
func secureShell() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "ssh",
			Doc: "sshd and ssh configuration, authorized keys, certificates, known hosts of every account. A private key is never copied: a record gives its kind, " +
				"fingerprint, times and whether it has a passphrase.",
			Effects:    "page cache only; reads private keys into memory to take their fingerprint",
			References: []string{"sshd_config(5)", "sshd(8) AUTHORIZED_KEYS FILE FORMAT", "ssh_config(5)", "PROTOCOL.key of OpenSSH"},
			Group:      collect.GroupConfig,
			MinKernel:  "3.10",
			Root:       true,
			Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
		},
		wants: []string{"/etc/ssh/", "~/.ssh/", "?/etc/dropbear/", "?/usr/local/etc/ssh*", "?/usr/local/etc/ssh/", "?/opt/*/etc/ssh*_config", "?/var/lib/sss/pubconf/", "?/etc/ssh_known_hosts"},
		more:  keyFiles,
		cap:   16 << 20,
	}
}
