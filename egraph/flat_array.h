// A growable array of plain values that grows without copying: large ones live
// in their own mapping, which the system extends or moves by its page tables.
#ifndef ESAT_EGRAPH_FLAT_ARRAY_H_
#define ESAT_EGRAPH_FLAT_ARRAY_H_

#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

namespace esat {

namespace flat_array_internal {

// Keeps the first `old_bytes`; if there were none, all bytes are zero. Large
// blocks ask for huge pages; pages never touched cost nothing. Aborts if the
// system has no more.
void* Resize(void* block, size_t old_bytes, size_t new_bytes);
void Release(void* block, size_t bytes);

}  // namespace flat_array_internal

// As std::vector for trivially copyable T, except that resize leaves the new
// elements zero bytes. Growing invalidates pointers. Not copyable.
template <typename T>
class FlatArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  FlatArray() = default;
  FlatArray(FlatArray&& other) noexcept { swap(other); }
  FlatArray& operator=(FlatArray&& other) noexcept {
    swap(other);
    return *this;
  }
  ~FlatArray() { flat_array_internal::Release(data_, capacity_ * sizeof(T)); }
  void swap(FlatArray& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

  void reserve(size_t count) {
    if (count <= capacity_) return;
    Grow(count);
  }
  void push_back(const T& value) {
    if (size_ == capacity_) {
      const T copy = value;  // It may live in the array.
      Grow(size_ + 1);
      data_[size_++] = copy;
      return;
    }
    data_[size_++] = value;
  }
  // `count` elements at the end, for the caller to fill. They may hold what was
  // there before the array shrank.
  T* Extend(size_t count) {
    if (size_ + count > capacity_) Grow(size_ + count);
    T* first = data_ + size_;
    size_ += count;
    return first;
  }
  void append(const T* first, size_t count) {
    if (count > 0) std::memcpy(Extend(count), first, count * sizeof(T));
  }
  // Keeps the memory.
  void clear() { size_ = 0; }
  // Never shrinks the memory. New elements are zero bytes.
  void resize(size_t count) {
    if (count > size_) {
      reserve(count);
      std::memset(static_cast<void*>(data_ + size_), 0,
                  (count - size_) * sizeof(T));
    }
    size_ = count;
  }
  // Frees the memory and takes `count` elements of zero bytes, untouched.
  void ResetZeroed(size_t count) {
    flat_array_internal::Release(data_, capacity_ * sizeof(T));
    data_ = static_cast<T*>(
        flat_array_internal::Resize(nullptr, 0, count * sizeof(T)));
    size_ = capacity_ = count;
  }

 private:
  void Grow(size_t at_least) {
    size_t wanted = capacity_ < 16 ? 16 : 2 * capacity_;
    if (wanted < at_least) wanted = at_least;
    data_ = static_cast<T*>(flat_array_internal::Resize(
        data_, capacity_ * sizeof(T), wanted * sizeof(T)));
    capacity_ = wanted;
  }

  T* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_FLAT_ARRAY_H_
