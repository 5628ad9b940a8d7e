// SPDX-License-Identifier: Apache-2.0
// Three steps until nothing changes: a chain loses the return at its end, calls of a chain with one line become that
// line, the only call of a chain without tests becomes its lines.
#include "backends/nft_inline.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "backends/nft_shape.h"

namespace nfproof::backends {
namespace {

/// How often calls are looked through.
constexpr unsigned kMostRounds = 16;

bool is_bare(const NftLine& line) { return line.tests.empty() && line.counter.empty() && line.note.empty(); }

bool leads_by(const NftLine& line, NftEnd end) { return line.end == end && line.leads_to.size() == 1; }

bool leaves(const NftLine& line) {
  // Of a verdict map it is not known.
  return line.end == NftEnd::kReturn || line.end == NftEnd::kGoto || line.verdict.find(" vmap ") != std::string::npos;
}

/// A chain that copies bits of a mark: proofs know it as a whole.
bool copies_mark(const NftChain& chain) {
  if (chain.lines.empty()) return false;
  const NftLine& first = chain.lines.front();
  return first.end == NftEnd::kReturn && first.tests.size() == 1 && first.statements.empty() &&
         first.tests.front().text == kNftUntracked;
}

bool asks(const NftLine& line) { return line.asks != 0; }

class Inliner {
 public:
  Inliner(NftTable& table, bool still) : table_(table), still_(still) {
    for (NftChain& chain : table_.chains) chains_.emplace(chain.name, &chain);
    for (const NftChain& chain : table_.chains)
      for (const NftLine& line : chain.lines) count(line, 1);
    for (const NftObject& object : table_.objects)
      for (const std::string& name : object.leads_to) ++uses_[name];
  }

  void run() {
    bool changed = true;
    for (unsigned round = 0; changed && round < kMostRounds; ++round) {
      changed = false;
      for (NftChain& chain : table_.chains) {
        drop_last_return(chain);
        for (NftLine& line : chain.lines) changed = replace_call(line) || changed;
        std::erase_if(chain.lines, nft_does_nothing);
        changed = splice(chain) || changed;
        fuse(chain);
      }
    }
    remove_unused();
  }

 private:
  void count(const NftLine& line, int by) {
    for (const std::string& name : line.leads_to) uses_[name] += by;
  }

  static void drop_last_return(NftChain& chain) {
    while (chain.hook.empty() && !chain.lines.empty()) {
      const NftLine& last = chain.lines.back();
      const bool idle = last.end == NftEnd::kReturn && last.statements.empty() && last.counter.empty() &&
                        last.note.empty() &&
                        std::none_of(last.tests.begin(), last.tests.end(), [](const NftTest& t) { return t.fixed; });
      if (!idle) return;
      chain.lines.pop_back();
    }
  }

  [[nodiscard]] NftChain* find(const std::string& name) const {
    const auto found = chains_.find(name);
    return found != chains_.end() && found->second->hook.empty() ? found->second : nullptr;
  }

  /// A call of a chain that does one thing, or nothing.
  bool replace_call(NftLine& line) {
    const bool called = leads_by(line, NftEnd::kJump);
    if (!called && !leads_by(line, NftEnd::kGoto)) return false;
    const NftChain* chain = find(line.leads_to[0]);
    if (chain == nullptr || chain->lines.size() > 1) return false;
    if (chain->lines.empty()) {
      if (!called) return false;
      count(line, -1);
      line.leads_to.clear();
      line.verdict.clear();
      line.end = NftEnd::kNone;
      return true;
    }
    const NftLine& body = chain->lines[0];
    if (!is_bare(body) || body.verdict.find(" vmap ") != std::string::npos) return false;
    const bool shared = uses_[chain->name] > 1;
    if (shared && std::any_of(body.statements.begin(), body.statements.end(), nft_keeps_state)) return false;
    if (nft_needs_protocol(body)) return false;
    if (body.end == NftEnd::kReturn || (!called && body.end == NftEnd::kNone)) return false;
    if (&body == &line || body.leads_to == line.leads_to) return false;
    count(line, -1);
    line.statements.insert(line.statements.end(), body.statements.begin(), body.statements.end());
    if (line.comment.empty()) line.comment = body.comment;
    line.leads_to = body.leads_to;
    line.verdict = body.verdict;
    const bool onward = body.end == NftEnd::kGoto || body.end == NftEnd::kJump;
    line.end = onward ? (called ? NftEnd::kJump : NftEnd::kGoto) : body.end;
    if (onward) line.verdict = (called ? "jump " : "goto ") + body.leads_to[0];
    count(line, 1);
    return true;
  }

