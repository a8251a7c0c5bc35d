#!/bin/sh
# Makes the fixtures of this folder anew with the sqlite3 program. The CREATE
# statements are those of lastlog2 (util-linux 2.40) and wtmpdb 0.13.
set -e
cd "$(dirname "$0")"
rm -f lastlog2.db wtmp.db
sqlite3 lastlog2.db <<'SQL'
CREATE TABLE IF NOT EXISTS Lastlog2(Name TEXT PRIMARY KEY, Time INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT) STRICT;
INSERT INTO Lastlog2 VALUES('root',1709434800,'tty1','','login');
INSERT INTO Lastlog2 VALUES('deploy',1709432047,'pts/0','203.0.113.9','sshd');
INSERT INTO Lastlog2 VALUES('admin',1709432400,'pts/1','2001:db8::17','sshd');
INSERT INTO Lastlog2 VALUES('removed',1709432500,'pts/9','198.51.100.66','sshd');
DELETE FROM Lastlog2 WHERE Name='removed';
SQL
sqlite3 wtmp.db <<'SQL'
PRAGMA page_size=512;
CREATE TABLE IF NOT EXISTS wtmp(ID INTEGER PRIMARY KEY, Type INTEGER, User TEXT NOT NULL, Login INTEGER, Logout INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT) STRICT;
INSERT INTO wtmp VALUES(1,1,'reboot',1709272805123456,1709528400777777,'~','6.1.0-18-amd64',NULL);
INSERT INTO wtmp VALUES(2,3,'deploy',1709432047912345,1709433847000002,'pts/0','203.0.113.9','sshd');
INSERT INTO wtmp VALUES(3,3,'admin',1709432400000001,NULL,'pts/1','2001:db8::17','sshd');
INSERT INTO wtmp VALUES(4,1,'reboot',1709528470000000,NULL,'~','6.1.0-18-amd64',NULL);
WITH RECURSIVE n(i) AS (SELECT 5 UNION ALL SELECT i+1 FROM n WHERE i<200)
INSERT INTO wtmp SELECT i,3,'user'||i,1709530000000000+i*1000000,1709530000500000+i*1000000,'pts/'||(i%9),
 CASE WHEN i%50=0 THEN 'long-'||hex(zeroblob(900)) ELSE '192.0.2.'||i END,'sshd' FROM n;
SQL
# The log of a database that a program still holds open: 40 sessions of which
# none is in the database, 20 in each of two transactions, one of them with
# overflow pages; an end that was noted later; a third that was not ended.
rm -f open.db open.db-wal open.wal
sqlite3 open.db <<'SQL' >/dev/null
PRAGMA page_size=512;
PRAGMA journal_mode=WAL;
PRAGMA wal_autocheckpoint=0;
CREATE TABLE IF NOT EXISTS wtmp(ID INTEGER PRIMARY KEY, Type INTEGER, User TEXT NOT NULL, Login INTEGER, Logout INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT) STRICT;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20)
INSERT INTO wtmp SELECT i,3,'user'||i,1709530000000000+i*1000000,NULL,'pts/'||(i%9),'192.0.2.'||i,'sshd' FROM n;
WITH RECURSIVE n(i) AS (SELECT 21 UNION ALL SELECT i+1 FROM n WHERE i<40)
INSERT INTO wtmp SELECT i,3,'user'||i,1709530000000000+i*1000000,NULL,'pts/'||(i%9),CASE WHEN i=30 THEN 'long-'||hex(zeroblob(900)) ELSE '192.0.2.'||i END,'sshd' FROM n;
UPDATE wtmp SET Logout=1709531000000000 WHERE ID=7;
.shell cp open.db-wal open.wal
SQL
rm -f open.db open.db-wal open.db-shm
