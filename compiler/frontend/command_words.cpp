// SPDX-License-Identifier: Apache-2.0
// Dealing out the words of a command: see command_words.h. The order in which owners of an option are asked is that of
// iptables: its own options, then the modules from the latest loaded to the first, then the match that `-p` implies.
#include "compiler/frontend/command_words.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "compiler/frontend/command_verb.h"
#include "compiler/frontend/module_lookup.h"
#include "compiler/frontend/word_stream.h"

namespace nfproof::compiler {
namespace {

/// The options that test packets: only they can be negated.
bool tests_packets(Basic id) {
  return id == Basic::kSource || id == Basic::kDestination || id == Basic::kProtocol || id == Basic::kInInterface ||
         id == Basic::kOutInterface || id == Basic::kFragment;
}

class Dealer {
 public:
  Dealer(std::span<const Word> words, ir::Family family, source::Diagnostics& diagnostics, CommandWords& out)
      : words_(words), family_(family), diagnostics_(diagnostics), out_(out), modules_(out, family) {}

  bool run() {
    while (!words_.empty() && !is_foreign())
      if (!read_word()) return false;
    if (!negation_.is_known() || is_foreign()) return true;
    return fail("bad-option", negation_, "nothing follows `!`");
  }

 private:
  bool fail(std::string id, source::Span span, std::string message) {
    diagnostics_.error(std::move(id), span, std::move(message));
    return false;
  }
  [[nodiscard]] bool is_foreign() const { return out_.command.only && *out_.command.only != family_; }

  // --- Dealing out words ---

  bool read_word() {
    const Word& word = words_.take();
    if (word.text == "!") {
      if (negation_.is_known()) return fail("bad-option", word.span, "`!` is given twice");
      negation_ = word.span;
      return true;
    }
    bool read = false;
    if (word.text.size() > 2 && word.text.starts_with("--")) {
      read = read_long(word);
    } else if (word.text.size() > 1 && word.text[0] == '-' && word.text != "--") {
      read = read_short(word);
    } else {
      stray_word(word);
    }
    negation_ = {};
    return read;
  }

  void stray_word(const Word& word) {
    std::string message = "unexpected word `" + std::string(word.text) + '`';
    if (last_long_.size() > 0) message += " after the value of `" + std::string(last_long_) + '`';
    diagnostics_.error("unexpected-word", word.span, message);
  }

  /// `-A`, `-4A`, `-s10.0.0.1`: flags may be followed by more options, options with a value take the rest of the word.
  bool read_short(const Word& word) {
    for (std::size_t i = 1; i < word.text.size(); ++i) {
      const BasicRow* row = find_basic(word.text[i]);
      if (row == nullptr) return fail("unknown-option", word.span, "unknown option `" + std::string(word.text) + '`');
      if (!row->takes_value) {
        if (!basic(*row, word, {})) return false;
        if (is_foreign()) return true;
        continue;
      }
      if (i + 1 < word.text.size()) return glued(*row, word, glued_value(word, i + 1));
      const Word* value = take_value(word);
      return value != nullptr && basic(*row, word, *value);
    }
    return true;
  }

  /// Some options of iptables only take a word of their own as value.
  bool glued(const BasicRow& row, const Word& word, const Word& value) {
    const bool refused = row.id == Basic::kSource || row.id == Basic::kDestination || row.id == Basic::kProtocol ||
                         row.id == Basic::kInInterface || row.id == Basic::kOutInterface || row.id == Basic::kJump;
    if (!row.takes_value) return fail("bad-option", word.span, "`--" + std::string(row.long_name) + "` takes no value");
    if (!refused) return basic(row, word, value);
    return fail("bad-option", word.span,
                std::string("write `-") + row.short_name + ' ' + std::string(value.text) +
                    "`: the value must be a word of its own");
  }

  static Word glued_value(const Word& word, std::size_t from) {
    Word value = word;
    value.text.remove_prefix(from);
    if (!word.quoted) value.span.column += static_cast<std::uint32_t>(from);
    return value;
  }

  const Word* take_value(const Word& option) {
    if (!words_.empty()) return &words_.take();
    diagnostics_.error("missing-value", option.span, '`' + std::string(option.text) + "` needs a value");
    return nullptr;
  }

