// baseline.h: every policy's baseline. What is shipped is this, or differs from it by what a box
// won.
#pragma once

#include "heap/concepts.h"
#include "heap/outbox.h"

namespace hakmem::configs {

struct Baseline {
  using Observer = heap::NoObserver;
  using Poison = heap::NoPoison;
  using RemoteFree = heap::Outbox;
  using Room = heap::TwoSidedRoom;
};

}  // namespace hakmem::configs
