// SPDX-License-Identifier: Apache-2.0
// Recording what a script calls: see recorder.h.
#include "tests/script/recorder.h"

#include <filesystem>
#include <fstream>

#include "compiler/script/run.h"
#include "tests/kernel/harness/process.h"

namespace nfproof::testing {
namespace {

namespace fs = std::filesystem;

std::string printed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 1; i < words.size(); ++i) text += '<' + words[i] + '>';
  return text + '\n';
}

class PrintingTools : public script::Tools {
 public:
  script::ToolResult run(const script::ToolCall& call) override {
    script::ToolResult result;
    result.out = printed(call.words) + call.input;
    for (std::size_t i = 1; i + 1 < call.words.size(); ++i)
      if (call.words[i] == "--exit") result.code = std::stoi(call.words[i + 1]);
    return result;
  }
};

class OutputText : public script::Output {
 public:
  explicit OutputText(std::string& text) : text_(text) {}
  void write(std::string_view text, bool is_error) override {
    if (!is_error) text_ += text;
  }

 private:
  std::string& text_;
};

constexpr std::string_view kProgram = R"(#!/bin/sh
code=0 last=
for word in "$@"; do
  printf '<%s>' "$word"
  [ "$last" = --exit ] && code=$word
  last=$word
done
echo
case $0 in *-restore) cat ;; esac
exit "$code"
)";

/// A directory for the real shell, with the programs in it.
class Directory {
 public:
  Directory() {
    std::string name = (fs::temp_directory_path() / "nfproof-script-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
    for (const char* program : {"iptables", "iptables-restore"}) {
      std::ofstream(path_ / program) << kProgram;
      fs::permissions(path_ / program, fs::perms::owner_all);
    }
  }
  ~Directory() { fs::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

Recorded record_virtual(const std::string& script) {
  source::SourceManager sources;
  source::Diagnostics diagnostics;
  Recorded result;
  PrintingTools tools;
  OutputText output(result.out);
  const source::FileId file = sources.add("script", script);
  script::ScriptOptions options;
  options.files.script = "script";
  const script::ScriptResult ran = script::run_script(sources, file, options, tools, output, diagnostics);
  result.status = ran.status.value_or(-1);
  for (const source::Diagnostic& diagnostic : diagnostics.all())
    if (diagnostic.severity == source::Severity::kError)
      result.problems += std::to_string(diagnostic.span.line) + ':' + std::to_string(diagnostic.span.column) + ": " +
                         diagnostic.message + '\n';
  return result;
}

std::vector<Recorded> record_real(const std::string& shell, const std::vector<std::string>& scripts) {
  const Directory directory;
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    fs::create_directory(directory.path() / std::to_string(i));
    std::ofstream(directory.path() / std::to_string(i) / "script") << scripts[i];
  }
  const std::string path = "PATH=" + directory.path().string() + ":/usr/sbin:/usr/bin:/sbin:/bin";
  const std::string all = "for d in */; do cd $d; " + shell +
                          " script >../${d%/}.out 2>../${d%/}.err </dev/null; echo $? >../${d%/}.status; cd ..; done";
  (void)run_tool(
      {"env", "-i", "-C", directory.path().string(), path, "HOME=/root", "LC_ALL=C.UTF-8", "dash", "-c", all});
  std::vector<Recorded> results(scripts.size());
  const auto text_of = [&](std::size_t i, const char* extension) {
    std::ifstream file(directory.path() / (std::to_string(i) + extension));
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    const std::string status = text_of(i, ".status");
    results[i] = {text_of(i, ".out"), status.empty() ? -2 : std::stoi(status), text_of(i, ".err")};
  }
  return results;
}

}  // namespace nfproof::testing
