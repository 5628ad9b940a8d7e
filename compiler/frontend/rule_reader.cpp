// SPDX-License-Identifier: Apache-2.0
// Second half of reading a command: see rule_reader.h. The words have been dealt out; now the values of modules are
// read, the whole is checked, printed and lowered, once for each pair of addresses.
#include "compiler/frontend/rule_reader.h"

#include <algorithm>
#include <array>
#include <string>

#include "compiler/extensions/values.h"
#include "compiler/frontend/command_words.h"
#include "compiler/frontend/word_stream.h"
#include "compiler/frontend/words.h"

namespace nfproof::compiler {
namespace {

/// Lists of sources and destinations multiply.
constexpr std::size_t kMaxRulesOfCommand = 65536;

bool takes_rule(Verb verb) {
  switch (verb) {
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
    case Verb::kListRules:
    case Verb::kNewChain:
    case Verb::kPolicy:
    case Verb::kRename:
    case Verb::kZero: return false;
  }
  return false;
}

/// The options that a command does not take (commands_v_options in iptables), by short name.
std::string_view refused_options(Verb verb) {
  switch (verb) {
    case Verb::kAppend:
    case Verb::kInsert:
    case Verb::kReplace: return "nx0";
    case Verb::kCheck:
    case Verb::kDelete: return "nx0c";
    case Verb::kList: return "sdpjiocf";
    case Verb::kPolicy: return "nsdpjxio0f";
    case Verb::kDeleteChain:
    case Verb::kDeleteNumber:
    case Verb::kFlush:
    case Verb::kListRules:
    case Verb::kNewChain:
    case Verb::kRename:
    case Verb::kZero: return "nsdpjxio0cf";
    case Verb::kNone: return {};
  }
  return {};
}

class Builder {
 public:
  Builder(CommandWords& in, std::span<const Word> words, std::string_view table, ir::Family family,
          ir::PredicatePool& pool, source::Diagnostics& diagnostics, Unreadable unreadable)
      : in_(in),
        words_(words),
        table_(table),
        family_(family),
        pool_(pool),
        diagnostics_(diagnostics),
        listener_(&diagnostics),
        unreadable_(unreadable) {}

  /// False when there is no command.
  bool run() {
    if (!check_command()) return false;
    return !takes_rule(in_.command.verb) || build_rules();
  }

 private:
  bool fail(std::string id, source::Span span, std::string message, std::string tool) {
    diagnostics_.error(std::move(id), span, std::move(message)).tool = {source::ToolMessage::Form::kParameter,
                                                                        std::move(tool)};
    return false;
  }

  static std::size_t count(const std::optional<AddressOption>& option) { return option ? option->networks.size() : 1; }

  bool check_command() {
    static constexpr const char* kNoDrop =
        "\nThe \"nat\" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n";
    const bool has_rule = takes_rule(in_.command.verb);
    if (table_ == "nat" && in_.command.verb == Verb::kPolicy && in_.command.argument.text == "DROP")
      return fail("bad-policy", in_.command.argument.span, "`-P` does not set the policy `DROP` in the table `nat`",
                  kNoDrop);
    if (table_ == "nat" && in_.target && in_.target->name == "DROP")
      return fail("bad-target", in_.target->span, "`DROP` is not allowed in the table `nat`", kNoDrop);
    if (in_.command.verb == Verb::kNone)
      return fail("no-command", words_.empty() ? source::Span{} : words_.front().span,
                  "expected a command such as `-A CHAIN`", "no command specified");
    if (!check_addresses() || !check_options() || !check_new_name()) return false;
    if (!in_.matches.empty() && !has_rule)
      diagnostics_.warning("unused-match", in_.matches.front().span,
                           "this command takes no rule: the match is ignored");
    const std::string_view chain = in_.command.chain.text;
    if (has_rule && in_.basic.out && (chain == "PREROUTING" || chain == "INPUT"))
      return fail("bad-interface", in_.out_span, "`-o` cannot be used in " + std::string(chain),
                  "Can't use -o with " + std::string(chain) + '\n');
    if (has_rule && in_.basic.in && (chain == "POSTROUTING" || chain == "OUTPUT"))
      return fail("bad-interface", in_.in_span, "`-i` cannot be used in " + std::string(chain),
                  "Can't use -i with " + std::string(chain) + '\n');
    return true;
  }

  bool check_addresses() {
    const auto negated = [](const std::optional<AddressOption>& option) { return option && option->negated; };
    if ((count(in_.basic.source) > 1 || count(in_.basic.destination) > 1) &&
        (negated(in_.basic.source) || negated(in_.basic.destination)))
      return fail("bad-address", in_.basic_span, "`!` is not allowed beside several addresses",
                  "! not allowed with multiple source or destination IP addresses");
    if (in_.command.verb == Verb::kReplace && count(in_.basic.source) * count(in_.basic.destination) > 1)
      return fail("bad-rule-number", in_.basic_span, "`-R` needs a single source and destination",
                  "Replacement rule does not specify a unique address");
    return true;
  }

