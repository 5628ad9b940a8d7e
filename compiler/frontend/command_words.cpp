// SPDX-License-Identifier: Apache-2.0
// Dealing out the words of a command: see command_words.h. The order in which owners of an option are asked is that of
// iptables: its own options, then the modules from the latest loaded to the first, then the match that `-p` implies.
#include "compiler/frontend/command_words.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>

#include "compiler/frontend/command_verb.h"
#include "compiler/frontend/module_lookup.h"
#include "compiler/frontend/word_stream.h"
#include "compiler/frontend/words.h"

namespace nfproof::compiler {
namespace {

/// The options that test packets: only they can be negated.
bool tests_packets(Basic id) {
  return id == Basic::kSource || id == Basic::kDestination || id == Basic::kProtocol || id == Basic::kInInterface ||
         id == Basic::kOutInterface || id == Basic::kFragment;
}

class Dealer {
 public:
  Dealer(std::span<const Word> words, ir::Family family, CommandSyntax syntax, Unreadable unreadable,
         source::Diagnostics& diagnostics, CommandWords& out)
      : words_(words),
        family_(family),
        syntax_(syntax),
        unreadable_(unreadable),
        diagnostics_(diagnostics),
        out_(out),
        modules_(out, family) {}

  bool run() {
    while (!words_.empty() && !is_foreign() && !is_finished())
      if (!read_word()) return false;
    if (is_foreign() || is_finished()) return true;
    if (wait_interval_.is_known() && !waits_)
      return fail("bad-option", wait_interval_, "`-W` makes sense only beside `-w`",
                  "--wait-interval only makes sense with --wait\n");
    if (!negated_) return true;
    return fail("bad-option", negation_, "nothing follows `!`", "nothing appropriate following !");
  }

 private:
  /// `tool`: how iptables says it.
  bool fail(std::string id, source::Span span, std::string message, std::string tool) {
    diagnostics_.error(std::move(id), span, std::move(message)).tool = {source::ToolMessage::Form::kParameter,
                                                                        std::move(tool)};
    return false;
  }
  [[nodiscard]] bool is_command_line() const { return syntax_ == CommandSyntax::kCommandLine; }
  /// An option was read that ends the program at once.
  [[nodiscard]] bool is_finished() const { return out_.command.flags.help || out_.command.flags.version; }
  [[nodiscard]] bool is_foreign() const { return out_.command.only && *out_.command.only != family_; }

  // --- Dealing out words ---

  bool read_word() {
    const Word& word = words_.take();
    if (word.text == "!") {
      if (negated_) return fail("bad-option", word.span, "`!` is given twice", "multiple consecutive ! not allowed");
      negated_ = true;
      negation_ = word.span;
      return true;
    }
    if (word.text == "--" && is_command_line()) {
      if (words_.empty()) return true;
      return fail("unexpected-word", word.span, "nothing may follow `--`", "unknown arguments found on commandline");
    }
    bool read = false;
    if (word.text.size() > 2 && word.text.starts_with("--")) {
      read = read_long(word);
    } else if (word.text.size() > 1 && word.text[0] == '-' && word.text != "--") {
      read = read_short(word);
    } else {
      stray_word(word);
    }
    negated_ = false;
    negation_ = {};
    return read;
  }

  void stray_word(const Word& word) {
    std::string message = "unexpected word `" + std::string(word.text) + '`';
    if (last_long_.size() > 0) message += " after the value of `" + std::string(last_long_) + '`';
    diagnostics_.error("unexpected-word", word.span, message).tool = {source::ToolMessage::Form::kArgument,
                                                                      "Bad argument `" + std::string(word.text) + '\''};
  }

  /// `-A`, `-4A`, `-s10.0.0.1`: flags may be followed by more options, options with a value take the rest of the word.
  bool read_short(const Word& word) {
    for (std::size_t i = 1; i < word.text.size(); ++i) {
      const BasicRow* row = find_basic(word.text[i]);
      if (row == nullptr)
        return fail("unknown-option", word.span, "unknown option `" + std::string(word.text) + '`',
                    std::string("unknown option \"-") + word.text[i] + '"');
      if (!row->takes_value()) {
        const bool glued = row->value == BasicRow::Value::kOptional && i + 1 < word.text.size();
        if (!basic(*row, word, glued ? glued_value(word, i + 1) : Word{})) return false;
        if (glued || is_foreign() || is_finished()) return true;
        continue;
      }
      if (i + 1 < word.text.size()) return glued(*row, word, glued_value(word, i + 1));
      const Word* value = take_value(word);
      return value != nullptr && basic(*row, word, *value);
    }
    return true;
  }