  bool read_long(const Word& word) {
    const std::size_t equals = word.text.find('=');
    const std::string_view name = word.text.substr(2, equals == std::string_view::npos ? equals : equals - 2);
    std::optional<Word> glued;
    if (equals != std::string_view::npos) glued = glued_value(word, equals + 1);
    last_long_ = word.text.substr(0, name.size() + 2);
    if (const BasicRow* row = find_basic(name)) {
      if (glued) return this->glued(*row, word, *glued);
      if (!row->takes_value) return basic(*row, word, Word{});
      const Word* value = take_value(word);
      return value != nullptr && basic(*row, word, *value);
    }
    if (const auto found = modules_.find(name)) return module_option(*found, word, glued);
    if (const BasicRow* row = find_abbreviated_basic(name); row != nullptr && !glued) {
      const Word* value = row->takes_value ? take_value(word) : &word;
      return value != nullptr && basic(*row, word, row->takes_value ? *value : Word{});
    }
    return fail("unknown-option", word.span,
                "unknown option `" + std::string(last_long_) + '`' + modules_.option_hint(name));
  }

  static const BasicRow* find_abbreviated_basic(std::string_view name) {
    const BasicRow* found = nullptr;
    for (const BasicRow& row : basic_rows()) {
      if (!row.long_name.starts_with(name)) continue;
      if (found != nullptr && found->id != row.id) return nullptr;
      found = &row;
    }
    return found;
  }

  bool module_option(ModuleLookup::Found found, const Word& word, const std::optional<Word>& glued) {
    const OptionRow& row = *found.row;
    const std::size_t wanted = value_words(row);
    PendingOption option{&row, negation_.is_known(), word.span, {}};
    if (negation_.is_known()) option.span = join(negation_, option.span);
    const bool repeated = std::any_of(found.module->options.begin(), found.module->options.end(),
                                      [&](const PendingOption& other) { return other.row == &row; });
    if (repeated && !row.multiple)
      return fail("repeated-option", word.span, "`--" + std::string(row.name) + "` is given twice");
    if (negation_.is_known() && !row.negatable)
      return fail("bad-negation", option.span, "`--" + std::string(row.name) + "` cannot be negated");
    if (glued) {
      if (wanted != 1) return fail("bad-option", word.span, '`' + std::string(last_long_) + "` takes no `=`");
      option.values = std::span(&out_.glued.emplace_front(*glued), 1);
    } else {
      if (words_.size() < wanted)
        return fail("missing-value", word.span, '`' + std::string(word.text) + "` needs a value");
      option.values = words_.take(wanted);
    }
    if (!option.values.empty()) option.span = join(option.span, option.values.back().span);
    found.module->span = join(found.module->span, option.span);
    found.module->options.push_back(option);
    return true;
  }

  // --- Options of iptables itself ---

