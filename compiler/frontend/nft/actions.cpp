// SPDX-License-Identifier: Apache-2.0
// Statements that need no map: see effects.h.
#include <array>
#include <span>

#include "compiler/frontend/nft/duration.h"
#include "compiler/frontend/nft/effects.h"
#include "compiler/frontend/nft/special_matches.h"

namespace nfproof::compiler::nft {
namespace {

using ir::RejectWith;
using Kind = Statement::Kind;

struct RejectName {
  std::string_view name;
  RejectWith with;
};
constexpr std::array<RejectName, 14> kReject4 = {{{"net-unreachable", RejectWith::kIcmpNetUnreachable},
                                                  {"host-unreachable", RejectWith::kIcmpHostUnreachable},
                                                  {"port-unreachable", RejectWith::kIcmpPortUnreachable},
                                                  {"prot-unreachable", RejectWith::kIcmpProtoUnreachable},
                                                  {"net-prohibited", RejectWith::kIcmpNetProhibited},
                                                  {"host-prohibited", RejectWith::kIcmpHostProhibited},
                                                  {"admin-prohibited", RejectWith::kIcmpAdminProhibited},
                                                  {"0", RejectWith::kIcmpNetUnreachable},
                                                  {"1", RejectWith::kIcmpHostUnreachable},
                                                  {"2", RejectWith::kIcmpProtoUnreachable},
                                                  {"3", RejectWith::kIcmpPortUnreachable},
                                                  {"9", RejectWith::kIcmpNetProhibited},
                                                  {"10", RejectWith::kIcmpHostProhibited},
                                                  {"13", RejectWith::kIcmpAdminProhibited}}};
constexpr std::array<RejectName, 12> kReject6 = {{{"no-route", RejectWith::kIcmp6NoRoute},
                                                  {"admin-prohibited", RejectWith::kIcmp6AdmProhibited},
                                                  {"addr-unreachable", RejectWith::kIcmp6AddrUnreachable},
                                                  {"port-unreachable", RejectWith::kIcmp6PortUnreachable},
                                                  {"policy-fail", RejectWith::kIcmp6PolicyFail},
                                                  {"reject-route", RejectWith::kIcmp6RejectRoute},
                                                  {"0", RejectWith::kIcmp6NoRoute},
                                                  {"1", RejectWith::kIcmp6AdmProhibited},
                                                  {"3", RejectWith::kIcmp6AddrUnreachable},
                                                  {"4", RejectWith::kIcmp6PortUnreachable},
                                                  {"5", RejectWith::kIcmp6PolicyFail},
                                                  {"6", RejectWith::kIcmp6RejectRoute}}};

/// What `icmpx` means for each family (nft_reject_icmp_code of net/netfilter/nft_reject.c).
constexpr std::array<RejectName, 4> kRejectX4 = {{{"port-unreachable", RejectWith::kIcmpPortUnreachable},
                                                  {"admin-prohibited", RejectWith::kIcmpAdminProhibited},
                                                  {"no-route", RejectWith::kIcmpNetUnreachable},
                                                  {"host-unreachable", RejectWith::kIcmpHostUnreachable}}};
constexpr std::array<RejectName, 4> kRejectX6 = {{{"port-unreachable", RejectWith::kIcmp6PortUnreachable},
                                                  {"admin-prohibited", RejectWith::kIcmp6AdmProhibited},
                                                  {"no-route", RejectWith::kIcmp6NoRoute},
                                                  {"host-unreachable", RejectWith::kIcmp6AddrUnreachable}}};

std::optional<RejectWith> reject_of(std::span<const RejectName> names, std::string_view name) {
  for (const RejectName& row : names)
    if (row.name == name) return row.with;
  return std::nullopt;
}

class ActionLowering {
 public:
  ActionLowering(const LowerContext& context, const Statement& statement) : context_(context), in_(statement) {}

  std::optional<std::vector<Action>> run() {
    switch (in_.kind) {
      case Kind::kLog: return log();
      case Kind::kReject: return reject();
      case Kind::kQueue: return queue();
      case Kind::kNotrack: return only(ir::Notrack{});
      case Kind::kDup: return duplicate();
      case Kind::kTproxy: return to_socket();
      case Kind::kSynproxy: return answer_syn();
      case Kind::kStrip: return strip();
      case Kind::kFlow: {
        auto aside = lower_flowtable(context_, in_);
        if (!aside) return std::nullopt;
        return only(std::move(*aside));
      }
      default: break;
    }
    return context_.unsupported(in_.span, "this statement has no meaning here");
  }

