package host

import (
	"strings"

	"golang.org/x/sys/unix"

	"github.com/saksi-dfir/saksi/collect/record"
)

// rtcPath shows the hardware clock without opening the device.
const rtcPath = "/sys/class/rtc/rtc0/"

// readClock reads all clocks of this machine back to back: the three kernel
// clocks first, then how the clock is disciplined (adjtimex(2), reading only)
// and the hardware clock, which has a resolution of 1 s.
func readClock(when string) record.Clock {
	c := record.Clock{When: when}
	var real, mono, boot unix.Timespec
	e1 := unix.ClockGettime(unix.CLOCK_REALTIME, &real)
	e2 := unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono)
	e3 := unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot)
	c.Realtime, c.Monotonic, c.Boottime = real.Nano(), mono.Nano(), boot.Nano()
	for _, err := range []error{e1, e2, e3} {
		if err != nil {
			c.Errno = ErrnoName(err)
		}
	}
	var tx unix.Timex
	state, err := unix.Adjtimex(&tx)
	if err != nil {
		c.Errno = ErrnoName(err)
	} else {
		c.Adjtimex = &record.Timex{
			State: state, Status: tx.Status, Offset: int64(tx.Offset),
			MaxError: int64(tx.Maxerror), EstError: int64(tx.Esterror), TAI: tx.Tai,
		}
	}
	c.RTC = readRTC()
	return c
}

// readRTC gives "2026-11-21 20:40:01 since_epoch=... hctosys=1", or "".
func readRTC() string {
	var parts []string
	for _, name := range []string{"date", "time", "since_epoch", "hctosys"} {
		text := strings.TrimSpace(smallFile(rtcPath + name))
		if text == "" {
			continue
		}
		switch name {
		case "date", "time":
			parts = append(parts, text)
		default:
			parts = append(parts, name+"="+text)
		}
	}
	return strings.Join(parts, " ")
}

// smallFile reads up to 4 KiB of a kernel file of this machine, "" on error.
func smallFile(path string) string {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	buf := make([]byte, 4096)
	n, err := unix.Read(fd, buf)
	if err != nil || n < 0 {
		return ""
	}
	return string(buf[:n])
}
