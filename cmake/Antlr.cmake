# nfproof_antlr(TARGET GRAMMAR namespace): generates a C++ lexer and parser from GRAMMAR.g4 (or from GRAMMARLexer.g4 and
# GRAMMARParser.g4, where there are two) and compiles them into the static library TARGET. Generated code is not ours: it
# is compiled without warnings, and its headers are system headers.
find_program(ANTLR4 antlr4 REQUIRED)
find_path(ANTLR4_INCLUDE antlr4-runtime.h PATH_SUFFIXES antlr4-runtime REQUIRED)
find_library(ANTLR4_RUNTIME antlr4-runtime REQUIRED)

# Clang does not compile one constructor of the runtime's headers, which nobody here calls: it gets a copy without it.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(copy ${PROJECT_BINARY_DIR}/antlr4-runtime)
  file(COPY ${ANTLR4_INCLUDE}/ DESTINATION ${copy})
  file(READ ${copy}/misc/InterpreterDataReader.h text)
  string(REPLACE "InterpreterData() {}; // For invalid content." "" text "${text}")
  file(WRITE ${copy}/misc/InterpreterDataReader.h "${text}")
  set(ANTLR4_INCLUDE ${copy})
endif()

function(nfproof_antlr target grammar namespace)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${grammar})
  set(sources)
  foreach(kind Lexer Parser)
    list(APPEND sources ${out}/${grammar}${kind}.cpp)
  endforeach()
  set(inputs ${CMAKE_CURRENT_SOURCE_DIR}/${grammar}.g4)
  if(NOT EXISTS ${inputs})
    set(inputs ${CMAKE_CURRENT_SOURCE_DIR}/${grammar}Lexer.g4 ${CMAKE_CURRENT_SOURCE_DIR}/${grammar}Parser.g4)
  endif()
  add_custom_command(
    OUTPUT ${sources}
    COMMAND ${ANTLR4} -Dlanguage=Cpp -no-listener -no-visitor -package ${namespace} -Xexact-output-dir -o ${out} ${inputs}
    DEPENDS ${inputs}
    COMMENT "Generating the ${grammar} parser"
    VERBATIM)
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} SYSTEM PUBLIC ${CMAKE_CURRENT_BINARY_DIR} ${ANTLR4_INCLUDE})
  target_link_libraries(${target} PUBLIC ${ANTLR4_RUNTIME})
  # u8 literals of the generated code are plain strings.
  target_compile_options(${target} PRIVATE -w -fno-char8_t)
endfunction()
