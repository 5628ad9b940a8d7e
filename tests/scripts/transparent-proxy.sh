#!/bin/sh
# Transparent squid on another port, own users excepted.
LAN=192.168.100.0/24
SQUID_PORT=3128
SQUID_USER=proxy
lan_if=eth1

# do not intercept what goes to the local servers
for net in 192.168.100.1 10.0.0.0/8 172.16.0.0/12; do
    iptables -t nat -A PREROUTING -i $lan_if -s $LAN -d $net -j RETURN
done
iptables -t nat -A PREROUTING -i $lan_if -s $LAN -p tcp --dport 80 -j REDIRECT --to-port $SQUID_PORT
iptables -t nat -A OUTPUT -p tcp --dport 80 -m owner --uid-owner 13 -j ACCEPT
iptables -t nat -A OUTPUT -p tcp --dport 80 ! -d 127.0.0.0/8 -j REDIRECT --to-ports $SQUID_PORT
iptables -t nat -A POSTROUTING -s $LAN -o eth0 -j MASQUERADE

# TPROXY for TLS
iptables -t mangle -N DIVERT
iptables -t mangle -A DIVERT -j MARK --set-mark 1
iptables -t mangle -A DIVERT -j ACCEPT
iptables -t mangle -A PREROUTING -p tcp -m socket -j DIVERT
iptables -t mangle -A PREROUTING -i $lan_if -p tcp --dport 443 -j TPROXY --tproxy-mark 0x1/0x1 --on-port 3129
ip rule add fwmark 1 lookup 100
ip route add local 0.0.0.0/0 dev lo table 100
iptables -A INPUT -i $lan_if -p tcp --dport $SQUID_PORT -s $LAN -j ACCEPT
