#!/bin/sh
# A script of 2003: old syntax that still works, or did.
IPT=`which iptables`
PRIVPORTS="0:1023"
UNPRIVPORTS="1024:65535"
CLASS_A="10.0.0.0/255.0.0.0"
CLASS_C="192.168.0.0/255.255.0.0"
LOOPBACK=127.0.0.0/8

$IPT --flush
$IPT -t nat --flush
$IPT -t mangle --flush
$IPT --delete-chain
$IPT --policy INPUT DROP
for net in $CLASS_A 172.16.0.0/255.240.0.0 $CLASS_C 224.0.0.0/4 240.0.0.0/5
do
        $IPT -A INPUT -i eth0 -s $net -j DROP
done
$IPT -A INPUT -i lo -j ACCEPT
$IPT -A INPUT -i ! lo -s $LOOPBACK -j DROP 2>/dev/null || $IPT -A INPUT ! -i lo -s $LOOPBACK -j DROP
$IPT -A INPUT -p tcp -s 0/0 --sport $UNPRIVPORTS -d 0/0 --dport 22 -j ACCEPT
$IPT -A INPUT -p 6 --dport 113 -j REJECT --reject-with tcp-reset
$IPT -A INPUT -p 47 -j ACCEPT
$IPT -A INPUT -p udp --source-port 67:68 --destination-port 67:68 -j ACCEPT
$IPT -A INPUT -m mac --mac-source 00:0C:29:AB:CD:EF -j ACCEPT
$IPT -A INPUT -m pkttype --pkt-type broadcast -j DROP
$IPT -A INPUT -m iprange --src-range 192.168.1.10-192.168.1.20 -j ACCEPT
$IPT -A INPUT -m ttl --ttl-lt 5 -j DROP
$IPT -A INPUT -m time --timestart 08:00 --timestop 18:00 --weekdays Mon,Tue,Wed,Thu,Fri -j ACCEPT
$IPT -A INPUT -m string --algo bm --string "cmd.exe" -j DROP
$IPT -A INPUT -p tcp -m tcp --dport 25 -m u32 --u32 "4&0x1FFF=0" -j ACCEPT
$IPT -A OUTPUT -p tcp --sport $PRIVPORTS -j ACCEPT
