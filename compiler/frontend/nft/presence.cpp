// SPDX-License-Identifier: Apache-2.0
// Options and chunks that are there or missing, what must be there for a field to have a value, and plain numbers.
#include <algorithm>
#include <array>

#include "compiler/frontend/nft/duration.h"
#include "compiler/frontend/nft/fields.h"
#include "compiler/frontend/nft/matches.h"
#include "compiler/frontend/nft/special_matches.h"

namespace nfproof::compiler::nft {

using ir::FieldId;
using ir::FieldTest;
using ir::Predicate;
using ir::ValueSet;

namespace {

/// What is `missing` is so in packets of other protocols, too.
Alternatives header_option(const LowerContext& context, std::uint8_t protocol, Predicate option, bool there) {
  Conjunction tests;
  if (context.l4proto != protocol) tests.push_back(protocol_test(protocol));
  tests.push_back(std::move(option));
  if (there) return {std::move(tests)};
  ir::PredicatePool& pool = context.ruleset.predicates;
  return {{opposite(pool, conjunction(pool, std::move(tests)))}};
}

/// The statement as a test that may answer anything.
Predicate opaque_words(const Statement& statement) {
  std::string text;
  for (const Token& word : statement.words) text += (text.empty() ? "" : " ") + std::string(word.text);
  return ir::Opaque{"payload", std::move(text), false, false};
}

}  // namespace

std::optional<Alternatives> lower_presence(const LowerContext& context, const Statement& statement) {
  const auto text = [&](std::size_t i) {
    return i < statement.words.size() ? statement.words[i].text : std::string_view();
  };
  const bool there = statement.words.back().text == "exists";
  if (text(0) == "exthdr") {
    Expr field{Expr::Kind::kField, {}, {statement.words[0], statement.words[1]}, {}, statement.span};
    const Expr value{Expr::Kind::kWord, statement.words.back().text, {}, {}, statement.span};
    auto special = lower_special(context, field, "", value);
    if (!special || !special->tests) return std::nullopt;
    return Alternatives{std::move(*special->tests)};
  }
  if (text(0) == "tcp") {
    const std::optional<std::uint8_t> kind = tcp_option_kind(text(2));
    if (!kind) return context.error(statement.span, "unknown TCP option `" + std::string(text(2)) + '`');
    // Those of one byte nftables overlooks at the end of the header.
    if (*kind < 2) return Alternatives{{protocol_test(ir::kProtoTcp), opaque_words(statement)}};
    Predicate option = FieldTest{FieldId::kTcpOption, *kind, false, ValueSet::of_value(1)};
    return header_option(context, ir::kProtoTcp, std::move(option), there);
  }
  if (text(0) == "sctp") {
    static constexpr std::array<std::string_view, 15> kChunks = {
        "data",          "init",       "init-ack", "sack",         "heartbeat",
        "heartbeat-ack", "abort",      "shutdown", "shutdown-ack", "error",
        "cookie-echo",   "cookie-ack", "ecne",     "cwr",          "shutdown-complete"};
    std::optional<unsigned> type;
    for (unsigned i = 0; i < kChunks.size(); ++i)
      if (kChunks[i] == text(2)) type = i;
    if (text(2) == "asconf-ack") type = 128;
    if (text(2) == "forward-tsn") type = 192;
    if (text(2) == "asconf") type = 193;
    if (!type) return context.error(statement.span, "unknown SCTP chunk `" + std::string(text(2)) + '`');
    ir::SctpChunks chunks;
    chunks.types[*type / 32] = 1U << (*type % 32);
    return header_option(context, ir::kProtoSctp, chunks, there);
  }
  if (text(0) == "ip") return Alternatives{{family_test(ir::Family::kIpv4), opaque_words(statement)}};
  return context.unsupported(statement.span, "this option has no meaning here");
}

std::optional<std::uint8_t> tcp_option_kind(std::string_view name) {
  struct Row {
    std::string_view name;
    std::uint8_t kind;
  };
  static constexpr std::array<Row, 13> kOptions = {{{"eol", 0},
                                                    {"nop", 1},
                                                    {"noop", 1},
                                                    {"maxseg", 2},
                                                    {"window", 3},
                                                    {"sack-perm", 4},
                                                    {"sack-permitted", 4},
                                                    {"sack", 5},
                                                    {"sack0", 5},
                                                    {"timestamp", 8},
                                                    {"md5sig", 19},
                                                    {"mptcp", 30},
                                                    {"fastopen", 34}}};
  for (const Row& row : kOptions)
    if (row.name == name) return row.kind;
  const auto number = read_plain_number(name);
  if (!number || *number > 255) return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}

std::optional<Predicate> field_presence(const LowerContext& context, const Expr& selector) {
  const Expr& field = selector.kind == Expr::Kind::kOperator ? selector.parts[0] : selector;
  if (field.kind != Expr::Kind::kField) return std::nullopt;
  const auto named = find_nft_field(field_path(field, context.family));
  if (!named || named->field.kind == ir::FieldKind::kInterface) return std::nullopt;
  if (ir::field_info(named->field.field).presence == ir::Presence::kAlways && !named->field.only) return std::nullopt;
  if (named->field.only) return family_test(*named->field.only);
  return FieldTest{named->field.field, named->field.argument, false,
                   ValueSet::all(ir::field_info(named->field.field).bits)};
}

std::optional<std::uint64_t> plain_number(const Expr& expr) {
  if (expr.kind == Expr::Kind::kElement) return plain_number(expr.parts.front());
  if (expr.kind != Expr::Kind::kWord && expr.kind != Expr::Kind::kString) return std::nullopt;
  return read_plain_number(expr.text);
}

std::optional<ValueSet::Intervals> plain_intervals(const Expr& values, std::string_view comparison, std::uint64_t max) {
  ValueSet::Intervals all;
  const auto add = [&](const Expr& each) {
    if (each.kind == Expr::Kind::kRange) {
      const auto lo = plain_number(each.parts[0]), hi = plain_number(each.parts[1]);
      if (!lo || !hi || *lo > *hi) return false;
      all.push_back({*lo, *hi});
      return true;
    }
    if (const auto number = plain_number(each)) return all.push_back({*number, *number}), true;
    const std::size_t dash = each.text.find('-');
    if (each.kind != Expr::Kind::kWord || dash == std::string_view::npos) return false;
    const auto lo = read_plain_number(each.text.substr(0, dash)), hi = read_plain_number(each.text.substr(dash + 1));
    if (!lo || !hi || *lo > *hi) return false;
    all.push_back({*lo, *hi});
    return true;
  };
  if (values.kind == Expr::Kind::kSet) {
    for (const Expr& element : values.parts)
      if (element.parts.empty() || !add(element.parts.front())) return std::nullopt;
    return all;
  }
  if (!add(values)) return std::nullopt;
  const ir::Interval only = all.front();
  if (comparison == "<") return only.lo == 0 ? std::nullopt : std::optional(ValueSet::Intervals{{0, only.lo - 1}});
  if (comparison == "<=") return ValueSet::Intervals{{0, only.lo}};
  if (comparison == ">") return only.lo >= max ? std::nullopt : std::optional(ValueSet::Intervals{{only.lo + 1, max}});
  if (comparison == ">=") return ValueSet::Intervals{{only.lo, max}};
  return all;
}

}  // namespace nfproof::compiler::nft
