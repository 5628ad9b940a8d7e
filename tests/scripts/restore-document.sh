#!/bin/bash
# Everything at once: rules in here-documents, loaded atomically.
set -e

WAN=ens3
ADMIN_NET=198.51.100.0/24

iptables-restore <<EOT
# filter for $WAN
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:BADFLAGS - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -j BADFLAGS
-A INPUT -i $WAN -s $ADMIN_NET -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -i $WAN -p tcp -m multiport --dports 25,80,443,587,993 -j ACCEPT
-A INPUT -p icmp -m icmp --icmp-type 8 -m limit --limit 2/sec -j ACCEPT
-A INPUT -m limit --limit 3/min -j LOG --log-prefix "IN drop: "
-A BADFLAGS -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -j DROP
-A BADFLAGS -p tcp -m tcp --tcp-flags SYN,FIN SYN,FIN -j DROP
-A BADFLAGS -p tcp -m tcp --tcp-flags SYN,RST SYN,RST -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -i $WAN -p tcp -m tcp --dport 2525 -j REDIRECT --to-ports 25
COMMIT
EOT

ip6tables-restore <<'EOT'
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p ipv6-icmp -j ACCEPT
-A INPUT -p tcp -m multiport --dports 25,80,443 -j ACCEPT
COMMIT
EOT
echo "rules loaded"
