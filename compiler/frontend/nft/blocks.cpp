// SPDX-License-Identifier: Apache-2.0
// Blocks: see blocks.h. What a chain or a set is said to be is checked here, what its rules say is not.
#include "compiler/frontend/nft/blocks.h"

#include <algorithm>
#include <array>
#include <utility>

#include "compiler/frontend/nft/base_chain_check.h"
#include "compiler/frontend/nft/duration.h"
#include "compiler/frontend/nft/priority.h"
#include "compiler/frontend/nft/rule_headers.h"

namespace nfproof::compiler::nft {
namespace {

/// More tokens than this in one statement come from variables that multiply each other.
constexpr std::size_t kMostTokens = 4'000'000;
constexpr std::array<std::string_view, 8> kObjects = {"counter", "quota",     "limit", "synproxy",
                                                      "secmark", "flowtable", "ct",    "tunnel"};

bool is_object(std::string_view word) { return std::find(kObjects.begin(), kObjects.end(), word) != kObjects.end(); }

}  // namespace

void BlockReader::error(std::span<const Token> where, std::string message) {
  in_.diagnostics.error("bad-nft", span_of(where), std::move(message));
}

void BlockReader::syntax_error() { in_.diagnostics.error("bad-nft", parser_.error().span, parser_.error().message); }

bool BlockReader::define(Cursor& at) {
  const std::size_t begin = at.place();
  if (at.take_word("undefine")) {
    if (!at.at_separator()) in_.store.variables.erase(std::string(at.take().text));
    return true;
  }
  if (!at.take_word("define") && !at.take_word("redefine")) return false;
  const std::size_t end = at.end_of_statement();
  if (at.at_separator() || end < at.place() + 2 || at.between(at.place() + 1, end).front().text != "=") {
    at.skip_to(end);
    error(at.between(begin, std::max(end, begin + 1)), "expected `define NAME = VALUE`");
    return true;
  }
  std::string name(at.take().text);
  at.take();
  if (auto value = expand(at.between(at.place(), end))) in_.store.variables[std::move(name)] = std::move(*value);
  at.skip_to(end);
  return true;
}

std::optional<Tokens> BlockReader::expand(std::span<const Token> tokens) {
  Tokens expanded;
  expanded.reserve(tokens.size());
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::kNewline) continue;
    if (token.kind != TokenKind::kVariable) {
      expanded.push_back(token);
      continue;
    }
    const auto found = in_.store.variables.find(token.text);
    if (found == in_.store.variables.end()) {
      in_.diagnostics.error("unknown-variable", token.span,
                            "there is no variable `" + std::string(token.text) + "`; `define` makes one");
      return std::nullopt;
    }
    if (expanded.size() + found->second.size() > kMostTokens) {
      in_.diagnostics.error("bad-nft", token.span, "this becomes too long");
      return std::nullopt;
    }
    for (Token each : found->second) {
      each.span = token.span;
      expanded.push_back(each);
    }
  }
  return expanded;
}

bool BlockReader::closes(Cursor& at) {
  if (at.take_mark("}")) return true;
  if (!at.at_end()) return false;
  if (!std::exchange(told_unclosed_, true))
    error(at.between(at.place() - 1, at.place()), "the file ends within a block: a `}` is missing");
  return true;
}

void BlockReader::table(Cursor& at, StoredTable& table) {
  for (at.skip_separators(); !closes(at); at.skip_separators()) {
    const std::size_t begin = at.place();
    if (define(at)) continue;
    if (at.at_word("flags") || at.at_word("comment")) {
      const bool flags = at.take().text == "flags";
      const std::size_t end = at.end_of_statement();
      for (const Token& word : at.between(at.place(), end)) {
        if (flags) table.dormant |= word.text == "dormant";
        if (!flags) table.comment = std::string(word.text);
      }
      at.skip_to(end);
      continue;
    }
    const Token kind = at.take();
    const bool named = kind.kind == TokenKind::kWord && !at.at_separator() && !at.at_mark("{");
    if (named && kind.text == "chain") {
      StoredChain& made = open_chain(table, at.take());
      if (at.take_mark("{")) chain(at, table, made);
    } else if (named && (kind.text == "set" || kind.text == "map")) {
      StoredSet& made = open_set(table, at.take(), kind.text == "map");
      if (at.take_mark("{")) set(at, made);
    } else if (named && is_object(kind.text)) {
      std::string what(kind.text);
      if (kind.text == "ct") what += " " + std::string(at.take().text);
      if (!at.at_separator()) object(at, table, what, Token(at.take()));
    } else {
      at.skip_to(at.end_of_statement(true));
      error(at.between(begin, begin + 1),
            "expected `chain NAME {`, `set NAME {`, `map NAME {` or another part of a table, got `" +
                std::string(kind.text.substr(0, 40)) + '`');
      if (at.take_mark("{")) {
        at.skip_to(at.end_of_block());
        at.take_mark("}");
      }
    }
  }
}

