package parser

import (
	"testing"

	"github.com/saksi-dfir/saksi/parse"
)

// TestFileServers: what FTP servers say, and names that read like the rest of it.
func TestFileServers(t *testing.T) {
	checkMessages(t, []messageCase{
		{"proftpd[8]: 192.0.2.1 (far.example[203.0.113.9]) - USER kim: Login successful.", "daemon", "login", "kim", "", "rhost", "far.example"},
		{"proftpd[8] 192.0.2.1 (203.0.113.9[203.0.113.9]): USER kim: Login successful.", "daemon", "login", "kim", "", "ip", "203.0.113.9"},
		{"proftpd[8]: 192.0.2.1 (203.0.113.9[203.0.113.9]) - USER kim (Login failed): Incorrect password", "daemon", "failed-login", "kim", "", "reason", "Incorrect password"},
		{"proftpd[8]: 192.0.2.1 (203.0.113.9[203.0.113.9]) - USER eve (10.9.9.9[10.9.9.9]) - USER kim: no such user found from 203.0.113.9 [203.0.113.9] to 192.0.2.1:21", "daemon", "invalid-user", "eve (10.9.9.9[10.9.9.9]) - USER kim", "", "ip", "203.0.113.9"},
		{"proftpd[8]: 192.0.2.1 (203.0.113.9[203.0.113.9]) - USER kim: Login successful.: no such user found from 203.0.113.9 [203.0.113.9] to 192.0.2.1:21", "daemon", "invalid-user", "kim: Login successful.", "", "local_ip", "192.0.2.1"},
		{"proftpd[8]: 192.0.2.1 (203.0.113.9[203.0.113.9]) - SECURITY VIOLATION: Root login attempted", "daemon", "failed-login", "Root", "", "ip", "203.0.113.9"},
		{"proftpd[8]: ns1.example.org - ProFTPD killed (signal 15)", "daemon", "stop", "", "proftpd", "signal", "15"},
		{"pure-ftpd: (?@203.0.113.9) [INFO] New connection from 203.0.113.9", "daemon", "connect", "", "", "ip", "203.0.113.9"},
		{"pure-ftpd: (?@203.0.113.9) [INFO] kim is now logged in", "daemon", "login", "kim", "", "level", "info"},
		{"pure-ftpd: (?@203.0.113.9) [WARNING] Authentication failed for user [a] [b]", "daemon", "failed-login", "a] [b", "", "ip", "203.0.113.9"},
		{"pure-ftpd: (kim@203.0.113.9) [NOTICE] /home/kim//a (b).jsp uploaded  (12 bytes, 0.20KB/sec)", "daemon", "upload", "kim", "/home/kim//a (b).jsp", "size", "12"},
		{"xinetd[1]: FAIL: closed address from=198.51.100.7", "daemon", "refuse", "", "closed", "ip", "198.51.100.7"},
		{"xinetd[1]: Server /usr/bin/x is not executable [file=/etc/xinetd.conf] [line=39]", "daemon", "error", "", "xinetd", "path", "/etc/xinetd.conf"},
	})
}

// TestVsftpdNames: a name at a failed login that reads like a login moves nothing.
func TestVsftpdNames(t *testing.T) {
	for line, want := range map[string]string{
		`Sun Mar  3 02:14:07 2024 [pid 1] [kim] OK LOGIN: Client "203.0.113.9"`:                                       "login|kim|203.0.113.9",
		`Sun Mar  3 02:14:07 2024 [pid 1] [a] OK LOGIN: Client "1.2.3.4"] FAIL LOGIN: Client "203.0.113.9"`:           `failed-login|a] OK LOGIN: Client "1.2.3.4"|203.0.113.9`,
		`Sun Mar  3 02:14:07 2024 [pid 1] [kim] OK UPLOAD: Client "203.0.113.9", "/a] b.jsp", 3 bytes, 1.00Kbyte/sec`: "upload|kim|203.0.113.9",
	} {
		s := binParse(t, newVsftpd(), &parse.Facts{}, "/var/log/vsftpd.log", []byte(line+"\n"))
		if len(s.events) != 1 {
			t.Errorf("%s: %d events", line, len(s.events))
			continue
		}
		ip, _ := s.events[0].Get("ip")
		if got := s.events[0].Action + "|" + s.events[0].Actor + "|" + ip; got != want {
			t.Errorf("%s\ngot  %s\nwant %s", line, got, want)
		}
	}
}