  /// iptables 1.8.9 refuses it for some options; the versions after it do not.
  bool glued(const BasicRow& row, const Word& word, const Word& value) {
    if (row.value != BasicRow::Value::kNone) return basic(row, word, value);
    return fail("bad-option", word.span, "`--" + std::string(row.long_name) + "` takes no value",
                "unknown option \"" + std::string(word.text) + '"');
  }

  static Word glued_value(const Word& word, std::size_t from) {
    Word value = word;
    value.text.remove_prefix(from);
    if (!word.quoted) value.span.column += static_cast<std::uint32_t>(from);
    return value;
  }

  static std::string no_module(std::string_view kind, std::string_view name) {
    return "Couldn't load " + std::string(kind) + " `" + std::string(name) + "':No such file or directory\n";
  }

  bool missing_value(const Word& option) {
    const std::string name(option.text);
    return fail("missing-value", option.span, '`' + name + "` needs a value",
                "option \"" + name + "\" requires an argument");
  }

  const Word* take_value(const Word& option) {
    if (!words_.empty()) return &words_.take();
    missing_value(option);
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
      return long_basic(*row, word);
    }
    if (const auto found = modules_.find(name)) return module_option(*found, word, glued);
    if (const BasicRow* row = find_abbreviated_basic(name); row != nullptr && !glued) {
      return long_basic(*row, word);
    }
    return unknown_option(name, word);
  }

  /// It stays with the module that it was probably meant for.
  bool unknown_option(std::string_view name, const Word& word) {
    PendingModule* owner = unreadable_ == Unreadable::kKeep ? modules_.latest() : nullptr;
    // Errors told before: there is no such match, or options of this target are not known.
    const bool told =
        owner != nullptr && owner->extension == nullptr && (!is_target(*owner) || !owner->unknown.empty());
    if (!told)
      fail("unknown-option", word.span, "unknown option `" + std::string(last_long_) + '`' + modules_.option_hint(name),
           "unknown option \"" + std::string(word.text) + '"');
    if (owner == nullptr) return false;
    const auto keep = [owner](std::string_view before, const Word& part) {
      owner->unknown += before;
      append_word(owner->unknown, part.text);
      owner->span = join(owner->span, part.span);
    };
    keep(owner->unknown.empty() ? "" : " ", negated_ ? Word{"!", negation_} : word);
    if (negated_) keep(" ", word);
    while (words_.has_argument()) keep(" ", words_.take());
    return true;
  }

  [[nodiscard]] bool is_target(const PendingModule& module) const { return out_.target && &module == &*out_.target; }

