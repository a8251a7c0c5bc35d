package timeline

import (
	"bytes"
	"errors"
	"fmt"
	"os/user"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"filippo.io/age"

	"github.com/saksi-dfir/saksi/timeline/event"
	"github.com/saksi-dfir/saksi/timeline/journal"
	"github.com/saksi-dfir/saksi/timeline/query"
	"github.com/saksi-dfir/saksi/timeline/store"
)

// Case is an open case. It reads the state of the store that was complete when
// it was opened; Refresh takes a newer one. All methods are safe for
// concurrent use.
type Case struct {
	dir  string
	zone *time.Location
	now  func() time.Time

	mu      sync.RWMutex
	conf    config
	joins   map[event.HostKey]int // key -> index of conf.Hosts
	names   *names                // nil until asked for
	snap    *snapshot
	author  string
	signer  journal.Signer
	ids     []age.Identity // open encrypted bundles for Raw
	notes   *journal.State // nil until asked for
	notesAt string         // sizes of the journals when notes were read

	raw     chan struct{}         // holds one value while bundles is in use
	bundles map[string]openBundle // open bundles by run id, for Raw
}

// snapshot is one state of the store, kept open while anybody reads it.
type snapshot struct {
	r       *store.Reader
	current []byte // content of CURRENT when it was opened
	users   sync.WaitGroup
	reading atomic.Int64 // users

	once     sync.Once
	claims   store.Claims
	levels   map[event.ID]string // highest level of a finding that cites the event
	claimErr error

	spoken spoken

	hostsMu  sync.Mutex
	hosts    []HostInfo
	hostsFor *names // the names under which hosts were made; Join makes others

	mu       sync.Mutex
	counted  bool
	warnings int64
}

// Open opens the case in dir. A directory without case.toml is fs.ErrNotExist.
func Open(dir string) (*Case, error) {
	conf, err := readConfig(dir)
	if err != nil {
		return nil, err
	}
	zone, err := loadZone(conf.Zone)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	joins, err := conf.joins()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	c := &Case{dir: dir, zone: zone, now: time.Now, conf: conf, joins: joins, author: accountName(), raw: make(chan struct{}, 1), bundles: map[string]openBundle{}}
	if c.snap, err = c.open(); err != nil {
		return nil, err
	}
	return c, nil
}

// accountName is the analyst's name unless As gives another.
func accountName() string {
	if u, err := user.Current(); err == nil && journal.ValidName(u.Username) == nil {
		return u.Username
	}
	return "analyst"
}

func (c *Case) open() (*snapshot, error) {
	cur, err := c.current()
	if err != nil {
		return nil, err
	}
	r, err := store.Open(filepath.Join(c.dir, storeDir))
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return &snapshot{r: r, current: cur}, nil
}

// current reads the file that names the state of the store.
func (c *Case) current() ([]byte, error) {
	b, err := store.State(filepath.Join(c.dir, storeDir))
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return b, nil
}

// ErrClosed says that the case was closed.
var ErrClosed = errors.New("the case is closed")

// use gives the present snapshot; done must be called when it is no longer read.
func (c *Case) use() (s *snapshot, done func(), err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.snap == nil {
		return nil, nil, ErrClosed
	}
	s = c.snap
	s.users.Add(1)
	s.reading.Add(1)
	return s, func() { s.reading.Add(-1); s.users.Done() }, nil
}

// Refresh takes the newest complete state of the store. changed is false when
// it is the one that is open, and no journal has grown.
func (c *Case) Refresh() (changed bool, err error) {
	c.mu.Lock()
	if now := c.journalSizes(); c.notes != nil && now != c.notesAt {
		c.notes, changed = nil, true
	}
	old := c.snap
	c.mu.Unlock()
	if old == nil {
		return changed, ErrClosed
	}
	cur, err := c.current()
	if err != nil {
		return changed, err
	}
	if bytes.Equal(cur, old.current) {
		return changed, nil
	}
	s, err := c.open()
	if err != nil {
		return changed, err
	}
	c.mu.Lock()
	if c.snap != old { // somebody else was faster
		c.mu.Unlock()
		return true, s.r.Close()
	}
	c.snap, c.names = s, nil
	idle := old.reading.Load() == 0 // nobody begins to read it any more
	c.mu.Unlock()
	if idle { // at once, so that a writer may remove what it alone held
		old.retire()
	} else {
		go old.retire()
	}
	return true, nil
}

// retire closes a snapshot once nobody reads it. Its generations are read-only:
// an error of closing has nothing to lose and nobody to tell.
func (s *snapshot) retire() {
	s.users.Wait()
	_ = s.r.Close()
}

// Close ends the case. It waits for methods that are running; those that follow
// return ErrClosed.
func (c *Case) Close() error {
	c.mu.Lock()
	s := c.snap
	c.snap = nil
	c.mu.Unlock()
	if s == nil {
		return nil
	}
	s.users.Wait()
	err := s.r.Close()
	c.raw <- struct{}{}
	defer func() { <-c.raw }()
	for run, b := range c.bundles {
		err = errors.Join(err, b.Close())
		delete(c.bundles, run)
	}
	return err
}

// Dir is the directory of the case.
func (c *Case) Dir() string { return c.dir }

// BundleDir is where plain inputs are sealed to and copies are kept.
func (c *Case) BundleDir() string { return filepath.Join(c.dir, bundlesDir) }

// Zone is the zone in which times are shown and dates are read.
func (c *Case) Zone() *time.Location { return c.zone }

// ZoneName is its IANA name.
func (c *Case) ZoneName() string { return c.zone.String() }

// Parse reads a query; dates without a zone are in the case zone. Mistakes are
// *query.SyntaxError.
func (c *Case) Parse(text string) (*query.Node, error) {
	return query.Parse(text, query.ParseOptions{Zone: c.zone, Now: c.now()})
}

// As says who annotates, and with which key lines are signed (nil: unsigned).
func (c *Case) As(author string, s journal.Signer) error {
	if err := journal.ValidName(author); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.author, c.signer = author, s
	return nil
}

// Unlock gives the identities that open encrypted bundles of the case for Raw.
func (c *Case) Unlock(ids ...age.Identity) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids = append(c.ids[:len(c.ids):len(c.ids)], ids...)
}

func (c *Case) identities() []age.Identity {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.ids
}
