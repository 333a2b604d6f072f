# hakmem_install.cmake: what an installation holds.

install(TARGETS hakmem LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS hakmem_static hakmem_api ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
