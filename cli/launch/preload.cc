// preload.cc: the value of LD_PRELOAD.
#include "launch/preload.h"

#include "user_error.h"

namespace hakmem::cli {

std::string preload_value(const std::filesystem::path& library, const std::string& earlier) {
  if (library.string().find_first_of(": ") != std::string::npos) {
    throw UserError("LD_PRELOAD cannot hold the path " + library.string() +
                    ": blanks and colons separate its entries");
  }
  return earlier.empty() ? library.string() : library.string() + ":" + earlier;
}

}  // namespace hakmem::cli