 private:
  static std::vector<Action> only(ir::Effect effect) {
    std::vector<Action> actions(1);
    actions.front().effects.push_back(std::move(effect));
    return actions;
  }
  [[nodiscard]] std::string_view word(std::size_t index) const {
    return index < in_.words.size() ? in_.words[index].text : std::string_view();
  }
  [[nodiscard]] std::optional<std::uint64_t> number(std::size_t index, std::uint64_t max) const {
    const auto value = read_plain_number(word(index));
    return value && *value <= max ? value : std::nullopt;
  }

  std::optional<std::vector<Action>> log() const {
    static constexpr std::array<std::string_view, 8> kLevels = {"emerg", "alert",  "crit", "err",
                                                                "warn",  "notice", "info", "debug"};
    ir::Log log;
    std::optional<ir::Nflog> nflog;
    std::optional<std::uint32_t> snaplen;
    std::uint16_t threshold = 0;
    std::size_t flags_at = 0;
    for (std::size_t i = 1; i < in_.words.size(); ++i) {
      const std::string_view name = word(i);
      if (name == "prefix") {
        log.prefix = std::string(word(++i));
      } else if (name == "level") {
        const std::string_view level = word(++i);
        for (std::size_t n = 0; n < kLevels.size(); ++n)
          if (kLevels[n] == level) log.level = static_cast<std::uint8_t>(n);
        if (level == "audit") return only(ir::Aside{"AUDIT", ""});
      } else if (name == "group") {
        const auto group = number(++i, 65535);
        if (!group) return context_.error(in_.words[i].span, "expected the number of a group");
        nflog.emplace();
        nflog->group = static_cast<std::uint16_t>(*group);
      } else if (name == "snaplen") {
        if (const auto length = number(++i, 0xffffffff)) snaplen = static_cast<std::uint32_t>(*length);
      } else if (name == "queue-threshold") {
        if (const auto count = number(++i, 65535)) threshold = static_cast<std::uint16_t>(*count);
      } else if (name == "flags") {
        flags_at = i + 1;
        log.flags = static_cast<std::uint8_t>(log.flags | flag(word(++i)));
      } else if (name == "sequence" || name == "options") {
        const bool tcp = word(flags_at) == "tcp";
        log.flags = static_cast<std::uint8_t>(log.flags | (name == "sequence" ? 1 : tcp ? 2 : 4));
      }
    }
    if (!nflog) return only(std::move(log));
    nflog->prefix = log.prefix;
    nflog->snaplen = snaplen;
    nflog->threshold = threshold;
    return only(std::move(*nflog));
  }
  /// XT_LOG_* of include/uapi/linux/netfilter/xt_LOG.h
  static unsigned flag(std::string_view name) {
    if (name == "skuid") return 8;
    if (name == "ether") return 32;
    return name == "all" ? 47 : 0;
  }

  static Action rejecting(RejectWith with, std::optional<ir::Family> family) {
    Action action;
    if (with == RejectWith::kTcpReset) action.tests.push_back(protocol_test(ir::kProtoTcp));
    if (family) action.tests.push_back(family_test(*family));
    action.verdict = ir::Verdict{.kind = ir::VerdictKind::kReject, .reject = with};
    return action;
  }

  std::optional<std::vector<Action>> reject() const {
    const bool inet = context_.family == ir::Family::kInet;
    std::string_view kind = word(2);
    std::string_view name = in_.words.back().text;
    if (kind == "tcp") return std::vector<Action>{rejecting(RejectWith::kTcpReset, std::nullopt)};
    if (in_.words.size() < 3) kind = "icmpx", name = "port-unreachable";
    using Found = std::optional<RejectWith>;
    const bool x = kind == "icmpx";
    const Found v4 = x ? reject_of(kRejectX4, name) : kind == "icmp" ? reject_of(kReject4, name) : Found();
    const Found v6 = x ? reject_of(kRejectX6, name) : kind == "icmpv6" ? reject_of(kReject6, name) : Found();
    if (!v4 && !v6 && number(in_.words.size() - 1, 255))
      return context_.unsupported(in_.words.back().span, "answers with this code are not handled");
    if (!v4 && !v6) return context_.error(in_.words.back().span, "unknown answer `" + std::string(name) + '`');
    std::vector<Action> actions;
    const auto may_be = [&](ir::Family family) {
      return context_.packet_family ? *context_.packet_family == family : inet || context_.family == family;
    };
    const auto only_if = [&](ir::Family family) { return inet ? std::optional(family) : std::nullopt; };
    if (v4 && may_be(ir::Family::kIpv4)) actions.push_back(rejecting(*v4, only_if(ir::Family::kIpv4)));
    if (v6 && may_be(ir::Family::kIpv6)) actions.push_back(rejecting(*v6, only_if(ir::Family::kIpv6)));
    if (actions.empty()) return context_.error(in_.span, "the answer belongs to the other family");
    return actions;
  }

