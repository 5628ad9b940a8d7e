// SPDX-License-Identifier: Apache-2.0
// What a shell remembers: variables, functions, arguments, options, open files. A subshell works on a copy.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/script/channel.h"
#include "compiler/script/syntax.h"

namespace nfproof::script {

struct Variable {
  enum class Kind : std::uint8_t { kScalar, kArray, kMap };
  Kind kind = Kind::kScalar;
  bool is_set = false;  ///< `local x` and `export x` name a variable without giving it a value
  bool exported = false;
  bool readonly = false;
  bool integer = false;
  bool upper = false;
  bool lower = false;
  std::string value;
  std::map<long long, std::string> elements;                 ///< kArray
  std::vector<std::pair<std::string, std::string>> entries;  ///< kMap, in the order of insertion
};

/// `set -e` and its like.
struct ShellOptions {
  bool errexit = false;
  bool nounset = false;
  bool noglob = false;
  bool noexec = false;
  bool pipefail = false;
  bool noclobber = false;
  bool allexport = false;
  bool nullglob = false;
  bool nocasematch = false;
  bool extglob = false;
  bool inherit_errexit = false;
};

/// The variables that `local` hides while a function runs.
struct Scope {
  std::vector<std::pair<std::string, std::optional<Variable>>> hidden;
};

struct State {
  std::unordered_map<std::string, Variable> variables;
  std::unordered_map<std::string, CommandPtr> functions;
  std::string name;  ///< $0
  std::vector<std::string> arguments;
  ShellOptions options;
  std::vector<Scope> scopes;
  std::map<int, ChannelPtr> channels;
  std::string directory;
  std::vector<std::string> directories;  ///< of pushd
  std::string exit_trap;
  source::Span exit_trap_span;  ///< of its `trap`
  std::string error_trap;
  bool in_subshell = false;
};

}  // namespace nfproof::script
