// SPDX-License-Identifier: Apache-2.0
// Verbs of commands: see command_verb.h.
#include "compiler/frontend/command_verb.h"

#include <string>

#include "compiler/extensions/values.h"

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
          return fail("missing-value", join(option_.span, value.span), "`-R` needs the number of a rule");
        return set(verb, value) && read_rule_number();
      case Verb::kPolicy: return set(verb, value) && read_argument("a policy");
      case Verb::kRename: return set(verb, value) && read_argument("a new name");
      case Verb::kDeleteChain:
      case Verb::kFlush:
      case Verb::kList: return set(verb, words_.take_argument());
      case Verb::kZero: return set(verb, words_.take_argument()) && (!words_.has_argument() || read_rule_number());
      case Verb::kNone:
      case Verb::kDeleteNumber: return false;  // no option names them
    }
    return false;
  }

 private:
  bool fail(std::string id, source::Span span, std::string message) {
    diagnostics_.error(std::move(id), span, std::move(message));
    return false;
  }

  bool set(Verb verb, const Word& chain) {
    if (command_.verb != Verb::kNone)
      return fail("bad-option", option_.span, '`' + std::string(option_.text) + "` is a second command in one line");
    command_.verb = verb;
    command_.chain = chain;
    if (chain.text.size() > kMaxChainName)
      return fail("bad-chain-name", chain.span,
                  "the chain name `" + std::string(chain.text) + "` is longer than 28 characters");
    return true;
  }

  bool read_argument(const char* what) {
    if (!words_.has_argument())
      return fail("missing-value", option_.span, '`' + std::string(option_.text) + "` needs a chain and " + what);
    command_.argument = words_.take();
    return true;
  }

  bool read_rule_number() {
    const Word& word = words_.take();
    const auto number = parse_number(word.text);
    if (!number || *number == 0 || *number > 0x7fffffff)
      return fail("bad-value", word.span, "expected the number of a rule, got `" + std::string(word.text) + '`');
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
