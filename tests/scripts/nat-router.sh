#!/bin/bash
#
# Masquerading router with port forwardings
#
# eth0  internet
# eth1  local network
#
### settings ###############################################
EXTIF="eth0"
INTIF="eth1"
INTNET="192.168.1.0/24"
INTIP="192.168.1.1"
UNIVERSE="0.0.0.0/0"

IPTABLES=/sbin/iptables
DEPMOD=/sbin/depmod
MODPROBE=/sbin/modprobe

echo "   External interface: $EXTIF"
echo "   Internal interface: $INTIF"

### modules ################################################
echo -en "   loading modules: "
$DEPMOD -a
echo -en "ip_tables, "
$MODPROBE ip_tables
for mod in ip_conntrack ip_conntrack_ftp ip_conntrack_irc iptable_nat ip_nat_ftp; do
    echo -en "$mod, "
    $MODPROBE $mod
done
echo "done"

echo "1" > /proc/sys/net/ipv4/ip_forward
echo "1" > /proc/sys/net/ipv4/ip_dynaddr

### clear ##################################################
$IPTABLES -P INPUT ACCEPT
$IPTABLES -F INPUT
$IPTABLES -P OUTPUT ACCEPT
$IPTABLES -F OUTPUT
$IPTABLES -P FORWARD DROP
$IPTABLES -F FORWARD
$IPTABLES -t nat -F
if [ -n "`$IPTABLES -L | grep drop-and-log-it`" ]; then
   $IPTABLES -F drop-and-log-it
fi
$IPTABLES -X
$IPTABLES -Z

### chains #################################################
$IPTABLES -N drop-and-log-it
$IPTABLES -A drop-and-log-it -j LOG --log-level info
$IPTABLES -A drop-and-log-it -j REJECT

### input ##################################################
$IPTABLES -A INPUT -i lo -s $UNIVERSE -d $UNIVERSE -j ACCEPT
$IPTABLES -A INPUT -i $INTIF -s $INTNET -d $UNIVERSE -j ACCEPT
# spoofed
$IPTABLES -A INPUT -i $EXTIF -s $INTNET -d $UNIVERSE -j drop-and-log-it
$IPTABLES -A INPUT -i $EXTIF -s $UNIVERSE -d $UNIVERSE -m state --state ESTABLISHED,RELATED -j ACCEPT
$IPTABLES -A INPUT -i $INTIF -p tcp --sport 68 --dport 67 -j ACCEPT
$IPTABLES -A INPUT -i $INTIF -p udp --sport 68 --dport 67 -j ACCEPT
$IPTABLES -A INPUT -s $UNIVERSE -d $UNIVERSE -j drop-and-log-it

### forward ################################################
$IPTABLES -A FORWARD -i $EXTIF -o $INTIF -m state --state ESTABLISHED,RELATED -j ACCEPT
$IPTABLES -A FORWARD -i $INTIF -o $EXTIF -j ACCEPT

forward_port() {
    local proto=$1 port=$2 host=$3 to=${4:-$2}
    $IPTABLES -t nat -A PREROUTING -i $EXTIF -p $proto --dport $port -j DNAT --to-destination $host:$to
    $IPTABLES -A FORWARD -i $EXTIF -o $INTIF -p $proto -d $host --dport $to -m state --state NEW -j ACCEPT
}
forward_port tcp 80 192.168.1.10
forward_port tcp 443 192.168.1.10
forward_port tcp 2222 192.168.1.20 22
forward_port udp 51820 192.168.1.30

$IPTABLES -A FORWARD -j drop-and-log-it

### masquerading ###########################################
$IPTABLES -t nat -A POSTROUTING -o $EXTIF -j MASQUERADE

echo -e "\nfirewall done.\n"