  bool long_basic(const BasicRow& row, const Word& word) {
    if (!row.takes_value()) return basic(row, word, Word{});
    const Word* value = take_value(word);
    return value != nullptr && basic(row, word, *value);
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
    std::size_t wanted = value_words(row);
    if (row.type == ValueType::kOptionalText && !glued && !words_.has_argument()) wanted = 0;
    PendingOption option{&row, negated_, word.span, {}};
    if (negated_) option.span = join(negation_, option.span);
    const bool repeated = std::any_of(found.module->options.begin(), found.module->options.end(),
                                      [&](const PendingOption& other) { return other.row == &row; });
    const std::string name = "`--" + std::string(row.name) + '`';
    const std::string tool_name = std::string(found.module->extension->name) + ": option \"--" + std::string(row.name);
    if (repeated && !row.multiple)
      return fail("repeated-option", word.span, name + " is given twice", tool_name + "\" can only be used once.\n");
    if (negated_ && !row.negatable)
      return fail("bad-negation", option.span, name + " cannot be negated", tool_name + "\" cannot be inverted.\n");
    if (glued) {
      if (wanted != 1)
        return fail("bad-option", word.span, '`' + std::string(last_long_) + "` takes no `=`",
                    "unknown option \"" + std::string(word.text) + '"');
      option.values = std::span(&out_.glued.emplace_front(*glued), 1);
    } else {
      if (words_.size() < wanted) return missing_value(word);
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
    if (negated_) span = join(negation_, span);
    if (row.takes_value()) span = join(span, value.span);
    if (negated_ && !tests_packets(row.id) && row.id != Basic::kVersion)
      return fail("bad-negation", span, '`' + std::string(option.text) + "` cannot be negated", negation_refusal(row));
    if (tests_packets(row.id)) out_.basic_span = join(out_.basic_span, span);
    switch (row.id) {
      case Basic::kSource: return set(out_.basic.source, row, option, addresses(value));
      case Basic::kDestination: return set(out_.basic.destination, row, option, addresses(value));
      case Basic::kInInterface:
        out_.in_span = span;
        return set(out_.basic.in, row, option, read_interface(value, negated_, diagnostics_));
      case Basic::kOutInterface:
        out_.out_span = span;
        return set(out_.basic.out, row, option, read_interface(value, negated_, diagnostics_));
      case Basic::kProtocol: return set(out_.basic.protocol, row, option, read_protocol(value, negated_, diagnostics_));
      case Basic::kFragment:
        if (family_ == ir::Family::kIpv6)
          return fail("bad-option", span, "`-f` does not exist for IPv6, use `-m frag`",
                      "`-f' is not supported in IPv6, use -m frag instead");
        return set(out_.basic.fragment, row, option, std::optional<bool>(!negated_));
      case Basic::kMatch: return load_match(span, value);
      case Basic::kJump: return load_target(span, value, false);
      case Basic::kGoto: return load_target(span, value, true);
      case Basic::kCounters: return read_counters(option, value);
      case Basic::kIpv4: return family_option(ir::Family::kIpv4, span);
      case Basic::kIpv6: return family_option(ir::Family::kIpv6, span);
      case Basic::kVerbose: return ++out_.command.flags.verbose > 1 || flag('v', option);
      case Basic::kNumeric: return flag('n', option, &out_.command.flags.numeric);
      case Basic::kExact: return flag('x', option, &out_.command.flags.exact);
      case Basic::kLineNumbers: return flag('0', option, &out_.command.flags.line_numbers);
      case Basic::kModprobe: return true;
      case Basic::kTable: return table(span, value);
      case Basic::kHelp:
      case Basic::kVersion: return farewell(row.id, option);
      case Basic::kWait:
      case Basic::kWaitInterval: return wait(row, option, value);
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

  static std::string negation_refusal(const BasicRow& row) {
    if (row.verb != Verb::kNone) return "unexpected '!' flag";
    if (row.id == Basic::kMatch || row.id == Basic::kTable)
      return "unexpected ! flag before --" + std::string(row.long_name);
    return std::string("cannot have ! before -") + (row.short_name == '\0' ? '0' : row.short_name);
  }

  std::optional<AddressOption> addresses(const Word& value) {
    return read_addresses(value, negated_, family_, diagnostics_);
  }

  bool repeated(char short_name, const Word& option) {
    return fail("repeated-option", option.span, '`' + std::string(option.text) + "` is given twice",
                std::string("multiple -") + short_name + " flags not allowed");
  }

  /// An option that not every command takes.
  bool flag(char short_name, const Word& option, bool* value = nullptr) {
    if (value != nullptr && *value) return repeated(short_name, option);
    if (value != nullptr) *value = true;
    out_.given += short_name;
    return true;
  }

  bool family_option(ir::Family family, source::Span span) {
    if (!is_command_line()) {
      out_.command.only = family;
      return true;
    }
    if (family == family_) return true;
    const bool ipv4 = family == ir::Family::kIpv4;
    diagnostics_.error("bad-option", span, ipv4 ? "`-4` is for `iptables`" : "`-6` is for `ip6tables`").tool = {
        source::ToolMessage::Form::kArgument, {}};
    return false;
  }

  bool table(source::Span span, const Word& value) {
    if (!is_command_line())
      return fail("bad-option", span, "`-t` is not allowed here: the line `*TABLE` names the table",
                  "The -t option cannot be used in iptables-restore.\n");
    out_.command.table = value;
    return true;
  }

  /// `-h` and `-V` end the program.
  bool farewell(Basic id, const Word& option) {
    if (!is_command_line())
      return fail("bad-option", option.span, '`' + std::string(option.text) + "` is not allowed here", "");
    out_.command.flags.help = id == Basic::kHelp;
    out_.command.flags.version = id == Basic::kVersion;
    out_.command.flags.no_version = negated_;
    return true;
  }

  bool wait(const BasicRow& row, const Word& option, Word value) {
    if (!is_command_line())
      return fail("bad-option", option.span, '`' + std::string(option.text) + "` is not allowed here",
                  std::string("You cannot use `-") + row.short_name + "' from iptables-restore");
    if (value.text.data() == nullptr) value = words_.take_argument();
    const bool interval = row.id == Basic::kWaitInterval;
    if (interval)
      diagnostics_.warning("obsolete-option", option.span, "`--wait-interval` is ignored").tool = {
          source::ToolMessage::Form::kWarning, "Ignoring deprecated --wait-interval option."};
    if (!value.text.empty() && std::isdigit(static_cast<unsigned char>(value.text.front())) == 0)
      return fail("bad-value", value.span, "expected a number of seconds",
                  interval ? "wait interval not numeric" : "wait seconds not numeric");
    if (interval)
      wait_interval_ = option.span;
    else
      waits_ = true;
    return true;
  }

  template <typename T>
  bool set(std::optional<T>& place, const BasicRow& row, const Word& option, std::optional<T> value) {
    if (place) return repeated(row.short_name, option);
    if (!value) return false;
    out_.given += row.short_name;
    place = std::move(value);
    return true;
  }

  bool read_counters(const Word& option, const Word& value) {
    if (out_.command.counters) return repeated('c', option);
    const std::size_t comma = value.text.find(',');
    Word bytes;
    if (comma == std::string_view::npos) {
      bytes = words_.take_argument();
      if (bytes.text.empty())
        return fail("missing-value", option.span, "`-c` needs a number of packets and a number of bytes",
                    "-c requires packet and byte counter");
    }
    const std::string_view second = comma == std::string_view::npos ? bytes.text : value.text.substr(comma + 1);
    ir::Counters counters;
    const auto read = [](std::string_view text, std::uint64_t& number) {
      const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
      return failed == std::errc{} && end == text.data() + text.size();
    };
    const bool packets = read(value.text.substr(0, comma), counters.packets);
    if (!packets || !read(second, counters.bytes))
      return fail("bad-value", option.span, "`-c` needs a number of packets and a number of bytes",
                  packets ? "-c byte counter not numeric" : "-c packet counter not numeric");
    out_.command.counters = counters;
    out_.given += 'c';
    return true;
  }

  bool load_match(source::Span span, const Word& value) {
    const Extension* extension = find_extension(ExtensionKind::kMatch, value.text, family_);
    if (extension == nullptr) {
      fail("unknown-module", value.span,
           "unknown match `" + std::string(value.text) + '`' + modules_.match_hint(value.text),
           no_module("match", value.text));
      if (unreadable_ == Unreadable::kRefuse || !is_plain_word(value.text)) return false;
    }
    out_.matches.push_back({extension, value.text, span, {}});
    return true;
  }

  bool load_target(source::Span span, const Word& value, bool is_goto) {
    if (out_.target)
      return fail("repeated-option", span,
                  "a rule has one target; `" + std::string(out_.target->name) + "` was given before",
                  "multiple -j flags not allowed");
    if (value.text.empty() || value.text.size() > kMaxChainName)
      return fail("unknown-target", value.span, "expected the name of a target or chain",
                  value.text.empty() ? "Invalid target name (too short)"
                                     : "Invalid target name `" + std::string(value.text) + "' (28 chars max)");
    out_.given += 'j';
    const Extension* extension = is_goto ? nullptr : find_extension(ExtensionKind::kTarget, value.text, family_);
    out_.target = PendingModule{extension, value.text, span, {}};
    out_.is_goto = is_goto;
    out_.matches_before_target = out_.matches.size();
    return true;
  }

  WordStream words_;
  ir::Family family_;
  CommandSyntax syntax_;
  Unreadable unreadable_;
  source::Diagnostics& diagnostics_;
  CommandWords& out_;
  ModuleLookup modules_;

  bool negated_ = false;  ///< a `!` waits for its option
  source::Span negation_;
  bool waits_ = false;
  source::Span wait_interval_;
  std::string_view last_long_;
};

}  // namespace

bool deal_out(std::span<const Word> words, ir::Family family, CommandSyntax syntax, Unreadable unreadable,
              source::Diagnostics& diagnostics, CommandWords& out) {
  return Dealer(words, family, syntax, unreadable, diagnostics, out).run();
}

}  // namespace nfproof::compiler
