// SPDX-License-Identifier: Apache-2.0
// Reading a command: see rule_reader.h. First all words are dealt out to options, then the values are read (when the
// protocol and the chain are known, in whatever order they came), then the rule is checked, printed and lowered.
#include "compiler/frontend/rule_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "compiler/extensions/values.h"
#include "compiler/frontend/basic_options.h"

namespace nfproof::compiler {
namespace {

struct PendingOption {
  const OptionRow* row = nullptr;
  bool negated = false;
  source::Span span;
  std::span<const Word> values;
};

struct Module {
  const Extension* extension = nullptr;
  std::string_view name;
  source::Span span;
  std::vector<PendingOption> options;
};

constexpr std::size_t kMaxName = 28;

source::Span join(source::Span a, source::Span b) {
  if (!a.is_known()) return b;
  a.column = std::min(a.column, b.column);
  a.end_column = std::max(a.end_column, b.end_column);
  return a;
}

class Reader {
 public:
  Reader(std::span<const Word> words, std::string_view table, ir::Family family, ir::PredicatePool& pool,
         source::Diagnostics& diagnostics)
      : words_(words), table_(table), family_(family), pool_(pool), diagnostics_(diagnostics) {}

  std::optional<Command> read() {
    const std::size_t errors_before = diagnostics_.error_count();
    while (next_ < words_.size() && !is_foreign()) {
      if (!read_word()) return std::nullopt;
    }
    if (is_foreign()) {
      Command nothing;
      nothing.only = command_.only;
      return nothing;
    }
    if (negation_.is_known()) return fail("bad-option", negation_, "nothing follows `!`");
    if (command_.verb == Verb::kNone)
      return fail("no-command", words_.empty() ? source::Span{} : words_.front().span,
                  "expected a command such as `-A CHAIN`");
    if (!check_command()) return std::nullopt;
    if (has_rule()) build_rules();
    if (diagnostics_.error_count() != errors_before) return std::nullopt;
    return std::move(command_);
  }

 private:
  std::nullopt_t fail(std::string id, source::Span span, std::string message) {
    diagnostics_.error(std::move(id), span, std::move(message));
    return std::nullopt;
  }
  [[nodiscard]] bool is_foreign() const { return command_.only && *command_.only != family_; }
  [[nodiscard]] bool has_rule() const {
    switch (command_.verb) {
      case Verb::kAppend:
      case Verb::kCheck:
      case Verb::kDelete:
      case Verb::kInsert:
      case Verb::kReplace: return true;
      case Verb::kNone:
      case Verb::kDeleteChain:
      case Verb::kDeleteNumber:
      case Verb::kFlush:
      case Verb::kList:
      case Verb::kNewChain:
      case Verb::kPolicy:
      case Verb::kRename:
      case Verb::kZero: return false;
    }
    return false;
  }

  // --- Dealing out words ---

