// SPDX-License-Identifier: Apache-2.0
// The model of nftables rules as text.
#include "backends/nft_model.h"

#include "backends/nft_names.h"

namespace nfproof::backends {
namespace {

void append_word(std::string& out, std::string_view word) {
  if (word.empty()) return;
  if (!out.empty()) out += ' ';
  out += word;
}

void append_tests(const NftLine& line, std::string& out) {
  for (const NftTest& test : line.tests) append_word(out, test.text);
}

void append_end(const NftLine& line, std::string& out) {
  for (const std::string& statement : line.statements) append_word(out, statement);
  append_word(out, line.verdict);
}

/// As many elements in a line as fit well.
void append_elements(const std::vector<std::string>& elements, std::string& out) {
  constexpr std::size_t kWidth = 110;
  out += "    elements = {";
  std::size_t width = kWidth;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (width + elements[i].size() > kWidth) {
      out += "\n      ";
      width = 0;
    } else {
      out += ' ';
    }
    out += elements[i];
    if (i + 1 < elements.size()) out += ',';
    width += elements[i].size() + 2;
  }
  out += "\n    }\n";
}

void append_object(const NftObject& object, std::string& out) {
  out += "\n  " + object.kind + ' ' + object.name + " {\n";
  for (const std::string& setting : object.settings) out += "    " + setting + '\n';
  if (!object.elements.empty()) append_elements(object.elements, out);
  out += "  }\n";
}

void append_chain(const NftChain& chain, std::string& out) {
  out += "\n  chain " + chain.name + " {\n";
  if (!chain.comment.empty()) out += "    comment " + nft_quoted(chain.comment) + '\n';
  if (!chain.hook.empty()) {
    out += "    type " + chain.type + " hook " + chain.hook + " priority " + chain.priority + "; policy " +
           (chain.policy_drop ? "drop" : "accept") + ";\n";
  }
  for (const NftLine& line : chain.lines)
    if (!nft_is_blank(line)) out += "    " + nft_line_text(line) + '\n';
  out += "  }\n";
}

}  // namespace

std::string nft_line_meaning(const NftLine& line) {
  std::string out;
  append_tests(line, out);
  append_end(line, out);
  return out;
}

bool nft_is_blank(const NftLine& line) {
  return line.note.empty() && line.counter.empty() && nft_line_meaning(line).empty();
}

std::string nft_line_text(const NftLine& line) {
  if (!line.note.empty()) return "# " + line.note;
  std::string out;
  append_tests(line, out);
  append_word(out, line.counter);
  append_end(line, out);
  if (!line.comment.empty()) append_word(out, "comment " + nft_quoted(line.comment));
  return out;
}

void append_table_text(const NftTable& table, std::string& out) {
  const std::string name = "table " + table.family + ' ' + table.name;
  // `delete` fails for a table that is not there, so it is made first.
  out += '\n' + name + "\ndelete " + name + '\n' + name + " {";
  if (table.dormant) out += "\n  flags dormant\n";
  if (!table.comment.empty()) out += "\n  comment " + nft_quoted(table.comment) + '\n';
  for (const NftObject& object : table.objects) append_object(object, out);
  for (const NftChain& chain : table.chains) append_chain(chain, out);
  out += "}\n";
}

}  // namespace nfproof::backends
