#!/bin/bash
# Restricts published ports: rules in DOCKER-USER that may be run again and again.
EXT_IF=eth0
ALLOWED_NETS=(10.0.0.0/8 192.0.2.32/28)
CHAIN=DOCKER-USER

iptables -N $CHAIN 2>/dev/null || true
iptables -C FORWARD -j $CHAIN 2>/dev/null || iptables -I FORWARD -j $CHAIN
iptables -F $CHAIN
iptables -A $CHAIN -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
for net in "${ALLOWED_NETS[@]}"; do
  iptables -A $CHAIN -i $EXT_IF -s "$net" -j RETURN
done
iptables -A $CHAIN -i $EXT_IF -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP
iptables -A $CHAIN -i $EXT_IF -p tcp -m multiport --dports 3306,5432,6379 -j DROP
iptables -A $CHAIN -j RETURN
iptables -D $CHAIN -j RETURN
rule_number=$(iptables -L $CHAIN --line-numbers -n | awk '/DROP/ {print $1}' | head -n 1)
iptables -I $CHAIN $rule_number -i $EXT_IF -p tcp --dport 9000 -j RETURN
iptables -A $CHAIN -j RETURN
