package gen

import "time"

// The moments of the scenario. Everything else is daily noise around them.
type moments struct {
	boot      time.Time // web01 came up: /dev/shm was empty then
	from      time.Time // first log line kept
	login     time.Time // the stolen deploy key is used
	copied    time.Time // the implant is copied to /dev/shm
	started   time.Time // and started
	removed   time.Time // and its file removed
	adminIn   time.Time // the administrator logs in to web01 ...
	adminLook time.Time // ... and looks at the implant
	adminDB   time.Time // the same on db01, where there is nothing
	silence   time.Time // auditd is stopped on web01 ...
	voice     time.Time // ... and runs again
	collected time.Time
}

func scenario() moments {
	return moments{
		boot: at("2024-03-12 04:00:11"), from: at("2024-03-12 04:00:20"),
		login: at("2024-03-19 02:13:40"), copied: at("2024-03-19 02:14:02"), started: at("2024-03-19 02:14:07"), removed: at("2024-03-19 02:14:09"),
		adminIn: at("2024-04-11 09:02:17"), adminLook: at("2024-04-11 09:05:41"), adminDB: at("2024-04-11 09:31:50"),
		silence: at("2024-04-18 23:40:00"), voice: at("2024-05-13 08:10:00"),
		collected: at("2024-07-31 10:00:00"),
	}
}

// Names of the scenario: invented people, documentation addresses.
const (
	implantPath = "/dev/shm/.sm-agentd"
	implantPID  = 4242
	admin       = "minseo"
	adminUID    = 1001
	deploy      = "deploy"
	deployUID   = 1002
	bastion     = "10.20.0.5"
	thiefIP     = "203.0.113.77"
)

// hostSpec is one host of the case.
type hostSpec struct {
	name      string
	machineID string
	bootID    string
	seed      uint64
	boot      time.Time
	infected  bool
	touched   bool // the administrator looked here too
}

func hosts() []hostSpec {
	m := scenario()
	return []hostSpec{
		{name: "web01", machineID: "7d2a6f0c41b94e0e9f0a5b1c2d3e4f50", bootID: "b1f0c1de-0001-4a6b-9c1d-2e3f40516273", seed: 11, boot: m.boot, infected: true, touched: true},
		{name: "db01", machineID: "0c9be5a27f314d4b8a6d7c8e9fa0b1c2", bootID: "b1f0c1de-0002-4a6b-9c1d-2e3f40516273", seed: 22, boot: at("2024-02-27 03:30:02"), touched: true},
		{name: "mail01", machineID: "e4d3c2b1a0f94e8d8c7b6a5f4e3d2c1b", bootID: "b1f0c1de-0003-4a6b-9c1d-2e3f40516273", seed: 33, boot: at("2024-03-03 05:12:44")},
	}
}
