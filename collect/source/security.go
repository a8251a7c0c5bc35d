package source

import (
	"strings"

	"github.com/saksi-dfir/saksi/collect"
)

// security takes what the host's own security tools saw and did.
func security() collect.Source {
	return fileSource{
		desc: collect.Description{
			Name: "security",
			Doc: "logs, settings and quarantine indexes of security tools (AhnLab V3, ClamAV, Defender for Linux, Falcon, SentinelOne, Sophos, ESET, Trend Micro, " +
				"Kaspersky, Wazuh/OSSEC, osquery, Falco, Sysmon, AIDE, Tripwire, Samhain, rkhunter, chkrootkit, Lynis, maldet, fail2ban) and outputs of BPFDoor check " +
				"scripts; logs and quarantines that configurations and the regular jobs of scanners name: who could have seen the infection, and when it was cleaned.",
			Effects:    "page cache of their size; scanners that watch file opens may log ours",
			References: []string{"clamd.conf(5)", "aide.conf(5)", "rkhunter(8)", "mdatp documentation", "KISA BPFDoor inspection guide, May 2025"},
			Group:      collect.GroupLogs,
			MinKernel:  "3.10",
			Root:       true,
			Profiles:   []string{collect.ProfileTriage, collect.ProfileFull},
		},
		wants: []string{
			"?/opt/[aA][hH][nN][lL][aA][bB]/", "?/usr/local/[aA][hH][nN][lL][aA][bB]/", "?/opt/[vV]3*/", "?/usr/local/[vV]3*/", "?/var/lib/ahnlab/", "?/etc/ahnlab/",
			"?/etc/clamav/", "?/etc/clamd.d/", "?/etc/freshclam.conf", "?/var/lib/clamav/*.dat", "?/var/quarantine/", "?/var/lib/clamav/quarantine/", "?/var/spool/quarantine/",
			"?/var/opt/microsoft/mdatp/", "?/etc/opt/microsoft/mdatp/", "?/opt/CrowdStrike/*.log", "?/opt/CrowdStrike/falconstore", "?/var/opt/sentinelone/log/",
			"?/opt/sentinelone/log/", "?/opt/sentinelone/configuration/", "?/opt/sophos-spl/logs/", "?/opt/sophos-spl/plugins/*/log/", "?/opt/sophos-av/log/",
			"?/var/opt/eset/", "?/opt/eset/*/log/", "?/var/log/eset/", "?/var/opt/ds_agent/", "?/opt/ds_agent/*.log", "?/opt/TrendMicro/*/log/", "?/var/opt/kaspersky/",
			"?/var/ossec/logs/", "?/var/ossec/etc/", "?/var/ossec/queue/fim/db/", "?/var/ossec/queue/diff/", "?/var/lib/osquery/", "?/etc/osquery/", "?/etc/falco/",
			"?/opt/sysmon/", "?/etc/carbonblack/", "?/var/opt/carbonblack/", "?/opt/Elastic/Agent/data/*/logs/", "?/opt/rapid7/ir_agent/*.log", "?/opt/rapid7/ir_agent/components/*/*/*.log",
			"?/opt/nessus_agent/var/nessus/logs/", "?/var/opt/tanium/", "?/opt/Tanium/TaniumClient/Logs/", "?/usr/local/qualys/cloud-agent/*.log",
			"?/etc/aide.conf", "?/etc/aide/", "?/var/lib/aide/", "?/etc/tripwire/", "?/var/lib/tripwire/", "?/etc/samhainrc", "?/var/lib/samhain/",
			"?/etc/rkhunter.conf", "?/etc/rkhunter.d/", "?/var/lib/rkhunter/db/", "?/etc/chkrootkit.conf", "?/etc/chkrootkit/", "?/var/lib/chkrootkit/", "?/etc/lynis/",
			"?/usr/local/maldetect/logs/", "?/usr/local/maldetect/sess/", "?/usr/local/maldetect/quarantine/*.info", "?/etc/fail2ban/", "?/var/lib/fail2ban/",
			"?/etc/suricata/suricata.yaml", "?/etc/snort/snort.conf", "?/var/lib/crowdsec/data/", "?/etc/psad/",
			"?/opt/ESTsoft/", "?/usr/local/ESTsoft/", "?/opt/[hH]auri/", "?/usr/local/[hH]auri/", "?/opt/[vV]i[rR]obot*/", "?/usr/local/[vV]i[rR]obot*/", "?/opt/[aA][lL][yY][aA][cC]*/",
			"?/usr/local/[aA][lL][yY][aA][cC]*/", "?/opt/drweb.com/", "?/var/opt/drweb.com/", "?/opt/f-secure/*/log/", "?/var/opt/f-secure/", "?/opt/McAfee/*/log/", "?/var/McAfee/",
			"?/opt/bitdefender-security-tools/var/log/", "?/etc/sysmon/", "?/etc/wazuh-agent/", "?/var/wazuh/logs/", "?/etc/rkhunter.conf.local", "?/var/lib/chkrootkit/", "?/root/chkrootkit*",
			"~/*[bB][pP][fF][dD][oO][oO][rR]*", "~/*[bB][pP][fF]_[dD][oO][oO][rR]*", "~/*/*[bB][pP][fF][dD][oO][oO][rR]*", "~/*[kK][iI][sS][aA]*", "?/tmp/*[kK][iI][sS][aA]*",
			"?/usr/local/*[bB][pP][fF][dD][oO][oO][rR]*", "?/usr/local/*/*[bB][pP][fF][dD][oO][oO][rR]*", "?/data/*[bB][pP][fF][dD][oO][oO][rR]*", "?/app/*[bB][pP][fF][dD][oO][oO][rR]*",
			"?/srv/*[bB][pP][fF][dD][oO][oO][rR]*", "?/opt/*/*[bB][pP][fF][dD][oO][oO][rR]*", "?/tmp/*/*[bB][pP][fF][dD][oO][oO][rR]*", "?/tmp/*[bB][pP][fF][dD][oO][oO][rR]*", "?/var/tmp/*[bB][pP][fF][dD][oO][oO][rR]*", "?/*[bB][pP][fF][dD][oO][oO][rR]*",
			"?/opt/*[bB][pP][fF][dD][oO][oO][rR]*", "?/tmp/*[rR]ootkit*", "~/*[rR]ootkit*",
		},
		skip: func(path string) bool {
			return hasSuffix(lower(path), ".so", ".v3d", ".cvd", ".cld", ".cud", ".avc", ".kdc", ".ko", ".rpm", ".deb", ".dll", ".exe", ".whl", ".pyc", ".jar") ||
				scanned(path)
		},
		more: securityLogs,
		cap:  256 << 20,
	}
}

// scanned tells files that are engines and libraries, known by their place.
func scanned(path string) bool {
	return hasDir(strings.TrimPrefix(path, "/var/lib"), "lib", "lib64", "bin", "sbin", "engine", "engines")
}
