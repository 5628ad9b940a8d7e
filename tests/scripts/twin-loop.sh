#!/bin/bash
# The same rules for both families, from one function.
set -euo pipefail

readonly WAN_IF="${WAN_IF:-eth0}"
declare -A SERVICES=( [ssh]="tcp 22" [web]="tcp 80" [tls]="tcp 443" [quic]="udp 443" )

both() {
  local cmd
  for cmd in iptables ip6tables; do
    "$cmd" "$@"
  done
}

setup_chains() {
  local chain
  for chain in IN_PUBLIC IN_ADMIN LOG_DROP; do
    both -N "$chain" 2>/dev/null || both -F "$chain"
  done
  both -A LOG_DROP -m limit --limit 5/min --limit-burst 10 -j LOG --log-prefix "DROP: " --log-tcp-options --log-ip-options
  both -A LOG_DROP -j DROP
}

both -P INPUT ACCEPT
both -F INPUT
setup_chains
both -A INPUT -i lo -j ACCEPT
both -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
both -A INPUT -m conntrack --ctstate INVALID -j LOG_DROP

for name in ssh web tls quic; do
  read -r proto port <<< "${SERVICES[$name]}"
  both -A IN_PUBLIC -p "$proto" --dport "$port" -m comment --comment "service ${name^^}" -j ACCEPT
done

iptables -A IN_ADMIN -s 10.0.0.0/8 -p icmp -j ACCEPT
ip6tables -A IN_ADMIN -s fd00::/8 -p ipv6-icmp -j ACCEPT
for type in 1 2 3 4 133 134 135 136; do
  ip6tables -A INPUT -p ipv6-icmp --icmpv6-type $type -j ACCEPT
done
ip6tables -A INPUT -s fe80::/10 -d ff02::/16 -j ACCEPT

both -A INPUT -i "$WAN_IF" -j IN_PUBLIC
both -A INPUT -j IN_ADMIN
both -A INPUT -j LOG_DROP
both -P INPUT DROP
both -P FORWARD DROP
