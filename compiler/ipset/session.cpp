// SPDX-License-Identifier: Apache-2.0
// See session.h.
#include "compiler/ipset/session.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "compiler/ipset/execute.h"
#include "compiler/ipset/print.h"
#include "compiler/ipset/settings.h"

namespace nfproof::compiler::ipset {
namespace {

constexpr std::string_view kProgram = "ipset v7.17";
constexpr std::size_t kMostWaiting = 4096;  // as if the message to the kernel were full

/// A line of `restore` that is read and not yet sent.
struct WaitingLine {
  std::vector<Word> words;
  bool exist = false;
  std::size_t line = 0;
};

class Session {
 public:
  Session(ir::SetTable& sets, const SessionFiles& files, const std::multiset<std::string, std::less<>>* in_rules)
      : sets_(sets), files_(files), in_rules_(in_rules) {}

  SessionResult run(std::span<const std::string> arguments) {
    if (auto failure = execute(words_of(arguments))) report(*failure);
    return std::move(result_);
  }

 private:
  std::optional<Failure> execute(std::vector<Word> words) {
    if (auto failure = take_settings(words, settings_)) return failure;
    if (words.empty()) return usage_failure("No command specified.", 0);
    const Verb verb = find_verb(words[0].text);
    if (verb == Verb::kNone) return usage_failure("No command specified: unknown argument " + words[0].text, 0);
    if (restoring_ && (verb == Verb::kRestore || verb == Verb::kVersion || verb == Verb::kHelp))
      return usage_failure("Command `" + std::string(verb_name(verb)) + "' is invalid in restore mode.", 0);
    if (auto failure = check_arguments(verb, words)) return failure;
    return dispatch(verb, words);
  }

  std::optional<Failure> dispatch(Verb verb, std::span<const Word> words) {
    const Target target{sets_, settings_.exist, 0, in_rules_};
    switch (verb) {
      case Verb::kCreate: return run_create(target, words);
      case Verb::kAdd: return changing(add(target, words));
      case Verb::kDel: return changing(del(target, words));
      case Verb::kDestroy: return changing(destroy(target, words));
      case Verb::kFlush: return changing(flush(target, words));
      case Verb::kRename: return changing(rename(target, words));
      case Verb::kSwap: return changing(swap(target, words));
      case Verb::kTest: return run_test(target, words);
      case Verb::kList:
      case Verb::kSave: return print(verb, words);
      case Verb::kRestore: return restore(words);
      case Verb::kVersion: result_.out += std::string(kProgram) + ", protocol version: 7\n"; return std::nullopt;
      case Verb::kHelp: return help(words);
      default: return std::nullopt;
    }
  }

  std::optional<Failure> changing(std::optional<Failure> failure) {
    result_.changed = true;
    return failure;
  }

  std::optional<Failure> run_create(const Target& target, std::span<const Word> words) {
    std::vector<std::string> warnings;
    auto failure = changing(create(target, words, {}, warnings));
    if (failure) return failure;
    std::string text;
    for (const std::string& warning : warnings) text += (text.empty() ? "Warning: " : "") + warning + '\n';
    if (!settings_.quiet) result_.err += text;
    return std::nullopt;
  }

  std::optional<Failure> run_test(const Target& target, std::span<const Word> words) {
    TestResult answer;
    if (auto failure = test(target, words, answer)) return failure;
    if (!answer.found) result_.exit_code = 1;
    if (settings_.quiet) return std::nullopt;
    result_.err += (answer.found ? "Warning: " : "") + answer.element + (answer.found ? " is in" : " is NOT in") +
                   " set " + words[1].text + ".\n";
    return std::nullopt;
  }

  std::optional<Failure> print(Verb verb, std::span<const Word> words) {
    std::optional<ir::SetId> only;
    if (words.size() > 2) return usage_failure("Unknown argument " + words[2].text, 2);
    if (words.size() == 2) {
      only = sets_.find(words[1].text);
      if (!only) return kernel_failure(ir::SetError::kNoSuchSet, verb, 1);
    }
    const PrintOptions options{0, settings_.sorted, settings_.names_only, settings_.terse, in_rules_};
    Output output = settings_.output;
    if (output == Output::kDefault) output = verb == Verb::kSave ? Output::kSave : Output::kPlain;
    std::string text;
    if (output == Output::kXml)
      text = xml_text(sets_, only, options);
    else if (output == Output::kSave && !settings_.names_only)
      text = save_text(sets_, only, options);
    else
      text = list_text(sets_, only, options);
    if (settings_.file.empty()) {
      result_.out += text;
    } else if (!files_.write(settings_.file, text)) {
      return Failure{Failure::Kind::kKernel,
                     "Cannot open " + settings_.file + " for writing: No such file or directory", 0,
                     ir::SetError::kNone};
    }
    return std::nullopt;
  }

