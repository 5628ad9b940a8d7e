// SPDX-License-Identifier: Apache-2.0
// One function for each module; tables say which of them a chain may have.
#include "tests/support/random_ruleset.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace nfproof::testing {
namespace {

using Texts = std::vector<std::string_view>;

/// Which hooks reach a chain: decides what a rule in it may use.
enum Reach : unsigned { kPre = 1, kIn = 2, kFwd = 4, kOut = 8, kPost = 16 };
constexpr unsigned kEverywhere = 31;

struct ChainSpec {
  std::string_view table, name;
  unsigned reach;
  bool base;
};

/// User chains call only those below them, so there are no loops. `in` chains are called by chains that have an input
/// interface only.
constexpr ChainSpec kChains[] = {
    {"raw", "PREROUTING", kPre, true},
    {"raw", "OUTPUT", kOut, true},
    {"raw", "r1", kPre | kOut, false},
    {"mangle", "PREROUTING", kPre, true},
    {"mangle", "INPUT", kIn, true},
    {"mangle", "FORWARD", kFwd, true},
    {"mangle", "OUTPUT", kOut, true},
    {"mangle", "POSTROUTING", kPost, true},
    {"mangle", "m1", kEverywhere, false},
    {"mangle", "m2", kEverywhere, false},
    {"nat", "PREROUTING", kPre, true},
    {"nat", "INPUT", kIn, true},
    {"nat", "OUTPUT", kOut, true},
    {"nat", "POSTROUTING", kPost, true},
    {"nat", "n1", kEverywhere, false},
    {"filter", "INPUT", kIn, true},
    {"filter", "FORWARD", kFwd, true},
    {"filter", "OUTPUT", kOut, true},
    {"filter", "in1", kIn | kFwd, false},
    {"filter", "f1", kIn | kFwd | kOut, false},
    {"filter", "f2", kIn | kFwd | kOut, false},
    {"filter", "f3", kIn | kFwd | kOut, false},
};

class Maker {
 public:
  Maker(std::uint64_t seed, const RulesetOptions& options) : random_(seed), options_(options) {}

  std::string ruleset() {
    std::string text;
    for (const std::string_view table : {"raw", "mangle", "nat", "filter"}) {
      if (wanted_table(table)) text += make_table(table);
    }
    return text;
  }

