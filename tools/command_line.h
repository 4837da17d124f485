// What both command lines share. Include it only where CLI11 is included anyway: it is slow to
// compile.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wisp/schema/schema.h"
#include "wisp/tools/console.h"
#include "wisp/tools/display_text.h"
#include "wisp/tools/exit_code.h"
#include "wisp/tools/interrupt.h"

namespace wisp::tools {

inline constexpr std::string_view kExitCodeHelp =
    "Exit codes: 0 ok, 1 not found, or rows or SQL refused, 2 usage, 3 I/O, 4 corruption,\n"
    "5 unknown schema, 130 interrupted (what was done until then stands).";

// What the parsed subcommand runs.
using Action = std::function<ExitCode(Console&)>;

// Checks an option that counts rows.
inline CLI::Validator row_count() {
  const auto check = [](const std::string& text) {
    std::uint64_t rows = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, rows);
    const bool good = error == std::errc{} && stop == end;
    return good ? std::string() : "\"" + text + "\" is not a number of rows (0 or more)";
  };
  return CLI::Validator(check, "");
}

// Whether something on the command line looks like a short option but is none: a key, perhaps.
inline bool has_unknown_dash(const CLI::App& command, int argc, char** argv) {
  for (int i = 2; i < argc && std::string_view(argv[i]) != "--"; ++i) {
    const std::string word = argv[i];
    if (word.size() < 2 || word[0] != '-' || word[1] == '-') continue;
    if (command.get_option_no_throw(word) == nullptr) return true;
  }
  return false;
}

inline ExitCode report_usage(const CLI::App& app, const CLI::ParseError& error, int argc,
                             char** argv) {
  std::string text = app.get_name() + ": " + error.what();
  if (argc > 1 && app.get_subcommands().empty()) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(command->get_name());
    }
    const bool known = std::find(names.begin(), names.end(), argv[1]) != names.end();
    if (argv[1][0] != '-' && !known) {
      text = app.get_name() + ": no command \"" + argv[1] + "\"";
      if (const auto nearest = nearest_name(argv[1], names))
        text += "; did you mean " + *nearest + "?";
    }
  }
  const bool misplaced = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) ||
                         error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError);
  if (misplaced && !app.get_subcommands().empty() &&
      has_unknown_dash(*app.get_subcommands().front(), argc, argv)) {
    text += "\n(what starts with '-' and is no option goes behind \"--\")";
  }
  text += "\nRun `" + app.get_name();
  for (const CLI::App* command : app.get_subcommands()) text += " " + command->get_name();
  text += " --help` for how it is used.\n";
  const std::string safe = escaped_message(text);
  std::fwrite(safe.data(), 1, safe.size(), stderr);
  return ExitCode::kUsage;
}

// Parses, runs what the subcommand stored in `action`, flushes stdout; never throws.
inline int run_command_line(CLI::App& app, int argc, char** argv, const Action& action) {
  install_signal_handling();
  try {
    Console console(app.get_name());
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success)) {
        return to_int(report_usage(app, error, argc, argv));
      }
      std::ostringstream help;
      app.exit(error, help, help);
      console.out().append(help.str());
      return to_int(console.finish(ExitCode::kOk));
    }
    return to_int(console.finish(action(console)));
  } catch (const std::exception& error) {
    const std::string text = app.get_name() + ": " + error.what() + "\n";
    std::fwrite(text.data(), 1, text.size(), stderr);
    return to_int(ExitCode::kIo);
  }
}

}  // namespace wisp::tools
