package parser

// dropbearForms are messages of dropbear 2012 to 2024.
const dropbearForms = `
login         Password auth succeeded for '{user}' from {ip}:{port}
login         {method:w} auth succeeded for '{user}' with {key_type:w} key {key} from {ip}:{port}
login         {method:w} auth succeeded for '{user}' with key {key_type:w} {key:w} from {ip}:{port}
login         {method:w} auth succeeded for '{user}' from {ip}:{port}
failed-login  Bad password attempt for '{user}' from {ip}:{port}
failed-login  Bad PAM password attempt for '{user}' from {ip}:{port}
failed-login  {method:w} auth attempt with {_:t} '{user}' from {ip}:{port}
invalid-user  Login attempt for nonexistent user from {ip}:{port}
invalid-user  Login attempt for nonexistent user '{user}' from {ip}:{port}
refuse        User '{user}' has invalid shell, rejected
refuse        User '{user}' has blank password, rejected
refuse        root login rejected
refuse        Max auth tries reached - user '{user}' from {ip}:{port}
connect       Child connection from {ip}:{port}
disconnect    Exit ({user}) from <{ip}:{port}>: {reason}
disconnect    Exit before auth from <{ip}:{port}>: (user '{user}', {count:n} fails): {reason}
disconnect    Exit before auth from <{ip}:{port}>: {reason}
disconnect    Exit before auth (user '{user}', {count:n} fails): {reason}
disconnect    Exit before auth: {reason}
disconnect    Exit ({user}): {reason}
start         Running in background
start         Not backgrounding
stop          Early exit: {reason}
stop          Terminated by signal
`

// dovecotForms are messages of dovecot 1.x to 2.4.
const dovecotForms = `
mail-login    {service=:t}: Login: user=<{user}>, method={method}, rip={ip}, lip={local_ip}, {_:t}session=<{session}>
mail-login    {service=:t}: Login: user=<{user}>, method={method}, rip={ip}, lip={local_ip}, {_}
mail-login    {service=:t}: Login: user=<{user}>, method={method}, rip={ip}, lip={local_ip}
disconnect    {service=:t}: Disconnected{_:t}(no auth attempts{reason:t}): user=<{user}>, {_:t}rip={ip}, lip={local_ip}, {_:t}session=<{session}>
disconnect    {service=:t}: Disconnected{_:t}(no auth attempts{reason:t}): user=<{user}>, {_:t}rip={ip}, lip={local_ip}, {_}
failed-login  {service=:t}: Disconnected{_:t}({reason:t}): user=<{user}>, {_:t}rip={ip}, lip={local_ip}, {_:t}session=<{session}>
failed-login  {service=:t}: Disconnected ({reason}): user=<{user}>, {_:t}rip={ip}, lip={local_ip}, {_}
failed-login  {service=:t}: Disconnected ({reason}): user=<{user}>, {_:t}rip={ip}, lip={local_ip}
failed-login  {service=:t}: Aborted login{_:t}({reason:t}): user=<{user}>, {_:t}rip={ip}, lip={local_ip}, {_}
disconnect    {service=:t}: Disconnected: {reason:t}: user=<{user}>, {_:t}rip={ip}, lip={local_ip}, {_}
disconnect    {service=:t}: Disconnected: {reason:t} rip={ip}, lip={local_ip}, {_}
disconnect    {service=:t}({user})<{child_pid}><{session}>: {_:w} {reason}
failed-login  auth: {_:t}({user},{ip},<{session}>): {reason}
failed-login  auth-worker({_}): {_:t}({user},{ip},<{session}>): {reason}
failed-login  auth: {_:t}({user},{ip}): {reason}
failed-login  auth-worker({_}): {_:t}({user},{ip}): {reason}
session-close  {service=:t}({user}): {_:w} {reason}
start         master: Dovecot v{version:w} {reason}
start         Dovecot v{version:w} starting up{reason}
stop          master: Warning: Killed with signal {signal:n} {reason}
stop          Killed with signal {signal:n} {reason}
`

