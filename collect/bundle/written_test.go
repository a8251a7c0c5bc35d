package bundle

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

// TestWritten: a bundle that the caller has just written is judged the same
// whether its frames are only hashed or all of it is read; any changed byte is
// found either way, with the same words.
func TestWritten(t *testing.T) {
	data, sum := write(t, pinned(t))
	same := func(b []byte) Report {
		t.Helper()
		full := verify(t, openBytes(t, b), VerifyOptions{})
		quick := verify(t, openBytes(t, b), VerifyOptions{Written: sum.Seal})
		if !reflect.DeepEqual(full, quick) {
			t.Fatalf("read: %+v\nhashed: %+v", full, quick)
		}
		return quick
	}
	if r := same(data); !r.OK || r.Integrity != IntegrityOK || r.Proven.Items != int(sum.Exhibits) {
		t.Errorf("%+v", r)
	}
	whole := openBytes(t, data)
	for i, off := range whole.tab.stored {
		bad := bytes.Clone(data)
		bad[off+int64(whole.tab.refs[i].stored)-1] ^= 1
		if r := same(bad); r.OK {
			t.Errorf("frame %d: %+v", i, r)
		}
	}
	same(data[:len(data)*2/3])
}

// TestWrittenAnother: the seal of another bundle saves nothing: content that
// was damaged before it was framed would not be seen by hashing alone.
func TestWrittenAnother(t *testing.T) {
	data, sum := write(t, pinned(t))
	b := openBytes(t, data)
	b.led.tags[0].sum[0] ^= 1 // what only the whole reading compares
	if r := verify(t, b, VerifyOptions{Written: sum.Seal[1:] + "0"}); r.OK {
		t.Errorf("%+v", r)
	}
}

// TestFail: a writer that is told to fail ends the exhibit it is writing, and
// the bundle stays cut.
func TestFail(t *testing.T) {
	var out bytes.Buffer
	o := pinned(t)
	w, err := NewWriter(&out, o)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	stop := errors.New("stopped")
	r := readerFunc(func(p []byte) (int, error) {
		w.Fail(stop)
		return len(p), nil
	})
	if _, err := w.File(Exhibit{Item: 1, Name: "data/files/endless"}, 1<<50, r); !errors.Is(err, stop) {
		t.Fatalf("%v", err)
	}
	if _, err := w.Close(); !errors.Is(err, stop) {
		t.Errorf("closed with %v", err)
	}
	if b, err := OpenReader(bytes.NewReader(out.Bytes()), int64(out.Len()), OpenOptions{}); err == nil {
		if b.Seal().State == Whole {
			t.Error("the bundle is whole")
		}
		_ = b.Close()
	}
}
