// SPDX-License-Identifier: Apache-2.0
// Reading settings. Every key has a row that says what it takes.
#include "analyzer/triage/settings.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "compiler/source/characters.h"
#include "compiler/source/near.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_UNRELEASED_FEATURES 0
#include <toml++/toml.h>

namespace nfproof::analyzer {
namespace {

class Reader {
 public:
  Reader(const source::SourceFile& text, source::FileId file, source::Diagnostics& diagnostics)
      : text_(text), file_(file), diagnostics_(diagnostics) {}

  std::optional<Settings> read() {
    const toml::parse_result parsed = toml::parse(text_.text(), text_.path());
    if (!parsed) {
      diagnostics_.error("bad-toml", span_of(parsed.error().source()), std::string(parsed.error().description()));
      return std::nullopt;
    }
    static constexpr std::array<std::string_view, 9> kKeys = {
        "select", "ignore", "levels", "admin", "expected-open", "sensitive-ports", "fail-on", "baseline", "files"};
    for (const auto& [key, value] : parsed.table()) {
      const std::string_view name = key.str();
      if (name == "select")
        checks(value, settings_.select);
      else if (name == "ignore")
        checks(value, settings_.ignore);
      else if (name == "levels")
        levels(value, settings_.levels);
      else if (name == "admin")
        texts(value, settings_.admin);
      else if (name == "expected-open")
        texts(value, settings_.expected_open);
      else if (name == "sensitive-ports")
        ports(value);
      else if (name == "fail-on")
        fail_on(value);
      else if (name == "baseline")
        settings_.baseline = text(value);
      else if (name == "files")
        files(value);
      else
        unknown(key, kKeys);
    }
    if (failed_) return std::nullopt;
    return std::move(settings_);
  }

 private:
  [[nodiscard]] source::Span span_of(const toml::source_region& region) const {
    if (!region.begin) return {file_, 1, 1, 1};
    return source::span_of_characters(text_, file_,
                                      {region.begin.line, region.begin.column, region.end.line, region.end.column});
  }

  void error(const toml::node& at, const std::string& message) {
    diagnostics_.error("bad-setting", span_of(at.source()), message);
    failed_ = true;
  }

  void unknown(const toml::key& key, std::span<const std::string_view> known) {
    diagnostics_.error("unknown-key", span_of(key.source()), source::unknown_key(key.str(), known));
    failed_ = true;
  }

  std::string text(const toml::node& value) {
    if (const auto* string = value.as_string(); string != nullptr) return string->get();
    error(value, "a text in quotes is expected");
    return {};
  }

  /// A text or a list of texts.
  void texts(const toml::node& value, std::vector<Setting>& to) {
    const toml::array* list = value.as_array();
    if (list == nullptr) {
      to.push_back({text(value), span_of(value.source())});
      return;
    }
    for (const toml::node& each : *list) to.push_back({text(each), span_of(each.source())});
  }

  bool known_check(const toml::node* at, const toml::key* key, const std::string& word) {
    if (is_check_name(word)) return true;
    std::vector<std::string_view> names;
    for (const CheckInfo& info : check_catalogue()) names.insert(names.end(), {info.id, info.name});
    const std::string_view near = source::nearest(word, names);
    const source::Span span = span_of(at != nullptr ? at->source() : key->source());
    diagnostics_.error(
        "unknown-check", span,
        "no check is called `" + word + '`' +
            (near.empty() ? "; `nfproof explain` lists them" : ", did you mean `" + std::string(near) + "`?"));
    failed_ = true;
    return false;
  }

  void checks(const toml::node& value, std::vector<std::string>& to) {
    const toml::array* list = value.as_array();
    if (list == nullptr) return error(value, "a list of checks is expected: `[\"NF101\", \"NF2\"]`");
    for (const toml::node& each : *list) {
      std::string word = text(each);
      if (each.is_string() && known_check(&each, nullptr, word)) to.push_back(std::move(word));
    }
  }

