#!/bin/bash
# Stops at the first command that fails: what was done before stays.
set -e
trap 'echo "line $LINENO failed" >&2' ERR
trap 'iptables -A INPUT -j DROP' EXIT
iptables -A INPUT -p tcp --dport 22 -j ACCEPT
iptables -A INPUT -j NO_SUCH_CHAIN
iptables -A INPUT -p tcp --dport 80 -j ACCEPT