// inetForms are messages of the classic servers below inetd.
const inetForms = `
connect       START: {service=:w} pid={child_pid} from={ip}
connect       START: {service=:w} from={ip}
disconnect    EXIT: {service=:w} status={status:n} pid={child_pid} duration={duration:n}(sec)
disconnect    EXIT: {service=:w} {reason}
refuse        FAIL: {service=:w} {reason:t} from={ip}
connect       connection from {ip} ({rhost}) at {_}
connect       connection from {ip} () at {_}
connect       connect from {ip}
connect       connect from {rhost} ({ip})
connect       connect from {rhost}
refuse        refused connect from {rhost} ({ip})
refuse        refused connect from {peer}
refuse        warning: {path:p}, line {count:n}: {reason}
login         FTP LOGIN FROM {rhost} [{ip}], {user}
login         FTP LOGIN FROM {ip}, {user}
login         ANONYMOUS FTP LOGIN FROM {rhost} [{ip}], {name}
login         ANONYMOUS FTP LOGIN FROM {ip}, {name}
failed-login  FTP LOGIN REFUSED {reason:t} FROM {rhost} [{ip}], {user}
failed-login  FTP LOGIN FAILED {reason:t} FROM {peer}, {user}
failed-login  failed login from {rhost} [{ip}]
disconnect    FTP session closed
disconnect    User {user:w} timed out after {duration:n} seconds at {_}
disconnect    lost connection to {rhost} [{ip}]
failed-login  Authentication failed from {peer} ({reason}
failed-login  Authentication failed from {peer}: {reason}
stop>xinetd   Exiting...
start>xinetd  xinetd Version {version:w} started {reason}
reload>xinetd  Starting reconfiguration
configure>xinetd  Started working: {count} available service{_}
configure>xinetd  Reconfigured: new={_:n} {reason}
configure>xinetd  removing {service}
configure>xinetd  readjusting service {service}
configure>xinetd  Swapping defaults
configure>xinetd  generated state dump in file {path}
configure>xinetd  Activating service {service}
refuse>xinetd     Deactivating service {service:w} due to {reason}
start>xinetd      {version:w} started with {reason}
error>xinetd      {reason:t} [file={path}] [line={count:n}]
`

// snapForms are messages of snapd without file and line.
const snapForms = `
start>snapd   started snapd/{version:w} {reason}
start>snapd   Acquiring state lock file
start>snapd   Acquired state lock file
stop>snapd    gracefully waiting for running hooks
stop>snapd    done waiting for running hooks
stop>snapd    Exiting on {signal:w} signal.
stop>snapd    daemon stop requested to wait for {reason}
update>snapd  auto-refresh: {reason}
update>snapd  No snaps to auto-refresh found
update>snapd  all snaps are up to date.
update>snapd  cannot refresh: snap has no updates available: {package}
update>snapd  Installed "{package=}" snap
install       Installing snap "{package=}" {reason}
configure>snapd  adding {reason}
`

// hostForms are messages of logrotate, update-alternatives, firewalld, ufw,
// irqbalance, smartd and cloud-init.
const hostForms = `
error>logrotate   ALERT exited abnormally with [{status}]
error>logrotate   ALERT - exited abnormally.
error>logrotate   error: skipping "{path=}" because {reason}
error>logrotate   error: {reason}
error>logrotate   {path=:p}: {reason}
configure         run with {_:t}--install {path=:w} {name:w} {value:w} {args}
configure         run with {_:t}--remove {name=:w} {path:w}
configure         run with {_:t}--set {name=:w} {path:w}
configure         run with {_:t}--auto {name=:w}
configure         run with {args}
configure         link group {name=:w} updated to point to {path:w}
configure         link group {name=:w} {reason}
configure         status of link group {path=:w} set to {value:w}
configure         removing {reason}
configure         warning: {reason}
refuse            WARNING: COMMAND_FAILED: '{command}' failed: {reason}
error             ERROR: {reason}
warning           WARNING: {reason}
warning           Cannot change IRQ {count} affinity: {reason}
warning           IRQ {count} {reason}
warning           Device: {path=:w} {reason}
start             Cloud-init v. {version:w} running '{name}' at {_:t}. Up {duration:w} seconds.
start             Cloud-init v. {version:w} {reason}
configure         ci-info: {reason}
configure         Generating public/private {key_type:w} key pair.
configure         Your identification has been saved in {path=}
configure         Your public key has been saved in {path=}
configure         The key fingerprint is:
configure         The key's randomart image is:
`

// packageForms are messages of yum, dnf, PackageKit and unattended-upgrades.
const packageForms = `
install   Installed: {package=}
update    Updated: {package=}
update    Upgraded: {package=}
update    Upgrade: {package=}
remove    Erased: {package=}
remove    Removed: {package=}
remove    Obsoleted: {package=}
update    Downgraded: {package=}
install   Reinstalled: {package=}
install   install {package=:w}: success
remove    erase {package=:w}: success
fail      install {package=:w}: failure
fail      erase {package=:w}: failure
install   Dep-Installed: {package=}
authorize  uid {uid} is trying to obtain {auth_action=:w} auth (only_trusted:{_})
authorize  uid {uid} obtained auth for {auth_action=}
update     {service:t} transaction {_:w} from uid {uid} finished with {result:w} after {duration}
stop       daemon quit
start      daemon start
update     Packages that will be upgraded: {package}
update     All upgrades installed
update     No packages found that can be upgraded unattended and no pending auto-removals
`

