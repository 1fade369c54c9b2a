# The install tree mirrors the source tree under include/esat, so that the same #include lines work.
get_property(libraries GLOBAL PROPERTY ESAT_LIBRARIES)
install(TARGETS ${libraries} EXPORT esatTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY base ir eval egraph tensor rules cost extract fuse frontends backends driver
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/esat FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
install(EXPORT esatTargets NAMESPACE esat:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/esat)
include(CMakePackageConfigHelpers)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/esatConfig.cmake.in
  ${PROJECT_BINARY_DIR}/esatConfig.cmake INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/esat)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/esatConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/esatConfig.cmake ${PROJECT_BINARY_DIR}/esatConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/esat)
