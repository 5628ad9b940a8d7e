// SPDX-License-Identifier: Apache-2.0
// Rules, set elements and values in the syntax of nftables. Which fields there are, which values they take and which
// words a statement knows is not known here: a field is a keyword and words behind it, so that the grammar does not
// grow with the field table. How lines and braces make tables and chains is read from the tokens before.
grammar NftRule;

nftRule : statement* EOF ;
nftElements : (element (COMMA element)* COMMA?)? EOF ;
nftValue : values EOF ;

statement
  : verdict                                                   # verdictStatement
  | COUNTER (PACKETS word BYTES word)?                        # counterStatement
  | COUNTER NAME expression                                   # counterObject
  | LIMIT RATE OVER? word (SLASH word | RATEUNIT)? (BURST word (PACKETS | BYTES)?)?  # limitStatement
  | LIMIT NAME expression                                     # limitObject
  | QUOTA (OVER | UNTIL)? word BYTES? (USED word BYTES?)?     # quotaStatement
  | QUOTA NAME expression                                     # quotaObject
  | LAST (USED (NEVER | word))?                               # lastStatement
  | LOG logOption*                                            # logStatement
  | REJECT (WITH (ICMP TYPE? word | TCP RESET))?              # rejectStatement
  | NAT (IP (ADDR DOT PORT)?)? PREFIX? (TO? natTarget)? flag*  # natStatement
  | NOTRACK                                                   # notrackStatement
  | QUEUE (FLAGS flag+)? ((NUM | TO) expression)? flag*       # queueStatement
  | DUP TO expression (DEVICE expression)?                    # dupStatement
  | FWD IP? TO expression (DEVICE expression)?                # fwdStatement
  | TPROXY IP? (TO natTarget)?                                # tproxyStatement
  | SYNPROXY (NAME name | synproxyOption*)                    # synproxyStatement
  | (ADD | UPDATE | DELETE) SETREF LBRACE concatenation elementOption* (COLON concatenation)? RBRACE  # setStatement
  | METER name (SIZE word)? LBRACE concatenation elementOption* RBRACE                                # meterStatement
  | CT COUNT OVER? word                                       # ctCountStatement
  | FLOW word SETREF                                          # flowStatement
  | XT word (STRING | word)                                   # xtStatement
  | COMMENT (STRING | word)                                   # commentStatement
  | selectors VMAP (set | SETREF)                             # vmapStatement
  | RESET TCP OPTION word                                     # stripStatement
  | field SET expression (COLON WORD | (COMMA WORD)+)?        # setFieldStatement
  | selectors comparison? values                              # matchStatement
  | (TCP OPTION word | HEADER CHUNK word | EXTHDR word | IP OPTION word) EXISTENCE  # presenceStatement
  ;

verdict : ACCEPT | DROP | CONTINUE | RETURN | (JUMP | GOTO) name ;

flag : (RANDOM | FLAGWORD) COMMA? ;
synproxyOption : MSS word | WSCALE word | TIMESTAMP | FLAGWORD ;
logOption
  : PREFIX (STRING | word) | LEVEL word | GROUP word | SNAPLEN word | THRESHOLD word
  | FLAGS (TCP | IP | word) (LOGFLAG (COMMA LOGFLAG)*)?
  ;

natTarget : natAddress (COLON expression)? | COLON expression ;
natAddress : LBRACKET WORD RBRACKET (DASH LBRACKET WORD RBRACKET)? | expression ;

// What is looked at: fields, perhaps some of their bits.
selectors : selector (DOT selector)* ;
selector : (field | LPAREN selector RPAREN) (op bit)* ;
bit : LPAREN bit (op bit)* RPAREN | atom ;

// What it is compared with.
values : (set | SETREF | valueList) (SLASH valueList)? ;
valueList : value (COMMA value)* ;
value : part (DOT part)* ;
part : (LPAREN bit (op bit)* RPAREN | atom (DASH atom)?) (op bit)* ;

// What a `set` or a `to` makes of the packet or of constants.
expression : concatenation (MAP (set | SETREF))? ;
concatenation : bits (DOT bits)* ;
bits : primary (op primary)* ;
primary : LPAREN bits RPAREN | field | atom (DASH atom)? ;

op : PIPE | AMPERSAND | CARET | SHIFT ;
atom : WORD | STRING | TCP | ICMP | HEADER | IP | DIRECTION | NAT | RT | EXISTENCE | NUM | SIZE | OSF | SOCKET ;

