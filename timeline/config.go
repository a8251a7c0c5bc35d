package timeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// The names inside a case directory.
const (
	configName  = "case.toml"
	signersName = "allowed_signers"
	revokedName = "revoked.krl"
	ledgerName  = "bundles.jsonl"
	bundlesDir  = "bundles"
	journalDir  = "journal"
	storeDir    = "store"
)

// configVersion is the version of case.toml.
const configVersion = 1

// ErrConfig marks a case.toml that cannot be used.
var ErrConfig = errors.New("case.toml")

// config is case.toml: what the analysts decided about the case.
type config struct {
	Version int          `toml:"version"`
	Name    string       `toml:"name,omitempty"`
	Zone    string       `toml:"zone"`
	Hosts   []hostConfig `toml:"host,omitempty"`
}

// hostConfig names a host and joins keys that stand for it: a host that was
// renamed, or whose logs came as plain files too, has several.
type hostConfig struct {
	Name string   `toml:"name"`
	Keys []string `toml:"keys"` // 16 hex digits each, as listings print them
}

// CreateOptions are the first entries of a case.
type CreateOptions struct {
	Name string // words for the title; "" takes the name of the directory
	Zone string // IANA name in which times are shown and dates are read; "" is UTC
}

// Create makes the directory of a new case. A directory that holds a case
// already is an error (fs.ErrExist); other files in it are left alone.
func Create(dir string, o CreateOptions) error {
	if o.Zone == "" {
		o.Zone = "UTC"
	}
	if _, err := loadZone(o.Zone); err != nil {
		return err
	}
	for _, d := range []string{dir, filepath.Join(dir, bundlesDir), filepath.Join(dir, journalDir), filepath.Join(dir, storeDir)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return fmt.Errorf("make case: %w", err)
		}
	}
	var b strings.Builder
	b.WriteString("# A Saksi case. zone is the zone in which times are shown and dates are read.\n" +
		"# A host that goes by several keys (saksi case stat lists them) is joined by\n#   [[host]]\n#   name = \"web01\"\n#   keys = [\"0123456789abcdef\", \"fedcba9876543210\"]\n\n")
	if err := toml.NewEncoder(&b).Encode(config{Version: configVersion, Name: o.Name, Zone: o.Zone}); err != nil {
		return fmt.Errorf("make case: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, configName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make case: %w", err)
	}
	_, err = f.WriteString(b.String())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("make case: %w", err)
	}
	return nil
}

// Exists says whether dir holds a case.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, configName))
	return err == nil
}

func loadZone(name string) (*time.Location, error) {
	if name == "" {
		name = "UTC"
	}
	if name == "Local" || strings.Contains(name, "..") {
		return nil, fmt.Errorf("zone %q: an IANA name such as Asia/Seoul is needed", name)
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("zone %q is not known on this machine: %w", name, err)
	}
	return z, nil
}

// readConfig reads and judges case.toml. Unknown entries are refused: a
// misspelt one would otherwise do nothing without a word.
func readConfig(dir string) (config, error) {
	var c config
	path := filepath.Join(dir, configName)
	b, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("open case: %w", err)
	}
	md, err := toml.Decode(string(b), &c)
	if err != nil {
		return c, fmt.Errorf("%w: %q: %w", ErrConfig, path, err)
	}
	if un := md.Undecoded(); len(un) > 0 {
		return c, fmt.Errorf("%w: %q: unknown entry %q", ErrConfig, path, un[0].String())
	}
	if c.Version != configVersion {
		return c, fmt.Errorf("%w: %q: version %d, this program knows %d", ErrConfig, path, c.Version, configVersion)
	}
	if _, err := c.joins(); err != nil {
		return c, fmt.Errorf("%w: %q: %w", ErrConfig, path, err)
	}
	return c, nil
}

// joins maps every key that case.toml names to its host.
func (c config) joins() (map[event.HostKey]int, error) {
	out := map[event.HostKey]int{}
	names := map[string]bool{}
	for i, h := range c.Hosts {
		if h.Name == "" || names[h.Name] {
			return nil, fmt.Errorf("host %q: every [[host]] needs a name of its own", h.Name)
		}
		names[h.Name] = true
		for _, s := range h.Keys {
			k, ok := parseHostKey(s)
			if !ok {
				return nil, fmt.Errorf("host %q: key %q: want 16 hex digits", h.Name, s)
			}
			if j, dup := out[k]; dup && j != i {
				return nil, fmt.Errorf("key %q stands under two hosts, %q and %q", s, c.Hosts[j].Name, h.Name)
			}
			out[k] = i
		}
	}
	return out, nil
}

func parseHostKey(s string) (event.HostKey, bool) {
	var k event.HostKey
	if len(s) != 2*len(k) {
		return k, false
	}
	for i := range k {
		hi, lo := hexDigit(s[2*i]), hexDigit(s[2*i+1])
		if hi < 0 || lo < 0 {
			return k, false
		}
		k[i] = byte(hi<<4 | lo)
	}
	return k, true
}

func hexDigit(c byte) int {
	return strings.IndexByte("0123456789abcdef", c|0x20)
}

// readOptional reads a file of the case; nil when it does not exist.
func (c *Case) readOptional(name string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(c.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s of the case: %w", name, err)
	}
	return b, nil
}

// Join writes into case.toml that keys stand for one host.
func (c *Case) Join(name string, keys []event.HostKey) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	conf := c.conf
	conf.Hosts = slices.Clone(conf.Hosts)
	i := slices.IndexFunc(conf.Hosts, func(h hostConfig) bool { return h.Name == name })
	if i < 0 {
		conf.Hosts = append(conf.Hosts, hostConfig{Name: name})
		i = len(conf.Hosts) - 1
	}
	h := &conf.Hosts[i]
	h.Keys = slices.Clone(h.Keys)
	for _, k := range keys {
		if !slices.Contains(h.Keys, k.String()) {
			h.Keys = append(h.Keys, k.String())
		}
	}
	joins, err := conf.joins()
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := toml.NewEncoder(&b).Encode(conf); err != nil {
		return fmt.Errorf("write case.toml: %w", err)
	}
	if err := replaceFile(filepath.Join(c.dir, configName), []byte(b.String())); err != nil {
		return err
	}
	c.conf, c.joins, c.names = conf, joins, nil
	return nil
}

// replaceFile writes a file in one step: the old or the new is there, never a part.
func replaceFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %q: %w", path, err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %q: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}
