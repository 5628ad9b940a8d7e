#!/bin/bash
# qemu hook: forwards ports to a guest when it starts. Called as: hook GUEST start|stop|reconnect
# test: web1 start

guest=$1
action=$2
[ $# -ge 2 ] || { echo "usage: $0 GUEST ACTION" >&2; exit 2; }

case "$guest" in
  web1) guest_ip=192.168.122.10; ports="80:80 443:443 2201:22" ;;
  db1)  guest_ip=192.168.122.20; ports="2202:22" ;;
  *)    exit 0 ;;
esac

rules() {
  local op=$1 pair host_port guest_port
  for pair in $ports; do
    host_port=${pair%:*}
    guest_port=${pair#*:}
    iptables $op FORWARD -o virbr0 -p tcp -d $guest_ip --dport $guest_port -j ACCEPT
    iptables -t nat $op PREROUTING -p tcp --dport $host_port -j DNAT --to $guest_ip:$guest_port
  done
}

iptables -A FORWARD -o virbr0 -j REJECT
if [ "$action" = "stopped" ] || [ "$action" = "reconnect" ]; then
  rules -D
fi
if [ "$action" = "start" ] || [ "$action" = "reconnect" ]; then
  rules -I
fi
