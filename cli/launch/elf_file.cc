// elf_file.cc: reads ELF program headers from a file.
#include "launch/elf_file.h"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <cstring>
#include <fstream>
#include <vector>

namespace hakmem::cli {

namespace {

template <class Value>
bool read_at(std::ifstream& file, std::uint64_t offset, Value* values, std::size_t count) {
  file.clear();
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(reinterpret_cast<char*>(values), static_cast<std::streamsize>(count * sizeof(Value)));
  return file.good();
}

constexpr std::size_t padded(std::size_t bytes) { return (bytes + 3) & ~std::size_t{3}; }

std::string build_id_in(const std::vector<char>& notes) {
  std::size_t at = 0;
  while (at + sizeof(ElfW(Nhdr)) <= notes.size()) {
    ElfW(Nhdr) header = {};
    std::memcpy(&header, &notes[at], sizeof(header));
    const std::size_t name = at + sizeof(header);
    const std::size_t content = name + padded(header.n_namesz);
    const std::size_t end = content + padded(header.n_descsz);
    if (end > notes.size()) break;
    if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == sizeof(ELF_NOTE_GNU) &&
        std::memcmp(&notes[name], ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0) {
      std::string text;
      for (std::size_t i = 0; i < header.n_descsz; ++i) {
        text += fmt::format("{:02x}", static_cast<unsigned char>(notes[content + i]));
      }
      return text;
    }
    at = end;
  }
  return {};
}

constexpr std::size_t max_notes_bytes = 1 << 16;  // a damaged file may claim any size

}  // namespace

std::optional<ElfFile> read_elf_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  ElfW(Ehdr) header = {};
  if (!file || !read_at(file, 0, &header, 1)) return std::nullopt;
  constexpr unsigned char word_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
  if (header.e_ident[EI_CLASS] != word_class) return std::nullopt;
  if (header.e_phentsize != sizeof(ElfW(Phdr))) return std::nullopt;

  ElfFile elf;
  elf.is_shared_object = header.e_type == ET_DYN;
  std::vector<ElfW(Phdr)> parts(header.e_phnum);
  if (!read_at(file, header.e_phoff, parts.data(), parts.size())) return std::nullopt;
  for (const ElfW(Phdr) & part : parts) {
    if (part.p_type == PT_INTERP) elf.has_interpreter = true;
    if (part.p_type != PT_NOTE || part.p_filesz > max_notes_bytes || !elf.build_id.empty())
      continue;
    std::vector<char> notes(part.p_filesz);
    if (read_at(file, part.p_offset, notes.data(), notes.size())) elf.build_id = build_id_in(notes);
  }
  return elf;
}

}  // namespace hakmem::cli
