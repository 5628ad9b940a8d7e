// SPDX-License-Identifier: Apache-2.0
// Listings with counters: see nft_counters.h.
#include "backends/nft_counters.h"

#include <string_view>

namespace nfproof::backends {
namespace {

std::string_view family_word(ir::Family family) {
  switch (family) {
    case ir::Family::kIpv4: return "ip";
    case ir::Family::kIpv6: return "ip6";
    case ir::Family::kInet: return "inet";
  }
  return "";
}

std::string counter_text(const ir::Counters& counters) {
  return "packets " + std::to_string(counters.packets) + " bytes " + std::to_string(counters.bytes);
}

void add(ir::Counters& to, const ir::Counters& more) {
  to.packets += more.packets;
  to.bytes += more.bytes;
}

/// The next word from `place` on, outside of quotes; empty at the end.
std::string_view next_word(std::string_view text, std::size_t& place) {
  while (place < text.size() && text[place] == ' ') ++place;
  const std::size_t begin = place;
  bool quoted = false;
  for (; place < text.size() && (quoted || text[place] != ' '); ++place) quoted = quoted != (text[place] == '"');
  return text.substr(begin, place - begin);
}

/// Puts the numbers behind the first plain counter statement, in the place of those that stand there.
std::string with_counter(std::string_view text, const ir::Counters& counters) {
  std::size_t place = 0;
  for (std::string_view word = next_word(text, place); !word.empty(); word = next_word(text, place)) {
    if (word != "counter") continue;
    const std::size_t behind = place;
    std::size_t ahead = place;
    const std::string_view first = next_word(text, ahead);
    if (first == "name") continue;
    if (first == "packets")
      for (int i = 0; i < 3; ++i) (void)next_word(text, ahead);
    else
      ahead = behind;
    return std::string(text.substr(0, behind)) + " " + counter_text(counters) + std::string(text.substr(ahead));
  }
  return std::string(text);
}

class Listing {
 public:
  Listing(const ir::Ruleset& ruleset, const std::function<ir::Counters(ir::RuleRef)>& counters_of)
      : ruleset_(ruleset), counters_of_(counters_of) {}

  std::string run() {
    for (const ir::Table& table : ruleset_.tables) {
      if (!table.nft) continue;
      out_ += "table " + std::string(family_word(table.family)) + " " + table.name + " {\n";
      for (std::size_t i = 0; i < table.chains.size(); ++i) {
        if (i != 0) out_ += '\n';
        chain(table.chains[i]);
      }
      out_ += "}\n";
    }
    return std::move(out_);
  }

 private:
  void chain(ir::ChainId id) {
    const ir::Chain& chain = ruleset_.chain(id);
    out_ += "\tchain " + chain.name + " {\n";
    if (chain.base) {
      const ir::Counters policy = counters_of_({id, static_cast<std::uint32_t>(chain.rules.size())});
      out_ += "\t\ttype " + std::string(ir::chain_type_name(chain.base->type)) + " hook " +
              std::string(ir::hook_nft_name(chain.base->hook)) + " priority " + std::to_string(chain.base->priority) +
              "; policy " + (chain.base->policy == ir::VerdictKind::kDrop ? "drop" : "accept") + "; # " +
              counter_text(policy) + '\n';
    }
    for (std::uint32_t i = 0; i < chain.rules.size();) i = rule(id, chain, i);
    out_ += "\t}\n";
  }

  /// All that one rule as it was written became; gives what follows it.
  std::uint32_t rule(ir::ChainId id, const ir::Chain& chain, std::uint32_t first) {
    ir::Counters counted;
    ir::Counters matched;
    bool counts = false;
    std::uint32_t i = first;
    for (; i < chain.rules.size() && chain.rules[i].nft_number == chain.rules[first].nft_number; ++i) {
      const ir::Counters counters = counters_of_({id, i});
      add(matched, counters);
      if (!chain.rules[i].counters) continue;
      counts = true;
      add(counted, counters);
    }
    const std::string text = chain.rules[first].basic.str();
    out_ += "\t\t" + (counts ? with_counter(text, counted) : text + " # " + counter_text(matched)) + '\n';
    return i;
  }

  const ir::Ruleset& ruleset_;
  const std::function<ir::Counters(ir::RuleRef)>& counters_of_;
  std::string out_;
};

}  // namespace

std::string nft_listing(const ir::Ruleset& ruleset, const std::function<ir::Counters(ir::RuleRef)>& counters_of) {
  return Listing(ruleset, counters_of).run();
}

}  // namespace nfproof::backends
