#include "wisp/engine/store/rocks/rocks_merge.h"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wisp/engine/store/rocks/rocks_slice.h"

namespace wisp::store {
namespace {

// A merge operator that fails makes RocksDB refuse every later write, so none of this does.
class PatchMerge final : public rocksdb::MergeOperator {
 public:
  explicit PatchMerge(std::shared_ptr<const Fold> fold) : fold_(std::move(fold)) {}

  const char* Name() const override { return "wisp.PatchMerge"; }

  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    std::optional<std::string_view> value;
    if (in.existing_value != nullptr) value = view_of(*in.existing_value);
    std::vector<std::string_view> patches;
    patches.reserve(in.operand_list.size());
    for (const rocksdb::Slice& operand : in.operand_list) patches.push_back(view_of(operand));
    fold_->fold(view_of(in.key), value, patches, out->new_value);
    return true;
  }

  bool PartialMergeMulti(const rocksdb::Slice& key, const std::deque<rocksdb::Slice>& operands,
                         std::string* out, rocksdb::Logger*) const override {
    std::string folded(operands.front().data(), operands.front().size());
    std::string next;
    for (std::size_t i = 1; i < operands.size(); ++i) {
      next.clear();
      if (!fold_->fold_patches(view_of(key), folded, view_of(operands[i]), next)) return false;
      folded.swap(next);
    }
    *out = std::move(folded);
    return true;
  }

 private:
  std::shared_ptr<const Fold> fold_;
};

}  // namespace

std::shared_ptr<rocksdb::MergeOperator> make_merge_operator(std::shared_ptr<const Fold> fold) {
  return std::make_shared<PatchMerge>(std::move(fold));
}

}  // namespace wisp::store
