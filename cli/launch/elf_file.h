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

// Returns whether the file defines the function for all other objects of a process: whether it is
// in its table of dynamic symbols. Nothing if the file has no such table or no list of its
// sections.
std::optional<bool> exports_function(const std::filesystem::path& path, const std::string& name);

}  // namespace hakmem::cli
