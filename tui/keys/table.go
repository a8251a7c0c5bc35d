package keys

// The actions.
const (
	Down         Action = "down"
	Up           Action = "up"
	Left         Action = "left"
	Right        Action = "right"
	Top          Action = "top"
	End          Action = "end"
	HalfDown     Action = "half-down"
	HalfUp       Action = "half-up"
	PageDown     Action = "page-down"
	PageUp       Action = "page-up"
	GoTime       Action = "go-time"
	ZoomIn       Action = "zoom-in"
	ZoomOut      Action = "zoom-out"
	PanLeft      Action = "pan-left"
	PanRight     Action = "pan-right"
	Fit          Action = "fit"
	Strip        Action = "strip"
	Undated      Action = "undated"
	Search       Action = "search"
	NextHit      Action = "next-hit"
	PrevHit      Action = "prev-hit"
	Filter       Action = "filter"
	DropChip     Action = "drop-chip"
	ClearFilter  Action = "clear-filter"
	Include      Action = "include"
	Exclude      Action = "exclude"
	Only         Action = "only"
	Facets       Action = "facets"
	Follow       Action = "follow"
	Lanes        Action = "lanes"
	NextOfEntity Action = "next-of-entity"
	PrevOfEntity Action = "prev-of-entity"
	NextFinding  Action = "next-finding"
	PrevFinding  Action = "prev-finding"
	FindingsList Action = "findings"
	Open         Action = "open"
	HostCard     Action = "host-card"
	Preview      Action = "preview"
	DetailMode   Action = "detail-mode"
	NextPane     Action = "next-pane"
	Maximise     Action = "maximise"
	Sort         Action = "sort"
	MarkRow      Action = "mark"
	Star         Action = "star"
	Tag          Action = "tag"
	Note         Action = "note"
	Bookmark     Action = "bookmark"
	Bookmarks    Action = "bookmarks"
	NextMark     Action = "next-bookmark"
	PrevMark     Action = "prev-bookmark"
	CopyText     Action = "copy"
	Export       Action = "export"
	Compare      Action = "compare"
	Undo         Action = "undo"
	Redo         Action = "redo"
	Confirm      Action = "confirm"
	Reject       Action = "reject"
	MergeNotes   Action = "merge"
	Witnesses    Action = "witnesses"
	Ingest       Action = "ingest"
	BackHistory  Action = "history-back"
	FwdHistory   Action = "history-forward"
	Refresh      Action = "refresh"
	Overview     Action = "overview"
	Timeline     Action = "timeline"
	Palette      Action = "palette"
	Help         Action = "help"
	Mouse        Action = "mouse"
	Suspend      Action = "suspend"
	Back         Action = "back"
	Cancel       Action = "cancel"
	Escape       Action = "escape"
	Quit         Action = "quit"
)

// Table gives the table with the keys as they come.
func Table() []Binding {
	return append(append(moves(), finds()...), works()...)
}

func moves() []Binding {
	const tl = "timeline"
	return []Binding{
		{Down, []string{"j", "down", "ctrl+n"}, "Next row", "", Move, "", ""},
		{Up, []string{"k", "up"}, "Previous row", "", Move, "", ""},
		{Left, []string{"h", "left"}, "Previous column", "", Move, "", ""},
		{Right, []string{"l", "right"}, "Next column", "", Move, "", ""},
		{Top, []string{"g", "home"}, "First row", "", Move, "", ""},
		{End, []string{"G", "end"}, "Last row", "", Move, "", ""},
		{HalfDown, []string{"ctrl+d"}, "Half a page down", "", Move, "", ""},
		{HalfUp, []string{"ctrl+u"}, "Half a page up", "", Move, "", ""},
		{PageDown, []string{"pgdown", "ctrl+f"}, "Page down", "", Move, "", ""},
		{PageUp, []string{"pgup", "ctrl+b"}, "Page up", "", Move, "", ""},
		{GoTime, []string{"t"}, "Go to a time", "go to", Time, tl, "saksi events --case DIR after:TIME --limit 50"},
		{ZoomIn, []string{"z"}, "Zoom in on the time range", "zoom", Time, tl, "saksi hist --case DIR after:FROM before:TO"},
		{ZoomOut, []string{"Z"}, "Zoom out", "", Time, tl, "saksi hist --case DIR after:FROM before:TO"},
		{PanLeft, []string{"<", "shift+left"}, "Move the range to earlier", "", Time, tl, ""},
		{PanRight, []string{">", "shift+right"}, "Move the range to later", "", Time, tl, ""},
		{Fit, []string{"0"}, "Show the whole time of the case; again: where nearly all events lie", "", Time, tl, "saksi hist --case DIR"},
		{Strip, []string{"i"}, "Show or hide the histogram strip", "", Time, tl, ""},
		{Undated, []string{"u"}, "Show only undated events, or all again", "", Time, tl, ""},
	}
}

