// SPDX-License-Identifier: Apache-2.0
// Lists of effects that a packet has had, each list a number, and what a function of the packet as it is afterwards is
// as a function of the packet as it was before: writing a constant fixes a variable, copying a mark makes one depend on
// another, and a value that nobody knows (one of several addresses, a hash) is picked freely.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/regions/space.h"

namespace nfproof::analyzer::regions {

/// 0: none.
using EffectsId = std::uint32_t;

struct EffectItem {
  ir::Effect effect;
  std::string text;  ///< `ir::dump_effect`
  std::string key;   ///< of the rule, when the result is not known for certain
  ir::Hook hook{};   ///< where it is done
};

class Effects {
 public:
  explicit Effects(Space& space) : space_(space), lists_(1) {}

  /// `hook`: where a NAT effect is done; nothing where the rule's chain may be run at several.
  EffectsId one(const ir::Effect& effect, ir::Hook hook, const std::string& rule_key);
  EffectsId append(EffectsId first, EffectsId second);
  /// Without what no longer matters for a packet that is dropped.
  EffectsId of_dropped(EffectsId list);
  [[nodiscard]] std::vector<std::string> texts(EffectsId list) const;
  /// Packets to which both lists do the same in the end.
  Ref same_result(EffectsId a, EffectsId b);
  [[nodiscard]] bool has_notrack(EffectsId list) const;
  /// What gives the packet its last destination; nothing when it keeps its own.
  [[nodiscard]] std::optional<ir::Nat> destination(EffectsId list) const;
  [[nodiscard]] bool redirects(EffectsId list) const;  ///< to this host itself

  /// Does the effect change what a variable tells?
  bool touches(const ir::Effect& effect, ir::Hook hook);
  /// `after`: a function of the packet when all of the list is done. `before_tracking`: in raw, where NOTRACK has no
  /// connection to take away.
  Ref before(EffectsId list, Ref after, bool before_tracking);
  /// Conntrack sees the packet of a list that raw has left.
  Ref track(EffectsId list, Ref after);

  /// What a value that is one of a range may be: an atom and a value of it for each choice. Empty: too many.
  struct Pick {
    Atom atom = 0;
    ir::u128 value = 0;
  };
  [[nodiscard]] std::vector<Pick> picks(Variable variable, const ir::Interval& range) const;
  [[nodiscard]] static std::string pick_key(const std::string& key, ir::FieldId field);
  /// Which address and port of several a connection gets depends on the packet and on what is asked for, not on the
  /// rule that asks; all redirections on one interface go to the same address.
  [[nodiscard]] static std::string nat_pick_key(const ir::Nat& nat, ir::FieldId field);

 private:
  struct Apply;
  Ref before_one(const EffectItem& item, Ref after, bool before_tracking);
  Ref set_bits(ir::FieldId field, ir::u128 value, ir::u128 mask, Ref after);
  Ref set_constant(ir::FieldId field, ir::u128 value, Ref after);
  /// What tests of the field by masks with holes answer when it has the value, or one that is not known.
  Ref rewrite_holes(ir::FieldId field, std::optional<ir::u128> value, const std::string& key, Ref after);
  Ref forget(ir::FieldId field, std::uint16_t argument, const std::string& key, Ref after);
  Ref forget_as(ir::FieldId field, std::uint16_t argument, const std::string& key, Ref after);
  Ref pick_from(Variable variable, const std::vector<Pick>& picks, const std::string& key, Ref after);
  Ref forget_answers(const std::string& key, Ref after);
  Ref untracked(Ref after);
  Ref same_bits(const BitWrite& a, const BitWrite& b);
  Ref copy_mark(const ir::CopyMark& copy, const std::string& key, Ref after);
  Ref nat(const EffectItem& item, const ir::Nat& nat, Ref after);

  Space& space_;
  std::deque<EffectItem> items_;  // references stay valid
  std::map<std::pair<std::string, std::string>, std::uint32_t> by_text_;
  std::vector<std::vector<std::uint32_t>> lists_;
  std::map<std::vector<std::uint32_t>, EffectsId> by_items_;
  std::map<std::pair<EffectsId, EffectsId>, EffectsId> appended_;
};

}  // namespace nfproof::analyzer::regions
