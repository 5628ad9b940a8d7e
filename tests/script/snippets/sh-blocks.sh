=== here-document
x=v
cat <<EOF1
a $x ${x}b \$x "q" 'r' `printf s` $(printf t) $((1+1))
EOF1
=== quoted delimiter
x=v
cat <<'E'
a $x \$x `b`
E
=== escaped delimiter
cat <<\E
$x
E
=== tabs
if true; then
	cat <<-E
	a
		b
	E
fi
=== two documents
cat <<A; cat <<B
a
A
b
B
=== document then pipe
cat <<A | grep b
ab
cd
A
=== document in a loop
while read a b; do p "$a" "$b"; done <<E
1 2 3
x
E
=== document to restore
iptables-restore <<E
*filter
:INPUT DROP [0:0]
-A INPUT -i lo -j ACCEPT
COMMIT
E
=== document with continuation
cat <<E
a \
b
E
=== document with the delimiter inside
cat <<E
 E
E E
E
=== function with a document
f() {
  cat <<E
$1
E
}
f x
f y
=== document after and
true && cat <<E && p z
x
E
=== document in substitution
x=$(cat <<E
a
b
E
)
p "$x"
=== continuation
p a \
  b \
  c
=== comments
p a # b
# c
p b   #d
  # e
p c
=== multi line if
if [ "$1" = x ]
then
  p x
elif [ -z "$1" ]
then
  p none
else
  p other
fi
=== multi line case
case "$1" in
  start)
    p start
    ;;
  stop|halt)
    p stop
    ;;
  *)
    p usage
    ;;
esac
=== last branch without end
case x in
  x)
    p x
esac
=== for over lines
for i in \
  a \
  b; do
  p $i
done
=== for with newline before in
for i
in a b
do p $i; done
=== multi line pipeline
printf 'a\nb\n' |
  grep a |
  cat
=== and over lines
true &&
  p yes ||
  p no
=== quotes over lines
p "a
b" 'c
d'
=== list of ports in lines
PORTS="
22
80 443
"
for port in $PORTS; do iptables -A INPUT -p tcp --dport $port -j ACCEPT; done
=== list with comments
while read -r net rest; do
  case $net in ''|\#*) continue;; esac
  iptables -A INPUT -s "$net" -j DROP
done <<E
# comment
10.0.0.0/8 lan

192.0.2.0/24
E
=== function library
log() { echo "$*" >&2; }
ipt() { iptables -w "$@" || { log "failed: $*"; return 1; }; }
ipt -A INPUT -j ACCEPT
ipt --exit 2
p $?
=== nested functions and loops
allow() {
  proto=$1; shift
  for port in "$@"; do
    iptables -A INPUT -p "$proto" --dport "$port" -j ACCEPT
  done
}
allow tcp 22 80
allow udp 53
=== subshell variables
x=1
( x=2; p $x; ( x=3; p $x ); p $x )
p $x
=== script arguments by set
set -- start --verbose
case $1 in start) p starting ;; esac
[ "$2" = --verbose ] && p verbose
=== while with shift
set -- -a 1 -b 2
while [ $# -gt 0 ]; do
  case $1 in
    -a) p a $2; shift 2 ;;
    -b) p b $2; shift 2 ;;
    *) break ;;
  esac
done
=== write and read a file
echo "a b" > f1
echo c >> f1
cat f1
while read l; do p "$l"; done < f1
[ -f f1 ] && p there
[ -s f1 ] && p full
rm -f f1
[ -f f1 ] || p gone
=== source a file that was written
echo 'x=5; f() { p f$1; }' > lib.sh
. ./lib.sh
p $x
f 1
rm lib.sh
=== tee a file
printf 'a\nb\n' | tee f2
cat f2
rm f2
=== missing file
cat nofile 2>/dev/null
p $?
. ./nofile 2>/dev/null
=== redirect of a missing file
p a < nofile 2>/dev/null || p failed
=== descriptor for a loop
printf '1\n2\n' > f3
exec 3< f3
while read x <&3; do p $x; done
exec 3<&-
rm f3
=== exit in a pipeline
p a | { read x; exit 3; }
p $?
=== exit status of a function in a condition
f() { return $1; }
if f 0; then p zero; fi
if f 1; then p one; else p not; fi
f 2 || p $?
=== trap at the end
trap 'p cleanup $?' EXIT
p body
exit 2
=== trap in a subshell
(trap 'p inner' EXIT; p x)
p outer
=== errexit in a function in a condition
set -e
f() { false; p reached; }
if f; then p yes; fi
f && p and
p end
=== errexit with assignment
set -e
f() { x=$(false) || p caught; p on; }
f
=== errexit by a loop
set -e
for i in 1 2; do
  [ $i = 2 ] && p two
done
p end
=== break out of while read
printf '1\n2\n3\n' | while read n; do
  [ $n = 2 ] && break
  p $n
done
=== variables by eval
for n in a b; do eval "port_$n=1$n"; done
p $port_a $port_b
eval "x=\$port_a"; p $x
=== strings with special characters
x='$(p no)'; p "$x"
x='`p no`'; p "$x"
x='a;b|c&d>e<f'; p "$x" $x
=== arithmetic loop
i=1; sum=0
while [ $i -le 10 ]; do sum=$((sum + i)); i=$((i + 1)); done
p $sum
=== octets
ip=192.168.10.5
IFS=.
set -- $ip
p $1 $2 $3 $4 $#
=== default values
: ${LAN:=eth0} ${WAN:="eth 1"}
p $LAN "$WAN"
=== dollar at the end
p a$ "b$" $
=== brace group status
{ false; true; } && p yes
{ true; false; } || p no
=== negated pipeline
! printf 'a\n' | grep -q b && p none
=== if with pipeline
if printf 'a\n' | grep -q a; then p found; fi
if printf 'a\n' | grep -q b; then p found; else p missing; fi
=== command substitution with case
x=$(case a in a) printf yes;; esac)
p $x
=== nested quotes
p "$(printf '%s' "a \"b\" c")" "${x:-"d e"}"
=== functions see arguments
f() { g "$@" last; }
g() { p $# "$@"; }
f 'a b' c
=== unset positional
f() { p "$1" "${2:-none}" "${3-unset}"; }
f a ''
=== dynamic scope
f() { local x=1; g; p $x; }
g() { x=2; }
x=0; f; p $x
=== keywords as arguments
p if then else fi for do done case esac while { } ! in
=== assignment like arguments
p a=b x=1 --opt=val
=== empty lines and semicolons

p a ;

p b
=== long option lists
iptables --append INPUT --protocol tcp --destination-port 22 \
         --match conntrack --ctstate NEW \
         --jump ACCEPT
=== return inside a loop
f() { for i in 1 2 3; do [ $i = 2 ] && return 7; p $i; done; }
f; p $?
=== status of a loop
for i in 1; do false; done; p $?
while false; do :; done; p $?
if false; then :; fi; p $?
=== shift in a function keeps the script's
set -- a b
f() { shift; p "$@"; }
f 1 2 3
p "$@"