 private:
  [[nodiscard]] std::size_t below(std::size_t bound) { return random_() % bound; }
  [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
  std::string pick(const Texts& texts) { return std::string(texts[below(texts.size())]); }
  std::string pick46(const Texts& v4, const Texts& v6) { return pick(options_.v6 ? v6 : v4); }
  /// ` ! ` before an option, sometimes.
  std::string maybe_not() { return chance(20) ? " !" : ""; }
  std::string not_twice(const std::string& text) {
    const std::string negation = maybe_not();
    return options_.portable && text.find('!') != std::string::npos ? std::string() : negation;
  }
  [[nodiscard]] bool allowed(std::string_view what) const { return !options_.without.contains(std::string(what)); }
  [[nodiscard]] bool tracking() const { return !options_.stateless; }

  [[nodiscard]] bool wanted_table(std::string_view table) const {
    if (table == "raw") return options_.raw;
    if (table == "mangle") return options_.mangle;
    if (table == "nat") return options_.nat && tracking();
    return true;
  }

  std::string make_table(std::string_view table) {
    std::string text = "*" + std::string(table) + "\n";
    std::vector<const ChainSpec*> chains;
    for (const ChainSpec& chain : kChains)
      if (chain.table == table) chains.push_back(&chain);
    for (const ChainSpec* chain : chains) {
      const bool may_drop = chain->base && table == "filter" && chance(35);
      text += ":" + std::string(chain->name) + (chain->base ? may_drop ? " DROP" : " ACCEPT" : " -") + " [0:0]\n";
    }
    const int share = options_.rules *
                      (table == "filter"   ? 45
                       : table == "mangle" ? 30
                       : table == "nat"    ? 15
                                           : 10) /
                      100;
    for (const ChainSpec* chain : chains) text += make_call(*chain, chains);
    for (int i = 0; i < share + 1; ++i) text += make_rule(*chains[below(chains.size())], chains);
    return text + "COMMIT\n";
  }

  /// Somebody calls every user chain, or its rules would be for nothing.
  std::string make_call(const ChainSpec& chain, const std::vector<const ChainSpec*>& chains) {
    if (chain.base) return {};
    std::vector<const ChainSpec*> callers;
    for (const ChainSpec* other : chains)
      if ((other->base || other < &chain) && (other->reach & ~chain.reach) == 0) callers.push_back(other);
    const std::string caller(callers[below(callers.size())]->name);
    return "-A " + caller + pick({"", "", " -p tcp", " -p udp", " -m mark --mark 0x0"}) +
           (chance(25) ? " -g " : " -j ") + std::string(chain.name) + "\n";
  }

  std::string make_rule(const ChainSpec& chain, const std::vector<const ChainSpec*>& chains) {
    chain_ = &chain;
    protocol_.clear();
    std::string rule = "-A " + std::string(chain.name);
    target_ = make_target(chains);
    if (chance(18)) rule += maybe_not() + " -s " + address();
    if (chance(15)) rule += maybe_not() + " -d " + address();
    if (chance(14) && (!chain.base || (chain.reach & (kOut | kPost)) == 0)) rule += maybe_not() + " -i " + interface();
    if (chance(10) && (!chain.base || (chain.reach & (kPre | kIn)) == 0)) rule += maybe_not() + " -o " + interface();
    if (!needs_.empty() || chance(45)) rule += make_protocol();
    if (!options_.v6 && chance(4) && protocol_.empty() && allowed("-f")) rule += chance(50) ? " -f" : " ! -f";
    const std::size_t matches = chance(45) ? 0 : chance(75) ? 1 : 2;
    for (std::size_t i = 0; i < matches; ++i) rule += make_match();
    return rule + target_ + "\n";
  }

  std::string address() {
    return pick46({"192.0.2.0/24", "198.51.100.0/24", "192.0.2.9", "198.51.100.7", "198.51.100.0/29", "192.0.2.1",
                   "203.0.113.0/25", "192.0.2.1/255.255.0.255", "0.0.0.0/1", "128.0.0.0/1"},
                  {"2001:db8::/64", "2001:db8:1::/64", "2001:db8::9", "2001:db8:1::7", "2001:db8:1::/125",
                   "2001:db8::1", "2001:db8:ffff::/48", "2001:db8::1/ffff:ffff::ffff", "2000::/3", "fe80::/10"});
  }
  /// An address whose mask is a prefix: iptables forgets any other in a match.
  std::string network() {
    for (;;) {
      std::string text = address();
      if (text.find("/ffff") == std::string::npos && text.find("/255") == std::string::npos) return text;
    }
  }
  std::string interface() { return pick({"eth0", "eth1", "eth+", "eth0", "eth1", "lo", "wan0"}); }
  std::string port() {
    return pick({"22", "53", "80", "443", "8080", "3000", "0:1023", "1024:65535", "53:443", "8080:"});
  }
  std::string mark() { return pick({"0x0", "0x1", "0x2", "0x3", "0x1/0x3", "0x0/0xf", "0x2/0x2", "0x10/0xf0"}); }

  /// ` -p X` with the options of the protocol's own match.
  std::string make_protocol() {
    static const Texts kKinds4 = {"tcp", "tcp",  "tcp",  "tcp",     "tcp", "udp", "udp",
                                  "udp", "icmp", "sctp", "udplite", "47",  "33",  "all"};
    static const Texts kKinds6 = {"tcp", "tcp",       "tcp",  "tcp",     "tcp", "udp", "udp",
                                  "udp", "ipv6-icmp", "sctp", "udplite", "47",  "33",  "59"};
    std::string kind = needs_.empty() ? pick46(kKinds4, kKinds6) : needs_;
    if (kind == "sctp" && !allowed("sctp")) kind = "tcp";
    if (needs_.empty() && kind != "all" && chance(12)) return " ! -p " + kind;
    std::string text = " -p " + kind;
    protocol_ = kind;
    if (target_.find("TCPMSS") != std::string::npos) return text + " --tcp-flags SYN,RST SYN";
    if (chance(30)) return text;
    if (kind == "tcp") return text + tcp_options();
    if (kind == "udp" || kind == "udplite") return text + (kind == "udp" ? " -m udp" : "") + udp_ports(kind == "udp");
    if (kind == "sctp") return text + " -m sctp" + sctp_options();
    if (kind == "icmp")
      return text + " -m icmp" + maybe_not() + " --icmp-type " + pick({"8", "0", "3", "3/1", "any", "11", "13"});
    if (kind == "ipv6-icmp")
      return text + " -m icmp6" + maybe_not() + " --icmpv6-type " + pick({"128", "129", "1", "1/4", "135", "2", "139"});
    return text;
  }

  std::string tcp_options() {
    std::string text = " -m tcp";
    if (chance(50)) text += maybe_not() + " --dport " + port();
    if (chance(30))
      text += not_twice(text) + " --sport " + pick({"1024:65535", "80", "10000:10020", "0:10030", "22:443"});
    if (chance(35)) {
      text += maybe_not() + " --tcp-flags " +
              pick({"SYN,RST,ACK SYN", "SYN,ACK SYN,ACK", "ALL NONE", "RST RST", "FIN,SYN,RST,PSH,ACK,URG ACK",
                    "FIN,ACK FIN,ACK", "SYN,RST,ACK,FIN SYN", "PSH,URG PSH"});
    } else if (chance(12) && allowed("--tcp-option")) {
      text += maybe_not() + " --tcp-option " + pick({"2", "8", "4", "7"});
    }
    return text;
  }

  std::string udp_ports(bool module) {
    if (!module) return {};
    std::string text;
    if (chance(70)) text += maybe_not() + " --dport " + port();
    if (chance(30)) text += not_twice(text) + " --sport " + pick({"1024:65535", "53", "10000:10020", "0:10030"});
    return text;
  }

  std::string sctp_options() {
    std::string text;
    if (chance(40)) text += maybe_not() + " --dport " + port();
    if (chance(60))
      text += maybe_not() + " --chunk-types " +
              pick({"any INIT,DATA", "all INIT", "only DATA", "any DATA:Be", "all DATA:BE,SACK", "only COOKIE_ECHO",
                    "any HEARTBEAT,ABORT", "only DATA:b,SACK"});
    return text;
  }

  std::string make_match() {
    using Make = std::string (Maker::*)();
    static constexpr std::array<std::pair<std::string_view, Make>, 17> kMatches = {{
        {"conntrack", &Maker::match_conntrack},
        {"conntrack", &Maker::match_state},
        {"conntrack", &Maker::match_conntrack},
        {"mark", &Maker::match_mark},
        {"connmark", &Maker::match_connmark},
        {"mac", &Maker::match_mac},
        {"addrtype", &Maker::match_addrtype},
        {"pkttype", &Maker::match_pkttype},
        {"length", &Maker::match_length},
        {"ttl", &Maker::match_ttl},
        {"dscp", &Maker::match_dscp},
        {"multiport", &Maker::match_multiport},
        {"iprange", &Maker::match_iprange},
        {"statistic", &Maker::match_statistic},
        {"limit", &Maker::match_limit},
        {"multiport", &Maker::match_multiport},
        {"tcpmss", &Maker::match_tcpmss},
    }};
    const auto& [name, make] = kMatches[below(kMatches.size())];
    return allowed(name) ? (this->*make)() : std::string();
  }

  std::string match_state() {
    if (!tracking()) return {};
    return " -m state" + maybe_not() + " --state " +
           pick({"NEW", "ESTABLISHED", "RELATED,ESTABLISHED", "INVALID", "UNTRACKED", "INVALID,NEW"});
  }
  std::string match_conntrack() {
    if (!tracking()) return {};
    std::string text = " -m conntrack";
    switch (below(8)) {
      case 0:
        return text + maybe_not() + " --ctstatus " +
               pick({"SEEN_REPLY", "ASSURED", "CONFIRMED", "NONE", "EXPECTED,ASSURED"});
      case 1: return text + " --ctdir " + pick({"ORIGINAL", "REPLY"});
      case 2: return text + maybe_not() + (chance(50) ? " --ctorigsrc " : " --ctorigdst ") + network();
      case 3: return text + maybe_not() + (chance(50) ? " --ctreplsrc " : " --ctrepldst ") + network();
      case 4:
        return text + maybe_not() +
               pick({" --ctorigdstport ", " --ctorigsrcport ", " --ctreplsrcport ", " --ctrepldstport "}) +
               pick({"80", "22", "10000:10020", "53:443"});
      case 5: return text + maybe_not() + " --ctproto " + pick({"6", "17", "1", "58", "132"});
      default:
        return text + maybe_not() + " --ctstate " +
               pick({"NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED", "RELATED,ESTABLISHED", "SNAT", "DNAT",
                     "DNAT,NEW", "INVALID,SNAT"});
    }
  }
  std::string match_mark() { return " -m mark" + maybe_not() + " --mark " + mark(); }
  std::string match_connmark() {
    return tracking() ? " -m connmark" + maybe_not() + " --mark " + mark() : std::string();
  }
  std::string match_mac() {
    if ((chain_->reach & (kOut | kPost)) != 0) return {};
    return " -m mac" + maybe_not() + " --mac-source " + pick({"02:00:00:00:00:09", "02:00:00:00:00:0a"});
  }
  std::string match_addrtype() {
    const std::string type =
        pick46({"LOCAL", "UNICAST", "BROADCAST", "MULTICAST", "LOCAL,UNICAST", "LOCAL,BROADCAST,MULTICAST"},
               {"LOCAL", "UNICAST", "MULTICAST", "LOCAL,UNICAST", "LOCAL,MULTICAST", "ANYCAST"});
    std::string text = " -m addrtype" + maybe_not() + (chance(50) ? " --src-type " : " --dst-type ") + type;
    const bool has_in = (chain_->reach & (kOut | kPost)) == 0, has_out = (chain_->reach & (kPre | kIn)) == 0;
    if (chance(20) && allowed("--limit-iface"))
      text += has_in ? " --limit-iface-in" : has_out ? " --limit-iface-out" : "";
    return text;
  }
  std::string match_pkttype() {
    return " -m pkttype" + maybe_not() + " --pkt-type " + pick({"unicast", "broadcast", "multicast"});
  }
  std::string match_length() {
    return " -m length" + maybe_not() + " --length " + pick({"40", "0:59", "60:100", "28:1500", "61", "100:"});
  }
  std::string match_ttl() {
    if (options_.v6) return " -m hl" + pick({" --hl-eq 64", " ! --hl-eq 64", " --hl-gt 63", " --hl-lt 64"});
    return " -m ttl" + pick({" --ttl-eq 64", " ! --ttl-eq 64", " --ttl-gt 63", " --ttl-lt 64"});
  }
  std::string match_dscp() {
    if (chance(50)) return " -m dscp" + maybe_not() + " --dscp " + pick({"0x00", "0x2e", "0x0a", "0x04"});
    return " -m tos" + maybe_not() + " --tos " + pick({"0x10", "0x00/0x3f", "0x08/0xff", "0xb8/0xfc"});
  }
  std::string match_multiport() {
    static const std::set<std::string> kPorts = {"tcp", "udp", "sctp", "udplite", "33"};
    if (!kPorts.contains(protocol_)) return {};
    return " -m multiport" + maybe_not() + pick({" --dports ", " --sports ", " --ports "}) +
           pick({"22,80", "22:80,443", "53", "10000:10030,8080", "1:1024,3000:8080"});
  }
  std::string match_iprange() {
    return " -m iprange" + maybe_not() + (chance(50) ? " --src-range " : " --dst-range ") +
           pick46({"192.0.2.1-192.0.2.50", "198.51.100.7-198.51.100.8", "0.0.0.0-198.51.100.100",
                   "203.0.113.9-203.0.113.9"},
                  {"2001:db8::1-2001:db8::50", "2001:db8:1::7-2001:db8:1::8", "::-2001:db8:1::100",
                   "2001:db8:ffff::9-2001:db8:ffff::9"});
  }
  std::string match_statistic() {
    return " -m statistic --mode nth" + maybe_not() + " --every " +
           pick({"2 --packet 0", "3 --packet 1", "5 --packet 4", "1 --packet 0", "4 --packet 0"});
  }
  /// Refills so slowly that nothing of it is seen.
  std::string match_limit() {
    return " -m limit --limit " +
           pick({"1/hour --limit-burst 5", "1/hour --limit-burst 1", "1/hour --limit-burst 12", "2/hour"});
  }
  std::string match_tcpmss() {
    if (protocol_ != "tcp") return {};
    // Negated it reads a header even where later fragments have none, which only untracked traffic shows.
    return " -m tcpmss" + (tracking() ? maybe_not() : std::string()) + " --mss " +
           pick({"536", "1460", "500:1460", "0:600"});
  }

  std::string make_target(const std::vector<const ChainSpec*>& chains) {
    needs_.clear();
    if (chance(25)) {
      const std::string chain = callee(chains);
      if (!chain.empty()) return (chance(25) ? " -g " : " -j ") + chain;
    }
    if (chance(24)) return {};
    if (chance(12) && !chain_->base) return " -j RETURN";
    if (chance(6) && chain_->base) return " -j RETURN";
    if (chance(5) && allowed("LOG")) return " -j LOG --log-prefix \"random \"";
    if (chain_->table == "raw") return raw_target();
    if (chain_->table == "mangle") return mangle_target();
    if (chain_->table == "nat") return nat_target();
    return filter_target();
  }

  std::string callee(const std::vector<const ChainSpec*>& chains) {
    std::vector<const ChainSpec*> fitting;
    for (const ChainSpec* other : chains) {
      const bool below_this = chain_->base || other > chain_;
      if (!other->base && below_this && (chain_->reach & ~other->reach) == 0) fitting.push_back(other);
    }
    return fitting.empty() ? std::string() : std::string(fitting[below(fitting.size())]->name);
  }

  std::string raw_target() {
    if (chance(25) && allowed("NOTRACK")) return pick({" -j NOTRACK", " -j CT --notrack"});
    if (chance(25)) return " -j MARK --set-xmark " + pick({"0x1/0xffffffff", "0x2/0x3"});
    return chance(20) ? " -j DROP" : " -j ACCEPT";
  }

  std::string mangle_target() {
    switch (below(10)) {
      case 0:
      case 1:
      case 2:
        return " -j MARK " + pick({"--set-xmark 0x1/0xffffffff", "--set-xmark 0x2/0x3", "--or-mark 0x10",
                                   "--and-mark 0x1", "--xor-mark 0x3"});
      case 3:
      case 4:
        if (!tracking()) return " -j ACCEPT";
        return " -j CONNMARK " + pick({"--set-xmark 0x1/0xffffffff", "--save-mark", "--restore-mark",
                                       "--save-mark --nfmask 0xf --ctmask 0xf",
                                       "--restore-mark --nfmask 0xf --ctmask 0xf", "--set-xmark 0x2/0xf"});
      case 5: return allowed("DSCP") ? " -j DSCP --set-dscp " + pick({"0x0a", "0x2e", "0x00"}) : "";
      case 6: return allowed("TOS") ? " -j TOS --set-tos " + pick({"0x10/0xff", "0x08/0x3f", "0x00/0xfc"}) : "";
      case 7:
        if (!allowed("TTL")) return "";
        return (options_.v6 ? " -j HL --hl-set " : " -j TTL --ttl-set ") + pick({"64", "5", "1"});
      case 8:
        if (!allowed("TCPMSS")) return "";
        needs_ = "tcp";
        return " -j TCPMSS --set-mss " + pick({"1300", "500", "1460"});
      default: return chance(15) ? " -j DROP" : " -j ACCEPT";
    }
  }

  std::string nat_target() {
    const unsigned reach = chain_->reach;
    if (chance(15) || reach == kEverywhere || !allowed("NAT")) return " -j ACCEPT";
    if ((reach & (kPre | kOut)) != 0) {
      if (chance(25)) {
        if (chance(50)) return " -j REDIRECT";
        needs_ = chance(60) ? "tcp" : "udp";
        return " -j REDIRECT --to-ports " + pick({"8080", "3128"});
      }
      const bool port = chance(50);
      if (port) needs_ = chance(60) ? "tcp" : "udp";
      const std::string end = port ? pick({":80", ":8080", ":22"}) : "";
      std::string to =
          pick46({"198.51.100.7", "198.51.100.8", "192.0.2.1", "192.0.2.77", "198.51.100.7-198.51.100.8"},
                 {"2001:db8:1::7", "2001:db8:1::8", "2001:db8::1", "2001:db8::77", "2001:db8:1::7-2001:db8:1::8"});
      if (options_.v6 && port) to = "[" + to + "]";
      return " -j DNAT --to-destination " + to + end;
    }
    if (reach == kPost && chance(40)) return " -j MASQUERADE";
    return " -j SNAT --to-source " +
           pick46({"192.0.2.1", "192.0.2.50", "198.51.100.1", "192.0.2.50-192.0.2.53"},
                  {"2001:db8::1", "2001:db8::50", "2001:db8:1::1", "2001:db8::50-2001:db8::53"});
  }

  std::string filter_target() {
    if (chance(8)) return " -j MARK --set-xmark 0x1/0xf";
    if (chance(18) && allowed("REJECT")) {
      if (chance(30)) {
        needs_ = "tcp";
        return " -j REJECT --reject-with tcp-reset";
      }
      return " -j REJECT --reject-with " + pick46({"icmp-port-unreachable", "icmp-admin-prohibited"},
                                                  {"icmp6-port-unreachable", "icmp6-adm-prohibited"});
    }
    return chance(40) ? " -j DROP" : " -j ACCEPT";
  }

  std::mt19937_64 random_;
  const RulesetOptions& options_;
  const ChainSpec* chain_ = nullptr;
  std::string protocol_;  // of the rule being made, when it is a plain `-p`
  std::string needs_;     // protocol that the target needs
  std::string target_;
};

}  // namespace

std::string random_ruleset(std::uint64_t seed, const RulesetOptions& options) { return Maker(seed, options).ruleset(); }

}  // namespace nfproof::testing
