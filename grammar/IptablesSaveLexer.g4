// SPDX-License-Identifier: Apache-2.0
// Words of one line of iptables-save text. The first character says what kind of line it is; table and chain lines then
// are plain fields, rule lines are words with the quoting of iptables-restore: a double quote opens anywhere in a word, a
// backslash inside quotes takes the next character as it is, the closing quote ends the word. Single quotes are
// ordinary characters. Which options exist is not known here.
lexer grammar IptablesSaveLexer;

tokens { TABLE, CHAIN, REMARK, COMMIT, COUNTERS, NOT, OPTION, WORD, UNCLOSED, FIELD }

fragment BLANK : [ \t\r\n] ;
fragment PLAIN : ~[ \t\r\n"] ;
fragment FIRST : ~[ \t\r\n"*:#] ;
fragment INNER : ~["\\] | '\\' . ;
fragment QUOTED : '"' INNER* '"' ;
fragment DIGITS : [0-9]+ ;

// --- Start of a line ---
START_BLANK    : BLANK+ -> skip ;
START_TABLE    : '*' -> type(TABLE), mode(FIELDS) ;
START_CHAIN    : ':' -> type(CHAIN), mode(FIELDS) ;
START_REMARK   : '#' ~[\n]* -> type(REMARK) ;
START_COMMIT   : 'COMMIT' -> type(COMMIT), mode(WORDS) ;
START_COUNTERS : '[' DIGITS ':' DIGITS ']' -> type(COUNTERS), mode(WORDS) ;
START_NOT      : ('!' | '"!"') -> type(NOT), mode(WORDS) ;
START_OPTION   : '-' PLAIN* QUOTED? -> type(OPTION), mode(WORDS) ;
START_WORD     : (FIRST PLAIN* | FIRST PLAIN* QUOTED | QUOTED) -> type(WORD), mode(WORDS) ;
START_UNCLOSED : (FIRST PLAIN*)? '"' INNER* '\\'? -> type(UNCLOSED), mode(WORDS) ;

mode FIELDS;
FIELDS_BLANK : BLANK+ -> skip ;
FIELDS_FIELD : ~[ \t\r\n]+ -> type(FIELD) ;

mode WORDS;
WORDS_BLANK    : BLANK+ -> skip ;
WORDS_NOT      : ('!' | '"!"') -> type(NOT) ;
WORDS_OPTION   : '-' PLAIN* QUOTED? -> type(OPTION) ;
WORDS_WORD     : (PLAIN+ | PLAIN* QUOTED) -> type(WORD) ;
WORDS_UNCLOSED : PLAIN* '"' INNER* '\\'? -> type(UNCLOSED) ;
