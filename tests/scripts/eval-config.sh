#!/bin/sh
# Interfaces and networks in numbered variables, read with eval.
IF_1=eth0; NET_1=192.168.1.0/24; PORTS_1="22 80"
IF_2=eth1; NET_2=192.168.2.0/24; PORTS_2="443"
IF_3=eth2; NET_3=192.168.3.0/24; PORTS_3=""
COUNT=3

i=1
while [ $i -le $COUNT ]; do
  eval "interface=\$IF_$i net=\$NET_$i"
  eval ports=\"\$PORTS_$i\"
  iptables -N in_$interface
  iptables -A INPUT -i $interface -j in_$interface
  iptables -A in_$interface ! -s $net -j DROP
  if [ -n "$ports" ]; then
    list=$(echo $ports | tr ' ' ',')
    iptables -A in_$interface -p tcp -m multiport --dports $list -j ACCEPT
  fi
  i=$((i+1))
done
set -- $(echo "$NET_1 $NET_2")
iptables -A FORWARD -s $1 -d $2 -j ACCEPT
RULE="-A FORWARD -m comment --comment \"from \$IF_1\" -j DROP"
eval "iptables $RULE"
