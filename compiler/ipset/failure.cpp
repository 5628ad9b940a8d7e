// SPDX-License-Identifier: Apache-2.0
// Messages for what the kernel refuses.
#include "compiler/ipset/failure.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace nfproof::compiler::ipset {
namespace {

using ir::SetError;

std::string_view message_of(SetError error, Verb verb) {
  switch (error) {
    case SetError::kNone: return "";
    case SetError::kNoSuchSet: return "The set with the given name does not exist";
    case SetError::kSetExists: return "Set cannot be created: set with the same name already exists";
    case SetError::kElementExists: return "Element cannot be added to the set: it's already added";
    case SetError::kElementMissing: return "Element cannot be deleted from the set: it's not added";
    case SetError::kFull: return "Hash is full, cannot add more elements";
    case SetError::kNullElement: return "Null-valued element, cannot be stored in a hash type of set";
    case SetError::kInvalidArgument: return "Kernel error received: Invalid argument";
    case SetError::kBadPrefix: return "The value of the CIDR parameter of the IP address is invalid";
    case SetError::kNoTimeouts: return "Timeout cannot be used: set was created without timeout support";
    case SetError::kNoCounters: return "Packet/byte counters cannot be used: set was created without counter support";
    case SetError::kNoComments: return "Comment cannot be used: set was created without comment support";
    case SetError::kNoSkbinfo: return "Skbinfo mapping cannot be used: set was created without skbinfo support";
    case SetError::kOutOfRange: return "Element is out of the range of the set";
    case SetError::kRangeTooLarge: return "The range you specified exceeds the size limit of the set type";
    case SetError::kBadProtocol: return "Invalid protocol specified";
    case SetError::kRangeUnsupported: return "Range is not supported in the \"net\" component of the element";
    case SetError::kWholeRange: return "Invalid range, covers the whole address space";
    case SetError::kBadNetmask: return "The value of the netmask parameter is invalid";
    case SetError::kBadMarkmask: return "The value of the markmask parameter is invalid";
    case SetError::kNoSuchMember: return "Set to be added/deleted/tested as element does not exist.";
    case SetError::kListInList: return "Sets with list:set type cannot be added to the set.";
    case SetError::kNoReference: return "No reference set specified.";
    case SetError::kNoSuchReference: return "The set to which you referred with 'before' or 'after' does not exist.";
    case SetError::kReferenceMissing:
      return "The set to which you referred with 'before' or 'after' is not added to the set.";
    case SetError::kBusy:
      return verb == Verb::kDestroy ? "Set cannot be destroyed: it is in use by a kernel component"
                                    : "Kernel error received: Device or resource busy";
    case SetError::kRenameExists: return "Set cannot be renamed: a set with the new name already exists";
    case SetError::kRenameReferenced: return "Set cannot be renamed: it is in use by another system";
    case SetError::kSwapMissing: return "Sets cannot be swapped: the second set does not exist";
    case SetError::kSwapTypes: return "The sets cannot be swapped: their type does not match";
    case SetError::kNoMemory: return "Kernel error received: Cannot allocate memory";
  }
  return "";
}

}  // namespace

Failure kernel_failure(SetError error, Verb verb, std::size_t word) {
  return {Failure::Kind::kKernel, std::string(message_of(error, verb)), word, error};
}

std::string diagnostic_text(const Failure& failure) {
  constexpr std::string_view kPrefix = "Syntax error: ";
  std::string text = failure.message;
  // The last line says most; those before it are attempts.
  if (const std::size_t line = text.rfind('\n'); line != std::string::npos) text.erase(0, line + 1);
  if (text.starts_with(kPrefix)) text.erase(0, kPrefix.size());
  while (text.ends_with('.')) text.pop_back();
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0)
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  if (text.find("it's") == std::string::npos) std::replace(text.begin(), text.end(), '\'', '`');
  return text;
}

}  // namespace nfproof::compiler::ipset
