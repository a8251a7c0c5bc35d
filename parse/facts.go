package parse

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/parse/format/codec"
	"github.com/saksi-dfir/saksi/timeline/event"
)

// configLimit bounds the configuration files that facts are read from.
const configLimit = 1 << 20

// gather collects the facts of a source from its run record and from the
// configuration files among its exhibits.
func gather(src Source, exhibits []bundle.Exhibit) (*Facts, error) {
	acq := src.Acquisition()
	f := &Facts{
		Run: acq.RunID, Hostname: acq.Host.Hostname, MachineID: acq.Host.MachineID, BootID: acq.Host.BootID,
		Collected: acq.Clock.Realtime, SelfPID: acq.Self.PID, SelfStart: acq.Self.Start, Synthetic: acq.Synthetic,
	}
	if acq.Clock.Realtime != 0 && acq.Clock.Boottime != 0 {
		f.Boot = acq.Clock.Realtime - acq.Clock.Boottime
	}
	f.Host = event.MakeHostKey(f.MachineID, f.Hostname)
	files := byPath(exhibits)
	read := func(p string) []byte { return readSmall(src, files, p) }
	f.Accounts = accounts(read("/etc/passwd"))
	f.Zone, f.ZoneFrom = hostZone(&acq, read)
	series := siblings(exhibits)
	edges(src, &acq, exhibits, series)
	f.Siblings = func(p string) []Sibling { return series[rotationStem(p)] }
	homes := homeBirths(src, &acq, exhibits, f.Accounts)
	f.HomeBirth = func(home string) int64 { return homes[strings.TrimRight(home, "/")] }
	own := []string{f.Hostname, strings.TrimSpace(string(read("/etc/hostname")))}
	f.HostFor = func(name string) event.HostKey {
		if name == "" || sameHost(name, own) {
			return event.HostKey{}
		}
		return event.MakeHostKey("", name)
	}
	formats := webFormats(src, exhibits)
	f.LogFormat = func(p string) []string {
		if found := formats[rotationStem(p)]; found != nil {
			return found
		}
		return formats[undated(p)]
	}
	return f, nil
}

// byPath maps original paths, as seen from the root of the host, to exhibits.
func byPath(exhibits []bundle.Exhibit) map[string]bundle.Exhibit {
	m := make(map[string]bundle.Exhibit)
	for _, x := range exhibits {
		if len(x.Path) == 0 {
			continue
		}
		p := rooted(string(x.Path))
		if _, ok := m[p]; !ok {
			m[p] = x
		}
	}
	return m
}

func rooted(p string) string {
	if strings.HasPrefix(p, "/") {
		return p
	}
	return "/" + p
}

// readSmall gives the content of a configuration file among the exhibits, nil
// when it is not there, too large or unreadable.
func readSmall(src Source, files map[string]bundle.Exhibit, p string) []byte {
	x, ok := files[p]
	if !ok || x.Size <= 0 || x.Size > configLimit {
		return nil
	}
	c, err := src.OpenExhibit(x)
	if err != nil {
		return nil
	}
	defer c.Close()
	b := make([]byte, x.Size)
	n, err := c.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return b[:n]
}

// accounts reads passwd(5); lines that do not fit are passed over.
func accounts(b []byte) []Account {
	var out []Account
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), ":")
		if len(f) != 7 {
			continue
		}
		uid, err1 := strconv.ParseUint(f[2], 10, 32)
		gid, err2 := strconv.ParseUint(f[3], 10, 32)
		if err1 != nil || err2 != nil || f[0] == "" {
			continue
		}
		out = append(out, Account{UID: uint32(uid), GID: uint32(gid), Name: f[0], Home: f[5], Shell: f[6]})
	}
	return out
}

