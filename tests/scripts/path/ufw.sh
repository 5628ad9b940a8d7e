#!/bin/sh
# The calls that ufw makes: start (before/after rules by restore), enable with rules, then single changes.
# As ufw-init-functions and backend_iptables.py do it, with -w and --noflush.

chains_exist() { iptables -n -L ufw-user-input >/dev/null 2>&1; }

for exe in iptables ip6tables; do
  type=""
  [ "$exe" = ip6tables ] && type="6"
  for c in before-logging-input before-logging-output before-logging-forward before-input before-output before-forward \
           after-input after-output after-forward after-logging-input after-logging-output after-logging-forward \
           reject-input reject-output reject-forward track-input track-output track-forward; do
    $exe -N "ufw$type-$c" || exit 1
  done
  for d in input output forward; do
    D=$(echo $d | tr a-z A-Z)
    $exe -A $D -j "ufw$type-before-logging-$d"
    $exe -A $D -j "ufw$type-before-$d"
    $exe -A $D -j "ufw$type-after-$d"
    $exe -A $D -j "ufw$type-after-logging-$d"
    $exe -A $D -j "ufw$type-reject-$d"
    $exe -A $D -j "ufw$type-track-$d"
  done
  $exe -P INPUT DROP
  $exe -P OUTPUT ACCEPT
  $exe -P FORWARD DROP
  $exe -N ufw$type-logging-deny
  $exe -N ufw$type-logging-allow
  $exe -N ufw$type-skip-to-policy-input
  $exe -A ufw$type-skip-to-policy-input -j DROP
  $exe -N ufw$type-skip-to-policy-output
  $exe -A ufw$type-skip-to-policy-output -j ACCEPT
  $exe -N ufw$type-skip-to-policy-forward
  $exe -A ufw$type-skip-to-policy-forward -j DROP
  $exe -A ufw$type-track-output -p tcp -m conntrack --ctstate NEW -j ACCEPT
  $exe -A ufw$type-track-output -p udp -m conntrack --ctstate NEW -j ACCEPT
done

iptables-restore -n <<'RULES'
*filter
:ufw-user-input - [0:0]
:ufw-user-output - [0:0]
:ufw-user-forward - [0:0]
:ufw-not-local - [0:0]
:ufw-user-limit - [0:0]
:ufw-user-limit-accept - [0:0]
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-output -o lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-output -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -p icmp --icmp-type destination-unreachable -j ACCEPT
-A ufw-before-input -p icmp --icmp-type time-exceeded -j ACCEPT
-A ufw-before-input -p icmp --icmp-type parameter-problem -j ACCEPT
-A ufw-before-input -p icmp --icmp-type echo-request -j ACCEPT
-A ufw-before-input -p udp --sport 67 --dport 68 -j ACCEPT
-A ufw-before-input -j ufw-not-local
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
-A ufw-not-local -m addrtype --dst-type BROADCAST -j RETURN
-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
-A ufw-not-local -j DROP
-A ufw-before-input -p udp -d 224.0.0.251 --dport 5353 -j ACCEPT
-A ufw-before-input -j ufw-user-input
-A ufw-before-output -j ufw-user-output
-A ufw-before-forward -j ufw-user-forward
COMMIT
RULES
iptables-restore -n <<'RULES'
*filter
-A ufw-after-input -p udp --dport 137 -j ufw-skip-to-policy-input
-A ufw-after-input -p udp --dport 138 -j ufw-skip-to-policy-input
-A ufw-after-input -p tcp --dport 139 -j ufw-skip-to-policy-input
-A ufw-after-input -p tcp --dport 445 -j ufw-skip-to-policy-input
-A ufw-after-input -m addrtype --dst-type BROADCAST -j ufw-skip-to-policy-input
COMMIT
RULES
iptables-restore -n <<'RULES'
*filter
:ufw-user-input - [0:0]
:ufw-logging-deny - [0:0]
:ufw-after-logging-input - [0:0]
### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in
-A ufw-user-input -p tcp --dport 22 -j ACCEPT
### tuple ### limit tcp 2222 0.0.0.0/0 any 0.0.0.0/0 in
-A ufw-user-input -p tcp --dport 2222 -m conntrack --ctstate NEW -m recent --set
-A ufw-user-input -p tcp --dport 2222 -m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6 -j ufw-user-limit
-A ufw-user-input -p tcp --dport 2222 -j ufw-user-limit-accept
-A ufw-after-logging-input -j LOG --log-prefix "[UFW BLOCK] " -m limit --limit 3/min --limit-burst 10
-I ufw-logging-deny -m conntrack --ctstate INVALID -j RETURN -m limit --limit 3/min --limit-burst 10
-A ufw-logging-deny -j LOG --log-prefix "[UFW BLOCK] " -m limit --limit 3/min --limit-burst 10
-A ufw-user-limit -m limit --limit 3/minute -j LOG --log-prefix "[UFW LIMIT BLOCK] "
-A ufw-user-limit -j REJECT
-A ufw-user-limit-accept -j ACCEPT
COMMIT
RULES
chains_exist || exit 1
# ufw allow 80/tcp; ufw deny from 203.0.113.5; ufw delete allow 80/tcp; ufw insert 1 allow ...
iptables -A ufw-user-input -p tcp --dport 80 -j ACCEPT
iptables -A ufw-user-input -s 203.0.113.5 -j DROP
iptables -D ufw-user-input -p tcp --dport 80 -j ACCEPT
iptables -I ufw-user-input 1 -p tcp -m multiport --dports 443,8443 -m comment --comment 'dapp_Nginx%20HTTPS' -j ACCEPT
# ufw default allow incoming: policies and the skip chains
iptables -P INPUT ACCEPT
iptables -D ufw-skip-to-policy-input 1
iptables -A ufw-skip-to-policy-input -j ACCEPT
