package parser

// daemonFamily is a table for the programs that share it.
type daemonFamily struct{ programs, table string }

// daemonFamilies lists the tables; a program is in one of them.
func daemonFamilies() []daemonFamily {
	return []daemonFamily{
		{"rsyslogd syslogd syslog-ng klogd metalog busybox-syslogd", logdForms},
		{"auditd audispd audisp-syslog augenrules auditctl audit2allow", auditdForms},
		{"polkitd polkit pkexec polkit-agent-helper-1", polkitForms},
		{"dbus dbus-daemon dbus-broker dbus-broker-launch", busForms},
		{"NetworkManager nm-dispatcher ModemManager wpa_supplicant", networkForms},
		{"dhclient dhcpcd dhcpd udhcpc dnsmasq-dhcp", dhcpForms},
		{"dropbear", dropbearForms},
		{"dovecot", dovecotForms},
		{"proftpd", proftpdForms},
		{"vsftpd", vsftpdForms},
		{"openvpn ovpn-server", openvpnForms},
		{"pure-ftpd pure-ftpd-wrapper", pureftpdForms},
		{"ftpd in.ftpd xinetd inetd telnetd in.telnetd in.rshd rshd rlogind in.rlogind tcpd klogind", inetForms},
		{"snapd snap snap-repair", snapForms},
		{"logrotate update-alternatives firewalld ufw irqbalance smartd cloud-init", hostForms},
		{"yum [RPM] dnf packagekitd PackageKit unattended-upgrade unattended-upgrades needrestart", packageForms},
		{"ansible python python2 python3 platform-python", ansibleForms},
		{"keepalived Keepalived Keepalived_vrrp Keepalived_healthcheckers keepalived_vrrp snmpd named nscd dnsmasq avahi-daemon", serviceForms},
		{"aide rkhunter chkrootkit", checkerForms},
	}
}

// logdForms are messages of rsyslogd 5 to 8, sysklogd and syslog-ng 3 and 4.
const logdForms = `
start>log     [origin software="{_}" swVersion="{version}" x-pid="{child_pid}" x-info="{_}"] start
start>log     [origin software="{_}" swVersion="{version}" x-pid="{child_pid}" x-info="{_}"] (re)start
reload>log    [origin software="{_}" swVersion="{version}" x-pid="{child_pid}" x-info="{_}"] rsyslogd was HUPed{reason:t}
reload>log    [origin software="{_}" swVersion="{version}" x-pid="{child_pid}" x-info="{_}"] rsyslogd was HUPed
stop>log      [origin software="{_}" swVersion="{version}" x-pid="{child_pid}" x-info="{_}"] exiting on signal {signal:n}.
stop>log      [origin software="{_}" swVersion="{version}" x-pid="{child_pid}" x-info="{_}"] exiting on signal {signal:n}
start>log     syslogd started: {version}
stop>log      syslogd exiting
start>log     syslogd {version:w}: restart.
start>log     syslogd {version:w}: restart ({reason}).
start>log     {version:w}: restart.
restart>log   restart.
restart>log   restart (remote reception).
stop>log      exiting on signal {signal:n}
stop>log      Exiting on signal {signal:n}
start>log     klogd {version:w}, log source = {path:w} started.
start>log     syslog-ng starting up; version='{version}'
stop>log      syslog-ng shutting down; version='{version}'
reload>log    Configuration reload request received, reloading configuration;
reload>log    Configuration reload finished;
note>log      Log statistics; {reason}
connect>log   Syslog connection established; {reason}
disconnect>log  Syslog connection broken; {reason}
disconnect>log  Syslog connection closed; {reason}
lost>log      imuxsock lost {count} messages from pid {child_pid} due to rate-limiting{_:t}
lost>log      imuxsock lost {count} messages from pid {child_pid} due to rate-limiting
lost>log      imuxsock begins to drop messages from pid {child_pid} due to rate-limiting{_:t}
lost>log      imuxsock begins to drop messages from pid {child_pid} due to rate-limiting
lost>log      imuxsock[pid: {child_pid}, name: {path}] from {_}: {count} messages lost due to rate-limiting {reason}
lost>log      imuxsock[pid: {child_pid}, name: {path}] from {_}: begin to drop messages due to rate-limiting{_:t}
lost>log      imuxsock[pid: {child_pid}, name: {path}] from {_}: begin to drop messages due to rate-limiting
lost>log      imjournal: {count} messages lost due to rate-limiting {reason}
lost>log      imjournal: {count} messages lost due to rate-limiting
lost>log      imjournal: begin to drop messages due to rate-limiting{_:t}
lost>log      imjournal: begin to drop messages due to rate-limiting
lost>log      imjournal from {_}: begin to drop messages due to rate-limiting{_:t}
lost>log      imjournal from {_}: begin to drop messages due to rate-limiting
lost>log      {module:w} from {_}: begin to drop messages due to rate-limiting{_:t}
lost>log      {module:w}: {count} messages lost due to rate-limiting {reason}
lost>log      imjournal: {reason:t} lost{_:t}
suspend>log   action '{name}' suspended (module '{module}'), {reason}
suspend>log   action '{name}' suspended, {reason}
suspend>log   action '{name}' suspended{reason}
resume>log    action '{name}' resumed (module '{module}'){_}
resume>log    action '{name}' resumed{_}
disconnect>log  cannot connect to {ip}:{port}: {reason}
disconnect>log  cannot connect to {server:w} {reason}
disconnect>log  omfwd: {reason}
disconnect>log  cannot resolve hostname '{server}'{reason}
disconnect>log  unexpected GnuTLS error {reason}
configure>log  imuxsock: Acquired UNIX socket '{path}' {_}
configure>log  rsyslogd's groupid changed to {value:n}
configure>log  rsyslogd's userid changed to {value:n}
configure>log  environment variable TZ is not set, auto correcting this to TZ={path:w} {_}
configure>log  command '{name}' is currently not permitted - {reason}
configure>log  WARNING: rsyslogd is running in compatibility mode. {reason}
configure>log  imklog: {reason}
configure>log  imfile: {reason}
configure>log  imjournal: {reason}
error>log      file '{path}': open error: {reason}
error>log      file '{path}'[{_}] write error {reason}
`

