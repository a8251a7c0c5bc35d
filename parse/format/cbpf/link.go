package cbpf

// Ethertypes that the reader follows.
const (
	etherIP    = 0x0800
	etherIP6   = 0x86dd
	etherPPPoE = 0x8864
	etherMPLS  = 0x8847
	etherMPLSm = 0x8848
	etherLeast = 0x0600 // what is below is the length of an IEEE 802.3 frame
	maxTags    = 4
)

// isTag says whether an ethertype is that of a VLAN tag (IEEE 802.1Q, 802.1ad,
// and the older one of stacked tags).
func isTag(etype int) bool { return etype == 0x8100 || etype == 0x88a8 || etype == 0x9100 }

// findEtherType reads the ethertype that the path demands, behind the tags that
// it demands, and so finds where IP begins on this path.
func (r *reader) findEtherType(raw *rawPath) {
	if r.l.layout == LayoutLink {
		r.readLink(raw)
	}
	if v, ok := r.whole(base{kind: fromAnc, n: ancProtocol}, 2, 2); ok && r.etype < 0 {
		r.etype = v
	}
	switch e := r.l.sock.EtherType; {
	case r.etype >= 0:
	case e > 4:
		r.etype = e
	case e == 1 || e == 4:
		r.etype = 0 // ETH_P_802_3, ETH_P_802_2: frames with a length in place of the ethertype
	}
	if r.etype < 0 {
		r.firstByte()
	}
}

func (r *reader) readLink(raw *rawPath) {
	start := base{kind: fromStart}
	at := 12
	if _, ok := r.whole(start, at, 2); !ok && r.net > 14 {
		at = r.net - 2
	}
	for range maxTags + 1 {
		v, ok := r.whole(start, at, 2)
		switch {
		case !ok && r.below(raw, at, etherLeast):
			r.etype = 0
			return
		case !ok:
			return
		case isTag(v):
			at += 4
			r.net, r.etype = at+2, -1
			continue
		}
		r.net, r.etype = at+2, v
		switch v {
		case etherPPPoE:
			r.passPPPoE(at + 2)
		case etherMPLS, etherMPLSm:
			r.passLabels(at + 2)
		}
		return
	}
}

// passPPPoE goes behind the headers of PPPoE and PPP (RFC 2516, RFC 1661).
func (r *reader) passPPPoE(at int) {
	switch v, _ := r.whole(base{kind: fromStart}, at+6, 2); v {
	case 0x0021:
		r.net, r.etype, r.inner = at+8, etherIP, true
	case 0x0057:
		r.net, r.etype, r.inner = at+8, etherIP6, true
	}
}

// passLabels goes behind up to four MPLS labels to what the path reads as an IP
// header (RFC 3032 does not say what follows the last label).
func (r *reader) passLabels(at int) {
	for n := 1; n <= maxTags; n++ {
		b := r.known[place{0, uint32(at + 4*n)}]
		if b.mask&0xf0 != 0xf0 {
			continue
		}
		switch b.value >> 4 {
		case 4:
			r.net, r.etype, r.inner = at+4*n, etherIP, true
			return
		case 6:
			r.net, r.etype, r.inner = at+4*n, etherIP6, true
			return
		}
	}
}

// below says whether the path demands that the big endian word of two bytes at
// an offset is below a limit.
func (r *reader) below(raw *rawPath, at int, limit uint32) bool {
	for _, s := range raw.spans {
		n := &r.t.nodes[s.id]
		if n.kind != inputs || s.hi >= limit {
			continue
		}
		vs, ok := r.t.views(n.w, 0)
		if ok && len(vs) == 1 && vs[0].size == 2 && vs[0].off == uint32(at) && r.t.bases[vs[0].base].kind == fromStart && plain(n.w, vs[0]) {
			return true
		}
	}
	return false
}

// firstByte looks at the first byte behind the link header where no ethertype
// is demanded: what is neither version 4 nor 6 is no IP packet. The service
// access points of IEEE 802.2 (SNAP, spanning tree, IS-IS, IPX) tell frames
// that have a length in place of the ethertype.
func (r *reader) firstByte() {
	b := r.known[place{0, uint32(r.net)}]
	if b.mask&0xf0 != 0xf0 || b.value>>4 == 4 || b.value>>4 == 6 {
		if b.mask != 0xff || b.value != 0x42 { // the one access point that looks like version 4
			return
		}
		if next := r.known[place{0, uint32(r.net + 1)}]; next.mask != 0xff || next.value != 0x42 {
			return
		}
	}
	r.notIP = true
	next := r.known[place{0, uint32(r.net + 1)}]
	if b.mask != 0xff || r.l.layout != LayoutLink && next != b {
		return // a datagram socket gets frames of any kind: both access points must be the same
	}
	switch b.value {
	case 0xaa, 0x42, 0xfe, 0xe0, 0xff, 0xf0:
		r.etype = 0
	}
}

// followHeaderLength takes the place of the IP header from the header length
// that the path reads, where it reads one.
func (r *reader) followHeaderLength() {
	for at := range r.known {
		b := r.t.bases[at.base]
		if b.kind != fromNode {
			continue
		}
		if o, ihl := r.t.originOf(b.node); o == originTransport || o == originPayload {
			r.net = int(ihl)
			return
		}
	}
}

// isExtension says whether a protocol is an IPv6 extension header whose first
// byte names what follows (RFC 8200): hop-by-hop, routing, fragment, destination.
func isExtension(proto int) bool { return proto == 0 || proto == 43 || proto == 44 || proto == 60 }

// passExtensions goes behind the extension headers whose next header the path
// demands. A length that is not demanded is taken for the least, 8 bytes, which
// is what filters with fixed offsets do.
func (r *reader) passExtensions() {
	for range 4 {
		if !isExtension(r.proto) {
			return
		}
		next, ok := r.ip(r.trans, 1)
		if !ok {
			return
		}
		size := 8
		if n, ok := r.ip(r.trans+1, 1); ok && r.proto != 44 {
			size = 8 * (n + 1)
		}
		r.trans += size
		r.proto = next
	}
}
