// SPDX-License-Identifier: Apache-2.0
// Tests that are no field tests, and all of a rule together.
#include "backends/iptables_core.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <variant>

namespace nfproof::backends {
namespace {

/// Rules that one rule may become.
constexpr std::size_t kMostRules = 1024;

IptablesMatches one(std::string text, bool stateful = false) { return {{{-1, std::move(text)}}, "", stateful}; }

IptablesMatches limit(const ir::Limit& limit) {
  static constexpr std::pair<std::uint32_t, const char*> kUnits[] = {
      {1, "sec"}, {60, "min"}, {3600, "hour"}, {86400, "day"}};
  for (const auto& [seconds, name] : kUnits)
    if (seconds == limit.unit_seconds)
      return one(" -m limit --limit " + std::to_string(limit.count) + "/" + name + " --limit-burst " +
                     std::to_string(limit.burst),
                 true);
  return no_way("a rate per " + std::to_string(limit.unit_seconds) + " seconds");
}

IptablesMatches statistic(const ir::Statistic& test) {
  const std::string bang = test.negated ? "! " : "";
  if (test.mode == ir::Statistic::Mode::kNth)
    return one(" -m statistic --mode nth " + bang + "--every " + std::to_string(test.every) + " --packet " +
                   std::to_string(test.packet),
               true);
  char text[32];
  std::snprintf(text, sizeof text, "%.11f", static_cast<double>(test.probability) / 2147483648.0);
  return one(" -m statistic --mode random " + bang + "--probability " + text, true);
}

IptablesMatches set(const ir::SetLookup& test) {
  std::string out = std::string(" -m set ") + (test.negated ? "! " : "") + "--match-set " + test.set.name + " ";
  for (unsigned i = 0; i < test.set.dimensions; ++i)
    out += (i == 0 ? "" : ",") + std::string((test.set.sources >> i & 1U) != 0 ? "src" : "dst");
  return one(out);
}

IptablesMatches conn_limit(const ir::ConnLimit& test) {
  return one(" -m connlimit --connlimit-" + std::string(test.negated ? "upto " : "above ") +
                 std::to_string(test.limit) + " --connlimit-mask " + std::to_string(test.prefix) +
                 (test.destination ? " --connlimit-daddr" : " --connlimit-saddr"),
             true);
}

IptablesMatches conn_bytes(const ir::ConnBytes& test) {
  static constexpr const char* kWhat[] = {"packets", "bytes", "avgpkt"};
  static constexpr const char* kDirections[] = {"original", "reply", "both"};
  std::string range = std::to_string(test.from) + ":";
  if (test.to != ~std::uint64_t{0}) range += std::to_string(test.to);
  return one(std::string(" -m connbytes ") + (test.negated ? "! " : "") + "--connbytes " + range +
             " --connbytes-mode " + kWhat[static_cast<std::size_t>(test.what)] + " --connbytes-dir " +
             kDirections[static_cast<std::size_t>(test.direction)]);
}

/// One test whose opposite has an option, too: the packet has the field, or always would.
const ir::FieldTest* negated_field(const ir::Ruleset& ruleset, const ir::AnyOf& any) {
  if (!any.negated || any.any.size() != 1) return nullptr;
  const auto* test = std::get_if<ir::FieldTest>(&ruleset.predicates[any.any.front()]);
  if (test == nullptr) return nullptr;
  return iptables_always_has(ir::field_info(test->field).presence) ? test : nullptr;
}

/// Modules without a meaning here keep their arguments, in the syntax they were written in: `--uid-owner 5`, or `meta
/// skuid != 5`, which asks for a socket in any case.
IptablesMatches opaque(const ir::Opaque& test) {
  static constexpr std::pair<std::string_view, const char*> kNftOwners[] = {{"meta skuid ", "--uid-owner "},
                                                                            {"meta skgid ", "--gid-owner "}};
  const std::string_view arguments = test.arguments;
  for (const auto& [words, option] : kNftOwners) {
    if (!arguments.starts_with(words)) continue;
    std::string value(arguments.substr(words.size()));
    const bool negated = value.starts_with("!= ");
    if (negated) value = value.substr(3);
    if (value.find_first_not_of("0123456789-") != std::string::npos) return no_way("several owners in one test");
    return one(std::string(" -m owner ") + (negated ? "--socket-exists ! " : "") + option + value);
  }
  for (const std::string_view known : {"owner", "cgroup", "osf"})
    if (test.module == known && !test.unreadable && arguments.starts_with("--"))
      return one(" -m " + test.module + " " + test.arguments);
  return no_way("`" + test.module + "` is not known to iptables");
}

/// None of several tests of owner: each is an option that is negated.
IptablesMatches no_owner(const ir::Ruleset& ruleset, const ir::AnyOf& any) {
  std::string out = " -m owner";
  for (const ir::PredicateId id : any.any) {
    const auto* test = std::get_if<ir::Opaque>(&ruleset.predicates[id]);
    const bool one_option = test != nullptr && test->module == "owner" && test->arguments.starts_with("--") &&
                            test->arguments.find(" --") == std::string::npos;
    if (!one_option) return no_way("none of several alternatives");
    out += " ! " + test->arguments;
  }
  return one(out);
}

IptablesMatches any_of(const ir::Ruleset& ruleset, const ir::AnyOf& any, ir::Family family) {
  if (any.any.empty()) return any.negated ? one("") : IptablesMatches{};
  if (const ir::FieldTest* test = negated_field(ruleset, any)) {
    ir::FieldTest opposite = *test;
    opposite.negated = !opposite.negated;
    return iptables_field(opposite, family);
  }
  if (any.negated) return no_owner(ruleset, any);
  IptablesMatches out;
  for (const ir::PredicateId id : any.any) {
    if (std::holds_alternative<ir::AnyOf>(ruleset.predicates[id])) return no_way("alternatives within alternatives");
    IptablesMatches part = iptables_predicate(ruleset, id, family);
    if (!part.problem.empty()) return part;
    out.stateful = out.stateful || part.stateful;
    out.ways.insert(out.ways.end(), part.ways.begin(), part.ways.end());
  }
  return out;
}

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

/// Both together; protocols must agree.
std::vector<IptablesMatch> combine(const std::vector<IptablesMatch>& a, const std::vector<IptablesMatch>& b) {
  std::vector<IptablesMatch> out;
  for (const IptablesMatch& left : a) {
    for (const IptablesMatch& right : b) {
      if (left.protocol >= 0 && right.protocol >= 0 && left.protocol != right.protocol) continue;
      out.push_back({std::max(left.protocol, right.protocol), left.text + right.text});
      if (out.size() > kMostRules) return out;
    }
  }
  return out;
}

std::string protocol_text(int protocol) {
  static constexpr std::pair<int, const char*> kNames[] = {{1, "icmp"},       {6, "tcp"},    {17, "udp"},
                                                           {33, "dccp"},      {50, "esp"},   {51, "ah"},
                                                           {58, "ipv6-icmp"}, {132, "sctp"}, {136, "udplite"}};
  for (const auto& [number, name] : kNames)
    if (number == protocol) return std::string(" -p ") + name;
  return " -p " + std::to_string(protocol);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// May a packet fulfil another alternative yet when the rule has done its work for one, or two at once?
bool may_come_again(const RuleTest& test) {
  const auto* field = std::get_if<ir::FieldTest>(&test);
  if (field == nullptr) return true;
  switch (field->field) {
    case ir::FieldId::kMark:
    case ir::FieldId::kCtMark:
    case ir::FieldId::kCtState:
    case ir::FieldId::kIpTos:
    case ir::FieldId::kIp6Tclass:
    case ir::FieldId::kIpTtl:
    case ir::FieldId::kIp6HopLimit:
    case ir::FieldId::kTcpMss:
    case ir::FieldId::kTcpOption: return true;
    default: return field->values.masks() != nullptr;
  }
}

constexpr const char* kNeverButAsks = "a test that keeps a state, beside others that no packet fulfils";

bool keeps_state(const ir::Ruleset& ruleset, ir::PredicateId id) {
  const ir::Predicate& predicate = ruleset.predicates[id];
  const auto* any = std::get_if<ir::AnyOf>(&predicate);
  if (any == nullptr) return ir::answers_by_rule(predicate);
  return std::any_of(any->any.begin(), any->any.end(),
                     [&](ir::PredicateId part) { return ir::answers_by_rule(ruleset.predicates[part]); });
}

/// Basic options are looked at before all modules.
bool comes_first(const IptablesMatch& way, const std::vector<IptablesMatch>& so_far) {
  static constexpr std::array<std::string_view, 11> kBasic = {" -s ",   " -d ",   " -i ",   " -o ",  " -f",   " ! -s ",
                                                              " ! -d ", " ! -i ", " ! -o ", " ! -f", " ! -p "};
  const bool protocol = way.protocol >= 0 && std::any_of(so_far.begin(), so_far.end(),
                                                         [](const IptablesMatch& each) { return each.protocol < 0; });
  return protocol || std::any_of(kBasic.begin(), kBasic.end(),
                                 [&](std::string_view option) { return way.text.starts_with(option); });
}

bool decides(const ir::Rule& rule) {
  const auto kind = rule.verdict.kind;
  return kind != ir::VerdictKind::kContinue && kind != ir::VerdictKind::kJump;
}

}  // namespace

IptablesMatches iptables_predicate(const ir::Ruleset& ruleset, ir::PredicateId id, ir::Family family) {
  return std::visit(
      Overloaded{
          [&](const ir::FieldTest& test) { return iptables_field(test, family); },
          [&](const ir::AnyOf& any) { return any_of(ruleset, any, family); },
          [](const ir::Limit& test) { return limit(test); }, [](const ir::Statistic& test) { return statistic(test); },
          [](const ir::SetLookup& test) { return set(test); },
          [](const ir::ConnLimit& test) { return conn_limit(test); },
          [](const ir::ConnBytes& test) { return conn_bytes(test); },
          [](const ir::Quota& test) {
            return one(std::string(" -m quota ") + (test.negated ? "! " : "") + "--quota " + std::to_string(test.bytes),
                       true);
          },
          [](const ir::HelperTest& test) { return one(" -m helper --helper " + quoted(test.name)); },
          [](const ir::Opaque& test) { return opaque(test); },
          [](const auto& other) {
            return no_way("`" + std::string(ir::module_of(ir::Predicate(other))) +
                          "` cannot be written for iptables yet");
          }},
      ruleset.predicates[id]);
}

IptablesRule iptables_rule(const ir::Ruleset& ruleset, ir::RuleRef ref, const IptablesTests& tests, ir::Family family,
                           const std::function<std::string(ir::ChainId)>& chain_name) {
  const ir::Rule& rule = *ruleset.rule(ref);
  IptablesRule out;
  const auto asked = tests.tests(ref);
  if (!asked) {
    if (std::any_of(rule.when.begin(), rule.when.end(),
                    [&](const ir::Condition& each) { return keeps_state(ruleset, each.predicate); }))
      out.problem = kNeverButAsks;
    return out;
  }
  bool again = false;
  std::vector<IptablesMatch> ways = {{-1, ""}};
  for (const RuleTest& test : *asked) {
    const auto* field = std::get_if<ir::FieldTest>(&test);
    IptablesMatches each = field != nullptr ? iptables_field(*field, family)
                                            : iptables_predicate(ruleset, std::get<ir::PredicateId>(test), family);
    if (!each.problem.empty()) return out.problem = each.problem, out;
    if (out.stateful && std::any_of(each.ways.begin(), each.ways.end(),
                                    [&](const IptablesMatch& way) { return comes_first(way, ways); }))
      return out.problem = "a test that keeps a state, before tests that iptables makes first (write it last)", out;
    out.stateful = out.stateful || each.stateful;
    again = again || (each.ways.size() > 1 && may_come_again(test));
    ways = combine(ways, each.ways);
  }
  if (ways.size() > kMostRules)
    return out.problem = "more than " + std::to_string(kMostRules) + " rules of iptables", out;
  if (ways.size() > 1 && out.stateful) return out.problem = "a test that keeps a state, in several rules", out;
  out.once = ways.size() > 1 && again && !decides(rule);
  const std::string comment = rule.comment.empty() ? "" : " -m comment --comment " + quoted(rule.comment);
  for (const IptablesMatch& way : ways)
    out.matches.push_back((way.protocol >= 0 ? protocol_text(way.protocol) : "") + way.text + comment);
  if (ways.empty() && out.stateful) out.problem = kNeverButAsks;
  if (ways.empty()) return out;
  out.targets = iptables_targets(rule, family, chain_name, out.problem);
  return out;
}

}  // namespace nfproof::backends
