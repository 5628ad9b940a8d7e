#!/bin/bash
# Blocks the networks of a list; comments and empty lines are allowed in it.
LIST=blocklist.d/networks.txt
CHAIN=blocklist

iptables -N $CHAIN 2>/dev/null || iptables -F $CHAIN
iptables -C INPUT -j $CHAIN 2>/dev/null || iptables -I INPUT 1 -j $CHAIN
iptables -C FORWARD -j $CHAIN 2>/dev/null || iptables -I FORWARD 1 -j $CHAIN

count=0
while read -r net comment; do
  [[ -z "$net" || "$net" == \#* ]] && continue
  if [[ ! "$net" =~ ^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(/[0-9]+)?$ ]]; then
    echo "skipping '$net'" >&2
    continue
  fi
  if [ -n "$comment" ]; then
    iptables -A $CHAIN -s "$net" -m comment --comment "$comment" -j DROP
  else
    iptables -A $CHAIN -s "$net" -j DROP
  fi
  (( count++ ))
done < "$LIST"

# countries, from another list
for cidr in $(grep -v '^#' blocklist.d/countries.txt | cut -d';' -f2 | sort -u); do
  iptables -A $CHAIN -s $cidr -j DROP
done
iptables -A $CHAIN -j RETURN
echo "$count networks blocked"
