package parser

// sshdForms are the rarer messages of the OpenSSH server from 7.x to 10.x,
// without "error: " and "fatal: " before them and " [preauth]" behind.
const sshdForms = `
disconnect;reason=timeout  Timeout before authentication for connection from {ip} to {local_ip}, pid = {child_pid}
disconnect;reason=timeout  Timeout before authentication for connection from {ip} port {port} to {local_ip} port {local_port}, pid = {child_pid}
disconnect;reason=timeout  Timeout before authentication for {ip} port {port}
disconnect;reason=timeout  Timeout before authentication for {peer}
disconnect;reason=timeout  Timeout, client not responding from user {user} {ip} port {port}
disconnect  Read error from remote host {ip} port {port}: {reason}
disconnect;reason=inactive  terminating inactive connection from {user} {ip} port {port}
disconnect;reason=inactive  terminating inactive connection from {peer}
disconnect;reason=inactive  terminating inactive connection from {peer} port {port}
disconnect  Connection from user {user} {ip} port {port}: {reason}
disconnect  ssh_packet_{_}: Connection from {ip} port {port}: {reason}
disconnect  Transferred: sent {bytes_sent:n}, received {bytes_received:n} bytes
refuse      User {user} hosts file {path=:w} is not a regular file
configure   {option:w} option is deprecated
error       Attempt to write login records by non-root user (aborting)
refuse      public key {key_type:w} signature for {user} from {ip} port {port} rejected: {reason}
error       Couldn't {what:w} session for {user} from {ip}
error       AuthorizedKeysCommand {path=:w} {reason}
error       {what:w} {path=:p} exited on signal {signal:n}
error       {what:w} {path=:p} failed, status {status:n}
forward     connect {forward_host=:w} port {forward_port:n}: {reason}
forward     connect {path=:p}: {reason}
disconnect  Connection {_:w} {ip} timed out
disconnect  Finished discarding for {ip} port {port}
probe       ssh_dispatch_run_fatal: Connection from {_} user {user} {ip} port {port}: {reason}
probe       ssh_dispatch_run_fatal: Connection from user {user} {ip} port {port}: {reason}
probe       ssh_dispatch_run_fatal: Connection from {ip} port {port}: {reason}
probe       Connection from {ip} port {port}: could not read protocol version
probe       Connection from {ip} port {port} with IP opts: {reason}
probe       {what:w} from {ip} port {port} with {version}.  Don't panic.
probe       Unable to negotiate with {ip} port {port}: {reason}
probe       Bad remote protocol version identification: {version}
probe       Connection timed out during banner exchange
probe       Username too long from {ip} port {port}
probe       kex_exchange_identification: {reason}
probe       Bad packet length {size}.
probe       Corrupted MAC on input.
probe       kex_protocol_error: type {_:n} seq {count}
probe       banner exchange: Connection from {ip} port {port}: {reason}
probe       banner exchange: Connection to {ip} port {port}: {reason}
probe       Protocol major versions differ for {ip} port {port}: {reason}
probe       Did not receive identification string from {ip} port {port}
probe       Bad protocol version identification '{version:g}' from {ip} port {port}
probe       Bad protocol version identification '{version:g}' from {ip}
probe       Address {ip} maps to {rhost:w}, but this does not map back to the address{reason}
probe       reverse mapping checking getaddrinfo for {rhost:w} [{ip}] failed{reason}
probe       Nasty PTR record "{rhost}" is set up for {ip}, ignoring
probe       userauth_hostbased mismatch: client sends {sent}, but we resolve {ip} to {rhost}
failed-login  {method:w} authentication tried for {user} with correct key but not from a permitted host (host={rhost}, ip={ip}, required={reason}).
refuse      Authentication tried for {user} with correct key but not from a permitted host (host={rhost}, ip={ip}, required={reason}).
refuse      {path=:p}:{line:n}: Authentication tried for {user} with correct key but not from a permitted host (host={rhost}, ip={ip}, required={reason}).
refuse      {path=:p}:{line:n}: Authentication tried for {user} with valid certificate but not from a permitted source address ({ip}).
refuse      {_}: Authentication tried for {user} with correct key but not from a permitted host (host={rhost}, ip={ip}, required={reason}).
refuse      {_}: Authentication tried for {user} with valid certificate but not from a permitted source address ({ip}).
refuse      Authentication tried for {user} with valid certificate but not from a permitted {reason} ({ip}).
refuse      Authentication refused for {user}: bad owner or modes for {path=}
refuse      Authentication refused: bad ownership or modes for directory {path=}
refuse      Authentication refused: bad ownership or modes for file {path=}
refuse      Authentication refused: {path=:p} {reason}
refuse      Rhosts authentication refused for {user}: {reason}
refuse      Access denied for user {user} by PAM account configuration
refuse      User {user} password has expired ({reason})
refuse      Account {user} has expired
refuse      Excess permission or bad ownership on file {path=}
refuse      Authentication key {key_type:w} {key:w} revoked by file {path=}
refuse      Refusing certificate ID "{cert_id:g}" serial={serial:n} signed by {key_type:w} CA {ca_key:w} via {path}: {reason}
refuse      Refusing certificate ID "{cert_id:g}" serial={serial:n} signed by {key_type:w} CA {ca_key:w}: {reason}
refuse      WARNING: revoked key for {peer} attempted authentication
refuse      public key {key_type:w} {key:w} signature for {user} from {ip} port {port} rejected: {reason}
refuse      Refused user {user} from {peer} {reason}
refuse      refusing previously-used {key_type:w} key
refuse      refusing {key_type:w} key: {reason}
refuse      ROOT LOGIN REFUSED FROM {ip} port {port}
refuse      ROOT LOGIN REFUSED FROM {ip}
refuse      Connection from {ip}: refusing non-sftp session
refuse      Unable to open allowed keys file "{path=}": {reason}
refuse      Could not open user '{user}' {what} '{path=}': {reason}
refuse      User '{user}' {what} '{path=}' is not a regular file
refuse      userauth_pubkey: signature algorithm {key_type:w} not in {reason}
refuse      userauth_pubkey: key type {key_type:w} not in {reason}
refuse      userauth_pubkey: unsupported public key algorithm: {key_type}
refuse      userauth_{_}: {reason}
refuse      {path=:w}:{line:n}: key has expired: {reason}
refuse      {path=:w}:{line:n}: key is not yet valid: {reason}
refuse      {path=:w}:{line:n}: certificate not authorized: {reason}
refuse      {path=:w}:{line:n}: {reason}
refuse      administratively prohibited connection for {user} from {ip} port {port}
refuse      Received request from {ip} port {port} to connect to host {forward_host:w} port {forward_port:n}, but the request was denied.
refuse      Received request from {ip} port {port} to remote forward to host {forward_host:w} port {forward_port:n}, but the request was denied.
refuse      Received request from {ip} port {port} to remote forward to path "{path=}", but the request was denied.
refuse      Received request from {ip} port {port} to remote forward, but the request was denied.
refuse      Received request to connect to host {forward_host:w} port {forward_port:n}, but the request was denied.
refuse      Received request to connect to path {path=}, but the request was denied.
refuse      refused local port forward: originator {ip} port {port}, target {forward_host=:w} port {forward_port:n}
refuse      refused streamlocal port forward: originator {ip} port {port}, target {path=}
refuse      X11 connection rejected because of {reason}
refuse      Rejected X11 connection {reason}
refuse      channel {channel:n}: open failed: {reason}
refuse      error: no more sessions
refuse      no more sessions
forward     Allocated port {local_port} for remote forward to {forward_host=:w}:{forward_port:n}
forward     Local connections to {forward_host=} forwarded to remote address {reason}
forward     connect_to {forward_host=:w} port {forward_port:n}: {reason}
forward     connect_to {forward_host=:w}: unknown host ({reason})
forward     bind [{local_ip:w}]:{local_port}: {reason}
forward     channel {channel:n}: closing after {reason}
forward     channel {channel:n}: {reason}
forward     channel_setup_fwd_listener_tcpip: cannot listen to port: {local_port}
refuse      drop connection #{count} from [{ip}]:{port} on [{local_ip}]:{local_port} {reason}
throttle    beginning MaxStartups throttling
throttle    exited MaxStartups throttling after {duration:w}, {count} connections dropped
throttle    srclimit_penalise: {_:w} new {network:w} {penalty:w} penalty of {duration:w} seconds for {reason}
throttle    {_:w}: {network:w}: new {what:w} {penalty:w} penalty of {duration:w} seconds for penalty: {reason}
throttle    srclimit_penalise: {ip}: activating {what:w} penalty of {duration:w} seconds for {reason}
throttle    srclimit_penalise: {network:w}: activating {what:w} penalty of {duration:w} seconds for {reason}
throttle    srclimit_penalise: {_:w} {network:w} {_} penalty of {duration:w} seconds for {reason}
throttle    srclimit_penalise: {_:w} penalty table full, cannot penalise {network:w} for {reason}
throttle    {count} active startups
throttle    {count} active {what:w} penalties
throttle    client {network:w} {reason} ({duration:w} secs left)
throttle    client {network:w} {reason} (expired)
login       Accepted {key_type:w} public key {key:w} from {user}@{rhost:w}
login       Root login accepted for forced command.
login       ROOT LOGIN on {tty} FROM {peer}
login       ROOT LOGIN ON {tty} FROM {peer}
child       session process {child_pid} for connection from {ip} to {local_ip} {reason}
child       session process {child_pid} for {what} killed by signal {signal:n}
child       session process {child_pid} for {what} terminated abnormally, status={status:w}
child       Session process {child_pid} unpriv child crash for connection from {ip} to {local_ip}
child       Session process {child_pid} unpriv child crash for {reason}
child       child {_:n}: fd={_:n} pid={child_pid} {reason}
child       Connection: {reason} (pid {child_pid})
error       {path=:w} line {line:n}: {reason}
error       {path=:w}: line {line:n}: {reason}
error       {path=:w}: terminating, {count} bad configuration options
configure   rexec line {line:n}: Deprecated option {option}
configure   reprocess config line {line:n}: Deprecated option {option}
configure   {path=:w} line {line:n}: Deprecated option {option}
error       rexec line {line:n}: {reason}
error       Could not load host key: {path=}
error       Unable to load host key: {path=}
error       Unable to load host key "{path=}": {reason}
error       Bind to port {local_port} on {local_ip} failed: {reason}
error       Cannot bind any address.
error       Missing privilege separation directory: {path=}
error       chroot("{path=}"): {reason}
error       bad ownership or modes for chroot directory {path=}
error       bad ownership or modes for chroot directory component "{path=}"
error       Privilege separation user {object} does not exist
error       Couldn't create pid file "{path=}": {reason}
error       AuthorizedKeysCommand {path=:w} {reason}
error       AuthorizedPrincipalsCommand {path=:w} {reason}
error       Writing login record failed for {user}
error       Could not get shadow information for {user}
error       unable to get login context for {user}: {reason}
error       getgrouplist("{user}", {_}): {reason}
error       wrong user name passed to monitor: expected {user} != {reason}
error       no hostkeys available -- exiting.
stop>sshd   sshd: no hostkeys available -- exiting.
stop>sshd   no hostkeys available -- exiting.
stop>sshd   Received signal {signal:n}; terminating.
stop>sshd   Exiting on signal {signal:n}
stop>sshd   monitor: {reason}
restart>sshd  Received SIGHUP; restarting.
error       RESTART FAILED: {reason}
configure   Set {path=:p} to {value}
configure   Set {path=:p} from {from} to {value}
configure   Changed root directory to "{path=}"
configure   Created directory '{path=}'.
configure   {_}: certificate signature algorithm {key_type:w}: {reason}
configure   Certificate extension "{option}" is not supported
configure   Authentication methods list "{option}" {reason}
session-close  syslogin_perform_logout: logout() returned an error
session-close  syslogin_perform_logout: {reason}
`

