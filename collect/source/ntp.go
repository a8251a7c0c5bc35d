package source

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/saksi-dfir/saksi/collect"
	"github.com/saksi-dfir/saksi/collect/bundle"
	"github.com/saksi-dfir/saksi/collect/host"
)

func ntp() collect.Source { return ntpSource{} }

// ntpSource measures how far the host's clock is off.
type ntpSource struct{}

// Describe implements collect.Source.
func (ntpSource) Describe() collect.Description {
	return collect.Description{
		Name: "ntp",
		Doc: "offset of the host's clock to the time servers named by --ntp, with the bound of its error: four exchanges each, the one with the " +
			"shortest way counts. Without --ntp nothing is sent.",
		Effects:    "four UDP packets to each named server; a server named by name, not address, is looked up, which reads /etc/resolv.conf and may change its access time",
		References: []string{"RFC 4330 (SNTP)", "RFC 5905 section 8 (offset, delay, root distance)"},
		Group:      collect.GroupClock,
		MinKernel:  "3.10",
		LiveOnly:   true,
		Profiles:   []string{collect.ProfileSweep, collect.ProfileTriage, collect.ProfileFull},
	}
}

// Plan implements collect.Source: one item a server.
func (ntpSource) Plan(_ context.Context, env *collect.Env) (items []bundle.PlanItem, err error) {
	for _, s := range env.NTP {
		items = append(items, bundle.PlanItem{Target: collect.Escape([]byte(s)), Bytes: 1024})
	}
	return items, nil
}

// ntpSample is one exchange with a time server. Times are ns; t1 and t4 are
// read from CLOCK_REALTIME of the host, t2 and t3 are what the server states.
type ntpSample struct {
	Type           string `json:"t"` // "ntp"
	Server         string `json:"server"`
	Address        string `json:"address"`
	T1             int64  `json:"t1"`
	T2             int64  `json:"t2"`
	T3             int64  `json:"t3"`
	T4             int64  `json:"t4"`
	Offset         int64  `json:"offset"` // server minus host
	Delay          int64  `json:"delay"`
	Error          int64  `json:"error"` // bound: delay/2 + root delay/2 + root dispersion
	Stratum        int    `json:"stratum"`
	Leap           int    `json:"leap"`
	RootDelay      int64  `json:"root_delay"`
	RootDispersion int64  `json:"root_dispersion"`
	Reference      string `json:"reference"` // hex
	Best           bool   `json:"best,omitempty"`
}

const (
	ntpTries   = 4
	ntpTimeout = 2 * time.Second
)

// Collect implements collect.Source.
func (ntpSource) Collect(ctx context.Context, env *collect.Env, item bundle.PlanItem) (bundle.Outcome, error) {
	server := string(collect.Unescape(item.Target))
	address := server
	if _, _, err := net.SplitHostPort(server); err != nil {
		address = net.JoinHostPort(server, "123")
	}
	var samples []ntpSample
	var last error
	for range ntpTries {
		if err := env.Throttle(ctx, 0); err != nil {
			return bundle.Outcome{}, err
		}
		s, err := askNTP(ctx, address)
		if err != nil {
			last = err
			continue
		}
		s.Server = server
		samples = append(samples, s)
	}
	if len(samples) == 0 {
		o := collect.OutcomeOf(last)
		if o.Outcome == bundle.Absent {
			o.Outcome = bundle.Failed
		}
		return o, nil
	}
	best := 0
	for i, s := range samples {
		if s.Error < samples[best].Error {
			best = i
		}
	}
	samples[best].Best = true
	return writeNTP(env, samples, best)
}

func writeNTP(env *collect.Env, samples []ntpSample, best int) (bundle.Outcome, error) {
	stream, err := env.Out.Records(bundle.Exhibit{Source: "ntp", Method: "SNTP"})
	if err != nil {
		return bundle.Outcome{}, fmt.Errorf("ntp records: %w", err)
	}
	for _, s := range samples {
		if err := stream.Record(s); err != nil {
			return bundle.Outcome{}, fmt.Errorf("ntp records: %w", err)
		}
	}
	if _, _, err := stream.Close(); err != nil {
		return bundle.Outcome{}, fmt.Errorf("ntp records: %w", err)
	}
	b := samples[best]
	return bundle.Outcome{Outcome: bundle.Collected, Method: "SNTP", Reason: fmt.Sprintf("the server is %s ahead, +- %s", time.Duration(b.Offset), time.Duration(b.Error))}, nil
}

