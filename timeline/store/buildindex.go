package store

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/saksi-dfir/saksi/timeline/query"
)

// shared is what the rows of a class have in common, as numbers in the tables
// of the segment and among the terms of the indexes.
type shared struct {
	source, parser, meaning, action uint32
	tags, names                     []uint32
	fields                          []fieldKind
	shape                           uint32   // number of the list of names
	tagTerms, nameTerms             []uint32 // each once
}

// fieldKind says what the indexes want of a field.
type fieldKind struct {
	hash     uint64 // of the name, for the signature
	ip, path bool
}

// share numbers what the classes of a segment hold.
func (st *segmentState) share(list []class) {
	st.classes = slices.Grow(st.classes[:0], len(list))[:len(list)]
	shapes := map[string]uint32{}
	var key []byte
	for i := range list {
		c, s := &list[i], &st.classes[i]
		t := &st.tables
		s.source, s.parser = t[tableSource].id(c.source), t[tableParser].id(c.parser)
		s.meaning, s.action = t[tableMeaning].id(c.meaning), t[tableAction].id(c.action)
		s.tags, s.names, s.fields = s.tags[:0], s.names[:0], s.fields[:0]
		s.tagTerms, s.nameTerms = s.tagTerms[:0], s.nameTerms[:0]
		st.once.begin()
		for _, x := range c.tags {
			s.tags = append(s.tags, t[tableTag].id(x))
			s.tagTerms = st.addOnce(s.tagTerms, st.terms[kindTag].id(cutTerm(x)))
		}
		st.once.begin()
		key = key[:0]
		for _, x := range c.names {
			n := t[tableName].id(x)
			s.names = append(s.names, n)
			s.nameTerms = st.addOnce(s.nameTerms, st.terms[kindField].id(cutTerm(x)))
			s.fields = append(s.fields, fieldKind{hash: nameHash(x), ip: query.IPName(x), path: query.PathName(x)})
			key = putUv(key, uint64(n))
		}
		n, ok := shapes[string(key)]
		if !ok {
			n = uint32(len(shapes))
			shapes[string(key)] = n
		}
		s.shape = n
	}
}

// addOnce adds a number that was not added since once began.
func (st *segmentState) addOnce(list []uint32, v uint32) []uint32 {
	if _, first := st.once.of(v); !first {
		return list
	}
	return append(list, v)
}

// note looks a row's own values up in the tables of the segment and files it
// under the terms that are not those of its class.
func (st *segmentState) note(r *row, host uint64, ord uint32) {
	r.host = st.hosts.id(host)
	if r.keeper = 0; !r.heldBy.IsZero() {
		r.keeper = st.hosts.id(hostNumber(r.heldBy)) + 1
	}
	r.exhibit = st.exhibit.id(uint64(r.batchExhibit))
	r.person = st.actors.id(r.actor)
	st.class, st.host = append(st.class, r.class), append(st.host, r.host)
	st.item, st.person = append(st.item, r.exhibit), append(st.person, r.person)
	for i, f := range r.shared.fields {
		if f.ip {
			st.ip(r.values[i], ord)
		}
		if f.path {
			st.directory(r.values[i], ord)
		}
	}
	if strings.HasPrefix(r.object, "/") {
		st.directory(r.object, ord)
	}
}

// ip files a row under an address. Each is parsed once in a segment.
func (st *segmentState) ip(text string, ord uint32) {
	if a, ok := quad(text); ok {
		n := st.quads.id(uint64(a))
		if int(n) == len(st.quadOf) {
			b := netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)}).As16()
			st.quadOf = append(st.quadOf, st.ips.terms.id(view(b[:])))
		}
		st.ips.add(st.quadOf[n], ord)
		return
	}
	n := st.address.id(text)
	if int(n) == len(st.ipOf) {
		term := uint32(0)
		if a, ok := query.ParseIP(text); ok {
			b := a.As16()
			term = st.ips.terms.id(view(b[:])) + 1
		}
		st.ipOf = append(st.ipOf, term)
	}
	if t := st.ipOf[n]; t > 0 {
		st.ips.add(t-1, ord)
	}
}

// quad reads an IPv4 address as query.ParseIP does: four numbers without leading
// zeros.
func quad(s string) (a uint32, ok bool) {
	if len(s) > len("255.255.255.255") {
		return 0, false
	}
	part, digits, dots := uint32(0), 0, 0
	for i := range len(s) {
		if c := uint32(s[i] - '0'); c < 10 {
			if digits > 0 && part == 0 {
				return 0, false
			}
			part, digits = part*10+c, digits+1
			continue
		}
		if s[i] != '.' || digits == 0 || part > 255 {
			return 0, false
		}
		a, part, digits, dots = a<<8|part, 0, 0, dots+1
	}
	return a<<8 | part, dots == 3 && digits > 0 && part <= 255
}

func (st *segmentState) directory(path string, ord uint32) {
	if d, ok := dirOf(path); ok {
		st.dirs.add(st.dirs.terms.id(cutTerm(d)), ord)
	}
}

// dirOf gives the directory term of a path; paths without a slash have none.
func dirOf(path string) (string, bool) {
	i := strings.LastIndexByte(path, '/')
	switch {
	case i < 0:
		return "", false
	case i == 0:
		return "/", true
	}
	return path[:i], true
}

// indexes writes the terms and postings of all kinds.
func (b *builder) indexes(st *segmentState) {
	for k := kindHost; k < kindEnd; k++ {
		terms := st.terms[k]
		switch k {
		case kindIP:
			terms = st.ips.terms
			b.x.pairs(st.ips)
		case kindDir:
			terms = st.dirs.terms
			b.x.pairs(st.dirs)
		case kindTag:
			b.x.several(st.class, func(c int) []uint32 { return st.classes[c].tagTerms }, len(st.classes), terms.len())
		case kindField:
			b.x.several(st.class, func(c int) []uint32 { return st.classes[c].nameTerms }, len(st.classes), terms.len())
		default:
			number, value, n := st.column(k)
			termOf := make([]uint32, n)
			for i := range termOf {
				termOf[i] = terms.id(cutTerm(value(i)))
			}
			b.x.single(number, termOf, terms.len())
		}
		st.man.directories[k] = b.x.write(st.seg, k, terms, &b.h, b.pk, &st.out)
	}
}

// column gives the numbers of all rows in one kind, and the values that n
// numbers stand for.
func (st *segmentState) column(kind int) (number []uint32, value func(int) string, n int) {
	ofClass := func(table int, get func(*shared) uint32) ([]uint32, func(int) string, int) {
		return st.class, func(i int) string { return st.tables[table].at(get(&st.classes[i])) }, len(st.classes)
	}
	switch kind {
	case kindHost:
		return st.host, func(i int) string { k := hostKey(st.hosts.keys[i]); return string(k[:]) }, len(st.hosts.keys)
	case kindSource:
		return ofClass(tableSource, func(s *shared) uint32 { return s.source })
	case kindParser:
		return ofClass(tableParser, func(s *shared) uint32 { return s.parser })
	case kindMeaning:
		return ofClass(tableMeaning, func(s *shared) uint32 { return s.meaning })
	case kindAction:
		return ofClass(tableAction, func(s *shared) uint32 { return s.action })
	case kindActor:
		return st.person, func(i int) string { return st.actors.at(uint32(i)) }, st.actors.len()
	case kindBundle:
		return st.item, func(i int) string { return st.exhibits[st.exhibit.keys[i]].Run }, len(st.exhibit.keys)
	}
	return st.item, func(i int) string { return be32(uint32(i)) }, len(st.exhibit.keys) // kindExhibit
}
