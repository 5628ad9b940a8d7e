// SPDX-License-Identifier: Apache-2.0
// Restoring: see restore.h. The order in which a line is looked at, and what is refused, are those of
// iptables-restore(8), which is much less forgiving than the reader of ruleset files.
#include "compiler/commands/restore.h"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>

#include "compiler/commands/execute_command.h"
#include "compiler/commands/long_options.h"
#include "compiler/commands/speaker.h"
#include "compiler/frontend/counters_text.h"
#include "compiler/frontend/rule_reader.h"
#include "compiler/frontend/words.h"
#include "compiler/source/source_file.h"

namespace nfproof::compiler {
namespace {

constexpr LongOption kOptions[] = {
    {'c', "counters", false},   {'v', "verbose", false},
    {'V', "version", false},    {'t', "test", false},
    {'h', "help", false},       {'n', "noflush", false},
    {'M', "modprobe", true},    {'T', "table", true},
    {'w', "wait", false, true}, {'W', "wait-interval", false, true},
};

struct Settings {
  bool counters = false;
  bool verbose = false;
  bool test = false;
  bool noflush = false;
  bool wait = false;
  bool wait_interval = false;
  std::string_view table;  ///< empty: all
  std::string_view file;   ///< without a place: standard input
};

class Restore {
 public:
  Restore(VirtualHost& host, const Program& program, const Settings& settings, const ProgramInput& input,
          ProgramResult& result)
      : host_(host), program_(program), settings_(settings), input_(input), result_(result), speaker_{program.name()} {}

  void run() {
    std::string_view rest = input_.text;
    while (!rest.empty() && !failed_) {
      const std::size_t end = rest.find('\n');
      ++speaker_.line;
      line_has_end_ = end != std::string_view::npos;
      read_line(rest.substr(0, end));
      rest.remove_prefix(line_has_end_ ? end + 1 : rest.size());
    }
    if (failed_ || !table_) return;
    result_.err += speaker_.program + ": COMMIT expected at line " + std::to_string(speaker_.line + 1) + '\n';
    error("missing-commit", "the table is not closed by `COMMIT`");
    result_.exit_code = kToolFailure;
  }

 private:
  // --- Failing ---

  [[nodiscard]] source::Span place() const {
    return {input_.file, input_.lines_before + speaker_.line, 1, static_cast<std::uint32_t>(text_.size() + 1)};
  }
  source::Diagnostic& error(const char* id, std::string message) {
    failed_ = true;
    return result_.diagnostics.error(id, place(), std::move(message));
  }
  void parameter_problem(const char* id, std::string message, const std::string& tool) {
    error(id, std::move(message));
    result_.exit_code = speaker_.parameter_problem(tool, result_.err);
  }
  void line_failed(const char* id, std::string message) {
    error(id, std::move(message));
    result_.err += speaker_.program + ": line " + std::to_string(speaker_.line) + " failed\n";
    result_.exit_code = kToolFailure;
  }

  // --- Lines ---

  void read_line(std::string_view text) {
    text_ = text;
    if (text.empty()) return;
    if (text[0] == '#') {
      if (settings_.verbose) result_.out += std::string(text) + '\n';
    } else if (table_ && text == "COMMIT" && line_has_end_) {
      commit();
    } else if (!table_ && text[0] == '*') {
      open_table(first_field(text.substr(1)));
    } else if (table_ && text[0] == ':') {
      chain(text.substr(1));
    } else if (table_) {
      command(text);
    } else if (!skipping_) {
      line_failed("outside-table", "this line belongs to no table");
    }
  }

  static std::string_view first_field(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_first_of(" \t", begin) - begin);
  }
  /// The field, cut off the text.
  static std::string_view take_field(std::string_view& text) {
    const std::string_view field = first_field(text);
    if (field.empty())
      text = {};
    else
      text.remove_prefix(static_cast<std::size_t>(field.data() + field.size() - text.data()));
    return field;
  }

