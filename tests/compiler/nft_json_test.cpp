// SPDX-License-Identifier: Apache-2.0
// Rules in JSON mean what the same rules in text mean, and what is wrong in JSON is told with its place. The
// expectation of each row is how nft 1.0.6 lists the rule in text; a kernel test compares whole listings.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <sstream>

#include "backends/nft_counters.h"
#include "compiler/frontend/compile.h"
#include "tests/support/meaning.h"

namespace nfproof::testing {
namespace {

compiler::Compilation read(const std::string& text) {
  compiler::Compilation compilation;
  compiler::CompileOptions options;
  options.format = compiler::Format::kNft;
  options.includes = false;
  compiler::add_text(compilation, "rules", text, options);
  compiler::finish(compilation);
  return compilation;
}

struct Row {
  std::string_view json;  ///< statements
  std::string_view text;
};

constexpr std::string_view kHeadText = R"(table inet t {
  set ports { type inet_service; flags interval; elements = { 22, 80-90 } }
  set pairs { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 80, 10.0.0.2 . 443 } }
  set names { type ifname; elements = { "eth-0", "ct" } }
  set seen { type ipv4_addr; flags dynamic,timeout; timeout 60s; }
  map fates { type ipv4_addr : verdict; elements = { 10.0.0.1 : accept, 10.0.0.2 : jump other } }
  map marks { type inet_service : mark; elements = { 80 : 0x1, 443 : 0x2 } }
  counter hits { packets 0 bytes 0 }
  limit slow { rate 10/minute burst 3 packets }
  quota much { over 10485760 bytes }
  ct helper ftp-std {
    type "ftp" protocol tcp
    l3proto ip
  }
  flowtable fast { hook ingress priority 0; devices = { "eth0", "eth1" }; }
  chain other { counter; }
  chain input { type filter hook input priority -5; policy drop;
)";
constexpr std::string_view kHeadJson = R"({"nftables": [
  {"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}},
  {"table": {"family": "inet", "name": "t", "handle": 1}},
  {"set": {"family": "inet", "table": "t", "name": "ports", "type": "inet_service", "handle": 2, "flags": ["interval"],
           "elem": [22, {"range": [80, 90]}]}},
  {"set": {"family": "inet", "table": "t", "name": "pairs", "type": ["ipv4_addr", "inet_service"], "handle": 3,
           "elem": [{"concat": ["10.0.0.1", 80]}, {"elem": {"val": {"concat": ["10.0.0.2", 443]}, "comment": "x"}}]}},
  {"add": {"set": {"family": "inet", "table": "t", "name": "names", "type": "ifname", "elem": "eth-0"}}},
  {"add": {"element": {"family": "inet", "table": "t", "name": "names", "elem": ["ct"]}}},
  {"set": {"family": "inet", "table": "t", "name": "seen", "type": "ipv4_addr", "flags": ["timeout"], "timeout": 60}},
  {"map": {"family": "inet", "table": "t", "name": "fates", "type": "ipv4_addr", "map": "verdict",
           "elem": [["10.0.0.1", {"accept": null}], ["10.0.0.2", {"jump": {"target": "other"}}]]}},
  {"map": {"family": "inet", "table": "t", "name": "marks", "type": "inet_service", "map": "mark",
           "elem": [[80, 1], [443, 2]]}},
  {"counter": {"family": "inet", "table": "t", "name": "hits", "packets": 0, "bytes": 0}},
  {"limit": {"family": "inet", "table": "t", "name": "slow", "rate": 10, "per": "minute", "burst": 3}},
  {"quota": {"family": "inet", "table": "t", "name": "much", "bytes": 10485760, "used": 0, "inv": true}},
  {"ct helper": {"family": "inet", "table": "t", "name": "ftp-std", "type": "ftp", "protocol": "tcp", "l3proto": "ip"}},
  {"flowtable": {"family": "inet", "table": "t", "name": "fast", "hook": "ingress", "prio": 0, "dev": ["eth0", "eth1"]}},
  {"chain": {"family": "inet", "table": "t", "name": "other", "handle": 1}},
  {"chain": {"family": "inet", "table": "t", "name": "input", "handle": 2, "type": "filter", "hook": "input",
             "prio": -5, "policy": "drop"}},
  {"rule": {"family": "inet", "table": "t", "chain": "other", "handle": 3, "expr": [{"counter": null}]}})";

std::string in_text(std::string_view statements) {
  return std::string(kHeadText) + std::string(statements) + "\n}\n}\n";
}
std::string in_json(std::string_view statements) {
  return std::string(kHeadJson) + R"(, {"rule": {"family": "inet", "table": "t", "chain": "input", "expr": [)" +
         std::string(statements) + "]}}]}\n";
}

/// `(payload tcp dport)` and the like keep the rows readable.
std::string with_fields(std::string_view row) {
  std::string out;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] != '(' || (i != 0 && row[i - 1] == '\\')) {
      out += row[i];
      continue;
    }
    const std::size_t end = row.find(')', i);
    std::istringstream words{std::string(row.substr(i + 1, end - i - 1))};
    std::string kind, first, second;
    words >> kind >> first >> second;
    if (kind == "payload")
      out += R"({"payload": {"protocol": ")" + first + R"(", "field": ")" + second + R"("}})";
    else
      out += "{\"" + kind + R"(": {"key": ")" + first + R"("}})";
    i = end;
  }
  return out;
}

