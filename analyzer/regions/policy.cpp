// SPDX-License-Identifier: Apache-2.0
// Reading policy files. Every key has a row that says what it takes.
#include "analyzer/regions/policy.h"

#include <algorithm>
#include <array>
#include <map>

#include "compiler/source/characters.h"
#include "compiler/source/near.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_UNRELEASED_FEATURES 0
#include <toml++/toml.h>

namespace nfproof::analyzer {
namespace {

class PolicyReader {
 public:
  PolicyReader(const source::SourceFile& text, source::FileId file, source::Diagnostics& diagnostics)
      : text_(text), file_(file), diagnostics_(diagnostics) {}

  std::optional<std::vector<PolicyEntry>> read() {
    const toml::parse_result parsed = toml::parse(text_.text(), text_.path());
    if (!parsed) {
      diagnostics_.error("bad-toml", span_of(parsed.error().source()), std::string(parsed.error().description()));
      return std::nullopt;
    }
    static constexpr std::array<std::string_view, 2> kKeys = {"groups", "assert"};
    for (const auto& [key, value] : parsed.table())
      if (key.str() == "groups")
        groups(value);
      else if (key.str() != "assert")
        unknown(key, kKeys);
    const toml::node* list = parsed.table().get("assert");
    if (list == nullptr && !failed_)
      diagnostics_.error("no-assertions", {file_, 1, 1, 2},
                         "the file holds no assertions; each begins with `[[assert]]`"),
          failed_ = true;
    if (list != nullptr && list->as_array() == nullptr) error(*list, "assertions are written as `[[assert]]`");
    if (list != nullptr && list->as_array() != nullptr)
      for (const toml::node& each : *list->as_array()) {
        if (const auto* table = each.as_table())
          assertion(*table);
        else
          error(each, "assertions are written as `[[assert]]`");
      }
    return std::move(entries_);
  }

 private:
  [[nodiscard]] source::Span span_of(const toml::source_region& region) const {
    if (!region.begin) return {file_, 1, 1, 2};
    return source::span_of_characters(text_, file_,
                                      {region.begin.line, region.begin.column, region.end.line, region.end.column});
  }

  void error(const toml::node& at, const std::string& message) {
    diagnostics_.error("bad-policy", span_of(at.source()), message);
    failed_ = true;
  }

  void unknown(const toml::key& key, std::span<const std::string_view> known) {
    diagnostics_.error("unknown-key", span_of(key.source()), source::unknown_key(key.str(), known));
    failed_ = true;
  }

  std::optional<Setting> text(const toml::node& value) {
    if (const auto* string = value.as_string(); string != nullptr)
      return Setting{string->get(), span_of(value.source())};
    error(value, "a text in quotes is expected");
    return std::nullopt;
  }

  std::vector<Setting> texts(const toml::node& value) {
    std::vector<Setting> found;
    const toml::array* list = value.as_array();
    if (list == nullptr) {
      if (auto one = text(value)) found.push_back(std::move(*one));
      return found;
    }
    for (const toml::node& each : *list)
      if (auto one = text(each)) found.push_back(std::move(*one));
    return found;
  }

  bool flag(const toml::node& value) {
    if (const auto* boolean = value.as_boolean()) return boolean->get();
    error(value, "`true` or `false` is expected");
    return false;
  }

  void groups(const toml::node& value) {
    const toml::table* table = value.as_table();
    if (table == nullptr) return error(value, "groups are written as `[groups]`, with `name = [\"10.0.0.0/8\"]` below");
    for (const auto& [key, list] : *table) groups_[std::string(key.str())] = texts(list);
  }

  /// Addresses, with the names of groups replaced by what is in them.
  std::vector<Setting> addresses(const toml::node& value) {
    std::vector<Setting> found;
    for (Setting& each : texts(value))
      if (const auto group = groups_.find(each.text); group != groups_.end())
        found.insert(found.end(), group->second.begin(), group->second.end());
      else
        found.push_back(std::move(each));
    return found;
  }

