#!/bin/sh
# Reads its settings from a file of their own.
set -eu

CONF=./settings.d/firewall.conf
if [ ! -r "$CONF" ]; then
  echo "cannot read $CONF" >&2
  exit 1
fi
. "$CONF"
: "${LOG:=no}"

I="iptables -w 5"

is_yes() {
  case "$1" in
    [yY]|[yY][eE][sS]|1|true) return 0 ;;
    *) return 1 ;;
  esac
}

$I -F; $I -X; $I -t nat -F
$I -P INPUT DROP
$I -P FORWARD DROP
$I -A INPUT -i lo -j ACCEPT
$I -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
$I -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT

for i in $IF_LAN; do
  $I -A INPUT -i "$i" -s "$NET_LAN" -j ACCEPT
  $I -A FORWARD -i "$i" -s "$NET_LAN" -o "$IF_WAN" -j ACCEPT
done

is_yes "$ALLOW_PING" && $I -A INPUT -p icmp --icmp-type ping -j ACCEPT

OLDIFS=$IFS
IFS=', '
for server in $DNS_SERVERS; do
  $I -A OUTPUT -d "$server" -p udp --dport 53 -j ACCEPT
done
IFS=$OLDIFS

for fwd in $FORWARD_TCP; do
  port=${fwd%%>*}
  dest=${fwd#*>}
  host=${dest%:*}
  case $dest in
    *:*) to=${dest##*:} ;;
    *) to=$port ;;
  esac
  $I -t nat -A PREROUTING -i "$IF_WAN" -p tcp --dport "$port" -j DNAT --to-destination "$host:$to"
  $I -A FORWARD -i "$IF_WAN" -p tcp -d "$host" --dport "$to" -j ACCEPT
done
$I -t nat -A POSTROUTING -o "$IF_WAN" -s "$NET_LAN" -j MASQUERADE

if is_yes "$LOG"; then
  $I -A INPUT -j LOG --log-prefix 'fw in: '
fi
if ! is_yes "$ALLOW_IPV6"; then
  for c in INPUT FORWARD OUTPUT; do
    ip6tables -P $c DROP
  done
fi
