#!/bin/sh
# What /etc/network/if-pre-up.d/iptables does, and some rules on top.
RULES=restore-file.d/rules.v4
test -f $RULES || exit 0
/sbin/iptables-restore < $RULES
cat restore-file.d/rules.v6 | /sbin/ip6tables-restore
/sbin/iptables-restore --noflush <<-EOR
	*filter
	-I INPUT 1 -s 203.0.113.99 -j DROP
	COMMIT
	EOR
echo "*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i eth2 -j MARK --set-mark 2
COMMIT" | iptables-restore -n
iptables-save > /tmp/backup.rules
iptables -P INPUT DROP
iptables -F
iptables-restore < /tmp/backup.rules
if iptables-save | grep -q 'dport 8443'; then
  iptables -A INPUT -p tcp --dport 8444 -j ACCEPT
else
  iptables -A INPUT -p tcp --dport 8443 -j ACCEPT
fi
rm -f /tmp/backup.rules
