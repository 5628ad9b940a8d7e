#!/bin/sh
# Loads something, then flushes everything as panic scripts do.
iptables -A INPUT -p tcp --dport 22 -j ACCEPT
iptables -N mine
iptables -A FORWARD -j mine
iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE
iptables -t mangle -A PREROUTING -p tcp --dport 80 -j MARK --set-mark 1
iptables -P INPUT DROP

for ipt in iptables ip6tables; do
  for table in filter nat mangle raw; do
    $ipt -t $table -F
    $ipt -t $table -X
    $ipt -t $table -Z
  done
  $ipt -P INPUT ACCEPT
  $ipt -P OUTPUT ACCEPT
  $ipt -P FORWARD ACCEPT
done
iptables -L -n -v >/dev/null
