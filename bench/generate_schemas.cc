// Writes the peers' schemas of a synthetic table: row_N.proto, row_N.fbs and row_N_columns.inc.
// Usage: generate_schemas N FOLDER. The columns are those of make_synthetic (workload.h).
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: generate_schemas N FOLDER\n");
    return 2;
  }
  const int columns = std::atoi(argv[1]);
  const std::string n = std::to_string(columns);
  const std::string base = std::string(argv[2]) + "/row_" + n;
  std::ofstream proto(base + ".proto");
  std::ofstream fbs(base + ".fbs");
  std::ofstream inc(base + "_columns.inc");
  proto << "syntax = \"proto2\";\npackage wispbench" << n
        << ";\noption optimize_for = SPEED;\nmessage Row {\n";
  fbs << "namespace wispbench" << n << ";\ntable Row {\n";
  for (int i = 0; i < columns; ++i) {
    const int kind = i % 2 == 0 ? 0 : i % 4 == 1 ? 1 : 2;
    // Any 32 bits: zigzag is the smaller form, an int32 would take 10 bytes when negative.
    static const char* const kProto[] = {"sint32", "string", "bool"};
    static const char* const kFbs[] = {"int = null", "string", "bool = null"};
    static const char* const kInc[] = {"INT", "TEXT", "BOOL"};
    proto << "  optional " << kProto[kind] << " c" << i << " = " << i + 1 << ";\n";
    fbs << "  c" << i << ": " << kFbs[kind] << ";\n";
    inc << "WISP_BENCH_" << kInc[kind] << "(" << i << ")\n";
  }
  proto << "}\n";
  fbs << "}\nroot_type Row;\n";
  proto.close();
  fbs.close();
  inc.close();
  return proto.good() && fbs.good() && inc.good() ? 0 : 1;
}
