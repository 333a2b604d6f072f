// outbox.h: blocks on their way home to other heaps, gathered by destination.
//
// Layer heap. The baseline of the RemoteFree policy. Private to its heap's thread. A few entries,
// hashed by owner: an entry is posted with one compare-and-swap when it holds enough, when another
// owner wants its place, on ticks and at thread end.
#pragma once

#include "heap/delivery.h"

namespace hakmem::heap {

class Outbox {
 public:
  void send(region::OwnerKey owner, page::Block* block, std::size_t bytes) {
    Entry& entry = entries_[region::number(owner) % entry_count];
    if (entry.owner != owner) post_entry(entry);
    entry.owner = owner;
    block->next = entry.blocks.first;
    entry.blocks.first = block;
    if (entry.blocks.count++ == 0) entry.blocks.last = block;
    entry.bytes += bytes;
    if (entry.bytes >= delivery_limits.outbox_bytes) post_entry(entry);
  }

  void flush() {
    for (Entry& entry : entries_) post_entry(entry);
  }

  [[nodiscard]] std::size_t held_bytes() const {
    std::size_t bytes = 0;
    for (const Entry& entry : entries_) bytes += entry.bytes;
    return bytes;
  }

  // Forgets everything: in a fork child, for a thread that does not exist there.
  void abandon() {
    for (Entry& entry : entries_) entry = Entry{};
  }

 private:
  static constexpr unsigned entry_count = 8;

  struct Entry {
    page::BlockList blocks;
    std::size_t bytes = 0;
    region::OwnerKey owner = region::OwnerKey::none;
  };

  static void post_entry(Entry& entry) {
    if (entry.blocks.count == 0) return;
    const Entry batch = entry;
    entry = Entry{};
    deliver(batch.owner, batch.blocks, batch.bytes);
  }

  Entry entries_[entry_count];
};

}  // namespace hakmem::heap
