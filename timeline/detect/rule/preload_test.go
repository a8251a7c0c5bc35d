package rule

import (
	"strings"
	"testing"

	"github.com/saksi-dfir/saksi/timeline/claim"
	"github.com/saksi-dfir/saksi/timeline/detect/detecttest"
	"github.com/saksi-dfir/saksi/timeline/event"
)

func TestPreload(t *testing.T) {
	file := func(object, size string) *event.Event {
		return detecttest.Event(9, "h", "file", "timestamp", t0, "object="+object, "kind=file", "size="+size)
	}
	with := func(v string) []*event.Event {
		return proc(1, "h", "9", "/usr/bin/sleep", "plain", "ld_preload="+v)
	}
	silent(t, Preload{},
		quiet{"none", proc(1, "h", "9", "/usr/bin/sleep", "plain")},
		quiet{"an allocator of a package", with("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2")},
		quiet{"a name that is looked up", with("libfakeroot-sysv.so")},
		quiet{"the collector", proc(1, "h", "9", "/root/c", "plain", "self=true", "ld_preload=/tmp/x.so")},
		quiet{"an empty file", []*event.Event{file(preloadFile, "0")}},
		quiet{"another file", []*event.Event{file("/etc/ld.so.conf", "30")}},
	)
	levels(t, Preload{},
		loud{"a library in /tmp", with("/tmp/lib.so"), claim.Medium, true},
		loud{"a hidden library behind another one", with("/usr/lib/libjemalloc.so.2:/var/lib/.x/l.so"), claim.Medium, true},
		loud{"one that an administrator built", with("/srv/alloc/liballoc.so"), claim.Low, false},
		loud{"the file for all programs", []*event.Event{file(preloadFile, "18")}, claim.Medium, false},
		loud{"two processes, one library", append(with("/dev/shm/l.so"), proc(5, "h", "10", "/usr/bin/sleep", "plain", "ld_preload=/dev/shm/l.so")...), claim.Medium, true},
	)
	fs := detecttest.Find(t, Preload{}, with("/opt/../srv/a.so /dev/shm/two.so")...)
	if len(fs) != 1 || fs[0].Path != "/dev/shm/two.so" || !strings.Contains(fs[0].Title, "/dev/shm/two.so and /srv/a.so") || !strings.Contains(fs[0].Detail, "LD_PRELOAD=/opt/") {
		t.Errorf("%+v", fs)
	}
}