// sftpForms are what sftp-server and internal-sftp log of files.
const sftpForms = `
file-open    open "{path=:g}" flags {flags} mode {mode:w}
file-close   close "{path=:g}" bytes read {bytes_read:n} written {bytes_written:n}
file-close   forced close "{path=:g}" bytes read {bytes_read:n} written {bytes_written:n}
file-list    opendir "{path=:g}"
file-list    closedir "{path=:g}"
file-list    forced closedir "{path=:g}"
file-list    readdir "{path=:g}"
file-list    realpath "{path=:g}"
file-list    stat name "{path=:g}"
file-list    lstat name "{path=:g}"
file-list    readlink "{path=:g}"
file-list    statvfs "{path=:g}"
file-list    home-directory "{path=:g}"
file-list    expand "{path=:g}"
file-delete  remove name "{path=:g}"
file-delete  rmdir name "{path=:g}"
file-create  mkdir name "{path=:g}" mode {mode:w}
file-create  symlink old "{target:g}" new "{path=:g}"
file-create  hardlink old "{target:g}" new "{path=:g}"
file-rename  rename old "{from:g}" new "{path=:g}"
file-rename  posix-rename old "{from:g}" new "{path=:g}"
file-change  set "{path=:g}" mode {mode:w}
file-change  set "{path=:g}" modtime {modtime}
file-change  set "{path=:g}" owner {uid} group {gid}
file-change  set "{path=:g}" size {size}
file-change  fsync "{path=:g}"
file-change  lsetstat "{path=:g}"
session-open>sftp   received client version {version:n}
session-close>sftp  session closed for local user {user} from [{ip}]
session-open>sftp   session opened for local user {user} from [{ip}]
error        sent status {reason}
error        bad message from {ip} local user {user}
refuse       Refusing {what:w} request in read-only mode
refuse       Refusing {_:w} {what:w} request
`

// sshdDebugForms are messages of LogLevel DEBUG that tell who asked for what,
// without "debug1: " before them; the others are notes.
const sshdDebugForms = `
auth-request  userauth-request for user {user:g} service {service=:w} method {method:w}
auth-request  PAM: initializing for "{user:g}" with service "{service=}"
negotiate     Remote protocol version {_:w}, remote software version {version}
negotiate     Local version string {version}
negotiate     kex: {what} {value:w}
key-match     {path=:p}:{line:n}: matching key found: {key_type:w} {key}
key-match     {path=:p}:{line:n}: matching CA found: {key_type:w} {key}
configure     trying public key file {path=:p}
configure     Set {path=:p} from {from} to {value}
configure     Set {path=:p} to {value}
configure     Config token is {option}
configure     rexec_argv[{_:n}]='{value}'
listen        Bind to port {local_port} on {local_ip}.
child         Forked child {child_pid}.
child         child_reap: preauth child {child_pid} for {reason}
connect       Connection from {ip} port {port} on {local_ip} port {local_port} {_}
`
