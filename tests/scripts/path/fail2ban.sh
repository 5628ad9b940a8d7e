#!/bin/sh
# fail2ban: actionstart, actioncheck, actionban, actionunban, actionflush, actionstop of iptables and
# iptables-multiport, for two jails.
iptables_='iptables -w'
chain=INPUT
protocol=tcp
blocktype='REJECT --reject-with icmp-port-unreachable'

start() { # name port
  { $iptables_ -C f2b-$1 -j RETURN >/dev/null 2>&1; } || { $iptables_ -N f2b-$1 || true; $iptables_ -A f2b-$1 -j RETURN; }
  for proto in $(echo "$protocol" | sed 's/,/ /g'); do
    { $iptables_ -C $chain -p $proto -m multiport --dports $2 -j f2b-$1 >/dev/null 2>&1; } || \
      { $iptables_ -I $chain -p $proto -m multiport --dports $2 -j f2b-$1; }
  done
}
check() { $iptables_ -n -L $chain | grep -q "f2b-$1[ \t]"; }
ban() { $iptables_ -I f2b-$1 1 -s $2 -j $blocktype; }
unban() { $iptables_ -D f2b-$1 -s $2 -j $blocktype; }
flush() { $iptables_ -F f2b-$1; }
stop() {
  $iptables_ -D $chain -p tcp -m multiport --dports $2 -j f2b-$1
  flush $1
  $iptables_ -X f2b-$1
}

iptables -A INPUT -i lo -j ACCEPT
start sshd ssh
start sshd ssh
start nginx-http-auth http,https
for ip in 203.0.113.7 203.0.113.8 198.51.100.99; do
  check sshd && ban sshd $ip
done
ban nginx-http-auth 192.0.2.200
unban sshd 203.0.113.8
unban sshd 203.0.113.8 2>/dev/null || echo "was not banned"
start recidive 0:65535
ban recidive 203.0.113.7
stop nginx-http-auth http,https
flush recidive
ban recidive 2001:db8::1 2>/dev/null || ip6tables -w -N f2b-recidive
ip6tables -w -A f2b-recidive -j RETURN
ip6tables -w -I INPUT -p tcp -j f2b-recidive
ip6tables -w -I f2b-recidive 1 -s 2001:db8::1 -j REJECT --reject-with icmp6-port-unreachable
