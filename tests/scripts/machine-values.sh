#!/bin/bash
# Its addresses come from the machine.
LOCAL_IP=$(hostname -I | awk '{print $1}')
GATEWAY=`ip route | grep default | cut -d' ' -f3`
iptables -P INPUT DROP
iptables -A INPUT -d $LOCAL_IP -p tcp --dport 22 -j ACCEPT
iptables -A INPUT -s "$GATEWAY" -j ACCEPT
for iface in $(ls /sys/class/net); do
  iptables -A INPUT -i $iface -p icmp -j ACCEPT
done
echo "done at $(date)"
