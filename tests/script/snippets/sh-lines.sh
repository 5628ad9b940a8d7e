# One snippet on each line. `p` prints its arguments: <a><b>.
p a b c
p 'a b' "c d" e\ f
p "" '' x
p $x
p "$x"
x=; p $x "$x"
x='a b  c'; p $x
x='a b  c'; p "$x"
x='a b  c'; p -$x-
x=' a b '; p -$x-
x=' a b '; p $x
x='a b'; y='c d'; p $x$y
x='a '; y=' b'; p $x$y
x='a '; p $x"b"
x=' a'; p "b"$x
IFS=:; x='a:b::c'; p $x
IFS=:; x=':a:b:'; p $x
IFS=:; x='a:'; p $x
IFS=:; x='a:'; p $x""
IFS=:; x=':'; p $x
IFS=': '; x='a : b'; p $x
IFS=': '; x=' a :: b : '; p $x
IFS=,; x='1,2,3'; for i in $x; do p "$i"; done
IFS=; x='a b'; p $x
IFS=x; y='axbxc'; p $y
IFS=:; set -- a b c; p "$*"
IFS=; set -- a b c; p "$*"
IFS=:; set -- a b c; p $*
set -- a 'b c' d; p "$@"
set -- a 'b c' d; p $@
set -- a 'b c' d; p "$*"
set -- a 'b c' d; p $*
set -- a 'b c' d; p "x$@y"
set -- a 'b c' d; p $#
set --; p "$@" "" "x$@y"
set --; p "$*"
set -- 1 2 3; shift; p "$@"
set -- 1 2 3; shift 2; p "$@"
set -- 1 2 3; for i; do p "$i"; done
set -- 1 2 3; for i do p "$i"; done
set -- a b c d e f g h i j k; p $10 ${10} ${11}
x=abc; p ${x} ${#x} "${x}d"
p ${x-d} ${x:-d} "${x:-}"
x=; p ${x-d} ${x:-d}
x=v; p ${x-d} ${x:-d}
p ${x:-a b} "${x:-a b}" ${x:-"a b"} ${x:-'a b'}
p "${x:-"a b"}"
p ${x:=d} $x
x=; p ${x=d} ${x:=e} $x
x=v; p ${x+a} ${x:+a} ${y+a} ${y:+a}
x=; p ${x+a} ${x:+a}
p "${x+a}" "${x:+a b}"
x=v; p ${x:+a b} "${x:+a b}"
x=a.b.c; p ${x%.*} ${x%%.*} ${x#*.} ${x##*.}
x=/usr/sbin/iptables; p ${x##*/} ${x%/*}
x='a*b'; p "${x%'*'b}" "${x%\*b}"
x=10.0.0.1/24; p ${x%/*} ${x#*/}
x=aaa; p ${x#a} ${x##a} ${x%a} ${x%%a} ${x##a*} ${x%%*a}
x=abc; y=b; p ${x#*$y} ${x%$y*}
x=abc; y='*'; p ${x#$y} "${x#"$y"}"
x='1 2'; p ${x% *}
p ${#x} ${#1}
set -- a bb; p ${#} $# ${#1} ${#2}
x=y; y=z; eval p \$$x
x='p a'; $x b
x='p "a b"'; $x
x='p "a b"'; eval $x
eval 'p a; p b'
eval "p 'a b'" c
p $((1+2)) $((2*3+4)) $((2*(3+4))) $((7/2)) $((7%3)) $((-7/2)) $((-7%3))
p $((1<2)) $((2<=2)) $((3>4)) $((3>=4)) $((1==1)) $((1!=1)) $((!0)) $((!5)) $((~0))
p $((1&&0)) $((1||0)) $((5&3)) $((5|3)) $((5^3)) $((1<<4)) $((256>>2))
x=5; p $((x+1)) $(($x+1)) $((x*x)) $((x=7)) $x
x=5; p $((x+=2)) $((x-=1)) $((x*=2)) $((x/=3)) $((x%=3)) $x
p $((0x1f)) $((010)) $((1?2:3)) $((0?2:3)) $((1?0?4:5:6))
x=; p $((x+1)) $((unset_one+1))
x=1; y=2; p $((x<y?x:y)) $((x>y?x:y))
p $(( 1 + 2 )) $((	3	))
p "$((1+1))" "a$((2+2))b"
x=3; p $((-x)) $((- -x)) $((+x))
x=0; while [ $x -lt 3 ]; do p $x; x=$((x+1)); done
x=3; until [ $x -eq 0 ]; do p $x; x=$((x-1)); done
for i in 1 2 3; do [ $i = 2 ] && continue; p $i; done
for i in 1 2 3; do [ $i = 2 ] && break; p $i; done
for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; p $i$j; done; done
for i in 1 2; do for j in a b; do [ $i$j = 1b ] && break 2; p $i$j; done; done
for i in; do p $i; done; p none
for i in $nothing; do p $i; done; p none
for i in a b; do :; done; p $i
x='a b'; for i in $x "$x" c; do p "$i"; done
case abc in a*) p 1;; *) p 2;; esac
case abc in b*) p 1;; *c) p 2;; *) p 3;; esac
case x in a|b) p 1;; x|y) p 2;; esac
case 'a b' in 'a b') p 1;; esac
case '*' in '*') p star;; *) p other;; esac
case abc in '*') p star;; *) p other;; esac
case abc in [a-c]bc) p 1;; esac
case abc in [!a-c]bc) p 1;; *) p 2;; esac
case 7 in [0-9]) p digit;; *) p no;; esac
case a7 in [[:alpha:]][[:digit:]]) p yes;; *) p no;; esac
case ']' in []]) p yes;; *) p no;; esac
case a-b in a[-x]b) p yes;; *) p no;; esac
x='a*'; case abc in $x) p 1;; *) p 2;; esac
x='a*'; case abc in "$x") p 1;; *) p 2;; esac
case abc in (abc) p 1;; esac
case "" in "") p empty;; *) p no;; esac
case a in b) p 1;; esac; p $?
case a in a) false;; esac; p $?
if true; then p 1; else p 2; fi
if false; then p 1; elif true; then p 2; else p 3; fi
if false; then p 1; fi; p $?
if [ 1 -eq 1 ]; then p yes; fi
if ! false; then p yes; fi
! true; p $?
true && p 1 || p 2
false && p 1 || p 2
true || p 1 && p 2
false; p $?
(exit 3); p $?
{ p a; p b; }
(p a; x=1); p "$x"
x=1; (x=2; p $x); p $x
{ x=2; }; p $x
f() { p "$@"; }; f a 'b c'
f() { p $# $1; shift; p $# $1; }; f a b; p $#
f() { return 3; }; f; p $?
f() { false; }; f; p $?
f() { x=1; }; f; p $x
f() { local x=1; p $x; }; x=0; f; p $x
f() { local x; x=2; g; }; g() { p $x; x=3; }; x=0; f; p $x
f() { if [ $1 -gt 0 ]; then p $1; f $(($1-1)); fi; }; f 3
f() (x=5; p $x); x=1; f; p $x
f () { p one; }; f () { p two; }; f
f() { p "$0" >/dev/null; p $1; }; f x
f() { for a in "$@"; do p "$a"; done; }; f 'x y' z
f() { return; }; false; f; p $?
[ a = a ]; p $?
[ a = b ]; p $?
[ a != b ]; p $?
[ -z "" ]; p $?
[ -z "$x" ]; p $?
[ -n "$x" ]; p $?
[ -n $x ]; p $?
[ "$x" ]; p $?
[ ]; p $?
[ 1 -lt 2 ] && [ 3 -gt 2 ] && p yes
[ 1 -lt 2 -a 3 -gt 2 ] && p yes
[ 1 -gt 2 -o 3 -gt 2 ] && p yes
[ ! -z a ] && p yes
[ ! a = b ] && p yes
[ \( a = a \) ] && p yes
test a = a && p yes
test -n ""; p $?
[ 010 -eq 10 ] && p yes
[ -d / ] && p yes
[ a = ]; p $?
[ "" = "" ] && p yes
[ "a b" = "a b" ] && p yes
x=1; [ $x -eq 1 ] && [ "$x" = 1 ] && p yes
p a > /dev/null; p b
p a >/dev/null 2>&1; p b
p a 1>&2; p b
p $(p x) "$(p y z)"
x=$(printf 'a\n\n\n'); p "$x"
x=$(printf 'a\nb\n'); p $x; p "$x"
x=`p a`; p "$x"
x=`printf '%s' \`p nested\``; p "$x"
x="`printf '%s' "a b"`"; p "$x"
p "$(printf 'a%s' "$(printf b)")"
p $(printf 'a b') "$(printf 'a b')"
x=$(exit 4); p $?
x=$(false) || p failed
p "$(p a; p b)"
printf '%s\n' a b c
printf '%s-%s\n' a b c
printf '%d %d\n' 1 2
printf '%5s|%-5s|\n' a b
printf '%03d|%x|%o|%X\n' 7 255 8 255
printf 'a\tb\\n\n'
printf '%%|%c\n' abc
printf '%s\n'
printf 'x%bz\n' 'a\tb'
printf '%.2s|\n' abcdef
echo a b
echo -n a; echo b
echo 'a  b' c
echo
echo "$x"
p a; p b # c
p a#b '#c' #d
p \# \$x '$x' "\$x"
p "a\"b" 'a"b' "a'b" a\'b
p "a\\b" 'a\\b' a\\b
p "\a\n" '\a'
p a\
p a;p b;
p [ab] ] [ {a} a{b
p ~ ~/x "~" x~
x=~/y; p $x
x=a y=b; p $x $y
x=1 p "$x"
x=1 eval 'p $x'
x=0; x=1 true; p $x
x=a; x=$x$x; p $x
x=a\ b; p "$x"
x='a'"b"c; p $x
readonly x=1; p $x
export x=1; p $x
export x; x=2; p $x
unset x; p "${x-unset}"
x=1; unset x; p "${x-unset}"
set -e; false; p no
set -e; if false; then p 1; fi; p 2
set -e; false || p 1; p 2
set -e; false && p 1; p 2
set -e; ! true; p 2
set -e; f() { false; p in; }; f; p no
set -e; f() { false; p in; }; f || p caught
set -e; f() { false; p in; }; if f; then p yes; fi
set -e; (false; p no); p never
set -e; x=$(false); p no
set -e; { false; p no; }; p never
set -e; while false; do :; done; p yes
set -e; [ 1 = 2 ] || p or; [ 1 = 2 ]; p no
set -e; true | false; p no
set -e; false | true; p yes
set +e; false; p yes
set -e; set +e; false; p yes
set -u; p "${x-d}"; p yes
set -u; p "$x"; p no
set -u; x=; p "$x"
set -u; p $# "$@"
p a && exit 3; p no
exit
false; exit
(exit 5); exit
exit 7
trap 'p bye' EXIT; p hello
trap 'p bye' 0; exit 3
trap 'p bye' EXIT; trap - EXIT; p hello
f() { exit 4; }; f; p no
(f() { exit 4; }; f); p $?
while read -r l; do p "$l"; done < /dev/null; p end
p a | cat
p a | while read l; do p "$l"; done
printf '1\n2\n3\n' | while read n; do p $n; done
printf '1\n2\n' | { read a; read b; p $a $b; }
x=0; printf '1\n2\n' | while read n; do x=$n; done; p $x
printf 'a:b:c\n' | { IFS=: read x y z; p "$x" "$y" "$z"; }
printf 'a:b:c\n' | { IFS=: read x y; p "$x" "$y"; }
printf ' a b  c \n' | { read x y; p "$x" "$y"; }
printf ' a b \n' | { read x; p "$x"; }
printf ' a b \n' | { IFS= read x; p "$x"; }
printf 'a\\tb\n' | { read x; p "$x"; }
printf 'a\\tb\n' | { read -r x; p "$x"; }
printf 'a:b:\n' | { IFS=: read x y; p "$x" "$y"; }
printf 'a:b::\n' | { IFS=: read x y; p "$x" "$y"; }
printf 'a:\n' | { IFS=: read x y; p "$x" "$y"; }
printf 'x' | { read l; p $? "$l"; }
printf 'a\nb\n' | grep b
printf '#c\n\na\n' | grep -v '^#' | grep -v '^$'
printf 'a b\n' | cut -d' ' -f2
printf 'a,b,c\n' | cut -d, -f1,3
printf 'a,b,c\n' | tr , ' '
printf 'abc\n' | tr a-c A-C
printf 'b\na\nb\n' | sort -u
printf 'a\nb\nc\n' | head -n 2
printf 'a\nb\nc\n' | head -1
printf 'a\nb\nc\n' | tail -n 1
printf 'a\nb\nc\n' | wc -l
printf 'a b c\n' | awk '{print $2}'
printf 'a:b c\n' | awk -F: '{print $2, $1}'
printf 'aXbX\n' | sed 's/X/-/'
printf 'aXbX\n' | sed 's/X/-/g'
printf 'a #c\n#d\n\nb\n' | sed -e 's/#.*//' -e '/^ *$/d'
printf 'eth0 10.1\n' | sed -n 's/^eth0 \(.*\)/\1/p'
basename /a/b.sh; basename /a/b.sh .sh; dirname /a/b; dirname b
seq 3; seq 2 4; seq 5 -2 1
expr 1 + 2; expr 3 \* 4; expr abc : 'a\(.\)c'
x=`expr 5 - 2`; p $x
cd /; pwd
command iptables a
command true && p yes
type p >/dev/null && p yes
: ${x:=5}; p $x
: "${x:=a b}"; p "$x"
true; p $?; false; p $?
x=1; { x=2; } > /dev/null; p $x
if true; then p a; fi > /dev/null; p b
for i in 1 2; do p $i; done | cat
for i in 1 2; do p $i; done > /dev/null
exec 3>&1; p a >&3; exec 3>&-
exec > /dev/null; p a
p a 2>/dev/null
p a >/dev/null 2>/dev/null || p b
p () { printf '{%s}' "$@"; echo; }; p x
set -- -A INPUT; iptables "$@" -j ACCEPT
IPT=iptables; $IPT -A INPUT -s 10.0.0.0/8
IPT="iptables -w"; $IPT -A INPUT
iptables -A INPUT --dport 1:65535 -m comment --comment "a b"
iptables -A 'IN PUT' ! -s 1.2.3.4
iptables --exit 3; p $?
iptables --exit 1 || p failed
iptables --exit 1 && p ok
if iptables --exit 1; then p ok; else p no; fi
set -e; iptables --exit 4; p no
set -e; iptables --exit 4 || true; p yes
x=$(iptables a); p "$x"
iptables --exit 2 2>/dev/null; exit $?
echo rules | iptables-restore
printf '*filter\nCOMMIT\n' | iptables-restore -n
getopts ab: o -a -b x; p $o $OPTIND; getopts ab: o -a -b x; p $o $OPTARG $OPTIND
set -- -a -b val rest; while getopts ab: o; do p $o "$OPTARG"; done; shift $((OPTIND-1)); p "$@"
set -- -ab val; while getopts ab: o; do p $o "$OPTARG"; done
set -- a; set -f; p *; set +f
x=a; x=b; p ${x}c "$x"c "${x}c" $x.c $x-c $x/c
p "${x:-${y:-z}}" ${x:-$(p q)} ${x:-$((1+1))}
p ${x:-\}} "${x:-\}}"
p a"b"'c'\d$x
p a""b "" a''
echo a; echo b; echo c
p 1 2>/dev/null 3
2>/dev/null p 1
</dev/null p 1
x=5 y=6; p "$((x*y))"
y=x; x=3; p $((y))
while :; do p a; break; done
while true; do while true; do break 2; done; p no; done; p end
i=0; while [ $i -lt 10 ]; do i=$((i+1)); [ $((i%2)) -eq 0 ] || continue; p $i; done
p $(( (1+2) * 3 )) $(( ( 4 ) ))
x='$y'; y=1; p $x "$x"; eval p $x
x="a'b"; p $x "$x"
x='a"b'; p $x "$x"
x='a\b'; p $x "$x"
x='\*'; p $x "$x"
x='[x'; p $x
p '*'x "?" \*
if [ "$1" = "" ]; then p none; fi
[ $# -eq 0 ] && p none
[ "x$1" = x ] && p none
[ -z $1 ] && p none
case $1 in start) p s;; "") p usage;; esac
case "${1:-start}" in start) p s;; *) p usage;; esac
