// elf_file.cc: reads ELF program headers and dynamic symbols from a file.
#include "launch/elf_file.h"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
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

// A damaged file may claim any size.
constexpr std::size_t max_notes_bytes = 1 << 16;
constexpr std::size_t max_symbols_bytes = std::size_t{1} << 28;

// Returns false if it is no ELF file of this machine's word size.
bool read_header(std::ifstream& file, ElfW(Ehdr) & header) {
  constexpr unsigned char word_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  return file && read_at(file, 0, &header, 1) &&
         std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == word_class;
}

bool is_defined_function(const ElfW(Sym) & symbol) {
  const auto type = symbol.st_info & 0xf;
  const auto binding = symbol.st_info >> 4;
  const bool is_code = type == STT_FUNC || type == STT_GNU_IFUNC;
  return is_code && symbol.st_shndx != SHN_UNDEF && (binding == STB_GLOBAL || binding == STB_WEAK);
}

// Reads a whole section; returns false if it does not lie in the file.
template <class Value>
bool read_section(std::ifstream& file, const ElfW(Shdr) & section, std::vector<Value>& values) {
  if (section.sh_size > max_symbols_bytes) return false;
  values.resize(section.sh_size / sizeof(Value));
  return !values.empty() && read_at(file, section.sh_offset, values.data(), values.size());
}

}  // namespace

std::optional<bool> exports_function(const std::filesystem::path& path, const std::string& name) {
  std::ifstream file(path, std::ios::binary);
  ElfW(Ehdr) header = {};
  if (!read_header(file, header) || header.e_shentsize != sizeof(ElfW(Shdr))) return std::nullopt;
  std::vector<ElfW(Shdr)> sections(header.e_shnum);
  if (!read_at(file, header.e_shoff, sections.data(), sections.size())) return std::nullopt;
  for (const ElfW(Shdr) & section : sections) {
    if (section.sh_type != SHT_DYNSYM || section.sh_link >= sections.size()) continue;
    std::vector<ElfW(Sym)> symbols;
    std::vector<char> names;
    if (!read_section(file, section, symbols)) return std::nullopt;
    if (!read_section(file, sections[section.sh_link], names)) return std::nullopt;
    names.push_back('\0');
    return std::any_of(symbols.begin(), symbols.end(), [&](const ElfW(Sym) & symbol) {
      return is_defined_function(symbol) && symbol.st_name < names.size() &&
             name == &names[symbol.st_name];
    });
  }
  return std::nullopt;
}

std::optional<ElfFile> read_elf_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  ElfW(Ehdr) header = {};
  if (!read_header(file, header) || header.e_phentsize != sizeof(ElfW(Phdr))) return std::nullopt;

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