  bool basic(const BasicRow& row, const Word& option, const Word& value) {
    source::Span span = option.span;
    if (negation_.is_known()) span = join(negation_, span);
    if (row.takes_value) span = join(span, value.span);
    const bool negated = negation_.is_known();
    if (negated && !tests_packets(row.id))
      return fail("bad-negation", span, '`' + std::string(option.text) + "` cannot be negated");
    if (tests_packets(row.id)) out_.basic_span = join(out_.basic_span, span);
    switch (row.id) {
      case Basic::kSource: return set(out_.basic.source, option, read_addresses(value, negated, family_, diagnostics_));
      case Basic::kDestination:
        return set(out_.basic.destination, option, read_addresses(value, negated, family_, diagnostics_));
      case Basic::kInInterface:
        out_.in_span = span;
        return set(out_.basic.in, option, read_interface(value, negated, diagnostics_));
      case Basic::kOutInterface:
        out_.out_span = span;
        return set(out_.basic.out, option, read_interface(value, negated, diagnostics_));
      case Basic::kProtocol: return set(out_.basic.protocol, option, read_protocol(value, negated, diagnostics_));
      case Basic::kFragment:
        if (family_ == ir::Family::kIpv6)
          return fail("bad-option", span, "`-f` does not exist for IPv6, use `-m frag`");
        return set(out_.basic.fragment, option, std::optional<bool>(!negated));
      case Basic::kMatch: return load_match(span, value);
      case Basic::kJump: return load_target(span, value, false);
      case Basic::kGoto: return load_target(span, value, true);
      case Basic::kCounters: return read_counters(option, value);
      case Basic::kIpv4: out_.command.only = ir::Family::kIpv4; return true;
      case Basic::kIpv6: out_.command.only = ir::Family::kIpv6; return true;
      case Basic::kVerbose:
      case Basic::kNumeric:
      case Basic::kModprobe: return true;
      case Basic::kTable:
        return fail("bad-option", span, "`-t` is not allowed here: the line `*TABLE` names the table");
      case Basic::kExact:
      case Basic::kHelp:
      case Basic::kLineNumbers:
      case Basic::kVersion:
      case Basic::kWait:
      case Basic::kWaitInterval:
        return fail("bad-option", span, '`' + std::string(option.text) + "` is not allowed here");
      case Basic::kAppend:
      case Basic::kCheck:
      case Basic::kDelete:
      case Basic::kDeleteChain:
      case Basic::kFlush:
      case Basic::kInsert:
      case Basic::kList:
      case Basic::kListRules:
      case Basic::kNewChain:
      case Basic::kPolicy:
      case Basic::kRenameChain:
      case Basic::kReplace:
      case Basic::kZero: return read_verb(row.verb, option, value, words_, out_.command, diagnostics_);
    }
    return false;
  }

  template <typename T>
  bool set(std::optional<T>& place, const Word& option, std::optional<T> value) {
    if (place) return fail("repeated-option", option.span, '`' + std::string(option.text) + "` is given twice");
    if (!value) return false;
    place = std::move(value);
    return true;
  }

  bool read_counters(const Word& option, const Word& value) {
    if (out_.counters) return fail("repeated-option", option.span, "`-c` is given twice");
    const std::size_t comma = value.text.find(',');
    Word bytes;
    if (comma == std::string_view::npos) bytes = words_.take_argument();
    const std::string_view second = comma == std::string_view::npos ? bytes.text : value.text.substr(comma + 1);
    ir::Counters counters;
    const auto read = [](std::string_view text, std::uint64_t& number) {
      const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
      return failed == std::errc{} && end == text.data() + text.size();
    };
    if (!read(value.text.substr(0, comma), counters.packets) || !read(second, counters.bytes))
      return fail("bad-value", option.span, "`-c` needs a number of packets and a number of bytes");
    out_.counters = counters;
    return true;
  }

  bool load_match(source::Span span, const Word& value) {
    const Extension* extension = find_extension(ExtensionKind::kMatch, value.text, family_);
    if (extension == nullptr)
      return fail("unknown-module", value.span,
                  "unknown match `" + std::string(value.text) + '`' + modules_.match_hint(value.text));
    out_.matches.push_back({extension, value.text, span, {}});
    return true;
  }

  bool load_target(source::Span span, const Word& value, bool is_goto) {
    if (out_.target)
      return fail("repeated-option", span,
                  "a rule has one target; `" + std::string(out_.target->name) + "` was given before");
    if (value.text.empty() || value.text.size() > kMaxChainName)
      return fail("unknown-target", value.span, "expected the name of a target or chain");
    const Extension* extension = is_goto ? nullptr : find_extension(ExtensionKind::kTarget, value.text, family_);
    out_.target = PendingModule{extension, value.text, span, {}};
    out_.is_goto = is_goto;
    out_.matches_before_target = out_.matches.size();
    return true;
  }

  WordStream words_;
  ir::Family family_;
  source::Diagnostics& diagnostics_;
  CommandWords& out_;
  ModuleLookup modules_;

  source::Span negation_;  ///< a `!` that waits for its option
  std::string_view last_long_;
};

}  // namespace

bool deal_out(std::span<const Word> words, ir::Family family, source::Diagnostics& diagnostics, CommandWords& out) {
  return Dealer(words, family, diagnostics, out).run();
}

}  // namespace nfproof::compiler
