package store

import (
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/saksi-dfir/saksi/timeline/query"
)

// fieldBlocks narrows rows to blocks whose signature has a field's value.
func (sp *segPlan) fieldBlocks(rows *roaring.Bitmap, names []string, value string) (*roaring.Bitmap, error) {
	if sp.s.man.sigs == 0 || rows.IsEmpty() {
		return rows, nil
	}
	any := make(blockSet, (len(sp.s.man.blocks)+63)/64)
	for _, name := range names {
		a, b := fieldBits(name, value)
		set, err := sp.s.suspects([]uint32{a, b})
		if err != nil {
			return nil, err
		}
		any.or(set)
	}
	return roaring.And(rows, sp.blocksToRows(any)), nil
}

// fieldRows gives the rows that have a field for which is holds.
func (sp *segPlan) fieldRows(is func(name string) bool) (*roaring.Bitmap, error) {
	bm := roaring.New()
	for _, name := range sp.s.man.tab.names {
		if !is(name) {
			continue
		}
		rows, err := sp.s.exact(kindField, cutTerm(name))
		if err != nil {
			return nil, err
		}
		bm.Or(rows)
	}
	return bm, nil
}

// indexed answers a term from the index of a one-valued column.
func (sp *segPlan) indexed(n *pnode, kind int) (sets, error) {
	long := len(n.Value) >= termBytes // cut terms stand for several values
	var rows *roaring.Bitmap
	var err error
	if n.Prefix {
		rows, err = sp.s.prefix(kind, cutTerm(n.Value))
	} else {
		rows, err = sp.s.exact(kind, cutTerm(n.Value))
	}
	if long {
		return perhaps(rows), err
	}
	return exactly(rows), err
}

func (sp *segPlan) path(n *pnode) (sets, error) {
	slash := strings.LastIndexByte(n.Value, '/')
	if slash < 0 || len(n.Value) >= termBytes {
		rows, err := sp.fieldRows(query.PathName)
		if err == nil && (n.Value == "" || slash >= 0) {
			rows = sp.all
		}
		return perhaps(rows), err
	}
	dir, _ := dirOf(n.Value)
	in, err := sp.s.exact(kindDir, dir)
	if err != nil {
		return sets{}, err
	}
	if !n.Prefix {
		rows, err := sp.fieldBlocks(in, []string{"path", "exe", "cwd", "script", "object"}, n.Value)
		return perhaps(rows), err
	}
	below, err := sp.s.prefix(kindDir, n.Value)
	if err != nil {
		return sets{}, err
	}
	may := roaring.Or(in, below)
	if strings.HasSuffix(n.Value, "/") && (slash > 0 || n.Value == "/") {
		return exactly(may), nil
	}
	return sets{must: below, may: may}, nil
}
