// SPDX-License-Identifier: Apache-2.0
// One function for each kind of test, statement or map.
#include "tests/support/random_nft.h"

#include <algorithm>
#include <random>
#include <string_view>
#include <vector>

namespace nfproof::testing {
namespace {

using Texts = std::vector<std::string_view>;

class NftMaker {
 public:
  NftMaker(std::uint64_t seed, bool v6) : random_(seed), v6_(v6) {}

  std::string file() {
    inet_ = chance(60);
    std::string text = std::string("table ") + (inet_ ? "inet" : v6_ ? "ip6" : "ip") + " t {\n";
    text += "\tset nets { type " + address_type() + "; flags interval; auto-merge; elements = { " + network() + ", " +
            network() + ", " + host() + " }; }\n";
    text += "\tset hosts { type " + address_type() + "; elements = { " + host() + ", " + host() + " }; }\n";
    text += "\tset ports { type inet_service; flags interval; auto-merge; elements = { " + port() + ", " + port() +
            " }; }\n";
    text += "\tset pairs { type " + address_type() + " . inet_service; flags interval; elements = { " + network() +
            " . 22, " + host() + " . 53-443 }; }\n";
    text +=
        "\tmap ways { type inet_service : verdict; flags interval; elements = { 22 : accept, 53-80 : jump u3, 443 : "
        "drop }; }\n";
    for (; meters_ < 4; ++meters_)
      text += "\tset meter" + std::to_string(meters_) + " { type " + address_type() +
              "; size 65535; flags dynamic,timeout; timeout 1h; }\n";
    text += "\tset seen { type " + address_type() + "; size 65535; flags dynamic; }\n";
    text += chain("u3", "", 3) + chain("u2", "", 3) + chain("u1", "", 4);
    text += chain("early", "type filter hook prerouting priority raw; policy accept;", 3);
    text += chain("marking", "type filter hook prerouting priority mangle; policy accept;", 3);
    for (const std::string_view hook : {"input", "forward", "output"})
      text += chain(std::string(hook),
                    "type filter hook " + std::string(hook) + " priority filter; policy " +
                        (chance(30) ? "drop" : "accept") + ";",
                    6);
    text += chain("late", "type filter hook postrouting priority mangle; policy accept;", 3);
    if (chance(50)) text += nat_chains();
    return text + "}\n";
  }

