# One snippet on each line, for bash.
p {1..5}
p {5..1} {1..10..3} {01..03} {a..e} {a..e..2}
p a{b,c}d {a,b}{1,2} x{,y}
p {a} {a,b {} a{b}c {1..x}
p "{a,b}" '{1..3}' \{a,b\}
x=1,2; p {$x,3} {a,"b c"}
p {a,{b,c}} {{1..2},x}
for i in {1..3}; do p $i; done
p --dport={22,80}
a=(1 2 3); p ${a[0]} ${a[1]} ${a[@]} ${#a[@]} "${a[*]}"
a=('x y' z); p "${a[@]}"; p ${a[@]}; p "${#a[0]}"
a=(1 2); a+=(3); p "${a[@]}" ${#a[@]}
a=(1 2 3); unset 'a[1]'; p "${a[@]}" "${!a[@]}"
a[3]=x; a[1]=y; p "${a[@]}" "${!a[@]}"
a=(1 2 3 4); p "${a[@]:1:2}" "${a[@]:2}" "${a[-1]}"
a=([2]=x [5]=y z); p "${!a[@]}" "${a[@]}"
a=(); p "${a[@]}" ${#a[@]}
a=(a b); for i in "${!a[@]}"; do p "$i" "${a[$i]}"; done
a=(a b); i=1; p ${a[i]} ${a[$i]} ${a[i-1]}
a=(1 2); a[0]+=x; p "${a[@]}"
a=x; p "${a[@]}" ${a[0]} ${#a[@]}
a=(x y); p $a "$a" ${#a}
a=(a.b c.d); p "${a[@]%.*}" "${a[@]/./-}"
IFS=,; a=(1 2 3); p "${a[*]}"
IFS=,; x=1,2,3; a=($x); p "${a[@]}"
read -a a <<< "1 2 3"; p "${a[@]}"
IFS=, read -ra a <<< "1,2,3"; p "${a[@]}"
declare -A m; m[ssh]=22; m[http]=80; p ${m[ssh]} ${m[http]} ${#m[@]}
declare -A m=([ssh]=22 [http]=80 [https]=443 [smtp]=25 [dns]=53); for k in "${!m[@]}"; do p $k ${m[$k]}; done
declare -A m=([a b]=1); p "${m[a b]}"
declare -i n=1+2; p $n; n+=4; p $n; n=n*2; p $n
declare -u x=abc; p $x
declare -r x=1; p $x
declare x=1 y=2; p $x $y
f() { declare x=1; p $x; }; x=0; f; p $x
f() { declare -g x=1; }; x=0; f; p $x
f() { local a=1 b=2; local -a c=(x y); p $a $b "${c[@]}"; }; f
x=abcdef; p ${x:1} ${x:1:2} ${x: -2} ${x:0:-1} ${x:2:-2}
x=a.b.c; p ${x/./-} ${x//./-} ${x/#a/z} ${x/%c/z} ${x//.}
x=abc; p ${x^} ${x^^} ${x^^[ab]}; x=ABC; p ${x,} ${x,,}
x='a b'; p "${x// /_}" "${x/ /}"
x=a/b/c; p "${x//\//-}"
x=aXbX; y=X; p ${x//$y/-}
x=abc; p "${x//b/"x y"}"
x=y; y=5; p ${!x}
x_a=1 x_b=2; p ${!x_@}
[[ a == a ]] && p yes
[[ abc == a* ]] && p yes
[[ abc == "a*" ]] || p no
[[ abc = a?c && 1 -lt 2 ]] && p yes
[[ a < b ]] && p yes
[[ -z $x ]] && p yes
[[ -n $x ]] || p no
[[ $x ]] || p no
[[ ! a == b ]] && p yes
[[ ( a == b || 1 -eq 1 ) && x == x ]] && p yes
[[ 10.0.0.1 =~ ^[0-9.]+$ ]] && p yes
[[ 10.0.0.1/24 =~ ^([0-9.]+)/([0-9]+)$ ]] && p "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
r='^a(b|c)$'; [[ ab =~ $r ]] && p "${BASH_REMATCH[@]}"
[[ "a b" == "a b" ]] && p yes
x='a b'; [[ $x == 'a b' ]] && p yes
x=a; [[ $x != b ]] && p yes
[[ 1+1 -eq 2 ]] && p yes
[[ -v x ]] || p unset; x=1; [[ -v x ]] && p set
if [[ $1 == "" ]]; then p none; fi
((1+1)); p $?; ((0)); p $?
x=1; ((x++)); p $x; ((x+=5)); p $x; ((++x)); p $x; ((x--)); p $x
((x=3, y=x*2)); p $x $y
if ((2 > 1)); then p yes; fi
for ((i=0; i<3; i++)); do p $i; done
for ((i=0, j=5; i<j; i++, j--)); do p $i $j; done
for ((i=3; i; i--)) { p $i; }
i=0; while ((i < 3)); do p $((i++)); done
p $((2**10)) $((2**3**2)) $((16#ff)) $((2#101))
p $((x++)) $((x++)) $x $((++x)) $((x--)) $((--x))
let x=1+2 y=x*2; p $x $y
let "x = 5 * 2"; p $x
a=(1 2 3); p $((a[1]+a[2])) $((${a[0]}+1))
x+=a; x+=b; p $x
function f { p "$@"; }; f a
function f() { p "$@"; }; f b
p $'a\tb' $'a\nb' $'\x41' $'it\'s'
p $"a b"
cat <<< "a b"
x='a b'; cat <<< $x
read x y <<< "a b c"; p "$x" "$y"
while read -r l; do p "$l"; done <<< $'a\nb'
while read -r l; do p "$l"; done < <(printf '1\n2\n')
mapfile -t a < <(printf 'x y\nz\n'); p "${a[@]}" ${#a[@]}
readarray -t a <<< $'a\nb'; p "${a[@]}"
p a &> /dev/null; p b
p a &>/dev/null || p x
p a >& /dev/null; p b
p a |& cat
set -o pipefail; false | true; p $?
set -eo pipefail; false | true; p no
set -euo pipefail; p yes
set -euo pipefail; x=(); p "${x[@]}"; p yes
case a in a) p 1 ;& b) p 2 ;; c) p 3 ;; esac
case ab in a*) p 1 ;;& *b) p 2 ;; *) p 3 ;; esac
printf -v x '%s-%s' a b; p $x
printf '%q\n' abc
echo -e 'a\tb\nc'
echo -en 'a\n'
echo 'a\tb'
echo -E 'a\tb'
source /dev/null; p yes
x=$(< /dev/null); p "$x"
p ${#a[@]} "${a[@]}"; a=("$@"); p ${#a[@]}
set -- a b c; p "${@:2}" "${@:1:1}" ${@: -1}
set -- a b; a=("$@" c); p "${a[@]}"
set -- a b c; p "${*:2}"
trap 'p err' ERR; false; p end
shopt -s nullglob; p no-such*x; shopt -u nullglob
for p in 1 2; do echo $p; done
f() { return $(( $1 > 1 )); }; f 2 || p no; f 1 && p yes
f() { local IFS=,; p "$*"; }; f a b; p "$*"
x=5; f() { local x=$((x+1)); p $x; }; f
while IFS='|' read -r a b c; do p "$a" "$b" "$c"; done <<< 'x|y z|w'
while IFS= read -r l || [[ -n $l ]]; do p "$l"; done < <(printf 'a\nb')
IFS=$'\n'; x=$'a b\nc d'; for i in $x; do p "$i"; done
IFS=$' \t\n'; x='a b'; p $x
a=(22 80 443); IFS=,; p "${a[*]}"; unset IFS
ports="22 80"; for q in ${ports}; do iptables -A INPUT -p tcp --dport "$q" -j ACCEPT; done
declare -a nets=(10.0.0.0/8 192.168.0.0/16); for n in "${nets[@]}"; do iptables -A INPUT -s "$n" -j ACCEPT; done
for t in filter nat mangle; do for o in -F -X -Z; do iptables -t $t $o; done; done
cmd=(iptables -A INPUT -m comment --comment "two words"); "${cmd[@]}" -j ACCEPT
for f in iptables ip6tables; do [ $f = iptables ] && $f -P INPUT DROP; done
x="a;b"; p ${x//;/ }
p "${x:-${HOME}}" "${HOME}/x"
test -v HOME && p yes
[ a == a ] && p yes
[ a \< b ] && p yes
p !x a!b "a!b"
coproc_x=1; p $coproc_x
time p a 2>/dev/null
x=abc; [[ $x == *b* ]] && p has; [[ $x == *d* ]] || p not
select_x=1; p $select_x
