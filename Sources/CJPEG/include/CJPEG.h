/// Reading of JPEG images through the system's libjpeg, whose errors are jumps that must not leave
/// C: here they become texts.
#pragma once
#include <stdint.h>

/// Bytes that a text takes at most, its end included.
enum { cj_text_size = 200 };

typedef struct {
  int64_t width, height;
  /// 1 grey, 3 colour, 4 CMYK.
  int64_t channels;
} cj_shape;

/// Reads the header of `count` bytes. Returns 0, or 1 with the reason in `text`.
int cj_read_header(const uint8_t *bytes, int64_t count, cj_shape *shape, char *text);

/// Reads the pixels to `pixels`, [height, width, 3] of the header. Damage that libjpeg would only
/// warn of is an error, so are more than `scanLimit` scans. Returns 0, or 1 with the reason in
/// `text`.
int cj_read_pixels(const uint8_t *bytes, int64_t count, const cj_shape *shape, int64_t scanLimit,
                   uint8_t *pixels, char *text);
