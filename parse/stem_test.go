package parse

import "testing"

// TestRotationStem: what a rotation adds is cut off, of any path.
func TestRotationStem(t *testing.T) {
	for in, want := range map[string]string{
		"": "/", "/": "/", ".": "/.", "/var/log/auth.log.1": "/var/log/auth.log", "/var/log/auth.log.2.gz": "/var/log/auth.log", "auth.log-20240301": "/auth.log",
		"/var/log/audit/audit.log.10": "/var/log/audit/audit.log", "/var/log/messages.old": "/var/log/messages", "/a//": "/a//",
		"/var/log/x-20240301-1709251200.xz": "/var/log/x", "/var/log/123": "/var/log/123", "/var/log/.1": "/var/log/.1",
	} {
		if got := rotationStem(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