// hostZone finds the zone of the host: the bytes of /etc/localtime, then a
// named zone. For plain inputs the name is what the analyst gave.
func hostZone(acq *bundle.Acquisition, read func(string) []byte) (*time.Location, event.Reason) {
	from := event.ZoneHost
	if acq.Sealed == "desk" && acq.Host.Zone != "" {
		if l, err := LoadZone(acq.Host.Zone); err == nil {
			return l, event.ZoneGiven
		}
	}
	name := acq.Host.Zone
	for _, data := range [][]byte{acq.Host.ZoneData, read("/etc/localtime")} {
		if len(data) == 0 {
			continue
		}
		n := name
		if n == "" {
			n = "localtime"
		}
		if l, err := time.LoadLocationFromTZData(n, data); err == nil {
			return l, from
		}
	}
	if name == "" {
		name = strings.TrimSpace(string(read("/etc/timezone")))
	}
	if name != "" {
		if l, err := LoadZone(name); err == nil {
			return l, from
		}
	}
	return nil, 0
}

// LoadZone reads a zone as an analyst names it: an IANA name, UTC, or a fixed
// offset such as +09:00.
func LoadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("zone %q: want an IANA name such as Asia/Seoul, or an offset such as +09:00", name)
	}
	if name[0] == '+' || name[0] == '-' {
		for _, form := range [...]string{"-07:00", "-0700", "-07"} {
			t, err := time.Parse(form, name)
			if err != nil || t.Format(form)[1:] != name[1:] { // 60 minutes are none
				continue
			}
			if _, off := t.Zone(); off <= int(zoneEast/1e9) && off >= -int(zoneWest/1e9) {
				return time.FixedZone(name, off), nil
			}
		}
		return nil, fmt.Errorf("zone %q: want an offset such as +09:00, +0545 or -03, from -12:00 to +14:00", name)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("zone %q: %w", name, err)
	}
	return l, nil
}

// sameHost says whether a name on a line means this host: equal without
// regard to case, or equal in the first label when one of the two is short.
func sameHost(name string, own []string) bool {
	if strings.EqualFold(name, "localhost") || strings.HasPrefix(name, "localhost.") {
		return true
	}
	for _, o := range own {
		if o == "" {
			continue
		}
		if strings.EqualFold(name, o) {
			return true
		}
		ns, nd, _ := strings.Cut(name, ".")
		os, od, _ := strings.Cut(o, ".")
		if strings.EqualFold(ns, os) && (nd == "" || od == "") {
			return true
		}
	}
	return false
}

// AccountName gives the name of a uid by the collected passwd, else the
// decimal number.
func (f *Facts) AccountName(uid uint32) string {
	for i := range f.Accounts {
		if f.Accounts[i].UID == uid {
			return f.Accounts[i].Name
		}
	}
	return strconv.FormatUint(uint64(uid), 10)
}

// HomeOwner gives the account whose home directory holds a path: the longest
// home wins. ok is false when there is none.
func (f *Facts) HomeOwner(p string) (a Account, ok bool) {
	p = rooted(p)
	for _, c := range f.Accounts {
		if c.Home == "" || c.Home == "/" || c.Home == "/nonexistent" {
			continue
		}
		if strings.HasPrefix(p, strings.TrimRight(c.Home, "/")+"/") && len(c.Home) > len(a.Home) {
			a, ok = c, true
		}
	}
	return a, ok
}

// rotationStem cuts what log rotation adds to a name: ".1", ".2.gz",
// "-20240301", "-20240301-1709251200", ".old".
func rotationStem(p string) string {
	p = codec.TrimAny(p)
	dir, base := path.Split(p)
	for {
		i := strings.LastIndexAny(base, ".-")
		if i <= 0 {
			break
		}
		tail := base[i+1:]
		if tail != "old" && !(digits(tail) && len(tail) <= 14) {
			break
		}
		base = base[:i]
	}
	return rooted(dir + base)
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// siblings groups exhibits by rotation series.
func siblings(exhibits []bundle.Exhibit) map[string][]Sibling {
	m := make(map[string][]Sibling)
	for _, x := range exhibits {
		if len(x.Path) == 0 || x.Stat == nil {
			continue
		}
		stem := rotationStem(string(x.Path))
		m[stem] = append(m[stem], Sibling{Path: string(x.Path), Mtime: x.Stat.Mtime, Size: x.Size})
	}
	return m
}
