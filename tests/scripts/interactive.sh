#!/bin/bash
# Asks the administrator.
echo -n "Which port? "
read port
iptables -A INPUT -p tcp --dport "$port" -j ACCEPT
ping -c1 192.0.2.1 >/dev/null && iptables -A INPUT -s 192.0.2.1 -j ACCEPT
