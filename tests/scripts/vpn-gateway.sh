#!/bin/bash
# WireGuard and OpenVPN gateway: PostUp commands as functions.
WG_IF=wg0
OVPN_IF=tun0
PUB_IF=eth0
WG_NET4=10.66.66.0/24
WG_NET6=fd42:42:42::/64
OVPN_NET=10.8.0.0/24

post_up() {
	iptables -I INPUT -p udp --dport 51820 -j ACCEPT
	iptables -I FORWARD -i ${PUB_IF} -o ${WG_IF} -j ACCEPT
	iptables -I FORWARD -i ${WG_IF} -j ACCEPT
	iptables -t nat -A POSTROUTING -o ${PUB_IF} -j MASQUERADE
	ip6tables -I FORWARD -i ${WG_IF} -j ACCEPT
	ip6tables -t nat -A POSTROUTING -o ${PUB_IF} -j MASQUERADE
}
post_down() {
	iptables -D INPUT -p udp --dport 51820 -j ACCEPT
	iptables -D FORWARD -i ${PUB_IF} -o ${WG_IF} -j ACCEPT
	iptables -D FORWARD -i ${WG_IF} -j ACCEPT
	iptables -t nat -D POSTROUTING -o ${PUB_IF} -j MASQUERADE
	ip6tables -D FORWARD -i ${WG_IF} -j ACCEPT
	ip6tables -t nat -D POSTROUTING -o ${PUB_IF} -j MASQUERADE
}
post_up
post_down
post_up

iptables -t nat -I POSTROUTING 1 -s $OVPN_NET -o $PUB_IF -j MASQUERADE
iptables -I INPUT 1 -i $OVPN_IF -j ACCEPT
iptables -I FORWARD 1 -i $PUB_IF -o $OVPN_IF -j ACCEPT
iptables -I FORWARD 1 -i $OVPN_IF -o $PUB_IF -j ACCEPT
iptables -I INPUT 1 -i $PUB_IF -p udp --dport 1194 -j ACCEPT
# clients must not reach each other, but the printer
iptables -I FORWARD -s $WG_NET4 -d $WG_NET4 -j REJECT --reject-with icmp-admin-prohibited
ip6tables -I FORWARD -s $WG_NET6 -d $WG_NET6 -j REJECT --reject-with icmp6-adm-prohibited
for client in {2..5}; do
	iptables -A FORWARD -s ${WG_NET4%.*}.$client -d 192.168.1.50 -p tcp -m multiport --dports 515,631,9100 -j ACCEPT
done
iptables -A FORWARD -m policy --dir in --pol ipsec -j ACCEPT