void expect_same(const Row& row) {
  const std::string json = in_json(with_fields(row.json));
  const compiler::Compilation of_text = read(in_text(row.text));
  const compiler::Compilation of_json = read(json);
  EXPECT_FALSE(of_text.diagnostics.has_errors()) << row.text << '\n' << meaning(of_text);
  EXPECT_EQ(meaning(of_json), meaning(of_text)) << json;
}

TEST(NftJson, TestsMeanWhatTheirTextMeans) {
  for (
      const Row& row : {
          Row{R"({"match": {"op": "==", "left": (payload tcp dport), "right": 22}}, {"accept": null})",
              "tcp dport 22 accept"},
          Row{R"({"match": {"op": "!=", "left": (payload ip saddr), "right": {"prefix": {"addr": "10.0.0.0", "len": 8}}}})",
              "ip saddr != 10.0.0.0/8"},
          Row{R"({"match": {"op": "==", "left": (payload ip6 daddr), "right": {"range": ["fe80::1", "fe80::9"]}}})",
              "ip6 daddr fe80::1-fe80::9"},
          Row{R"({"match": {"op": "==", "left": (payload tcp dport), "right": {"set": [22, {"range": [80, 90]}]}}})",
              "tcp dport { 22, 80-90 }"},
          Row{R"({"match": {"op": "==", "left": (payload tcp dport), "right": "@ports"}})", "tcp dport @ports"},
          Row{R"({"match": {"op": "!=", "left": {"concat": [(payload ip saddr), (payload tcp dport)]}, "right": "@pairs"}})",
              "ip saddr . tcp dport != @pairs"},
          Row{R"({"match": {"op": "==", "left": {"concat": [(payload ip saddr), (payload tcp dport)]},
                "right": {"set": [{"concat": ["10.0.0.1", 80]}, {"concat": [{"prefix": {"addr": "10.1.0.0", "len": 16}}, 22]}]}}})",
              "ip saddr . tcp dport { 10.0.0.1 . 80, 10.1.0.0/16 . 22 }"},
          Row{R"({"match": {"op": "==", "left": (meta iifname), "right": "ip"}})", R"(iifname "ip")"},
          Row{R"({"match": {"op": "==", "left": (meta oifname), "right": {"set": ["eth*", "br-lan", "accept"]}}})",
              R"(oifname { "eth*", "br-lan", "accept" })"},
          Row{R"({"match": {"op": "==", "left": (meta iifname), "right": "@names"}})", "iifname @names"},
          Row{R"({"match": {"op": "in", "left": (ct state), "right": ["established", "related"]}})",
              "ct state established,related"},
          Row{R"({"match": {"op": "==", "left": (ct state), "right": "new"}})", "ct state == new"},
          Row{R"({"match": {"op": "!=", "left": (ct state), "right": {"set": ["new", "invalid"]}}})",
              "ct state != { new, invalid }"},
          Row{R"({"match": {"op": "==", "left": {"&": [(payload tcp flags), ["syn", "ack"]]}, "right": "syn"}})",
              "tcp flags syn / syn,ack"},
          Row{R"({"match": {"op": "==", "left": {"&": [(payload tcp flags), {"|": [{"|": ["fin", "syn"]}, "ack"]}]},
                "right": {"|": ["syn", "ack"]}}})",
              "tcp flags & (fin | syn | ack) == syn | ack"},
          Row{R"({"match": {"op": "==", "left": (payload tcp flags), "right": ["syn", "ack"]}})",
              "tcp flags == syn | ack"},
          Row{R"({"match": {"op": "!", "left": (payload tcp flags), "right": ["syn", "ack"]}})", "tcp flags ! syn,ack"},
          Row{R"({"match": {"op": "==", "left": {"&": [(meta mark), 255]}, "right": 1}})", "meta mark & 0xff == 0x1"},
          Row{R"({"match": {"op": "==", "left": {"^": [{"&": [(meta mark), 255]}, 3]}, "right": 1}})",
              "meta mark & 0xff ^ 0x3 == 0x1"},
          Row{R"({"match": {"op": "==", "left": {"ct": {"key": "ip saddr", "dir": "original"}}, "right": "10.0.0.1"}})",
              "ct original ip saddr 10.0.0.1"},
          Row{R"({"match": {"op": "==", "left": {"ct": {"key": "proto-src", "dir": "original"}}, "right": "0x44 [invalid type]"}})",
              "ct original proto-src 0x44 [invalid type]"},
          Row{R"({"match": {"op": "==", "left": {"fib": {"result": "oif", "flags": ["saddr", "iif"]}}, "right": false}})",
              "fib saddr . iif oif missing"},
          Row{R"({"match": {"op": "==", "left": {"fib": {"result": "type", "flags": "daddr"}}, "right": "local"}})",
              "fib daddr type local"},
          Row{R"({"match": {"op": "==", "left": {"exthdr": {"name": "frag"}}, "right": true}})", "exthdr frag exists"},
          Row{R"({"match": {"op": "==", "left": {"exthdr": {"name": "frag", "field": "more-fragments"}}, "right": 1}})",
              "frag more-fragments 1"},
          Row{R"({"match": {"op": "==", "left": {"tcp option": {"name": "maxseg", "field": "size"}}, "right": {"range": [500, 1400]}}})",
              "tcp option maxseg size 500-1400"},
          Row{R"({"match": {"op": "==", "left": {"tcp option": {"base": 254, "offset": 0, "len": 8}}, "right": true}})",
              "tcp option 254 exists"},
          Row{R"({"match": {"op": "==", "left": {"sctp chunk": {"name": "data"}}, "right": true}})",
              "sctp chunk data exists"},
          Row{R"({"match": {"op": "==", "left": {"payload": {"base": "nh", "offset": 0, "len": 8}}, "right": 69}})",
              "@nh,0,8 0x45"},
          Row{R"({"match": {"op": "<", "left": {"numgen": {"mode": "random", "mod": -2147483648, "offset": 0}}, "right": 5}})",
              "numgen random mod 2147483648 < 5"},
          Row{R"({"match": {"op": "==", "left": {"jhash": {"mod": 2, "seed": 17, "expr": (payload ip saddr)}}, "right": 1}})",
              "jhash ip saddr mod 2 seed 0x11 1"},
          Row{R"({"match": {"op": "==", "left": (meta hour), "right": {"range": ["08:00", "17:00"]}}})",
              R"(meta hour "08:00"-"17:00")"},
          Row{R"({"match": {"op": "==", "left": {"osf": {"key": "name", "ttl": "skip"}}, "right": "Linux"}})",
              R"(osf ttl skip name "Linux")"},
          Row{R"({"match": {"op": "==", "left": {"ipsec": {"key": "reqid", "dir": "in", "spnum": 0}}, "right": 1}})",
              "ipsec in reqid 1"},
          Row{R"({"match": {"op": "==", "left": {"rt": {"key": "nexthop", "family": "ip"}}, "right": "10.0.0.1"}})",
              "rt ip nexthop 10.0.0.1"},
          Row{R"({"match": {"op": "==", "left": (socket transparent), "right": 1}})", "socket transparent 1"},
          Row{R"({"match": {"op": "==", "left": (payload icmp type), "right": {"set": ["echo-request", 13]}}})",
              "icmp type { echo-request, 13 }"},
          Row{R"({"match": {"op": "==", "left": (payload ether saddr), "right": "00:01:02:03:04:05"}})",
              "ether saddr 00:01:02:03:04:05"},
      })
    expect_same(row);
}

