#!/bin/bash
# An `if` that is never closed.
if iptables -L -n > /dev/null; then
  iptables -P INPUT DROP
for p in 22 80; do
  iptables -A INPUT -p tcp --dport $p -j ACCEPT
done
