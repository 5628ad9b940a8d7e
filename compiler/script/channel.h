// SPDX-License-Identifier: Apache-2.0
// Where a command reads from and writes to: an open file descriptor.
#pragma once

#include <memory>
#include <string>

namespace nfproof::script {

struct Channel {
  enum class Kind {
    kNowhere,   ///< /dev/null, and files of the kernel that do not matter
    kTerminal,  ///< standard input of the script: nobody knows what comes
    kOutput,    ///< standard output of the script
    kError,     ///< its standard error
    kText,      ///< a pipe, a here-document, a file
  };
  Kind kind = Kind::kNowhere;
  std::shared_ptr<std::string> text;
  std::size_t position = 0;  ///< of the next byte to read

  /// What is left to read.
  [[nodiscard]] std::string take_rest() {
    if (!text || position >= text->size()) return {};
    std::string rest = text->substr(position);
    position = text->size();
    return rest;
  }
};
using ChannelPtr = std::shared_ptr<Channel>;

[[nodiscard]] inline ChannelPtr make_channel(Channel::Kind kind) {
  auto channel = std::make_shared<Channel>();
  channel->kind = kind;
  return channel;
}
[[nodiscard]] inline ChannelPtr make_text_channel(std::shared_ptr<std::string> text) {
  auto channel = make_channel(Channel::Kind::kText);
  channel->text = std::move(text);
  return channel;
}

}  // namespace nfproof::script
