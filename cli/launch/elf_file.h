// elf_file.h: what the header of an ELF file says about loading it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace hakmem::cli {

struct ElfFile {
  bool has_interpreter = false;  // started through the dynamic linker
  bool is_shared_object = false;
  std::string build_id;  // hexadecimal; empty if there is none
};

// Returns nothing if the file cannot be read or is no ELF file of this machine's word size.
std::optional<ElfFile> read_elf_file(const std::filesystem::path& path);

}  // namespace hakmem::cli