TEST(NftJson, StatementsDoWhatTheirTextDoes) {
  for (
      const Row& row : {
          Row{R"({"counter": {"packets": 5, "bytes": 600}}, {"drop": null})", "counter packets 5 bytes 600 drop"},
          Row{R"({"counter": "hits"}, {"return": null})", R"(counter name "hits" return)"},
          Row{R"({"limit": {"rate": 5, "burst": 7, "per": "minute"}}, {"accept": null})",
              "limit rate 5/minute burst 7 packets accept"},
          Row{R"({"limit": {"rate": 512, "burst": 100, "per": "second", "inv": true, "rate_unit": "kbytes", "burst_unit": "kbytes"}})",
              "limit rate over 512 kbytes/second burst 100 kbytes"},
          Row{R"({"limit": "slow"}, {"accept": null})", R"(limit name "slow" accept)"},
          Row{R"({"quota": {"val": 100, "val_unit": "mbytes", "used": 3, "used_unit": "bytes", "inv": true}})",
              "quota over 100 mbytes used 3 bytes"},
          Row{R"({"quota": "much"}, {"drop": null})", R"(quota name "much" drop)"},
          Row{R"({"ct count": {"val": 5, "inv": true}}, {"reject": null})", "ct count over 5 reject"},
          Row{R"({"log": null})", "log"},
          Row{R"({"log": {"prefix": "a b; }", "level": "info", "flags": ["tcp sequence", "ip options"]}})",
              R"(log prefix "a b; }" level info flags tcp sequence flags ip options)"},
          Row{R"({"log": {"group": 5, "snaplen": 100, "queue-threshold": 3}})",
              "log group 5 snaplen 100 queue-threshold 3"},
          Row{R"({"reject": {"type": "tcp reset"}})", "reject with tcp reset"},
          Row{R"({"reject": {"type": "icmpx", "expr": "admin-prohibited"}})", "reject with icmpx admin-prohibited"},
          Row{R"({"match": {"op": "==", "left": (payload tcp dport), "right": 80}}, {"jump": {"target": "other"}})",
              "tcp dport 80 jump other"},
          Row{R"({"goto": {"target": "other"}})", "goto other"},
          Row{R"({"vmap": {"key": (ct state), "data": {"set": [["established", {"accept": null}], ["invalid", {"drop": null}]]}}})",
              "ct state vmap { established : accept, invalid : drop }"},
          Row{R"({"vmap": {"key": (payload ip saddr), "data": "@fates"}})", "ip saddr vmap @fates"},
          Row{R"({"mangle": {"key": (meta mark), "value": {"|": [{"&": [(meta mark), 511]}, 256]}}})",
              "meta mark set meta mark & 0x1ff | 0x100"},
          Row{R"({"mangle": {"key": (meta mark), "value": {"&": [{"|": [(meta mark), 16]}, 255]}}})",
              "meta mark set (meta mark | 0x10) & 0xff"},
          Row{R"({"mangle": {"key": (meta mark), "value": {"map": {"key": (payload tcp dport), "data": "@marks"}}}})",
              "meta mark set tcp dport map @marks"},
          Row{R"({"mangle": {"key": (meta mark), "value": {"map": {"key": (payload tcp dport), "data": {"set": [[80, 1], [{"range": [90, 99]}, 2]]}}}}})",
              "meta mark set tcp dport map { 80 : 0x1, 90-99 : 0x2 }"},
          Row{R"({"mangle": {"key": (meta priority), "value": "1:2"}})", "meta priority set 1:2"},
          Row{R"({"mangle": {"key": (payload ip dscp), "value": "cs1"}})", "ip dscp set cs1"},
          Row{R"({"mangle": {"key": {"tcp option": {"name": "maxseg", "field": "size"}}, "value": (rt mtu)}})",
              "tcp option maxseg size set rt mtu"},
          Row{R"({"ct helper": "ftp-std"})", R"(ct helper set "ftp-std")"},
          Row{R"({"set": {"op": "update", "elem": {"elem": {"val": (payload ip saddr), "timeout": 10}}, "set": "@seen",
                "stmt": [{"limit": {"rate": 10, "burst": 5, "per": "second"}}]}}, {"drop": null})",
              "update @seen { ip saddr timeout 10s limit rate 10/second } drop"},
          Row{R"({"meter": {"key": {"elem": {"val": {"&": [(payload ip daddr), "255.255.255.0"]}, "timeout": 5400}},
                "stmt": {"limit": {"rate": 20, "burst": 1, "per": "second", "inv": true, "rate_unit": "kbytes", "burst_unit": "mbytes"}}, "name": "m"}})",
              "meter m { ip daddr & 255.255.255.0 timeout 1h30m limit rate over 20 kbytes/second burst 1 mbytes }"},
          Row{R"({"meter": {"key": (payload ip saddr), "stmt": {"ct count": {"val": 5, "inv": true}}, "size": 100, "name": "m"}}, {"drop": null})",
              "meter m size 100 { ip saddr ct count over 5 } drop"},
          Row{R"({"queue": {"num": {"range": [1, 3]}, "flags": ["bypass", "fanout"]}})",
              "queue flags bypass,fanout to 1-3"},
          Row{R"({"synproxy": {"mss": 1460, "wscale": 7, "flags": ["timestamp", "sack-perm"]}})",
              "synproxy mss 1460 wscale 7 timestamp sack-perm"},
          Row{R"({"flow": {"op": "add", "flowtable": "@fast"}})", "flow add @fast"},
          Row{R"({"reset": {"tcp option": {"name": "sack"}}})", "reset tcp option sack"},
          Row{R"({"notrack": null})", "notrack"},
          Row{R"({"match": {"op": "==", "left": (meta l4proto), "right": "tcp"}}, {"dnat": {"family": "ip", "addr": {"range": ["10.0.0.1", "10.0.0.5"]}, "port": {"range": [80, 90]}, "flags": ["random", "persistent"]}})",
              "meta l4proto tcp dnat ip to 10.0.0.1-10.0.0.5:80-90 random,persistent"},
          Row{R"({"match": {"op": "==", "left": (meta l4proto), "right": "tcp"}}, {"dnat": {"family": "ip6", "addr": "fe80::1", "port": 80}})",
              "meta l4proto tcp dnat ip6 to [fe80::1]:80"},
          Row{R"({"dnat": {"family": "ip", "addr": {"map": {"key": (payload tcp dport), "data": {"set": [[80, "10.0.0.1"], [81, "10.0.0.2"]]}}}}})",
              "dnat ip to tcp dport map { 80 : 10.0.0.1, 81 : 10.0.0.2 }"},
          Row{R"({"dnat": {"family": "ip", "addr": {"prefix": {"addr": "10.0.0.0", "len": 24}}, "flags": "netmap", "type_flags": "prefix"}})",
              "dnat ip prefix to 10.0.0.0/24"},
          Row{R"({"match": {"op": "==", "left": (meta l4proto), "right": "tcp"}}, {"redirect": {"port": 8080, "flags": "fully-random"}})",
              "meta l4proto tcp redirect to :8080 fully-random"},
          Row{R"({"masquerade": null})", "masquerade"},
          Row{R"({"match": {"op": "==", "left": (meta l4proto), "right": "tcp"}}, {"tproxy": {"family": "ip", "addr": "127.0.0.1", "port": 80}})",
              "meta l4proto tcp tproxy ip to 127.0.0.1:80"},
      }) {
    expect_same(row);
  }
}

