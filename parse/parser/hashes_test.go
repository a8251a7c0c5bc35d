package parser

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/parse/parsetest"
)

// TestKeyAndHashRecords: what the collector says of keys it left out and of
// hashes is read with its fields.
func TestKeyAndHashRecords(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	streams := map[string][]string{}
	for _, c := range [...]struct {
		stream, line, action, object string
		fields                       map[string]string
	}{
		{"privatekey", `{"t":"private-key","at":1700000000000000000,"file":{"t":"file","path":"/home/kim/.ssh/id_ed25519","ino":7,"mode":33152,"uid":1000,"gid":1000,"size":411},"kind":"OPENSSH PRIVATE KEY","algorithm":"ssh-ed25519","fingerprint":"SHA256:abc","encrypted":false}`,
			"private-key", "/home/kim/.ssh/id_ed25519", map[string]string{"fingerprint": "SHA256:abc", "encrypted": "false", "mode": "100600", "algorithm": "ssh-ed25519"}},
		{"privatekey", `{"t":"private-key","at":1700000000000000000,"file":{"t":"file","path":"/srv/app.conf","ino":8},"kind":"RSA PRIVATE KEY","encrypted":true,"offset":90,"why":"a passphrase"}`,
			"private-key", "/srv/app.conf", map[string]string{"key_offset": "90", "encrypted": "true", "reason": "a passphrase", "fingerprint": ""}},
		{"hashes", `{"t":"hash","at":1700000000000000000,"path":"/usr/bin/id","dev":2049,"ino":77,"size":43432,"mtime":1,"ctime":2,"sha256":"` + sum + `"}`, "hashed", "/usr/bin/id", map[string]string{"sha256": sum, "inode": "77"}},
		{"hashes", `{"t":"hash","at":1700000000000000000,"path":"/usr/bin/x","dev":2049,"ino":78,"size":1,"mtime":1,"ctime":2,"errno":"EACCES"}`, "unhashed", "/usr/bin/x", map[string]string{"errno": "EACCES"}},
		{"known", `{"t":"known","at":1700000000000000000,"pid":812,"file":{"t":"file","path":"/dev/shm/x","ino":9,"uid":0},"sha256":"` + sum + `","name":"set A"}`, "known-hash", "/dev/shm/x", map[string]string{"pid": "812", "list_name": "set A", "sha256": sum}},
		{"run", `{"t":"run","at":1700000000000000000,"facts":["a clone of the mounts","b"],"ended":"interrupt"}`, "ended", "host", map[string]string{"reason": "interrupt"}},
	} {
		streams[c.stream] = append(streams[c.stream], c.line+"\n")
		k := parseRecords(t, c.stream, []byte(c.line+"\n"))
		if len(k.Events) != 1 || len(k.Warnings) != 0 {
			t.Errorf("%s: %d events, %v", c.line, len(k.Events), k.Warnings)
			continue
		}
		e := k.Events[0]
		if e.Action != c.action || e.Object != c.object || e.Time.Instant != 1_700_000_000_000_000_000 || e.Source != map[string]string{"privatekey": "privatekey", "hashes": "hash", "known": "hash", "run": "run"}[c.stream] {
			t.Errorf("%s: %s %q at %d", c.line, e.Action, e.Object, e.Time.Instant)
		}
		for name, want := range c.fields {
			if got, _ := e.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", c.line, name, got, want)
			}
		}
	}
	k := parseRecords(t, "hashes", []byte("{\"t\":\"hash\",\"at\":\"x\"}\n{\"t\":\"odd\"}\nnot\n"))
	if len(k.Events) != 0 || len(k.Warnings) != 3 {
		t.Errorf("of damaged lines: %d events, %v", len(k.Events), k.Warnings)
	}
	for stream, parser := range map[string]string{"privatekey": "privatekey", "hashes": "hashes", "known": "hashes", "run": "runfacts"} {
		t.Run(stream, func(t *testing.T) {
			contract(t, parsetest.Case{Parser: parser, Events: len(streams[stream]), Source: recordSource(stream, []byte(strings.Join(streams[stream], "")))})
		})
	}
}