  std::optional<Failure> help(std::span<const Word> words) {
    if (words.size() > 1 && ir::find_set_type(words[1].text) == nullptr)
      return usage_failure("Unknown settype: `" + words[1].text + "'", 1);
    result_.out += "Usage: ipset [options] COMMAND\n\nSupported set types:\n";
    for (const ir::SetTypeRow& row : ir::all_set_types()) result_.out += "    " + std::string(row.name) + '\n';
    return std::nullopt;
  }

  /// Lines that add to one set are sent together; an error that ipset itself finds comes before they are.
  std::optional<Failure> restore(std::span<const Word> words) {
    if (words.size() > 1) return usage_failure("Unknown argument " + words[1].text, 1);
    std::string text;
    if (settings_.file.empty()) {
      text = files_.standard_input();
    } else if (!files_.read(settings_.file, text)) {
      return Failure{Failure::Kind::kKernel,
                     "Cannot open " + settings_.file + " for reading: No such file or directory", 0,
                     ir::SetError::kNone};
    }
    restoring_ = true;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      const std::string_view line = std::string_view(text).substr(at, end - at);
      at = end == std::string::npos ? text.size() : end + 1;
      ++line_;
      if (auto failure = restore_line(line, end != std::string::npos)) return failure;
    }
    return send_waiting();
  }

  std::optional<Failure> restore_line(std::string_view line, bool has_newline) {
    const std::size_t first = line.find_first_not_of(" \t\r\v\f");
    if (first == std::string_view::npos || line[first] == '#') return std::nullopt;
    const std::string_view rest = line.substr(first);
    if (rest == "COMMIT" || rest == "COMMIT\r") return send_waiting();
    std::vector<Word> words = split_line(line, has_newline).words;
    if (auto failure = take_settings(words, settings_)) return failure;
    const Verb verb = words.empty() ? Verb::kNone : find_verb(words[0].text);
    if ((verb != Verb::kAdd && verb != Verb::kDel) || words.size() < 3) {
      if (auto failure = send_waiting()) return failure;
      return execute(std::move(words));
    }
    if (!waiting_.empty() && (waiting_verb_ != verb || waiting_.front().words[1].text != words[1].text))
      if (auto failure = send_waiting()) return failure;
    if (auto failure = check_element(Target{sets_, settings_.exist, 0, in_rules_}, words, verb)) return failure;
    if (waiting_.size() >= kMostWaiting)
      if (auto failure = send_waiting()) return failure;
    waiting_verb_ = verb;
    waiting_.push_back({std::move(words), settings_.exist, line_});
    return std::nullopt;
  }

  std::optional<Failure> send_waiting() {
    const std::size_t line = std::exchange(line_, 0);
    for (const WaitingLine& waiting : std::exchange(waiting_, {})) {
      line_ = waiting.line;
      const Target target{sets_, waiting.exist, 0, in_rules_};
      auto failure = waiting_verb_ == Verb::kAdd ? add(target, waiting.words) : del(target, waiting.words);
      if (auto result = changing(std::move(failure))) return result;
    }
    line_ = line;
    return std::nullopt;
  }

  void report(const Failure& failure) {
    result_.exit_code = failure.kind == Failure::Kind::kUsage ? 2 : 1;
    if (settings_.quiet) return;
    result_.err += std::string(kProgram) + ": ";
    if (restoring_ && failure.kind != Failure::Kind::kUsage)
      result_.err += "Error in line " + std::to_string(line_) + ": ";
    result_.err += failure.message + '\n';
    if (failure.kind == Failure::Kind::kUsage) result_.err += "Try `ipset help' for more information.\n";
  }

  ir::SetTable& sets_;
  const SessionFiles& files_;
  const std::multiset<std::string, std::less<>>* in_rules_;
  Settings settings_;
  SessionResult result_;
  bool restoring_ = false;
  std::size_t line_ = 0;
  Verb waiting_verb_ = Verb::kNone;
  std::vector<WaitingLine> waiting_;
};

}  // namespace

bool reads_input(std::span<const std::string> arguments) {
  std::vector<Word> words = words_of(arguments);
  Settings settings;
  if (take_settings(words, settings) || words.empty()) return false;
  return find_verb(words[0].text) == Verb::kRestore && settings.file.empty();
}

SessionResult run(ir::SetTable& sets, std::span<const std::string> arguments, const SessionFiles& files,
                  const std::multiset<std::string, std::less<>>* in_rules) {
  return Session(sets, files, in_rules).run(arguments);
}

}  // namespace nfproof::compiler::ipset