  std::optional<std::vector<Action>> queue() const {
    ir::Verdict verdict{.kind = ir::VerdictKind::kQueue};
    for (const Token& each : in_.words) {
      if (each.text == "bypass") verdict.bypass = true;
      if (each.text == "fanout") verdict.cpu_fanout = true;
    }
    if (!in_.parts.empty()) {
      const auto range = plain_intervals(in_.parts.front(), "", 65535);
      if (!range || range->front().hi > 65535)
        return context_.unsupported(in_.parts.front().span, "queues that depend on the packet are not handled");
      verdict.queue = static_cast<std::uint16_t>(range->front().lo);
      verdict.more_queues = static_cast<std::uint16_t>(range->front().hi - range->front().lo);
    }
    std::vector<Action> actions(1);
    actions.front().verdict = verdict;
    return actions;
  }

  /// A constant address at `parts[index]`.
  [[nodiscard]] std::optional<ir::u128> address(std::size_t index) const {
    if (index >= in_.parts.size()) return std::nullopt;
    for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6})
      if (const auto found = ir::parse_address(in_.parts[index].text, family)) return found;
    return std::nullopt;
  }

  std::optional<std::vector<Action>> duplicate() const {
    const auto gateway = address(0);
    if (!gateway) return context_.unsupported(in_.span, "expected a constant address");
    ir::Duplicate effect;
    effect.gateway = *gateway;
    if (in_.parts.size() > 1) effect.interface = std::string(in_.parts[1].text);
    return only(std::move(effect));
  }

  /// That there is a socket is taken for granted: without one nftables goes on with the next rule.
  std::optional<std::vector<Action>> to_socket() const {
    ir::GiveToSocket effect;
    bool port = false;
    std::optional<ir::Family> family;
    for (const Token& each : in_.words) {
      if (each.text == ":") port = true;
      if (each.text == "ip") family = ir::Family::kIpv4;
      if (each.text == "ip6") family = ir::Family::kIpv6;
      if (!each.text.empty()) {
        for (const ir::Family each_family : {ir::Family::kIpv4, ir::Family::kIpv6})
          if (const auto bracketed = ir::parse_address(each.text, each_family)) effect.address = *bracketed;
        continue;
      }
      const Expr& part = in_.parts[each.type];
      if (port) {
        const auto number = plain_number(part);
        if (!number || *number > 65535) return context_.unsupported(part.span, "expected a constant port");
        effect.port = static_cast<std::uint16_t>(*number);
      } else if (const auto found = address(each.type)) {
        effect.address = *found;
      } else {
        return context_.unsupported(part.span, "expected a constant address");
      }
    }
    std::vector<Action> actions = only(std::move(effect));  // the rule goes on
    if (family && context_.family == ir::Family::kInet) actions.front().tests.push_back(family_test(*family));
    return actions;
  }

  std::optional<std::vector<Action>> strip() const {
    const std::optional<std::uint8_t> kind = tcp_option_kind(in_.words.back().text);
    if (!kind) return context_.error(in_.words.back().span, "unknown TCP option");
    ir::StripTcpOptions effect;
    effect.options[*kind / 32] |= 1U << (*kind % 32);
    std::vector<Action> actions = only(effect);
    actions.front().tests.push_back(protocol_test(ir::kProtoTcp));
    return actions;
  }

  std::optional<std::vector<Action>> answer_syn() const {
    if (word(1) == "name") return only(ir::OpaqueEffect{"SYNPROXY", std::string(in_.words.back().text), false});
    ir::AnswerSyn effect;
    for (std::size_t i = 1; i < in_.words.size(); ++i) {
      if (word(i) == "mss") {
        if (const auto mss = number(++i, 65535)) effect.mss = static_cast<std::uint16_t>(*mss);
      } else if (word(i) == "wscale") {
        if (const auto scale = number(++i, 14)) effect.window_scale = static_cast<std::uint8_t>(*scale);
      } else if (word(i) == "timestamp") {
        effect.timestamp = true;
      } else if (word(i).starts_with("sack")) {
        effect.sack_permitted = true;
      }
    }
    return only(std::move(effect));
  }

  const LowerContext& context_;
  const Statement& in_;
};

}  // namespace

std::optional<std::vector<Action>> lower_action(const LowerContext& context, const Statement& statement) {
  return ActionLowering(context, statement).run();
}

}  // namespace nfproof::compiler::nft
