# nfproof_room(NAME ROOTS dir... SOURCES file... LINK target... PRIVATE_LINK target...)
#
# One room of the house: a static library nfproof_NAME (alias nfproof::NAME). All includes are written from the project
# root (`#include "sim/conntrack.h"`), but a room exports only its own directories, through links under
# build/rooms/NAME. A room that is not linked cannot be included, so the build itself keeps the walls.
function(nfproof_room name)
  cmake_parse_arguments(ROOM "" "" "ROOTS;SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  set(target nfproof_${name})
  add_library(${target} STATIC ${ROOM_SOURCES})
  add_library(nfproof::${name} ALIAS ${target})
  set(root ${PROJECT_BINARY_DIR}/rooms/${name})
  foreach(dir IN LISTS ROOM_ROOTS)
    get_filename_component(parent ${root}/${dir} DIRECTORY)
    file(MAKE_DIRECTORY ${parent})
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${dir} ${root}/${dir} SYMBOLIC)
  endforeach()
  target_include_directories(${target} PUBLIC ${root})
  target_link_libraries(${target} PUBLIC ${ROOM_LINK} PRIVATE ${ROOM_PRIVATE_LINK})
  nfproof_compile_options(${target})
endfunction()

# Warnings and sanitizers, the same for every target of ours.
function(nfproof_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports these inside std::string and std::variant when it optimises (GCC bugs 105651 and 80635).
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-maybe-uninitialized)
  endif()
  if(NFPROOF_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(NFPROOF_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=address,undefined -fno-sanitize-recover=undefined)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
endfunction()
