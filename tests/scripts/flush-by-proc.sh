#!/bin/bash
# Flushes those tables that are loaded, as the init scripts of RHEL did.
iptables -t mangle -A OUTPUT -p udp --dport 53 -j TOS --set-tos Minimize-Delay
iptables -t nat -N PORTS
iptables -t nat -A PREROUTING -j PORTS
iptables -P FORWARD DROP

tables=$(cat /proc/net/ip_tables_names 2>/dev/null)
for i in $tables; do
    iptables -t $i -F
    iptables -t $i -X
    iptables -t $i -Z
done

set_policy() {
    policy=$1
    for i in $tables; do
        case "$i" in
            raw)
                for c in PREROUTING OUTPUT; do iptables -t raw -P $c $policy || ret=1; done
                ;;
            filter)
                for c in INPUT OUTPUT FORWARD; do iptables -t filter -P $c $policy || ret=1; done
                ;;
            nat)
                for c in PREROUTING POSTROUTING OUTPUT; do iptables -t nat -P $c $policy || ret=1; done
                ;;
            mangle)
                for c in PREROUTING POSTROUTING INPUT OUTPUT FORWARD; do
                    iptables -t mangle -P $c $policy || ret=1
                done
                ;;
            *)
                ret=1
                ;;
        esac
    done
}
ret=0
set_policy ACCEPT
[ $ret -eq 0 ] && echo "flushed" || echo "not all was flushed"
