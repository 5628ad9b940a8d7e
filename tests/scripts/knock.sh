#!/bin/bash
# Port knocking with the recent module, several stages from an array.
KNOCKS=(7000 8000 9000)
IPT="sudo iptables"

$IPT -N KNOCKING
$IPT -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
$IPT -A INPUT -j KNOCKING

prev=""
for i in "${!KNOCKS[@]}"; do
  stage=$((i + 1))
  $IPT -N GATE$stage
  if [[ -z $prev ]]; then
    $IPT -A GATE$stage -p tcp --dport "${KNOCKS[i]}" -m recent --name AUTH$stage --set -j DROP
  else
    $IPT -A GATE$stage -m recent --name AUTH$prev --remove
    $IPT -A GATE$stage -p tcp --dport "${KNOCKS[$i]}" -m recent --name AUTH$stage --set -j DROP
    $IPT -A GATE$stage -j GATE1
  fi
  prev=$stage
done
$IPT -A GATE1 -j DROP

last=${#KNOCKS[@]}
$IPT -N PASSED
$IPT -A PASSED -m recent --name AUTH$last --remove
$IPT -A PASSED -p tcp --dport 22 -j ACCEPT
$IPT -A PASSED -j GATE1

for (( stage = last; stage > 0; stage-- )); do
  target=PASSED
  (( stage < last )) && target=GATE$((stage + 1))
  $IPT -A KNOCKING -m recent --rcheck --seconds $(( 10 * stage )) --name AUTH$stage -j $target
done
$IPT -A KNOCKING -j GATE1