set : LBRACE (element (COMMA element)* COMMA?)? RBRACE ;
// Classes of traffic are two numbers.
element : (set | value) elementOption* (COLON (verdict | value (COLON WORD)?) elementOption*)? ;
elementOption
  : TIMEOUT word
  | EXPIRES word
  | COMMENT STRING
  | COUNTER (PACKETS word BYTES word)?
  | LIMIT RATE OVER? word (SLASH word | RATEUNIT)? (BURST word (PACKETS | BYTES)?)?
  | QUOTA (OVER | UNTIL)? word BYTES? (USED word BYTES?)?
  | CT COUNT OVER? word
  | LAST (USED (NEVER | word))?
  ;

field
  : SELECTOR
  | RAWPAYLOAD
  | META word
  | CT (DIRECTION IP? word | word)
  | FIB word (DOT word)* word
  | (TCP | IP) OPTION word word
  | HEADER CHUNK word word
  | (IP | TCP | ICMP | HEADER) word
  | RT IP? word
  | SOCKET word (LEVEL word)?
  | OSF (TTL word)? word
  | IPSEC word (SPNUM word)? (REQID | IP? word)
  | NUMGEN word MOD word (OFFSET word)?
  | HASH concatenation? MOD word (SEED word)? (OFFSET word)?
  ;

comparison : EQUAL | UNEQUAL | BANG | OPERATOR_WORD | LESS | GREATER | LESSEQUAL | GREATEREQUAL ;

name : word | STRING | DIRECTION | SET | MAP | VMAP ;

// Keywords are words where a name may stand.
word
  : WORD | ACCEPT | DROP | CONTINUE | RETURN | JUMP | GOTO | COUNTER | PACKETS | BYTES | NAME | LIMIT | RATE | OVER
  | BURST | QUOTA | UNTIL | USED | NEVER | LAST | LOG | REJECT | WITH | TYPE | RESET | NAT | ADDR | PORT | PREFIX | TO
  | NOTRACK | QUEUE | FLAGS | NUM | DUP | DEVICE | FWD | TPROXY | SYNPROXY | ADD | UPDATE | DELETE | METER | SIZE | COUNT
  | FLOW | XT | COMMENT | RANDOM | FLAGWORD | MSS | WSCALE | TIMESTAMP | LEVEL | GROUP | SNAPLEN
  | THRESHOLD | LOGFLAG | OPTION | CHUNK | TIMEOUT | EXPIRES | SELECTOR | META | CT | IP | FIB | TCP | ICMP
  | HEADER | RT | SOCKET | OSF | IPSEC | NUMGEN | HASH | MOD | OFFSET | SEED | EXTHDR | OPERATOR_WORD | TTL | REQID
  | SPNUM
  ;

ACCEPT : 'accept' ;
DROP : 'drop' ;
CONTINUE : 'continue' ;
RETURN : 'return' ;
JUMP : 'jump' ;
GOTO : 'goto' ;
COUNTER : 'counter' ;
PACKETS : 'packets' ;
BYTES : 'bytes' | 'kbytes' | 'mbytes' ;
RATEUNIT : ('bytes' | 'kbytes' | 'mbytes') '/' [a-z]+ ;
NAME : 'name' ;
LIMIT : 'limit' ;
RATE : 'rate' ;
OVER : 'over' ;
UNTIL : 'until' ;
BURST : 'burst' ;
QUOTA : 'quota' ;
USED : 'used' ;
NEVER : 'never' ;
LAST : 'last' ;
LOG : 'log' ;
REJECT : 'reject' ;
WITH : 'with' ;
TYPE : 'type' ;
RESET : 'reset' ;
NAT : 'snat' | 'dnat' | 'masquerade' | 'redirect' ;
ADDR : 'addr' ;
PORT : 'port' ;
PREFIX : 'prefix' ;
TO : 'to' ;
NOTRACK : 'notrack' ;
QUEUE : 'queue' ;
FLAGS : 'flags' ;
NUM : 'num' ;
DUP : 'dup' ;
DEVICE : 'device' ;
FWD : 'fwd' ;
TPROXY : 'tproxy' ;
SYNPROXY : 'synproxy' ;
ADD : 'add' ;
UPDATE : 'update' ;
DELETE : 'delete' ;
METER : 'meter' ;
SIZE : 'size' ;
COUNT : 'count' ;
FLOW : 'flow' ;
XT : 'xt' ;
COMMENT : 'comment' ;
VMAP : 'vmap' ;
SET : 'set' ;
MAP : 'map' ;
RANDOM : 'random' ;
FLAGWORD : 'fully-random' | 'random-fully' | 'persistent' | 'bypass' | 'fanout' | 'sack-perm' | 'sack-permitted' ;
MSS : 'mss' ;
WSCALE : 'wscale' ;
TIMESTAMP : 'timestamp' ;
LEVEL : 'level' ;
GROUP : 'group' ;
SNAPLEN : 'snaplen' ;
THRESHOLD : 'queue-threshold' ;
LOGFLAG : 'sequence' | 'options' ;
OPTION : 'option' ;
CHUNK : 'chunk' ;
TIMEOUT : 'timeout' ;
EXPIRES : 'expires' ;
SELECTOR
  : 'iif' | 'oif' | 'iifname' | 'oifname' | 'iiftype' | 'oiftype' | 'iifgroup' | 'oifgroup' | 'mark' | 'l4proto'
  | 'nfproto' | 'pkttype' | 'skuid' | 'skgid' | 'cpu' | 'cgroup' | 'rtclassid' | 'ibrname' | 'obrname' | 'ibriport'
  | 'obriport' | 'nftrace' | 'time' | 'hour' | 'day'
  ;
