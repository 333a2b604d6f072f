// temporary_folder.cc: makes and removes temporary folders.
#include "measure/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "user_error.h"

namespace hakmem::cli {

TemporaryFolder::TemporaryFolder() {
  std::string name = std::filesystem::temp_directory_path() / "hakmem-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw UserError(name + ": " + std::strerror(errno));
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

}  // namespace hakmem::cli