// auditdForms are messages of auditd, audispd and augenrules, as they reach
// syslog (audit-userspace 1.x to 4.x).
const auditdForms = `
start>audit    Init complete, auditd {version:w} listening for events (startup state {state})
start>audit    Started dispatcher: {path:w} pid: {child_pid}
start>audit    audispd initialized with {reason}
start>audit    audisp-{name:w} plugin started
start>audit    Starting init at {reason}
stop>audit     The audit daemon is exiting.
stop>audit     The audit daemon is now exiting.
stop>audit     Auditd is exiting.
stop>audit     audispd is exiting.
stop>audit     audit dispatcher is exiting{reason}
rotate>audit   Audit daemon rotating log files
rotate>audit   Audit daemon rotating log files {reason}
lost>audit     Audit daemon is low on disk space for logging
lost>audit     Audit daemon has no space left on logging partition
lost>audit     Audit daemon is suspending logging due to {reason}
lost>audit     Audit daemon log file is larger than max size
lost>audit     Audit daemon detected disk error writing {reason}
lost>audit     audit: backlog limit exceeded
lost>audit     queue is full - dropping event
lost>audit     queue to plugins is full - dropping event
lost>audit     dispatch err {reason}
lost>audit     dispatch error reporting limit reached - {reason}
suspend>audit  Audit daemon is suspending logging{_}
resume>audit   Audit daemon is attempting to resume logging.
resume>audit   Audit daemon is resuming logging{_}
fail>audit     Unable to set initial audit startup state to '{state}', exiting
fail>audit     Unable to {reason}
error>audit    Error {reason}
reload>audit   Reconfigure: {reason}
configure>audit  No rules
configure>audit  enabled {state:n}
configure>audit  {name:w} {value:n}
configure>audit  {path:p}: No change
configure>audit  {path:p}: Updating {reason}
configure>audit  WARNING - {reason}
configure>audit  No plugins found, {reason}
configure>audit  Setting {name:w} to {value}
configure>audit  augenrules: {reason}
`

