#!/bin/sh
# Protects ssh and dns against floods.
IPT="/usr/sbin/iptables"

$IPT -F
$IPT -X
$IPT -P INPUT ACCEPT

# brute force on ssh: three new connections in a minute
$IPT -N SSH_CHECK
$IPT -A INPUT -p tcp --dport 22 -m state --state NEW -j SSH_CHECK
$IPT -A SSH_CHECK -m recent --set --name SSH
$IPT -A SSH_CHECK -m recent --update --seconds 60 --hitcount 4 --name SSH -j LOG --log-prefix "SSH brute force: "
$IPT -A SSH_CHECK -m recent --update --seconds 60 --hitcount 4 --name SSH -j DROP
$IPT -A SSH_CHECK -j ACCEPT

# syn flood
$IPT -N syn_flood
$IPT -A INPUT -p tcp --syn -j syn_flood
$IPT -A syn_flood -m limit --limit 10/s --limit-burst 30 -j RETURN
$IPT -A syn_flood -j DROP

# each source 20 dns queries in a second
$IPT -A INPUT -p udp --dport 53 -m hashlimit --hashlimit-name dns --hashlimit-above 20/sec \
     --hashlimit-mode srcip --hashlimit-burst 40 -j DROP

# not more than 20 connections to the web server from one /24
$IPT -A INPUT -p tcp --syn --dport 80 -m connlimit --connlimit-above 20 --connlimit-mask 24 -j REJECT --reject-with tcp-reset

# port scans
$IPT -A INPUT -p tcp --tcp-flags ALL FIN,PSH,URG -j DROP
$IPT -A INPUT -p tcp --tcp-flags ALL NONE -j DROP
$IPT -A INPUT -p tcp --tcp-flags ALL ALL -j DROP
$IPT -A INPUT -p tcp --tcp-flags SYN,RST SYN,RST -j DROP

$IPT -A INPUT -p icmp --icmp-type echo-request -m limit --limit 1/second -j ACCEPT
$IPT -A INPUT -p icmp --icmp-type echo-request -j DROP
