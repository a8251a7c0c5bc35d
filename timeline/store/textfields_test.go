package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/saksi-dfir/saksi/timeline/event"
)

// drawField draws field:value or field:value* from what an event holds.
func drawField(t *rapid.T, x *world, e *event.Event) filter {
	names := []string{"host", "held_by", "source", "parser", "actor", "action", "object", "meaning", "path", "tag", "bundle", "exhibit", "id", "level", "ip"}
	for _, f := range e.Fields {
		names = append(names, f.Name)
	}
	name := rapid.SampledFrom(names).Draw(t, "field")
	have := fieldValues(name, &seen{e: e, id: e.ID(), level: x.level[e.ID()], tags: allTags(x, e)})
	v := rapid.SampledFrom([]string{"", "web", "root", "/", "/dev/", "nothing", "run-", "data/", "two", "fin"}).Draw(t, "value")
	if len(have) > 0 && rapid.IntRange(0, 4).Draw(t, "known") > 0 {
		v = rapid.SampledFrom(have).Draw(t, "known value")
	}
	prefix := rapid.IntRange(0, 2).Draw(t, "prefix") == 0
	if prefix {
		v = v[:rapid.IntRange(0, len(v)).Draw(t, "cut")]
	}
	if name == "level" && (v == "" || v != x.level[e.ID()]) { // would be none
		prefix = true
	}
	if name == "ip" { // an address would be a network: see drawNet
		prefix = true
	}
	text := name + ":" + written(t, v)
	if prefix {
		text += "*"
	}
	if v == "" && !prefix {
		text = name + `:""`
	}
	return filter{text, func(s *seen) bool {
		return slices.ContainsFunc(fieldValues(name, s), func(have string) bool {
			whole := name == "exhibit" && isNumber(have) || hostField(name) && len(have) == 16 // no prefix finds them
			return have == v && !(prefix && whole) || prefix && !whole && strings.HasPrefix(have, v)
		})
	}, one}
}

func hostField(name string) bool { return name == "host" || name == "held_by" }

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

func allTags(x *world, e *event.Event) []string {
	id := e.ID()
	return slices.Concat(e.Tags, x.tags[id], x.res[0].Tags(id))
}

// fieldValues lists what stands in a field of an event, as the language says.
func fieldValues(name string, s *seen) (out []string) {
	e := s.e
	hostNames := func(k event.HostKey) []string {
		if k[0] >= 1 && k[0] <= 4 && k == (event.HostKey{k[0]}) {
			return []string{fmt.Sprintf("web%d", k[0]), k.String()}
		}
		return []string{k.String()}
	}
	switch name {
	case "host":
		return hostNames(e.Host)
	case "held_by":
		if e.HeldBy.IsZero() {
			return nil
		}
		return hostNames(e.HeldBy)
	case "source":
		return []string{e.Source}
	case "parser":
		return []string{e.Parser}
	case "actor":
		return []string{e.Actor}
	case "action":
		return []string{e.Action}
	case "object":
		return []string{e.Object}
	case "meaning":
		return []string{e.Meaning}
	case "bundle":
		return []string{e.Origin.Run}
	case "exhibit":
		return []string{e.Origin.Path, fmt.Sprint(e.Origin.Exhibit)}
	case "id":
		return []string{s.id.String()}
	case "level":
		if s.level == "" {
			return nil
		}
		return []string{s.level}
	case "tag":
		return s.tags
	}
	if name == "path" && strings.HasPrefix(e.Object, "/") {
		out = append(out, e.Object)
	}
	for _, f := range e.Fields {
		switch {
		case name == "path" && slices.Contains([]string{"path", "exe", "cwd", "script"}, f.Name), name == "ip" && addressField(f.Name), name != "path" && name != "ip" && f.Name == name:
			out = append(out, f.Value)
		}
	}
	return out
}

