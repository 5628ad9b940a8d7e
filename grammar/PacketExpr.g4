// SPDX-License-Identifier: Apache-2.0
// Packet expressions in the match syntax of nftables: `ip saddr 10.0.0.0/8 tcp dport { 22, 80-90 } ct state new`.
//
// The grammar knows the shape of a match: a field, perhaps a mask, perhaps an operator, values. Which fields there are
// and which values they take stands in the field table, so that the grammar does not grow with them.
grammar PacketExpr;

expression : disjunction EOF ;

disjunction : conjunction (OR conjunction)* ;
conjunction : term (AND? term)* ;

term
  : (NOT | BANG) term       # notTerm
  | '(' disjunction ')'     # groupTerm
  | HOOK word               # hookTerm
  | test                    # testTerm
  ;

test : field ('&' mask)? comparison? values ;

field
  : SELECTOR
  | CT DIRECTION (IP)? word
  | FIB word ('.' word)? word
  | HEADER OPTION word word
  | (HEADER | IP | CT) word
  ;

comparison : '==' | '!=' | BANG | '<' | '>' | '<=' | '>=' ;

mask : atom | '(' atom ('|' atom)* ')' ;

values
  : '{' element (',' element)* ','? '}'   # setValues
  | bits ('/' bits)?                      # plainValues
  ;
bits    : range (',' range)* | '(' atom ('|' atom)* ')' | atom ('|' atom)+ ;
element : range ('/' atom)? | atom ('|' atom)+ ;
range   : atom ('-' atom)? ;
atom    : word | STRING ;

word : WORD | HEADER | IP | CT | FIB | OPTION | DIRECTION | SELECTOR | HOOK ;

AND : 'and' | '&&' ;
OR  : 'or' | '||' ;
NOT : 'not' ;
BANG : '!' ;
HOOK : 'hook' ;
IP : 'ip' | 'ip6' ;
HEADER : 'tcp' | 'udp' | 'udplite' | 'sctp' | 'dccp' | 'th' | 'icmp' | 'icmpv6' | 'ether' | 'meta' | 'frag' ;
CT : 'ct' ;
FIB : 'fib' ;
OPTION : 'option' ;
DIRECTION : 'original' | 'reply' ;
SELECTOR : 'iifname' | 'oifname' | 'iif' | 'oif' | 'mark' | 'l4proto' | 'nfproto' | 'pkttype' ;

STRING : '"' ~["\r\n]* '"' ;
WORD : [A-Za-z0-9_:*+] [A-Za-z0-9_:*+.-]* ;
BLANK : [ \t\r\n]+ -> skip ;
// Whatever no rule knows becomes a token of its own, so that the parser reports it at its place.
OTHER : . ;
