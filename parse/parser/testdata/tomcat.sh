#!/bin/bash
# Makes tomcat/ anew: Tomcat 10 of Debian 12, unpacked beside the system, run
# on loopback with a JSP that answers, one that throws and one that does not
# compile, and five AccessLogValve patterns. Needs java, curl and apt-get
# download; no root.
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq download tomcat10 tomcat10-common libtomcat10-java libeclipse-jdt-core-java 2>/dev/null
for d in *.deb; do dpkg -x "$d" root; done
home=$work/root/usr/share/tomcat10
for jar in "$work"/root/usr/share/java/*jdt*.jar; do ln -s "$jar" "$home/lib/"; done
mkdir -p base/conf base/logs base/temp base/work base/webapps/ROOT
cp root/etc/tomcat10/web.xml base/conf/ 2>/dev/null || cp "$home"/etc/web.xml base/conf/
cp root/etc/tomcat10/logging.properties base/conf/ 2>/dev/null || cp "$home"/etc/logging.properties base/conf/
cat >base/conf/server.xml <<'X'
<?xml version="1.0"?>
<Server port="-1">
  <Service name="Catalina">
    <Connector address="127.0.0.1" port="8083" protocol="HTTP/1.1" server="sample" maxHttpHeaderSize="4096"/>
    <Engine name="Catalina" defaultHost="localhost">
      <Host name="localhost" appBase="webapps" unpackWARs="false" autoDeploy="false">
        <Valve className="org.apache.catalina.valves.AccessLogValve" directory="logs" prefix="localhost_access_log" suffix=".txt" pattern="%h %l %u %t &quot;%r&quot; %s %b"/>
        <Valve className="org.apache.catalina.valves.AccessLogValve" directory="logs" prefix="combined" suffix=".txt" pattern="combined"/>
        <Valve className="org.apache.catalina.valves.AccessLogValve" directory="logs" prefix="timed" suffix=".txt" pattern="%{X-Forwarded-For}i %h %{begin:yyyy-MM-dd'T'HH:mm:ss.SSSZ}t %m %U%q %H %s %B %D %T %I %v:%p %S"/>
        <Valve className="org.apache.catalina.valves.AccessLogValve" directory="logs" prefix="ended" suffix=".txt" pattern="%a %{end:sec}t &quot;%r&quot; %s %b %F"/>
        <Valve className="org.apache.catalina.valves.JsonAccessLogValve" directory="logs" prefix="json" suffix=".txt" pattern="%h %t &quot;%r&quot; %s %b"/>
      </Host>
    </Engine>
  </Service>
</Server>
X
echo '<%= 1+1 %>' >base/webapps/ROOT/index.jsp
echo '<% if (true) throw new IllegalStateException("broken\nin two lines"); %>' >base/webapps/ROOT/throw.jsp
echo '<% nonsense( %>' >base/webapps/ROOT/nocompile.jsp
export TZ=UTC
java -Djava.util.logging.config.file=base/conf/logging.properties -Djava.util.logging.manager=org.apache.juli.ClassLoaderLogManager \
	-Dcatalina.home="$home" -Dcatalina.base="$work/base" -Djava.io.tmpdir="$work/base/temp" \
	-cp "$home/bin/bootstrap.jar:$home/bin/tomcat-juli.jar" org.apache.catalina.startup.Bootstrap start >base/logs/catalina.out 2>&1 &
pid=$!
for _ in $(seq 60); do curl -s -o /dev/null http://127.0.0.1:8083/none && break; sleep 1; done
u=http://127.0.0.1:8083
for p in /index.jsp /none '/index.jsp?a=1&b=%22x%22' /throw.jsp /nocompile.jsp '/a%00b' '/%E2%82%AC'; do curl -s -o /dev/null -A 'agent "q" x' -e http://r.example.org/ -H 'X-Forwarded-For: 198.51.100.7, 10.0.0.9' "$u$p"; done
curl -s -o /dev/null -X POST -d x=1 $u/index.jsp
(exec 3<>/dev/tcp/127.0.0.1/8083; printf '\x16\x03\x01\x00\xa5\x01\r\n\r\n' >&3; timeout 2 cat <&3 >/dev/null) || true
(exec 3<>/dev/tcp/127.0.0.1/8083; printf 'GET /x<y HTTP/1.1\r\nHost: a\r\n\r\n' >&3; timeout 2 cat <&3 >/dev/null) || true
sleep 1; kill $pid; wait $pid || true
mkdir -p "$here/tomcat"
sed -i "s|$work||g" base/logs/*
for f in localhost_access_log combined timed ended json; do cp base/logs/$f*.txt "$here/tomcat/$f.txt"; done
cp base/logs/catalina.out base/conf/server.xml "$here/tomcat/"
cp base/logs/localhost.*.log "$here/tomcat/localhost.log"
