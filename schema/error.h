// What went wrong, in one value: a code to branch on, a sentence for people, and where it happened.
//
// Errors come from bytes and input that nobody vouched for (disk, files, command lines, other
// versions) and from the store. Mistakes of the calling program (a handle of another table, a use
// after move) are assertions, not errors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace wisp {

// Never reaches a disk; new codes go to the end because programs switch on them.
enum class ErrorCode : std::uint8_t {
  kInvalidArgument = 1,  // the request makes no sense: unknown column, wrong type, bad option
  kParse,                // text (DDL, CSV, JSON, a literal) is not what it must be
  kNotFound,             // no such row, table, file
  kAlreadyExists,        // insert of a present key, create of an existing table
  kConstraint,           // a value the schema refuses: NOT NULL, range, precision, length
  kLimit,                // a documented limit is exceeded (row size, depth, number of columns)
  kCorruption,           // stored bytes are damaged
  kUnknownSchema,        // bytes of a format or schema version that is not known here
  kIo,                   // the operating system or the store failed
  kBusy,                 // held by someone else now; trying later can work
  kConflict,             // a transaction or guard lost a race; retry from the start
  kUnsupported,          // asked for something this build or store cannot do
  kUnknownOutcome,       // the write may or may not have happened
  kNoSpace,              // the disk is full; nothing was written, and later it can work
};

// The name of a code for messages and logs, e.g. "corruption".
std::string_view error_code_name(ErrorCode code) noexcept;

// An error owns its text; it may be kept, moved and copied freely.
struct Error {
  ErrorCode code = ErrorCode::kInvalidArgument;
  std::string message;  // one sentence, no trailing period or newline
  std::string where;    // column, "line 3, column 14", file, key or byte offset; may be empty

  // "where: message", or the message alone. DDL messages may hold several lines (the caret).
  std::string to_string() const;

  // The same error with `outer` put before `where` ("file.csv: line 3").
  Error within(std::string_view outer) &&;
};

}  // namespace wisp
