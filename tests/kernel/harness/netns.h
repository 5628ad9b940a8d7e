// SPDX-License-Identifier: Apache-2.0
// Anonymous network namespaces, held by a descriptor: they vanish with it, so a test that crashes leaves nothing
// behind. The test process stays where it is; only the calling thread visits a namespace, for the lifetime of a
// `Netns::Visit`.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace nfproof::testing {

// May this process make network namespaces, and are nft, ip and both variants of iptables there? If not, `why` says
// what is missing. Tests that need the kernel begin with NFPROOF_NEEDS_KERNEL().
[[nodiscard]] bool permitted(std::string* why = nullptr);

// For the first line of a gtest body: skips with a message that cannot be overlooked.
#define NFPROOF_NEEDS_KERNEL()                                                                                    \
  do {                                                                                                            \
    std::string nfproof_why;                                                                                      \
    if (!::nfproof::testing::permitted(&nfproof_why))                                                             \
      GTEST_SKIP() << "*** NOT TESTED AGAINST THE KERNEL: " << nfproof_why << " (needs root, iptables, nft) ***"; \
  } while (false)

// An open file descriptor, closed at the end of its life.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }
  int release();

 private:
  int number_ = -1;
};

class Netns {
 public:
  // A new namespace in which only `lo` exists, and is down.
  [[nodiscard]] static bool create(Netns* result, std::string* error);

  // The calling thread is inside the namespace until the end of the scope; so are the tools it starts and the sockets
  // it opens. Visits may nest.
  class [[nodiscard]] Visit {
   public:
    explicit Visit(const Netns& where);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    Descriptor home_;
  };

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }

 private:
  Descriptor descriptor_;
};

// Writes /proc/sys/KEY in the namespace the calling thread is in; dots or slashes separate the parts of `key`. A key
// whose parts hold dots themselves (interface names) needs slashes.
[[nodiscard]] bool write_sysctl(std::string key, std::string_view value);

}  // namespace nfproof::testing