  bool read_word() {
    const Word& word = words_[next_++];
    if (word.text == "!") {
      if (negation_.is_known()) return fail("bad-option", word.span, "`!` is given twice"), false;
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
      if (row == nullptr)
        return fail("unknown-option", word.span, "unknown option `" + std::string(word.text) + '`'), false;
      if (!row->takes_value) {
        if (!basic(*row, word, {})) return false;
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
    if (!row.takes_value)
      return fail("bad-option", word.span, "`--" + std::string(row.long_name) + "` takes no value"), false;
    if (!refused) return basic(row, word, value);
    return fail("bad-option", word.span, std::string("write `-") + row.short_name + ' ' + std::string(value.text) +
                                             "`: the value must be a word of its own"),
           false;
  }

  static Word glued_value(const Word& word, std::size_t from) {
    Word value = word;
    value.text.remove_prefix(from);
    if (!word.quoted) value.span.column += static_cast<std::uint32_t>(from);
    return value;
  }

  const Word* take_value(const Word& option) {
    if (next_ < words_.size()) return &words_[next_++];
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
    if (auto found = find_module_option(name)) return module_option(*found, word, glued);
    return unknown_option(word, name), false;
  }

  struct Found {
    Module* module = nullptr;
    const OptionRow* row = nullptr;
  };

  /// Modules loaded later win. An option of nobody's loads the match of the protocol.
  std::optional<Found> find_module_option(std::string_view name) {
    if (auto found = find_loaded(name)) return found;
    if (auto found = find_abbreviated(name)) return found;
    if (!load_implied()) return std::nullopt;
    if (auto found = find_loaded(name)) return found;
    if (auto found = find_abbreviated(name)) return found;
    matches_.pop_back();
    return std::nullopt;
  }

  template <typename Visit>
  void each_module_latest_first(Visit visit) {
    if (target_ && target_->extension != nullptr && target_loaded_at_ == matches_.size()) visit(*target_);
    for (std::size_t i = matches_.size(); i-- > 0;) {
      visit(matches_[i]);
      if (target_ && target_->extension != nullptr && target_loaded_at_ == i) visit(*target_);
    }
  }

  std::optional<Found> find_loaded(std::string_view name) {
    std::optional<Found> found;
    each_module_latest_first([&](Module& module) {
      if (found) return;
      if (const OptionRow* row = find_option(*module.extension, name)) found = Found{&module, row};
    });
    return found;
  }

  /// A beginning that fits one option only.
  std::optional<Found> find_abbreviated(std::string_view name) {
    std::optional<Found> found;
    bool ambiguous = false;
    each_module_latest_first([&](Module& module) {
      for (const OptionRow& row : module.extension->options) {
        if (!row.name.starts_with(name)) continue;
        const OptionRow* resolved = find_option(*module.extension, row.name);
        if (found && found->row != resolved) ambiguous = true;
        if (!found) found = Found{&module, resolved};
      }
    });
    for (const BasicRow& row : basic_rows()) ambiguous = ambiguous || row.long_name.starts_with(name);
    return ambiguous ? std::nullopt : found;
  }

  bool load_implied() {
    if (!basic_.protocol || implied_) return false;
    const Extension* extension =
        find_extension(ExtensionKind::kMatch, protocol_text(basic_.protocol->protocol), family_);
    if (extension == nullptr) return false;
    matches_.push_back({extension, extension->name, {}, {}});
    implied_ = true;
    return true;
  }

  bool module_option(Found found, const Word& word, const std::optional<Word>& glued) {
    const OptionRow& row = *found.row;
    const std::size_t wanted = value_words(row);
    PendingOption option{&row, negation_.is_known(), word.span, {}};
    if (negation_.is_known()) option.span = join(negation_, option.span);
    const bool repeated = std::any_of(found.module->options.begin(), found.module->options.end(),
                                      [&](const PendingOption& other) { return other.row == &row; });
    if (repeated && !row.multiple)
      return fail("repeated-option", word.span, "`--" + std::string(row.name) + "` is given twice"), false;
    if (negation_.is_known() && !row.negatable)
      return fail("bad-negation", option.span, "`--" + std::string(row.name) + "` cannot be negated"), false;
    if (glued) {
      if (wanted != 1) return fail("bad-option", word.span, '`' + std::string(last_long_) + "` takes no `=`"), false;
      glued_words_[glued_count_] = *glued;
      option.values = std::span(glued_words_).subspan(glued_count_++, 1);
    } else {
      if (words_.size() - next_ < wanted)
        return fail("missing-value", word.span, '`' + std::string(word.text) + "` needs a value"), false;
      option.values = words_.subspan(next_, wanted);
      next_ += wanted;
    }
    if (!option.values.empty()) option.span = join(option.span, option.values.back().span);
    found.module->span = join(found.module->span, option.span);
    found.module->options.push_back(option);
    return true;
  }

  void unknown_option(const Word& word, std::string_view name) {
    std::vector<std::string_view> candidates;
    each_module_latest_first([&](const Module& module) {
      for (const OptionRow& row : module.extension->options) candidates.push_back(row.name);
    });
    for (const BasicRow& row : basic_rows()) candidates.push_back(row.long_name);
    if (basic_.protocol && !implied_) {
      if (const auto* implied =
              find_extension(ExtensionKind::kMatch, protocol_text(basic_.protocol->protocol), family_))
        for (const OptionRow& row : implied->options) candidates.push_back(row.name);
    }
    std::string message = "unknown option `" + std::string(last_long_) + '`';
    const std::string_view near = nearest(name, candidates);
    const bool ports = name == "dport" || name == "sport" || name == "destination-port" || name == "source-port";
    if (ports && !basic_.protocol) {
      message += ": it needs a protocol such as `-p tcp` before it";
    } else if (!near.empty()) {
      message += ", did you mean `--" + std::string(near) + "`?";
    }
    diagnostics_.error("unknown-option", word.span, message);
  }

  // --- Options of iptables itself ---

  bool basic(const BasicRow& row, const Word& option, const Word& value) {
    source::Span span = option.span;
    if (negation_.is_known()) span = join(negation_, span);
    if (row.takes_value) span = join(span, value.span);
    const bool negated = negation_.is_known();
    const bool may_negate = row.id == Basic::kSource || row.id == Basic::kDestination || row.id == Basic::kProtocol ||
                            row.id == Basic::kInInterface || row.id == Basic::kOutInterface || row.id == Basic::kFragment;
    if (negated && !may_negate)
      return fail("bad-negation", span, '`' + std::string(option.text) + "` cannot be negated"), false;
    if (may_negate) basic_span_ = join(basic_span_, span);
    switch (row.id) {
      case Basic::kSource: return set(basic_.source, option, read_addresses(value, negated, family_, diagnostics_));
      case Basic::kDestination:
        return set(basic_.destination, option, read_addresses(value, negated, family_, diagnostics_));
      case Basic::kInInterface:
        in_span_ = span;
        return set(basic_.in, option, read_interface(value, negated, diagnostics_));
      case Basic::kOutInterface:
        out_span_ = span;
        return set(basic_.out, option, read_interface(value, negated, diagnostics_));
      case Basic::kProtocol: return set(basic_.protocol, option, read_protocol(value, negated, diagnostics_));
      case Basic::kFragment:
        if (family_ == ir::Family::kIpv6)
          return fail("bad-option", span, "`-f` does not exist for IPv6, use `-m frag`"), false;
        return set(basic_.fragment, option, std::optional<bool>(!negated));
      case Basic::kMatch: return load_match(span, value);
      case Basic::kJump: return load_target(span, value, false);
      case Basic::kGoto: return load_target(span, value, true);
      case Basic::kCounters: return read_counters(option, value);
      case Basic::kIpv4: command_.only = ir::Family::kIpv4; return true;
      case Basic::kIpv6: command_.only = ir::Family::kIpv6; return true;
      case Basic::kVerbose:
      case Basic::kNumeric:
      case Basic::kModprobe: return true;
      case Basic::kTable:
        return fail("bad-option", span, "`-t` is not allowed here: the line `*TABLE` names the table"), false;
      case Basic::kExact:
      case Basic::kHelp:
      case Basic::kLineNumbers:
      case Basic::kVersion:
      case Basic::kWait:
      case Basic::kWaitInterval:
        return fail("bad-option", span, '`' + std::string(option.text) + "` is not allowed here"), false;
      case Basic::kAppend: return verb(Verb::kAppend, option, value);
      case Basic::kCheck: return verb(Verb::kCheck, option, value);
      case Basic::kNewChain: return verb(Verb::kNewChain, option, value);
      case Basic::kDelete:
        return verb(has_argument() ? Verb::kDeleteNumber : Verb::kDelete, option, value) &&
               (command_.verb == Verb::kDelete || read_rule_number());
      case Basic::kInsert:
        command_.number = 1;
        return verb(Verb::kInsert, option, value) && (!has_argument() || read_rule_number());
      case Basic::kReplace:
        if (!has_argument()) return fail("missing-value", span, "`-R` needs the number of a rule"), false;
        return verb(Verb::kReplace, option, value) && read_rule_number();
      case Basic::kPolicy: return verb(Verb::kPolicy, option, value) && read_argument(option, "a policy");
      case Basic::kRenameChain: return verb(Verb::kRename, option, value) && read_argument(option, "a new name");
      case Basic::kDeleteChain: return verb(Verb::kDeleteChain, option, optional_argument());
      case Basic::kFlush: return verb(Verb::kFlush, option, optional_argument());
      case Basic::kList:
      case Basic::kListRules: return verb(Verb::kList, option, optional_argument());
      case Basic::kZero:
        return verb(Verb::kZero, option, optional_argument()) && (!has_argument() || read_rule_number());
    }
    return false;
  }

  template <typename T>
  bool set(std::optional<T>& place, const Word& option, std::optional<T> value) {
    if (place)
      return fail("repeated-option", option.span, '`' + std::string(option.text) + "` is given twice"), false;
    if (!value) return false;
    place = std::move(value);
    return true;
  }

  [[nodiscard]] bool has_argument() const {
    return next_ < words_.size() && !words_[next_].text.empty() && words_[next_].text[0] != '-' &&
           words_[next_].text[0] != '!';
  }
  Word optional_argument() { return has_argument() ? words_[next_++] : Word{}; }

  bool read_argument(const Word& option, const char* what) {
    if (!has_argument())
      return fail("missing-value", option.span, '`' + std::string(option.text) + "` needs a chain and " + what), false;
    command_.argument = words_[next_++];
    return true;
  }

  bool read_rule_number() {
    const Word& word = words_[next_++];
    const auto number = parse_number(word.text);
    if (!number || *number == 0 || *number > 0x7fffffff)
      return fail("bad-value", word.span, "expected the number of a rule, got `" + std::string(word.text) + '`'), false;
    command_.number = static_cast<std::uint32_t>(*number);
    return true;
  }

  bool verb(Verb verb, const Word& option, const Word& chain) {
    if (command_.verb != Verb::kNone)
      return fail("bad-option", option.span, '`' + std::string(option.text) + "` is a second command in one line"), false;
    command_.verb = verb;
    command_.chain = chain;
    if (chain.text.size() > kMaxName)
      return fail("bad-chain-name", chain.span, "the chain name `" + std::string(chain.text) +
                                                    "` is longer than 28 characters"),
             false;
    return true;
  }

  bool read_counters(const Word& option, const Word& value) {
    if (counters_) return fail("repeated-option", option.span, "`-c` is given twice"), false;
    const std::size_t comma = value.text.find(',');
    Word bytes;
    if (comma == std::string_view::npos) bytes = optional_argument();
    const std::string_view second = comma == std::string_view::npos ? bytes.text : value.text.substr(comma + 1);
    ir::Counters counters;
    const auto read = [](std::string_view text, std::uint64_t& number) {
      const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
      return failed == std::errc{} && end == text.data() + text.size();
    };
    if (!read(value.text.substr(0, comma), counters.packets) || !read(second, counters.bytes))
      return fail("bad-value", option.span, "`-c` needs a number of packets and a number of bytes"), false;
    counters_ = counters;
    return true;
  }

  bool load_match(source::Span span, const Word& value) {
    const Extension* extension = find_extension(ExtensionKind::kMatch, value.text, family_);
    if (extension == nullptr) return unknown_module(ExtensionKind::kMatch, value), false;
    matches_.push_back({extension, value.text, span, {}});
    return true;
  }

  bool load_target(source::Span span, const Word& value, bool is_goto) {
    if (target_)
      return fail("repeated-option", span, "a rule has one target; `" + std::string(target_->name) + "` was given before"),
             false;
    if (value.text.empty() || value.text.size() > kMaxName)
      return fail("unknown-target", value.span, "expected the name of a target or chain"), false;
    const Extension* extension = is_goto ? nullptr : find_extension(ExtensionKind::kTarget, value.text, family_);
    target_ = Module{extension, value.text, span, {}};
    goto_ = is_goto;
    target_loaded_at_ = matches_.size();
    return true;
  }

  void unknown_module(ExtensionKind kind, const Word& value) {
    std::vector<std::string_view> names;
    for (const Extension* extension : all_extensions())
      if (extension->kind == kind) names.push_back(extension->name);
    const bool other_family =
        find_extension(kind, value.text, family_ == ir::Family::kIpv4 ? ir::Family::kIpv6 : ir::Family::kIpv4) != nullptr;
    std::string message = "unknown match `" + std::string(value.text) + '`';
    const std::string_view near = nearest(value.text, names);
    if (other_family)
      message += family_ == ir::Family::kIpv4 ? ": it exists for IPv6 only" : ": it exists for IPv4 only";
    else if (!near.empty())
      message += ", did you mean `" + std::string(near) + "`?";
    diagnostics_.error("unknown-module", value.span, message);
  }

  // --- The whole ---

  bool check_command() {
    const bool rule_options = !matches_.empty() || target_ || basic_span_.is_known();
    if (rule_options && !has_rule())
      return fail("bad-option", basic_span_.is_known() ? basic_span_ : words_.front().span,
                  "this command takes no rule"),
             false;
    const std::string_view chain = command_.chain.text;
    if (has_rule() && basic_.out && (chain == "PREROUTING" || chain == "INPUT"))
      return fail("bad-interface", out_span_, "`-o` cannot be used in " + std::string(chain)), false;
    if (has_rule() && basic_.in && (chain == "POSTROUTING" || chain == "OUTPUT"))
      return fail("bad-interface", in_span_, "`-i` cannot be used in " + std::string(chain)), false;
    if (has_rule() && table_ == "nat" && target_ && target_->name == "DROP")
      return fail("bad-target", target_->span, "`DROP` is not allowed in the table `nat`"), false;
    return true;
  }

  void build_rules() {
    ir::Rule rule;
    rule.span = words_.front().span;
    rule.span.end_column = words_.back().span.end_column;
    rule.basic_span = basic_span_;
    rule.counters = counters_;
    const auto at = [](const std::optional<AddressOption>& option, std::size_t i) {
      return option ? &option->networks[i] : nullptr;
    };
    const std::size_t sources = basic_.source ? basic_.source->networks.size() : 1;
    const std::size_t destinations = basic_.destination ? basic_.destination->networks.size() : 1;
    for (std::size_t s = 0; s < sources; ++s) {
      for (std::size_t d = 0; d < destinations; ++d) {
        ir::Rule each = rule;
        apply_basic(basic_, at(basic_.source, s), at(basic_.destination, d), family_, pool_, each);
        if (!add_modules(each)) return;
        command_.rules.push_back(std::move(each));
      }
    }
  }

  bool add_modules(ir::Rule& rule) {
    for (const Module& module : matches_)
      if (!add_match(module, rule)) return false;
    return !target_ || add_target(*target_, rule);
  }

  ModuleInput input(const Module& module, const ir::Rule& rule) {
    ModuleInput in;
    in.family = family_;
    in.table = table_;
    in.chain = command_.chain.text;
    if (basic_.protocol && basic_.protocol->protocol != 0) {
      in.protocol = basic_.protocol->protocol;
      in.protocol_negated = basic_.protocol->negated;
    }
    in.name = module.name;
    in.span = module.span;
    in.diagnostics = &diagnostics_;
    in.rule = &rule;
    return in;
  }

  /// Values of all options of a module; false after an error.
  bool read_options(const Module& module, const ModuleInput& in, std::vector<OptionUse>& uses) {
    bool good = true;
    for (const PendingOption& option : module.options) {
      OptionUse& use = uses.emplace_back();
      use.row = option.row;
      use.negated = option.negated;
      use.span = option.span;
      use.value_span = option.values.empty() ? option.span : join(option.values.front().span, option.values.back().span);
      good = read_value(in, option.values, use) && good;
    }
    return good;
  }

  bool add_match(const Module& module, ir::Rule& rule) {
    ModuleInput in = input(module, rule);
    std::vector<OptionUse> uses;
    if (!read_options(module, in, uses)) return false;
    in.options = uses;
    if (!check_module(*module.extension, in)) return false;
    const auto index = static_cast<std::uint16_t>(rule.matches.size());
    rule.matches.push_back({std::string(module.extension->name), print_module(*module.extension, in), module.span});
    Lowering to(pool_, rule, index);
    if (module.extension->lower != nullptr)
      module.extension->lower(in, to);
    else
      to.when(ir::Opaque{rule.matches.back().name, rule.matches.back().arguments, module.extension->stateful});
    return true;
  }

  bool add_target(const Module& module, ir::Rule& rule) {
    rule.target = ir::ModuleUse{std::string(module.name), {}, module.span};
    if (module.extension == nullptr) {
      rule.verdict.kind = goto_ ? ir::VerdictKind::kGoto : ir::VerdictKind::kJump;
      return true;
    }
    ModuleInput in = input(module, rule);
    std::vector<OptionUse> uses;
    if (!read_options(module, in, uses)) return false;
    in.options = uses;
    if (!check_module(*module.extension, in)) return false;
    rule.target->name = module.extension->name;
    rule.target->arguments = print_module(*module.extension, in);
    Lowering to(pool_, rule, ir::Condition::kBasic);
    if (module.extension->lower != nullptr) {
      module.extension->lower(in, to);
    } else {
      to.effect(ir::OpaqueEffect{rule.target->name, rule.target->arguments});
      to.verdict({.kind = module.extension->opaque_verdict});
    }
    return true;
  }

  std::span<const Word> words_;
  std::string_view table_;
  ir::Family family_;
  ir::PredicatePool& pool_;
  source::Diagnostics& diagnostics_;

  std::size_t next_ = 0;
  source::Span negation_;  ///< a `!` that waits for its option
  std::string_view last_long_;
  Command command_;
  BasicOptions basic_;
  source::Span basic_span_;
  source::Span in_span_;
  source::Span out_span_;
  std::optional<ir::Counters> counters_;
  std::vector<Module> matches_;
  std::optional<Module> target_;
  bool goto_ = false;
  bool implied_ = false;
  std::size_t target_loaded_at_ = 0;
  std::vector<Word> glued_words_ = std::vector<Word>(words_.size());
  std::size_t glued_count_ = 0;
};

}  // namespace

std::optional<Command> read_command(std::span<const Word> words, std::string_view table, ir::Family family,
                                    ir::PredicatePool& pool, source::Diagnostics& diagnostics) {
  return Reader(words, table, family, pool, diagnostics).read();
}

}  // namespace nfproof::compiler
