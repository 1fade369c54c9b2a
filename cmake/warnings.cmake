# Compile options that every target of ours gets and no consumer sees.
add_library(esat_options INTERFACE)
target_compile_options(esat_options INTERFACE -Wall -Wextra -Wno-missing-field-initializers)
# Errors only with the compiler that CI has: a newer one may warn about more, and a user could not build.
if(ESAT_DEVELOPER_MODE AND CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(esat_options INTERFACE -Werror)
endif()
if(ESAT_SANITIZE)
  add_compile_options(-fsanitize=${ESAT_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${ESAT_SANITIZE})
endif()
