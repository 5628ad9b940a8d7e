#!/bin/sh 
#
#  This is automatically generated file. DO NOT MODIFY !
#
#  Firewall Builder  fwb_ipt v5.1.0.3599
#
#  Generated Mon Mar  3 10:20:11 2014 CET by admin
#
# files: * gw.fw /etc/gw.fw
#
# Compiled for iptables (any version)
# test: start

FWBDEBUG=""

cd / || exit 1

log() {
    echo "$1"
    command -v logger >/dev/null 2>&1 && logger -p info "$1"
}

getInterfaceVarName() {
    echo $1 | sed 's/\./_/'
}

check_file() {
    test -r "$2" || {
        echo "Can not find file $2 referenced by address table object $1"
        exit 1
    }
}

check_tools() {
  find_program which
  find_program $IPTABLES 
  find_program $MODPROBE 
  find_program $IP 
}

find_program() {
  PGM=$1
  command -v $PGM >/dev/null 2>&1 || {
    echo "$PGM not found"
    exit 1
  }
}

reset_iptables_v4() {
  $IPTABLES -P OUTPUT  DROP
  $IPTABLES -P INPUT   DROP
  $IPTABLES -P FORWARD DROP

cat /proc/net/ip_tables_names | while read table; do
  $IPTABLES -t $table -L -n | while read c chain rest; do
      if test "X$c" = "XChain" ; then
        $IPTABLES -t $table -F $chain
      fi
  done
  $IPTABLES -t $table -X
done
}

load_modules() {
    HAVE_NAT=$2
    MODULES_DIR="/lib/modules/net"
    echo "loading modules for $1 nat:$HAVE_NAT"
}

verify_interfaces() {
    :
    echo "Verifying interfaces: $*"
}

prolog_commands() {
    echo "Running prolog script"
}

epilog_commands() {
    echo "Running epilog script"
}

run_epilog_and_exit() {
    epilog_commands
    exit $1
}

script_body() {
    echo 1 > /proc/sys/net/ipv4/tcp_syncookies
    # ================ IPv4

    # ================ Table 'filter', automatic rules
    $IPTABLES -A INPUT   -m state --state ESTABLISHED,RELATED -j ACCEPT 
    $IPTABLES -A OUTPUT  -m state --state ESTABLISHED,RELATED -j ACCEPT 
    $IPTABLES -A FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT 

    # ================ Table 'nat',  rule set NAT
    # 
    # Rule 0 (NAT)
    # 
    echo "Rule 0 (NAT)"
    # 
    $IPTABLES -t nat -A POSTROUTING -o eth0   -s 172.16.22.0/24  -j SNAT --to-source 192.0.2.1
    # 
    # Rule 1 (NAT)
    # 
    echo "Rule 1 (NAT)"
    # 
    $IPTABLES -t nat -A PREROUTING  -p tcp -m tcp   -d 192.0.2.1 --dport 25 -j DNAT --to-destination 172.16.22.10

    # ================ Table 'filter', rule set Policy
    # 
    # Rule 0 (eth0)
    # 
    echo "Rule 0 (eth0)"
    # 
    # anti spoofing rule
    $IPTABLES -N In_RULE_0
    $IPTABLES -A INPUT -i eth0   -s 192.0.2.1   -m state --state NEW  -j In_RULE_0
    $IPTABLES -A INPUT -i eth0   -s 172.16.22.0/24   -m state --state NEW  -j In_RULE_0
    $IPTABLES -A FORWARD -i eth0   -s 192.0.2.1   -m state --state NEW  -j In_RULE_0
    $IPTABLES -A FORWARD -i eth0   -s 172.16.22.0/24   -m state --state NEW  -j In_RULE_0
    $IPTABLES -A In_RULE_0  -j LOG  --log-level info --log-prefix "RULE 0 -- DENY "
    $IPTABLES -A In_RULE_0  -j DROP
    # 
    # Rule 1 (lo)
    # 
    echo "Rule 1 (lo)"
    # 
    $IPTABLES -A INPUT -i lo   -m state --state NEW  -j ACCEPT
    $IPTABLES -A OUTPUT -o lo   -m state --state NEW  -j ACCEPT
    # 
    # Rule 2 (global)
    # 
    echo "Rule 2 (global)"
    # 
    # ssh to the firewall from the administrator
    $IPTABLES -N Cid4A2B.0
    $IPTABLES -A INPUT  -p tcp -m tcp  --dport 22  -m state --state NEW  -j Cid4A2B.0
    $IPTABLES -A Cid4A2B.0  -s 172.16.22.5   -j ACCEPT
    $IPTABLES -A Cid4A2B.0  -s 172.16.22.6   -j ACCEPT
    # 
    # Rule 3 (global)
    # 
    echo "Rule 3 (global)"
    # 
    $IPTABLES -A FORWARD  -p tcp -m tcp  -m multiport  -d 172.16.22.10   --dports 25,465,587  -m state --state NEW  -j ACCEPT
    # 
    # Rule 4 (global)
    # 
    echo "Rule 4 (global)"
    # 
    $IPTABLES -N RULE_4
    $IPTABLES -A OUTPUT  -m state --state NEW  -j RULE_4
    $IPTABLES -A INPUT  -m state --state NEW  -j RULE_4
    $IPTABLES -A FORWARD  -m state --state NEW  -j RULE_4
    $IPTABLES -A RULE_4  -j LOG  --log-level info --log-prefix "RULE 4 -- DENY "
    $IPTABLES -A RULE_4  -j DROP
}

ip_forward() {
    :
    echo 1 > /proc/sys/net/ipv4/ip_forward
}

reset_all() {
    :
    reset_iptables_v4
}

block_action() {
    reset_all
}

stop_action() {
    reset_all
    $IPTABLES -P OUTPUT  ACCEPT
    $IPTABLES -P INPUT   ACCEPT
    $IPTABLES -P FORWARD ACCEPT
}

check_iptables() {
    IP_TABLES="$1"
    [ ! -e $IP_TABLES ] && return 151
    NF_TABLES=$(cat $IP_TABLES 2>/dev/null)
    [ -z "$NF_TABLES" ] && return 152
    return 0
}
status_action() {
    check_iptables "/proc/net/ip_tables_names"
    ret_ipv4=$?
    [ $ret_ipv4 -eq 0 ] && { echo "iptables rules are loaded"; exit 0; }
    echo "iptables rules are not loaded"
    exit 1
}

# See how we were called.
cmd=$1
test -z "$cmd" && {
    cmd="start"
}

LSMOD="/sbin/lsmod"
MODPROBE="/sbin/modprobe"
IPTABLES="/sbin/iptables"
IP="/sbin/ip"
LOGGER="/usr/bin/logger"

case "$cmd" in
    start)
        log "Activating firewall script generated Mon Mar  3 10:20:11 2014 by admin"
        check_tools
         prolog_commands 
        verify_interfaces 
        
         reset_all 
        
        script_body
        ip_forward
        epilog_commands
        RETVAL=$?
        ;;

    stop)
        stop_action
        RETVAL=$?
        ;;

    status)
        status_action
        RETVAL=$?
        ;;

    block)
        block_action
        RETVAL=$?
        ;;

    reload)
        $0 stop
        $0 start
        RETVAL=$?
        ;;
    *)
        echo "Usage $0 [start|stop|status|block|reload|test_interfaces]"
        ;;

esac

exit $RETVAL
