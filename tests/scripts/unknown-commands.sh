#!/bin/sh
# Calls programs that change the ruleset themselves, and some that nobody knows.
iptables -F
ufw allow 22/tcp
/usr/local/bin/my-firewall-helper --apply
iptbles -A INPUT -p tcp --dport 22 -j ACCEPT
systemctl restart docker
nft add rule ip filter INPUT tcp dport 22 accept
(sleep 60; iptables -F) &
if [ -f /etc/firewall/extra ]; then
  . /etc/firewall/extra
fi
iptables -A INPUT -j DROP
