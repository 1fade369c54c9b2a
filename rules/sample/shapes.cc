#include "rules/sample/shapes.h"

#include <algorithm>

namespace esat {
namespace {

std::optional<Sizes> FirstSibling(const OperandSite& site) {
  for (size_t i = 0; i < site.siblings.size(); ++i) {
    if (site.op == Op::kWhere && i == 0 && site.index != 0) continue;
    if (site.siblings[i]) return site.siblings[i];
  }
  return std::nullopt;
}

Sizes FreshShape(const SampleMood& mood, int64_t low, int64_t high,
                 Random& random) {
  Sizes shape(static_cast<size_t>(random.Int(low, high)));
  for (int64_t& size : shape) size = SampleSize(mood, random);
  return shape;
}

// A shape met before, or a new one.
Sizes AnyShape(const SampleMood& mood, Random& random) {
  if (!mood.shapes.empty() && random.Chance(70)) {
    Sizes known;
    for (const Dim& dim : random.Pick(mood.shapes)) {
      known.push_back(dim.constant());
    }
    return known;
  }
  return FreshShape(mood, random.Chance(10) ? 0 : 1, 4, random);
}

// A shape that broadcasts with `to`, in the ways that models use.
Sizes BroadcastVariant(const Sizes& to, const SampleMood& mood,
                       Random& random) {
  const int64_t rank = static_cast<int64_t>(to.size());
  const int64_t choice = random.Int(0, 99);
  if (choice < 40 || rank == 0) {
    if (choice < 4) {
      Sizes wider = to;
      wider.insert(wider.begin(), random.Int(1, 2));
      return wider;
    }
    return to;
  }
  if (choice < 55) {  // Trailing axes only.
    return Sizes(to.begin() + random.Int(1, rank), to.end());
  }
  if (choice < 65) return {};
  if (choice < 90) {  // Varies along one axis.
    const int64_t axis =
        random.Chance(40)
            ? rank - 1
            : std::min<int64_t>(rank - 1, random.Int(0, rank - 1));
    Sizes one(to.size(), 1);
    one[axis] = to[axis];
    // Leading ones may be missing.
    const int64_t dropped = random.Chance(60) ? axis : 0;
    return Sizes(one.begin() + dropped, one.end());
  }
  Sizes some = to;
  for (int64_t& size : some) {
    if (random.Chance(40)) size = size == 1 ? SampleSize(mood, random) : 1;
  }
  return some;
}

Sizes ImageShape(const SampleMood& mood, Random& random) {
  Sizes shape = {random.Int(1, 2), SampleSize(mood, random)};
  const int64_t spatial = random.Chance(75) ? 2 : random.Int(1, 3);
  for (int64_t i = 0; i < spatial; ++i) {
    shape.push_back(random.Int(mood.kernel, 5));
  }
  return shape;
}

std::optional<Sizes> MatMulShape(const OperandSite& site,
                                 const SampleMood& mood, Random& random) {
  const std::optional<Sizes>& other = site.siblings[1 - site.index];
  if (!other) return FreshShape(mood, 2, random.Chance(30) ? 3 : 2, random);
  if (other->empty()) return std::nullopt;
  if (site.index == 1) {
    Sizes shape = {other->back(), SampleSize(mood, random)};
    if (other->size() > 2 && random.Chance(20)) {
      shape.insert(shape.begin(), other->begin(), other->end() - 2);
    }
    return shape;
  }
  const int64_t inner =
      other->size() == 1 ? other->back() : (*other)[other->size() - 2];
  Sizes shape = FreshShape(mood, 1, 2, random);
  shape.push_back(inner);
  return shape;
}

std::optional<Sizes> FilterShape(const OperandSite& site,
                                 const SampleMood& mood, Random& random) {
  const std::optional<Sizes>& x = site.siblings[0];
  if (!x || x->size() < 3) return std::nullopt;
  const int64_t channels = (*x)[1];
  Sizes shape;
  if (site.op == Op::kConvTranspose) {
    shape = {channels, random.Int(1, 4)};
  } else if (site.one_group || random.Chance(75)) {
    shape = {random.Int(1, 4), channels};
  } else {
    shape = {channels * random.Int(1, 2), 1};
  }
  for (size_t i = 2; i < x->size(); ++i) shape.push_back(mood.kernel);
  return shape;
}

std::optional<Sizes> ConcatShape(const OperandSite& site,
                                 const SampleMood& mood, Random& random) {
  auto sibling = FirstSibling(site);
  if (!sibling) {
    Sizes shape = AnyShape(mood, random);
    if (shape.empty()) return FreshShape(mood, 1, 3, random);
    return shape;
  }
  if (mood.axis < static_cast<int64_t>(sibling->size()) && random.Chance(60)) {
    (*sibling)[mood.axis] = SampleSize(mood, random);
  }
  return sibling;
}

bool TakesImage(Op op) {
  const OpDef& def = GetOp(op);
  return def.Has(kPool) || op == Op::kConv || op == Op::kConvTranspose;
}

}  // namespace

std::optional<Sizes> SampleShape(const OperandSite& site,
                                 const SampleMood& mood, Random& random) {
  switch (site.op) {
    case Op::kMatMul:
      return MatMulShape(site, mood, random);
    case Op::kConcat:
      return ConcatShape(site, mood, random);
    case Op::kBatchNormalization:
      if (site.index == 0) return FreshShape(mood, 2, 4, random);
      if (!site.siblings[0] || site.siblings[0]->size() < 2) {
        return std::nullopt;
      }
      return Sizes{(*site.siblings[0])[1]};
    case Op::kClip:
      if (site.index > 0) return Sizes{};
      break;
    case Op::kPad:
      if (site.index > 0) return Sizes{};
      break;
    default:
      break;
  }
  if (TakesImage(site.op)) {
    if (site.index == 0) {
      if (site.hint && site.hint->size() >= 3) return site.hint;
      return ImageShape(mood, random);
    }
    return FilterShape(site, mood, random);
  }
  if (GetOp(site.op).Has(kElementwise)) {
    auto sibling = FirstSibling(site);
    if (!sibling) {
      if (site.hint) return site.hint;
      return AnyShape(mood, random);
    }
    return BroadcastVariant(*sibling, mood, random);
  }
  if (site.hint && site.index == 0) return site.hint;
  return AnyShape(mood, random);
}

}  // namespace esat
