#!/bin/sh
# A loop without a command.
iptables -P INPUT ACCEPT
for p in 22 80; do
done
