// SPDX-License-Identifier: Apache-2.0
// One walk through the statements: see rule_check.h. Versions of nft differ in what they take; what one of the common
// ones takes is taken here.
#include "compiler/frontend/nft/rule_check.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "compiler/frontend/nft/element_check.h"
#include "compiler/frontend/nft/rule_headers.h"
#include "compiler/ir/address.h"

namespace nfproof::compiler::nft {
namespace {

using Kind = Statement::Kind;

bool has_word(const Statement& statement, std::string_view word) {
  return std::any_of(statement.words.begin(), statement.words.end(),
                     [word](const Token& each) { return each.kind == TokenKind::kWord && each.text == word; });
}

bool is_mark(const Token& token, std::string_view mark) { return token.kind == TokenKind::kMark && token.text == mark; }

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The family of a constant address, a range or a network of them.
std::optional<ir::Family> family_of(const Expr& expr) {
  const std::string_view text = expr.kind == Expr::Kind::kRange ? expr.parts[0].text : expr.text;
  const std::string_view first = text.substr(0, text.find_first_of("-/"));
  for (const ir::Family family : {ir::Family::kIpv4, ir::Family::kIpv6})
    if (ir::parse_address(first, family)) return family;
  return std::nullopt;
}

class RuleCheck {
 public:
  RuleCheck(const StoredRule& rule, StoredTable& table, source::Diagnostics& diagnostics)
      : rule_(rule), table_(table), diagnostics_(diagnostics), headers_(table.family, diagnostics) {}

  bool run() {
    for (std::size_t i = 0; i < rule_.statements.size() && good_; ++i) {
      const Statement& statement = rule_.statements[i];
      const bool last = i + 1 == rule_.statements.size();
      if (statement.kind == Kind::kComment) {
        if (!last) fail(statement.span, "the comment of a rule is its last part");
        break;
      }
      if (!end_.empty()) fail(statement.span, "nothing happens behind `" + std::string(end_) + '`');
      good_ = headers_.take(statement) && good_;
      if (good_) check(statement);
    }
    return good_;
  }

 private:
  void fail(const source::Span& span, std::string message) {
    diagnostics_.error("bad-nft", span, std::move(message));
    good_ = false;
  }

  void check(const Statement& statement) {
    switch (statement.kind) {
      case Kind::kMatch: return match(statement);
      case Kind::kVerdictMap: return verdict_map(statement);
      case Kind::kSetUpdate: return update(statement);
      case Kind::kLog: return log(statement);
      case Kind::kLimit: return limit(statement);
      case Kind::kNat: return nat(statement);
      case Kind::kTproxy: return tproxy(statement);
      case Kind::kQueue: end_ = "queue"; return;
      case Kind::kVerdict:
        if (statement.words.front().text != "continue") end_ = statement.words.front().text;
        return;
      case Kind::kReject:
        end_ = "reject";
        if (has_word(statement, "reset") && !headers_.transport().empty() && headers_.transport() != "tcp")
          fail(statement.span,
               "only TCP has a reset, and the packets are of `" + std::string(headers_.transport()) + '`');
        return;
      case Kind::kDup:
        if (table_.family == ir::Family::kInet)
          fail(statement.span, "`dup` belongs into tables of `ip` and `ip6`, not of `inet`");
        return;
      default: return;
    }
  }

  // --- Sets ---

  void match(const Statement& statement) {
    const Expr& values = statement.parts[1];
    if (values.kind == Expr::Kind::kSetName) return named_set(statement.parts[0], values);
    if (values.kind != Expr::Kind::kSet) return;
    if (values.parts.empty()) return fail(values.span.is_known() ? values.span : statement.span, "the set is empty");
    for (const Expr& each : values.parts)
      if (each.parts.size() > 1) return fail(each.span, "`KEY : VALUE` belongs into a map");
  }

  void verdict_map(const Statement& statement) {
    const Expr& map = statement.parts[1];
    if (map.kind == Expr::Kind::kSet && map.parts.empty())
      return fail(map.span.is_known() ? map.span : statement.span, "the map is empty");
    if (map.kind == Expr::Kind::kSet)
      good_ = check_overlaps(map.parts, data_type_of(statement.parts[0], table_.family), diagnostics_) && good_;
    if (map.kind != Expr::Kind::kSetName) return;
    const StoredSet* set = table_.find_set(map.text);
    if (set == nullptr) return;  // the lowering tells
    if (!set->is_map) return fail(map.span, '`' + set->name + "` is a set, not a map");
    if (!set->data_types.empty() && set->data_types.front() != "verdict")
      return fail(map.span, "the map `" + set->name + "` holds `" + set->data_types.front() + "`, not verdicts");
    named_set(statement.parts[0], map);
  }

  void update(const Statement& statement) {
    for (const Token& each : statement.words) {
      if (each.kind != TokenKind::kSetName) continue;
      if (table_.find_set(each.text) == nullptr)
        return fail(each.span, "there is no set `" + std::string(each.text) + '`');
      if (!statement.parts.empty())
        named_set(statement.parts.front(), {Expr::Kind::kSetName, each.text, {}, {}, each.span});
    }
  }

  /// Fields and keys of the same types; where one is not known, it fits.
  void named_set(const Expr& key, const Expr& name) {
    const StoredSet* set = table_.find_set(name.text);
    if (set == nullptr || set->key_types.empty()) return;
    const std::span<const Expr> fields =
        key.kind == Expr::Kind::kConcat ? std::span<const Expr>(key.parts) : std::span<const Expr>(&key, 1);
    for (std::size_t i = 0; i < std::min(fields.size(), set->key_types.size()); ++i) {
      const std::string_view wanted = data_type_of(fields[i], table_.family);
      const std::string_view held = data_type_of(set->key_types[i]);
      if (wanted.empty() || held.empty() || wanted == held) continue;
      return fail(name.span, '`' + set->name + "` holds `" + std::string(held) + "`, and the field is `" +
                                 std::string(wanted) + '`');
    }
  }

