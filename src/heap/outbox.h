// outbox.h: blocks on their way home to other heaps, gathered by destination.
//
// Layer heap. The baseline of the RemoteFree policy. Private to its heap's thread. A few entries,
// hashed by owner: an entry is posted with one compare-and-swap when it holds enough, when another
// owner wants its place, on ticks and at thread end.
#pragma once

#include <algorithm>

#include "heap/concepts.h"
#include "heap/delivery.h"

namespace hakmem::heap {

class Outbox {
 public:
  void send(region::OwnerKey owner, page::Block* block, std::size_t bytes) {
    const unsigned place = region::number(owner) % outbox_entries;
    Entry& entry = entries_[place];
    if (entry.owner != owner) [[unlikely]]
      return start_over(owner, block, bytes);
    block->next = entry.first;
    // From batch to batch, too: often the owner collects several of ours in a row.
    page::Block*& earlier = sent_[place][entry.turn++ % hint_distance];
    hint_of(*block) = earlier;
    earlier = block;
    if (entry.count++ == 0) entry.last = block;
    entry.first = block;
    entry.bytes += bytes;
    if (entry.bytes >= delivery_limits.entry_bytes) [[unlikely]]
      post_entry(entry);
  }

  void flush() {
    for (Entry& entry : entries_) post_entry(entry);
  }

  [[nodiscard]] Held held() const {
    Held held;
    for (const Entry& entry : entries_) held += {entry.count, entry.bytes};
    return held;
  }

  // Forgets everything: in a fork child, for a thread that does not exist there.
  void abandon() { *this = Outbox{}; }

 private:
  struct Entry {
    page::Block* first = nullptr;
    page::Block* last = nullptr;
    std::size_t bytes = 0;
    std::uint32_t count = 0;
    region::OwnerKey owner = region::OwnerKey::none;
    std::uint16_t turn = 0;
  };
  static_assert(sizeof(Entry) == 32, "found by a shift");

  [[gnu::noinline]] void start_over(region::OwnerKey owner, page::Block* block, std::size_t bytes) {
    const unsigned place = region::number(owner) % outbox_entries;
    post_entry(entries_[place]);
    entries_[place] = Entry{.owner = owner};
    std::ranges::fill(sent_[place], nullptr);
    send(owner, block, bytes);
  }

  [[gnu::noinline]] void post_entry(Entry& entry) {
    if (entry.count == 0) return;
    const page::BlockList batch = {entry.first, entry.last, entry.count};
    const std::size_t bytes = entry.bytes;
    entry.first = entry.last = nullptr;
    entry.bytes = 0;
    entry.count = 0;
    deliver(entry.owner, batch, bytes);
  }

  Entry entries_[outbox_entries];
  page::Block* sent_[outbox_entries][hint_distance] = {};  // an entry's last blocks, in turn
};

}  // namespace hakmem::heap
