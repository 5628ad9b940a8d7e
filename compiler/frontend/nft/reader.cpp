// SPDX-License-Identifier: Apache-2.0
// Commands and blocks: see reader.h.
#include "compiler/frontend/nft/reader.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "compiler/frontend/nft/blocks.h"
#include "compiler/frontend/nft/cursor.h"
#include "compiler/frontend/nft/include.h"
#include "compiler/frontend/nft/json_reader.h"
#include "compiler/frontend/nft/parser.h"

namespace nfproof::compiler::nft {
namespace {

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 6> kFamilies = {"ip", "ip6", "inet", "arp", "bridge", "netdev"};
constexpr std::array<std::string_view, 7> kObjects = {"counter", "quota", "limit",    "synproxy",
                                                      "secmark", "ct",    "flowtable"};

/// `ip filter`: nothing for families that are not handled.
struct TableName {
  std::optional<ir::Family> family = ir::Family::kIpv4;
  std::string_view family_word = "ip";
  std::string name;
  source::Span span;
};

class Reader {
 public:
  explicit Reader(ReadContext context) : in_(context), blocks_(context, parser_) {}

  void read(source::FileId file) {
    if (begins_as_json(in_.sources.file(file).text()))
      read_nft_json(in_, parser_, file, [this](const Tokens& tokens) { commands(tokens); });
    else
      commands(read_with_includes(in_, file));
  }

 private:
  void commands(const Tokens& tokens) {
    Cursor at(tokens);
    for (at.skip_separators(); !at.at_end(); at.skip_separators()) {
      const std::size_t begin = at.place();
      if (at.take_mark("}")) {
        error(at.between(begin, begin + 1), "this brace closes nothing");
        continue;
      }
      command(at);
      if (at.place() == begin) at.take();
    }
  }

  void error(std::span<const Token> where, std::string message) {
    in_.diagnostics.error("bad-nft", span_of(where), std::move(message));
  }

  void command(Cursor& at) {
    const std::size_t begin = at.place();
    if (at.at_word("define") && at.rest().size() > 1) {
      const Token& name = at.rest()[1];
      if (!defined_.insert(std::string(name.text)).second)
        error({&name, 1}, '`' + std::string(name.text) + "` has a value already; `redefine` gives it another");
    } else if (at.at_word("undefine") && at.rest().size() > 1) {
      defined_.erase(std::string(at.rest()[1].text));
    }
    if (blocks_.define(at)) return;
    static constexpr std::array<std::string_view, 8> kVerbs = {"add",    "create",  "insert", "replace",
                                                               "delete", "destroy", "flush",  "rename"};
    static constexpr std::array<std::string_view, 6> kAsking = {"list",    "get",      "reset",
                                                                "monitor", "describe", "export"};
    std::string_view verb = "add";
    if (at.peek().kind == TokenKind::kWord && is_one_of(at.peek().text, kVerbs)) {
      verb = at.take().text;
    } else if (at.peek().kind == TokenKind::kWord && is_one_of(at.peek().text, kAsking)) {
      at.skip_to(at.end_of_statement());
      return;
    }
    const std::string_view object = at.at_end() || at.peek().kind != TokenKind::kWord ? "" : at.peek().text;
    if (verb == "flush" && object == "ruleset") return flush_ruleset(at);
    if (object == "table") return at.take(), table(at, verb, begin);
    if (object == "chain") return at.take(), chain(at, verb, begin);
    if (object == "rule") return at.take(), rule(at, verb, begin);
    if (object == "set" || object == "map" || object == "meter") return set(at, verb, begin);
    if (object == "element") return at.take(), element(at, verb);
    if (is_one_of(object, kObjects)) return named_object(at, verb, begin);
    // `add ip filter INPUT ...` is `add rule ip filter INPUT ...`.
    if (begin != at.place() && (verb == "add" || verb == "insert")) return rule(at, verb, begin);
    at.skip_to(at.end_of_statement());
    error(at.between(begin, std::max(at.place(), begin + 1)).first(1),
          "expected a command such as `table`, `add rule`, `flush ruleset`, `define` or `include`");
    if (at.take_mark("{")) at.skip_to(at.end_of_block());
  }

