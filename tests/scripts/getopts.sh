#!/bin/bash
# Opens a port: open-port -p PORT [-t tcp|udp] [-s SOURCE]... [-n]
# test: -p 8080 -s 10.1.1.0/24 -s 10.2.2.2 -t udp
proto=tcp
sources=()
dry_run=
while getopts ":p:t:s:n" opt; do
  case $opt in
    p) port=$OPTARG ;;
    t) proto=$OPTARG ;;
    s) sources+=("$OPTARG") ;;
    n) dry_run=echo ;;
    :) echo "-$OPTARG needs a value" >&2; exit 64 ;;
    \?) echo "unknown option -$OPTARG" >&2; exit 64 ;;
  esac
done
shift $((OPTIND - 1))
if [[ ! ${port:-} =~ ^[0-9]+$ ]] || (( port < 1 || port > 65535 )); then
  echo "usage: $0 -p PORT" >&2
  exit 64
fi
(( ${#sources[@]} )) || sources=(0.0.0.0/0)
for s in "${sources[@]}"; do
  $dry_run iptables -I INPUT -s "$s" -p "$proto" --dport "$port" -j ACCEPT
done
