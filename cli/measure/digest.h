// digest.h: a number that tells texts apart: FNV-1a. They are compared, not protected.
#pragma once

#include <cstdint>
#include <string>

namespace hakmem::cli {

inline std::uint64_t digest_of(const std::string& text) {
  std::uint64_t digest = 0xcbf29ce484222325;
  for (const char character : text) {
    digest = (digest ^ static_cast<unsigned char>(character)) * 0x100000001b3;
  }
  return digest;
}

}  // namespace hakmem::cli