// ansibleForms are what Ansible's modules say of themselves on the host they
// run on: the module is in the tag or in the text, the call is in the arguments.
const ansibleForms = `
exec    Invoked with {_:t}_raw_params={command=} _uses_shell={_}
exec    Invoked with {_:t}_raw_params={command=} warn={_}
exec    Invoked with _raw_params={command=} warn={_}
exec    Invoked with _raw_params={command=} _uses_shell={_}
exec    ansible-{module:w} Invoked with _raw_params={command=} _uses_shell={_}
exec    ansible-{module:w} Invoked with {_:t} _raw_params={command=} _uses_shell={_}
exec    ansible-{module=:w} Invoked with {args}
exec    Invoked with {args}
`

// serviceForms are messages of keepalived, snmpd, named, nscd and avahi.
const serviceForms = `
configure  VRRP_Instance({name=}) {reason:t} {state:w} STATE
configure  VRRP_Instance({name=}) {reason}
configure  ({name=}) Entering {state:w} STATE
connect    Connection from UDP: [{ip}]:{port}->[{local_ip}]:{local_port}
connect    Connection from UDP: [{ip}]:{port}
connect    Received SNMP packet(s) from UDP: [{ip}]:{port}->[{local_ip}]:{local_port}
query      client {_:w} {ip}#{port} ({_:t}): query: {object:w} {_:w} {record:w} {_:t}({local_ip})
query      client {ip}#{port} ({_:t}): query: {object:w} {_:w} {record:w} {_:t}({local_ip})
query      client {ip}#{port}: query: {object:w} {_:w} {record:w} {_:t}({local_ip})
query      client {ip}#{port}: view {_:w} query: {object:w} {_:w} {record:w} {_:t}({local_ip})
refuse     client {_:w} {ip}#{port} ({name}): query{_:t} '{object}' denied ({reason})
refuse     client {ip}#{port} ({name}): query{_:t} '{object}' denied ({reason})
refuse     client {_:w} {ip}#{port} ({name}): zone transfer '{object}' denied
refuse     client {ip}#{port} ({name}): zone transfer '{object}' denied
refuse     client {ip}#{port}: zone transfer '{object}' denied
transfer   client {_:w} {ip}#{port} ({name=}): transfer of '{_:t}': {reason}
transfer   client {ip}#{port} ({name=}): transfer of '{_:t}': {reason}
transfer   client {ip}#{port}: transfer of '{name=}': {reason}
refuse     client {_:w} {ip}#{port} ({name}): query{_:t} '{object}' denied
refuse     client {ip}#{port} ({name}): query{_:t} '{object}' denied
refuse     client {ip}#{port}: query{_:t} '{object}' denied
note       client {_:w} {ip}#{port} ({name=}): {reason}
note       client {ip}#{port} ({name=}): {reason}
error      lame server resolving '{object}' ({_:t}): {ip}#{port}
error      {reason:t} resolving '{object}': {ip}#{port}
transfer   transfer of '{name=}' from {server:t}: {reason}
configure  zone {name=:w} loaded serial {count:n} {_}
configure  zone {name=:w} loaded serial {count:n}
error      zone {name=:w} {reason}
query      query[{record:w}] {object:w} from {ip}
note       forwarded {object:w} to {server:w}
note       reply {object:w} is {value}
note       cached {object:w} is {value}
start>named  using {_:w} upstream {reason}
reload     reloading configuration {reason}
start      starting BIND {version:w} {_}
start      running
stop       exiting
note       {child_pid} monitored file {path:w} was {reason}
note       {child_pid} monitoring {what:w} {path:w} {reason}
link       Joining mDNS multicast group on interface {link=:w} with address {ip}.
link       Leaving mDNS multicast group on interface {link=:w} with address {ip}.
link       Registering new address record for {ip} on {link=:w}.
link       Withdrawing address record for {ip} on {link=:w}.
link       Interface {link=:w} no longer relevant for mDNS.
link       New relevant interface {link=:w} for mDNS.
`

// checkerForms are what programs that look over the file system tell syslog:
// AIDE 0.16 to 0.19 (one message a line of its report) and rkhunter.
const checkerForms = `
file-added    f++{_:t}: {path=:p}
file-added    d++{_:t}: {path=:p}
file-added    l++{_:t}: {path=:p}
file-removed  f--{_:t}: {path=:p}
file-removed  d--{_:t}: {path=:p}
file-removed  l--{_:t}: {path=:p}
file-changed  f {what:t}: {path=:p}
file-changed  d {what:t}: {path=:p}
file-changed  l {what:t}: {path=:p}
file-added    added: {path=:p}
file-removed  removed: {path=:p}
file-changed  changed: {path=:p}
alert>aide    AIDE found differences between database and filesystem!!
check>aide    AIDE found NO differences {reason}
check>aide    AIDE successfully initialized database.
check         Start timestamp: {when} (AIDE {version:t})
check         End timestamp: {when} (run time: {duration:t})
check         Rootkit hunter check started (version {version})
check         Scanning took {duration}
alert         Please inspect this machine, because it may be infected.
alert         Warning: {reason}
`