META : 'meta' ;
CT : 'ct' ;
DIRECTION : 'original' | 'reply' ;
IP : 'ip' | 'ip6' ;
FIB : 'fib' ;
TCP : 'tcp' ;
ICMP : 'icmp' | 'icmpv6' | 'icmpx' ;
HEADER
  : 'udp' | 'udplite' | 'sctp' | 'dccp' | 'th' | 'ether' | 'vlan' | 'arp' | 'ah' | 'esp' | 'comp' | 'igmp' | 'hbh'
  | 'dst' | 'frag' | 'mh' | 'rt0' | 'rt2' | 'srh' | 'gre' | 'vxlan' | 'geneve' | 'gretap'
  ;
RT : 'rt' ;
SOCKET : 'socket' ;
OSF : 'osf' ;
IPSEC : 'ipsec' ;
NUMGEN : 'numgen' ;
HASH : 'jhash' | 'symhash' ;
MOD : 'mod' ;
OFFSET : 'offset' ;
TTL : 'ttl' ;
REQID : 'reqid' ;
SPNUM : 'spnum' ;
EXISTENCE : 'exists' | 'missing' ;
SEED : 'seed' ;
EXTHDR : 'exthdr' ;

EQUAL : '==' | 'eq' ;
UNEQUAL : '!=' | 'ne' ;
LESSEQUAL : '<=' | 'le' ;
GREATEREQUAL : '>=' | 'ge' ;
SHIFT : '<<' | '>>' | 'lshift' | 'rshift' ;
LESS : '<' | 'lt' ;
GREATER : '>' | 'gt' ;
BANG : '!' ;
PIPE : '|' | 'or' ;
AMPERSAND : '&' | 'and' ;
CARET : '^' | 'xor' ;
OPERATOR_WORD : 'not' ;
LBRACE : '{' ;
RBRACE : '}' ;
LBRACKET : '[' ;
RBRACKET : ']' ;
LPAREN : '(' ;
RPAREN : ')' ;
COMMA : ',' ;
DOT : '.' ;
SLASH : '/' ;
DASH : '-' ;
COLON : ':' ;
ASSIGN : '=' ;
SEMICOLON : ';' ;
NEWLINE : '\r'? '\n' ;

STRING : '"' ~["\r\n]* '"' ;
VARIABLE : '$' NAMECHAR+ ;
RAWPAYLOAD : '@' ('ll' | 'nh' | 'th' | 'ih') ',' DIGIT+ ',' DIGIT+ ;
SETREF : '@' NAMECHAR+ ;
// IPv6 and MAC addresses, with prefix or as a range: two colons tell them from the two sides of a map.
COLONS : (ADDRESS ('/' DIGIT+)? | ADDRESS '-' ADDRESS) -> type(WORD) ;
WORD : [A-Za-z0-9_*\\] (NAMECHAR | [*+])* ;
CONTINUED : '\\' [ \t]* '\r'? '\n' -> skip ;
// What nft 1.0.6 lists behind ports of connections.
INVALID : '[invalid type]' -> skip ;
REMARK : '#' ~[\n]* -> skip ;
BLANK : [ \t\r]+ -> skip ;
OTHER : . ;

fragment DIGIT : [0-9] ;
fragment HEX : [0-9a-fA-F] ;
fragment ADDRESS : HEX* ':' HEX* ':' [0-9a-fA-F:]* (DIGIT+ '.' DIGIT+ '.' DIGIT+ '.' DIGIT+)? ;
fragment NAMECHAR : [A-Za-z0-9_./-] ;
