#!/bin/sh
### BEGIN INIT INFO
# Provides:          firewall
# Required-Start:    $local_fs $network
# Default-Start:     2 3 4 5
# Short-Description: packet filter
### END INIT INFO
# test: start

PATH=/sbin:/usr/sbin:/bin:/usr/bin
IPTABLES=/sbin/iptables
TCP_IN="22 80 443"
UDP_IN="53 123"

[ -x $IPTABLES ] || exit 0

flush() {
  $IPTABLES -F
  $IPTABLES -t nat -F
  $IPTABLES -t mangle -F
  $IPTABLES -X
  for chain in INPUT OUTPUT FORWARD; do
    $IPTABLES -P $chain ACCEPT
  done
}

start() {
  echo -n "Starting firewall: "
  flush
  $IPTABLES -P INPUT DROP
  $IPTABLES -P FORWARD DROP
  $IPTABLES -A INPUT -i lo -j ACCEPT
  $IPTABLES -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
  for port in $TCP_IN; do
    $IPTABLES -A INPUT -p tcp --dport $port -m conntrack --ctstate NEW -j ACCEPT
  done
  for port in $UDP_IN; do
    $IPTABLES -A INPUT -p udp --dport $port -j ACCEPT
  done
  echo "done."
}

stop() {
  echo -n "Stopping firewall: "
  flush
  echo "done."
}

case "$1" in
  start)
    start
    ;;
  stop)
    stop
    ;;
  restart|force-reload)
    stop
    start
    ;;
  status)
    $IPTABLES -L -n -v
    ;;
  *)
    echo "Usage: $0 {start|stop|restart|status}" >&2
    exit 1
    ;;
esac

exit 0
