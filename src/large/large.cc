// large.cc: large.h.
#include "large/large.h"

#include <algorithm>

#include "large/mapped_table.h"
#include "os/memory.h"
#include "region/pages.h"

namespace hakmem::large {

namespace {

using region::PageRef;

// What is in the slot of a large block's first page.
struct Run {
  std::size_t usable_bytes;
  std::uint32_t pages;
  Atomic<std::uint32_t> growths;  // times it grew: a block that keeps growing gets slack
};
static_assert(sizeof(Run) <= sizeof(region::PageSlot));

Run& run_of(PageRef ref) { return *reinterpret_cast<Run*>(&ref.slot()); }

constinit MappedTable mapped;
constinit Atomic<std::size_t> mmap_threshold{~std::size_t{0}};
constinit Atomic<std::uint32_t> moves;
constinit Atomic<std::size_t> live_blocks;
constinit Atomic<std::size_t> live_bytes;

// Blocks at least this long move by page tables rather than by copying.
constexpr std::size_t move_bytes = 1 * mib;
// Each move may leave two mappings more than there were, of which a process may have 65,530: from
// here on it is copying again.
constexpr std::uint32_t most_moves = 4096;
// A block that grows for the second time gets this share on top.
constexpr std::size_t slack_divisor = 4;
// No block is longer; with slack on top this is still a number.
constexpr std::size_t max_bytes = ~std::size_t{0} / 2;

void count_change(std::size_t gained, std::size_t lost) {
  live_bytes.fetch_add_relaxed(gained - lost);
}

std::uint32_t pages_for(std::size_t bytes) {
  return static_cast<std::uint32_t>(divide_up(bytes, region::page_bytes));
}

void* allocate_mapped(std::size_t bytes, std::size_t alignment) {
  const std::size_t length = align_up(bytes, os::os_page_bytes);
  if (length < bytes) return nullptr;
  void* const block = os::map(os::Site::large_map, length, std::max(alignment, os::os_page_bytes));
  if (block == nullptr) return nullptr;
  if (!mapped.insert(block, length)) {
    os::release(block, length);
    return nullptr;
  }
  live_blocks.fetch_add_relaxed(1);
  count_change(length, 0);
  return block;
}

Fresh allocate_run(std::size_t bytes, std::size_t alignment) {
  const region::TakenRun run = region::take_pages(
      pages_for(bytes), std::max(alignment, region::page_bytes), region::OwnerKey::none, nullptr);
  if (!run.first) return {};
  Run& meta = run_of(run.first);
  meta.pages = pages_for(bytes);
  meta.usable_bytes = align_up(bytes, os::os_page_bytes);
  meta.growths.store_relaxed(0);
  run.first.tag().route.store_release(region::large_route);
  live_blocks.fetch_add_relaxed(1);
  count_change(meta.usable_bytes, 0);
  return {run.first.address(), run.zeroed};
}

bool resize_in_place(PageRef ref, Run& run, std::size_t bytes) {
  const std::uint32_t pages = pages_for(bytes);
  if (pages < run.pages) {
    region::give_pages(ref + pages, run.pages - pages, true);
  } else if (pages > run.pages) {
    bool zeroed;
    if (!region::take_behind(ref + run.pages, pages - run.pages, zeroed)) return false;
  }
  run.pages = pages;
  const std::size_t usable = align_up(bytes, os::os_page_bytes);
  count_change(usable, run.usable_bytes);
  run.usable_bytes = usable;
  return true;
}

}  // namespace

bool takes_pages(std::size_t bytes, std::size_t alignment) {
  return bytes < mmap_threshold.load_relaxed() && bytes <= region::arenas[0].bytes() / 4 &&
         alignment <= region::segment_bytes;
}

Fresh allocate(std::size_t bytes, std::size_t alignment) {
  if (bytes > max_bytes) return {};
  if (takes_pages(bytes, alignment)) {
    const Fresh fresh = allocate_run(bytes, alignment);
    if (fresh.block != nullptr) return fresh;
  }
  return {allocate_mapped(bytes, alignment), true};
}

bool deallocate(PageRef ref) {
  // Of two threads that free the block at once, one clears the tag.
  if (ref.tag().route.exchange_acq_rel(region::no_route) != region::large_route) return false;
  const Run& run = run_of(ref);
  live_blocks.fetch_sub_relaxed(1);
  count_change(0, run.usable_bytes);
  region::give_pages(ref, run.pages, true);
  return true;
}

std::size_t usable_bytes(PageRef ref) { return run_of(ref).usable_bytes; }

void* reallocate(PageRef ref, std::size_t bytes) {
  Run& run = run_of(ref);
  const std::size_t old_bytes = run.usable_bytes;
  std::byte* const block = ref.address();
  if (bytes <= old_bytes) {
    resize_in_place(ref, run, bytes);
    return block;
  }
  if (bytes > max_bytes) return nullptr;
  // Slack makes a block that grows step by step move a logarithmic number of times.
  const std::uint32_t growths = run.growths.load_relaxed() + 1;
  const std::size_t wanted = growths > 1 ? bytes + bytes / slack_divisor : bytes;
  if (!takes_pages(wanted, region::page_bytes)) return nullptr;
  run.growths.store_relaxed(growths);
  if (resize_in_place(ref, run, wanted) || resize_in_place(ref, run, bytes)) return block;
  if (old_bytes < move_bytes || moves.load_relaxed() >= most_moves) return nullptr;
  moves.fetch_add_relaxed(1);
  void* const target = allocate_run(wanted, region::page_bytes).block;
  if (target == nullptr) return nullptr;
  const PageRef target_ref = region::page_at(target);
  const os::Moved moved =
      os::move(os::Site::large_move, block, target, align_down(old_bytes, os::os_page_bytes));
  // A run without memory stays taken for good: nobody may meet it again.
  if (moved == os::Moved::lost) return nullptr;
  run_of(target_ref).growths.store_relaxed(growths);
  deallocate(moved == os::Moved::yes ? ref : target_ref);
  return moved == os::Moved::yes ? target : nullptr;
}

bool deallocate_mapped(void* block) {
  const std::size_t bytes = mapped.remove(block);
  if (bytes == 0) return false;
  live_blocks.fetch_sub_relaxed(1);
  count_change(0, bytes);
  os::release(block, bytes);
  return true;
}

std::size_t usable_mapped(const void* block) { return mapped.find(block); }

void* reallocate_mapped(void* block, std::size_t bytes) {
  const std::size_t old_bytes = mapped.find(block);
  const std::size_t length = align_up(bytes, os::os_page_bytes);
  if (old_bytes == 0 || length < bytes || takes_pages(bytes, region::page_bytes)) return nullptr;
  // Under the table's lock: the old address may be mapped by another thread the moment it is free.
  void* const moved = mapped.replace(
      block, [&] { return os::remap(os::Site::large_remap, block, old_bytes, length); }, length);
  if (moved != nullptr) count_change(length, old_bytes);
  return moved;
}

void set_mmap_threshold(std::size_t bytes) { mmap_threshold.store_relaxed(bytes); }

Census count() { return {live_blocks.load_relaxed(), live_bytes.load_relaxed()}; }

void lock_for_fork() { mapped.lock().lock_for_fork(); }
void unlock_after_fork() { mapped.lock().unlock_after_fork(); }

}  // namespace hakmem::large
