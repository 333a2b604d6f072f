# hakmem_libc_program.cmake: hakmem_add_libc_program(<name> <source> <folder>): a program that is
# linked to libc only, built and installed below libexec/hakmem. Its include folders are the caller's.

function(hakmem_add_libc_program name source folder)
  add_executable(${name} ${source})
  # no-builtin: the compiler must not drop or merge a pair of malloc and free, nor turn a malloc and
  # a memset into a calloc.
  target_compile_options(${name} PRIVATE
    -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-builtin-malloc -fno-builtin-free
    -fno-builtin-calloc -fno-builtin-realloc)
  # The C++ driver would add libstdc++ and libm; naming the libraries leaves them out.
  target_link_options(${name} PRIVATE -nodefaultlibs)
  target_link_libraries(${name} PRIVATE hakmem_flags c gcc)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/libexec/hakmem/${folder})
  install(TARGETS ${name} DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/hakmem/${folder})
endfunction()