  /// Goes on to what follows in its line, whatever the packet: what reads a connection may end it.
  static bool never_breaks(const std::string& statement) {
    return statement.starts_with("log") || (!statement.starts_with("ct ") && nft_may_come_twice(statement));
  }

  /// Lines without tests become one.
  static void fuse(NftChain& chain) {
    std::vector<NftLine> out;
    for (NftLine& line : chain.lines) {
      const bool fits = !out.empty() && is_bare(out.back()) && is_bare(line) && out.back().end == NftEnd::kNone &&
                        out.back().verdict.empty() &&
                        std::all_of(out.back().statements.begin(), out.back().statements.end(), never_breaks) &&
                        (out.back().comment.empty() || line.comment.empty());
      if (!fits) {
        out.push_back(std::move(line));
        continue;
      }
      line.statements.insert(line.statements.begin(), out.back().statements.begin(), out.back().statements.end());
      if (line.comment.empty()) line.comment = std::move(out.back().comment);
      out.back() = std::move(line);
    }
    chain.lines = std::move(out);
  }

  /// The only call of a chain, of all packets.
  bool splice(NftChain& chain) {
    bool changed = false;
    std::vector<NftLine> out;
    for (std::size_t i = 0; i < chain.lines.size(); ++i) {
      NftLine& line = chain.lines[i];
      const bool last = i + 1 == chain.lines.size();
      const bool leads = leads_by(line, NftEnd::kJump) || (last && leads_by(line, NftEnd::kGoto));
      NftChain* body = leads && is_bare(line) && line.statements.empty() ? find(line.leads_to[0]) : nullptr;
      const bool fits = body != nullptr && body != &chain && body->hook.empty() && !copies_mark(*body) &&
                        uses_[body->name] == 1 &&
                        !(still_ && std::any_of(body->lines.begin(), body->lines.end(), asks)) &&
                        (last || std::none_of(body->lines.begin(), body->lines.end(), leaves));
      if (!fits) {
        out.push_back(std::move(line));
        continue;
      }
      changed = true;
      uses_[body->name] = 0;
      std::move(body->lines.begin(), body->lines.end(), std::back_inserter(out));
      body->lines.clear();
    }
    chain.lines = std::move(out);
    return changed;
  }

  /// Those that were called, and are not any more.
  void remove_unused() {
    std::unordered_set<std::string> gone;
    std::vector<std::string> work;
    for (const auto& [name, uses] : uses_)
      if (uses <= 0) work.push_back(name);
    while (!work.empty()) {
      const std::string name = std::move(work.back());
      work.pop_back();
      const NftChain* chain = find(name);
      if (chain == nullptr || !gone.insert(name).second) continue;
      for (const NftLine& line : chain->lines)
        for (const std::string& called : line.leads_to)
          if (--uses_[called] <= 0) work.push_back(called);
    }
    std::erase_if(table_.chains, [&](const NftChain& chain) { return gone.contains(chain.name); });
  }

  NftTable& table_;
  bool still_;
  std::unordered_map<std::string, NftChain*> chains_;
  std::unordered_map<std::string, int> uses_;
};

}  // namespace

void nft_inline_chains(NftTable& table, bool still) { Inliner(table, still).run(); }

}  // namespace nfproof::backends
