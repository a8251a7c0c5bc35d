package source

import "github.com/saksi-dfir/saksi/collect"

// All lists every source, sorted by constructor. Within a group of volatility they
// run in this order.
func All() []collect.Source {
	return []collect.Source{
		accounts(),
		containers(),
		cron(),
		exe(),
		filestat(),
		history(),
		identity(),
		locks(),
		logins(),
		logs(),
		packages(),
		paths(),
		persistence(),
		process(),
		ram(),
		scratch(),
		secureShell(),
		security(),
		socket(),
		units(),
		web(),
		webroot(),
	}
}