TEST(NftJson, ExtensionsOfXtablesAreToldAsInText) {
  const std::string json = meaning(read(in_json(R"({"xt": {"type": "target", "name": "TCPMSS"}})")));
  EXPECT_EQ(json, meaning(read(in_text(R"(xt target "TCPMSS")"))));
  EXPECT_NE(json.find("error: "), std::string::npos);
}

TEST(NftJson, RulesThatSayNothingHaveTheirNumber) {
  for (const std::string_view statements : {"", R"({"xt": {"type": "match", "name": "comment"}})"})
    EXPECT_EQ(meaning(read(in_json(statements))), meaning(read(in_text("continue")))) << statements;
}

TEST(NftJson, CommandsAreDoneInOrder) {
  const std::string rule =
      R"({"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"mangle": {"key": {"meta": {"key": "mark"}}, "value": )";
  const auto marking = [&](const std::string& verb, int mark, const std::string& more = "") {
    return "{\"" + verb + "\": " + rule + std::to_string(mark) + "}}]" + more + "}}},";
  };
  const std::string json =
      R"({"nftables": [{"add": {"table": {"family": "ip", "name": "gone"}}}, {"flush": {"ruleset": null}},
          {"add": {"table": {"family": "ip", "name": "t"}}}, {"add": {"chain": {"family": "ip", "table": "t", "name": "c"}}},
          {"create": {"chain": {"family": "ip", "table": "t", "name": "d"}}},)" +
      marking("add", 1) + marking("add", 2, R"(, "handle": 77)") + marking("insert", 3) +
      marking("add", 4, R"(, "index": 0)") +
      R"({"list": {"ruleset": null}}, {"delete": {"chain": {"family": "ip", "table": "t", "name": "d"}}},
          {"rename": {"chain": {"family": "ip", "table": "t", "name": "c", "newname": "e"}}}]})";
  EXPECT_EQ(meaning(read(json)),
            "table 0 t\n chain e\n  1: => set meta.mark = 0x3/0xffffffff; CONTINUE\n  2: => set meta.mark = "
            "0x4/0xffffffff; CONTINUE\n"
            "  3: => set meta.mark = 0x1/0xffffffff; CONTINUE\n  4: => set meta.mark = 0x2/0xffffffff; CONTINUE\n");
}