// polkitForms are messages of polkitd 0.105 to 126 and of pkexec.
const polkitForms = `
authorize     Operator of {session:w} successfully authenticated as {_:t}:{user:t} to gain {what:w} authorization for action {auth_action=:w} for {service:w} [{command}] (owned by {_:t}:{runas})
authorize     Operator of {session:w} successfully authenticated as {_:t}:{user:t} to gain {what:w} authorization for action {auth_action=:w} for {service:w} {_}
refuse        Operator of {session:w} FAILED to authenticate to gain authorization for action {auth_action=:w} for {service:w} [{command}] (owned by {_:t}:{user})
refuse        Operator of {session:w} FAILED to authenticate to gain authorization for action {auth_action=:w} for {service:w} {_}
configure     Registered Authentication Agent for {agent=:w} (system bus name {service:t} [{command}], object path {_:t}, locale {_})
configure     Registered Authentication Agent for {agent=:w} {_}
configure     Unregistered Authentication Agent for {agent=:w} {_}
exec          {user}: Executing command [USER={runas}] [TTY={tty}] [CWD={cwd}] [COMMAND={command=:g}]
refuse        {user}: The value for the SHELL variable was not found the {path} file [USER={runas}] [TTY={tty}] [CWD={cwd}] [COMMAND={command=:g}]
refuse        {user}: Error executing command as another user: {reason} [USER={runas}] [TTY={tty}] [CWD={cwd}] [COMMAND={command=:g}]
refuse        {user}: {reason:t} [USER={runas}] [TTY={tty}] [CWD={cwd}] [COMMAND={command=:g}]
configure     Loading rules from directory {path=}
configure     Finished loading, compiling and executing {count} rules
configure     Reloading rules
configure     Collecting garbage unconditionally...
configure     Error compiling script {path=:p}
start         Acquired the name {service=:w} on the system bus
start         started daemon version {version:w} using authority implementation {reason}
stop          Lost the name {service=:w} - exiting
error         Error {reason}
`

// busForms are messages of dbus-daemon and dbus-broker.
const busForms = `
activate      Activating via systemd: service name='{service=}' unit='{unit}' requested by '{sender}' (uid={uid} pid={child_pid} comm="{comm:g}" label="{_}")
activate      Activating via systemd: service name='{service=}' unit='{unit}' requested by '{sender}' (uid={uid} pid={child_pid} comm="{comm:g}")
activate      Activating via systemd: service name='{service=}' unit='{unit}'{_}
activate      Activating service name='{service=}' requested by '{sender}' (uid={uid} pid={child_pid} comm="{comm:g}" label="{_}")
activate      Activating service name='{service=}' requested by '{sender}' (uid={uid} pid={child_pid} comm="{comm:g}") (using servicehelper)
activate      Activating service name='{service=}' requested by '{sender}' (uid={uid} pid={child_pid} comm="{comm:g}")
activate      Activating service name='{service=}' {_}
activate      Successfully activated service '{service=}'
fail          Activation via systemd failed for unit '{unit=}': {reason}
fail          Failed to activate service '{service=}': {reason}
refuse        Rejected send message, {_:t} sender="{sender}" (uid={uid} pid={child_pid} comm="{comm:t}"{_:t} interface="{interface}" member="{member=}" error name="{_:t} destination="{destination}" {_}
refuse        Rejected {reason}
reload        Reloaded configuration
reload        Reloading configuration
reload        avc:  received policyload notice ({reason}
start         Ready
start         AppArmor D-Bus mediation is {state}
note          Unknown username "{name=}" in message bus configuration file
configure     Invalid user-name in {path:w} {reason}
`