func finds() []Binding {
	const tl = "timeline"
	return []Binding{
		{Search, []string{"/"}, "Search (highlights, hides nothing)", "search", Find, tl, "saksi events --case DIR QUERY"},
		{NextHit, []string{"n"}, "Next hit of the search", "", Find, tl, ""},
		{PrevHit, []string{"N"}, "Previous hit of the search", "", Find, tl, ""},
		{Filter, []string{"f"}, "Edit the filter", "filter", Find, "", "saksi events --case DIR QUERY"},
		{DropChip, []string{"backspace"}, "Take the last filter chip away", "", Find, "", ""},
		{ClearFilter, []string{"X"}, "Take all filter chips away", "", Find, "", ""},
		{Include, []string{"+"}, "Add the value under the cursor to the filter", "", Find, tl, "saksi events --case DIR FIELD:VALUE"},
		{Exclude, []string{"-"}, "Leave the value under the cursor out", "", Find, tl, "saksi events --case DIR -- FIELD:VALUE"},
		{Only, []string{"="}, "Filter for this value alone", "", Find, tl, "saksi events --case DIR FIELD:VALUE"},
		{Facets, []string{"F"}, "Facets: values of a field with exact counts", "facets", Find, tl, "saksi facets --case DIR --field FIELD QUERY"},
		{Follow, []string{"w"}, "Follow the entity under the cursor across hosts", "follow", Entity, tl, "saksi events --case DIR ip:ADDRESS"},
		{Lanes, []string{"L"}, "Lanes: which host has events of the filter, and when", "lanes", Entity, "", "saksi facets --case DIR --field host QUERY"},
		{NextOfEntity, []string{"o"}, "Next event of the same value", "", Entity, tl, ""},
		{PrevOfEntity, []string{"O"}, "Previous event of the same value", "", Entity, tl, ""},
		{NextFinding, []string{"e"}, "Next event that a finding cites", "", Entity, tl, "saksi events --case DIR tag:finding"},
		{PrevFinding, []string{"E"}, "Previous event that a finding cites", "", Entity, tl, ""},
		{FindingsList, []string{"!"}, "List of findings", "findings", Entity, "", "saksi findings --case DIR"},
	}
}

