#!/bin/sh
# A simple firewall for a desktop. Run at boot from rc.local.

IPT=/sbin/iptables
IP6T=/sbin/ip6tables

# start from nothing
$IPT -F
$IPT -X
$IPT -Z
$IPT -P INPUT DROP
$IPT -P FORWARD DROP
$IPT -P OUTPUT ACCEPT

$IPT -A INPUT -i lo -j ACCEPT
$IPT -A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT
$IPT -A INPUT -p icmp --icmp-type echo-request -m limit --limit 1/s --limit-burst 5 -j ACCEPT
$IPT -A INPUT -p icmp --icmp-type destination-unreachable -j ACCEPT
$IPT -A INPUT -p icmp --icmp-type time-exceeded -j ACCEPT

# ssh only from home
$IPT -A INPUT -s 192.168.178.0/24 -p tcp --dport 22 -m state --state NEW -j ACCEPT

# avahi, cups
$IPT -A INPUT -d 224.0.0.251 -p udp --dport 5353 -j ACCEPT
$IPT -A INPUT -s 192.168.178.0/24 -p udp --dport 631 -j ACCEPT

$IPT -A INPUT -j LOG --log-prefix "dropped: " --log-level 4
$IPT -A INPUT -j REJECT --reject-with icmp-port-unreachable

# nothing over IPv6 but what we asked for
$IP6T -F
$IP6T -P INPUT DROP
$IP6T -P FORWARD DROP
$IP6T -P OUTPUT ACCEPT
$IP6T -A INPUT -i lo -j ACCEPT
$IP6T -A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT
$IP6T -A INPUT -p ipv6-icmp -j ACCEPT