  bool check_options() {
    for (const char option : refused_options(in_.command.verb)) {
      if (in_.given.find(option) == std::string::npos) continue;
      const std::string name = option == '0' ? "--line-numbers" : std::string("-") + option;
      return fail("bad-option", in_.basic_span.is_known() ? in_.basic_span : words_.front().span,
                  "this command does not take `" + name + '`',
                  std::string("Illegal option `-") + option + "' with this command");
    }
    return true;
  }

  /// Names that `-N` does not take, although `:NAME -` does.
  bool check_new_name() {
    if (in_.command.verb != Verb::kNewChain) return true;
    const Word& name = in_.command.chain;
    const std::string text(name.text);
    if (text.starts_with('-') || text.starts_with('!'))
      return fail("bad-chain-name", name.span,
                  std::string("`-N` takes no chain name that begins with `") + text[0] + '`',
                  std::string("chain name not allowed to start with `") + text[0] + '\'');
    if (text.empty() || find_extension(ExtensionKind::kTarget, text, family_) != nullptr)
      return fail("bad-chain-name", name.span, "`-N` takes no chain name that is the name of a target",
                  "chain name may not clash with target name");
    if (text.find_first_of(" \t\n\v\f\r") != std::string::npos)
      return fail("bad-chain-name", name.span, "`-N` takes no chain name with blanks",
                  "Invalid chain name `" + text + '\'');
    return true;
  }

  /// IPv6 skips extension headers to find the protocol, so that it is never one of them.
  void note_extension_header() {
    if (family_ != ir::Family::kIpv6 || !in_.basic.protocol || in_.basic.protocol->negated) return;
    static constexpr std::array<std::uint8_t, 4> kHeaders = {43, 44, 51, 60};  // routing, fragment, ah, dstopts
    if (std::find(kHeaders.begin(), kHeaders.end(), in_.basic.protocol->protocol) != kHeaders.end())
      diagnostics_
          .warning("never-matches", in_.basic_span,
                   "`-p` never matches an extension header of IPv6, use the match for it instead")
          .tool = {source::ToolMessage::Form::kWarning,
                   "Warning: never matched protocol: " + protocol_text(in_.basic.protocol->protocol) +
                       ". use extension match instead."};
  }

  bool build_rules() {
    note_extension_header();
    ir::Rule rule;
    rule.span = words_.front().span;
    rule.span.end_column = words_.back().span.end_column;
    rule.basic_span = in_.basic_span;
    rule.counters = in_.command.counters;
    const auto at = [](const std::optional<AddressOption>& option, std::size_t i) {
      return option ? &option->networks[i] : nullptr;
    };
    const std::size_t sources = count(in_.basic.source);
    const std::size_t destinations = count(in_.basic.destination);
    if (sources * destinations > kMaxRulesOfCommand) {
      return fail("too-many-rules", in_.basic_span,
                  "these lists of addresses make " + std::to_string(sources * destinations) + " rules, at most " +
                      std::to_string(kMaxRulesOfCommand) + " are taken from one line",
                  "too many addresses");
    }
    source::Diagnostics told_before;
    for (std::size_t s = 0; s < sources; ++s) {
      for (std::size_t d = 0; d < destinations; ++d) {
        ir::Rule each = rule;
        apply_basic(in_.basic, at(in_.basic.source, s), at(in_.basic.destination, d), family_, pool_, each);
        if (!add_modules(each)) return false;
        in_.command.rules.push_back(std::move(each));
        listener_ = &told_before;  // the other rules of the line have the same errors
      }
    }
    return true;
  }

  bool add_modules(ir::Rule& rule) {
    rule.matches.reserve(in_.matches.size());
    for (const PendingModule& module : in_.matches)
      if (!add_match(module, rule)) return false;
    return !in_.target || add_target(*in_.target, rule);
  }

  ModuleInput input(const PendingModule& module, const ir::Rule& rule) {
    ModuleInput in;
    in.family = family_;
    in.table = table_;
    in.chain = in_.command.chain.text;
    if (in_.basic.protocol && in_.basic.protocol->protocol != 0) {
      in.protocol = in_.basic.protocol->protocol;
      in.protocol_negated = in_.basic.protocol->negated;
    }
    in.name = module.name;
    in.span = module.span;
    in.diagnostics = listener_;
    in.rule = &rule;
    return in;
  }

  /// Values of all options of a module; false after an error, when the rule is not to be kept.
  bool read_options(const PendingModule& module, const ModuleInput& in, std::vector<OptionUse>& uses) {
    bool good = true;
    uses.reserve(module.options.size());
    for (const PendingOption& option : module.options) {
      OptionUse& use = uses.emplace_back();
      use.row = option.row;
      use.negated = option.negated;
      use.span = option.span;
      use.value_span =
          option.values.empty() ? option.span : join(option.values.front().span, option.values.back().span);
      use.unreadable = !read_value(in, option.values, use);
      good = good && !use.unreadable;
    }
    return good || unreadable_ == Unreadable::kKeep;
  }

