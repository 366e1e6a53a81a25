// Arrays whose memory belongs to Python: generated code sees them as a vector or a matrix that can grow.
//
// Python holds the memory as a NumPy array and this header beside it. Growing asks Python for a larger block, so a
// view that somebody holds keeps the old block alive and its old values.
#ifndef BRIANHW_ARRAY_H
#define BRIANHW_ARRAY_H

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace brianhw {

// The layout is repeated in arrays.py.
struct ArrayHeader {
    void* memory;
    int64_t rows;      // in use
    int64_t capacity;  // rows there is room for
    int64_t columns;   // 1 for a vector
};

typedef void (*GrowFunction)(ArrayHeader* array, int64_t rows);
void grow(ArrayHeader& array, int64_t rows);  // throws std::bad_alloc where Python has no memory

template <typename T>
class Vector : public ArrayHeader {
public:
    T* data() { return static_cast<T*>(memory); }
    size_t size() const { return static_cast<size_t>(rows); }
    bool empty() const { return rows == 0; }
    T& operator[](size_t i) { return data()[i]; }
    T* begin() { return data(); }
    T* end() { return data() + rows; }

    void push_back(const T value) {
        if (rows == capacity) grow(*this, rows + 1);
        data()[rows++] = value;
    }

    void resize(size_t wanted) {
        const int64_t now = static_cast<int64_t>(wanted);
        if (now > capacity) grow(*this, now);
        if (now > rows) std::memset(static_cast<void*>(data() + rows), 0, (now - rows) * sizeof(T));
        rows = now;
    }
};

template <typename T>
class Matrix : public ArrayHeader {
public:
    size_t size() const { return static_cast<size_t>(rows); }
    T* row(size_t i) { return static_cast<T*>(memory) + i * columns; }
    T& operator()(size_t i, size_t j) { return row(i)[j]; }

    // Only the rows of a monitor change while a simulation runs.
    void resize(size_t wanted, size_t) {
        const int64_t now = static_cast<int64_t>(wanted);
        if (now > capacity) grow(*this, now);
        if (now > rows) std::memset(static_cast<void*>(row(rows)), 0, (now - rows) * columns * sizeof(T));
        rows = now;
    }
};

}  // namespace brianhw

#endif
