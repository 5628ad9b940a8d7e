#!/bin/bash
# Subshells share the ruleset but not the variables; functions with a body in a subshell; output in pipes.
CHAIN=outer
( CHAIN=inner; iptables -N $CHAIN; exit 3 )
echo "status $?"
iptables -N $CHAIN

with_table() (
  table=$1; shift
  cd /tmp && iptables -t "$table" "$@"
)
with_table nat -N custom
with_table mangle -A OUTPUT -p tcp --dport 22 -j TOS --set-tos 0x10
pwd | grep -qx /tmp && iptables -A INPUT -j DROP

echo "22 80 443" | tr ' ' '\n' | while read port; do
  iptables -A INPUT -p tcp --dport "$port" -j ACCEPT
  last=$port
done
iptables -A INPUT -m comment --comment "last=${last:-unknown}" -j RETURN

{ echo '*filter'; echo ':added - [0:0]'; for p in 1 2; do echo "-A added -p udp --dport $p -j DROP"; done; echo COMMIT; } | iptables-restore -n
iptables-restore -n <<< "*filter
-A $CHAIN -j RETURN
COMMIT"
printf '%s\n' '*nat' "-A custom -p tcp --dport 8080 -j REDIRECT --to-ports 80" COMMIT | iptables-restore --noflush