std::string told(const std::string& text) {
  std::string all;
  const compiler::Compilation compilation = read(text);
  for (const source::Diagnostic& each : compilation.diagnostics.all())
    all += std::to_string(each.span.line) + ':' + std::to_string(each.span.column) + ": " + each.message + '\n';
  return all;
}

TEST(NftJson, ErrorsHavePlaces) {
  const std::string begin = R"({"nftables": [{"add": {"table": {"family": "ip", "name": "t"}}},
{"add": {"chain": {"family": "ip", "table": "t", "name": "c"}}},
)";
  const auto rule = [&](const std::string& statement) {
    return begin + R"({"add": {"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [)" + statement + "]}}}]}";
  };
  EXPECT_EQ(told(rule(R"({"foo": null})")), "3:73: unexpected `foo`\n");
  EXPECT_EQ(told(rule(R"({"match": {"op": "~", "left": 1, "right": 2}})")), "3:89: unexpected `~`\n");
  EXPECT_EQ(told(rule(R"({"match": {"op": "==", "right": 2}})")), "3:82: unexpected `{ ... } without \"left\"`\n");
  EXPECT_EQ(told(rule(R"({"limit": {"rate": 5, "often": true}})")), "3:94: unexpected `often`\n");
  EXPECT_EQ(told(rule(R"({"log": {"level": "info; drop"}})")), "3:90: unexpected `info; drop`\n");
  EXPECT_EQ(told(rule(R"({"jump": {"target": "no\"where"}})")), "3:92: there is no chain `no\"where`\n");
  EXPECT_EQ(told(begin + R"({"what": 5}, 7, {"add": {"rule": {"table": "t"}}}]})"),
            "3:2: unexpected `what`\n3:14: unexpected `7`\n3:34: unexpected `{ ... } without \"family\"`\n");
  EXPECT_EQ(told(begin + R"({"add": {"quota": {"family": "ip", "table": "t", "name": "q", "bytes": 5, "inv": 1}}},
{"counter": {"family": "ip", "table": "t", "name": "n", "colour": "red"}}]})"),
            "3:82: unexpected `1`\n4:57: unexpected `colour`\n");
  EXPECT_EQ(told("{\"nftables\": [{\"table\": {\"family\": \"ip\", \"name\": \"t\\u0000\"}}]}"),
            "1:50: this text holds a character of the number 0\n");
  EXPECT_EQ(told("{}"), "1:1: expected `{ \"nftables\": [ ... ] }`\n");
  EXPECT_EQ(told("[]"), "1:1: expected `{ \"nftables\": [ ... ] }`\n");
  EXPECT_EQ(told("{\"nftables\": 5}"), "1:14: expected an array behind `nftables`\n");
  EXPECT_EQ(told("{\"nftables\": [\n"), "2:1: this JSON is not complete\n");
  EXPECT_EQ(told("{\"nftables\": [}"), "1:15: this is not JSON: unexpected `}`\n");
  EXPECT_EQ(told("{\"nftables\": []}\n x"), "2:2: this is not JSON: unexpected `x`\n");
}

