// allocator.cc: finds the allocators of a comparison.
#include "measure/allocator.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>

#include <set>

#include "launch/elf_file.h"
#include "launch/installation.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

namespace fs = std::filesystem;

struct Peer {
  const char* name;
  const char* package;                 // the Debian package that brings it
  std::vector<const char*> libraries;  // newest first
};

const std::vector<Peer>& peers() {
  static const std::vector<Peer> list = {
      {"mimalloc", "libmimalloc2.0", {"libmimalloc.so.3", "libmimalloc.so.2"}},
      {"jemalloc", "libjemalloc2", {"libjemalloc.so.2"}},
      {"tcmalloc", "libtcmalloc-minimal4", {"libtcmalloc_minimal.so.4"}},
  };
  return list;
}

fs::path libc_library() {
  Dl_info info = {};
  if (::dladdr(reinterpret_cast<const void*>(&gnu_get_libc_version), &info) == 0) {
    throw UserError("the dynamic linker does not say where libc lies");
  }
  return fs::canonical(info.dli_fname);
}

// Returns an empty path if the peer is not installed.
fs::path find_peer(const Peer& peer) {
  const fs::path folders[] = {"/usr/local/lib", libc_library().parent_path(), "/usr/lib64",
                              "/usr/lib"};
  for (const char* const library : peer.libraries) {
    for (const fs::path& folder : folders) {
      std::error_code error;
      if (fs::exists(folder / library, error)) return folder / library;
    }
  }
  return {};
}

Allocator make_allocator(const std::string& name, const fs::path& library) {
  const fs::path checked = checked_library(library);
  const std::optional<ElfFile> elf = read_elf_file(checked);
  return {name, checked, elf ? elf->build_id : "", ""};
}

}  // namespace

Allocator parse_allocator(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  if (name.empty()) throw UserError("allocator '" + text + "': no name");
  if (equals != std::string::npos) return make_allocator(name, text.substr(equals + 1));
  if (name == "libc") return make_allocator(name, libc_library());
  if (name == "hakmem") return make_allocator(name, find_hakmem_library());
  for (const Peer& peer : peers()) {
    if (name != peer.name) continue;
    const fs::path library = find_peer(peer);
    if (!library.empty()) return make_allocator(name, library);
    throw UserError(name + " is not installed (Debian package " + peer.package + ")");
  }
  throw UserError("unknown allocator '" + name +
                  "'; known: libc, hakmem, mimalloc, jemalloc, tcmalloc, or name=path.so");
}

Allocator parse_allocator_or_problem(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return parse_allocator(text);
  try {
    return parse_allocator(text);
  } catch (const UserError& error) {
    return {text.substr(0, equals), text.substr(equals + 1), "", error.what()};
  }
}

std::vector<Allocator> find_allocators(std::vector<std::string>& missing) {
  std::vector<Allocator> allocators = {parse_allocator("libc"), parse_allocator("hakmem")};
  for (const Peer& peer : peers()) {
    const fs::path library = find_peer(peer);
    if (library.empty()) {
      missing.emplace_back(std::string(peer.name) + " (Debian package " + peer.package + ")");
    } else {
      allocators.push_back(make_allocator(peer.name, library));
    }
  }
  return allocators;
}

std::vector<Allocator> choose_allocators(const std::vector<std::string>& texts,
                                         std::vector<std::string>& missing,
                                         Allocator (*parse)(const std::string&)) {
  if (texts.empty()) return find_allocators(missing);
  std::vector<Allocator> allocators;
  std::set<std::string> names;
  for (const std::string& text : texts) {
    allocators.push_back(parse(text));
    const std::string& name = allocators.back().name;
    if (!names.insert(name).second) throw UserError("two allocators are called " + name);
  }
  return allocators;
}

}  // namespace hakmem::cli
