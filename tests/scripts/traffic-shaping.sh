#!/bin/bash
# Marks for tc, by port and by TOS.
DEV=ppp0
declare -i CLASS=10

tc qdisc del dev $DEV root 2>/dev/null
tc qdisc add dev $DEV root handle 1: htb default 30
for rate in 100kbit 300kbit 500kbit; do
  tc class add dev $DEV parent 1: classid 1:$CLASS htb rate $rate
  CLASS+=10
done

iptables -t mangle -N SHAPER
iptables -t mangle -A POSTROUTING -o $DEV -j SHAPER
mark() { iptables -t mangle -A SHAPER "${@:2}" -j MARK --set-mark "$1"; iptables -t mangle -A SHAPER "${@:2}" -j RETURN; }

mark 10 -p icmp
mark 10 -p udp --dport 53
mark 10 -p tcp -m length --length :64
mark 20 -p tcp -m multiport --dports 22,80,443
mark 30 -p tcp --dport 6881:6889
iptables -t mangle -A SHAPER -m tos --tos Minimize-Delay -j CLASSIFY --set-class 1:10
iptables -t mangle -A SHAPER -j CONNMARK --save-mark
iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
iptables -t mangle -A SHAPER -m mark --mark 0 -j MARK --set-xmark 0x1e/0xff
for ((i = 1; i <= 3; i++)); do
  printf -v hex '0x%02x' $((i * 16))
  iptables -t mangle -A PREROUTING -s 10.0.$i.0/24 -j MARK --or-mark $hex
done