  /// Is the module to stay as something that nobody understands? `check_module` has refused what its text says.
  [[nodiscard]] bool keeps(const std::vector<OptionUse>& uses) const {
    return unreadable_ == Unreadable::kKeep && std::any_of(uses.begin(), uses.end(), [](const OptionUse& use) {
             return is_placeholder(use.text) || (!value_hint(use.text).empty());
           });
  }
  static bool any_unreadable(const PendingModule& module, const std::vector<OptionUse>& uses) {
    return module.extension == nullptr || !module.unknown.empty() ||
           std::any_of(uses.begin(), uses.end(), [](const OptionUse& use) { return use.unreadable; });
  }

  bool add_match(const PendingModule& module, ir::Rule& rule) {
    ModuleInput in = input(module, rule);
    std::vector<OptionUse> uses;
    if (!read_options(module, in, uses)) return false;
    in.options = uses;
    if (any_unreadable(module, uses) || !check_module(*module.extension, in)) {
      if (!any_unreadable(module, uses) && !keeps(uses)) return false;
      add_unreadable(module, rule);
      return true;
    }
    const auto index = static_cast<std::uint16_t>(rule.matches.size());
    rule.matches.push_back({module.extension->name, print_module(*module.extension, in), module.span});
    Lowering to(pool_, rule, index);
    if (module.extension->lower != nullptr)
      module.extension->lower(in, to);
    else
      to.when(
          ir::Opaque{rule.matches.back().name.str(), rule.matches.back().arguments.str(), module.extension->stateful});
    return true;
  }

  static std::string written(const PendingModule& module) {
    std::string arguments;
    for (const PendingOption& option : module.options) {
      if (!arguments.empty()) arguments += ' ';
      arguments += (option.negated ? "! --" : "--") + std::string(option.row->name);
      for (const Word& value : option.values) {
        arguments += ' ';
        append_word(arguments, value.text);
      }
    }
    if (!arguments.empty() && !module.unknown.empty()) arguments += ' ';
    return arguments + module.unknown;
  }

  /// The match tests something, but nobody knows what; two of them may differ although they look the same.
  void add_unreadable(const PendingModule& module, ir::Rule& rule) {
    const std::string arguments = written(module);
    const std::string_view name = module.extension == nullptr ? module.name : module.extension->name;
    const auto index = static_cast<std::uint16_t>(rule.matches.size());
    rule.matches.push_back({name, arguments, module.span});
    Lowering(pool_, rule, index).when(ir::Opaque{std::string(name), arguments, true, true});
  }

  bool add_target(const PendingModule& module, ir::Rule& rule) {
    rule.target = ir::ModuleUse{module.name, {}, module.span};
    if (module.extension == nullptr) {
      rule.target->arguments = module.unknown;
      rule.verdict.kind = in_.is_goto ? ir::VerdictKind::kGoto : ir::VerdictKind::kJump;
      return true;
    }
    ModuleInput in = input(module, rule);
    std::vector<OptionUse> uses;
    if (!read_options(module, in, uses)) return false;
    in.options = uses;
    rule.target->name = module.extension->name;
    Lowering to(pool_, rule, ir::Condition::kBasic);
    if (any_unreadable(module, uses) || !check_module(*module.extension, in)) {
      if (!any_unreadable(module, uses) && !keeps(uses)) return false;
      rule.target->arguments = written(module);
      to.effect(ir::OpaqueEffect{rule.target->name.str(), rule.target->arguments.str(), true});
      to.verdict({.kind = module.extension->opaque_verdict});
      return true;
    }
    rule.target->arguments = print_module(*module.extension, in);
    if (module.extension->lower != nullptr) {
      module.extension->lower(in, to);
    } else if (module.extension->aside) {
      to.effect(ir::Aside{rule.target->name.str(), rule.target->arguments.str()});
    } else {
      to.effect(ir::OpaqueEffect{rule.target->name.str(), rule.target->arguments.str()});
      to.verdict({.kind = module.extension->opaque_verdict});
    }
    return true;
  }

  CommandWords& in_;
  std::span<const Word> words_;
  std::string_view table_;
  ir::Family family_;
  ir::PredicatePool& pool_;
  source::Diagnostics& diagnostics_;
  source::Diagnostics* listener_;  ///< to whom errors of modules go
  Unreadable unreadable_;
};

}  // namespace

std::optional<Command> read_command(std::span<const Word> words, std::string_view table, ir::Family family,
                                    ir::PredicatePool& pool, source::Diagnostics& diagnostics, CommandSyntax syntax,
                                    Unreadable unreadable) {
  const std::size_t errors = diagnostics.error_count();
  CommandWords dealt;
  if (!deal_out(words, family, syntax, unreadable, diagnostics, dealt)) return std::nullopt;
  if (dealt.command.only && *dealt.command.only != family) {
    Command nothing;
    nothing.only = dealt.command.only;
    return nothing;
  }
  if (dealt.command.flags.help || dealt.command.flags.version) return std::move(dealt.command);
  if (dealt.command.table.text.data() != nullptr) table = dealt.command.table.text;
  const bool good = unreadable == Unreadable::kKeep || diagnostics.error_count() == errors;
  if (!good || !Builder(dealt, words, table, family, pool, diagnostics, unreadable).run()) return std::nullopt;
  return std::move(dealt.command);
}

}  // namespace nfproof::compiler