StoredChain& BlockReader::open_chain(StoredTable& table, const Token& name) {
  if (StoredChain* found = table.find_chain(name.text)) return *found;
  StoredChain& made = table.chains.emplace_back();
  made.name = std::string(name.text);
  made.span = name.span;
  return made;
}

bool BlockReader::chain_head(Cursor& at, StoredChain& chain) {
  const std::size_t end = at.end_of_statement();
  const auto head = expand(at.between(at.place(), end));
  const std::span<const Token> written = at.between(at.place(), end);
  at.skip_to(end);
  if (!head) return false;
  Cursor words(*head);
  words.take();  // `type`
  ir::BaseChain base;
  base.policy = chain.policy;
  const std::string_view type = words.at_end() ? "" : words.take().text;
  if (type == "nat")
    base.type = ir::ChainType::kNat;
  else if (type == "route")
    base.type = ir::ChainType::kRoute;
  else if (type != "filter")
    return error(written, "expected a chain type: `filter`, `nat` or `route`"), false;
  if (!words.take_word("hook") || words.at_end()) return error(written, "expected `hook NAME`"), false;
  const Token& hook = words.take();
  bool found = false;
  for (unsigned i = 0; i < ir::kHookCount; ++i)
    if (ir::hook_nft_name(static_cast<ir::Hook>(i)) == hook.text) base.hook = static_cast<ir::Hook>(i), found = true;
  if (!found) {
    in_.diagnostics.error("unsupported-hook", hook.span, "the hook `" + std::string(hook.text) + "` is not handled");
    return false;
  }
  if (!words.take_word("priority")) return error(written, "expected `priority` behind the hook"), false;
  const auto priority = read_priority(words.rest());
  if (!priority) return error(written, "expected `priority` with a number or a name such as `filter`"), false;
  base.priority = *priority;
  std::string refusal = base_chain_refusal(base, words.rest());
  if (!refusal.empty()) error(written, std::move(refusal));
  chain.base = base;
  return true;
}

void BlockReader::chain_policy(Cursor& at, StoredChain& chain) {
  const std::size_t begin = at.place();
  at.take();
  const auto value = expand(at.between(at.place(), at.end_of_statement()));
  at.skip_to(at.end_of_statement());
  if (!value) return;
  const std::string_view policy = value->size() != 1 ? "" : value->front().text;
  if (policy != "accept" && policy != "drop")
    return error(at.between(begin, at.place()), "expected `policy accept` or `policy drop`, and nothing behind it");
  chain.policy = policy == "drop" ? ir::VerdictKind::kDrop : ir::VerdictKind::kAccept;
  if (chain.base) chain.base->policy = chain.policy;
}

namespace {

bool is_same(const ir::BaseChain& a, const ir::BaseChain& b) {
  return a.type == b.type && a.hook == b.hook && a.priority == b.priority;
}

}  // namespace

void BlockReader::chain(Cursor& at, StoredTable& table, StoredChain& into) {
  const std::optional<ir::BaseChain> before = into.base;
  bool typed = before.has_value();
  std::span<const Token> policy;
  for (at.skip_separators(); !closes(at); at.skip_separators()) {
    if (define(at)) continue;
    const std::size_t end = at.end_of_statement();
    const std::span<const Token> statement = at.between(at.place(), end);
    if (at.at_word("type") && statement.size() > 2 && statement[2].text == "hook") {
      chain_head(at, into);
      typed = true;
      if (before && into.base && !is_same(*before, *into.base))
        error(statement, "the chain `" + into.name + "` has another type, hook or priority already");
    } else if (at.at_word("policy")) {
      if (!policy.empty()) error(statement, "the policy of the chain is said twice");
      policy = statement;
      chain_policy(at, into);
    } else if (at.at_word("comment") && statement.size() == 2) {
      into.comment = std::string(statement[1].text);
      at.skip_to(end);
    } else if (at.at_word("devices") || at.at_word("flags")) {
      at.skip_to(end);
    } else if (statement.empty()) {
      break;
    } else {
      rule(at, table, into, false, std::nullopt);
    }
  }
  if (!policy.empty() && !typed) error(policy, "only a base chain, one with `type ... hook ...`, has a policy");
}

