package parser

import (
	"testing"
)

// The fuzz targets hold the binary parsers to what binParse checks: no panic,
// every byte accounted for, every span inside the input, sorted fields.

func FuzzAuditParser(f *testing.F) {
	good := auditFixture(f)
	f.Add(good)
	f.Add(good[:1000])
	f.Add([]byte("type=EXECVE msg=audit(1.5:7): argc=99 a0=41 a98[3]=42 a1[0]=\x1d\n\x00\x00node=x type=SYSCALL msg=audit(1.5:7): a0=1 syscall=59\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) { binParse(t, newAudit(), nil, "/x.bin", data) })
}

func FuzzWtmpParser(f *testing.F) {
	good := wtmpFixture(f, "wtmp")
	f.Add(good)
	f.Add(wtmpFixture(f, "btmp"))
	f.Add(append(good[:1000:1000], good[1007:]...))
	f.Fuzz(func(t *testing.T, data []byte) { binParse(t, newWtmp(), nil, "/x.bin", data) })
}

func FuzzLoginDatabases(f *testing.F) {
	f.Add(loginFixture(f, "logindb/wtmp.db"))
	f.Add(loginFixture(f, "logindb/open.wal"))
	f.Add(loginFixture(f, "logindb/lastlog2.db"))
	f.Add(loginFixture(f, "lastlog/faillog"))
	f.Fuzz(func(t *testing.T, data []byte) {
		binParse(t, newWtmpdb(), nil, "/x.bin", data)
		binParse(t, newLastlog2(), nil, "/x.bin", data)
		binParse(t, newLastlog(), nil, "/x.bin", data)
		binParse(t, newFaillog(), nil, "/x.bin", data)
	})
}
