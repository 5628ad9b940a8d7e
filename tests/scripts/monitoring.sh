#!/bin/bash
# Accounting chains for a monitoring system: one rule for each host and direction.
ACCT=ACCOUNTING
HOSTS_FILE=monitoring.d/hosts

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
[[ -s $HOSTS_FILE ]] || die "no hosts in $HOSTS_FILE"

for chain in "$ACCT" "${ACCT}_IN" "${ACCT}_OUT"; do
  iptables -t mangle -n -L "$chain" >/dev/null 2>&1 || iptables -t mangle -N "$chain"
  iptables -t mangle -F "$chain"
done
iptables -t mangle -D FORWARD -j "$ACCT" 2>/dev/null
iptables -t mangle -I FORWARD -j "$ACCT"

mapfile -t lines < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$HOSTS_FILE")
for line in "${lines[@]}"; do
  set -- $line
  name=$1 addr=$2
  iptables -t mangle -A "${ACCT}_IN" -d "$addr" -m comment --comment "in_$name"
  iptables -t mangle -A "${ACCT}_OUT" -s "$addr" -m comment --comment "out_$name"
done
iptables -t mangle -A "$ACCT" -o eth1 -j "${ACCT}_IN"
iptables -t mangle -A "$ACCT" -i eth1 -j "${ACCT}_OUT"
printf 'accounting for %d hosts\n' "${#lines[@]}"