/// As it stands in the file, on one line.
std::string BlockReader::text_of(std::span<const Token> tokens) const {
  std::string text;
  const char* last = nullptr;
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::kNewline) continue;
    // Strings are in quotes, variables and names of sets have a sign before them.
    const bool quoted = token.kind == TokenKind::kString;
    const bool signed_name = token.kind == TokenKind::kVariable || token.kind == TokenKind::kSetName;
    if (last != nullptr && last != token.text.data() - (quoted || signed_name ? 1 : 0)) text += ' ';
    last = token.text.data() + token.text.size() + (quoted ? 1 : 0);
    switch (token.kind) {
      case TokenKind::kString: text += '"', text += token.text, text += '"'; break;
      case TokenKind::kVariable: text += '$', text += token.text; break;
      case TokenKind::kSetName: text += '@', text += token.text; break;
      case TokenKind::kWord:
      case TokenKind::kMark:
      case TokenKind::kNewline: text += token.text; break;
    }
  }
  return text;
}

/// `jump { ... }`: the block becomes a chain with a name of its own, which the rule then names.
bool BlockReader::take_chains(Tokens& tokens, StoredTable& table) {
  constexpr std::size_t kDeepest = 15;  // as many jumps as the kernel follows
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    const Token& verb = tokens[i];
    const Token brace = tokens[i + 1];
    const bool jumps = verb.kind == TokenKind::kWord && (verb.text == "jump" || verb.text == "goto");
    if (!jumps || brace.kind != TokenKind::kMark || brace.text != "{") continue;
    if (depth_ >= kDeepest) return error({&brace, 1}, "the chains within rules are nested too deeply"), false;
    Cursor inside(tokens);
    inside.skip_to(i + 2);
    std::size_t number = table.chains.size();
    std::string name;
    do name = "__chain" + std::to_string(number++);
    while (table.find_chain(name) != nullptr);
    StoredChain& made = table.chains.emplace_back();
    made.name = std::move(name);
    made.span = brace.span;
    ++depth_;
    chain(inside, table, made);
    --depth_;
    const auto first = tokens.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    tokens.erase(first + 1, tokens.begin() + static_cast<std::ptrdiff_t>(inside.place()));
    *first = {made.name, brace.span, tokens[i].type, TokenKind::kWord};
  }
  return true;
}

void BlockReader::rule(Cursor& at, StoredTable& table, StoredChain& chain, bool insert,
                       std::optional<std::size_t> index) {
  const std::size_t end = at.end_of_statement();
  const std::span<const Token> written = at.between(at.place(), end);
  at.skip_to(end);
  if (written.empty()) return;
  StoredRule rule;
  rule.span = span_of(written);
  rule.text = text_of(written);
  rule.unreadable = true;
  Tokens flat(written.begin(), written.end());
  const bool whole = take_chains(flat, table);
  if (const auto tokens = whole ? expand(flat) : std::nullopt) {
    if (auto statements = parser_.rule(*tokens)) {
      rule.statements = std::move(*statements);
      rule.unreadable = false;
    } else {
      syntax_error();
    }
  }
  auto place = insert ? chain.rules.begin() : chain.rules.end();
  if (index) {
    if (*index >= chain.rules.size()) return error(written, "there is no rule of that index");
    place = chain.rules.begin() + static_cast<std::ptrdiff_t>(*index) + (insert ? 0 : 1);
  }
  chain.rules.insert(place, std::move(rule));
}

StoredSet& BlockReader::open_set(StoredTable& table, const Token& name, bool is_map) {
  if (StoredSet* found = table.find_set(name.text)) {
    if (found->is_map != is_map)
      error({&name, 1}, '`' + found->name + "` is a " + (is_map ? "set" : "map") + " already");
    return *found;
  }
  StoredSet& made = table.sets.emplace_back();
  made.name = std::string(name.text);
  made.span = name.span;
  made.is_map = is_map;
  return made;
}

