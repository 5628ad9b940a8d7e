// SPDX-License-Identifier: Apache-2.0
// One line for each kind of predicate that is no field test, and for each effect. Part of dump.h.
#pragma once

#include <string>

#include "compiler/ir/core.h"

namespace nfproof::ir {

/// `0x1f`
[[nodiscard]] std::string dump_hex(u128 number);

[[nodiscard]] std::string dump_free_test(const Limit& test);
[[nodiscard]] std::string dump_free_test(const Statistic& test);
[[nodiscard]] std::string dump_free_test(const HashLimit& test);
[[nodiscard]] std::string dump_free_test(const Recent& test);
[[nodiscard]] std::string dump_free_test(const Quota& test);
[[nodiscard]] std::string dump_free_test(const ConnLimit& test);
[[nodiscard]] std::string dump_free_test(const ConnBytes& test);
[[nodiscard]] std::string dump_free_test(const RateTest& test);
[[nodiscard]] std::string dump_free_test(const SetLookup& test);
[[nodiscard]] std::string dump_free_test(const StringTest& test);
[[nodiscard]] std::string dump_free_test(const U32Test& test);
[[nodiscard]] std::string dump_free_test(const BpfTest& test);
[[nodiscard]] std::string dump_free_test(const Ip6OptionList& test);
[[nodiscard]] std::string dump_free_test(const RoutingAddresses& test);
[[nodiscard]] std::string dump_free_test(const SegmentRouting& test);
[[nodiscard]] std::string dump_free_test(const L2tpTest& test);
[[nodiscard]] std::string dump_free_test(const TimeTest& test);
[[nodiscard]] std::string dump_free_test(const Cluster& test);
[[nodiscard]] std::string dump_free_test(const HelperTest& test);
[[nodiscard]] std::string dump_free_test(const ConnLabel& test);
[[nodiscard]] std::string dump_free_test(const BridgePort& test);

[[nodiscard]] std::string dump_effect_kind(const SetField& effect);
[[nodiscard]] std::string dump_effect_kind(const CopyMark& effect);
[[nodiscard]] std::string dump_effect_kind(const AddToHopLimit& effect);
[[nodiscard]] std::string dump_effect_kind(const Notrack& effect);
[[nodiscard]] std::string dump_effect_kind(const TrackAs& effect);
[[nodiscard]] std::string dump_effect_kind(const Log& effect);
[[nodiscard]] std::string dump_effect_kind(const Nflog& effect);
[[nodiscard]] std::string dump_effect_kind(const Nat& effect);
[[nodiscard]] std::string dump_effect_kind(const TranslatePrefix& effect);
[[nodiscard]] std::string dump_effect_kind(const SetTcpMss& effect);
[[nodiscard]] std::string dump_effect_kind(const StripTcpOptions& effect);
[[nodiscard]] std::string dump_effect_kind(const UpdateSet& effect);
[[nodiscard]] std::string dump_effect_kind(const HashMark& effect);
[[nodiscard]] std::string dump_effect_kind(const SampleRate& effect);
[[nodiscard]] std::string dump_effect_kind(const Duplicate& effect);
[[nodiscard]] std::string dump_effect_kind(const GiveToSocket& effect);
[[nodiscard]] std::string dump_effect_kind(const AnswerSyn& effect);
[[nodiscard]] std::string dump_effect_kind(const Aside& effect);
[[nodiscard]] std::string dump_effect_kind(const OpaqueEffect& effect);

}  // namespace nfproof::ir
