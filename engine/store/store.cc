#include "wisp/engine/store/store.h"

#include <cstring>

namespace wisp::store {

Pin Pin::copy_of(std::string_view bytes) {
  // One byte more, so that an empty value still has memory of its own and is let go of the same
  // way.
  char* copy = new char[bytes.size() + 1];
  if (!bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
  return Pin(
      copy, bytes.size(), [](void* a, void*) noexcept { delete[] static_cast<char*>(a); }, copy,
      nullptr);
}

}  // namespace wisp::store