  void flush_ruleset(Cursor& at) {
    at.take();
    std::optional<ir::Family> only;
    if (!at.at_separator()) {
      const Token& family = at.take();
      if (!is_one_of(family.text, kFamilies))
        return error({&family, 1}, "there is no family `" + std::string(family.text) + '`');
      only = family_of(family.text);
      if (!only) return;
    }
    std::erase_if(in_.store.tables, [&](const auto& each) { return !only || each->family == *only; });
  }

  static std::optional<ir::Family> family_of(std::string_view word) {
    if (word == "ip") return ir::Family::kIpv4;
    if (word == "ip6") return ir::Family::kIpv6;
    if (word == "inet") return ir::Family::kInet;
    return std::nullopt;
  }

  std::optional<TableName> table_name(Cursor& at, std::size_t begin) {
    TableName named;
    if (!at.at_end() && at.peek().kind == TokenKind::kWord && is_one_of(at.peek().text, kFamilies)) {
      named.family_word = at.take().text;
      named.family = family_of(named.family_word);
    }
    if (at.at_separator() || at.at_mark("{") || at.at_mark("}")) {
      error(at.between(begin, std::max(at.place(), begin + 1)), "expected the name of a table");
      skip_command(at);
      return std::nullopt;
    }
    named.span = span_of(at.between(begin, at.place() + 1));
    named.name = std::string(at.take().text);
    return named;
  }

  void skip_command(Cursor& at) {
    at.skip_to(at.end_of_statement());
    if (at.at_mark("}")) at.take();
  }

  StoredTable* opened(const TableName& named) {
    if (!named.family) return nullptr;
    if (StoredTable* found = in_.store.find_table(*named.family, named.name)) return found;
    in_.store.tables.push_back(std::make_unique<StoredTable>());
    StoredTable& made = *in_.store.tables.back();
    made.family = *named.family, made.name = named.name, made.span = named.span;
    return &made;
  }

  /// A table that must be there; null after an error.
  StoredTable* existing(const TableName& named) {
    if (!named.family) return unhandled(named), nullptr;
    StoredTable* found = in_.store.find_table(*named.family, named.name);
    if (found == nullptr)
      in_.diagnostics.error("bad-nft", named.span,
                            "there is no table `" + std::string(named.family_word) + " " + named.name + '`');
    return found;
  }

  void unhandled(const TableName& named) {
    std::string name = std::string(named.family_word) + ' ' + named.name;
    if (!left_out_.insert(name).second) return;
    in_.diagnostics.error(
        "unsupported-family", named.span,
        "the table `" + name + "` is not considered: only tables of `ip`, `ip6` and `inet` are handled");
  }

  void table(Cursor& at, std::string_view verb, std::size_t begin) {
    const auto named = table_name(at, begin);
    if (!named) return;
    if (verb == "delete" || verb == "destroy" || verb == "flush") {
      if (verb == "destroy" || !named->family) {
        if (named->family && in_.store.find_table(*named->family, named->name) == nullptr) return;
        if (!named->family) return;
      }
      StoredTable* found = existing(*named);
      if (found == nullptr) return;
      if (verb == "flush") {
        for (StoredChain& each : found->chains) each.rules.clear();
        return;
      }
      std::erase_if(in_.store.tables, [found](const auto& each) { return each.get() == found; });
      return;
    }
    if (!named->family) {
      unhandled(*named);
      if (at.take_mark("{")) {
        at.skip_to(at.end_of_block());
        at.take_mark("}");
      }
      return;
    }
    if (verb == "create" && in_.store.find_table(*named->family, named->name) != nullptr)
      in_.diagnostics.error("bad-nft", named->span, "the table is there already");
    StoredTable* into = opened(*named);
    if (at.take_mark("{")) blocks_.table(at, *into);
  }

  void chain(Cursor& at, std::string_view verb, std::size_t begin) {
    const auto named = table_name(at, begin);
    if (!named) return;
    StoredTable* in = existing(*named);
    if (in == nullptr || at.at_separator()) return skip_command(at);
    const Token name = at.take();
    StoredChain* found = in->find_chain(name.text);
    if (verb == "add" || verb == "create") {
      if (verb == "create" && found != nullptr) error({&name, 1}, "the chain is there already");
      StoredChain& made = blocks_.open_chain(*in, name);
      if (at.take_mark("{")) blocks_.chain(at, *in, made);
      return;
    }
    if (found == nullptr) {
      if (verb != "destroy") error(at.between(begin, at.place()), "there is no chain `" + std::string(name.text) + '`');
      return skip_command(at);
    }
    if (verb == "flush") found->rules.clear();
    if (verb == "delete" || verb == "destroy") in->remove_chain(name.text);
    if (verb != "rename" || at.at_separator()) return;
    const Token& to = at.take();
    if (in->find_chain(to.text) != nullptr)
      return error({&to, 1}, "there is a chain `" + std::string(to.text) + "` already");
    in->rename_chain(*found, to.text);
  }

