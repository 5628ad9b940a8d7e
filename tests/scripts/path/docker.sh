#!/bin/bash
# Docker: daemon start, a network, a container with a published port, the container stops again. As libnetwork does it:
# every insertion is checked first, --wait everywhere.
set -e
ipt() { iptables --wait "$@"; }

ipt --version > /dev/null
# what is left over from before
ipt -t nat -D PREROUTING -m addrtype --dst-type LOCAL -j DOCKER 2>/dev/null || true
ipt -t nat -D OUTPUT -m addrtype --dst-type LOCAL ! --dst 127.0.0.0/8 -j DOCKER 2>/dev/null || true
ipt -t nat -F DOCKER 2>/dev/null || true
ipt -t nat -X DOCKER 2>/dev/null || true
for c in DOCKER DOCKER-ISOLATION-STAGE-1 DOCKER-ISOLATION-STAGE-2 DOCKER-ISOLATION; do
  ipt -t filter -F $c 2>/dev/null || true
  ipt -t filter -X $c 2>/dev/null || true
done
# chains
ipt -t nat -n -L DOCKER > /dev/null 2>&1 || ipt -t nat -N DOCKER
for c in DOCKER DOCKER-ISOLATION-STAGE-1 DOCKER-ISOLATION-STAGE-2; do
  ipt -t filter -n -L $c > /dev/null 2>&1 || ipt -t filter -N $c
done
append_return() { ipt -t filter -C $1 -j RETURN 2>/dev/null || ipt -A $1 -j RETURN; }
append_return DOCKER-ISOLATION-STAGE-1
append_return DOCKER-ISOLATION-STAGE-2

bridge() { # name subnet
  ipt -t nat -C POSTROUTING -s $2 ! -o $1 -j MASQUERADE 2>/dev/null || ipt -t nat -I POSTROUTING -s $2 ! -o $1 -j MASQUERADE
  ipt -t nat -C DOCKER -i $1 -j RETURN 2>/dev/null || ipt -t nat -I DOCKER -i $1 -j RETURN
  ipt -D FORWARD -i $1 -o $1 -j DROP 2>/dev/null || true
  ipt -t filter -C FORWARD -i $1 -o $1 -j ACCEPT 2>/dev/null || ipt -I FORWARD -i $1 -o $1 -j ACCEPT
  ipt -t filter -C FORWARD -i $1 ! -o $1 -j ACCEPT 2>/dev/null || ipt -I FORWARD -i $1 ! -o $1 -j ACCEPT
  ipt -t filter -C FORWARD -o $1 -j DOCKER 2>/dev/null || ipt -I FORWARD -o $1 -j DOCKER
  ipt -t filter -C FORWARD -o $1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT 2>/dev/null ||
    ipt -I FORWARD -o $1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
  ipt -t filter -C FORWARD -j DOCKER-ISOLATION-STAGE-1 2>/dev/null || ipt -I FORWARD -j DOCKER-ISOLATION-STAGE-1
  ipt -t filter -I DOCKER-ISOLATION-STAGE-1 -i $1 ! -o $1 -j DOCKER-ISOLATION-STAGE-2
  ipt -t filter -I DOCKER-ISOLATION-STAGE-2 -o $1 -j DROP
}
bridge docker0 172.17.0.0/16
ipt -t nat -C PREROUTING -m addrtype --dst-type LOCAL -j DOCKER 2>/dev/null ||
  ipt -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
ipt -t nat -C OUTPUT -m addrtype --dst-type LOCAL -j DOCKER '!' --dst 127.0.0.0/8 2>/dev/null ||
  ipt -t nat -A OUTPUT -m addrtype --dst-type LOCAL -j DOCKER '!' --dst 127.0.0.0/8
ipt -t filter -n -L DOCKER-USER > /dev/null 2>&1 || ipt -t filter -N DOCKER-USER
append_return DOCKER-USER
ipt -D FORWARD -j DOCKER-USER 2>/dev/null || true
ipt -I FORWARD -j DOCKER-USER
ipt -P FORWARD DROP
# docker network create app; docker run -p 8080:80 --network app
bridge br-3f2a9c 172.18.0.0/16
publish() { # op bridge ip port container-port
  ipt -t nat $1 DOCKER -p tcp -d 0/0 --dport $4 -j DNAT --to-destination $3:$5 ! -i $2
  ipt -t filter $1 DOCKER ! -i $2 -o $2 -p tcp -d $3 --dport $5 -j ACCEPT
  ipt -t nat $1 POSTROUTING -p tcp -s $3 -d $3 --dport $5 -j MASQUERADE
}
publish -A br-3f2a9c 172.18.0.2 8080 80
publish -A docker0 172.17.0.2 5432 5432
publish -D docker0 172.17.0.2 5432 5432