// drawTime draws a filter by time near an event, in every form of a date.
func drawTime(t *rapid.T, e *event.Event) filter {
	key, dated := e.Time.Key()
	if !dated {
		key = testBase
	}
	from, to, text := drawDate(t, key+rapid.Int64Range(-4, 4).Draw(t, "off")*250e6)
	what := rapid.SampledFrom([]string{"after", "before", "at", "at", "sure"}).Draw(t, "what")
	lo, hi, sure := int64(event.MinTime), int64(event.MaxTime), false
	word := what
	if what == "sure" {
		sure = true
		what = rapid.SampledFrom([]string{"after", "before", "at", ""}).Draw(t, "sure what")
		if word = "sure:" + what; what == "" {
			word = "sure"
		}
	}
	switch what {
	case "after":
		lo = from
	case "before":
		hi = from - 1
	default:
		lo, hi = from, to
		switch rapid.IntRange(0, 3).Draw(t, "range") {
		case 0:
			from2, to2, second := drawDate(t, to+1+rapid.Int64Range(0, 7200).Draw(t, "width")*1e9)
			if from2 >= from {
				hi, text = to2, text+".."+second
			}
		case 1:
			d := time.Duration(rapid.SampledFrom([]int64{1, 1e3, 1e6, 1e9, 60e9, 3600e9, 5400e9}).Draw(t, "duration"))
			lo, hi = lo-int64(d), hi+int64(d)
			text += rapid.SampledFrom([]string{"±", "+-"}).Draw(t, "sign") + d.String()
			text = strings.ReplaceAll(text, "µ", "u")
		}
	}
	if strings.Contains(text, " ") || rapid.IntRange(0, 3).Draw(t, "quoted") == 0 {
		if what == "" || !sure {
			text = `"` + text + `"`
		} else {
			text = strings.Replace(text, " ", "T", 2)
		}
	}
	return filter{word + ":" + text, func(s *seen) bool {
		if sure {
			return s.e.Time.Earliest >= lo && s.e.Time.Latest <= hi
		}
		return s.e.Time.Latest >= lo && s.e.Time.Earliest <= hi
	}, one}
}

// drawDate writes an instant in one of the forms; the date stands for all of
// [from, to].
func drawDate(t *rapid.T, ns int64) (from, to int64, text string) {
	zone := time.UTC
	suffix := rapid.SampledFrom([]string{"", "Z", "+09:00", "-0330"}).Draw(t, "zone")
	switch suffix {
	case "+09:00":
		zone = time.FixedZone("", 9*3600)
	case "-0330":
		zone = time.FixedZone("", -3*3600-1800)
	}
	at := time.Unix(0, ns).In(zone)
	y, m, d := at.Date()
	sep := rapid.SampledFrom([]string{"T", " "}).Draw(t, "between")
	form := rapid.IntRange(0, 7).Draw(t, "form")
	if form < 3 || form == 7 { // forms without a time of day have no zone
		at = time.Unix(0, ns).UTC()
		y, m, d = at.Date()
		zone, suffix = time.UTC, ""
	}
	day := time.Date(y, m, d, 0, 0, 0, 0, zone)
	end := day
	switch form {
	case 0:
		day, end, text = time.Date(y, 1, 1, 0, 0, 0, 0, zone), time.Date(y+1, 1, 1, 0, 0, 0, 0, zone), at.Format("2006")
	case 1:
		day, end, text = time.Date(y, m, 1, 0, 0, 0, 0, zone), time.Date(y, m+1, 1, 0, 0, 0, 0, zone), at.Format("2006-01")
	case 2:
		end, text = day.Add(24*time.Hour), at.Format("2006-01-02")
	case 3:
		day = day.Add(time.Duration(at.Hour()) * time.Hour)
		end, text = day.Add(time.Hour), at.Format("2006-01-02T15")
	case 4:
		day = day.Add(time.Duration(at.Hour()*60+at.Minute()) * time.Minute)
		end, text = day.Add(time.Minute), at.Format("2006-01-02"+sep+"15:04")
	case 5:
		day = at.Add(-time.Duration(at.Nanosecond()))
		end, text = day.Add(time.Second), at.Format("2006-01-02"+sep+"15:04:05")
	case 6:
		day = at.Add(-time.Duration(at.Nanosecond() % 1e6))
		end, text = day.Add(time.Millisecond), at.Format("2006-01-02"+sep+"15:04:05.000")
	case 7:
		sec := at.Unix()
		return sec * 1e9, sec*1e9 + 999999999, fmt.Sprintf("@%d", sec)
	}
	return day.UnixNano(), end.UnixNano() - 1, text + suffix
}