  void open_table(std::string_view name) {
    if (name.empty())
      return parameter_problem("unknown-table", "the name of the table is missing",
                               speaker_.program + ": line " + std::to_string(speaker_.line) + " table name invalid");
    skipping_ = !settings_.table.empty() && settings_.table != name;
    if (skipping_) return;
    const std::size_t before = host_.tables(program_.family).size();
    live_ = host_.table(program_.family, name);
    if (live_ == nullptr)
      return parameter_problem("unknown-table", "there is no table `" + std::string(name) + '`',
                               speaker_.program + ": unable to initialize table '" + std::string(name) + '\'');
    if (host_.tables(program_.family).size() != before) result_.changed = true;
    table_.emplace(*live_);
    if (settings_.noflush) return;
    for (const Verb verb : {Verb::kFlush, Verb::kDeleteChain}) {
      Command command;
      command.verb = verb;
      command.flags.verbose = settings_.verbose ? 1 : 0;
      (void)execute_command(*table_, std::move(command), {}, place(), result_.diagnostics, result_.out);
    }
  }

  void commit() {
    // What only the kernel refuses is told here.
    const bool good = !refused_by_kernel_ && (settings_.test || table_->settle(place(), result_.diagnostics, true));
    if (refused_by_kernel_ && settings_.test) {
      table_.reset();
      refused_by_kernel_ = false;
      return;
    }
    if (!good) return line_failed("refused", "the kernel refuses this table");
    if (!settings_.test) {
      *live_ = std::move(*table_);
      result_.changed = true;
    }
    table_.reset();
  }

  void chain(std::string_view text) {
    const std::string line_text = std::to_string(speaker_.line);
    const std::string_view field = take_field(text);
    const std::string name(field);
    const Word word{field, place()};
    if (name.empty())
      return parameter_problem("bad-chain", "the name of the chain is missing",
                               speaker_.program + ": line " + line_text + " chain name invalid");
    if (name.size() > kMaxChainName)
      return parameter_problem("bad-chain-name", "the chain name `" + name + "` is longer than 28 characters",
                               "Invalid chain name `" + name + "' (28 chars max)");
    const StagedChain* known = std::as_const(*table_).find(name);
    if (known == nullptr || !known->base) {
      const bool flushed = settings_.noflush && known != nullptr;
      if (flushed ? !table_->flush_chain(word) : !table_->make_chain(word))
        return parameter_problem("duplicate-chain", "the chain `" + name + "` cannot be made",
                                 "error creating chain '" + name + "':File exists");
    }
    const std::string_view policy = take_field(text);
    if (policy.empty())
      return parameter_problem("bad-policy", "the policy of the chain is missing",
                               speaker_.program + ": line " + line_text + " policy invalid");
    if (policy != "-") set_policy(word, policy, take_field(text));
  }

  void set_policy(const Word& chain, std::string_view policy, std::string_view counters_text) {
    Command command;
    command.verb = Verb::kPolicy;
    command.chain = chain;
    command.argument = {policy, place()};
    if (settings_.counters) {
      command.counters = read_counters(counters_text);
      if (!command.counters)
        return parameter_problem("bad-counters", "expected counters `[PACKETS:BYTES]`",
                                 "invalid policy counters for chain '" + std::string(chain.text) + '\'');
    }
    source::Diagnostics problems;
    table_->execute(std::move(command), {}, place(), problems);
    if (!problems.has_errors()) return;
    std::string reason = problems.all().front().tool.text;
    reason = reason.substr(0, reason.find(". Run"));
    error("bad-policy", problems.all().front().message);
    result_.err += speaker_.program + " v" + std::string(kToolVersion) + ": Can't set policy `" + std::string(policy) +
                   "' on `" + std::string(chain.text) + "' line " + std::to_string(speaker_.line) + ": " + reason +
                   '\n';
    result_.exit_code = kToolFailure;
  }

  void command(std::string_view text) {
    std::optional<ir::Counters> counters;
    source::Span begin = place();
    if (text[0] == '[') {
      const std::size_t close = text.find(']');
      const std::size_t colon = text.find(':');
      if (close == std::string_view::npos || colon == std::string_view::npos || colon > close)
        return parameter_problem("bad-counters", "expected counters `[PACKETS:BYTES]`",
                                 "Bad line " + std::to_string(speaker_.line) + ": need ]");
      if (settings_.counters) counters = read_counters(text.substr(0, close + 1));
      text.remove_prefix(close + 1);
      begin.column += static_cast<std::uint32_t>(close + 1);
    }
    const SplitWords words = split_words(text, begin);
    if (words.words.empty()) return tell_errors([&] { run_words({}, counters); });
    tell_errors([&] { run_words(words.words, counters); });
  }

