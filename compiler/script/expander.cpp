// SPDX-License-Identifier: Apache-2.0
// From words to strings: see expander.h. Here the order of things, splitting and file names; parameters have a file of
// their own.
#include "compiler/script/expander.h"

#include <algorithm>

#include "compiler/script/arithmetic.h"
#include "compiler/script/braces.h"
#include "compiler/script/pattern.h"

namespace nfproof::script {
namespace {

constexpr std::size_t kMaxWords = 100000;

bool is_ifs_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

std::string escape_regex(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::string_view(".[]()*+?{}|^$\\").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

void Expander::fields(const Word& word, std::vector<std::string>& result) {
  if (!may_have_braces(word)) return expand_one(word, result);
  std::vector<Word> words;
  if (!expand_braces(word, kMaxWords, words)) throw LimitReached{word.span, "the braces stand for too many words"};
  if (words.size() > 1)
    shell_.warn_once("bashism", word.span, "braces stand for words in bash only: dash takes them as they are");
  for (const Word& each : words) expand_one(each, result);
}

std::vector<Segment> Expander::evaluate(const Word& word) {
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < word.parts.size(); ++i) {
    const Part& part = word.parts[i];
    const bool tilde = i == 0 && part.kind == PartKind::kText && !part.quoted && part.text.starts_with('~') &&
                       (part.text.size() > 1 ? part.text[1] == '/' : word.parts.size() == 1);
    if (tilde) {
      segments.push_back({shell_.get("HOME", part.span).value_or("~"), true});
      segments.push_back({part.text.substr(1)});
      continue;
    }
    const std::size_t before = segments.size();
    evaluate_part(part, segments);
    for (std::size_t each = before; each < segments.size(); ++each) shell_.count_bytes(segments[each].text.size());
  }
  return segments;
}

void Expander::evaluate_part(const Part& part, std::vector<Segment>& segments) {
  Segment segment;
  segment.quoted = part.quoted;
  segment.expanded = !part.quoted;
  switch (part.kind) {
    case PartKind::kText:
      segment.text = part.text;
      segment.expanded = false;
      break;
    case PartKind::kParameter: return parameter(part, segments);
    case PartKind::kCommand: (void)shell_.substitute(part, segment.text); break;
    case PartKind::kArithmetic: {
      const std::string text = single(*part.arithmetic);
      if (const auto unknown = shell_.unknowns().first(text)) {
        segment.text = shell_.unknown_value(part.span, part.text);
      } else {
        segment.text = std::to_string(evaluate_arithmetic(shell_, text, part.span));
      }
      break;
    }
    case PartKind::kProcess: {
      std::string text;
      (void)shell_.substitute(part, text, false);
      segment.text = "/dev/fd/nfproof-" + std::to_string(part.span.line) + '-' + std::to_string(part.span.column);
      segment.quoted = true;
      shell_.files().put(segment.text, std::move(text));
      break;
    }
  }
  segments.push_back(std::move(segment));
}

std::string Expander::single(const Word& word) {
  std::string result;
  for (const Segment& segment : evaluate(word)) {
    if (segment.breaks) result += segment.joint;
    result += segment.text;
  }
  return result;
}

std::string Expander::pattern(const Word& word) {
  std::string result;
  for (const Segment& segment : evaluate(word)) {
    if (segment.breaks) result += segment.joint;
    result += segment.quoted ? escape_pattern(segment.text) : segment.text;
  }
  return result;
}

std::string Expander::regex(const Word& word) {
  std::string result;
  for (const Segment& segment : evaluate(word)) result += segment.quoted ? escape_regex(segment.text) : segment.text;
  return result;
}

long long Expander::number(const Word& word) {
  const std::string text = single(word);
  shell_.need_known(text, word.span);
  return evaluate_arithmetic(shell_, text, word.span);
}

void Expander::expand_one(const Word& word, std::vector<std::string>& result) {
  // Most words are one piece of text.
  if (word.parts.size() == 1 && word.parts[0].kind == PartKind::kText && word.parts[0].quoted) {
    result.push_back(word.parts[0].text);
    return;
  }
  std::vector<Field> fields(1);
  for (const Segment& segment : evaluate(word)) {
    if (segment.breaks && fields.back().started) fields.emplace_back();
    if (segment.nothing) continue;
    if (segment.expanded) {
      split(segment.text, fields);
      continue;
    }
    Field& field = fields.back();
    field.started = field.started || segment.quoted || !segment.text.empty();
    field.text += segment.text;
    field.pattern += segment.quoted ? escape_pattern(segment.text) : segment.text;
  }
  if (fields.size() + result.size() > kMaxWords) throw LimitReached{word.span, "the word stands for too many words"};
  for (const Field& field : fields) {
    if (!field.started) continue;
    if (shell_.state().options.noglob || !has_pattern(field.pattern)) {
      result.push_back(field.text);
    } else {
      file_names(field, word.span, result);
    }
  }
}

void Expander::split(const std::string& text, std::vector<Field>& fields) {
  const std::string ifs = shell_.find("IFS") == nullptr ? " \t\n" : shell_.find("IFS")->value;
  bool after_blanks = false;  // the last field ended in blanks: a delimiter may still belong to them
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\0') {  // a mark is never split
      const std::size_t end = std::min(text.find('\0', i + 1), text.size() - 1);
      fields.back().started = true;
      fields.back().text += text.substr(i, end - i + 1);
      fields.back().pattern += text.substr(i, end - i + 1);
      i = end;
      after_blanks = false;
    } else if (ifs.find(c) == std::string::npos) {
      fields.back().started = true;
      fields.back().text += c;
      fields.back().pattern += c;
      after_blanks = false;
    } else if (is_ifs_blank(c)) {
      if (!fields.back().started) continue;
      fields.emplace_back();
      after_blanks = true;
    } else if (after_blanks) {
      after_blanks = false;
    } else {
      fields.back().started = true;
      fields.emplace_back();
    }
  }
}

void Expander::file_names(const Field& field, source::Span span, std::vector<std::string>& result) {
  if (Unknowns::is_in(field.text)) {
    result.push_back(field.text);
    return;
  }
  std::vector<std::string> found = {field.pattern.starts_with('/') ? "/" : ""};
  std::size_t from = field.pattern.find_first_not_of('/');
  while (from != std::string::npos && from < field.pattern.size()) {
    const std::size_t slash = std::min(field.pattern.find('/', from), field.pattern.size());
    const std::string pattern = field.pattern.substr(from, slash - from);
    from = field.pattern.find_first_not_of('/', slash);
    std::vector<std::string> next;
    for (const std::string& directory : found) {
      if (!has_pattern(pattern)) {
        const std::string path = directory + unescape_pattern(pattern);
        const bool last = from == std::string::npos;
        if (!last) next.push_back(path + '/');
        if (last && shell_.files().find(path, shell_.state().directory).kind != FileState::Kind::kAbsent)
          next.push_back(path);
        continue;
      }
      const auto names = shell_.files().names(directory.empty() ? "." : directory, shell_.state().directory);
      if (!names) {
        result.push_back(shell_.unknowns().add(span, field.text, true));
        return;
      }
      for (const std::string& name : *names)
        if ((!name.starts_with('.') || pattern.starts_with('.')) && pattern_matches(pattern, name))
          next.push_back(directory + name + (from == std::string::npos ? "" : "/"));
    }
    found = std::move(next);
  }
  if (found.empty() && shell_.state().options.nullglob) return;
  if (found.empty()) found = {field.text};
  result.insert(result.end(), found.begin(), found.end());
}

}  // namespace nfproof::script
