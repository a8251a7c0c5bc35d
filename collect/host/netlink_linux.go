package host

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// eachAttr walks netlink attributes.
func eachAttr(b []byte, fn func(kind uint16, value []byte)) {
	for len(b) >= 4 {
		size := int(binary.NativeEndian.Uint16(b))
		if size < 4 || size > len(b) {
			return
		}
		fn(binary.NativeEndian.Uint16(b[2:])&0x3fff, b[4:size])
		b = b[min(len(b), (size+3)&^3):]
	}
}

// ask sends one dump request.
func ask(fd int, kind uint16, body []byte) error {
	req := make([]byte, unix.NLMSG_HDRLEN, unix.NLMSG_HDRLEN+len(body))
	binary.NativeEndian.PutUint32(req, uint32(unix.NLMSG_HDRLEN+len(body)))
	binary.NativeEndian.PutUint16(req[4:], kind)
	binary.NativeEndian.PutUint16(req[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	binary.NativeEndian.PutUint32(req[8:], 1)
	return unix.Sendto(fd, append(req, body...), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
}

// dump sends one dump request and gives the body of each answer.
func dump(fd int, kind uint16, body []byte, fn func(body []byte)) error {
	if err := ask(fd, kind, body); err != nil {
		return err
	}
	buf := make([]byte, 128<<10)
	for total := 0; total < maxNetlinkBytes; {
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err != nil {
			return err
		}
		total += n
		last, err := eachMessage(buf[:n], fn)
		if err != nil || last {
			return err
		}
	}
	return unix.EMSGSIZE
}

// eachMessage walks the netlink messages of one datagram; last says that the
// dump is over.
func eachMessage(b []byte, fn func(body []byte)) (last bool, err error) {
	for len(b) >= unix.NLMSG_HDRLEN {
		size := int(binary.NativeEndian.Uint32(b))
		if size < unix.NLMSG_HDRLEN || size > len(b) {
			return true, unix.EBADMSG
		}
		body := b[unix.NLMSG_HDRLEN:size]
		switch binary.NativeEndian.Uint16(b[4:]) {
		case unix.NLMSG_DONE:
			return true, nil
		case unix.NLMSG_ERROR:
			if len(body) < 4 {
				return true, unix.EBADMSG
			}
			if no := -int32(binary.NativeEndian.Uint32(body)); no != 0 {
				return true, unix.Errno(no)
			}
			return true, nil
		default:
			fn(body)
		}
		b = b[min(len(b), (size+3)&^3):]
	}
	return false, nil
}
