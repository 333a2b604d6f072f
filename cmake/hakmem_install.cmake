# hakmem_install.cmake: what an installation holds of the library; the command and the workloads are
# installed where they are built.
#
# The package's targets are written by hand in hakmemConfig.cmake.in instead of exported: exported
# archives would ask C programs for a C++ compiler that they do not need.

include(CMakePackageConfigHelpers)

install(TARGETS hakmem LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS hakmem_static hakmem_api ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET hakmem_observe)
  install(TARGETS hakmem_observe LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN *.h PATTERN *.hpp)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hakmem)
configure_package_config_file(cmake/hakmemConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/hakmemConfig.cmake INSTALL_DESTINATION ${package_dir}
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/hakmemConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/hakmemConfig.cmake
  ${PROJECT_BINARY_DIR}/package/hakmemConfigVersion.cmake DESTINATION ${package_dir})

# Paths relative to the .pc file, so that an installation can be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}
  OUTPUT_VARIABLE relative_libdir)
string(REGEX REPLACE "[^/]+" ".." back_from_libdir ${relative_libdir})
foreach(name hakmem hakmem-api)
  configure_file(cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/package/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/${name}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