  void rule(Cursor& at, std::string_view verb, std::size_t begin) {
    const auto named = table_name(at, begin);
    if (!named) return;
    StoredTable* in = existing(*named);
    if (in == nullptr || at.at_separator()) return skip_command(at);
    const Token name = at.take();
    StoredChain* to = in->find_chain(name.text);
    if (to == nullptr) {
      error(at.between(begin, at.place()), "there is no chain `" + std::string(name.text) + '`');
      return skip_command(at);
    }
    std::optional<std::size_t> index;
    for (const std::string_view by : {"handle", "position"}) {
      if (!at.at_word(by)) continue;
      error(at.between(at.place(), std::min(at.end_of_statement(), at.place() + 2)),
            "handles are given by the kernel and are not known here");
      return skip_command(at);
    }
    if (at.take_word("index") && !at.at_separator()) {
      std::size_t number = 0;
      for (const char c : at.take().text.substr(0, 9))
        if (c >= '0' && c <= '9') number = number * 10 + static_cast<std::size_t>(c - '0');
      index = number;
    }
    if (verb == "delete" || verb == "replace" || verb == "destroy") {
      error(at.between(begin, at.place()), "rules are deleted and replaced by their handles, which are not known here");
      return skip_command(at);
    }
    if (at.at_separator()) return error(at.between(begin, at.place()), "the rule is empty");
    blocks_.rule(at, *in, *to, verb == "insert", index);
  }

  void set(Cursor& at, std::string_view verb, std::size_t begin) {
    const bool is_map = at.take().text == "map";
    const auto named = table_name(at, begin);
    if (!named) return;
    StoredTable* in = existing(*named);
    if (in == nullptr || at.at_separator()) return skip_command(at);
    const Token name = at.take();
    StoredSet* found = in->find_set(name.text);
    if (verb == "add" || verb == "create") {
      StoredSet& made = blocks_.open_set(*in, name, is_map);
      if (at.take_mark("{")) blocks_.set(at, made);
      return;
    }
    if (found == nullptr) {
      if (verb != "destroy") error(at.between(begin, at.place()), "there is no set `" + std::string(name.text) + '`');
      return skip_command(at);
    }
    if (verb == "flush") found->elements.clear();
    if (verb == "delete" || verb == "destroy") in->remove_set(name.text);
  }

  void element(Cursor& at, std::string_view verb) {
    const std::size_t begin = at.place();
    const auto named = table_name(at, begin);
    if (!named) return;
    StoredTable* in = existing(*named);
    if (in == nullptr || at.at_separator()) return skip_command(at);
    const Token name = at.take();
    StoredSet* found = in->find_set(name.text);
    if (found == nullptr) {
      error(at.between(begin, at.place()), "there is no set `" + std::string(name.text) + '`');
      return skip_command(at);
    }
    const std::size_t first = at.place();
    at.skip_to(at.end_of_statement());
    if (verb == "add" || verb == "create") return blocks_.add_elements(at.between(first, at.place()), *found);
    blocks_.delete_elements(at.between(first, at.place()), *found);
  }

  void named_object(Cursor& at, std::string_view verb, std::size_t begin) {
    std::string kind(at.take().text);
    if (kind == "ct" && !at.at_separator()) kind += " " + std::string(at.take().text);
    const auto named = table_name(at, begin);
    if (!named) return;
    StoredTable* in = existing(*named);
    if (in == nullptr || at.at_separator()) return skip_command(at);
    const Token name = at.take();
    if (verb == "add" || verb == "create") return blocks_.object(at, *in, kind, name);
    std::erase_if(in->objects, [&](const StoredObject& each) { return each.kind == kind && each.name == name.text; });
    skip_command(at);
  }

  ReadContext in_;
  std::set<std::string> defined_;   ///< by commands, not within blocks
  std::set<std::string> left_out_;  ///< tables that were told to be
  Parser parser_;
  BlockReader blocks_;
};

}  // namespace

void read_nft_file(ReadContext context, source::FileId file) { Reader(context).read(file); }

}  // namespace nfproof::compiler::nft
