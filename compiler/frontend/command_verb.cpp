// SPDX-License-Identifier: Apache-2.0
// Verbs of commands: see command_verb.h.
#include "compiler/frontend/command_verb.h"

#include <string>

#include "compiler/extensions/values.h"
#include "compiler/frontend/basic_options.h"

namespace nfproof::compiler {
namespace {

class VerbReader {
 public:
  VerbReader(const Word& option, WordStream& words, Command& command, source::Diagnostics& diagnostics)
      : option_(option), words_(words), command_(command), diagnostics_(diagnostics) {}

  bool read(Verb verb, const Word& value) {
    switch (verb) {
      case Verb::kAppend:
      case Verb::kCheck:
      case Verb::kNewChain: return set(verb, value);
      case Verb::kDelete:
        return words_.has_argument() ? set(Verb::kDeleteNumber, value) && read_rule_number() : set(verb, value);
      case Verb::kInsert:
        command_.number = 1;
        return set(verb, value) && (!words_.has_argument() || read_rule_number());
      case Verb::kReplace:
        if (!words_.has_argument())
          return fail("missing-value", join(option_.span, value.span), "`-R` needs the number of a rule",
                      "-R requires a rule number");
        return set(verb, value) && read_rule_number();
      case Verb::kPolicy: return set(verb, value) && read_argument("a policy", "a chain and a policy");
      case Verb::kRename: return set(verb, value) && read_argument("a new name", "old-chain-name and new-chain-name");
      case Verb::kDeleteChain:
      case Verb::kFlush: return set(verb, optional_chain(value));
      case Verb::kList:
      case Verb::kListRules: return list(verb, value);
      case Verb::kZero: return zero(value);
      case Verb::kNone:
      case Verb::kDeleteNumber: return false;  // no option names them
    }
    return false;
  }

 private:
  bool fail(std::string id, source::Span span, std::string message, std::string tool) {
    diagnostics_.error(std::move(id), span, std::move(message)).tool = {source::ToolMessage::Form::kParameter,
                                                                        std::move(tool)};
    return false;
  }

  /// The chain behind an option that may do without: the rest of its word or the next word.
  Word optional_chain(const Word& value) { return value.text.data() != nullptr ? value : words_.take_argument(); }

  /// `-L -Z` and `-Z -L` are one command.
  bool list(Verb verb, const Word& value) {
    if (command_.verb == Verb::kZero && command_.number == 0) {
      command_.verb = Verb::kNone;
      command_.flags.zero = true;
    }
    const Word before = command_.chain;
    if (!set(verb, optional_chain(value))) return false;
    if (command_.chain.text.data() == nullptr) command_.chain = before;
    return !words_.has_argument() || read_rule_number();
  }

  bool zero(const Word& value) {
    if (command_.verb == Verb::kList || command_.verb == Verb::kListRules) {
      command_.flags.zero = true;
      if (const Word chain = optional_chain(value); chain.text.data() != nullptr) command_.chain = chain;
      if (!words_.has_argument()) return true;
      command_.verb = Verb::kZero;
      return read_rule_number();
    }
    return set(Verb::kZero, optional_chain(value)) && (!words_.has_argument() || read_rule_number());
  }

  bool set(Verb verb, const Word& chain) {
    if (command_.verb != Verb::kNone)
      return fail("bad-option", option_.span, '`' + std::string(option_.text) + "` is a second command in one line",
                  std::string("Cannot use -") + letter(verb) + " with -" + letter(command_.verb));
    command_.verb = verb;
    command_.chain = chain;
    if (chain.text.size() > kMaxChainName)
      return fail("bad-chain-name", chain.span,
                  "the chain name `" + std::string(chain.text) + "` is longer than 28 characters",
                  "chain name `" + std::string(chain.text) + "' too long (must be under 29 chars)");
    return true;
  }

  static char letter(Verb verb) {
    if (verb == Verb::kDeleteNumber) return 'D';
    for (const BasicRow& row : basic_rows())
      if (row.verb == verb && verb != Verb::kNone) return row.short_name;
    return '?';
  }

  bool read_argument(const char* what, const char* tool_what) {
    if (!words_.has_argument())
      return fail("missing-value", option_.span, '`' + std::string(option_.text) + "` needs a chain and " + what,
                  std::string("-") + letter(command_.verb) + " requires " + tool_what);
    command_.argument = words_.take();
    return true;
  }

  bool read_rule_number() {
    const Word& word = words_.take();
    const auto number = parse_number(word.text);
    if (!number || *number == 0 || *number > 0x7fffffff)
      return fail("bad-value", word.span, "expected the number of a rule, got `" + std::string(word.text) + '`',
                  "Invalid rule number `" + std::string(word.text) + '\'');
    command_.number = static_cast<std::uint32_t>(*number);
    return true;
  }

  const Word& option_;
  WordStream& words_;
  Command& command_;
  source::Diagnostics& diagnostics_;
};

}  // namespace

bool read_verb(Verb verb, const Word& option, const Word& value, WordStream& words, Command& command,
               source::Diagnostics& diagnostics) {
  return VerbReader(option, words, command, diagnostics).read(verb, value);
}

}  // namespace nfproof::compiler
