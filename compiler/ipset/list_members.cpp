// SPDX-License-Identifier: Apache-2.0
// See list_members.h.
#include "compiler/ipset/list_members.h"

namespace nfproof::compiler::ipset {
namespace {

using ir::SetError;

/// The sets that a command names.
struct Names {
  ir::SetElement member;
  std::optional<std::uint64_t> reference;
};

SetError look_up(const ir::SetTable& sets, const ElementSpec& spec, Names& names) {
  const auto member = sets.find(spec.member);
  if (!member) return SetError::kNoSuchMember;
  if (sets[*member].header().type == ir::SetType::kListSet) return SetError::kListInList;
  names.member.link = static_cast<std::uint64_t>(*member);
  if (!spec.reference) return SetError::kNone;
  const auto reference = sets.find(*spec.reference);
  if (!reference) return SetError::kNoSuchReference;
  names.reference = static_cast<std::uint64_t>(*reference);
  return SetError::kNone;
}

SetError check_extensions(const ir::SetHeader& header, const ElementOptions& options) {
  if (options.given.timeout && !header.timeout) return SetError::kNoTimeouts;
  if ((options.given.packets || options.given.bytes) && !header.counters) return SetError::kNoCounters;
  if (options.has_comment && !header.comments) return SetError::kNoComments;
  if (options.has_skb && !header.skbinfo) return SetError::kNoSkbinfo;
  return SetError::kNone;
}

std::optional<std::size_t> place_of(const ir::Set& list, std::uint64_t member) {
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list.element(i).link == member) return i;
  return std::nullopt;
}

/// Is the member at this place next to its reference?
bool is_beside(const ir::Set& list, std::size_t place, std::uint64_t reference, bool before) {
  if (before) return place + 1 < list.size() && list.element(place + 1).link == reference;
  return place > 0 && list.element(place - 1).link == reference;
}

ir::SetExtras extras_of(const ir::Set& list, const ElementOptions& options, ir::SetExtras old, ir::SetTime now) {
  old.expires = ir::expiry(options.given.timeout.value_or(list.header().timeout.value_or(0)), now);
  if (options.given.packets) old.packets = *options.given.packets;
  if (options.given.bytes) old.bytes = *options.given.bytes;
  old.comment = options.given.comment;
  old.skb = options.given.skb;
  return old;
}

}  // namespace

SetError add_member(ir::SetTable& sets, ir::SetId id, const ElementSpec& spec, const ElementOptions& options,
                    bool exist, ir::SetTime now) {
  ir::Set& list = sets[id];
  if (const SetError error = check_extensions(list.header(), options); error != SetError::kNone) return error;
  Names names;
  if (const SetError error = look_up(sets, spec, names); error != SetError::kNone) return error;
  expire_elements(list, now);
  std::optional<std::size_t> reference;
  if (names.reference && *names.reference != names.member.link) reference = place_of(list, *names.reference);
  if (names.reference && !reference) return SetError::kReferenceMissing;
  if (const auto place = place_of(list, names.member.link)) {
    if (!exist) return SetError::kElementExists;
    list.set_extras(*place, extras_of(list, options, list.extras(*place), now));
    return SetError::kNone;
  }
  const std::size_t place = reference ? *reference + (spec.before ? 0 : 1) : list.size();
  list.insert_at(place, names.member, extras_of(list, options, {}, now));
  return SetError::kNone;
}

SetError delete_member(ir::SetTable& sets, ir::SetId id, const ElementSpec& spec, ir::SetTime now) {
  ir::Set& list = sets[id];
  Names names;
  if (const SetError error = look_up(sets, spec, names); error != SetError::kNone) return error;
  expire_elements(list, now);
  const auto place = place_of(list, names.member.link);
  if (!place) return names.reference ? SetError::kReferenceMissing : SetError::kElementMissing;
  if (names.reference && !is_beside(list, *place, *names.reference, spec.before)) return SetError::kReferenceMissing;
  list.erase(*place);
  return SetError::kNone;
}

SetError find_member(ir::SetTable& sets, ir::SetId id, const ElementSpec& spec, ir::SetTime now) {
  ir::Set& list = sets[id];
  Names names;
  if (const SetError error = look_up(sets, spec, names); error != SetError::kNone) return error;
  const auto place = place_of(list, names.member.link);
  const bool found = place && !list.expired(*place, now) &&
                     (!names.reference || is_beside(list, *place, *names.reference, spec.before));
  return found ? SetError::kNone : SetError::kElementMissing;
}

}  // namespace nfproof::compiler::ipset
