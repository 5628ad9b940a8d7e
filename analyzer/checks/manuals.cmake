# Makes OUT, a C++ file with the leading comment of each check file (FILES, separated by `|`): the manual pages.
string(REPLACE "|" ";" files "${FILES}")
set(rows "")
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME_WE)
  string(REPLACE "_" "-" name "${name}")
  file(READ "${file}" text)
  string(REGEX REPLACE "^// SPDX[^\n]*\n" "" text "${text}")
  string(REGEX MATCH "^(//[^\n]*\n)+" text "${text}")
  string(REGEX REPLACE "(^|\n)// ?" "\\1" text "${text}")
  string(APPEND rows "    {\"${name}\", R\"manual(${text})manual\"},\n")
endforeach()
file(WRITE "${OUT}" "#include \"analyzer/checks/manual.h\"

namespace nfproof::analyzer {

std::span<const Manual> manuals() {
  static constexpr Manual kAll[] = {
${rows}  };
  return kAll;
}

}  // namespace nfproof::analyzer
")
