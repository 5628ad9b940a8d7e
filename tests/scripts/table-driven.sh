#!/bin/bash
# Rules from a table in a here-document.
add() {
  local chain=$1 src=$2 dst=$3 proto=$4 ports=$5 action=$6
  local args=(-A "$chain")
  [[ $src != - ]] && args+=(-s "$src")
  [[ $dst != - ]] && args+=(-d "$dst")
  if [[ $proto != - ]]; then
    args+=(-p "$proto")
    case $ports in
      -) ;;
      *,*) args+=(-m multiport --dports "$ports") ;;
      *) args+=(--dport "$ports") ;;
    esac
  fi
  iptables "${args[@]}" -j "$action"
}

while IFS='|' read -r chain src dst proto ports action; do
  chain=${chain// /} src=${src// /} dst=${dst// /} proto=${proto// /} ports=${ports// /} action=${action// /}
  [[ $chain =~ ^(#|$) ]] && continue
  add "$chain" "$src" "$dst" "$proto" "$ports" "$action"
done <<'TABLE'
# chain  | source         | destination | proto | ports       | action
INPUT    | 10.0.0.0/8     | -           | tcp   | 22          | ACCEPT
INPUT    | -              | -           | tcp   | 80,443,8443 | ACCEPT
INPUT    | -              | 192.0.2.5   | udp   | 53          | ACCEPT
INPUT    | -              | -           | icmp  | -           | ACCEPT

FORWARD  | 192.168.0.0/16 | -           | -     | -           | ACCEPT
FORWARD  | -              | -           | -     | -           | DROP
TABLE
