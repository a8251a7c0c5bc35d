package source

import (
	"context"
	"path"
	"strings"

	"github.com/saksi-dfir/saksi/collect"
)

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

// keyFiles gives the places where the configuration of sshd looks for keys of
// accounts and of the host, and the commands it asks for them.
func keyFiles(_ context.Context, env *collect.Env) (out []string) {
	f := &logFinder{env: env}
	todo := f.files("/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/*.conf", "/usr/local/etc/ssh/sshd_config", "/usr/local/etc/sshd_config", "/opt/*/etc/sshd_config")
	seen := map[string]bool{}
	for len(todo) > 0 && len(seen) < maxConfFiles {
		name := todo[0]
		todo = todo[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		out = append(out, "?"+name)
		for line := range strings.SplitSeq(f.text(name), "\n") {
			w := words(strings.Replace(line, "=", " ", 1))
			if len(w) < 2 {
				continue
			}
			switch lower(w[0]) {
			case "include":
				for _, p := range w[1:] {
					todo = append(todo, f.files(absolute(p, "/etc/ssh"))...)
				}
			case "authorizedkeyscommand", "authorizedprincipalscommand", "forcecommand":
				out = append(out, keyWants(w[1:2])...)
			case "authorizedkeysfile", "authorizedprincipalsfile", "trustedusercakeys", "revokedkeys", "banner", "hostkey", "hostcertificate":
				out = append(out, keyWants(w[1:])...)
			}
		}
	}
	return out[:min(len(out), maxFound)]
}

// keyWants makes wants of paths of sshd_config: %h is the home directory, %u
// the account; what is relative is below the home.
func keyWants(paths []string) (out []string) {
	for _, p := range paths {
		p = strings.ReplaceAll(p, "%u", "*")
		switch {
		case p == "none" || p == "":
		case strings.HasPrefix(p, "%h/"):
			out = append(out, "~/"+p[3:])
		case strings.Contains(p, "%"):
		case strings.HasPrefix(p, "/"):
			out = append(out, "?"+path.Clean(p))
		case !strings.Contains("/"+p+"/", "/../"):
			out = append(out, "~/"+path.Clean(p))
		}
	}
	return out
}
