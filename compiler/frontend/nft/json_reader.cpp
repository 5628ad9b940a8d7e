// SPDX-License-Identifier: Apache-2.0
// Commands in JSON: see json_reader.h.
#include "compiler/frontend/nft/json_reader.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "compiler/frontend/nft/json_objects.h"
#include "compiler/frontend/nft/json_statement.h"
#include "compiler/frontend/nft/json_text.h"

namespace nfproof::compiler::nft {
namespace {

using Kind = JsonValue::Kind;

/// The text of commands is read when there is so much of it.
constexpr std::size_t kBatch = std::size_t{1} << 20;

constexpr std::array<std::string_view, 8> kVerbs = {"add",    "create",  "insert", "replace",
                                                    "delete", "destroy", "flush",  "rename"};

template <std::size_t kSize>
bool is_one_of(std::string_view word, const std::array<std::string_view, kSize>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class JsonCommands {
 public:
  JsonCommands(ReadContext& context, Parser& parser, source::FileId file,
               const std::function<void(const Tokens&)>& commands)
      : in_(context), file_(file), out_(file, context.store, parser, context.diagnostics), commands_(commands) {}

  void read() {
    read_json_commands(in_.sources.file(file_), file_, in_.diagnostics, [this](const JsonValue& each) {
      command(each);
      if (out_.size() > kBatch) commands_(out_.take());
    });
    commands_(out_.take());
    mark_filled_sets();
  }

 private:
  void command(const JsonValue& value) {
    out_.at(value);
    const auto only = value.only_member();
    if (!only) return out_.bad(value);
    const std::string_view verb = only->key.text();
    if (verb == "list" || verb == "reset" || verb == "metainfo") return;  // they ask, or tell about the program
    if (!is_one_of(verb, kVerbs)) return object(value, "add", *only);     // as the kernel's listing has it
    const auto object_of = only->value.only_member();
    if (!object_of) return out_.bad(only->value);
    object(value, verb, *object_of);
  }

  void object(const JsonValue& command, std::string_view verb, const JsonValue::Member& what) {
    const std::string_view kind = what.key.text();
    if (kind == "metainfo") return;
    out_.at(command);
    if (kind == "ruleset") return ruleset(verb, what);
    if (!is_json_object(kind)) return out_.bad(what.key);
    if (!what.value.is(Kind::kObject)) return out_.bad(what.value);
    for (const std::string_view key : json_names_of(kind))
      if (!what.value[key].is(Kind::kString)) return out_.without(what.value, key);
    if (verb == "rename" && !what.value["newname"]) return out_.without(what.value, "newname");
    out_.put(verb);
    out_.put(kind);
    const bool made = verb == "add" || verb == "create" || verb == "insert" || verb == "replace";
    if (kind == "rule")
      rule(what.value, verb);
    else
      put_json_object(out_, kind, what.value, made);
    if (verb == "rename") out_.name(what.value["newname"]);
    out_.end_command();
  }

  void ruleset(std::string_view verb, const JsonValue::Member& what) {
    if (verb != "flush") return out_.bad(what.key);
    out_.put("flush ruleset");
    if (const JsonValue family = what.value["family"]) out_.word(family);
    out_.end_command();
  }

  void rule(const JsonValue& value, std::string_view verb) {
    out_.only_known(value, {"family", "table", "chain", "expr", "handle", "index", "comment"});
    put_json_names(out_, "rule", value);
    for (const std::string_view by : {"handle", "index"}) {
      // Listings say the handle of each rule; adding it, nft pays no attention to that.
      if (!value[by] || (verb == "add" && by == "handle")) continue;
      out_.at(value[by]);
      out_.put(by);
      out_.word(value[by]);
    }
    if (verb == "delete" || verb == "destroy") return;
    const JsonValue statements = value["expr"];
    if (!statements.is(Kind::kArray)) return out_.without(value, "expr");
    out_.set_in_rule(true);
    out_.at_whole(value);
    const std::size_t begin = out_.size();
    for (const JsonValue& each : statements.items()) {
      put_statement(out_, each);
      note_filled_set(value, each);
    }
    if (out_.size() == begin) out_.put("continue");  // it has its number, and does nothing
    if (const JsonValue comment = value["comment"]) {
      out_.at(comment);
      out_.put("comment");
      out_.quoted(comment.text());
    }
    out_.set_in_rule(false);
  }

  /// Listings in JSON do not say that packets add elements to a set; the rules do.
  void note_filled_set(const JsonValue& rule, const JsonValue& statement) {
    for (const std::string_view kind : {"set", "map"}) {
      const std::string_view name = statement[kind][kind].text();
      if (name.starts_with('@')) filled_.emplace(rule["family"].text(), rule["table"].text(), name.substr(1));
    }
  }
  void mark_filled_sets() {
    for (const auto& [family, table, set] : filled_) {
      const auto of = ir_family(family);
      StoredTable* in = of ? in_.store.find_table(*of, table) : nullptr;
      if (StoredSet* found = in == nullptr ? nullptr : in->find_set(set)) found->dynamic = true;
    }
  }
  static std::optional<ir::Family> ir_family(std::string_view word) {
    if (word == "ip") return ir::Family::kIpv4;
    if (word == "ip6") return ir::Family::kIpv6;
    if (word == "inet") return ir::Family::kInet;
    return std::nullopt;
  }

  ReadContext& in_;
  source::FileId file_;
  JsonText out_;
  const std::function<void(const Tokens&)>& commands_;
  std::set<std::tuple<std::string, std::string, std::string>> filled_;  ///< family, table, set
};

}  // namespace

void read_nft_json(ReadContext& context, Parser& parser, source::FileId file,
                   const std::function<void(const Tokens&)>& commands) {
  JsonCommands(context, parser, file, commands).read();
}

}  // namespace nfproof::compiler::nft
