// SPDX-License-Identifier: Apache-2.0
// The table of set types.
#include "compiler/ir/set_type.h"

#include <algorithm>
#include <utility>

namespace nfproof::ir {
namespace {

using P = SetPart;
using F = SetFamily;

// In the order of the enumeration.
constexpr std::array<SetTypeRow, 16> kTypes = {{
    {SetType::kHashIp, "hash:ip", {P::kAddress}, F::kBoth, 6, true, true, false, false},
    {SetType::kHashMac, "hash:mac", {P::kMac}, F::kNone, 1, false, false, false, false},
    {SetType::kHashIpMac, "hash:ip,mac", {P::kAddress, P::kMac}, F::kBoth, 1, false, false, false, false},
    {SetType::kHashIpMark, "hash:ip,mark", {P::kAddress, P::kMark}, F::kBoth, 3, false, false, false, false},
    {SetType::kHashIpPort, "hash:ip,port", {P::kAddress, P::kPort}, F::kBoth, 7, true, true, false, false},
    {SetType::kHashIpPortIp,
     "hash:ip,port,ip",
     {P::kAddress, P::kPort, P::kAddress},
     F::kBoth,
     6,
     false,
     false,
     false,
     false},
    {SetType::kHashIpPortNet,
     "hash:ip,port,net",
     {P::kAddress, P::kPort, P::kNetwork},
     F::kBoth,
     8,
     false,
     false,
     false,
     false},
    {SetType::kHashNet, "hash:net", {P::kNetwork}, F::kBoth, 7, false, false, false, false},
    {SetType::kHashNetNet, "hash:net,net", {P::kNetwork, P::kNetwork}, F::kBoth, 4, true, true, true, false},
    {SetType::kHashNetPort, "hash:net,port", {P::kNetwork, P::kPort}, F::kBoth, 8, false, false, false, false},
    {SetType::kHashNetPortNet,
     "hash:net,port,net",
     {P::kNetwork, P::kPort, P::kNetwork},
     F::kBoth,
     3,
     false,
     false,
     true,
     false},
    {SetType::kHashNetIface, "hash:net,iface", {P::kNetwork, P::kInterface}, F::kBoth, 8, false, false, true, false},
    {SetType::kBitmapIp, "bitmap:ip", {P::kAddress}, F::kIpv4, 3, true, false, false, false},
    {SetType::kBitmapIpMac, "bitmap:ip,mac", {P::kAddress, P::kMac}, F::kIpv4, 3, false, false, false, true},
    {SetType::kBitmapPort, "bitmap:port", {P::kPort}, F::kNone, 3, false, false, false, false},
    {SetType::kListSet, "list:set", {P::kSet}, F::kNone, 3, false, false, false, false},
}};

/// What the types were called before ipset 5.
constexpr std::array<std::pair<std::string_view, SetType>, 11> kOldNames = {{
    {"iphash", SetType::kHashIp},
    {"ipportiphash", SetType::kHashIpPortIp},
    {"ipportnethash", SetType::kHashIpPortNet},
    {"ipporthash", SetType::kHashIpPort},
    {"nethash", SetType::kHashNet},
    {"netporthash", SetType::kHashNetPort},
    {"netifacehash", SetType::kHashNetIface},
    {"ipmap", SetType::kBitmapIp},
    {"macipmap", SetType::kBitmapIpMac},
    {"portmap", SetType::kBitmapPort},
    {"setlist", SetType::kListSet},
}};

}  // namespace

unsigned SetTypeRow::dimension() const {
  return static_cast<unsigned>(parts.size()) -
         static_cast<unsigned>(std::count(parts.begin(), parts.end(), SetPart::kNone));
}

bool SetTypeRow::has(SetPart part) const { return std::find(parts.begin(), parts.end(), part) != parts.end(); }

const SetTypeRow& set_type_row(SetType type) { return kTypes[static_cast<std::size_t>(type)]; }

std::span<const SetTypeRow> all_set_types() { return kTypes; }

const SetTypeRow* find_set_type(std::string_view name) {
  for (const SetTypeRow& row : kTypes)
    if (row.name == name) return &row;
  for (const auto& [old_name, type] : kOldNames)
    if (old_name == name) return &set_type_row(type);
  return nullptr;
}

}  // namespace nfproof::ir
