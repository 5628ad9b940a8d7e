// SPDX-License-Identifier: Apache-2.0
// The structure of one line of iptables-save text (also of the input that iptables-restore takes): a table, a chain, a
// rule or another command with its options, the end of a table, a remark, or nothing. How many values an option takes
// is the business of its module; here it takes all words up to the next option.
parser grammar IptablesSaveParser;

options { tokenVocab = IptablesSaveLexer; }

line
    : ( table | chain | commit | command | REMARK )? EOF
    ;

// `*nat`
table
    : TABLE FIELD*
    ;

// `:INPUT DROP [0:0]`
chain
    : CHAIN FIELD*
    ;

commit
    : COMMIT
    ;

// `[12:345] -A INPUT ! -s 10.0.0.0/8 -m comment --comment "a word" -j ACCEPT`
command
    : COUNTERS? clause+
    ;

clause
    : negation? OPTION value*
    ;

negation
    : NOT+
    ;

value
    : WORD
    | UNCLOSED
    ;
