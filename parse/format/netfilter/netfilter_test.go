package netfilter

import (
	"encoding/binary"
	"testing"
)

func attribute(kind uint16, v ...byte) []byte {
	b := binary.LittleEndian.AppendUint16(nil, uint16(4+len(v)))
	b = append(binary.LittleEndian.AppendUint16(b, kind), v...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func message(kind uint16, body ...byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(16+len(body)))
	b = binary.LittleEndian.AppendUint16(b, kind)
	b = append(b, make([]byte, 10)...)
	b = append(b, body...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func join(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// flowMessage is a TCP connection whose destination was translated.
func flowMessage() []byte {
	tuple := func(kind uint16, src, dst string, sport, dport byte) []byte {
		return attribute(kind, join(
			attribute(1, join(attribute(1, []byte(src)...), attribute(2, []byte(dst)...))...),
			attribute(2, join(attribute(1, 6), attribute(2, 0x9c, sport), attribute(3, 0, dport))...))...)
	}
	state := attribute(4, attribute(1, attribute(1, 3)...)...)
	return message(1<<8, join([]byte{2, 0, 0, 0}, tuple(1, "\xc0\x00\x02\x07", "\xcb\x00\x71\x01", 0x41, 80), tuple(2, "\x0a\x00\x00\x05", "\xc0\x00\x02\x07", 8, 0x41), state)...)
}

func TestFlow(t *testing.T) {
	list, rest := Messages(flowMessage())
	if len(list) != 1 || len(rest) != 0 {
		t.Fatalf("%d messages, %d bytes left", len(list), len(rest))
	}
	f, ok := Conntrack(list[0])
	if !ok || f.From.String() != "192.0.2.7:40001" || f.To.String() != "203.0.113.1:80" || f.ReplyFrom.String() != "10.0.0.5:39944" || f.State != "established" || f.Protocol != 6 {
		t.Errorf("%+v, %v", f, ok)
	}
}

func TestRoutes(t *testing.T) {
	for want, b := range map[string][]byte{
		"default table 254 via 192.0.2.1":                   message(24, join([]byte{2, 0, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0}, attribute(5, 192, 0, 2, 1), attribute(4, 2, 0, 0, 0))...),
		"10.9.0.0/16 table 1000 encapsulation bpf":          message(24, join([]byte{2, 16, 0, 0, 252, 3, 0, 1, 0, 0, 0, 0}, attribute(1, 10, 9, 0, 0), attribute(15, 0xe8, 3, 0, 0), attribute(21, 6, 0))...),
		"fe80::1 at 02:00:00:00:00:01, state 0x2":           message(28, join([]byte{10, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0}, attribute(1, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), attribute(2, 2, 0, 0, 0, 0, 1))...),
		"eth0 flags 0x1103 promiscuous 1":                   message(16, join([]byte{0, 0, 1, 0, 2, 0, 0, 0, 3, 0x11, 0, 0, 0, 0, 0, 0}, attribute(3, 'e', 't', 'h', '0', 0), attribute(30, 1, 0, 0, 0))...),
		"to default table 100 priority 7 from 192.0.2.0/24": message(32, join([]byte{2, 0, 24, 0, 100, 0, 0, 1, 0, 0, 0, 0}, attribute(2, 192, 0, 2, 0), attribute(6, 7, 0, 0, 0))...),
		"192.0.2.5/24": message(20, join([]byte{2, 24, 0, 0, 2, 0, 0, 0}, attribute(2, 192, 0, 2, 5))...),
	} {
		list, _ := Messages(b)
		if len(list) != 1 {
			t.Fatalf("%q: %d messages", want, len(list))
		}
		if i, ok := Route(list[0]); !ok || i.Text != want {
			t.Errorf("%q, want %q", i.Text, want)
		}
	}
}

func TestWordsOfMatches(t *testing.T) {
	pinned := append([]byte{1, 0, 0, 0, 0, 0, 0, 0}, "/sys/fs/bpf/hide\x00"...)
	multi := append([]byte{1, 2}, 80, 0, 0xbb, 1)
	text := make([]byte, 156)
	copy(text[20:], "GET /")
	text[148] = 5
	for want, m := range map[string]match{
		`bpf pinned at "/sys/fs/bpf/hide"`: {name: "bpf", rev: 1, data: pinned},
		"multiport 80,443":                 {name: "multiport", rev: 1, data: multi},
		`comment "allow"`:                  {name: "comment", data: []byte("allow\x00")},
		`string "GET /"`:                   {name: "string", rev: 1, data: text},
		"mark 0x1/0xff":                    {name: "mark", rev: 1, data: []byte{1, 0, 0, 0, 255, 0, 0, 0}},
		"owner (revision 1)":               {name: "owner", rev: 1},
		"bpf, cut":                         {name: "bpf", data: []byte{9, 0, 0, 0, 1}},
		"state":                            {name: "state"},
	} {
		var r Rule
		if got := m.text(&r); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	nat := make([]byte, 40)
	nat[0] = 3
	copy(nat[4:], "\xc0\x00\x02\x09")
	copy(nat[36:], "\x00\x50\x00\x51")
	var r Rule
	if got := (match{name: "DNAT", rev: 2, data: nat}).target(&r); got != "dnat to 192.0.2.9 port 80-81" || r.Redirect != got {
		t.Errorf("%q, redirect %q", got, r.Redirect)
	}
}

// Whatever the bytes, a decoder ends and counts what it could not read.
func FuzzDecoders(f *testing.F) {
	f.Add(flowMessage(), 2)
	f.Add(message(24, join([]byte{2, 16, 0, 0, 252, 3, 0, 1, 0, 0, 0, 0}, attribute(1, 10, 9, 0, 0))...), 10)
	f.Add(message(10<<8|6, join([]byte{2, 0, 0, 0}, attribute(1, 't', 0), attribute(4, attribute(1, join(attribute(1, []byte("cmp\x00")...), attribute(2, attribute(1, 0, 0, 0, 1)...))...)...))...), 2)
	entry := make([]byte, 152)
	entry[88], entry[90] = 112, 152
	entry[112] = 40
	f.Add(append(make([]byte, 84), entry...), 2)
	f.Fuzz(func(t *testing.T, b []byte, fam int) {
		list, rest := Messages(b)
		size := len(rest)
		var tables NFTables
		for _, m := range list {
			tables.NFT(m)
			Elements(m)
			Conntrack(m)
			Route(m)
			size += 16 + len(m.Body)
		}
		if size > len(b) {
			t.Fatalf("%d bytes of %d", size, len(b))
		}
		if len(b) >= 84 {
			rules, bad := XTables(fam, "filter", b[:84], b[84:])
			if bad < 0 || bad > len(b)-84 || len(rules)*112 > len(b) {
				t.Fatalf("%d rules, %d bytes bad of %d", len(rules), bad, len(b))
			}
		}
	})
}