  template <typename T, std::size_t N>
  std::optional<T> one_of(const toml::node& value, const std::array<std::pair<std::string_view, T>, N>& known) {
    const auto word = text(value);
    if (!word) return std::nullopt;
    for (const auto& [name, meaning] : known)
      if (name == word->text) return meaning;
    std::string message = "expected";
    for (std::size_t i = 0; i < N; ++i) message += (i == 0 ? " `" : ", `") + std::string(known[i].first) + '`';
    error(value, message + ", found `" + word->text + '`');
    return std::nullopt;
  }

  void assertion(const toml::table& table) {
    using Kind = Assertion::Kind;
    using Verdict = Assertion::Verdict;
    static constexpr std::array<std::string_view, 12> kKeys = {
        "name",        "hook",           "packets",    "from",         "to",   "verdict",
        "nothing-but", "families-agree", "arrives-at", "arrives-port", "some", "family"};
    static constexpr std::array<std::pair<std::string_view, HostWay>, 3> kHooks = {
        {{"input", HostWay::kInput}, {"forward", HostWay::kForward}, {"output", HostWay::kOutput}}};
    static constexpr std::array<std::pair<std::string_view, Verdict>, 3> kVerdicts = {
        {{"accept", Verdict::kAccept}, {"drop", Verdict::kDrop}, {"reject", Verdict::kReject}}};
    PolicyEntry entry;
    Assertion& made = entry.assertion;
    made.span = span_of(table.source());
    std::size_t kinds = 0;
    bool verdict = false;
    for (const auto& [key, value] : table) {
      const std::string_view name = key.str();
      if (name == "name") {
        if (const auto word = text(value)) made.name = word->text, made.span = word->span;
      } else if (name == "hook") {
        made.way = one_of(value, kHooks).value_or(made.way);
      } else if (name == "packets") {
        entry.packets = text(value);
      } else if (name == "from") {
        entry.from = addresses(value);
      } else if (name == "to") {
        entry.to = addresses(value);
      } else if (name == "verdict") {
        made.verdict = one_of(value, kVerdicts).value_or(made.verdict);
        verdict = true;
        ++kinds;
      } else if (name == "nothing-but") {
        made.kind = Kind::kNothingElseOpen;
        entry.open = texts(value);
        ++kinds;
      } else if (name == "families-agree") {
        made.kind = Kind::kFamiliesAgree;
        if (!flag(value)) error(value, "only `true` says something");
        ++kinds;
      } else if (name == "arrives-at") {
        made.kind = Kind::kArrives;
        entry.arrives = addresses(value);
        ++kinds;
      } else if (name == "arrives-port") {
        port(value, entry);
      } else if (name == "some") {
        made.some = flag(value);
      } else if (name == "family") {
        const auto* number = value.as_integer();
        if (number == nullptr || (number->get() != 4 && number->get() != 6)) error(value, "the family is 4 or 6");
        if (number != nullptr) made.families = {number->get() == 4 ? ir::Family::kIpv4 : ir::Family::kIpv6};
      } else {
        unknown(key, kKeys);
      }
    }
    if (made.name.empty()) error(table, "an assertion needs a `name`");
    if (kinds != 1) error(table, "an assertion has one of `verdict`, `nothing-but`, `families-agree`, `arrives-at`");
    if (entry.arrives_port && made.kind != Kind::kArrives) error(table, "`arrives-port` belongs to `arrives-at`");
    if (made.some && !verdict) error(table, "`some` belongs to `verdict`");
    entries_.push_back(std::move(entry));
  }

  void port(const toml::node& value, PolicyEntry& entry) {
    if (const auto* number = value.as_integer())
      entry.arrives_port = Setting{std::to_string(number->get()), span_of(value.source())};
    else
      entry.arrives_port = text(value);
  }

  const source::SourceFile& text_;
  source::FileId file_;
  source::Diagnostics& diagnostics_;
  std::map<std::string, std::vector<Setting>> groups_;
  std::vector<PolicyEntry> entries_;
  bool failed_ = false;
};

}  // namespace

std::optional<std::vector<PolicyEntry>> read_policy(const source::SourceFile& text, source::FileId file,
                                                    source::Diagnostics& diagnostics) {
  return PolicyReader(text, file, diagnostics).read();
}

}  // namespace nfproof::analyzer