// networkForms are messages of NetworkManager 1.x without level and time.
const networkForms = `
start>network   NetworkManager (version {version:w}) is starting... ({reason})
start>network   NetworkManager (version {version:w}) is starting...
stop>network    caught {signal:w} shutting down normally.
stop>network    exiting (success)
link            device ({link=}): state change: {from:w} -> {state:w} (reason '{reason}'{_:t})
link            device ({link=}): state change: {from:w} -> {state:w} (reason '{reason}', {_}
link            ({link=}): device state change: {from:w} -> {state:w} (reason '{reason}') {_}
link            device ({link=}): Activation: successful, {reason}
fail            device ({link=}): Activation: failed for connection '{name}'
link            device ({link=}): Activation: {reason}
link            device ({link=}): carrier: {state}
link            device ({link=}): {reason}
link            ({link=}): {reason}
lease           dhcp4 ({link=}): state changed {state:t}, address={ip}
lease           dhcp4 ({link=}): state changed {state:t}
lease           dhcp4 ({link=}):   address {ip}
lease           dhcp4 ({link=}):   gateway {gateway}
lease           dhcp4 ({link=}): dhclient started with pid {child_pid}
lease           dhcp6 ({link=}): state changed {state:t}, address={ip}
lease           dhcp6 ({link=}): state changed {state:t}
lease           dhcp6 ({link=}):   address {ip}
lease           dhcp6 ({link=}):   gateway {gateway}
lease           dhcp6 ({link=}): dhclient started with pid {child_pid}
lease           dhcp4 ({link=}): {reason}
lease           dhcp6 ({link=}): {reason}
configure>network  audit: op="{name}" {_:t}pid={child_pid} uid={uid} result="{result}"{_:t}
configure>network  audit: op="{name}" {_:t}pid={child_pid} uid={uid} result="{result}"
configure>network  audit: op="{name}" {_:t}pid={child_pid} uid={uid} result="{result}" reason="{reason}"
configure>network  policy: set '{name}' ({link}) {reason}
configure>network  policy: {reason}
configure>network  settings: {reason}
configure>network  keyfile: {reason}
configure>network  ifcfg-rh: {reason}
configure>network  hostname: {reason}
configure>network  dns-mgr: {reason}
configure>network  config: {reason}
configure>network  bus-manager: {reason}
configure>network  manager: NetworkManager state is now {state}
configure>network  NetworkManager state is now {state}
configure>network  manager: ({link}): {reason}
configure>network  manager: {reason}
configure>network  req:{count:n} '{name}' [{link}]: {reason}
configure>network  req:{count:n} '{name}': {reason}
`

// dhcpForms are messages of ISC dhclient and dhcpd, dhcpcd and udhcpc.
const dhcpForms = `
lease>discover  DHCPDISCOVER on {link:w} to {server:w} port {port} interval {interval:n} (xid={xid})
lease>discover  DHCPDISCOVER on {link:w} to {server:w} port {port} interval {interval:n}
lease>discover  DHCPDISCOVER from {mac:w} via {link}
lease>request   DHCPREQUEST for {ip} on {link:w} to {server:w} port {port} (xid={xid})
lease>request   DHCPREQUEST for {ip} on {link:w} to {server:w} port {port}
lease>request   DHCPREQUEST on {link:w} to {server:w} port {port} (xid={xid})
lease>request   DHCPREQUEST on {link:w} to {server:w} port {port}
lease>request   DHCPREQUEST of {ip} on {link:w} to {server:w} port {port} (xid={xid})
lease>request   DHCPREQUEST for {ip} from {mac:w} {_}
lease>offer     DHCPOFFER of {ip} from {server}
lease>offer     DHCPOFFER from {server}
lease>offer     DHCPOFFER on {ip} to {mac:w} {_}
lease>ack       DHCPACK of {ip} from {server:w} (xid={xid})
lease>ack       DHCPACK of {ip} from {server}
lease>ack       DHCPACK from {server:w} (xid={xid})
lease>ack       DHCPACK from {server}
lease>ack       DHCPACK on {ip} to {mac:w} {_}
lease>ack       DHCPACK({link:t}) {ip} {mac:w} {rhost}
lease>ack       DHCPACK({link:t}) {ip} {mac}
lease>offer     DHCPOFFER({link:t}) {ip} {mac}
lease>request   DHCPREQUEST({link:t}) {ip} {mac}
lease>discover  DHCPDISCOVER({link:t}) {mac}
lease>nak       DHCPNAK from {server:w} (xid={xid})
lease>nak       DHCPNAK {reason}
lease>release   DHCPRELEASE {reason}
lease>release   DHCPRELEASE of {ip} on {link:w} to {server:w} port {port} (xid={xid})
lease>bound     bound to {ip} -- renewal in {interval:n} seconds.
lease>none      No DHCPOFFERS received.
lease>none      No working leases in persistent database - sleeping.
link            Listening on {_:t}/{link=:t}/{mac}
link            Sending on   {_:t}/{link=:t}/{mac}
link            Sending on   {_}
link            {link=:w}: leased {ip} for {interval:n} seconds
link            {link=:w}: {reason}
start           Internet Systems Consortium DHCP {version}
note            XMT: {reason}
note            RCV: {reason}
note            PRC: {reason}
lease>bound     Lease of {ip} obtained, lease time {interval:n}
`