 private:
  [[nodiscard]] std::size_t below(std::size_t bound) { return random_() % bound; }
  [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
  std::string pick(const Texts& texts) { return std::string(texts[below(texts.size())]); }
  std::string pick46(const Texts& v4, const Texts& v6) { return pick(v6_ ? v6 : v4); }

  [[nodiscard]] std::string address_type() const { return v6_ ? "ipv6_addr" : "ipv4_addr"; }
  [[nodiscard]] std::string ip() const { return v6_ ? "ip6" : "ip"; }
  std::string host() {
    return pick46({"192.0.2.9", "198.51.100.7", "192.0.2.1", "192.0.2.7", "198.51.100.1"},
                  {"2001:db8::9", "2001:db8:1::7", "2001:db8::1", "2001:db8:1::1"});
  }
  std::string network() {
    return pick46({"192.0.2.0/24", "198.51.100.0/24", "198.51.100.0/29", "203.0.113.0/25", "192.0.2.4-192.0.2.12"},
                  {"2001:db8::/64", "2001:db8:1::/64", "2001:db8:1::/125", "2001:db8::4-2001:db8::12"});
  }
  std::string port() { return pick({"22", "53", "80", "443", "8080", "3000", "0-1023", "1024-65535", "53-443"}); }
  std::string service() { return pick({"22", "53", "80", "443", "8080"}); }
  std::string comparison() { return chance(25) ? " != " : " "; }

  // Tests.

  std::string address_test() {
    const std::string field = ip() + pick({" saddr", " daddr"});
    switch (below(6)) {
      case 0: return field + comparison() + host();
      case 1: return field + comparison() + network();
      case 2: return field + comparison() + "{ " + network() + ", " + host() + " }";
      case 3: return field + comparison() + "@nets";
      case 4: return field + comparison() + "@hosts";
      default: return field + (v6_ ? " & ffff:ffff:ffff:ffff:: == 2001:db8:: " : " & 255.255.255.0 == 192.0.2.0 ");
    }
  }
  /// No single source port is negated: nft joins such a test with one of the destination port (`joined_tests.h`).
  /// Nothing is compared with `<`: nft lists `FIELD < A OTHER > B` as a range.
  std::string port_test() {
    const bool source = chance(35);
    const std::string field =
        pick({"tcp", "tcp", "udp", "meta l4proto { tcp, udp } th"}) + (source ? " sport" : " dport");
    switch (below(5)) {
      case 0: return field + " " + port();
      case 1: return field + pick({" > ", " >= "}) + service();
      case 2: return field + comparison() + "{ " + service() + ", 1024-65535 }";
      case 3: return field + comparison() + "@ports";
      default: return field + (source ? " " : comparison()) + service();
    }
  }
  std::string interface_test() {
    return pick({"iifname", "iifname", "oifname"}) + comparison() +
           pick({"\"eth0\"", "\"eth1\"", "\"eth*\"", "{ \"eth0\", \"lo\" }", "{ \"eth*\", \"wan0\" }", "\"lo\""});
  }
  std::string state_test() {
    return pick({"ct state new", "ct state established,related", "ct state != established", "ct state { new, invalid }",
                 "ct state invalid", "ct state != { established, related }", "ct direction original",
                 "ct direction reply", "ct status seen-reply", "ct status != confirmed", "ct mark 0x1",
                 "ct mark != 0x0", "ct mark & 0x3 == 0x2", "ct l3proto ipv4"});
  }
  std::string mark_test() {
    return "meta mark" + pick({" 0x1", " != 0x0", " & 0x3 == 0x2", " & 0xf != 0x1", " { 0x1, 0x3 }", " 0x1-0x3",
                               " > 0x1", " & 0x1 == 0x1"});
  }
  std::string header_test() {
    return pick({"tcp flags syn",
                 "tcp flags & (fin | syn | rst | ack) == syn",
                 "tcp flags != syn",
                 "tcp flags { syn, syn | ack }",
                 "tcp flags & (syn | ack) == (syn | ack)",
                 "tcp flags ! syn,rst",
                 "tcp flags syn / syn,ack",
                 "meta l4proto tcp",
                 "meta l4proto != udp",
                 "meta l4proto { tcp, icmp }",
                 "meta length 0-100",
                 "meta length > 60",
                 "meta nfproto ipv4",
                 "meta nfproto ipv6",
                 "icmp type echo-request",
                 "icmp type { echo-request, destination-unreachable }",
                 "icmpv6 type != echo-request",
                 "ip ttl > 63",
                 "ip ttl != 64",
                 "ip dscp 0x0",
                 "ip length > 60",
                 "ip6 hoplimit > 63",
                 "ip6 nexthdr tcp",
                 "ip protocol != udp",
                 "meta pkttype unicast",
                 "ip version 4",
                 "meta protocol ip",
                 "meta protocol ip6"});
  }
  std::string joined_test() {
    switch (below(5)) {
      case 0: return ip() + " saddr . tcp dport" + comparison() + "@pairs";
      case 1:
        return "meta l4proto { tcp, udp } " + ip() + " daddr . th dport" + comparison() + "{ " + host() + " . 22, " +
               host() + " . 80 }";
      case 2: return "meta l4proto . th dport { tcp . 22, udp . 53, tcp . 80 }";
      case 3: return "iifname . " + ip() + " saddr { \"eth0\" . " + host() + ", \"eth1\" . " + host() + " }";
      default:
        return ip() + " saddr . " + ip() + " daddr . udp dport { " + network() + " . " + network() + " . 0-1023 }";
    }
  }
  std::string test() {
    switch (below(9)) {
      case 0:
      case 1: return address_test();
      case 2:
      case 3: return port_test();
      case 4: return interface_test();
      case 5: return state_test();
      case 6: return mark_test();
      case 7: return joined_test();
      default: return header_test();
    }
  }

  // What is done.

  std::string statement() {
    if (chance(8)) return pick({"add", "update"}) + " @seen { " + ip() + pick({" saddr }", " daddr }"});
    return pick({"meta mark set 0x1", "meta mark set meta mark | 0x10", "meta mark set meta mark & 0xf",
                 "meta mark set meta mark ^ 0x3", "meta mark set ct mark", "ct mark set meta mark", "ct mark set 0x2",
                 "ct mark set ct mark | 0x1", "meta mark set meta mark & 0xf0 | 0x3", "meta priority set 1:2"});
  }
  std::string verdict() {
    std::string calls = below_ >= 1 ? "jump u" + std::to_string(4 - 1 - below(below_)) : "return";
    if (chance(15) && calls.starts_with("jump")) calls.replace(0, 4, "goto");
    switch (below(12)) {
      case 0:
      case 1: return "accept";
      case 2: return "drop";
      case 3: return "return";
      case 4:
      case 5: return calls;
      case 6: return "continue";
      default: return "";
    }
  }
  /// Verdicts of a map, in a chain that may call those below it.
  std::string outcome() { return pick({"accept", "drop", "return", "continue"}); }
  std::string call() { return below_ >= 1 ? "jump u3" : "continue"; }
  std::string map() {
    switch (below(8)) {
      case 7:
        return "numgen inc mod 3 vmap { 0 : " + outcome() + ", 1 : " + (below_ >= 1 ? "goto u3" : "return") +
               ", 2 : drop }";
      case 0: return below_ >= 1 ? "tcp dport vmap @ways" : "tcp dport vmap { 22 : accept, 80 : drop }";
      case 1: return "udp dport vmap { 53 : " + outcome() + ", 1024-65535 : " + call() + " }";
      case 2: return "ct state vmap { established : " + outcome() + ", new : " + call() + ", invalid : drop }";
      case 3: return "iifname vmap { \"eth0\" : " + call() + ", \"eth1\" : " + outcome() + ", \"lo\" : accept }";
      case 4: return ip() + " saddr vmap { " + network() + " : " + call() + " }";
      case 5: return "meta l4proto . th dport vmap { tcp . 22 : " + outcome() + ", udp . 53 : " + call() + " }";
      default: return "meta mark vmap { 0x0 : continue, 0x1 : " + outcome() + ", 0x2 : " + call() + " }";
    }
  }

  std::string nat_chains() {
    const std::string to = inet_ ? "dnat " + ip() + " to " : "dnat to ";
    const std::string from = inet_ ? "snat " + ip() + " to " : "snat to ";
    const std::string port = v6_ ? "[" + host() + "]:8080" : host() + ":8080";
    return nat_chain(
               "redirected", "prerouting priority dstnat",
               {to + host(), "tcp dport 80 " + to + port, "accept", "udp dport 53 redirect to :3000", "redirect"}) +
           nat_chain("own", "output priority -100", {to + host(), "tcp dport 22 redirect to :8080", "accept"}) +
           nat_chain("hidden", "postrouting priority srcnat", {"masquerade", from + host(), "accept"});
  }
  std::string nat_chain(const std::string& name, const std::string& hook, const std::vector<std::string>& targets) {
    std::string text = "\tchain " + name + " {\n\t\ttype nat hook " + hook + ";\n";
    for (int i = 0; i < 3; ++i) {
      const std::string& target = targets[below(targets.size())];
      std::string made = test() + " counter " + target;
      while (conflicts(made)) made = test() + " counter " + target;
      text += "\t\t" + made + "\n";
    }
    return text + "\t}\n";
  }

  std::string chain(const std::string& name, const std::string& head, std::size_t rules) {
    below_ = name == "u3" ? 0 : name == "u2" ? 1 : name == "u1" ? 2 : 3;
    std::string text = "\tchain " + name + " {\n";
    if (!head.empty()) text += "\t\t" + head + "\n";
    for (std::size_t i = 0; i < rules; ++i) {
      std::string made = rule();
      while (conflicts(made)) made = rule();
      text += "\t\t" + made + "\n";
    }
    return text + "\t}\n";
  }

  /// Refilled so slowly that only the burst counts. What is kept for each address has a set for each use.
  std::string limit() {
    const std::string rate = std::string("limit rate ") + (chance(40) ? "over " : "") + "1/hour burst " +
                             pick({"1", "3", "20"}) + " packets";
    if (chance(20)) return pick({"numgen inc mod 2 0", "numgen inc mod 3 1", "numgen inc mod 4 != 2"});
    if (chance(60) || meters_ == 0) return rate;
    return "update @meter" + std::to_string(--meters_) + " { " + ip() + pick({" saddr ", " daddr "}) + rate + " }";
  }

  /// Tests, perhaps a limit among them, and a counter, which never stands between the limit and a test.
  std::string rule() {
    std::vector<std::string> parts;
    for (std::size_t tests = below(4); tests > 0; --tests) parts.push_back(test());
    std::size_t counter = chance(30) ? below(parts.size() + 1) : parts.size();
    const bool limited = chance(12);
    if (limited) {
      const std::size_t at = below(parts.size() + 1);
      if (counter >= at) counter = chance(50) ? at : parts.size() + 1;
      parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(at), limit());
    }
    parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(counter), "counter");
    std::string text;
    for (const std::string& part : parts) text += part + " ";
    const bool changes = chance(35);
    // Reading the mark of no connection ends the rule: a test, too.
    std::string change = statement();
    while (limited && (change.find(" ct mark") != std::string::npos || change.find('@') != std::string::npos))
      change = statement();
    if (changes) text += change + " ";
    return text + (!changes && !limited && chance(35) ? map() : verdict());
  }

