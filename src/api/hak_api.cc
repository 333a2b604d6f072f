// hak_api.cc: the functions of hakmem.h.
//
// Layer api. In every library: in libhakmem-api.a they stand alone and malloc stays libc's.
#include <errno.h>

#include <algorithm>
#include <cstring>

#include "api/blocks.h"
#include "build_config.h"
#include "hakmem.h"
#include "policy/options.h"

namespace api = hakmem::api;
namespace policy = hakmem::policy;
namespace runtime = hakmem::runtime;

extern "C" {

void* hak_malloc(size_t bytes) noexcept { return runtime::allocate(bytes); }

void* hak_calloc(size_t count, size_t bytes) noexcept { return api::allocate_array(count, bytes); }

void* hak_realloc(void* block, size_t bytes) noexcept { return api::resize(block, bytes); }

void* hak_reallocarray(void* block, size_t count, size_t bytes) noexcept {
  return api::resize_array(block, count, bytes);
}

void hak_free(void* block) noexcept { runtime::deallocate(block); }

void hak_free_sized(void* block, size_t /*bytes*/) noexcept { runtime::deallocate(block); }

void hak_free_aligned_sized(void* block, size_t /*alignment*/, size_t /*bytes*/) noexcept {
  runtime::deallocate(block);
}

void* hak_aligned_alloc(size_t alignment, size_t bytes) noexcept {
  return api::allocate_aligned(alignment, bytes);
}

int hak_posix_memalign(void** block, size_t alignment, size_t bytes) noexcept {
  return api::allocate_aligned(block, alignment, bytes);
}

size_t hak_usable_size(const void* block) noexcept { return runtime::usable_size(block); }

const char* hak_version() noexcept { return hakmem::build::version; }

int hak_get_statistics(hak_statistics* statistics) noexcept {
  if (statistics == nullptr || statistics->size < sizeof(statistics->size)) return EINVAL;
  hakmem::observe::Statistics current;
  runtime::read_statistics(current);
  const hak_statistics whole = {
      .size = statistics->size,
      .live_bytes = current.live_bytes,
      .live_blocks = current.live_blocks,
      .kept_bytes = current.kept_bytes,
      .page_bytes = current.page_bytes,
      .large_bytes = current.large_bytes,
      .dirty_bytes = current.dirty_bytes,
      .committed_bytes = current.committed_bytes,
      .metadata_bytes = current.metadata_bytes,
      .heap_count = current.heap_count,
      .parked_heap_count = current.parked_heap_count,
      .refill_count = current.refill_count,
      .overflow_count = current.overflow_count,
      .flush_count = current.flush_count,
      .page_count = current.page_count,
      .retire_count = current.retire_count,
      .post_count = current.post_count,
      .purge_count = current.purge_count,
      .purged_bytes = current.purged_bytes,
      .abandoned_bytes = current.abandoned_bytes,
      .error_count = current.error_count,
  };
  // A caller built with an older header has a shorter structure, one built with a newer a longer.
  std::memcpy(statistics, &whole, std::min(statistics->size, sizeof(whole)));
  return 0;
}

void hak_print_statistics(int fd) noexcept { runtime::print_statistics(fd); }

int hak_trim(size_t keep_bytes) noexcept { return runtime::trim(keep_bytes) ? 1 : 0; }

int hak_get_option(const char* name, char* value, size_t value_bytes) noexcept {
  const std::size_t length = policy::option_text(runtime::snapshot(), name, value, value_bytes);
  if (length == 0) return EINVAL;
  return length < value_bytes ? 0 : ERANGE;
}

size_t hak_check_invariants() noexcept { return runtime::check_invariants(); }

}  // extern "C"