TEST(NftJson, NestingIsBounded) {
  for (const std::string_view piece : {"[", "{\"a\":", "{\"&\": [", "{\"set\": ["}) {
    std::string text = R"({"nftables": [{"rule": {"expr": [)";
    for (int i = 0; i < 20'000; ++i) text += piece;
    EXPECT_NE(told(text).find("this nests too deeply"), std::string::npos) << piece;
  }
}

/// Damage from a fixed seed: what cannot be read is told, nothing crashes.
TEST(NftJson, DamagedFilesAreRead) {
  static constexpr std::array<std::string_view, 24> kPieces = {
      "{",       "}",        "[",       "]",       "\"",          "\\",      ",",         ":",
      "null",    "true",     "-1",      "1e9",     "\"@x\"",      "\"set\"", "\"expr\"",  "\"concat\"",
      "\"map\"", "\"elem\"", "\"a b\"", "\"\\n\"", "\"\\u0000\"", "\"add\"", "{\"x\":1}", "\xff"};
  const std::string whole = in_json(with_fields(
      R"({"vmap": {"key": (ct state), "data": {"set": [["new", {"jump": {"target": "other"}}], ["invalid", {"drop": null}]]}}},
         {"match": {"op": "==", "left": {"&": [(meta mark), 255]}, "right": {"range": [1, 2]}}},
         {"dnat": {"family": "ip", "addr": {"prefix": {"addr": "10.0.0.0", "len": 24}}, "flags": ["random"]}})"));
  std::mt19937 random(7);
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
  for (int i = 0; i < 1500; ++i) {
    std::string text = whole;
    for (std::size_t times = 1 + below(6); times > 0; --times) {
      const std::size_t at = below(text.size() + 1);
      if (below(2) == 0)
        text.erase(at, 1 + below(12));
      else
        text.insert(at, kPieces[below(kPieces.size())]);
    }
    const compiler::Compilation compilation = read(text);
    (void)backends::nft_listing(compilation.ruleset, [](ir::RuleRef) { return ir::Counters{}; });
  }
}

}  // namespace
}  // namespace nfproof::testing