  void run_words(std::span<const Word> words, std::optional<ir::Counters> counters) {
    auto command = read_command(words, table_->name(), program_.family, host_.predicates(), result_.diagnostics);
    if (!command || (command->only && *command->only != program_.family)) return;
    // With --noflush iptables-restore says nothing about rules.
    if (settings_.verbose && !settings_.noflush) command->flags.verbose = 1;
    (void)execute_command(*table_, std::move(*command), counters, place(), result_.diagnostics, result_.out);
  }

  /// Runs a part that adds to the diagnostics, and tells what it added.
  template <typename Part>
  void tell_errors(Part part) {
    const std::size_t before = result_.diagnostics.all().size();
    part();
    const auto& all = result_.diagnostics.all();
    for (std::size_t i = before; i < all.size(); ++i) {
      if (all[i].tool.form == source::ToolMessage::Form::kKernel) {
        refused_by_kernel_ = true;
        return;
      }
      if (const int code = speaker_.tell(all[i], result_.err); code != kToolOk) {
        failed_ = true;
        result_.exit_code = code;
        return;
      }
    }
  }

  VirtualHost& host_;
  const Program& program_;
  const Settings& settings_;
  const ProgramInput& input_;
  ProgramResult& result_;
  Speaker speaker_;

  std::string_view text_;  ///< the line
  bool line_has_end_ = false;
  StagedTable* live_ = nullptr;       ///< the table as it is
  std::optional<StagedTable> table_;  ///< as it shall be, between its line and its COMMIT
  bool skipping_ = false;             ///< inside a table that was not asked for
  bool refused_by_kernel_ = false;
  bool failed_ = false;
};

/// False when the program ends here.
bool read_settings(const Program& program, std::span<const Word> arguments, Settings& settings, ProgramResult& result) {
  const std::string name = program.name();
  const auto fail = [&](const std::string& text) {
    result.err += text + '\n';
    result.exit_code = kToolFailure;
    return false;
  };
  LongOptions options(kOptions, arguments);
  while (const auto option = options.next()) {
    switch (option->letter) {
      case 'c': settings.counters = true; break;
      case 'v': settings.verbose = true; break;
      case 't': settings.test = true; break;
      case 'n': settings.noflush = true; break;
      case 'T': settings.table = option->value; break;
      case 'V': result.out = name + " v" + std::string(kToolVersion) + '\n'; return false;
      case 'h':
        result.err = "Usage: " + name + " [-c] [-v] [-V] [-t] [-h] [-n] [-w SECONDS] [-T TABLE] [-M COMMAND] [FILE]\n";
        return false;
      case 'w':
      case 'W': {
        const std::string_view value = option->value.empty() ? options.take_argument() : option->value;
        const bool interval = option->letter == 'W';
        if (interval) result.err += "Ignoring deprecated --wait-interval option.\n";
        (interval ? settings.wait_interval : settings.wait) = true;
        if (value.empty() || std::isdigit(static_cast<unsigned char>(value[0])) != 0) break;
        result.err += name + " v" + std::string(kToolVersion) + ": wait " + (interval ? "interval" : "seconds") +
                      " not numeric\nError occurred at line: 0\n";
        Speaker{name}.try_help(result.err);
        result.exit_code = kToolParameter;
        return false;
      }
      case '?': return fail(name + ": " + options.error() + "\nTry `" + name + " -h' for more information.");
      default: break;
    }
  }
  if (options.rest().size() > 1) return fail("Unknown arguments found on commandline");
  if (!options.rest().empty()) settings.file = options.rest().front();
  if (settings.wait_interval && !settings.wait) return fail("Option --wait-interval requires option --wait");
  return true;
}

}  // namespace

bool restore_reads_input(const Program& program, std::span<const Word> arguments) {
  Settings settings;
  ProgramResult unused;
  return read_settings(program, arguments, settings, unused) && settings.file.data() == nullptr;
}

void run_restore(VirtualHost& host, const Program& program, std::span<const Word> arguments, const ProgramInput& input,
                 ProgramResult& result) {
  Settings settings;
  if (!read_settings(program, arguments, settings, result)) return;
  if (settings.file.data() == nullptr) return Restore(host, program, settings, input, result).run();
  const source::FileText text = source::read_file(std::string(settings.file));
  if (!text.error.empty()) {
    result.err += "Can't open " + std::string(settings.file) + ": " + text.error + '\n';
    result.exit_code = kToolFailure;
    return;
  }
  Restore(host, program, settings, {text.text}, result).run();
}

}  // namespace nfproof::compiler