func works() []Binding {
	const tl, ov = "timeline", "overview"
	return []Binding{
		{Open, []string{"enter"}, "Open what is under the cursor", "open", Look, "", "saksi raw --case DIR EVENT"},
		{HostCard, []string{"H"}, "Host card: when infected, who saw it, findings, coverage, bundles", "host", Look, "", "saksi infections --case DIR; saksi sightings --case DIR; saksi coverage --case DIR"},
		{Preview, []string{"p"}, "Show or hide the detail pane", "", Look, tl, ""},
		{DetailMode, []string{"v"}, "Detail as fields, raw text, hex", "raw/hex", Look, tl, "saksi raw --case DIR EVENT"},
		{Witnesses, []string{"W"}, "Witnesses: other exhibits that hold the same record", "", Look, tl, "saksi events --case DIR --all-copies QUERY"},
		{NextPane, []string{"tab", "shift+tab"}, "Other pane", "", Look, tl, ""},
		{Maximise, []string{"ctrl+w"}, "Give the pane the whole screen", "", Look, tl, ""},
		{Sort, []string{"s"}, "Sort by the next column", "sort", Look, ov, ""},
		{MarkRow, []string{" "}, "Mark or unmark the row", "mark", Work, "", ""},
		{Star, []string{"m"}, "Star or unstar the event", "star", Work, tl, "saksi annotate --case DIR EVENT --star"},
		{Tag, []string{"T"}, "Tag the event (-TAG takes it off)", "", Work, tl, "saksi annotate --case DIR EVENT --tag TAG"},
		{Note, []string{"a"}, "Write a note on the event", "note", Work, tl, "saksi annotate --case DIR EVENT --note TEXT"},
		{Bookmark, []string{"B"}, "Bookmark the event under a name", "", Work, tl, "saksi annotate --case DIR EVENT --bookmark NAME"},
		{Bookmarks, []string{"'"}, "List of bookmarks (- takes one away)", "", Work, "", "saksi annotate --case DIR --bookmarks; saksi annotate --case DIR --unbookmark NAME"},
		{NextMark, []string{"}"}, "Next bookmark", "", Work, tl, ""},
		{PrevMark, []string{"{"}, "Previous bookmark", "", Work, tl, ""},
		{CopyText, []string{"y"}, "Copy the event to the clipboard", "copy", Work, tl, "saksi events --case DIR --cite"},
		{Export, []string{"x"}, "Export marked rows, or all of the filter", "export", Work, tl, "saksi events --case DIR QUERY --csv"},
		{Compare, []string{"c"}, "Compare two marked hosts", "", Work, "", "saksi facets --case DIR host:NAME"},
		{Undo, []string{"U"}, "Undo the last annotation", "", Work, "", "saksi annotate --case DIR --undo"},
		{Redo, []string{"R"}, "Redo the annotation", "", Work, "", "saksi annotate --case DIR --redo"},
		{Confirm, []string{"C"}, "Confirm the finding (U undoes)", "", Work, "", "saksi annotate --case DIR --confirm FINDING"},
		{Reject, []string{"D"}, "Reject (dismiss) the finding (U undoes)", "", Work, "", "saksi annotate --case DIR --reject FINDING"},
		{MergeNotes, []string{"M"}, "Merge the annotations of another copy of the case", "", Work, "", "saksi annotate --case DIR --merge OTHER"},
		{Ingest, []string{"I"}, "Ingest bundles or files", "", Work, "", "saksi ingest --case DIR INPUT..."},
		{BackHistory, []string{"["}, "Back: filter, range and cursor as they were", "", Travel, "", ""},
		{FwdHistory, []string{"]"}, "Forward again", "", Travel, "", ""},
		{Refresh, []string{"ctrl+r", "f5"}, "Take in what was ingested since", "", Travel, "", ""},
		{Overview, []string{"1"}, "Overview of hosts", "overview", Travel, tl, "saksi case stat --case DIR"},
		{Timeline, []string{"2"}, "Timeline of events", "timeline", Travel, ov, "saksi events --case DIR"},
		{Palette, []string{":", "ctrl+p"}, "Palette: every action by name", "palette", Travel, "", ""},
		{Help, []string{"?", "f1"}, "Help", "help", Travel, "", "saksi tui --help"},
		{Mouse, []string{"f2"}, "Mouse on or off", "", Travel, "", ""},
		{Suspend, []string{"ctrl+z"}, "Suspend to the shell", "", Travel, "", ""},
		{Escape, []string{"esc"}, "Close the popup, prompt or highlight", "", Travel, "", ""},
		{Cancel, []string{"ctrl+c"}, "Stop the running query; twice: quit", "", Travel, "", ""},
		{Back, []string{"q"}, "Back; on the first screen: quit", "back", Travel, "", ""},
		{Quit, []string{"Q"}, "Quit", "quit", Travel, "", ""},
	}
}

// Hangul gives the Latin key at the place of a Korean one (2-beolsik layout),
// so that the single-key actions work while an input method is on.
func Hangul(key string) (string, bool) {
	switch key {
	case "ㅂ", "ㅃ":
		return pick(key, "ㅂ", "q", "Q")
	case "ㅈ", "ㅉ":
		return pick(key, "ㅈ", "w", "W")
	case "ㄷ", "ㄸ":
		return pick(key, "ㄷ", "e", "E")
	case "ㄱ", "ㄲ":
		return pick(key, "ㄱ", "r", "R")
	case "ㅅ", "ㅆ":
		return pick(key, "ㅅ", "t", "T")
	case "ㅐ", "ㅒ":
		return pick(key, "ㅐ", "o", "O")
	}
	single := map[string]string{
		"ㅛ": "y", "ㅕ": "u", "ㅑ": "i", "ㅔ": "p", "ㅖ": "P", "ㅁ": "a", "ㄴ": "s", "ㅇ": "d", "ㄹ": "f", "ㅎ": "g",
		"ㅗ": "h", "ㅓ": "j", "ㅏ": "k", "ㅣ": "l", "ㅋ": "z", "ㅌ": "x", "ㅊ": "c", "ㅍ": "v", "ㅠ": "b", "ㅜ": "n", "ㅡ": "m",
	}
	latin, ok := single[key]
	return latin, ok
}

func pick(key, plain, lower, upper string) (string, bool) {
	if key == plain {
		return lower, true
	}
	return upper, true
}
