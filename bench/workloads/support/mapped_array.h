// mapped_array.h: the workload's own tables, mapped directly, so that the allocator under test
// serves the workload's blocks and nothing else.
#pragma once

#include <stddef.h>
#include <sys/mman.h>
#include <new>

#include "support/corruption.h"

namespace workload {

// A zero-filled array of a trivial type that lives until its scope ends.
template <class T>
class MappedArray {
 public:
  explicit MappedArray(size_t count) : count_(count) {
    void* const memory = mmap(nullptr, bytes(), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) report_no_memory(bytes());
    items_ = static_cast<T*>(memory);
  }
  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;
  ~MappedArray() { munmap(static_cast<void*>(items_), bytes()); }

  T& operator[](size_t i) { return items_[i]; }
  T* data() { return items_; }
  size_t size() const { return count_; }

 private:
  size_t bytes() const { return (count_ > 0 ? count_ : 1) * sizeof(T); }

  T* items_;
  size_t count_;
};

}  // namespace workload
