package parser

// queueForms are what Postfix says of one mail behind "QUEUEID: ". A part
// {mail} is "name[address]:port".
const queueForms = `
remove      removed
login       client={mail:w}, sasl_method={sasl_method:w}, sasl_username={user}, sasl_sender={from}
login       client={mail:w}, sasl_method={sasl_method:w}, sasl_username={user}
accept      client={mail:w}, orig_queue_id={orig_queue_id:w}, orig_client={orig_client:w}
accept      client={mail:w}, orig_client={orig_client:w}
accept      client={mail:w}
pickup      uid={uid} from=<{user}>
message-id  message-id={message_id}
message-id  resent-message-id={message_id}
expired     from=<{user}>, status=expired, {reason}
expired     from=<{user}>, status=force-expired, {reason}
queue       from=<{user}>, size={size}, nrcpt={nrcpt:n} ({reason})
delivery    to=<{to=}>, orig_to=<{orig_to}>, relay={relay:w}, conn_use={_:n}, delay={delay:w}, delays={_:w}, dsn={dsn:w}, status={status:w} ({reason})
delivery    to=<{to=}>, orig_to=<{orig_to}>, relay={relay:w}, delay={delay:w}, delays={_:w}, dsn={dsn:w}, status={status:w} ({reason})
delivery    to=<{to=}>, relay={relay:w}, conn_use={_:n}, delay={delay:w}, delays={_:w}, dsn={dsn:w}, status={status:w} ({reason})
delivery    to=<{to=}>, relay={relay:w}, delay={delay:w}, delays={_:w}, dsn={dsn:w}, status={status:w} ({reason})
delivery    to=<{to=}>, orig_to=<{orig_to}>, relay={relay:w}, delay={delay:w}, status={status:w} ({reason})
delivery    to=<{to=}>, relay={relay:w}, delay={delay:w}, status={status:w} ({reason})
delivery    to=<{to=}>, {reason}
notify      sender non-delivery notification: {object}
notify      sender delivery status notification: {object}
notify      postmaster non-delivery notification: {object}
notify      {what} notification: {object}
deferred    host {mail:w} said: {reason}
deferred    host {mail:w} refused to talk to me: {reason}
deferred    lost connection with {mail:w} while {reason}
deferred    conversation with {mail:w} timed out while {reason}
deferred    Cannot start TLS: {reason}
tls         Server certificate {reason}
tls         {reason:t} TLS connection established to {mail:w}: {_}
warning     enabling PIX workarounds: {reason}
queue       skipped, still being delivered
queue       copied as {object}
reject      reject: {reason} from {mail:w}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>: {_}
reject      reject: {reason} from {mail:w}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>
reject      reject: {reason} from {mail:w}; from=<{from}> to=<{to=}>: {_}
reject      reject: {reason} from local; from=<{from}> to=<{to=}>: {_}
reject      reject: {stage:w} from {mail:w}: {reason}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>
reject      reject: {stage:w} from {mail:w}: {reason}; from=<{from}> to=<{to=}> proto={protocol:w} sasl_username=<{sasl_username}> helo=<{helo}>
reject      reject: {stage:w} from {mail:w}: {reason}; from=<{from}> proto={protocol:w} helo=<{helo}>
reject      reject: {stage:w} from {mail:w}: {reason}; from=<{from}>, to=<{to=}>, proto={protocol:w}, helo=<{helo}>
reject      reject: {stage:w} from {mail:w}: {reason}; proto={protocol:w} helo=<{helo}>
reject      reject: {stage:w} from {mail:w}: {reason}; proto={protocol:w}
reject      reject: {stage:w} from {mail:w}: {reason}
reject      milter-reject: {stage:w} from {mail:w}: {reason}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>
reject      milter-reject: {stage:w} from {mail:w}: {reason}; from=<{from}> proto={protocol:w} helo=<{helo}>
reject      milter-reject: {stage:w} from {mail:w}: {reason}
reject      reject_warning: {stage:w} from {mail:w}: {reason}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>
reject      discard: {stage:w} from {mail:w}: {reason}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>
reject      discard: {reason:g} from {mail:w}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>: {_}
reject      discard: {reason:g} from {mail:w}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>
hold        hold: {stage:w} from {mail:w}: {reason}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>
hold        hold: {reason:g} from {mail:w}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>: {_}
hold        hold: {reason:g} from {mail:w}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>
filter      {what:w}: header {reason:g} from {mail:w}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>: {object}
filter      {what:w}: header {reason:g} from {mail:w}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>
filter      {what:w}: body {reason:g} from {mail:w}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>: {object}
filter      {what:w}: body {reason:g} from {mail:w}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>
hold        milter-hold: {stage:w} from {mail:w}: {reason}
hold        {reason:t} placed on hold
filter      filter: {stage:w} from {mail:w}: {reason}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>
filter      {what:w}: {stage:w} from {mail:w}: {reason}; from=<{from}> to=<{to=}> proto={protocol:w} helo=<{helo}>
warning     warning: {reason:g} from {mail:w}; from=<{from}> to=<{to}> proto={protocol:w} helo=<{helo}>: {_}
warning     warning: {reason:g} from {mail:w}; from=<{from}> to=<{to}> proto={protocol:w} helo=<{helo}>
warning     warning: {reason:g} from {mail:w}; from=<{from}> to=<{to}>
warning     info: {reason:g} from {mail:w}; from=<{from}> to=<{to}> proto={protocol:w} helo=<{helo}>
reject      abort: {reason} from {mail:w}: {_}
disconnect  lost connection after {stage} from {mail:w}
`

