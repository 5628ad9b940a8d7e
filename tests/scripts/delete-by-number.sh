#!/bin/sh
# Housekeeping on a chain: deletes by number and by rule, replaces, renames.
iptables -N TEMP
for i in 1 2 3 4 5 6; do iptables -A TEMP -s 10.0.0.$i -j DROP; done
iptables -D TEMP 2
iptables -D TEMP -s 10.0.0.4 -j DROP
iptables -R TEMP 1 -s 10.9.9.9 -j REJECT
iptables -I TEMP 3 -s 10.0.0.33 -j ACCEPT
iptables -E TEMP PERMANENT
iptables -A INPUT -j PERMANENT
iptables -X PERMANENT 2>/dev/null && echo "should not be possible"
# delete all rules for a host, from the last to the first
iptables -A INPUT -s 10.0.0.77 -j DROP
iptables -A INPUT -s 10.0.0.78 -j DROP
iptables -A INPUT -s 10.0.0.77 -p udp -j DROP
for n in $(iptables -L INPUT -n --line-numbers | grep '10\.0\.0\.77' | awk '{print $1}' | sort -rn); do
  iptables -D INPUT $n
done
iptables -S INPUT | grep -c 10.0.0.78
while iptables -D PERMANENT 1 2>/dev/null; do :; done
iptables -A PERMANENT -j RETURN
