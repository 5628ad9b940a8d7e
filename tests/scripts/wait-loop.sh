#!/bin/sh
# Retries while another program holds the lock, counts, and checks before adding.
add_once() {
  if iptables -C "$@" >/dev/null 2>&1; then
    echo "already there: $*"
  else
    tries=0
    until iptables -A "$@"; do
      tries=`expr $tries + 1`
      [ $tries -ge 3 ] && { echo "giving up"; return 1; }
      sleep 1
    done
  fi
}
add_once INPUT -p tcp --dport 22 -j ACCEPT
add_once INPUT -p tcp --dport 22 -j ACCEPT
add_once INPUT -p tcp --dport 80 -j ACCEPT
n=1
while [ $n -le 3 ]; do
  iptables -A OUTPUT -d 10.0.0.$n -j ACCEPT
  n=$(expr $n + 1)
done
seq 5 7 | while read n; do
  iptables -A OUTPUT -d 10.0.0.$n -j DROP
done
seq 8 9 | xargs -n1 -I@ iptables -A OUTPUT -d 10.0.0.@ -j REJECT
