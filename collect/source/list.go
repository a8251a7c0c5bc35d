package source

import "github.com/saksi-dfir/saksi/collect"

// All lists every source, sorted by constructor. Within a group of volatility they
// run by their turn, then in this order.
func All() []collect.Source {
	return []collect.Source{
		accounts(),
		clockSync(),
		containers(),
		covered(),
		cron(),
		deleted(),
		drift(),
		ebpf(),
		exe(),
		filestat(),
		hashes(),
		history(),
		identity(),
		kernelState(),
		known(),
		locks(),
		logins(),
		logs(),
		netfilter(),
		netns(),
		ntp(),
		packages(),
		paths(),
		persistence(),
		pidview(),
		process(),
		procmem(),
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
