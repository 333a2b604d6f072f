// box.h: the card that every box carries.
//
// A box is a policy type behind a concept, with a baseline twin, called from one place, chosen on
// one line of a config. Its file holds only the alternative: deleting it touches one file and one
// line.
#pragma once

#include <cstdint>

namespace hakmem::boxes {

enum class Status : std::uint8_t { research };

struct Card {
  const char* name;
  const char* boundary;
  Status status;
  const char* evidence;
};

}  // namespace hakmem::boxes
