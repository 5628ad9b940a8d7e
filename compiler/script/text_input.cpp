// SPDX-License-Identifier: Apache-2.0
// Common to the text programs: see text_input.h.
#include "compiler/script/text_input.h"

#include <algorithm>

#include "compiler/script/restore.h"

namespace nfproof::script {

TextInput text_input(Shell& shell, const Call& call, const std::vector<std::string>& files) {
  TextInput input;
  if (files.empty()) input.text = shell.read_all(call.span);
  for (const std::string& file : files) {
    if (file == "-") {
      input.text += shell.read_all(call.span);
      continue;
    }
    shell.need_known(file.find('\0') == 0 ? "" : file, call.span);
    try {
      const ChannelPtr channel = shell.open_for_reading(file, call.span);
      input.text +=
          channel->kind == Channel::Kind::kTerminal ? shell.unknown_value(call.span, file) : channel->take_rest();
    } catch (const RedirectFailure& failure) {
      shell.err(call.words[0] + ": " + failure.message + '\n');
      input.failed = true;
    }
  }
  return input;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find('\n', i), text.size());
    lines.push_back(text.substr(i, end - i));
    i = end + 1;
  }
  return lines;
}

std::string command_text(const Shell&, const Call& call) {
  std::string text;
  for (const std::string& word : call.words) text += (text.empty() ? "" : " ") + word;
  return text.size() > 80 ? text.substr(0, 77) + "..." : text;
}

Status unknown_output(Shell& shell, const Call& call) {
  const std::string mark = shell.unknown_value(call.span, command_text(shell, call));
  shell.out(mark);
  return {0, shell.unknowns().first(mark)};
}

std::string TextOptions::value(char c) const {
  for (auto i = values.rbegin(); i != values.rend(); ++i)
    if (i->first == c) return i->second;
  return {};
}

TextOptions text_options(Shell& shell, const Call& call, std::string_view known, std::string_view with_value) {
  TextOptions options;
  bool only_operands = false;
  for (std::size_t i = 1; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    if (only_operands || word.size() < 2 || word[0] != '-') {
      options.operands.push_back(word);
      continue;
    }
    if (word == "--") {
      only_operands = true;
      continue;
    }
    for (std::size_t j = 1; j < word.size(); ++j) {
      const char c = word[j];
      if (with_value.find(c) != std::string_view::npos) {
        std::string value = word.substr(j + 1);
        if (value.empty() && i + 1 < call.words.size()) value = call.words[++i];
        options.values.emplace_back(c, std::move(value));
        break;
      }
      if (known.find(c) == std::string_view::npos)
        shell.refuse(call.spans[i], "bad-option", '`' + call.words[0] + ' ' + word + "` is not followed");
      options.letters += c;
    }
  }
  return options;
}

}  // namespace nfproof::script