// errNTP says that an answer is no valid answer to our question.
var errNTP = errors.New("not an answer to our question")

// askNTP makes one exchange. The transmit time of the question is a random
// looking number to the server; only an answer that repeats it counts.
func askNTP(ctx context.Context, address string) (ntpSample, error) {
	d := net.Dialer{Timeout: ntpTimeout}
	conn, err := d.DialContext(ctx, "udp", address)
	if err != nil {
		return ntpSample{}, fmt.Errorf("ntp: %w", err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(ntpTimeout)); err != nil {
		return ntpSample{}, fmt.Errorf("ntp: %w", err)
	}
	var q [48]byte
	q[0] = 4<<3 | 3 // version 4, client
	start := time.Now()
	t1 := start.UnixNano()
	binary.BigEndian.PutUint64(q[40:], toNTP(t1))
	if _, err := conn.Write(q[:]); err != nil {
		return ntpSample{}, fmt.Errorf("ntp: %w", err)
	}
	var a [512]byte
	for {
		n, err := conn.Read(a[:])
		if err != nil {
			var to net.Error
			if errors.As(err, &to) && to.Timeout() {
				err = errors.Join(host.ErrTimeout, err)
			}
			return ntpSample{}, fmt.Errorf("ntp: %w", err)
		}
		t4 := t1 + time.Since(start).Nanoseconds() // a step of the clock meanwhile does no harm
		s, err := parseNTP(a[:n], t1, t4)
		if errors.Is(err, errNTP) {
			continue
		}
		s.Address = conn.RemoteAddr().String()
		return s, err
	}
}

// parseNTP reads an answer (RFC 5905 figure 8).
func parseNTP(a []byte, t1, t4 int64) (ntpSample, error) {
	if len(a) < 48 || a[0]&7 != 4 || binary.BigEndian.Uint64(a[24:]) != toNTP(t1) {
		return ntpSample{}, errNTP
	}
	s := ntpSample{
		Type: "ntp", T1: t1, T2: fromNTP(binary.BigEndian.Uint64(a[32:])), T3: fromNTP(binary.BigEndian.Uint64(a[40:])), T4: t4,
		Stratum: int(a[1]), Leap: int(a[0] >> 6), Reference: fmt.Sprintf("%x", a[12:16]),
		RootDelay: fromShort(binary.BigEndian.Uint32(a[4:])), RootDispersion: fromShort(binary.BigEndian.Uint32(a[8:])),
	}
	if s.Stratum == 0 || s.Stratum > 15 || s.Leap == 3 {
		return s, fmt.Errorf("ntp: the server says it has no time (stratum %d, leap %d)", s.Stratum, s.Leap)
	}
	s.Offset = (s.T2-s.T1)/2 + (s.T3-s.T4)/2
	s.Delay = max(0, (s.T4-s.T1)-(s.T3-s.T2))
	s.Error = s.Delay/2 + s.RootDelay/2 + s.RootDispersion
	return s, nil
}

// ntpEpoch is the seconds from 1900 to 1970.
const ntpEpoch = 2208988800

func toNTP(ns int64) uint64 {
	sec, frac := ns/1e9, uint64(ns%1e9)
	return uint64(sec+ntpEpoch)<<32 | frac<<32/1e9
}

// fromNTP reads a 32.32 time stamp; those with the top bit clear are of the
// era that begins in 2036.
func fromNTP(v uint64) int64 {
	sec := int64(v >> 32)
	if sec < 1<<31 {
		sec += 1 << 32
	}
	return (sec-ntpEpoch)*1e9 + int64((v&0xffffffff)*1e9>>32)
}

// fromShort reads a 16.16 interval.
func fromShort(v uint32) int64 { return int64(uint64(v) * 1e9 >> 16) }
