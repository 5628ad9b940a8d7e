#!/bin/sh
# firewalld's iptables backend: direct rules and chains, as fw_direct and ipXtables make them (-w, restore -n by stdin).
for cmd in iptables ip6tables; do
  $cmd -w --version >/dev/null
  $cmd -w -L >/dev/null 2>&1
done
for table in security raw mangle nat filter; do
  iptables -w -t $table -L >/dev/null 2>&1 || echo "no $table"
done
/usr/sbin/iptables-restore -w -n <<'EOT' 2>/dev/null || iptables-restore -w -n <<'EOT2'
*nothing
COMMIT
EOT
*raw
-F
-X
-Z
-N PREROUTING_direct
-I PREROUTING 1 -j PREROUTING_direct
-N OUTPUT_direct
-I OUTPUT 1 -j OUTPUT_direct
COMMIT
*mangle
-F
-X
-N PREROUTING_direct
-I PREROUTING 1 -j PREROUTING_direct
-N POSTROUTING_direct
-I POSTROUTING 1 -j POSTROUTING_direct
COMMIT
*nat
-F
-X
-N PREROUTING_direct
-I PREROUTING 1 -j PREROUTING_direct
-N POSTROUTING_direct
-I POSTROUTING 1 -j POSTROUTING_direct
COMMIT
*filter
-F
-X
-P INPUT ACCEPT
-P FORWARD ACCEPT
-P OUTPUT ACCEPT
-N INPUT_direct
-N INPUT_ZONES
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -j INPUT_direct
-A INPUT -j INPUT_ZONES
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-N FORWARD_direct
-A FORWARD -j FORWARD_direct
-N OUTPUT_direct
-A OUTPUT -j OUTPUT_direct
-N IN_public
-N IN_public_allow
-I IN_public 1 -j IN_public_allow
-A IN_public -p icmp -j ACCEPT
-A INPUT_ZONES -i eth0 -g IN_public
COMMIT
EOT2
# firewall-cmd --direct --add-chain, --add-rule with priorities
iptables -w -t filter -N blacklist
iptables -w -t filter -I blacklist 1 -m limit --limit 1/min -j LOG --log-prefix "blacklisted: "
iptables -w -t filter -I blacklist 2 -j DROP
iptables -w -t filter -I INPUT_direct 1 -p tcp --dport 5000 -j ACCEPT
iptables -w -t filter -I INPUT_direct 1 -s 192.168.1.0/24 -j blacklist
iptables -w -t filter -I INPUT_direct 3 -p tcp -m tcp --dport 5001 -m conntrack --ctstate NEW -j ACCEPT
iptables -w -t nat -I POSTROUTING_direct 1 -o eth0 -j MASQUERADE
# firewall-cmd --add-service=http, --remove
iptables -w -t filter -A IN_public_allow -p tcp --dport 80 -m conntrack --ctstate NEW,UNTRACKED -j ACCEPT
iptables -w -t filter -A IN_public_allow -p tcp --dport 22 -m conntrack --ctstate NEW,UNTRACKED -j ACCEPT
iptables -w -t filter -D IN_public_allow -p tcp --dport 80 -m conntrack --ctstate NEW,UNTRACKED -j ACCEPT
# --direct --remove-rules
iptables -w -t filter -D INPUT_direct -p tcp --dport 5000 -j ACCEPT
# panic mode on and off
iptables -w -t raw -I PREROUTING 1 -j DROP && iptables -w -t raw -D PREROUTING -j DROP