  /// nft refuses tests of two protocols in one rule.
  [[nodiscard]] bool conflicts(const std::string& rule) const {
    const auto has = [&](std::string_view word) {
      return (' ' + rule).find(' ' + std::string(word)) != std::string::npos;
    };
    const auto several = [&](const Texts& words) {
      std::size_t count = 0;
      for (const std::string_view word : words) count += has(word) ? 1U : 0U;
      return count > 1;
    };
    if (several(
            {"tcp ", "udp ", "icmp ", "icmpv6 ", "meta l4proto tcp", "ip protocol", "ip6 nexthdr", "meta l4proto {"}))
      return true;
    if (several({"ip ", "ip6 ", "icmp ", "icmpv6 "})) return true;
    if (joined_around_counter(rule)) return true;
    if (inet_) return several({"ip ", "meta nfproto", "ip6 ", "icmp ", "icmpv6 ", "meta protocol"});
    return has("meta nfproto") || has("meta protocol") ||
           (v6_ ? has("ip ") || has("icmp ") : has("ip6 ") || has("icmpv6 "));
  }

  /// nft joins tests of neighbouring fields over what stands between them (`joined_tests.h`).
  static bool joined_around_counter(const std::string& rule) {
    const std::size_t counter = std::min(rule.find("counter"), rule.find("limit"));
    const auto apart = [&](std::string_view a, std::string_view b) {
      const std::size_t at = rule.find(a), other = rule.find(b);
      return at != std::string::npos && other != std::string::npos && (at < counter) != (other < counter);
    };
    return apart(" sport", " dport") || apart("ip ttl", "ip protocol") || apart("ip6 hoplimit", "ip6 nexthdr");
  }

  std::mt19937_64 random_;
  bool v6_;
  bool inet_ = false;
  std::size_t meters_ = 0;  ///< sets that no rule uses yet
  std::size_t below_ = 0;   ///< how many user chains this chain may call
};

}  // namespace

std::string random_nft(std::uint64_t seed, bool v6) { return NftMaker(seed, v6).file(); }

}  // namespace nfproof::testing