  // --- Statements ---

  void log(const Statement& statement) {
    static constexpr std::array<std::string_view, 9> kLevels = {"emerg",  "alert", "crit",  "err",  "warn",
                                                                "notice", "info",  "debug", "audit"};
    static constexpr std::array<std::string_view, 5> kFlags = {"tcp", "ip", "skuid", "ether", "all"};
    constexpr std::size_t kLongestPrefix = 127;  // NF_LOG_PREFIXLEN of the kernel, with its zero
    bool level = false, group = false, flags = false, audit = false;
    for (std::size_t i = 1; i + 1 < statement.words.size(); ++i) {
      const Token& value = statement.words[i + 1];
      const std::string_view name = statement.words[i].kind == TokenKind::kWord ? statement.words[i].text : "";
      if (name == "prefix" && value.text.size() > kLongestPrefix)
        return fail(value.span, "the prefix is longer than " + std::to_string(kLongestPrefix) + " bytes");
      if (name == "level" && !is_one_of(value.text, kLevels))
        return fail(value.span, "there is no log level `" + std::string(value.text) + '`');
      if (name == "flags" && !is_one_of(value.text, kFlags))
        return fail(value.span, "there is no log flag `" + std::string(value.text) + '`');
      level |= name == "level", group |= name == "group", flags |= name == "flags";
      audit |= name == "level" && value.text == "audit";
      if (name == "prefix" || name == "level" || name == "group" || name == "snaplen" || name == "queue-threshold") ++i;
    }
    if (level && group) return fail(statement.span, "`level` and `group` exclude each other");
    if (flags && group) return fail(statement.span, "`flags` and `group` exclude each other");
    if (audit && statement.words.size() > 3) fail(statement.span, "`log level audit` takes no other options");
  }

  void limit(const Statement& statement) {
    const auto is_bytes = [](std::string_view word) {
      return word.starts_with("bytes") || word.starts_with("kbytes") || word.starts_with("mbytes");
    };
    const auto burst = std::find_if(statement.words.begin(), statement.words.end(),
                                    [](const Token& each) { return each.text == "burst"; });
    if (statement.words.end() - burst < 3) return;
    const bool rate =
        std::any_of(statement.words.begin(), burst, [&](const Token& each) { return is_bytes(each.text); });
    if (rate != is_bytes((burst + 2)->text))
      fail((burst + 2)->span,
           rate ? "a rate in bytes has a burst in bytes" : "a rate of packets has a burst of packets");
  }

  void nat(const Statement& statement) {
    end_ = statement.words.front().text;
    const auto port = std::find_if(statement.words.begin(), statement.words.end(),
                                   [](const Token& each) { return is_mark(each, ":"); });
    if (port != statement.words.end() && !headers_.asks_transport())
      return fail(port->span, "a port needs a test of the transport protocol before it, such as `meta l4proto tcp`");
    const bool has_address = end_ == "dnat" || end_ == "snat";
    if (has_address) address(statement, port - statement.words.begin());
  }

  /// In a table of both families, something has to say which one an address is of.
  void address(const Statement& statement, std::ptrdiff_t end) {
    std::optional<ir::Family> family;
    if (has_word(statement, "ip")) family = ir::Family::kIpv4;
    if (has_word(statement, "ip6")) family = ir::Family::kIpv6;
    const bool bracket = std::any_of(statement.words.begin(), statement.words.begin() + end,
                                     [](const Token& each) { return is_mark(each, "["); });
    const Expr* to = nullptr;
    for (std::ptrdiff_t i = 1; i < end && to == nullptr; ++i)
      if (statement.words[i].text.empty() && !statement.parts.empty()) to = &statement.parts.front();
    if (to == nullptr && !bracket) return;
    const auto& known = headers_.network();
    if (family && known && *family != *known)
      return fail(statement.span, "the translation has the other family than the packets");
    if (table_.family == ir::Family::kInet && !family && !headers_.asks_network())
      return fail(statement.span, "the family of the address is not known in a table of `inet`: say `" +
                                      std::string(end_) + " ip to` or `" + std::string(end_) + " ip6 to`");
    const auto written = to == nullptr ? std::optional<ir::Family>() : family_of(*to);
    if (written && known && !family && *written != *known) fail(to->span, "the address has the other family");
  }

  void tproxy(const Statement& statement) {
    if (!headers_.asks_transport())
      return fail(statement.span, "`tproxy` needs a test of the transport protocol before it, such as `tcp dport 80`");
    const bool family = has_word(statement, "ip") || has_word(statement, "ip6");
    const bool address = statement.words.size() > 2 && !is_mark(statement.words[2], ":");
    if (table_.family == ir::Family::kInet && address && !family && !headers_.asks_network())
      fail(statement.span,
           "the family of the address is not known in a table of `inet`: say `tproxy ip to` or "
           "`tproxy ip6 to`");
  }

  const StoredRule& rule_;
  StoredTable& table_;
  source::Diagnostics& diagnostics_;
  RuleHeaders headers_;
  std::string_view end_;  ///< the verdict that ended the rule
  bool good_ = true;
};

}  // namespace

bool check_rule(const StoredRule& rule, StoredTable& table, source::Diagnostics& diagnostics) {
  return rule.unreadable || RuleCheck(rule, table, diagnostics).run();
}

}  // namespace nfproof::compiler::nft
