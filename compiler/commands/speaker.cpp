// SPDX-License-Identifier: Apache-2.0
// Messages of iptables: see speaker.h.
#include "compiler/commands/speaker.h"

namespace nfproof::compiler {

void Speaker::try_help(std::string& err) const {
  if (line != 0) err += "Error occurred at line: " + std::to_string(line) + '\n';
  err += "Try `" + program + " -h' or '" + program + " --help' for more information.\n";
}

int Speaker::parameter_problem(std::string_view text, std::string& err) const {
  err += program + " v" + std::string(kToolVersion) + ": " + std::string(text) + '\n';
  try_help(err);
  return kToolParameter;
}

int Speaker::tell(const source::Diagnostic& diagnostic, std::string& err) const {
  using Form = source::ToolMessage::Form;
  const std::string& text = diagnostic.tool.text;
  switch (diagnostic.tool.form) {
    case Form::kNone:
      return diagnostic.severity == source::Severity::kError ? parameter_problem(diagnostic.message, err) : kToolOk;
    case Form::kParameter: return parameter_problem(text, err);
    case Form::kArgument:
      if (!text.empty()) err += text + '\n';
      try_help(err);
      return kToolParameter;
    case Form::kVersion:
      err += program + " v" + std::string(kToolVersion) + ": " + text + "\nPerhaps " + program +
             " or your kernel needs to be upgraded.\n";
      return kToolVersionProblem;
    case Form::kFailure:
    case Form::kKernel:
      // iptables-restore only says which line it was.
      err += program + ": " + (line != 0 ? "line " + std::to_string(line) + " failed\n" : text + ".\n");
      return kToolFailure;
    case Form::kWarning: err += text + '\n'; return kToolOk;
  }
  return kToolOk;
}

}  // namespace nfproof::compiler