// postfixForms are what Postfix says besides that.
const postfixForms = `
connect     connect from {mail:w}
connect     CONNECT from {mail:w} to [{local_ip}]:{local_port}
connect     CONNECT from {mail:w}
disconnect  disconnect from {mail:w} {commands}
disconnect  disconnect from {mail:w}
disconnect  DISCONNECT {mail:w}
disconnect  lost connection after {stage} ({_}) from {mail:w}
disconnect  lost connection after {stage} from {mail:w}
disconnect  timeout after {stage} ({_}) from {mail:w}
disconnect  timeout after {stage} from {mail:w}
disconnect  too many errors after {stage} from {mail:w}
disconnect  improper command pipelining after {stage:w} from {mail:w}: {reason}
disconnect  HANGUP after {duration:w} from {mail:w} in {reason}
disconnect  {stage}: lost connection from {mail:w}
reject      PREGREET {count} after {duration:w} from {mail:w}: {reason}
reject      PREGREET {count} after {duration:w} from {mail:w}
reject      BARE NEWLINE from {mail:w} after {stage}
reject      COMMAND {what} from {mail:w} after {stage}
reject      NON-SMTP COMMAND from {mail:w} after {stage}: {reason}
reject      {stage:w} without valid RCPT from {mail:w}
reject      DNSBL rank {count} for {mail:w}
reject      BLACKLISTED {mail:w}
reject      DENYLISTED {mail:w}
reject      BLOCKED {mail:w}
permit      PASS {what:w} {mail:w}
permit      WHITELISTED {mail:w}
permit      ALLOWLISTED {mail:w}
reject      addr {peer} listed by domain {object:w} as {result}
tls         {trust:w} TLS connection established from {mail:w}: {cipher}
tls         {trust:w} TLS connection established to {mail:w}: {cipher}
tls         {trust:w} TLS connection reused to {mail:w}: {cipher}
tls         SSL_accept error from {mail:w}: {reason}
tls         SSL_connect error to {mail:w}: {reason}
tls         setting up TLS connection from {mail:w}
tls         setting up TLS connection to {mail:w}
tls         certificate verification failed for {mail:w}: {reason}
tls         TLS handshake failed for service={_:w} peer={mail:w}
tls         Verified {reason}
statistics  statistics: max {what} {value:w} for ({service:w}) at {when}
statistics  statistics: max {what} {value:w} at {when}
statistics>cache  statistics: {reason}
start>postfix   daemon started -- version {version:w} configuration {path}
start>postfix   starting the Postfix mail system
reload>postfix  reload -- version {version:w} configuration {path}
reload>postfix  refreshing the Postfix mail system
reload>postfix  table {path:w} has changed -- restarting
stop>postfix    terminating on signal {signal:n}
stop>postfix    stopping the Postfix mail system
stop>postfix    aborting the Postfix mail system
note>postfix    the Postfix mail system is running: PID: {child_pid}
error>postfix   fatal: the Postfix mail system is already running
error>postfix   fatal: the Postfix mail system is not running
stop>postfix    the Postfix mail system is not running
error       connect to {mail:w}: {reason}
error       open database {path:w} {reason}
failed-login  warning: {mail:w}: SASL {sasl_method:w} authentication failed: {reason}, sasl_username={user}
failed-login  warning: {mail:w}: SASL {sasl_method:w} authentication failed: {reason}
failed-login  warning: {mail:w}: SASL {sasl_method:w} authentication aborted
failed-login  warning: {mail:w}: SASL {sasl_method:w} {reason}
failed-login  warning: SASL authentication failure: {reason}
failed-login  warning: SASL authentication problem: {reason}
warning     warning: hostname {rhost:w} does not resolve to address {ip}: {reason}
warning     warning: hostname {rhost:w} does not resolve to address {ip}
warning     warning: {ip}: hostname {rhost:w} verification failed: {reason}
warning     warning: {ip}: address not listed for hostname {rhost}
warning     warning: {ip}: {reason}
warning     warning: non-SMTP command from {mail:w}: {reason}
warning     warning: Illegal address syntax from {mail:w} in {reason}
warning     warning: {reason:t} from {mail:w} for service {service}
warning     warning: {reason:t} from {mail:w}: {_}
warning     warning: {mail:w}: {reason}
warning     warning: process {path:w} pid {child_pid} exit status {status:n}
warning     warning: process {path:w} pid {child_pid} killed by signal {signal:n}
warning     warning: {path:p}: bad command startup -- throttling
warning     warning: {path:p}, line {line:n}: {reason}
warning     warning: database {path:w} is older than source file {reason}
warning>tls     warning: TLS library problem: {reason}
warning     warning: queue file {reason}
warning     warning: not owned by {what:w} {owner:w}: {path=}
warning     warning: not set-gid or not owner+group+world executable: {path=}
warning     warning: {reason}
error       fatal: bind {local_ip} port {local_port}: {reason}
error       fatal: open {path:w}: {reason}
error       fatal: {path:p}: {reason}
error       fatal: usage: {reason}
error       fatal: parameter {what:w} {reason}
error       fatal: {reason}
error       error: {reason}
error       panic: {reason}
queue       Deleted: {count} messages
queue       Deleted: {count} message
queue       Requeued: {count} messages
queue       Requeued: {count} message
queue       Placed on hold: {count} messages
queue       Placed on hold: {count} message
queue       Released from hold: {count} messages
queue       Released from hold: {count} message
queue       Force-expired: {count} messages
queue       Force-expired: {count} message
note        discarding EHLO keywords: {what}
note        Postfix is using backwards-compatible default settings
note        using backwards-compatible default setting {reason}
note        entering STRESS mode with {count} connections
note        leaving STRESS mode with {count} connections
note        cache {path:w} {what} cleanup: {reason}
note        {reason}
`
