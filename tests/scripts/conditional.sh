#!/bin/bash
# What is installed decides, as far as it is about the firewall itself.
export PATH=/sbin:/usr/sbin:/bin:/usr/bin

if [ "$(id -u)" -ne 0 ]; then
  echo "This script must be run as root" 1>&2
  exit 1
fi
IPTABLES=$(command -v iptables) || { echo "iptables is missing"; exit 1; }
IP6TABLES=$(which ip6tables 2>/dev/null)
if ! type iptables-restore >/dev/null 2>&1; then
  echo "no iptables-restore"; exit 1
fi
SCRIPT_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
NAME=$(basename "$0" .sh)
[ -f "$SCRIPT_DIR/settings.d/firewall.conf" ] && source "$SCRIPT_DIR/settings.d/firewall.conf"

$IPTABLES -N "$NAME"
if [[ ${ALLOW_PING,,} == "yes" ]]; then
  $IPTABLES -A "$NAME" -p icmp -j ACCEPT
fi
if [ -e /proc/sys/net/ipv4/tcp_syncookies ]; then
  echo 1 > /proc/sys/net/ipv4/tcp_syncookies
fi
for f in /proc/sys/net/ipv4/conf/*/rp_filter; do
  echo 1 > $f
done
sysctl -q -w net.ipv4.conf.all.accept_redirects=0
if [ -f /proc/net/if_inet6 ] || [ -d /proc/sys/net/ipv6 ]; then
  $IP6TABLES -N "$NAME"
fi
$IPTABLES -A INPUT -j "$NAME"
if $IPTABLES -S INPUT | grep -q -- "-j $NAME"; then
  $IPTABLES -A "$NAME" -j RETURN
fi
lines=$($IPTABLES -S | wc -l)
echo "$lines lines at $(date)"
[ "$lines" -gt 4 ] && $IPTABLES -P FORWARD DROP
logger -t "$NAME" "loaded at $(date) on $(hostname)"
