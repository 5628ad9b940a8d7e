#!/bin/bash
# Web and mail server, ports from lists, IPv4 and IPv6 alike.

TCP_PORTS=(22 25 80 443 465 587 993 995)
UDP_PORTS=(53 443)
TRUSTED=("203.0.113.10" "203.0.113.64/27")
BLOCKED="192.0.2.1 192.0.2.77 198.51.100.0/25"

ipt() { iptables "$@" && ip6tables "$@"; }

for cmd in iptables ip6tables; do
  for table in filter mangle; do
    $cmd -t "$table" -F
    $cmd -t "$table" -X
  done
done

ipt -P INPUT DROP
ipt -P FORWARD DROP
ipt -P OUTPUT ACCEPT
ipt -A INPUT -i lo -j ACCEPT
ipt -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT

for net in $BLOCKED; do
  iptables -I INPUT 2 -s $net -j DROP
done

for host in "${TRUSTED[@]}"; do
  iptables -A INPUT -s "$host" -p tcp --dport 5666 -m comment --comment "nagios from $host" -j ACCEPT
done

for p in "${TCP_PORTS[@]}"; do
  ipt -A INPUT -p tcp --dport "$p" -m conntrack --ctstate NEW -j ACCEPT
done
for p in "${UDP_PORTS[@]}"; do
  ipt -A INPUT -p udp --dport "$p" -j ACCEPT
done

# passive ftp and a few ranges
for range in {40000..40003} 50000:50100; do
  iptables -A INPUT -p tcp --dport $range -j ACCEPT
done

iptables -A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT
ip6tables -A INPUT -p icmpv6 -j ACCEPT