void BlockReader::set_type(std::span<const Token> tokens, bool of_fields, StoredSet& set) {
  std::vector<std::string> parts(1);
  std::vector<std::string>* to = &parts;
  std::vector<std::string> data(1);
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::kNewline) continue;
    if (token.kind == TokenKind::kMark && token.text == ":") {
      to = &data;
    } else if (token.kind == TokenKind::kMark && token.text == ".") {
      to->emplace_back();
    } else {
      if (!to->back().empty()) to->back() += ' ';
      to->back() += token.text;
    }
  }
  if (!set.key_types.empty() &&
      (!may_be_same_types(set.key_types, parts) || (to == &data && !may_be_same_types(set.data_types, data))))
    error(tokens, '`' + set.name + "` has another type already");
  set.key_types = std::move(parts);
  if (to == &data) set.data_types = std::move(data);
  (void)of_fields;
}

/// In the place of what was said before.
void BlockReader::keep_setting(const Token& word, std::span<const Token> rest, StoredSet& set) {
  std::string setting(word.text);
  std::erase_if(set.settings, [&](const std::string& each) { return each.substr(0, each.find(' ')) == setting; });
  if (!rest.empty()) setting += ' ' + text_of(rest);
  set.settings.push_back(std::move(setting));
}

void BlockReader::set(Cursor& at, StoredSet& set) {
  static constexpr std::array<std::string_view, 5> kFlags = {"constant", "interval", "timeout", "dynamic", ","};
  static constexpr std::array<std::string_view, 14> kParts = {"type",  "typeof", "flags",    "timeout", "gc-interval",
                                                              "size",  "policy", "elements", "comment", "counter",
                                                              "quota", "limit",  "ct",       "last"};
  const std::size_t before = set.elements.size();
  for (at.skip_separators(); !closes(at); at.skip_separators()) {
    const std::size_t begin = at.place();
    const std::size_t end = at.end_of_statement();
    if (end == begin) break;
    const Token word = at.take();
    const std::span<const Token> rest = at.between(at.place(), end);
    const auto expanded = expand(rest);
    at.skip_to(end);
    if (!expanded) continue;
    if (word.text != "elements") keep_setting(word, *expanded, set);
    if (word.text == "type" || word.text == "typeof") {
      set_type(*expanded, word.text == "typeof", set);
    } else if (word.text == "flags") {
      for (const Token& flag : *expanded) {
        if (std::find(kFlags.begin(), kFlags.end(), flag.text) == kFlags.end())
          error(rest, "there is no flag `" + std::string(flag.text) + "` of a set");
        set.interval |= flag.text == "interval";
        set.dynamic |= flag.text == "dynamic";
      }
    } else if (word.text == "timeout" && !expanded->empty()) {
      set.timeout = read_duration(expanded->front().text);
    } else if (word.text == "size" && !expanded->empty()) {
      set.size = read_plain_number(expanded->front().text);
    } else if (word.text == "elements") {
      set.elements.resize(before);  // nft takes the last ones of a block
      add_elements(rest, set);
    } else if (word.text == "auto-merge") {
      set.auto_merge = true;
    } else if (std::find(kParts.begin(), kParts.end(), word.text) == kParts.end()) {
      error(at.between(begin, begin + 1), "expected a part of a set such as `type`, `flags` or `elements`, got `" +
                                              std::string(word.text.substr(0, 40)) + '`');
    }
  }
}

void BlockReader::object(Cursor& at, StoredTable& table, const std::string& kind, const Token& name) {
  StoredObject object{kind, std::string(name.text), name.span, {}};
  std::size_t end = at.end_of_statement();
  if (at.take_mark("{")) end = at.end_of_block();
  for (const Token& token : at.between(at.place(), end)) {
    const auto words = token.kind == TokenKind::kNewline ? Tokens{token} : expand({&token, 1}).value_or(Tokens());
    object.body.insert(object.body.end(), words.begin(), words.end());
  }
  at.skip_to(end);
  at.take_mark("}");
  table.objects.push_back(std::move(object));
}

}  // namespace nfproof::compiler::nft
