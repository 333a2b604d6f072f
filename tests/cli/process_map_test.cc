// process_map_test.cc: what /proc says, of this very process.
#include "measure/process_map.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "measure/file_descriptor.h"
#include "measure/temporary_folder.h"

namespace hakmem::cli {
namespace {

TEST(ProcessMap, ASocketListensFromListenOn) {
  EXPECT_FALSE(listens(::getpid()));
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_FALSE(listens(::getpid()));
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  EXPECT_TRUE(listens(::getpid()));
}

TEST(ProcessMap, ASocketInAFileListens) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "socket";
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_FALSE(listens(::getpid()));
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  EXPECT_TRUE(listens(::getpid()));
}

TEST(ProcessMap, SharedPagesCountInPart) {
  const std::uint64_t share = proportional_memory_of(::getpid());
  EXPECT_GT(share, 0U);
  EXPECT_LE(share, memory_of(::getpid(), "VmRSS") + (1U << 20));
}

TEST(ProcessMap, AProcessThatIsGoneHasNothing) {
  constexpr pid_t none = 0x7fffffff;
  EXPECT_FALSE(listens(none));
  EXPECT_TRUE(mapped_files(none).empty());
  EXPECT_EQ(memory_of(none, "VmRSS"), 0U);
  EXPECT_EQ(proportional_memory_of(none), 0U);
}

}  // namespace
}  // namespace hakmem::cli
