// SPDX-License-Identifier: Apache-2.0
// Tests with a state: see rates.h.
#include "compiler/frontend/nft/rates.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "compiler/frontend/nft/duration.h"
#include "compiler/frontend/nft/fields.h"
#include "compiler/frontend/nft/special_matches.h"
#include "compiler/ir/address.h"

namespace nfproof::compiler::nft {
namespace {

using ir::Predicate;

/// `limit rate over 10/second burst 5 packets` in words; where it begins.
struct Rate {
  std::uint64_t count = 0;
  std::uint64_t unit_seconds = 1;
  std::uint64_t burst = 5;
  bool over = false;
  bool bytes = false;
};

constexpr auto kUnits = std::to_array<std::pair<std::string_view, std::uint64_t>>(
    {{"second", 1}, {"minute", 60}, {"hour", 3600}, {"day", 86400}, {"week", 604800}});

std::optional<std::uint64_t> seconds_of(std::string_view unit) {
  for (const auto& [name, seconds] : kUnits)
    if (name == unit) return seconds;
  return std::nullopt;
}

std::optional<Rate> read_rate(std::span<const Token> words) {
  Rate rate;
  std::size_t i = 2;  // behind `limit rate`
  const auto text = [&](std::size_t at) { return at < words.size() ? words[at].text : std::string_view(); };
  if (text(i) == "over") rate.over = true, ++i;
  std::string amount(text(i++));
  std::string unit;
  if (const std::size_t slash = amount.find('/'); slash != std::string::npos) {
    unit = amount.substr(slash + 1);
    amount.resize(slash);
  } else if (text(i) == "/") {
    unit = std::string(text(i + 1));
    i += 2;
  } else if (text(i).find("bytes/") != std::string_view::npos) {
    rate.bytes = true;
    unit = std::string(text(i).substr(text(i).find('/') + 1));
    ++i;
  }
  const auto count = read_plain_number(amount);
  const auto seconds = seconds_of(unit);
  if (!count || !seconds || *count == 0) return std::nullopt;
  rate.count = *count, rate.unit_seconds = *seconds;
  if (text(i) == "burst") {
    const auto burst = read_plain_number(text(i + 1));
    if (!burst) return std::nullopt;
    rate.burst = *burst;
    rate.bytes |= text(i + 2).ends_with("bytes");
  }
  return rate;
}

std::string joined(std::span<const Token> words) {
  std::string text;
  for (const Token& word : words) {
    if (!text.empty()) text += ' ';
    text += word.text;
  }
  return text;
}

std::optional<std::uint64_t> bytes_of(std::string_view number, std::string_view unit) {
  const auto count = read_plain_number(number);
  if (!count || *count > (std::uint64_t{1} << 40)) return std::nullopt;
  const std::uint64_t scale = unit == "mbytes" ? 1024 * 1024 : unit == "kbytes" ? 1024 : 1;
  return *count * scale;
}

/// What an object says, on one line, with sizes in bytes.
std::string body_text(const StoredObject& object) {
  std::string text;
  for (std::size_t i = 0; i < object.body.size(); ++i) {
    const Token& word = object.body[i];
    if (word.kind == TokenKind::kNewline || word.text == ";") continue;
    if (word.text == "comment") break;
    const std::string_view unit = i + 1 < object.body.size() ? object.body[i + 1].text : std::string_view();
    if (const auto bytes = unit == "kbytes" || unit == "mbytes" ? bytes_of(word.text, unit) : std::nullopt) {
      text += ' ' + std::to_string(*bytes) + " bytes";
      ++i;
      continue;
    }
    if (!text.empty() && word.text != "/" && text.back() != '/') text += ' ';
    text += word.text;
  }
  return text;
}

/// The same for all ways to write one limit.
std::string limit_text(const StoredObject& object) {
  Tokens words = {{"limit", object.span, 0, TokenKind::kWord}};
  for (const Token& word : object.body)
    if (word.kind != TokenKind::kNewline && word.text != ";") words.push_back(word);
  const auto rate = read_rate(words);
  if (!rate || rate->bytes) return body_text(object);
  std::string text = std::string("rate ") + (rate->over ? "over " : "") + std::to_string(rate->count) + '/';
  for (const auto& [name, seconds] : kUnits)
    if (seconds == rate->unit_seconds) text += name;
  return text + " burst " + std::to_string(rate->burst) + " packets";
}

Predicate either(const LowerContext& context, Predicate test, bool negated) {
  return negated ? opposite(context.ruleset.predicates, std::move(test)) : std::move(test);
}

std::optional<Predicate> quota(const LowerContext& context, const Statement& statement) {
  std::size_t i = 1;
  const auto text = [&](std::size_t at) {
    return at < statement.words.size() ? statement.words[at].text : std::string_view();
  };
  ir::Quota test;
  if (text(i) == "over")
    test.negated = true, ++i;
  else if (text(i) == "until")
    ++i;
  const auto bytes = bytes_of(text(i), text(i + 1));
  if (!bytes) return context.error(statement.span, "expected a number of bytes");
  std::uint64_t used = 0;
  for (std::size_t at = i; at + 1 < statement.words.size(); ++at)
    if (text(at) == "used") used = bytes_of(text(at + 1), text(at + 2)).value_or(0);
  // nftables is over the quota when it is reached, xtables when it is exceeded.
  test.bytes = *bytes > used ? *bytes - used - 1 : 0;
  return test;
}

/// What a bucket or counter is kept for.
struct Key {
  std::uint32_t mode = 0;
  unsigned source_prefix = 0;  ///< of the address, where it is part of the key
  unsigned destination_prefix = 0;
};

/// `ip saddr`, `ip saddr & 255.255.255.0`, ports.
bool add_part(const LowerContext& context, const Expr& part, Key& key) {
  const bool masked = part.kind == Expr::Kind::kOperator && part.text == "&";
  const Expr& field = masked ? part.parts[0] : part;
  if (field.kind != Expr::Kind::kField) return false;
  const std::string path = field_path(field, context.family);
  const bool source = path == "ip saddr" || path == "ip6 saddr";
  if (source || path == "ip daddr" || path == "ip6 daddr") {
    const unsigned bits = path.starts_with("ip6") ? 128 : 32;
    std::optional<unsigned> prefix = bits;
    if (masked) {
      const auto mask = ir::parse_address(part.parts[1].text, bits == 32 ? ir::Family::kIpv4 : ir::Family::kIpv6);
      prefix = mask ? ir::mask_prefix(*mask, bits) : std::nullopt;
    }
    if (!prefix) return false;
    (source ? key.source_prefix : key.destination_prefix) = *prefix;
    key.mode |= source ? ir::HashLimit::kSourceAddress : ir::HashLimit::kDestinationAddress;
    return true;
  }
  if (masked) return false;
  if (path.ends_with(" sport")) return key.mode |= ir::HashLimit::kSourcePort, true;
  if (path.ends_with(" dport")) return key.mode |= ir::HashLimit::kDestinationPort, true;
  return false;
}

std::optional<Key> key_of(const LowerContext& context, const Expr& expr) {
  Key key;
  if (expr.kind != Expr::Kind::kConcat) return add_part(context, expr, key) ? std::optional(key) : std::nullopt;
  for (const Expr& part : expr.parts)
    if (!add_part(context, part, key)) return std::nullopt;
  return key;
}

std::optional<Predicate> connection_count(const LowerContext& context, std::span<const Token> words,
                                          const source::Span& span, const Key* key) {
  ir::ConnLimit test;
  const bool over = std::any_of(words.begin(), words.end(), [](const Token& word) { return word.text == "over"; });
  const auto count = read_plain_number(words.back().text);
  if (!count || *count > 0xffffffff) return context.error(span, "expected a number of connections");
  test.limit = static_cast<std::uint32_t>(*count);
  test.negated = !over;
  test.destination = key != nullptr && key->mode == ir::HashLimit::kDestinationAddress;
  if (key != nullptr)
    test.prefix = static_cast<std::uint8_t>(test.destination ? key->destination_prefix : key->source_prefix);
  else
    test.prefix = 0;
  return test;
}

}  // namespace

std::optional<Predicate> lower_rate(const LowerContext& context, const Statement& statement) {
  switch (statement.kind) {
    case Statement::Kind::kLimit: {
      const auto rate = read_rate(statement.words);
      if (!rate) return context.error(statement.span, "expected a rate such as `10/second`");
      const std::uint64_t cost = 10000 * rate->unit_seconds / rate->count;
      if (rate->bytes || cost == 0 || cost > 0xffffffff || rate->burst == 0 || rate->burst > 0xffffffff)
        return Predicate{ir::Opaque{"limit", joined(statement.words), true, false}};
      ir::Limit test;
      test.average = static_cast<std::uint32_t>(cost);
      test.burst = static_cast<std::uint32_t>(rate->burst);
      test.count = static_cast<std::uint32_t>(rate->count);
      test.unit_seconds = static_cast<std::uint32_t>(rate->unit_seconds);
      return either(context, test, rate->over);
    }
    case Statement::Kind::kQuota: return quota(context, statement);
    case Statement::Kind::kConnCount: return connection_count(context, statement.words, statement.span, nullptr);
    case Statement::Kind::kLimitObject:
    case Statement::Kind::kQuotaObject: {
      const bool limit = statement.kind == Statement::Kind::kLimitObject;
      const Expr& name = statement.parts.front();
      const bool constant = name.kind == Expr::Kind::kWord || name.kind == Expr::Kind::kString;
      const StoredObject* object = constant ? context.table.find_object(limit ? "limit" : "quota", name.text) : nullptr;
      if (constant && object == nullptr)
        return context.error(name.span, "there is no such object: `" + std::string(name.text) + '`');
      std::string text = "name " + (constant ? std::string(name.text) : plain_text(name));
      if (object != nullptr) text += ": " + (limit ? limit_text(*object) : body_text(*object));
      return Predicate{ir::Opaque{limit ? "limit" : "quota", std::move(text), true, false}};
    }
    default: break;
  }
  return context.unsupported(statement.span, "this statement has no meaning here");
}

std::optional<Predicate> lower_keyed(const LowerContext& context, const Statement& statement) {
  const Expr& key = statement.parts.front();
  const auto begins = [&](std::string_view word) {
    return std::find_if(statement.words.begin(), statement.words.end(),
                        [&](const Token& each) { return each.text == word; });
  };
  const auto kept_for = key_of(context, key);
  const auto limit = begins("limit");
  const auto count = begins("ct");
  std::string name;
  for (const Token& word : statement.words)
    if (word.kind == TokenKind::kSetName) name = std::string(word.text);
  if (statement.kind == Statement::Kind::kMeter) name = std::string(statement.words[1].text);
  if (limit != statement.words.end() && kept_for) {
    const auto rate = read_rate({limit, statement.words.end()});
    if (!rate) return context.error(statement.span, "expected a rate such as `10/second`");
    if (!rate->bytes && rate->burst != 0) {
      ir::HashLimit test;
      test.name = name;
      test.mode = kept_for->mode | (rate->over ? ir::HashLimit::kInvert : 0);
      test.average = 1000000 * rate->unit_seconds / rate->count;
      test.burst = rate->burst;
      test.expire = 10000;
      const StoredSet* set = context.table.find_set(name);
      if (set != nullptr && set->timeout)
        test.expire = static_cast<std::uint32_t>(std::min<std::uint64_t>(*set->timeout, 0xffffffff));
      const bool v6 = context.family == ir::Family::kIpv6 || context.packet_family == ir::Family::kIpv6;
      const auto prefix = [&](std::uint32_t bit, unsigned given) {
        const unsigned whole = v6 ? 128 : 32;
        return static_cast<std::uint8_t>((test.mode & bit) != 0 ? given : whole);
      };
      test.source_prefix = prefix(ir::HashLimit::kSourceAddress, kept_for->source_prefix);
      test.destination_prefix = prefix(ir::HashLimit::kDestinationAddress, kept_for->destination_prefix);
      return Predicate{test};
    }
  }
  if (count != statement.words.end() && kept_for && key.kind != Expr::Kind::kConcat &&
      (kept_for->mode == ir::HashLimit::kSourceAddress || kept_for->mode == ir::HashLimit::kDestinationAddress)) {
    std::size_t end = static_cast<std::size_t>(count - statement.words.begin());
    while (end < statement.words.size() && statement.words[end].text != "}") ++end;
    const std::span<const Token> words(&*count, end - static_cast<std::size_t>(count - statement.words.begin()));
    return connection_count(context, words, statement.span, &*kept_for);
  }
  return Predicate{ir::Opaque{"set", joined(statement.words) + ' ' + plain_text(key), true, false}};
}

}  // namespace nfproof::compiler::nft