  void levels(const toml::node& value, std::vector<LevelSetting>& to) {
    const toml::table* table = value.as_table();
    if (table == nullptr) return error(value, "a table is expected: `NF102 = \"off\"`");
    for (const auto& [key, each] : *table) {
      std::string word(key.str());
      if (!known_check(nullptr, &key, word)) continue;
      const std::string name = text(each);
      const auto level = level_of_name(name);
      if (each.is_string() && !level && name != "off")
        error(each, "`" + name + "` is no level; expected error, warning, info or off");
      to.push_back({std::move(word), level});
    }
  }

  /// `tcp 3306`, with a name for messages behind it: `tcp 3306 MySQL`.
  void ports(const toml::node& value) {
    std::vector<Setting> words;
    texts(value, words);
    settings_.sensitive_ports.emplace();
    for (const Setting& each : words) {
      const std::string_view all = each.text;
      const bool tcp = all.starts_with("tcp ");
      unsigned port = 0;
      const char* first = all.data() + std::min<std::size_t>(4, all.size());
      const auto [end, bad] = std::from_chars(first, all.data() + all.size(), port);
      const bool ends = end == all.data() + all.size() || *end == ' ';
      if ((!tcp && !all.starts_with("udp ")) || bad != std::errc() || !ends || port == 0 || port > 65535) {
        diagnostics_.error("bad-setting", each.span, "a protocol and a port are expected: `tcp 3306 MySQL`");
        failed_ = true;
        continue;
      }
      const auto rest = static_cast<std::size_t>(end - all.data());
      std::string service(rest + 1 < all.size() ? all.substr(rest + 1) : std::string_view("sensitive"));
      settings_.sensitive_ports->push_back(
          {tcp ? ir::kProtoTcp : ir::kProtoUdp, static_cast<std::uint16_t>(port), std::move(service)});
    }
  }

  void fail_on(const toml::node& value) {
    const std::string name = text(value);
    settings_.fail_on = level_of_name(name);
    if (value.is_string() && !settings_.fail_on)
      error(value, "`" + name + "` is no level; expected error, warning or info");
  }

  void files(const toml::node& value) {
    const toml::table* table = value.as_table();
    if (table == nullptr) return error(value, "a table is expected: `[files.\"PATTERN\"]`");
    static constexpr std::array<std::string_view, 2> kKeys = {"ignore", "levels"};
    for (const auto& [pattern, node] : *table) {
      const toml::table* inner = node.as_table();
      if (inner == nullptr) {
        error(node, "a table is expected: `[files.\"" + std::string(pattern.str()) + "\"]`");
        continue;
      }
      Settings::ForFiles& made = settings_.files.emplace_back();
      made.pattern = std::string(pattern.str());
      for (const auto& [key, each] : *inner) {
        if (key.str() == "ignore")
          checks(each, made.ignore);
        else if (key.str() == "levels")
          levels(each, made.levels);
        else
          unknown(key, kKeys);
      }
    }
  }

  const source::SourceFile& text_;
  source::FileId file_;
  source::Diagnostics& diagnostics_;
  Settings settings_;
  bool failed_ = false;
};

}  // namespace

std::optional<Settings> read_settings(const source::SourceFile& text, source::FileId file,
                                      source::Diagnostics& diagnostics) {
  return Reader(text, file, diagnostics).read();
}

std::optional<Level> level_of_name(std::string_view name) {
  for (const Level level : {Level::kInfo, Level::kWarning, Level::kError})
    if (level_name(level) == name) return level;
  return std::nullopt;
}

std::optional<Level> level_by(const std::vector<LevelSetting>& levels, const CheckInfo& check,
                              std::optional<Level> as_found) {
  std::size_t longest = 0;
  std::optional<Level> result = as_found;
  for (const LevelSetting& each : levels) {
    if (!names_check(each.checks, check) || each.checks.size() < longest) continue;
    longest = each.checks.size();
    result = each.level;
  }
  return result;
}

}  // namespace nfproof::analyzer
