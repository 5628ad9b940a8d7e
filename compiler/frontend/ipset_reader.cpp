// SPDX-License-Identifier: Apache-2.0
// See ipset_reader.h.
#include "compiler/frontend/ipset_reader.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "compiler/extensions/values.h"
#include "compiler/ipset/execute.h"
#include "compiler/ipset/settings.h"

namespace nfproof::compiler {
namespace {

using ipset::Failure;
using ipset::Verb;
using ipset::Word;

/// A first word of ipset's followed by one of these is a command of nft.
constexpr std::array<std::string_view, 10> kNftObjects = {"table",   "chain",     "rule",    "set",   "map",
                                                          "element", "flowtable", "counter", "quota", "limit"};
constexpr std::array<std::string_view, 8> kFirstWords = {"create",  "add",  "del",    "flush",
                                                         "destroy", "swap", "rename", "-exist"};

class IpsetReader {
 public:
  IpsetReader(const source::SourceFile& file, source::FileId id, ir::SetTable& sets, source::Diagnostics& diagnostics)
      : file_(file), id_(id), sets_(sets), diagnostics_(diagnostics) {}

  /// The number of the line behind the sets.
  std::size_t read() {
    std::size_t next = 1;  // remarks in front of a table belong to it
    for (std::size_t number = 1; number <= file_.line_count(); ++number) {
      line_ = static_cast<std::uint32_t>(number);
      const std::string_view text = file_.line(number);
      if (text.starts_with('*')) return next;
      read_line(text);
      if (!text.empty() && text[0] != '#') next = number + 1;
    }
    return file_.line_count() + 1;
  }

 private:
  void read_line(std::string_view text) {
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
      const auto column = static_cast<std::uint32_t>(nul + 1);
      diagnostics_.error("not-text", {id_, line_, column, column + 1}, "a NUL byte: this line is not text");
      return;
    }
    const std::size_t first = text.find_first_not_of(" \t\r\v\f");
    if (first == std::string_view::npos || text[first] == '#') return;
    if (text.substr(first) == "COMMIT") return;
    ipset::Line line = ipset::split_line(text, true);
    if (line.unclosed_quote) {
      const auto column = static_cast<std::uint32_t>(text.rfind('"') + 1);
      diagnostics_.error("ipset", {id_, line_, column, static_cast<std::uint32_t>(text.size() + 1)},
                         "the quote is not closed: ipset drops this word");
      return;
    }
    words_ = std::move(line.words);
    all_ = words_;
    if (auto failure = run()) report(*failure, text);
  }

  std::optional<Failure> run() {
    if (auto failure = ipset::take_settings(words_, settings_)) return failure;
    if (words_.empty()) return ipset::usage_failure("No command specified.", 0);
    const Verb verb = ipset::find_verb(words_[0].text);
    if (auto failure = ipset::check_arguments(verb, words_)) return failure;
    const ipset::Target target{sets_, settings_.exist, 0, nullptr};
    switch (verb) {
      case Verb::kCreate: return create(target);
      case Verb::kAdd: return ipset::add(target, words_);
      case Verb::kDel: return ipset::del(target, words_);
      case Verb::kDestroy: return ipset::destroy(target, words_);
      case Verb::kFlush: return ipset::flush(target, words_);
      case Verb::kRename: return ipset::rename(target, words_);
      case Verb::kSwap: return ipset::swap(target, words_);
      case Verb::kTest: {
        ipset::TestResult result;
        return ipset::test(target, words_, result);
      }
      case Verb::kList:
      case Verb::kSave: return std::nullopt;  // print, and change nothing
      case Verb::kQuit: return std::nullopt;
      case Verb::kRestore:
      case Verb::kVersion:
      case Verb::kHelp:
        return ipset::usage_failure("Command `" + std::string(ipset::verb_name(verb)) + "' is invalid in restore mode",
                                    0);
      case Verb::kNone: break;
    }
    return unknown_command();
  }

  std::optional<Failure> create(const ipset::Target& target) {
    std::vector<std::string> warnings;
    auto failure = ipset::create(target, words_, span_of(words_[1]), warnings);
    for (std::string& warning : warnings)
      diagnostics_.warning("ipset", span_of(words_[0]),
                           ipset::diagnostic_text({Failure::Kind::kSyntax, std::move(warning), 0, {}}));
    return failure;
  }

  std::optional<Failure> unknown_command() const {
    const std::string_view near = nearest(words_[0].text, std::span(kFirstWords).first(7));
    return ipset::usage_failure("unknown command `" + words_[0].text + "'" +
                                    (near.empty() ? "" : ", did you mean `" + std::string(near) + "'?"),
                                0);
  }

  [[nodiscard]] source::Span span_of(const Word& word) const { return {id_, line_, word.column, word.end_column}; }

  void report(const Failure& failure, std::string_view text) {
    source::Span span{id_, line_, 1, static_cast<std::uint32_t>(text.size() + 1)};
    const std::vector<Word>& words = words_.empty() ? all_ : words_;
    if (!words.empty()) span = span_of(words[std::min(failure.word, words.size() - 1)]);
    auto& diagnostic = diagnostics_.error("ipset", span, ipset::diagnostic_text(failure));
    if (failure.error != ir::SetError::kSetExists) return;
    if (const auto first = sets_.find(words_[1].text); first && sets_[*first].span().is_known())
      diagnostic.labels.push_back({sets_[*first].span(), "created here"});
  }

  const source::SourceFile& file_;
  source::FileId id_;
  ir::SetTable& sets_;
  source::Diagnostics& diagnostics_;
  ipset::Settings settings_;
  std::vector<Word> words_;
  std::vector<Word> all_;  ///< with the options of ipset
  std::uint32_t line_ = 0;
};

}  // namespace

bool is_ipset_file(const source::SourceFile& file) {
  for (std::size_t number = 1; number <= file.line_count(); ++number) {
    const std::string_view text = file.line(number);
    const std::size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || text[first] == '#') continue;
    const std::vector<Word> words = ipset::split_line(text, true).words;
    if (words.size() < 2) return words.size() == 1 && (words[0].text == "flush" || words[0].text == "destroy");
    const bool command =
        words[0].text == "-!" || std::find(kFirstWords.begin(), kFirstWords.end(), words[0].text) != kFirstWords.end();
    const bool nft = std::find(kNftObjects.begin(), kNftObjects.end(), words[1].text) != kNftObjects.end();
    return command && (!nft || (words.size() > 2 && ir::find_set_type(words[2].text) != nullptr));
  }
  return false;
}

std::size_t read_ipset_file(const source::SourceFile& file, source::FileId id, ir::SetTable& sets,
                            source::Diagnostics& diagnostics) {
  return IpsetReader(file, id, sets, diagnostics).read();
}

}  // namespace nfproof::compiler
