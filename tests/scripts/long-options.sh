#!/usr/bin/env bash
# Hardened server, spelled out.

iptables --flush
iptables --delete-chain
iptables --table nat --flush
iptables --policy INPUT DROP
iptables --policy FORWARD DROP
iptables --policy OUTPUT ACCEPT

iptables --new-chain LOGDROP
iptables --append LOGDROP \
         --match limit --limit 10/minute \
         --jump LOG --log-prefix "[netfilter] " \
         --log-level debug
iptables --append LOGDROP --jump DROP

iptables --append INPUT --in-interface lo --jump ACCEPT
iptables --append INPUT --match conntrack --ctstate INVALID --jump LOGDROP
iptables --append INPUT \
         --match conntrack --ctstate RELATED,ESTABLISHED \
         --jump ACCEPT
iptables --append INPUT --protocol tcp \
         --source 203.0.113.0/24 \
         --destination-port ssh \
         --match conntrack --ctstate NEW \
         --jump ACCEPT
iptables --append INPUT --protocol tcp --match multiport --destination-ports http,https --jump ACCEPT
iptables --append INPUT --protocol icmp --icmp-type echo-request --jump ACCEPT
iptables --append INPUT --fragment --jump DROP
iptables --insert INPUT 1 --protocol tcp ! --syn --match conntrack --ctstate NEW --jump LOGDROP
iptables --append INPUT --jump LOGDROP

iptables --table nat --append POSTROUTING --out-interface eth0 --source 10.8.0.0/24 --jump MASQUERADE
iptables --append FORWARD --in-interface tun0 --out-interface eth0 --jump ACCEPT
iptables --delete FORWARD --in-interface tun0 --out-interface eth0 --jump ACCEPT
iptables --append FORWARD --in-interface tun+ --out-interface eth0 --jump ACCEPT
iptables --rename-chain LOGDROP LOG_AND_DROP
iptables --zero
